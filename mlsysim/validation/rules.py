"""Two rules of thumb: constant shares of peak and bandwidth, or the peaks themselves. Nothing else takes time."""

from __future__ import annotations

from typing import Any

#: Shares of the peak rate and of the bandwidth.
RULES = {"two constants": (0.5, 0.8), "peak roofline": (1.0, 1.0)}
#: Constants of the other models that turn them into the same rule.
NO_DETAIL = {
    "vision.winograd": 1.0,
    "vision.transformer": 1.0,
    "vision.passes_eager": 2.0,
    "vision.passes_fused": 2.0,
    "vision.launch_fused": 0.0,
    "vision.launch_eager": 0.0,
    "vision.frame_dataflow": 0.0,
    "tiny.layer_cycles": 0.0,
    "run.goodput": 1.0,
}
#: Multiply-accumulates of a cycle that the rule grants a microcontroller at its peak.
PEAK_MACS = 2.0


def rule_constants(constants: dict[str, float], shares: tuple[float, float]) -> dict[str, float]:
    """The constants under a rule; a system made with them obeys it."""
    compute, memory = shares
    found = {**constants, **NO_DETAIL, "rule.compute": compute, "rule.memory": memory}
    for name in constants:
        if name.startswith("vision.share_"):
            found[name] = compute
        elif name.startswith(("vision.class_", "tiny.core_", "tiny.library_", "tiny.layers_")):
            found[name] = 1.0
        elif name.startswith(("stream.", "link.")):
            found[name] = memory
    found |= {"vision.bandwidth_share": memory, "tiny.rate": PEAK_MACS * compute}
    return found


def obey(given: dict[str, Any], shares: tuple[float, float]) -> None:
    """Make a scenario obey `t = max(F/(x R), Q/(y B))`: no fixed costs, no links, no detail."""
    compute, memory = shares
    sixteen = given["peak_rate"] / given["sixteen_rate"]
    given.update(dict.fromkeys(COMPUTE, compute) | dict.fromkeys(MEMORY, memory))
    given.update(dict.fromkeys(ONE, 1.0) | dict.fromkeys(NONE, 0.0) | dict.fromkeys(FREE, 1e30))
    given.update(kernel_corner=200.0, attention_gain=0.5, narrow_gain=sixteen)
    given["attention_share"] = compute * sixteen


COMPUTE = ("compute_share", "expert_share")
MEMORY = ("memory_share", "expert_memory_share", "attention_memory_share", "attention_stream_share")
ONE = (
    "sustained_share",
    "rule_share",
    "expert_gain",
    "power_cap_share",
    "overlap_share",
    "layer_overlap_share",
)
NONE = (
    "kernel_overhead",
    "attention_overhead",
    "expert_overhead",
    "stream_overhead",
    "layer_overhead",
    "step_overhead",
    "sequence_overhead",
    "block_streams",
    "mlp_streams",
    "scaleup_latency",
    "scaleout_latency",
)
FREE = ("scaleup_bandwidth", "scaleout_bandwidth")
