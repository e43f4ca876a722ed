"""State of a model on a device: weights, gradients, optimiser; whole on each replica, or shared out."""

from __future__ import annotations

from ..core.graph import equation
from ..papers import RAJBHANDARI_2020


@equation("", r"N_d", rises="dense_device_params expert_device_params")
def held_params(dense_device_params, expert_device_params):
    """Parameters of the fullest device, where its replica keeps all of its own."""
    return dense_device_params + expert_device_params


@equation(
    "",
    r"N_d/(d c)",
    RAJBHANDARI_2020.at("sec. 5"),
    rises="dense_device_params",
    falls="dense_replicas",
)
def shared_params(dense_device_params, expert_device_params, dense_replicas, ep):
    """Parameters of the fullest device, where the replicas share them out."""
    return (dense_device_params + expert_device_params * ep) / dense_replicas


@equation("byte", r"M_w", when="phase=prefill|decode|pass", rises="held_params weight_width")
def weight_bytes(held_params, weight_width):
    """Weights on the fullest device."""
    return held_params * weight_width


@equation(
    "byte",
    r"M_w",
    RAJBHANDARI_2020.at("sec. 3.1 and 5"),
    when="phase=training zero=0|1|2",
    rises="held_params weight_width",
)
def weight_bytes(held_params, weight_width):
    """Weights on the fullest device."""
    return held_params * weight_width


@equation(
    "byte",
    r"M_w",
    RAJBHANDARI_2020.at("sec. 3.1 and 5"),
    when="phase=training zero=3",
    rises="shared_params weight_width",
)
def weight_bytes(shared_params, weight_width):
    """Weights on the fullest device, shared out over the replicas."""
    return shared_params * weight_width


@equation(
    "byte",
    r"M_g",
    RAJBHANDARI_2020.at("sec. 3.1 and 5"),
    when="phase=training zero=0|1",
    rises="held_params gradient_width",
)
def gradient_bytes(held_params, gradient_width):
    """Gradients on the fullest device."""
    return held_params * gradient_width


@equation(
    "byte",
    r"M_g",
    RAJBHANDARI_2020.at("sec. 3.1 and 5"),
    when="phase=training zero=2|3",
    rises="shared_params gradient_width",
)
def gradient_bytes(shared_params, gradient_width):
    """Gradients on the fullest device, shared out over the replicas."""
    return shared_params * gradient_width


@equation(
    "byte",
    r"M_o",
    RAJBHANDARI_2020.at("sec. 3.1 and 5"),
    when="phase=training zero=0",
    rises="held_params optimizer_width",
)
def optimizer_bytes(held_params, optimizer_width):
    """Optimiser state on the fullest device."""
    return held_params * optimizer_width


@equation(
    "byte",
    r"M_o",
    RAJBHANDARI_2020.at("sec. 3.1 and 5"),
    when="phase=training zero=1|2|3",
    rises="shared_params optimizer_width",
)
def optimizer_bytes(shared_params, optimizer_width):
    """Optimiser state on the fullest device, shared out over the replicas."""
    return shared_params * optimizer_width
