"""Wall 21 for every symbol: how an answer moves with each input, and which wall binds next as one grows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ...evaluation import TERMS, Evaluation
from ...layout import choose
from ...scenario import Scenario
from ...walls import WALLS
from ..elementwise import log
from ..errors import InputError, MlsysimError, unknown
from ..graph import CONSTANTS, Plan, plan
from ..symbols import SYMBOLS
from ..units import read_quantity

#: Last words of the names of numbers between 0 and 1: no counts, even where they are whole.
SHARES = ("share", "chance", "utilisation", "mfu", "hfu", "mbu")
FEW = 8  # points below which a loop is as fast as arrays
STEP = 1e-3

Given = Evaluation | Scenario | Mapping[str, Any]


class Question:
    """The inputs and options that a question to the graph starts from."""

    def __init__(self, subject: Given, options: Mapping[str, str] | None = None):
        scenario = subject.scenario if isinstance(subject, Evaluation) else subject
        if isinstance(scenario, Scenario):
            if "tp" not in scenario.given:
                choose(scenario)
            self.given, chosen = dict(scenario.given), scenario.options
        else:
            self.given, chosen = dict(scenario), {}
        self.options = {**chosen, **(options or {})}

    def plan(self, symbols: Iterable[str], *more: str) -> Plan:
        """The plan for symbols, some inputs of which are still to be given."""
        return plan({symbol: symbol for symbol in symbols}, {*self.given, *more}, self.options)

    def value(self, name: str) -> Any:
        """The value of an input or a constant; not known where it has none."""
        constant = CONSTANTS.get(name)
        return self.given.get(name, constant.value if constant else float("nan"))

    def sweep(self, symbols: Iterable[str], points: Sequence[Mapping[str, float]]) -> list[dict]:
        """The symbols at every point, a change of some inputs: all at once where numpy is, else one by one."""
        symbols, names = tuple(symbols), sorted({name for point in points for name in point})
        asked = self.plan(symbols, *names)
        np = _numpy() if len(points) > FEW else None
        if np is None:
            runs = [asked.run({**self.given, **point}) for point in points]
            return [{s: slots[i] for s, i in asked.wanted.items()} for slots in runs]
        columns = {
            name: np.array([point.get(name, self.value(name)) for point in points], dtype=float)
            for name in names
        }
        with np.errstate(all="ignore"):
            slots = asked.run({**self.given, **columns})
        answers = [np.broadcast_to(slots[asked.wanted[s]], len(points)).tolist() for s in symbols]
        return [dict(zip(symbols, row)) for row in zip(*answers)]

    def applies(self, symbol: str) -> bool:
        """Whether a symbol follows from these inputs and is known."""
        try:
            value = self.sweep((symbol,), ({},))[0][symbol]
        except (MlsysimError, RecursionError):
            return False
        return isinstance(value, (int, float)) and value == value


def _numpy() -> Any:
    try:
        import numpy
    except ImportError:  # in the browser
        return None
    return numpy


def is_share(name: str) -> bool:
    """Whether an input lies between 0 and 1."""
    return name.rsplit("_", 1)[-1] in SHARES


def is_count(name: str, value: float) -> bool:
    """Whether an input goes by whole steps."""
    return SYMBOLS[name].unit == "" and value >= 1 and value == int(value) and not is_share(name)


class Elasticity(NamedTuple):
    """How an answer moves with one input: relative change for relative change, and the ends it was taken between."""

    name: str
    value: float
    elasticity: float
    low: float
    high: float
    answer_low: float
    answer_high: float


def _ends(name: str, value: float, step: float) -> tuple[float, float]:
    """Below and above a value. Counts are halved and doubled: one step through a ceiling is all or nothing."""
    if is_count(name, value):
        return float(max(1, value // 2)), 2.0 * value
    high = value * (1 + step)
    return value * (1 - step), min(high, 1.0) if is_share(name) else high


def elasticity(
    subject: Given,
    metric: str,
    inputs: Iterable[str] | None = None,
    *,
    options: Mapping[str, str] | None = None,
    step: float = STEP,
) -> list[Elasticity]:
    """The elasticities of any symbol to its inputs, the largest first; a step of 0.2 makes the bars of a tornado.

    Without `inputs`, to every positive number given that the answer reaches. Central differences in the logarithm.
    """
    question = Question(subject, options)
    reached = question.plan((metric,)).leaves
    if inputs is None:
        names = [name for name in reached if name in question.given and _moves(question, name)]
    else:
        names = list(inputs)
        for name in names:
            if name not in reached:
                raise unknown(f"an input of {metric}", name, reached)
            if not _moves(question, name):
                raise InputError(f"{name}: {question.value(name)!r} is not a positive number")
    ends = {name: _ends(name, question.value(name), step) for name in names}
    points = [{name: end} for name in names for end in ends[name]]
    answers = [point[metric] for point in question.sweep((metric,), points)]
    found = [
        Elasticity(
            name,
            question.value(name),
            (log(above) - log(below)) / (log(ends[name][1]) - log(ends[name][0])),
            *ends[name],
            below,
            above,
        )
        for name, below, above in zip(names, answers[::2], answers[1::2])
    ]
    return sorted(
        found, key=lambda row: -abs(row.elasticity) if row.elasticity == row.elasticity else 1
    )


def _moves(question: Question, name: str) -> bool:
    value = question.value(name)
    return isinstance(value, (int, float)) and 0 < value < float("inf")


class Binding(NamedTuple):
    """What binds now, and what binds next when an input has grown to `value`; nothing up to the end if None."""

    name: str
    now: str
    now_wall: int
    value: float | None
    growth: float | None
    next: str
    next_wall: int


def _capacities() -> dict[str, int]:
    return {v.symbol: w.number for w in WALLS.values() for v in w.verdicts if v.form == "capacity"}


def binding(
    subject: Given,
    name: str,
    most: float | str | None = None,
    *,
    options: Mapping[str, str] | None = None,
    terms: Iterable[tuple[str, int]] = TERMS,
) -> Binding:
    """Which wall binds next as an input grows, a million times unless `most` says how far.

    The longest term of a step binds, unless a capacity is over 1: then that is broken.
    """
    question = Question(subject, options)
    if not _moves(question, name):
        raise InputError(f"{name}: {question.value(name)!r} is not a positive number")
    start = question.value(name)
    end = start * 1e6 if most is None else read_quantity(most, SYMBOLS[name].unit, name)
    walls = {symbol: wall for symbol, wall in terms if question.applies(symbol)}
    loads = {symbol: wall for symbol, wall in _capacities().items() if question.applies(symbol)}
    whole = is_count(name, start)

    def binds(values: Sequence[float]) -> list[str]:
        rows = question.sweep((*walls, *loads), [{name: value} for value in values])
        broken = [[load for load in loads if row[load] > 1] for row in rows]
        return [b[0] if b else max(walls, key=row.__getitem__) for b, row in zip(broken, rows)]

    if not walls:
        raise InputError(f"binding: none of {', '.join(dict(terms))} is known")
    values = spread(start, end, 160, whole)
    found = binds(values)
    changed = next((i for i, symbol in enumerate(found) if symbol != found[0]), None)
    where = walls | loads
    if changed is None:
        return Binding(name, found[0], where[found[0]], None, None, found[0], where[found[0]])
    low, high = values[changed - 1], values[changed]
    low, high = bisect(low, high, whole, lambda x: binds((x,))[0] == found[0])
    after = binds((high,))[0]
    return Binding(name, found[0], where[found[0]], high, high / start, after, where[after])


def spread(low: float, high: float, count: int, whole: bool) -> list[float]:
    """Values from low to high at equal ratios, or at equal distances where low is not positive."""
    parts = [i / count for i in range(count + 1)]
    if low > 0:
        values = [low * (high / low) ** part for part in parts]
    else:
        values = [low + (high - low) * part for part in parts]
    values[-1] = high
    return sorted({float(round(v)) for v in values}) if whole else values


def bisect(
    low: float, high: float, whole: bool, holds: Any, rounds: int = 60
) -> tuple[float, float]:
    """The bracket narrowed to where `holds`, true at low and false at high, turns: by whole steps or to a hair."""
    for _ in range(rounds):
        middle = (low * high) ** 0.5 if low > 0 else (low + high) / 2
        if whole:
            middle = float((low + high) // 2)
        if not low < middle < high:
            break
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low, high
