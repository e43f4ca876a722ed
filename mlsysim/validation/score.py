"""How far predictions are from measurements, by kind and by source, beside two rules of thumb."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from ..intervals import factor_of
from .constants import values
from .predict import predict
from .rows import Inexpressible, Row
from .rules import RULES, rule_constants

WITHIN = (1.25, 1.5, 2.0)
Constants = Mapping[str, float]


class Scored(NamedTuple):
    """A row with its prediction, its interval, and what was said of it."""

    row: Row
    predicted: float | None
    low: float | None
    high: float | None
    group: str
    notes: tuple[str, ...]
    reason: str
    rules: dict[str, float]

    @property
    def ratio(self) -> float | None:
        """Predicted over measured; None where either is missing."""
        if self.predicted is None or not self.row.value > 0:
            return None
        return self.predicted / self.row.value

    @property
    def inside(self) -> bool:
        """Whether the measurement lies in the interval."""
        return (
            self.low is not None
            and self.high is not None
            and self.low <= self.row.value <= self.high
        )


class Line(NamedTuple):
    """One line of the table: rows, covered, and the error of each model."""

    kind: str
    source: str
    rows: int
    covered: int
    median: float
    within: tuple[float, ...]
    bias: float
    inside: float
    rules: dict[str, float]


def score(row: Row, constants: Constants, rules: Mapping[str, Constants]) -> Scored:
    """Predict one row with the model and with the rules, each by its own constants."""
    ruled = {name: _value(row, own) for name, own in rules.items()}
    known = {name: value for name, value in ruled.items() if value is not None}
    try:
        found = predict(row, constants)
    except Inexpressible as error:
        return Scored(row, None, None, None, "", (), str(error), known)
    factor = factor_of(found.group)
    low, high = found.value / factor, found.value * factor
    return Scored(row, found.value, low, high, found.group, found.notes, "", known)


def _value(row: Row, constants: Constants) -> float | None:
    try:
        return predict(row, constants).value
    except Inexpressible:
        return None


def scores(rows: Iterable[Row], each: Callable[[str], None] = lambda text: None) -> list[Scored]:
    """Predict all rows."""
    constants, found = values(), []
    rules = {name: rule_constants(constants, shares) for name, shares in RULES.items()}
    for row in rows:
        each(row.kind)
        found.append(score(row, constants, rules))
    return found


def line(kind: str, source: str, scored: Sequence[Scored]) -> Line:
    """The error of a set of rows."""
    errors = [math.log(entry.ratio) for entry in scored if entry.ratio]
    sizes = [abs(error) for error in errors] or [math.nan]
    rules = {}
    for name in RULES:
        pairs = [
            (e.rules[name], e.row.value) for e in scored if name in e.rules and e.row.value > 0
        ]
        off = [abs(math.log(value / measured)) for value, measured in pairs]
        rules[name] = math.exp(statistics.median(off)) if off else math.nan
    return Line(
        kind,
        source,
        len(scored),
        sum(entry.predicted is not None for entry in scored),
        math.exp(statistics.median(sizes)),
        tuple(sum(size <= math.log(w) for size in sizes) / len(sizes) for w in WITHIN),
        math.exp(statistics.median(errors)) if errors else math.nan,
        sum(entry.inside for entry in scored if entry.ratio) / len(sizes),
        rules,
    )


def by_kind(scored: Sequence[Scored]) -> list[Line]:
    """One line a kind."""
    kinds = dict.fromkeys(entry.row.kind for entry in scored)
    return [line(kind, "", [e for e in scored if e.row.kind == kind]) for kind in kinds]


def by_source(scored: Sequence[Scored]) -> list[Line]:
    """One line a kind and source."""
    keys = dict.fromkeys((entry.row.kind, entry.row.source) for entry in scored)
    return [line(*key, [e for e in scored if (e.row.kind, e.row.source) == key]) for key in keys]


def macro(lines: Sequence[Line], rule: str = "") -> float:
    """Error factor in which each source counts once, of the model or of a rule."""
    factors = [own.rules[rule] if rule else own.median for own in lines]
    sizes = [math.log(factor) for factor in factors if factor == factor]
    return math.exp(statistics.mean(sizes)) if sizes else math.nan
