"""How a model lies on the chips: stages, shards, groups and the wires between them. Several walls read these."""

from __future__ import annotations

from ..core.elementwise import above, ceil, maximum, minimum
from ..core.graph import constant, equation
from ..papers import (
    AICONFIGURATOR,
    FIELD,
    GU_2023,
    HUANG_2019,
    LLAMA3_2024,
    NARAYANAN_2021,
    SHOEYBI_2019,
)

LAYERED = "family=transformer|encoder|ssm"
UNLAYERED = "family=cnn|mlp|dlrm|diffusion|totals|encoder-decoder"

constant(
    "mac_flop", 2.0, "flop", r"w_1", FIELD, "Operations of one multiply-accumulate", "convention"
)
constant(
    "decode_tokens",
    1.0,
    "",
    r"s_q",
    FIELD,
    "Tokens of a sequence that a decode step computes",
    "convention",
)
constant(
    "step_rank_divisor",
    16.0,
    "",
    r"",
    GU_2023.at("app. E.2"),
    "Hidden width over the rank of a state-space step",
)


@equation("", r"m", NARAYANAN_2021.at("sec. 2.2"), rises="batch", falls="dp microbatch")
def microbatches(batch, dp, microbatch):
    """Micro-batches of a step on one replica; a batch that does not divide is rounded up."""
    return ceil(batch / (dp * microbatch))


@equation("", r"\lceil L/p\rceil/L", HUANG_2019.at("sec. 2.2"), when=LAYERED, falls="pp")
def stage_share(layers, pp):
    """Share of the layers in the largest pipeline stage."""
    return ceil(layers / pp) / layers


@equation("", r"1/p", when=UNLAYERED, falls="pp")
def stage_share(pp):
    """Share of the network in a pipeline stage."""
    return 1 / pp


@equation(
    "",
    r"e = \frac{V h}{N_l/L}",
    SHOEYBI_2019.at("sec. 3"),
    when="family=transformer|encoder",
    rises="vocab hidden",
)
def head_layers(vocab, hidden, layer_params, layers):
    """Layers that the output matrix is worth, by its parameters."""
    return vocab * hidden / (layer_params / layers)


@equation(
    "",
    r"\frac{\max(\lceil L/p\rceil, L-(p-1)\lceil L/p\rceil+e)}{L+e}",
    NARAYANAN_2021.at("sec. 2.2"),
    when="family=transformer|encoder",
)
def slowest_share(layers, pp, head_layers):
    """Share of the work in the slowest stage: the last one also holds the output matrix."""
    each = ceil(layers / pp)
    last = layers - (pp - 1) * each + head_layers
    return maximum(each, last) / (layers + head_layers)


@equation("", r"1/p", when=f"{UNLAYERED}|ssm")
def slowest_share(stage_share):
    """Share of the work in the slowest stage."""
    return stage_share


@equation(
    "",
    r"\beta = (p-1)/(v m)",
    NARAYANAN_2021.at("sec. 2.2.2"),
    rises="pp",
    falls="microbatches virtual_stages",
)
def bubble_share(pp, microbatches, virtual_stages):
    """Idle time of a pipeline over its working time."""
    return (pp - 1) / (microbatches * virtual_stages)


@equation(
    "",
    r"N_t",
    SHOEYBI_2019.at("sec. 3"),
    when="family=transformer|encoder",
    rises="layer_params",
    falls="tp",
)
def dense_device_params(
    layer_params,
    embedding_params,
    vocab,
    position_rows,
    final_vectors,
    other_params,
    hidden,
    stage_share,
    tp,
    pp,
):
    """Parameters on the fullest device without routed experts; a stage holds one vocabulary matrix."""
    one, rest = (vocab + position_rows) * hidden, final_vectors * hidden + other_params
    return (layer_params * stage_share + above(pp, 1, one, embedding_params) + rest) / tp


@equation("", r"N_t", when="family=cnn|mlp|dlrm|diffusion|totals|encoder-decoder|ssm", falls="tp")
def dense_device_params(params, expert_params, stage_share, tp):
    """Parameters on one device without the tables or experts that are shared out."""
    return (params - expert_params) * stage_share / tp


@equation("", r"N_{x,t}", rises="expert_params", falls="ep")
def expert_device_params(expert_params, stage_share, tp, ep):
    """Parameters of the routed experts, or of the embedding tables, on one device."""
    return expert_params * stage_share / (tp * ep)


@equation("", r"d c", LLAMA3_2024.at("sec. 3.3.2"), rises="dp cp")
def dense_replicas(dp, cp):
    """Copies of every parameter that is no expert's: each rank of a context-parallel group has one too."""
    return dp * cp


@equation("", r"d c/e", rises="dense_replicas", falls="ep")
def expert_replicas(dense_replicas, ep):
    """Copies of each routed expert."""
    return dense_replicas / ep


