"""Wall 3, software: what the stack reaches of the hardware, and what it costs per kernel, layer and step."""

from __future__ import annotations

from ..core.elementwise import joined, maximum, minimum, weighted
from ..core.graph import At, constant, equation
from ..papers import (
    AICONFIGURATOR,
    CHOWDHERY_2022,
    HUANG_2019,
    MLSYSIM_FIT,
    NARAYANAN_2021,
    RAJBHANDARI_2020,
    WILLIAMS_2009,
)
from .layout import LAYERED, UNLAYERED
from .wall import Case, Verdict, wall

#: How sharply two ceilings of the memory meet: fit to llama.cpp on ten GPUs. No `constant`, for no equation reads it:
#: a scenario applies `limited_share` to the figures that the graph is given.
CEILING_CORNER = 4.0
constant(
    "blend_share",
    0.6,
    "",
    r"w",
    MLSYSIM_FIT.at("training steps, each source left out in turn"),
    "Weight of the estimate by one share against that by kernels",
    "estimate",
)


@equation(
    "s",
    r"t_i = (t_{c,i}^p + t_{m,i}^p)^{1/p} + t_{0,i}",
    AICONFIGURATOR.at("fit of the GEMM tables"),
    each="operators",
    rises="op_compute_time op_memory_time op_overhead",
)
def op_busy_time(op_kind, op_compute_time, op_memory_time, op_overhead, kernel_corner):
    """One run of an operator under its two ceilings, and its fixed cost; attention and experts add the two."""
    corner = 1 if op_kind in ("attention", "experts") else kernel_corner
    return joined(op_compute_time, op_memory_time, corner) + op_overhead


def _start(op_kind, kernel_overhead, attention_overhead, stream_overhead):
    """Fixed time of a kernel by its kind."""
    if op_kind in ("gather", "elementwise"):
        return stream_overhead
    return attention_overhead if op_kind == "attention" else kernel_overhead


@equation(
    "s",
    r"t_{0,i}",
    AICONFIGURATOR.at("fits of the GEMM and attention tables"),
    each="operators",
    when="mlp=none|dense",
)
def op_overhead(op_kind, kernel_overhead, attention_overhead, stream_overhead):
    """Fixed time of one run of an operator."""
    return _start(op_kind, kernel_overhead, attention_overhead, stream_overhead)


@equation(
    "s",
    r"t_{0,i}",
    AICONFIGURATOR.at("fits of the GEMM, attention and expert tables"),
    each="operators",
    when="mlp=moe",
)
def op_overhead(
    op_kind,
    kernel_overhead,
    attention_overhead,
    stream_overhead,
    expert_overhead,
    experts_per_token,
    pass_tokens,
):
    """Fixed time of one run of an operator; few tokens meet their experts one by one, many in one grouped kernel."""
    if op_kind == "experts":
        return minimum(expert_overhead, kernel_overhead * experts_per_token * pass_tokens)
    return _start(op_kind, kernel_overhead, attention_overhead, stream_overhead)


def limited_share(memory_share, core_bytes, chip_cores, chip_clock, mem_bandwidth):
    """Share of the bandwidth under a second ceiling: the bytes that all cores keep in flight.

    All in coherent units; the two ceilings meet in a sharp corner.
    """
    in_flight = core_bytes * chip_cores * chip_clock / mem_bandwidth
    return 1 / joined(1 / memory_share, 1 / in_flight, CEILING_CORNER)


@equation("s", r"T_b = \sum_i n_i t_i", rises="op_busy_time op_passes")
def busy_time(op_busy_time, op_passes):
    """Time that a device works on all layers for one pass or micro-batch."""
    return weighted(op_busy_time, op_passes)


@equation(
    "s",
    r"T_0 = \sum_i n_i t_0",
    AICONFIGURATOR.at("fit of the GEMM tables"),
    rises="op_passes op_overhead",
)
def launch_time(op_overhead, op_passes):
    """Fixed costs of all kernels of one pass or micro-batch."""
    return weighted(op_overhead, op_passes)


@equation(
    "s", r"T_p", when="overlap=expected phase=prefill|decode|pass", rises="busy_time link_time"
)
def pass_time(busy_time, link_time):
    """One pass over all layers: each operator under its own ceiling, then its collective."""
    return busy_time + link_time


@equation(
    "s",
    r"T_p",
    NARAYANAN_2021.at("sec. 5.9"),
    when="overlap=expected phase=training",
    rises="busy_time link_time context_time",
    falls="layer_overlap_share",
)
def pass_time(busy_time, link_time, context_time, layer_overlap_share):
    """One micro-batch over all layers, with the collectives that arithmetic does not hide: no gather of a context."""
    exposed = link_time * (1 - layer_overlap_share) + context_time * layer_overlap_share
    return busy_time + maximum(exposed, link_time - busy_time)


@equation(
    "s", r"\max(T_c, T_m, T_l)", when="overlap=full", rises="compute_time memory_time link_time"
)
def pass_time(compute_time, memory_time, link_time):
    """One pass if everything overlapped: the lower end of the bracket."""
    return maximum(maximum(compute_time, memory_time), link_time)


@equation(
    "s",
    r"T_c + T_m + T_l + T_0",
    when="overlap=none",
    rises="compute_time memory_time link_time launch_time",
)
def pass_time(compute_time, memory_time, link_time, launch_time):
    """One pass if nothing overlapped: the upper end of the bracket."""
    return compute_time + memory_time + link_time + launch_time


