"""Wall 22 for every symbol: the value of an input that meets a target, the cheapest chip, the best of a grid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise, product
from typing import Any, NamedTuple

from ...evaluation import Evaluation
from ...hardware import Hardware
from ...plan import read_plan
from ...scenario import Scenario
from ..errors import InputError, unknown
from ..symbols import SYMBOLS
from ..text import readable
from ..units import read_quantity
from .sensitivity import Given, Question, bisect, is_count, spread

#: A target: `{"max": "50 ms"}`, `{"min": 0.4}`, or both.
Targets = Mapping[str, Mapping[str, float | str]]
SIDES = ("max", "min")
GRID = 32  # intervals on which an answer must rise or fall steadily


def read_targets(targets: Targets) -> dict[str, dict[str, float]]:
    """Targets as plain numbers, checked."""
    result: dict[str, dict[str, float]] = {}
    for symbol, bounds in targets.items():
        if symbol not in SYMBOLS:
            raise unknown("targets", symbol, SYMBOLS)
        for side in bounds:
            if side not in SIDES:
                raise unknown(f"targets.{symbol}", side, SIDES)
        result[symbol] = {
            side: read_quantity(bound, SYMBOLS[symbol].unit, f"targets.{symbol}.{side}")
            for side, bound in bounds.items()
        }
    return result


def missed(values: Mapping[str, Any], targets: Mapping[str, Mapping[str, float]]) -> list[str]:
    """The targets that values do not meet, in words; one that is not known is not met."""
    words = []
    for symbol, bounds in targets.items():
        have = values[symbol]
        text = readable(have, SYMBOLS[symbol].unit)
        for side, bound in bounds.items():
            if not (have <= bound if side == "max" else have >= bound):
                limit = readable(bound, SYMBOLS[symbol].unit)
                words.append(f"{symbol} is {text}, {side} {limit}")
    return words


class Inverse(NamedTuple):
    """The value of an input at which a target is just met; None, and why, when no value meets it."""

    metric: str
    name: str
    value: float | None
    words: str

    def __str__(self) -> str:
        return self.words


def invert(
    subject: Given,
    metric: str,
    target: float | str,
    name: str,
    low: float | str,
    high: float | str,
    *,
    side: str = "max",
    options: Mapping[str, str] | None = None,
) -> Inverse:
    """The value of `name` between low and high at which `metric` just meets a target, its max or its min.

    The metric must rise or fall steadily between them. Where every value meets the target, the last one that does.
    """
    question = Question(subject, options)
    bound = read_targets({metric: {side: target}})[metric][side]
    unit = SYMBOLS[name].unit if name in SYMBOLS else ""
    if name not in question.plan((metric,), name).leaves:
        raise unknown(f"an input of {metric}", name, question.plan((metric,)).leaves)
    first, last = read_quantity(low, unit, name), read_quantity(high, unit, name)
    if not first < last:
        raise InputError(f"{name}: {first:g} is not below {last:g}")
    whole = is_count(name, first) and is_count(name, last)

    def answers(values: Sequence[float]) -> list[float]:
        points = [{name: value} for value in values]
        return [row[metric] for row in question.sweep((metric,), points)]

    def meets(value: float) -> bool:
        return not missed({metric: answers((value,))[0]}, {metric: {side: bound}})

    values = spread(first, last, GRID, whole)
    found = answers(values)
    span = f"{metric} goes from {readable(found[0], SYMBOLS[metric].unit)} to "
    span += f"{readable(found[-1], SYMBOLS[metric].unit)} as {name} goes from {readable(first, unit)} to "
    span += readable(last, unit)
    if any(answer != answer for answer in found):
        return Inverse(metric, name, None, f"{metric} is not known for every {name}: {span}")
    rises = all(a <= b for a, b in pairwise(found))
    if not rises and not all(a >= b for a, b in pairwise(found)):
        raise InputError(f"{metric} neither rises nor falls steadily with {name}: {span}")
    limit = f"{side} {readable(bound, SYMBOLS[metric].unit)}"
    good = [meets(end) for end in (first, last)]
    if not any(good):
        return Inverse(metric, name, None, f"no {name} meets {metric} {limit}: {span}")
    if all(good):
        value = last if rises == (side == "max") else first
        return Inverse(metric, name, value, f"every {name} meets {metric} {limit}: {span}")
    ends = bisect(first, last, whole, lambda x: meets(x) == good[0])
    value = ends[0] if good[0] else ends[1]
    words = (
        f"{metric} {limit} needs {name} {'up to' if good[0] else 'from'} {readable(value, unit)}"
    )
    return Inverse(metric, name, value, words)


class Candidate(NamedTuple):
    """A chip, or a point of a grid: what it costs, and what it misses. It is an answer if it misses nothing."""

    choice: Any
    cost: float
    values: dict[str, Any]
    misses: list[str]


def _ranked(found: list[Candidate]) -> list[Candidate]:
    """Those that meet every target first, the cheapest first; not known comes last."""
    return sorted(found, key=lambda c: (len(c.misses) > 0, c.cost != c.cost, c.cost))


def cheapest(
    chips: Iterable[str] | None,
    targets: Targets,
    plan: Mapping[str, Any],
    *,
    cost: str = "tco",
    counts: Iterable[int | None] = (None,),
) -> list[Candidate]:
    """Chips, and counts of them, for a plan: those that fit and meet all targets first, the cheapest first.

    Without `chips`, those of the whole registry. If the first candidate misses something, none meets the targets.
    """
    bounds, found = read_targets(targets), []
    symbols = sorted({*bounds, cost})
    for chip, count in product(chips or [record.path for record in Hardware], counts):
        part = {**plan.get("hardware", {}), "name": chip}
        part |= {} if count is None else {"accelerators": count}
        try:
            evaluation = Evaluation(Scenario(read_plan({**plan, "hardware": part}, "cheapest")))
            values = Question(evaluation).sweep(symbols, ({},))[0]
        except InputError as error:
            found.append(Candidate((chip, count), float("nan"), {}, [str(error)]))
            continue
        misses = missed(values, bounds)
        if not evaluation.fits:
            misses.insert(0, evaluation.summary("feasibility"))
        if values[cost] != values[cost]:
            misses.append(f"{cost} is not known")
        count = int(evaluation.scenario.given["chips"])
        found.append(Candidate((chip, count), values[cost], values, misses))
    return _ranked(found)


def search(
    subject: Given,
    axes: Mapping[str, Sequence[float]],
    targets: Targets,
    *,
    cost: str,
    options: Mapping[str, str] | None = None,
) -> list[Candidate]:
    """Every combination of inputs, in one sweep: those that meet all targets first, the least `cost` first."""
    bounds, question = read_targets(targets), Question(subject, options)
    points = [dict(zip(axes, map(float, values))) for values in product(*axes.values())]
    rows = question.sweep(sorted({*bounds, cost}), points)
    found = [
        Candidate(point, row[cost], row, missed(row, bounds)) for point, row in zip(points, rows)
    ]
    return _ranked(found)
