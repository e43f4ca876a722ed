"""Where two choices are equal in a metric as an input grows, and which of them is better before and after."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

from ...evaluation import Evaluation
from ...metrics import Metric
from ..errors import InputError
from .keys import place
from .question import Lever, PlanQuestion, Question, Reading, Subject, question_of, said
from .stretches import Stretch, stretches

EQUAL = 1e-12  # relative difference that is none
#: Who is better over a span, when none of the two is.
BOTH, NEITHER, UNKNOWN = "both", "neither", "not known"
MOST_TOLD = 6  # spans that a sentence names
Pair = tuple[Reading, Reading]


class Span(NamedTuple):
    """Values over which one choice is better; it is `alone` where the other does not fit or is no plan."""

    low: float
    high: float
    winner: str
    alone: bool
    #: How many times better at least and at most, of the values looked at; None where there is no comparison.
    ratio: tuple[float, float] | None


class Crossing(NamedTuple):
    """Neighbouring values between which the better choice changes, and what both give there."""

    low: float
    high: float
    before: str
    after: str
    at_low: Pair
    at_high: Pair

    @property
    def equal(self) -> bool:
        """Whether both are equal there; else one of them stops or starts to fit."""
        return all(reading.known for pair in (self.at_low, self.at_high) for reading in pair)


class Crossover(NamedTuple):
    """Two choices of a key along an input."""

    key: str
    first: str
    second: str
    lever: Lever
    metric: Metric
    range: tuple[float, float]
    spans: list[Span]
    crossings: list[Crossing]
    #: The absent figures that make a choice not known.
    lacking: dict[str, list[str]]
    looked: int

    @property
    def better(self) -> str:
        """What the better one is."""
        return "higher" if self.metric.greater else "lower"

    @property
    def words(self) -> str:
        """The answer in a sentence."""
        name, text = self.lever.name, self.lever.text
        low, high = map(text, self.range)
        if len(self.spans) == 1:
            told = self.said(self.spans[0]).replace(f"is {self.better}", f"is always {self.better}")
            answer = f"{told}, from {name} {low} to {high}"
        else:
            parts = [f"{self.said(span)} {self._where(span)}" for span in self.spans[:MOST_TOLD]]
            more = len(self.spans) - len(parts)
            parts += [f"and {more} more"] if more > 0 else []
            answer = f"as {name} goes from {low} to {high}, {'; '.join(parts)}"
        if not any(crossing.equal for crossing in self.crossings):
            return f"No value does: {answer}."
        return f"{answer[0].upper()}{answer[1:]}."

    def said(self, span: Span) -> str:
        """Who is better over a span, and by how much."""
        if span.winner == BOTH:
            return "both are equal"
        if span.winner == NEITHER:
            return "neither fits"
        if span.winner == UNKNOWN:
            absent = [f"{name} (without {', '.join(why)})" for name, why in self.lacking.items()]
            return f"{self.metric.name} is not known of {' and '.join(absent) or 'one of them'}"
        if span.alone:
            return f"only {span.winner} fits"
        return f"{span.winner} is {self.better}{_times(span.ratio)}"

    def _where(self, span: Span) -> str:
        low, high = self.lever.text(span.low), self.lever.text(span.high)
        if span.low == self.range[0]:
            return f"up to {high}"
        if span.high == self.range[1]:
            return f"from {low}"
        return f"from {low} to {high}" if low != high else f"at {low}"


def _times(ratio: tuple[float, float] | None) -> str:
    if ratio is None:
        return ""
    least, most = (f"{times:.3g}" for times in ratio)
    if most == "1":
        return " (by less than 1 %)"
    if least in ("1", most):
        return f" (by {'up to ' if least != most else ''}{most} times)"
    return f" (by {least} to {most} times)"


def cell(metric: Metric, reading: Reading) -> str:
    """What a choice gives, in short."""
    if reading.refused:
        return "no plan"
    return said(metric, reading.value) if reading.fits else "does not fit"


def crossover(
    subject: Subject,
    between: Mapping[str, Sequence[Any]],
    name: str,
    low: float | str | None = None,
    high: float | str | None = None,
    metric: str = "cost_per_mtoken",
) -> list[Crossover]:
    """Each two neighbours among the choices of one key, compared in a metric as another key or symbol grows.

    `crossover(plan, {"hardware": ["H100", "A100"]}, "batch_size", 1, 1024)`. A choice that does not fit, or that the
    plan refuses, loses to one that does.
    """
    key, choices = _one(between)
    question = question_of(subject)
    if not isinstance(question, PlanQuestion):
        raise InputError("crossover: it compares plans, not bare numbers")
    if place(key) == place(name):
        raise InputError(f"{name}: it is what is compared; vary another input")
    asked = [_chosen(question, key, choice) for choice in choices]
    lever = asked[0].lever(name)
    first, last = lever.range(low, high)
    values = lever.values(first, last)
    measured = asked[0].metric(metric)
    at = [_reader(one, one.metric(metric), name) for one in asked]
    names = [_label(key, choice) for choice in choices]
    lacking = {label: one.lacking(one.metric(metric)) for label, one in zip(names, asked)}
    return [
        _compared(key, two, lever, measured, values, pair, lacking)
        for two, pair in zip(pairwise(names), pairwise(at))
    ]


def _one(between: Mapping[str, Sequence[Any]]) -> tuple[str, Sequence[Any]]:
    if len(between) != 1:
        raise InputError(f"between: {len(between)} keys are given; one key and its choices are")
    ((key, choices),) = between.items()
    if isinstance(choices, str) or len(choices) < 2:
        raise InputError(f"between.{key}: {choices!r} is not two choices or more")
    return key, choices


def _chosen(question: PlanQuestion, key: str, choice: Any) -> PlanQuestion:
    """The question with one choice made; a record of one's own may be given as it is."""
    return PlanQuestion(Evaluation(question.changed({key: getattr(choice, "path", choice)})))