@equation(
    "s",
    r"T_f = L t_L + t_S + t_q B/d",
    when=LAYERED,
    rises="layers layer_overhead step_overhead sequence_overhead batch",
)
def fixed_time(layers, layer_overhead, step_overhead, sequence_overhead, batch, dp):
    """Fixed costs of a step: of its layers, its own, and of each sequence of a replica."""
    return layers * layer_overhead + step_overhead + sequence_overhead * batch / dp


@equation("s", r"T_f", when=UNLAYERED, rises="step_overhead")
def fixed_time(step_overhead, sequence_overhead, batch, dp):
    """Fixed costs of a step: its own, and of each sample of a replica."""
    return step_overhead + sequence_overhead * batch / dp


@equation(
    "s",
    r"T = \rho_T (T_p\, p\, x_s + T_f)",
    HUANG_2019.at("sec. 2.2"),
    when="phase=prefill|decode|pass",
    rises="pass_time fixed_time hop_time",
)
def step_time(pass_time, slowest_share, pp, hop_time, fixed_time, time_residual):
    """One step of inference through all pipeline stages."""
    return time_residual * (pass_time * slowest_share * pp + hop_time + fixed_time)


@equation(
    "s",
    r"T_u",
    RAJBHANDARI_2020.at("sec. 3.1"),
    when="phase=training",
    rises="optimizer_bytes",
    falls="mem_bandwidth memory_share",
)
def update_time(
    optimizer_bytes, optimizer_width, weight_width, gradient_width, mem_bandwidth, memory_share
):
    """Time of the optimiser on its share: state and weights are read and written, gradients are read."""
    touched = 2 * optimizer_width + 2 * weight_width + gradient_width
    return optimizer_bytes / optimizer_width * touched / (mem_bandwidth * memory_share)


@equation("s", r"T_s", rises="pass_time hop_time", falls="")
def stage_time(pass_time, slowest_share, hop_time):
    """Time of one micro-batch in the slowest stage, forward and backward."""
    return pass_time * slowest_share + hop_time


@equation(
    "s",
    r"T_k = m T_s (1+\beta) + T_d + T_u + T_f",
    NARAYANAN_2021.at("sec. 2.2"),
    when="phase=training",
    rises="stage_time exposed_link_time update_time",
)
def kernel_step_time(
    microbatches, stage_time, bubble_share, exposed_link_time, update_time, fixed_time
):
    """One training step: micro-batches, bubble, gradient traffic that stays exposed, optimiser."""
    return (
        microbatches * stage_time * (1 + bubble_share)
        + exposed_link_time
        + update_time
        + fixed_time
    )


@equation(
    "s",
    r"T_r = \frac{m (1+\beta)}{p} \max(T_c/\epsilon_r, T_m)",
    MLSYSIM_FIT.at("training steps, each source left out in turn"),
    when="phase=training",
    rises="compute_time memory_time microbatches",
)
def share_step_time(microbatches, compute_time, memory_time, bubble_share, pp, rule_share):
    """One training step by its arithmetic, at a share for all else, or by its traffic where that is longer."""
    longer = maximum(compute_time / rule_share, memory_time)
    return microbatches * longer * (1 + bubble_share) / pp


@equation(
    "s",
    r"T = \rho_T T_k^{1-w} T_r^w",
    MLSYSIM_FIT.at("training steps, each source left out in turn"),
    when="phase=training overlap=expected",
    rises="kernel_step_time share_step_time",
)
def step_time(kernel_step_time, share_step_time, blend_share, time_residual):
    """One training step: a mean, in the logarithm, of two estimates, which errs less than either."""
    return time_residual * kernel_step_time ** (1 - blend_share) * share_step_time**blend_share


@equation(
    "s",
    r"\min(T_k, T_r)",
    when="phase=training overlap=full",
    rises="kernel_step_time share_step_time",
)
def step_time(kernel_step_time, share_step_time):
    """The shorter of the two estimates."""
    return minimum(kernel_step_time, share_step_time)


@equation(
    "s",
    r"\max(T_k, T_r)",
    when="phase=training overlap=none",
    rises="kernel_step_time share_step_time",
)
def step_time(kernel_step_time, share_step_time):
    """The longer of the two estimates."""
    return maximum(kernel_step_time, share_step_time)


@equation("s", r"T_{lo}", step_time=At("step_time", overlap="full"))
def step_time_low(step_time):
    """The step if everything overlapped."""
    return step_time


@equation("s", r"T_{hi}", step_time=At("step_time", overlap="none"))
def step_time_high(step_time):
    """The step if nothing overlapped."""
    return step_time


wall(
    3,
    "Software",
    "node",
    "What share of the peak does the stack reach, and why?",
    belief="Peak flop/s is what a program gets.",
    chart="waterfall",
    lab="vol1/07",
    paper=WILLIAMS_2009,
    verdicts=[Verdict("time", "launch_time", "launches")],
    symbols="launch_time compute_share memory_share kernel_overhead step_time step_time_low step_time_high",
    cases=[
        Case(
            "mfu",
            {
                "model_flop": 238.3e3 * (6 * 540.35e9 + 12 * 118 * 48 * 256 * 2048),
                "step_time": 1.0,
                "chips": 6144.0,
                "peak_rate": 275e12,
            },
            {},
            0.462,
            0.005,
            CHOWDHERY_2022.at("table 3 and app. B"),
            "PaLM 540B, 238.3 thousand tokens a second on 6,144 TPU v4",
        ),
        Case(
            "hfu",
            {"hardware_flop": 163e12, "step_time": 1.0, "chips": 1.0, "peak_rate": 312e12},
            {},
            0.52,
            0.01,
            NARAYANAN_2021.at("table 1, 1,008 billion parameters"),
            "163 Tflop/s a chip on 3,072 A100",
        ),
    ],
)
