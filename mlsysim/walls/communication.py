"""Wall 14, communication: what agreeing on gradients, and splitting a layer, costs."""

from __future__ import annotations

from ..core.elementwise import above, ceil, log2, maximum, sqrt, weighted
from ..core.graph import At, constant, equation
from ..papers import (
    AICONFIGURATOR,
    INSIGHTS_2025,
    KORTHIKANTI_2022,
    NARAYANAN_2021,
    PATARASUK_2009,
    SHOEYBI_2019,
    THAKUR_2005,
)
from .wall import Case, Verdict, wall

NCCL = AICONFIGURATOR.at("fit of the NCCL tables")
constant("node_steps", 14.0, "", r"14", NCCL, "Ring steps of an all-reduce over eight chips")
constant(
    "ramp_share",
    0.6,
    "",
    r"\rho",
    NCCL,
    "Ramp of the protocol over the mean of start and stream",
    "estimate",
)
WIRE = "message_bytes group wire_latency"


# ---- collectives, written once for any message, group and wire
def _if_any(message_bytes, group, time):
    """The time of a collective; nothing when a device is alone or the message is empty."""
    return above(group, 1, above(message_bytes, 0, time, 0.0), 0.0)


@equation(
    "s",
    r"a + x + \rho\sqrt{a x}",
    NCCL,
    when="collective=fitted",
    rises="message_bytes wire_latency",
    falls="wire_bandwidth",
)
def all_reduce_time(
    message_bytes,
    group,
    wire_bandwidth,
    wire_latency,
    pair_latency_share,
    node_steps,
    node_hops,
    ramp_share,
):
    """Sum a message over a group and give all of it to each: a start, a stream, and the ramp between them."""
    grown = pair_latency_share + (1 - pair_latency_share) * (group - 2) / node_hops
    start = node_steps * wire_latency * grown
    stream = 2 * (group - 1) / group * message_bytes / wire_bandwidth
    ramp = ramp_share * sqrt(maximum(start * stream, 0))
    return _if_any(message_bytes, group, start + stream + ramp)


@equation(
    "s",
    r"\frac{2(n-1)}{n}\frac{S}{B} + 2(n-1)\alpha",
    PATARASUK_2009.at("sec. 3"),
    when="collective=ring",
    rises=WIRE,
    falls="wire_bandwidth",
)
def all_reduce_time(message_bytes, group, wire_bandwidth, wire_latency):
    """Sum a message over a group and give all of it to each, around a ring."""
    hops = group - 1
    return _if_any(
        message_bytes,
        group,
        2 * hops / group * message_bytes / wire_bandwidth + 2 * hops * wire_latency,
    )


@equation(
    "s",
    r"2\frac{S}{B} + 2\lceil\log_2 n\rceil\alpha",
    THAKUR_2005.at("sec. 4.5"),
    when="collective=tree",
    rises=WIRE,
    falls="wire_bandwidth",
)
def all_reduce_time(message_bytes, group, wire_bandwidth, wire_latency):
    """Sum a message over a group and give all of it to each, up and down a pipelined tree."""
    return _if_any(
        message_bytes,
        group,
        2 * message_bytes / wire_bandwidth + 2 * ceil(log2(group)) * wire_latency,
    )


@equation(
    "s",
    r"\frac{n-1}{n}\frac{S}{B} + (n-1)\alpha",
    THAKUR_2005.at("sec. 4.1"),
    rises=WIRE,
    falls="wire_bandwidth",
)
def all_gather_time(message_bytes, group, wire_bandwidth, wire_latency):
    """Give the whole message, of which each holds a share, to each; the time of a reduce-scatter too."""
    hops = group - 1
    return _if_any(
        message_bytes, group, hops / group * message_bytes / wire_bandwidth + hops * wire_latency
    )


@equation(
    "s",
    r"\frac{n-1}{n}\frac{S}{B} + (n-1)\alpha",
    THAKUR_2005.at("sec. 4.3"),
    rises=WIRE,
    falls="wire_bandwidth",
)
def all_to_all_time(message_bytes, group, wire_bandwidth, wire_latency):
    """Send a share of the message to every other member, pairwise."""
    hops = group - 1
    return _if_any(
        message_bytes, group, hops / group * message_bytes / wire_bandwidth + hops * wire_latency
    )


# ---- inside a layer
@equation(
    "s",
    r"t_{l,i}",
    SHOEYBI_2019.at("sec. 3"),
    each="operators",
    rises="op_reduce_time op_exchange_time",
    op_reduce_time=At(
        "all_reduce_time",
        message_bytes="op_reduced_bytes",
        group="tp",
        wire_bandwidth="tp_bandwidth",
        wire_latency="tp_latency",
    ),
    op_exchange_time=At(
        "all_to_all_time",
        message_bytes="op_exchanged_bytes",
        group="ep",
        wire_bandwidth="ep_bandwidth",
        wire_latency="ep_latency",
    ),
)
def op_link_time(op_reduce_time, op_exchange_time):
    """Collectives that follow one run of an operator."""
    return op_reduce_time + op_exchange_time


