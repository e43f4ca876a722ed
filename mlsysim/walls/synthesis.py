"""Wall 22, synthesis: what hardware would meet a target. `core.solver.synthesis` inverts any symbol."""

from __future__ import annotations

from ..core.elementwise import ceil
from ..core.graph import Paper, equation
from ..core.inputs import given
from ..papers import NARAYANAN_2021, WILLIAMS_2009
from .wall import Case, Verdict, wall

JOUPPI_2017 = Paper(
    "Jouppi et al.",
    2017,
    "In-Datacenter Performance Analysis of a Tensor Processing Unit",
    "arXiv:1704.04760",
)
AUSTIN_2025 = Paper("Austin et al.", 2025, "How to Scale Your Model", "GitHub jax-ml/scaling-book")
given("target_time", "s", r"T^*", "Time that a step, or a training run, may take")


@equation(
    "byte/s",
    r"\frac{Q}{\epsilon_m T^*}",
    WILLIAMS_2009.at("fig. 1"),
    rises="pass_bytes",
    falls="memory_share target_time",
)
def needed_bandwidth(pass_bytes, memory_share, target_time):
    """Memory bandwidth at which the bytes of a pass move within the target."""
    return pass_bytes / (memory_share * target_time)


@equation(
    "flop/s",
    r"\frac{W}{\epsilon_c T^*}",
    WILLIAMS_2009.at("fig. 1"),
    rises="pass_flop",
    falls="compute_share target_time",
)
def needed_rate(pass_flop, compute_share, target_time):
    """Peak rate at which the arithmetic of a pass is done within the target."""
    return pass_flop / (compute_share * target_time)


@equation(
    "byte/s", r"R/I", WILLIAMS_2009.at("sec. 3"), rises="peak_rate", falls="arithmetic_intensity"
)
def balanced_bandwidth(peak_rate, arithmetic_intensity):
    """Memory bandwidth from which a chip's arithmetic is the lower ceiling."""
    return peak_rate / arithmetic_intensity


@equation(
    "",
    r"\frac{R w_w}{2 B_m}",
    AUSTIN_2025.at("inference.md, linear operations"),
    rises="peak_rate weight_width",
    falls="mem_bandwidth",
)
def balanced_batch(peak_rate, mem_bandwidth, weight_width, mac_flop):
    """Tokens computed together from which the arithmetic takes longer than the reading of the weights."""
    return peak_rate * weight_width / (mac_flop * mem_bandwidth)


@equation(
    "",
    r"\left\lceil\frac{C}{R\,\mathrm{MFU}\,T^*}\right\rceil",
    NARAYANAN_2021.at("eq. 4"),
    rises="train_flop",
    falls="peak_rate mfu target_time",
)
def needed_chips(train_flop, peak_rate, mfu, target_time):
    """Chips that finish a training run within the target."""
    return ceil(train_flop / (peak_rate * mfu * target_time))


DAY = 24 * 3600.0
LLAMA = {"train_flop": 6.3e24, "peak_rate": 4.59e14, "mfu": 0.4, "target_time": 44 * DAY}
GPT3 = {
    "train_flop": 8 * 175e9 * 300e9,
    "peak_rate": 312e12,
    "mfu": 140 / 312,
    "target_time": 34 * DAY,
}
V5E = {"peak_rate": 1.97e14, "mem_bandwidth": 8.2e11, "weight_width": 2.0, "mac_flop": 2.0}
V1 = {"peak_rate": 92e12, "arithmetic_intensity": 2 * 1350.0}
RUN, LINEAR = AUSTIN_2025.at("applied-training.md"), AUSTIN_2025.at("inference.md, bf16")
A100, RIDGE = NARAYANAN_2021.at("sec. 5.1, 140 Tflop/s"), JOUPPI_2017.at("table 2; sec. 4, in MACs")
wall(
    22,
    "Synthesis",
    "analysis",
    "What hardware would meet the target?",
    belief="Any target can be met by more of the same hardware.",
    chart="inverse",
    lab="vol1/16",
    paper=WILLIAMS_2009,
    verdicts=[Verdict("target", "needed_chips", "chips")],
    symbols="needed_bandwidth needed_rate balanced_bandwidth balanced_batch needed_chips",
    cases=[
        Case("needed_chips", LLAMA, {}, 8960.0, 0.01, RUN, "Llama 3 70B in 44 days on TPU v5p"),
        Case("needed_chips", GPT3, {}, 1024.0, 0.01, A100, "GPT-3 in 34 days on A100"),
        Case("balanced_batch", V5E, {}, 240.0, 0.002, LINEAR, "TPU v5e: 240 tokens"),
        Case("balanced_bandwidth", V1, {}, 34e9, 0.005, RIDGE, "TPU v1: ridge point at 34 GB/s"),
    ],
)