NCCL = AICONFIGURATOR.at("fit of the NCCL tables")
constant(
    "node_hops",
    6.0,
    "",
    r"6",
    NCCL,
    "Chips beyond a pair at which a collective behaves as in a whole node",
)


# ---- wires: a group that fits the scale-up domain uses it; a larger one meets the network
def wire(span, scaleup_domain, inside, outside):
    return above(span, scaleup_domain, outside, inside)


def ports_of(tp, accelerators_per_node, inside, port):
    """What a rank of a ring that leaves a node reaches: the ports of all of its ranks there, no more than inside."""
    ports = port * maximum(accelerators_per_node / tp, 1)
    return above(accelerators_per_node, tp, minimum(ports, inside), ports)


def ring_share(group, pair_share, scaleup_share, node_hops):
    """Share of the scale-up bandwidth that a ring reaches: from a pair's to a whole node's as it grows."""
    return pair_share + (scaleup_share - pair_share) * minimum(maximum(group - 2, 0) / node_hops, 1)


@equation("byte/s", r"B_t", SHOEYBI_2019.at("sec. 3"), rises="scaleup_bandwidth scaleout_bandwidth")
def tp_bandwidth(
    tp,
    accelerators_per_node,
    scaleup_domain,
    scaleup_bandwidth,
    scaleup_share,
    pair_share,
    node_hops,
    scaleout_bandwidth,
    scaleout_share,
):
    """Bandwidth that a tensor-parallel group reaches, one direction; rings that leave a node use all its ports."""
    inside = scaleup_bandwidth * ring_share(tp, pair_share, scaleup_share, node_hops)
    ports = scaleout_bandwidth * scaleout_share * maximum(accelerators_per_node, 1)
    return wire(
        tp, scaleup_domain, inside, above(accelerators_per_node, 1, minimum(ports, inside), ports)
    )


@equation("s", r"\alpha_t", rises="scaleup_latency scaleout_latency")
def tp_latency(tp, scaleup_domain, scaleup_latency, reduce_latency_share, scaleout_latency):
    """Latency of one step of a tensor-parallel collective; a stack's own kernels start faster."""
    return wire(tp, scaleup_domain, scaleup_latency * reduce_latency_share, scaleout_latency)


@equation("byte/s", r"B_e", rises="scaleup_bandwidth scaleout_bandwidth")
def ep_bandwidth(
    tp, ep, scaleup_domain, scaleup_bandwidth, exchange_share, scaleout_bandwidth, scaleout_share
):
    """Bandwidth that an expert-parallel rank reaches, one direction."""
    return wire(
        tp * ep,
        scaleup_domain,
        scaleup_bandwidth * exchange_share,
        scaleout_bandwidth * scaleout_share,
    )


@equation("s", r"\alpha_e", rises="scaleup_latency scaleout_latency")
def ep_latency(tp, ep, scaleup_domain, scaleup_latency, scaleout_latency):
    """Latency of one message of an expert-parallel exchange."""
    return wire(tp * ep, scaleup_domain, scaleup_latency, scaleout_latency)


@equation(
    "byte/s", r"B_d", NARAYANAN_2021.at("sec. 3.3"), rises="scaleup_bandwidth scaleout_bandwidth"
)
def dp_bandwidth(
    tp,
    dense_replicas,
    accelerators_per_node,
    scaleup_domain,
    scaleup_bandwidth,
    scaleup_share,
    scaleout_bandwidth,
    scaleout_share,
):
    """Bandwidth that a data-parallel rank reaches: the ranks of a node share all of its network ports."""
    inside = scaleup_bandwidth * scaleup_share
    ports = ports_of(tp, accelerators_per_node, inside, scaleout_bandwidth * scaleout_share)
    return wire(tp * dense_replicas, scaleup_domain, inside, ports)


@equation("s", r"\alpha_d", rises="scaleup_latency scaleout_latency")
def dp_latency(tp, dense_replicas, scaleup_domain, scaleup_latency, scaleout_latency):
    """Latency of one step of a data-parallel collective."""
    return wire(tp * dense_replicas, scaleup_domain, scaleup_latency, scaleout_latency)


@equation("byte/s", r"B_p", rises="scaleup_bandwidth scaleout_bandwidth")
def pp_bandwidth(
    tp,
    pp,
    dense_replicas,
    scaleup_domain,
    scaleup_bandwidth,
    scaleup_share,
    scaleout_bandwidth,
    scaleout_share,
):
    """Bandwidth between two pipeline stages, one direction."""
    return wire(
        tp * pp * dense_replicas,
        scaleup_domain,
        scaleup_bandwidth * scaleup_share,
        scaleout_bandwidth * scaleout_share,
    )


@equation("s", r"\alpha_p", rises="scaleup_latency scaleout_latency")
def pp_latency(tp, pp, dense_replicas, scaleup_domain, scaleup_latency, scaleout_latency):
    """Latency of a message between two pipeline stages."""
    return wire(tp * pp * dense_replicas, scaleup_domain, scaleup_latency, scaleout_latency)
