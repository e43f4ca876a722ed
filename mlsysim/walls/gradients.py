"""Gradients and weights that replicas share: what a step sums, scatters and gathers under each stage of ZeRO."""

from __future__ import annotations

from ..core.graph import At, equation
from ..papers import NARAYANAN_2021, RAJBHANDARI_2020


@equation("byte", r"S_g", rises="dense_device_params gradient_width")
def dense_gradient_bytes(dense_device_params, gradient_width):
    """Gradients that every replica holds in full."""
    return dense_device_params * gradient_width


@equation("byte", r"S_x", rises="expert_device_params gradient_width")
def expert_gradient_bytes(expert_device_params, gradient_width):
    """Gradients of the experts on one device."""
    return expert_device_params * gradient_width


@equation("byte", r"S_w", rises="dense_device_params weight_width")
def gathered_weight_bytes(dense_device_params, weight_width):
    """Weights that a replica gathers before it uses them."""
    return dense_device_params * weight_width


@equation("byte", r"S_{xw}", rises="expert_device_params weight_width")
def expert_weight_bytes(expert_device_params, weight_width):
    """Weights of the experts on one device that a replica gathers before it uses them."""
    return expert_device_params * weight_width


DENSE = {
    "message_bytes": "dense_gradient_bytes",
    "group": "dense_replicas",
    "wire_bandwidth": "dp_bandwidth",
    "wire_latency": "dp_latency",
}
EXPERT = {**DENSE, "message_bytes": "expert_gradient_bytes", "group": "expert_replicas"}


@equation(
    "s",
    r"T_g",
    NARAYANAN_2021.at("sec. 2.1"),
    when="zero=0|1",
    rises="dense_time expert_time",
    dense_time=At("all_reduce_time", **DENSE),
    expert_time=At("all_reduce_time", **EXPERT),
)
def gradient_time(dense_time, expert_time):
    """Summing the gradients of a step over the replicas."""
    return dense_time + expert_time


@equation(
    "s",
    r"T_x",
    RAJBHANDARI_2020.at("sec. 7.2"),
    rises="dense_time expert_time",
    dense_time=At("all_gather_time", **DENSE),
    expert_time=At("all_gather_time", **EXPERT),
)
def scatter_time(dense_time, expert_time):
    """Scattering the gradients of a micro-batch, where the replicas share them out."""
    return dense_time + expert_time


@equation(
    "s",
    r"T_w",
    RAJBHANDARI_2020.at("sec. 7.2"),
    rises="dense_time expert_time",
    dense_time=At("all_gather_time", **{**DENSE, "message_bytes": "gathered_weight_bytes"}),
    expert_time=At("all_gather_time", **{**EXPERT, "message_bytes": "expert_weight_bytes"}),
)
def gather_time(dense_time, expert_time):
    """Gathering the weights that the replicas share out, or update a share of."""
    return dense_time + expert_time


@equation(
    "s",
    r"m T_x + T_w",
    RAJBHANDARI_2020.at("sec. 7.2.1"),
    when="zero=2",
    rises="scatter_time gather_time microbatches",
)
def gradient_time(scatter_time, gather_time, microbatches):
    """Scattering the gradients of every micro-batch, none being kept whole, and gathering the updated weights."""
    return scatter_time * microbatches + gather_time


@equation(
    "s",
    r"m (T_x + 2 T_w)",
    RAJBHANDARI_2020.at("sec. 7.2.2"),
    when="zero=3",
    rises="scatter_time gather_time microbatches",
)
def gradient_time(scatter_time, gather_time, microbatches):
    """Scattering the gradients, and gathering the weights forward and backward, for every micro-batch."""
    return (scatter_time + 2 * gather_time) * microbatches
