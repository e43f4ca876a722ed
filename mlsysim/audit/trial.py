"""One small model, predicted by the project's equations from a measured record, then timed."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import NamedTuple

from .. import walls as walls  # declares the equations
from ..core.elementwise import maximum
from ..core.graph import solve
from ..core.records import Record
from .devices import WIDTHS, Runner
from .measure import Clock, Timing, best_time

HIDDEN, WIDE = 4096, 8192
BATCHES = (1, 64)
MODEL = f"two-layer perceptron, {HIDDEN:,} to {WIDE:,} to {HIDDEN:,}, without biases"


def weight_bytes(width: int) -> int:
    """Bytes of both weight matrices."""
    return 2 * HIDDEN * WIDE * width


class Operator(NamedTuple):
    """What one call does and moves."""

    name: str
    flop: float
    traffic: float


class Prediction(NamedTuple):
    """Time of a run in s: each operator under its own ceiling; all overlapped; nothing overlapped."""

    time: float
    low: float
    high: float
    binds: str


class Trial(NamedTuple):
    """A prediction beside its measurement."""

    runner: Runner
    batch: int
    predicted: Prediction
    timing: Timing

    @property
    def ratio(self) -> float:
        """Measured over predicted."""
        return self.timing.best / self.predicted.time


def operators(batch: int, width: int) -> list[Operator]:
    """The three calls of the perceptron. A product reads weights and inputs and writes outputs, once each."""
    weights, inner, outer = HIDDEN * WIDE, batch * WIDE, batch * HIDDEN
    product = 2.0 * batch * weights, float((weights + inner + outer) * width)
    return [
        Operator("first product", *product),
        Operator("maximum with zero", float(inner), float(2 * inner * width)),
        Operator("second product", *product),
    ]


def ceilings(operator: Operator, rate: float, bandwidth: float) -> tuple[float, float]:
    """Times of arithmetic and of memory by the equations of walls 1 and 2. Measured ceilings are reached in full."""
    full = dict.fromkeys(("compute_share", "memory_share", "op_memory_share"), 1.0)
    given = {
        **full,
        "op_flop": operator.flop,
        "op_traffic": operator.traffic,
        "peak_rate": rate,
        "op_rate": rate,
        "mem_bandwidth": bandwidth,
    }
    times = solve(("op_compute_time", "op_memory_time"), given, {"phase": "pass"})
    return times["op_compute_time"], times["op_memory_time"]


def predict(steps: list[Operator], rate: float, bandwidth: float, launch: float) -> Prediction:
    """The run from its operators, with the bracket of what overlap can do."""
    times = [ceilings(step, rate, bandwidth) for step in steps]
    compute, memory = (sum(column) for column in zip(*times))
    calls = len(steps) * launch
    busy = sum(maximum(*both) for both in times)
    binds = max((calls, "small calls"), (memory, "memory"), (compute, "arithmetic"))[1]
    return Prediction(busy + calls, max(compute, memory), compute + memory + calls, binds)


def trials(
    runner: Runner,
    record: Record,
    launch: float,
    seconds: float,
    said: Callable[[str], None],
    clock: Clock = perf_counter,
) -> list[Trial]:
    """Predict and time the perceptron at each batch."""
    rate, bandwidth = record[f"peak_{runner.precision}"].value, record["mem_bandwidth"].value
    made = []
    for batch in BATCHES:
        predicted = predict(operators(batch, WIDTHS[runner.precision]), rate, bandwidth, launch)
        said(f"{runner.kind}: the model with {runner.library}, batch {batch}")
        timing = best_time(runner.mlp(HIDDEN, WIDE, batch), seconds, clock)
        made.append(Trial(runner, batch, predicted, timing))
    return made