@equation("", r"n_i", each="operators", when="phase=prefill|decode|pass", rises="op_count")
def op_link_passes(op_count):
    """Times the collectives of an operator run in a pass."""
    return op_count


@equation(
    "",
    r"2 n_i",
    SHOEYBI_2019.at("fig. 4"),
    each="operators",
    when="phase=training recompute=none|selective",
    rises="op_count",
)
def op_link_passes(op_count):
    """Once forward and once backward: four all-reduces a layer."""
    return 2 * op_count


@equation(
    "",
    r"3 n_i",
    KORTHIKANTI_2022.at("sec. 5"),
    each="operators",
    when="phase=training recompute=full",
    rises="op_count",
)
def op_link_passes(op_count):
    """Forward twice and backward."""
    return (1 + 2) * op_count


@equation("s", r"T_l", when="phase=prefill|decode|pass", rises="op_link_time op_link_passes")
def link_time(op_link_time, op_link_passes):
    """Collectives of all layers for one pass."""
    return weighted(op_link_time, op_link_passes)


@equation("s", r"T_l", when="phase=training", rises="op_link_time op_link_passes context_time")
def link_time(op_link_time, op_link_passes, context_time):
    """Collectives of all layers for one micro-batch."""
    return weighted(op_link_time, op_link_passes) + context_time


# ---- between stages
@equation(
    "byte",
    r"b s h w / t",
    NARAYANAN_2021.at("sec. 4.1"),
    when="family=transformer|encoder|ssm",
    rises="pass_tokens hidden",
    falls="tp",
)
def hop_bytes(pass_tokens, hidden, activation_width, tp):
    """Activations that one device hands to the next stage."""
    return pass_tokens * hidden * activation_width / tp


@equation("byte", r"0", when="family=cnn|mlp|dlrm|diffusion|totals|encoder-decoder")
def hop_bytes():
    """Nothing: networks without uniform layers are not cut into stages."""
    return 0.0


@equation(
    "s",
    r"(p-1)(S/B + \alpha)",
    NARAYANAN_2021.at("sec. 4.1"),
    when="phase=prefill|decode|pass",
    rises="hop_bytes pp",
    falls="pp_bandwidth",
)
def hop_time(hop_bytes, pp, pp_bandwidth, pp_latency):
    """Hand-overs of one pass through all stages."""
    return above(pp, 1, (pp - 1) * (hop_bytes / pp_bandwidth + pp_latency), 0.0)


@equation(
    "s",
    r"2v(S/B + \alpha)",
    NARAYANAN_2021.at("sec. 2.2.2 and 4.1"),
    when="phase=training",
    rises="hop_bytes virtual_stages",
    falls="pp_bandwidth",
)
def hop_time(hop_bytes, pp, virtual_stages, pp_bandwidth, pp_latency):
    """Hand-overs of one micro-batch at one stage, forward and backward, after each of its pieces."""
    return above(pp, 1, 2 * virtual_stages * (hop_bytes / pp_bandwidth + pp_latency), 0.0)


# ---- gradients
@equation(
    "s",
    r"\max(T_g(1-\omega), T_g - m T_s)",
    NARAYANAN_2021.at("sec. 2.1"),
    when="overlap=expected",
    rises="gradient_time",
    falls="overlap_share",
)
def exposed_link_time(gradient_time, overlap_share, microbatches, stage_time):
    """Gradient traffic that arithmetic does not hide."""
    return maximum(gradient_time * (1 - overlap_share), gradient_time - microbatches * stage_time)


@equation("s", r"\max(0, T_g - m T_s)", when="overlap=full", rises="gradient_time")
def exposed_link_time(gradient_time, microbatches, stage_time):
    """Gradient traffic that is longer than all the arithmetic."""
    return maximum(gradient_time - microbatches * stage_time, 0.0)


@equation("s", r"T_g", when="overlap=none", rises="gradient_time")
def exposed_link_time(gradient_time):
    """All the gradient traffic."""
    return gradient_time


DISPATCH = {"message_bytes": (1 + 2) * 32 * 9 * 7000.0, "group": 256.0, "wire_latency": 0.0}
wall(
    14,
    "Communication",
    "fleet",
    "What does agreeing on gradients cost?",
    belief="Eight times the chips train eight times as fast.",
    chart="collective",
    lab="vol2/06",
    paper=PATARASUK_2009,
    verdicts=[
        Verdict("time", "link_time", "collectives inside layers"),
        Verdict("time", "exposed_link_time", "gradient traffic"),
    ],
    symbols="link_time gradient_time exposed_link_time bubble_share all_reduce_time "
    "all_gather_time all_to_all_time hop_time",
    cases=[
        Case(
            "all_to_all_time",
            {**DISPATCH, "wire_bandwidth": 50e9},
            {},
            120.96e-6,
            0.005,
            INSIGHTS_2025.at("sec. 2.3.2"),
            "Dispatch and combine of 32 tokens, 9 experts, 7,000 wide, over 50 GB/s",
        ),
        Case(
            "all_to_all_time",
            {**DISPATCH, "wire_bandwidth": 900e9},
            {},
            6.72e-6,
            0.005,
            INSIGHTS_2025.at("sec. 2.3.2"),
            "The same over 900 GB/s",
        ),
    ],
)
