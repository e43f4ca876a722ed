"""Wall 21 for every symbol: how an answer moves with each input, and which wall binds next as one grows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

from ...evaluation import TERMS
from ...metrics import Metric
from ...walls import WALLS
from ..errors import InputError
from ..graph import EQUATIONS, At, Plan, Wanted, plan
from ..symbols import SYMBOLS
from .question import Lever, Question, Subject, question_of
from .stretches import stretches

#: Relative steps: of an elasticity, and of the ends of a tornado's bars.
SMALL, STEP = 1e-3, 0.2
TOO_FAR = 1.5  # times a step by which a count may have to move
NAN, STEP_TIME = float("nan"), "step_time"


class Elasticity(NamedTuple):
    """How an answer moves with one input: the relative change of both, and the answers at a low and a high end.

    The elasticity keeps the layout; the ends are plans of their own, `anew` where another layout is chosen there.
    """

    lever: Lever
    elasticity: float
    low: float
    high: float
    answer_low: float
    answer_high: float
    anew: tuple[bool, bool]
    wall: int

    @property
    def name(self) -> str:
        return self.lever.name

    @property
    def value(self) -> float:
        """The value of the input now."""
        return self.lever.now

    @property
    def width(self) -> float:
        """How far apart the answers at both ends are; of what is not known, nothing."""
        width = abs(self.answer_high - self.answer_low)
        return width if width == width else 0.0


class Tornado(NamedTuple):
    """A metric, what it is now, and how it moves with each input, the widest bar first."""

    metric: Metric
    value: float
    step: float
    rows: list[Elasticity]
    #: Counts so small that one more is a step too far.
    left_out: list[str]


def tornado(
    question: Question, metric: str, inputs: Iterable[str] | None = None, step: float = STEP
) -> Tornado:
    """How a metric moves with its inputs: those named, or every positive number that it rests on."""
    if not 0 < step < 1:
        raise InputError(f"step: {step!r} must be above 0 and below 1")
    asked = question.metric(metric)
    if inputs is None:
        levers = question.levers(asked)
        coarse = [x.name for x in levers if x.whole and x.now * step * TOO_FAR < 1]
        levers = [lever for lever in levers if lever.name not in coarse]
    else:
        levers, coarse = [_named(question, name) for name in dict.fromkeys(inputs)], []
    rows = [_moved(question, asked, lever, step) for lever in levers]
    rows.sort(key=lambda row: (-row.width, -abs(row.elasticity or 0.0), row.name))
    return Tornado(asked, question.read(asked, {}).value, step, rows, coarse)


def elasticity(
    subject: Subject,
    metric: str,
    inputs: Iterable[str] | None = None,
    *,
    options: Mapping[str, str] | None = None,
    step: float = STEP,
) -> list[Elasticity]:
    """The elasticities of a metric or any symbol to its inputs, the widest bar of a tornado first.

    Without `inputs`, to every positive number that the answer rests on and that a plan may change. A count moves by
    whole numbers, and by what the layout divides it by.
    """
    return tornado(question_of(subject, options), metric, inputs, step).rows


def _named(question: Question, name: str) -> Lever:
    lever = question.lever(name)
    if not 0 < lever.now < math.inf:
        raise InputError(f"{name}: {lever.now:g} is not a positive number, so it has no elasticity")
    return lever


def _moved(question: Question, metric: Metric, lever: Lever, step: float) -> Elasticity:
    """One input moved: a little with the layout kept, and to both ends as plans of their own."""
    low, high = ends(lever, step, question.grain(lever.symbol))
    near = (low, high) if lever.whole else ends(lever, SMALL)
    slope, wall = _slope(question, metric, lever, near)
    below, above = (question.read(metric, {lever.name: end}) for end in (low, high))
    own = question.layout(question.given)
    anew = tuple(not end.refused and end.layout != own for end in (below, above))
    return Elasticity(lever, slope, low, high, below.value, above.value, anew, wall)  # type: ignore[arg-type]


def _slope(
    question: Question, metric: Metric, lever: Lever, near: tuple[float, float]
) -> tuple[float, int]:
    """The elasticity between two values with the layout kept, and the wall that it acts through."""
    runs, wanted = [], _terms(question, metric)
    for value in near:
        try:
            given, options = question.inputs({lever.name: value}, keep=True)
            chosen = plan(wanted, given, options)
            runs.append((chosen, chosen.run(given)))
        except (InputError, ArithmeticError):
            return NAN, 0
    (first, below), (second, above) = runs
    a, b = below[first.wanted[metric.symbol]], above[second.wanted[metric.symbol]]
    known = isinstance(a, (int, float)) and isinstance(b, (int, float)) and a > 0 and b > 0
    slope = math.log(b / a) / math.log(near[1] / near[0]) if known else NAN
    return slope, _wall(first, below, above) if first is second else 0


def _terms(question: Question, metric: Metric) -> dict[str, Wanted]:
    """A metric and, where it is made of a step's time, the terms of that step."""
    own: dict[str, Wanted] = {metric.symbol: metric.symbol}
    timed = metric.lens == "performance" or metric.unit in ("s", "1/s")
    chosen = plan(own, question.given, question.options)
    phases = {call.options.get("phase") for call in chosen.calls if call.equation.name == STEP_TIME}
    if not timed or not phases:
        return own
    prefill = phases == {"prefill"}
    context = {"phase": "prefill", "batch": "prefill_batch"} if prefill else {}
    return own | {term: At(term, **context) for term, _ in TERMS}


