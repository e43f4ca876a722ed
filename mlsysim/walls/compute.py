"""Wall 1, compute: how long the arithmetic takes."""

from __future__ import annotations

from ..core.elementwise import sqrt, weighted
from ..core.graph import constant, equation
from ..papers import (
    AICONFIGURATOR,
    BROWN_2020,
    CHOWDHERY_2022,
    KAPLAN_2020,
    KORTHIKANTI_2022,
    MLSYSIM_FIT,
    MOSAIC_2023,
    WILLIAMS_2009,
)
from .wall import Case, Verdict, wall

TRAIN_FIT = MLSYSIM_FIT.at("training steps, each source left out in turn")
constant(
    "attention_gain",
    0.5,
    "",
    r"g_a",
    TRAIN_FIT,
    "Rate of causal attention in training over that of dense products",
    "estimate",
)
SELECTIVE = KORTHIKANTI_2022.at("sec. 5")


@equation(
    "s",
    r"t_{c,i} = \frac{W_i}{R_i}",
    WILLIAMS_2009.at("fig. 1"),
    each="operators",
    rises="op_flop",
    falls="op_rate",
)
def op_compute_time(op_flop, op_rate):
    """Time that the arithmetic of one run of an operator takes."""
    return op_flop / op_rate


@equation(
    "flop/s",
    r"R_i = \epsilon_{c,i} R",
    AICONFIGURATOR.at("fits of the GEMM, attention and expert tables"),
    each="operators",
    when="phase=prefill|decode|pass",
    rises="peak_rate compute_share",
)
def op_rate(op_kind, peak_rate, sixteen_rate, compute_share, attention_share, expert_share):
    """Rate that an operator reaches at most; attention stays in 16 bits."""
    if op_kind == "attention":
        return sixteen_rate * attention_share
    return peak_rate * (expert_share if op_kind == "experts" else compute_share)


@equation(
    "flop/s",
    r"R_i = \epsilon_s \epsilon_c R_{16}",
    TRAIN_FIT,
    each="operators",
    when="phase=training",
    rises="sixteen_rate compute_share sustained_share power_cap_share",
)
def op_rate(
    op_kind,
    sixteen_rate,
    compute_share,
    sustained_share,
    power_cap_share,
    narrow_gain,
    expert_gain,
    attention_gain,
):
    """Rate that an operator sustains over a training step; clocks fall with the root of a power cap."""
    dense = sixteen_rate * compute_share * sustained_share * sqrt(power_cap_share)
    if op_kind == "attention":
        return dense * attention_gain
    return dense * narrow_gain * (expert_gain if op_kind == "experts" else 1)


@equation("", r"n_i", each="operators", when="phase=prefill|decode|pass", rises="op_count")
def op_passes(op_count):
    """Forward passes' worth of work: one."""
    return op_count


@equation(
    "",
    r"3 n_i",
    KAPLAN_2020.at("sec. 2.1"),
    each="operators",
    when="phase=training recompute=none",
    rises="op_count",
)
def op_passes(op_count):
    """Forward, and backward at twice the forward work."""
    return op_count * (1 + 2)


@equation(
    "",
    r"n_i (3 + [i = \mathrm{attention}])",
    SELECTIVE,
    each="operators",
    when="phase=training recompute=selective",
    rises="op_count",
)
def op_passes(op_count, op_kind):
    """Forward and backward; only the attention runs again."""
    return op_count * ((2 + 2) if op_kind == "attention" else (1 + 2))


@equation(
    "",
    r"4 n_i",
    KORTHIKANTI_2022.at("sec. 5"),
    each="operators",
    when="phase=training recompute=full",
    rises="op_count",
)
def op_passes(op_count):
    """Forward twice, and backward."""
    return op_count * (2 + 2)


@equation(
    "s", r"T_c = \sum_i n_i t_{c,i}", WILLIAMS_2009.at("fig. 1"), rises="op_compute_time op_passes"
)
def compute_time(op_compute_time, op_passes):
    """Time that the arithmetic of all layers takes for one pass or micro-batch."""
    return weighted(op_compute_time, op_passes)


@equation("flop", r"W", when="phase=prefill|decode|pass", rises="pass_flop batch")
def model_flop(pass_flop, tp, batch, pass_batch):
    """Operations that the model itself needs for one step, on all chips."""
    return pass_flop * tp * batch / pass_batch


@equation(
    "flop", r"3 W", CHOWDHERY_2022.at("app. B"), when="phase=training", rises="pass_flop batch"
)
def model_flop(pass_flop, tp, cp, batch, pass_batch):
    """Operations that the model itself needs for one training step, on all chips: no recomputation."""
    return (1 + 2) * pass_flop * tp * cp * batch / pass_batch


@equation("flop", r"W_h", KORTHIKANTI_2022.at("sec. 5"), rises="op_flop op_passes batch")
def hardware_flop(op_flop, op_passes, tp, cp, batch, pass_batch):
    """Operations that run in one step on all chips, recomputation included."""
    return weighted(op_flop, op_passes) * tp * cp * batch / pass_batch


@equation(
    "",
    r"\mathrm{MFU} = \frac{W}{T n R}",
    CHOWDHERY_2022.at("app. B"),
    rises="model_flop",
    falls="step_time chips peak_rate",
)
def mfu(model_flop, step_time, chips, peak_rate):
    """Share of the peak rate that does the model's own work."""
    return model_flop / (step_time * chips * peak_rate)


@equation(
    "",
    r"\mathrm{HFU} = \frac{W_h}{T n R}",
    CHOWDHERY_2022.at("app. B"),
    rises="hardware_flop",
    falls="step_time chips peak_rate",
)
def hfu(hardware_flop, step_time, chips, peak_rate):
    """Share of the peak rate that is busy, recomputation included."""
    return hardware_flop / (step_time * chips * peak_rate)


@equation(
    "flop",
    r"C = 6 N D",
    KAPLAN_2020.at("sec. 2.1, eq. 2.2 x 3"),
    rises="active_params train_tokens",
)
def train_flop(active_params, train_tokens, mac_flop):
    """Operations of a training run without attention: forward and twice backward."""
    return (1 + 2) * mac_flop * active_params * train_tokens


wall(
    1,
    "Compute",
    "node",
    "How long does the arithmetic take?",
    belief="A chip with twice the peak rate runs a model twice as fast.",
    chart="roofline",
    lab="vol1/11",
    paper=WILLIAMS_2009,
    verdicts=[Verdict("time", "compute_time", "arithmetic")],
    symbols="compute_time mfu hfu model_flop peak_rate op_compute_time train_flop",
    cases=[
        Case(
            "train_flop",
            {"active_params": 174.6e9, "train_tokens": 300e9},
            {},
            3.14e23,
            0.005,
            BROWN_2020.at("table D.1"),
            "GPT-3 175B on 300 billion tokens",
        ),
        Case(
            "mfu",
            {"model_flop": 408e12, "step_time": 1.0, "chips": 1.0, "peak_rate": 989.4e12},
            {},
            0.4125,
            0.005,
            MOSAIC_2023.at("MPT-70B, 512 H100"),
            "MPT-70B at 408 Tflop/s a chip",
        ),
    ],
)
