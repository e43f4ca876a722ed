"""How sure an answer is: an 80 % interval from the error of its kind and from the estimates that it rests on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from .core.graph import CONSTANTS, plan
from .core.records import MARKED
from .intervals import EIGHTY, factor_of

if TYPE_CHECKING:
    from .evaluation import Evaluation
    from .metrics import Metric
    from .scenario import Scenario

#: Factor of an estimate whose source states no spread, and of predictions that no measurement has tested.
ESTIMATE, UNTESTED = 1.25, 2.0
RESIDUAL = "time_residual"
#: Estimates of one thing, which are wrong together: the power that a busy and an idle accelerator draws.
TOGETHER = {"draw_floor": ("draw_per_mfu", "draw_per_mbu", "idle_draw_share")}
#: Ends of the names of answers that cannot exceed 1.
SHARES = ("mfu", "hfu", "mbu")


class Span(NamedTuple):
    """The ends of an interval, and the input that most of it comes from."""

    low: float
    high: float
    source: str


def class_of(scenario: Scenario) -> str:
    """The class of measurements that this scenario's step was tested on; empty where there is none."""
    if scenario.family != "transformer" or scenario.standalone:
        return ""
    if not scenario.training:
        return "decode"
    narrow = scenario.given["narrow_gain"] > 1 or scenario.options["mlp"] == "moe"
    return "training, experts or 8 bits" if narrow else "training"


def factors(evaluation: Evaluation) -> dict[str, float]:
    """What may be off, each with a factor that holds 80 %: the step's own error, and estimates beside it."""
    scenario = evaluation.scenario
    group = class_of(scenario)
    found = {RESIDUAL: factor_of(group) if group else UNTESTED}
    step = plan({"step_time": "step_time"}, evaluation._given, scenario.options)
    grouped = {name for others in TOGETHER.values() for name in others}
    for name in sorted(set(evaluation._plan.leaves) - set(step.leaves) - grouped):
        if evaluation._doubt(name) in MARKED:  # what moves the step is in the step's own error
            found[name] = _spread(scenario, name)
    return found


def _spread(scenario: Scenario, name: str) -> float:
    """The factor of an estimate: from the spread of its figure where one is stated."""
    origin = scenario.origins.get(name, "")
    stated = 0.0 if isinstance(origin, str) or name not in origin else origin[name].spread
    return math.exp(EIGHTY * stated) if stated else ESTIMATE


def spans(evaluation: Evaluation) -> dict[str, Span]:
    """The interval of every metric: each input moved alone, the moves joined in the logarithm."""
    chosen, given = evaluation._plan, evaluation._given
    base = evaluation.values
    moves: dict[str, dict[str, float]] = {symbol: {} for symbol in base}
    for name, factor in factors(evaluation).items():
        names = [name, *TOGETHER.get(name, ())]
        moved = {own: _value(given, own) * factor for own in names}
        slots = chosen.run({**given, **moved})
        for symbol, slot in chosen.wanted.items():
            before, after = base[symbol], slots[slot]
            if before > 0 and after > 0 and after != before and after < math.inf:
                moves[symbol][name] = abs(math.log(after / before))
    return {symbol: _joined(symbol, base[symbol], own) for symbol, own in moves.items() if own}


def _value(given: dict[str, Any], name: str) -> Any:
    """The value of an input, given or a constant."""
    return given[name] if name in given else CONSTANTS[name].value


def _joined(symbol: str, value: float, moves: dict[str, float]) -> Span:
    """The interval of one metric; a share of the hardware ends at 1."""
    half = math.sqrt(sum(size * size for size in moves.values()))
    most = max(1.0, value) if symbol.endswith(SHARES) else math.inf
    high = min(value * math.exp(half), most)
    return Span(value * math.exp(-half), high, max(moves, key=lambda n: moves[n]))


def ends(evaluation: Evaluation, metrics: list[Metric]) -> dict[str, dict[str, Any]]:
    """The intervals of a lens as data: their ends, and the input that most of each comes from."""
    found = {metric.name: evaluation.span(metric) or (None, None) for metric in metrics}
    return {
        "low": {name: low for name, (low, _) in found.items()},
        "high": {name: high for name, (_, high) in found.items()},
        "spread_from": {
            metric.name: evaluation.spans[metric.symbol].source
            for metric in metrics
            if found[metric.name][0] is not None
        },
    }
