"""The metrics of an evaluation, defined once: name, lens, symbol, unit and where it applies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from .core.errors import unknown
from .core.symbols import SYMBOLS
from .core.units import unit as unit_of

LENSES = ("feasibility", "performance", "macro")


class Metric(NamedTuple):
    """A number that an evaluation reports under a lens; `where` holds the phases it applies to."""

    lens: str
    name: str
    symbol: str
    unit: str
    words: str
    where: tuple[str, ...] = ("decode", "training", "pass")
    headline: bool = False

    @property
    def path(self) -> str:
        return f"{self.lens}.{self.name}"

    @property
    def scale(self) -> float:
        """What a coherent number of its symbol is multiplied by to be in its unit."""
        return (1e6 if self.name in MILLION else 1.0) / unit_of(self.unit).factor

    @property
    def greater(self) -> bool:
        """Whether more of it is better; of most metrics, less is."""
        return self.symbol.endswith(MORE_IS_BETTER)


SERVING, TRAINING, ONCE = ("decode",), ("training",), ("pass",)
TOKENS, SAMPLES = ("decode", "training-tokens"), ("pass", "training-samples")
F, P, M = LENSES
METRICS = (
    Metric(F, "memory_gib", "memory_used", "GiB", "Memory used", headline=True),
    Metric(F, "capacity_gib", "mem_capacity", "GiB", "Memory there is"),
    Metric(F, "memory_load", "memory_load", "", "Memory used over memory there is"),
    Metric(F, "weights_gib", "weight_bytes", "GiB", "Weights"),
    Metric(F, "cache_gib", "cache_bytes", "GiB", "Cache of keys and values", SERVING),
    Metric(F, "activations_gib", "held_activation_bytes", "GiB", "Activations"),
    Metric(F, "gradients_gib", "gradient_bytes", "GiB", "Gradients", TRAINING),
    Metric(F, "optimizer_gib", "optimizer_bytes", "GiB", "Optimiser state", TRAINING),
    Metric(F, "reserved_gib", "reserved_bytes", "GiB", "Kept by the software"),
    Metric(P, "latency", "step_time", "ms", "Latency of one step", headline=True),
    Metric(P, "latency_low", "step_time_low", "ms", "if everything overlapped"),
    Metric(P, "latency_high", "step_time_high", "ms", "if nothing overlapped"),
    Metric(P, "ttft_ms", "ttft", "ms", "Time to the first token", SERVING, True),
    Metric(P, "ttft_low_ms", "ttft_low", "ms", "if everything overlapped", SERVING),
    Metric(P, "ttft_high_ms", "ttft_high", "ms", "if nothing overlapped", SERVING),
    Metric(P, "tpot_ms", "tpot", "ms", "Time per output token", SERVING, True),
    Metric(P, "request_ms", "request_time", "ms", "One request", SERVING),
    Metric(P, "throughput", "token_rate", "1/s", "Tokens a second", TOKENS, True),
    Metric(P, "throughput", "sample_rate", "1/s", "Samples a second", SAMPLES, True),
    Metric(P, "mfu", "mfu", "", "Share of peak doing the model's work", headline=True),
    Metric(P, "prefill_mfu", "ttft_mfu", "", "The same during prefill", SERVING),
    Metric(P, "hfu", "hfu", "", "Share of peak that is busy"),
    Metric(P, "mbu", "mbu", "", "Share of bandwidth that is busy"),
    Metric(P, "arithmetic_intensity", "arithmetic_intensity", "flop/byte", "Operations over bytes"),
    Metric(
        P, "ridge_intensity", "ridge_intensity", "flop/byte", "Intensity at which the ceilings meet"
    ),
    Metric(P, "compute_ms", "compute_time", "ms", "Arithmetic of one pass"),
    Metric(P, "memory_ms", "memory_time", "ms", "Memory traffic of one pass"),
    Metric(P, "launch_ms", "launch_time", "ms", "Fixed costs of one pass"),
    Metric(P, "link_ms", "link_time", "ms", "Collectives inside layers of one pass"),
    Metric(P, "gradient_ms", "gradient_time", "ms", "Gradient traffic of a step", TRAINING),
    Metric(P, "exposed_gradient_ms", "exposed_link_time", "ms", "of which nothing hides", TRAINING),
    Metric(
        P, "bubble_share", "bubble_share", "", "Idle over working time of the pipeline", TRAINING
    ),
    Metric(P, "microbatches", "microbatches", "", "Micro-batches of a step", TRAINING),
    Metric(M, "tco_usd", "tco", "USD", "Total cost", headline=True),
    Metric(M, "hardware_usd", "chip_cost", "USD", "Accelerators"),
    Metric(M, "host_usd", "host_cost", "USD", "Hosts"),
    Metric(M, "network_usd", "network_cost", "USD", "Network"),
    Metric(M, "building_usd", "building_cost", "USD", "Building"),
    Metric(M, "electricity_usd", "power_cost", "USD", "Electricity"),
    Metric(M, "maintenance_usd", "maintenance_cost", "USD", "Maintenance"),
    Metric(M, "staff_usd", "staff_cost", "USD", "Staff"),
    Metric(M, "rental_usd", "rent_cost", "USD", "Rent"),
    Metric(M, "cost_per_mtoken_usd", "token_cost", "USD", "Cost of a million tokens", TOKENS),
    Metric(M, "cost_per_msample_usd", "sample_cost", "USD", "Cost of a million samples", SAMPLES),
    Metric(M, "power_kw", "it_power", "kW", "Mean power of the machines"),
    Metric(M, "energy_mwh", "energy", "MWh", "Energy of machines and building", headline=True),
    Metric(M, "energy_per_token_j", "token_energy", "J", "Energy of a token", TOKENS),
    Metric(M, "energy_per_sample_j", "sample_energy", "J", "Energy of a sample", SAMPLES),
    Metric(
        M, "carbon_t", "operational_carbon", "tCO2e", "Carbon of the electricity", headline=True
    ),
    Metric(M, "embodied_carbon_t", "embodied_carbon", "tCO2e", "Carbon of making the accelerators"),
    Metric(M, "water_m3", "water", "m**3", "Water on site", headline=True),
)
MORE_IS_BETTER = ("_rate", "mfu", "hfu", "mbu", "arithmetic_intensity")
#: Costs of one are too small to print; these are per million.
MILLION = ("cost_per_mtoken_usd", "cost_per_msample_usd")

#: Lines of what is owned; rent stands for them all.
SAID_OTHERWISE = ("rent_cost", "token_cost", "sample_cost")
OWNED = tuple(
    m.name for m in METRICS if m.symbol.endswith("_cost") and m.symbol not in SAID_OTHERWISE
)


def metrics_of(scenario: Any) -> tuple[Metric, ...]:
    """The metrics that apply to a scenario: to its phase, and in training to what a sample is counted in."""
    phase = scenario.options["phase"]
    tokens = scenario.training and (scenario.language or scenario.family == "encoder")
    kinds = (phase, f"{phase}-{'tokens' if tokens else 'samples'}")
    return tuple(metric for metric in METRICS if any(kind in metric.where for kind in kinds))


def resolve(name: str, metrics: Sequence[Metric], field: str = "metric") -> Metric:
    """The metric that a name means: "lens.name", its name with or without the unit, or any symbol of the graph."""
    for metric in metrics:
        if name in (metric.path, metric.name, metric.symbol):
            return metric
    begun = [metric for metric in metrics if name and metric.name.startswith(f"{name}_")]
    if len(begun) == 1:
        return begun[0]
    if name in SYMBOLS and SYMBOLS[name].unit != "text" and not SYMBOLS[name].table:
        symbol = SYMBOLS[name]
        return Metric("", name, name, symbol.unit, symbol.meaning)
    raise unknown(field, name, [*(metric.name for metric in metrics), *SYMBOLS])
