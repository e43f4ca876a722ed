"""Wall 22 for every symbol: the values of an input that meet a target."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from ...metrics import Metric
from ..errors import InputError, unknown
from ..units import read_quantity
from .question import Lever, Reading, Subject, question_of, said
from .stretches import Stretch, best, stretches

At = Callable[[float], Reading]
SIDES = {"max": "at most", "min": "at least"}
MOST_TOLD = 6  # intervals that a sentence names
NOT_FIT = "the memory overflows"
HAIR = 1e-6  # relative difference that people do not see


class End(NamedTuple):
    """An end of an interval: the last value that meets the target, and its neighbour that does not, if any."""

    meets: float
    reading: Reading
    misses: float | None = None
    beyond: Reading | None = None


class Interval(NamedTuple):
    """Values that all meet a target."""

    low: End
    high: End


class Inverse(NamedTuple):
    """The values of an input, within a range, at which a metric keeps a bound and the plan fits."""

    metric: Metric
    lever: Lever
    side: str
    limit: float
    range: tuple[float, float]
    intervals: list[Interval]
    #: Values looked at, what the metric was at those that fit, and the reasons why some are no plan.
    looked: int
    seen: list[tuple[float, float]]
    refused: list[str]
    unfit: int
    #: The absent figures that make the metric not known.
    lacking: list[str]

    @property
    def found(self) -> str:
        """none, some or every."""
        if not self.intervals:
            return "none"
        only = self.intervals[0]
        whole = only.low.misses is None and only.high.misses is None
        return "every" if len(self.intervals) == 1 and whole else "some"

    @property
    def value(self) -> float | None:
        """The value that just meets it: where the first interval turns; if every value does, the one nearest to it."""
        if self.found == "none":
            return None
        first = self.intervals[0]
        if self.found == "every":
            ends = (first.low, first.high)
            return min(ends, key=lambda end: abs(end.reading.value - self.limit)).meets
        return first.high.meets if first.low.misses is None else first.low.meets

    @property
    def bracket(self) -> End | None:
        """The neighbours between which the first interval turns."""
        if self.found != "some":
            return None
        first = self.intervals[0]
        return first.high if first.low.misses is None else first.low

    @property
    def words(self) -> str:
        """The answer in a sentence."""
        what, name, text = self.metric.name, self.lever.name, self.lever.text
        bound = f"{what} {SIDES[self.side]} {said(self.metric, self.limit)}"
        low, high = map(text, self.range)
        if self.found == "none":
            return (
                f"No value does: {bound} is met by no {name} from {low} to {high}; {self._ranges}."
            )
        if self.found == "every":
            return f"Every value does: {bound} is met by every {name} from {low} to {high}; {self._ranges}."
        parts = [self._interval(one) for one in self.intervals[:MOST_TOLD]]
        more = len(self.intervals) - len(parts)
        tail = f", and {more} more intervals" if more > 0 else ""
        return f"{bound} is met by {name} {', '.join(parts)}{tail}."

    @property
    def _ranges(self) -> str:
        if not self.seen:
            if self.unfit:
                return f"{NOT_FIT} at every value"
            without = f" (without {', '.join(self.lacking)})" if self.lacking else ""
            return f"{self.metric.name} is not known{without}"
        (least, at), (most, there) = min(self.seen), max(self.seen)
        name, text = self.lever.name, self.lever.text
        if least == most:
            return f"it is {said(self.metric, least)} throughout"
        return (
            f"it goes from {said(self.metric, least)} (at {name} {text(at)}) "
            f"to {said(self.metric, most)} (at {text(there)})"
        )

    def _interval(self, one: Interval) -> str:
        low, high = self.lever.text(one.low.meets), self.lever.text(one.high.meets)
        if one.low.misses is None:
            return f"up to {high}"
        if one.high.misses is None:
            return f"from {low}"
        return f"from {low} to {high}" if low != high else low

    @property
    def complete(self) -> bool:
        """Whether every value of the range was looked at."""
        return self.lever.whole and self.looked > self.range[1] - self.range[0]

    def told(self, end: End) -> str:
        """What happens on both sides of an end."""
        name, text, what = self.lever.name, self.lever.text, self.metric.name
        if end.misses is None or end.beyond is None:
            return f"at {name} {text(end.meets)}, an end of the range, {what} is {self._said(end.reading)}"
        turn = f"at {name} {text(end.meets)} {what} is {self._said(end.reading, end.beyond)}"
        there = f"at {text(end.misses)}" if self.lever.whole else "beyond"
        if end.beyond.refused:
            return f"{turn}; {there} there is no plan: {end.beyond.refused}"
        if not end.beyond.fits:
            return f"{turn}; {there} {NOT_FIT}"
        if not self.lever.whole and abs(end.reading.value - end.beyond.value) < HAIR * abs(
            self.limit
        ):
            return f"{turn}: there it turns"
        return f"{turn}, {there} it is {self._said(end.beyond, end.reading)}"

    def _said(self, reading: Reading, other: Reading | None = None) -> str:
        """A reading for people, with the digits that tell it from another."""
        text = said(self.metric, reading.value)
        if other is None or not other.known or text != said(self.metric, other.value):
            return text
        return f"{reading.value:,.7g} {self.metric.unit}".strip()


def invert(
    subject: Subject,
    metric: str,
    target: float | str,
    name: str,
    low: float | str | None = None,
    high: float | str | None = None,
    *,
    side: str = "max",
    options: Mapping[str, str] | None = None,
) -> Inverse:
    """The values of `name` at which `metric` keeps a target, its max or its min, and what does not fit does not.

    Each value is a plan of its own, evaluated as `mlsysim eval` does. The range is a thousandth of the value now to a
    thousand times it unless `low` and `high` say; of a count, all that a plan allows. The metric may rise and fall.
    """
    if side not in SIDES:
        raise unknown("side", side, SIDES)
    question = question_of(subject, options)
    asked, lever = question.metric(metric), question.lever(name)
    limit = read_quantity(target, asked.unit, f"{metric} {side}")
    first, last = lever.range(low, high)

    @cache
    def at(value: float) -> Reading:
        return question.read(asked, {name: value})

    def meets(value: float) -> bool:
        reading = at(value)
        kept = reading.value <= limit if side == "max" else reading.value >= limit
        return reading.fits and kept

    def distance(value: float) -> float:
        reading = at(value)
        away = reading.value - limit if side == "max" else limit - reading.value
        return away if reading.fits else float("nan")

    values = lever.values(first, last)
    if not any(map(meets, values)):
        values = sorted({*values, best(distance, values, lever.whole)})
    parts = stretches(meets, values, lever.whole)
    readings = [at(value) for value in values]
    refused = [reading.refused for reading in readings if reading.refused]
    if len(refused) == len(values):
        raise InputError(refused[0])
    return Inverse(
        asked,
        lever,
        side,
        limit,
        (first, last),
        [_interval(parts, i, at) for i, part in enumerate(parts) if part.state],
        len(values),
        [(r.value, v) for v, r in zip(values, readings) if r.known],
        list(dict.fromkeys(refused)),
        sum(not reading.fits and not reading.refused for reading in readings),
        question.lacking(asked),
    )


def _interval(parts: Sequence[Stretch], i: int, at: At) -> Interval:
    own = parts[i]
    below = parts[i - 1].high if i else None
    above = parts[i + 1].low if i + 1 < len(parts) else None
    return Interval(_end(own.low, below, at), _end(own.high, above, at))


def _end(inside: float, outside: float | None, at: At) -> End:
    return End(inside, at(inside), outside, None if outside is None else at(outside))