def _label(key: str, choice: Any) -> str:
    """What a choice is called: a record by its name, a number with its key."""
    text = str(getattr(choice, "id", choice))
    return f"{key} {text}" if text[:1].isdigit() and not isinstance(choice, bool) else text


def _reader(question: Question, metric: Metric, name: str) -> Callable[[float], Reading]:
    return cache(lambda value: question.read(metric, {name: value}))


def _compared(
    key: str,
    names: tuple[str, str],
    lever: Lever,
    metric: Metric,
    values: list[float],
    at: tuple[Callable[[float], Reading], Callable[[float], Reading]],
    lacking: Mapping[str, list[str]],
) -> Crossover:
    def both(value: float) -> Pair:
        return at[0](value), at[1](value)

    def state(value: float) -> tuple[str, bool]:
        return _winner(names, metric.greater, both(value))

    def span(part: Stretch) -> Span:
        winner, alone = _winner(names, metric.greater, both(part.low))
        seen = {part.low, part.high, *(v for v in values if part.low <= v <= part.high)}
        ratios = [] if alone else [_ratio(both(value)) for value in seen]
        known = [ratio for ratio in ratios if ratio is not None]
        times = (min(known), max(known)) if known and winner in names else None
        return Span(part.low, part.high, winner, alone, times)

    spans = [span(part) for part in stretches(state, values, lever.whole)]
    crossings = [
        Crossing(a.high, b.low, a.winner, b.winner, both(a.high), both(b.low))
        for a, b in pairwise(spans)
    ]
    ends = (values[0], values[-1])
    absent = {name: lacking[name] for name in names if lacking[name]}
    return Crossover(key, *names, lever, metric, ends, spans, crossings, absent, len(values))


def _winner(names: tuple[str, str], greater: bool, pair: Pair) -> tuple[str, bool]:
    """Who is better, and whether it is alone."""
    fit = [reading.fits for reading in pair]
    if not all(fit):
        return (names[fit.index(True)], True) if any(fit) else (NEITHER, True)
    if not all(reading.known for reading in pair):
        return UNKNOWN, True
    a, b = (reading.value for reading in pair)
    if abs(a - b) <= EQUAL * max(abs(a), abs(b)):
        return BOTH, False
    return names[int((b > a) if greater else (b < a))], False


def _ratio(pair: Pair) -> float | None:
    """How many times apart two values are."""
    low, high = sorted(abs(reading.value) for reading in pair)
    return high / low if low > 0 else None
