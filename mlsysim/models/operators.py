"""What every workload lowers to: a table of operators, and the totals that the walls read."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..core.elementwise import ceil, weighted
from ..core.graph import equation, table
from ..papers import LLAMA3_2024


class Op(NamedTuple):
    """A kind of operator on one device: how often a pass runs it, and what one run computes, moves and sends."""

    kind: str
    count: Any
    flop: Any = 0.0
    weight_bytes: Any = 0.0
    activation_bytes: Any = 0.0
    cache_bytes: Any = 0.0
    reduced_bytes: Any = 0.0
    exchanged_bytes: Any = 0.0


table(
    "operators",
    op_kind=("text", "Kind of operator"),
    op_count=("", "Runs of an operator in a pass"),
    op_flop=("flop", "Operations of one run"),
    op_weight_bytes=("byte", "Weights that one run reads"),
    op_activation_bytes=("byte", "Activations that one run reads and writes"),
    op_cache_bytes=("byte", "Cache or table entries that one run reads and writes"),
    op_reduced_bytes=("byte", "Bytes that the tensor-parallel group sums after one run"),
    op_exchanged_bytes=("byte", "Bytes that one expert-parallel rank exchanges after one run"),
)


class Widths(NamedTuple):
    """Operations of a multiply-accumulate, bytes of a weight and of an activation."""

    mac: Any
    weight: Any
    activation: Any


@equation("text")
def widths(mac_flop, weight_width, activation_width):
    """What one element costs, in operations and in bytes."""
    return Widths(mac_flop, weight_width, activation_width)


def matmul(kind, count, rows, inner, outer, widths, **traffic) -> Op:
    """A matrix product of `rows` by a weight of `inner` by `outer`."""
    weights = inner * outer
    moved = rows * (inner + outer) * widths.activation
    return Op(kind, count, widths.mac * rows * weights, weights * widths.weight, moved, **traffic)


# ---- a pass: how many sequences and tokens go through the layers at once. Nothing else knows the phase.
@equation("", r"b", when="phase=prefill|decode|pass", rises="batch", falls="dp pp")
def pass_batch(batch, dp, pp):
    """Samples of one pass on one replica; a pipeline keeps one pass in each stage."""
    return ceil(batch / (dp * pp))


@equation("", r"b", when="phase=training", rises="microbatch")
def pass_batch(microbatch):
    """Samples of one micro-batch on one replica."""
    return microbatch


@equation("", r"s_q", when="phase=prefill|pass", rises="seq_len")
def new_tokens(seq_len):
    """Tokens of one sequence that a pass computes."""
    return seq_len


@equation(
    "", r"s/c", LLAMA3_2024.at("sec. 3.3.2"), when="phase=training", rises="seq_len", falls="cp"
)
def new_tokens(seq_len, cp):
    """Tokens of one sequence that a rank computes; a head and a tail chunk each, so that attention is even."""
    return seq_len / cp


@equation("", r"s_q", when="phase=decode")
def new_tokens(decode_tokens):
    """Tokens of one sequence that a pass computes."""
    return decode_tokens


@equation("", r"b s_q", rises="pass_batch new_tokens")
def pass_tokens(pass_batch, new_tokens):
    """Tokens of one pass on one replica."""
    return pass_batch * new_tokens


@equation("flop", r"W = \sum_i n_i W_i", rises="op_flop op_count")
def pass_flop(op_flop, op_count):
    """Operations of one forward pass on one device."""
    return weighted(op_flop, op_count)


@equation("byte", r"Q = \sum_i n_i Q_i", rises="op_traffic op_count")
def pass_bytes(op_traffic, op_count):
    """Bytes that one forward pass moves on one device."""
    return weighted(op_traffic, op_count)


@equation(
    "byte", r"Q_i", each="operators", rises="op_weight_bytes op_activation_bytes op_cache_bytes"
)
def op_traffic(op_weight_bytes, op_activation_bytes, op_cache_bytes):
    """Bytes that one run of an operator moves through memory."""
    return op_weight_bytes + op_activation_bytes + op_cache_bytes