def _wall(chosen: Plan, below: list, above: list) -> int:
    """The wall of the term of a step that changes most; without any, of the first equation that changes."""
    changes = {
        wall: abs(above[chosen.wanted[term]] - below[chosen.wanted[term]])
        for term, wall in TERMS
        if term in chosen.wanted
    }
    most = max(changes, key=changes.__getitem__, default=0)
    if changes.get(most):
        return most
    homes = (
        _homes().get(call.equation.function.__module__, 0)
        for call in chosen.calls
        if below[call.output] != above[call.output]
    )
    return next(filter(None, homes), 0)


@cache
def _homes() -> dict[str, int]:
    """The wall of each module that declares one's symbols."""
    return {
        equation.function.__module__: wall.number
        for wall in WALLS.values()
        for symbol in wall.symbols
        for equation in EQUATIONS.get(symbol, ())
    }


def ends(lever: Lever, step: float, grain: int = 1) -> tuple[float, float]:
    """Below and above the value now; a count moves by whole grains, one at least."""
    now = lever.now
    if lever.whole:
        move = max(1, round(now * step / grain)) * grain
        return max(now - move, lever.least, 1.0), min(now + move, lever.most)
    return now * (1 - step), min(now * (1 + step), lever.most)


class Binding(NamedTuple):
    """What binds between two values of an input: a term of the step, or a capacity that is broken.

    `symbol` is empty where the plan is refused, for the reason `words`.
    """

    lever: Lever
    low: float
    high: float
    symbol: str
    wall: int
    broken: bool
    words: str

    @property
    def growth(self) -> float:
        """How many times its value now the input is at the low end."""
        return self.low / self.lever.now if self.lever.now else NAN


def binding(
    subject: Subject,
    name: str,
    most: float | str | None = None,
    *,
    low: float | str | None = None,
    options: Mapping[str, str] | None = None,
) -> list[Binding]:
    """What binds now, and each wall that binds next as an input grows to `most`; one after the other.

    The longest term of a step binds, unless a capacity is over 1: then the one that is most over is broken.
    """
    question = question_of(subject, options)
    lever = question.lever(name)
    start = lever.now if low is None else lever.read(low, f"{name} from")
    if start != start:
        raise InputError(f"{name}: it is not known now; say from where")
    end = lever.range(None, most)[1] if most is None else lever.read(most, f"{name} to")
    if end < start:
        raise InputError(f"{name}: {lever.text(end)} is below {lever.text(start)}; say from where")
    terms = {symbol: wall for symbol, wall in TERMS if _known(question, symbol)}
    loads = {symbol: wall for symbol, wall in _capacities().items() if _known(question, symbol)}
    if not terms:
        raise InputError(f"binding: none of {', '.join(dict(TERMS))} is known")

    @cache
    def state(value: float) -> tuple[str, bool, str]:
        try:
            found = question.answers((*terms, *loads), {name: value})
        except InputError as error:
            return "", False, str(error)
        broken = max(loads, key=lambda load: _number(found[load]), default="")
        if broken and found[broken] > 1:
            return broken, True, SYMBOLS[broken].meaning
        longest = max(terms, key=lambda term: (_number(found[term]), term))
        return longest, False, SYMBOLS[longest].meaning

    values = lever.values(start, end) if start < end else [start]
    where = terms | loads
    return [
        Binding(lever, part.low, part.high, symbol, where.get(symbol, 0), broken, words)
        for part in stretches(state, values, lever.whole)
        for symbol, broken, words in (state(part.low),)
    ]


def _known(question: Question, symbol: str) -> bool:
    """Whether a symbol follows from these inputs and is known."""
    value = question.value(symbol)
    return value == value


def _number(value: float) -> float:
    return value if value == value else -math.inf


def _capacities() -> dict[str, int]:
    return {v.symbol: w.number for w in WALLS.values() for v in w.verdicts if v.form == "capacity"}
