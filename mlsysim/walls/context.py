"""Sequences of training cut over context-parallel ranks: what each gathers, over which wire, and how long it takes.

All-gather based, as in Llama 3: a rank has a head and a tail chunk of every sequence, so that causal attention is even.
"""

from __future__ import annotations

from ..core.elementwise import maximum
from ..core.graph import At, equation
from ..papers import DEEPSEEK_V2, LLAMA3_2024, VASWANI_2017
from .layout import ports_of, ring_share, wire

CUT = "phase=training family=transformer|encoder"
WHOLE = "phase=training family=cnn|mlp|dlrm|diffusion|totals|encoder-decoder|ssm"
CONTEXT = LLAMA3_2024.at("sec. 3.3.2")


@equation("byte/s", r"B_c", CONTEXT, rises="scaleup_bandwidth scaleout_bandwidth")
def cp_bandwidth(
    tp,
    cp,
    accelerators_per_node,
    scaleup_domain,
    scaleup_bandwidth,
    scaleup_share,
    pair_share,
    node_hops,
    scaleout_bandwidth,
    scaleout_share,
):
    """Bandwidth that a context-parallel rank reaches, one direction: the ranks lie next to each other after tensors."""
    inside = scaleup_bandwidth * ring_share(cp, pair_share, scaleup_share, node_hops)
    ports = ports_of(tp, accelerators_per_node, inside, scaleout_bandwidth * scaleout_share)
    return wire(tp * cp, scaleup_domain, inside, ports)


@equation("s", r"\alpha_c", rises="scaleup_latency scaleout_latency")
def cp_latency(tp, cp, scaleup_domain, scaleup_latency, scaleout_latency):
    """Latency of one step of a context-parallel collective."""
    return wire(tp * cp, scaleup_domain, scaleup_latency, scaleout_latency)


@equation("byte", r"k_c", VASWANI_2017.at("sec. 3.2"), when="attention=gqa", rises="kv_heads")
def key_value_bytes(kv_heads, head_dim, activation_width, tp):
    """Keys and values of one token in one layer on one device, as the attention of training takes them."""
    return 2 * maximum(kv_heads / tp, 1) * head_dim * activation_width


@equation("byte", r"k_c", DEEPSEEK_V2.at("sec. 2.1"), when="attention=mla", rises="heads")
def key_value_bytes(heads, nope_dim, rope_dim, value_dim, activation_width, tp):
    """Keys and values of one token in one layer on one device, projected up from the latent vector."""
    return heads / tp * (nope_dim + rope_dim + value_dim) * activation_width


@equation("byte", r"S_c", CONTEXT, rises="pass_tokens cp key_value_bytes")
def context_bytes(pass_tokens, cp, key_value_bytes):
    """Keys and values of one layer, of all tokens of a micro-batch, that each context-parallel rank needs."""
    return pass_tokens * cp * key_value_bytes


@equation("", r"3", CONTEXT, when="recompute=none|selective")
def context_passes():
    """Keys and values are gathered forward and backward, and their gradients are scattered."""
    return 1.0 + 2


@equation("", r"4", CONTEXT, when="recompute=full")
def context_passes():
    """Keys and values are gathered forward twice and backward, and their gradients are scattered."""
    return 2.0 + 2


@equation(
    "s",
    r"T_{cp}",
    CONTEXT,
    when=CUT,
    rises="layers context_passes gather_time",
    gather_time=At(
        "all_gather_time",
        message_bytes="context_bytes",
        group="cp",
        wire_bandwidth="cp_bandwidth",
        wire_latency="cp_latency",
    ),
)
def context_time(layers, context_passes, gather_time):
    """Gathers of keys and values over the context-parallel group, all layers, for one micro-batch."""
    return layers * context_passes * gather_time


@equation("s", r"0", when=WHOLE)
def context_time():
    """Nothing: only the sequences of transformers are cut."""
    return 0.0
