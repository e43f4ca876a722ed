"""Any metric of a plan, or any symbol of a wall, with a slider for each number that it rests on."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

import traitlets

from mlsysim import WALLS, InputError, Scenarios
from mlsysim.core.solver.keys import place, with_values
from mlsysim.core.solver.question import Lever, PlanQuestion, Question, question_of, said
from mlsysim.core.solver.sensitivity import elasticity
from mlsysim.core.text import readable
from mlsysim.evaluation import TERMS

from ..hover import handy as handy_size
from ..labels import raised, tens
from .base import Widget, chips_like, finite

#: Points of a curve, sliders unless they are named, and how far a slider goes from where it stands.
POINTS, SLIDERS, FAR, FEWEST = 48, 4, 16.0, 64.0


class Explorer(Widget):
    """Sliders, the curve over one of them, the marker, and the wall that binds.

    `Explorer(plan_or_evaluation, "tpot_ms")`, `Explorer(wall=7)`, or `Explorer(numbers, "symbol", options=...)`.
    """

    EXAMPLE = (
        'plan = {"workload": {"name": "Llama3_8B"}, "hardware": {"name": "H100"}}\n'
        'Explorer(plan, "tpot_ms", sliders=["batch_size", "seq_len", "mem_bandwidth"])'
    )
    #: Each slider: name, words, the unit shown and its size, low, high, log, whole.
    sliders = traitlets.List().tag(sync=True)
    #: What the page sends: the value of every slider, and the one that the curve runs over.
    values = traitlets.Dict().tag(sync=True)
    across = traitlets.Unicode("").tag(sync=True)
    #: Of a plan: the chips of its tier in the registry, and the one chosen; of bare numbers none.
    chips = traitlets.List().tag(sync=True)
    chip = traitlets.Unicode("").tag(sync=True)
    #: What the page draws: xs, ys, broken (points that do not fit), labels.
    curve = traitlets.Dict().tag(sync=True)
    #: The answer: x, y, text, alt.
    marker = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        subject: Any = None,
        metric: str = "",
        *,
        wall: int = 0,
        sliders: Iterable[str] = (),
        options: Mapping[str, str] | None = None,
        **more: Any,
    ):
        super().__init__(**more)
        if wall:
            subject, metric, options = _case(wall, metric)
        self._question: Question = question_of(subject, options)
        self._metric = self._question.metric(metric)
        self._wall = WALLS.get(wall)
        self._levers = {lever.name: lever for lever in self._chosen(list(sliders))}
        if not self._levers:
            raise InputError(f"{metric}: no number moves it")
        self._begin()
        self.observe(self.answer, ["values", "across"])
        self.observe(self._moved, "chip")
        self.answer()

    def _begin(self) -> None:
        """Sliders at the values of the question; a plan's chips."""
        if isinstance(self._question, PlanQuestion):
            self._plan, own = self._question.plan, self._question.scenario.chip
            self.chips, self.chip = chips_like(own), own.id
        self.sliders = [_slider(lever) for lever in self._levers.values()]
        self.values = {lever.name: lever.now for lever in self._levers.values()}
        self.across = next(iter(self._levers))

    def _moved(self, _: Any) -> None:
        """Another chip: what its record says is taken from it, what the reader set of the plan stays."""
        try:
            chosen = with_values(self._plan, {"hardware": self.chip})
            self._question = question_of(chosen)
            self._metric = self._question.metric(self._metric.name)
            self._levers = {name: self._question.lever(name) for name in self._levers}
        except InputError as error:
            self.error = str(error)
            return
        kept = {n: v for n, v in self.values.items() if place(n)[0] != "inputs"}
        now = {name: lever.now for name, lever in self._levers.items()} | kept
        with self.hold_trait_notifications():
            self.sliders = [_slider(lever) for lever in self._levers.values()]
            self.values = now
        self.answer()

    def _chosen(self, names: list[str]) -> list[Lever]:
        """The numbers named, or those that move the metric most."""
        if names:
            return [self._question.lever(name) for name in names]
        rows = elasticity(self._question, self._metric.name)
        return [row.lever for row in rows[:SLIDERS] if row.width or row.elasticity]

    @traitlets.validate("values")
    def _valid(self, proposal: Any) -> dict[str, float]:
        levers = getattr(self, "_levers", None)
        if levers is None:
            return proposal.value
        for name, value in proposal.value.items():
            if name not in levers:
                raise traitlets.TraitError(f"{name!r} is no slider; there are {', '.join(levers)}")
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise traitlets.TraitError(f"{name}: {value!r} is not a number")
        return {**self.values, **proposal.value}

    @traitlets.validate("chip")
    def _listed(self, proposal: Any) -> str:
        if self.chips and proposal.value not in self.chips:
            raise traitlets.TraitError(f"{proposal.value!r} is none of {', '.join(self.chips)}")
        return proposal.value

    @traitlets.validate("across")
    def _known(self, proposal: Any) -> str:
        levers = getattr(self, "_levers", None)
        if levers is not None and proposal.value not in levers:
            raise traitlets.TraitError(f"{proposal.value!r} is no slider: {', '.join(levers)}")
        return proposal.value

    def recompute(self) -> None:
        lever, metric = self._levers[self.across], self._metric
        now = {
            n: self._levers[n].read(_rounded(self._levers[n], v), n) for n, v in self.values.items()
        }
        own = _slider(lever)
        here = self._question.read(metric, now)
        xs = _spread(own["low"], own["high"], own["log"], own["whole"])
        read = [self._question.read(metric, {**now, lever.name: x}) for x in xs]
        size, unit = tall([r.value for r in read], metric.unit, not metric.lens)
        self.curve = {
            "xs": xs,
            "ys": [finite(r.value) for r in read],
            "broken": [not r.fits for r in read],
            "x": ", ".join(
                filter(None, (lever.meaning or lever.name.replace("_", " "), own["shown"]))
            ),
            "name": lever.name,
            "factor": own["factor"],
            "y": ", ".join(filter(None, (metric.name.replace("_", " "), unit))),
            "size": size,
            "log": own["log"],
        }
        text = f"{metric.words}: {said(metric, here.value)}"
        if here.refused:
            text = here.refused
        elif not here.fits and metric.name != "memory_load":
            text += " if it fitted: it does not"
        binds = self._binding(now)
        y = finite(here.value)
        self.marker = {
            "x": now[lever.name],
            "y": y,
            "fits": here.fits,
            "text": tens(raised(f"{text}. {binds}".strip())),
            "alt": tens(
                f"{metric.words} goes from {said(metric, read[0].value)} to "
                f"{said(metric, read[-1].value)} as {lever.meaning or lever.name} goes from "
                f"{lever.text(xs[0])} to {lever.text(xs[-1])}. {text}. {binds}".strip()
            ),
        }

    def _binding(self, now: dict[str, float]) -> str:
        """The wall that binds: a capacity that is broken, else the longest term of a step."""
        loads = [
            (verdict.symbol, wall)
            for wall in ([self._wall] if self._wall else WALLS.values())
            for verdict in wall.verdicts
            if verdict.form == "capacity"
        ]
        known = {}
        for symbol in (*(s for s, _ in loads), *(s for s, _ in TERMS)):
            try:
                known[symbol] = self._question.answers((symbol,), now)[symbol]
            except LookupError:
                continue
        for symbol, wall in loads:
            if known.get(symbol, 0) > 1:
                return f"Wall {wall.number} ({wall.name}) is broken: {symbol.replace('_', ' ')} is {known[symbol]:.2f}."
        terms = [(known[s], WALLS[n]) for s, n in TERMS if known.get(s, 0) > 0]
        if not terms:
            return ""
        wall = max(terms, key=lambda term: term[0])[1]
        return f"Wall {wall.number} ({wall.name}) binds."


def _case(number: int, metric: str) -> tuple[Any, str, dict[str, str]]:
    """The numbers of the first of a wall's published cases in which a number moves the answer."""
    if number not in WALLS:
        raise InputError(f"wall: {number} is none of 1 to {max(WALLS)}")
    cases = [case for case in WALLS[number].cases if metric in ("", case.symbol)]
    for case in cases:
        question = question_of(case.given, case.options)
        if _moved(question, case.symbol):
            return case.given, case.symbol, case.options
    for (
        name
    ) in Scenarios:  # a wall whose cases rest on tables: the first ready scenario that it speaks of
        question = question_of(getattr(Scenarios, name))
        for symbol in [metric] if metric else WALLS[number].symbols:
            if _moved(question, symbol):
                return question, symbol, {}
    raise InputError(f"wall {number}: no case and no ready scenario moves {metric or 'it'}")


def _moved(question: Question, symbol: str) -> bool:
    """Whether any number moves a symbol."""
    try:
        return any(row.elasticity for row in elasticity(question, symbol))
    except LookupError:
        return False


def _slider(lever: Lever) -> dict[str, Any]:
    """The range of a slider: a count from the least, a share up to one, else some way up and down."""
    low = max(lever.least, 1.0) if lever.whole else lever.now / FAR
    high = min(lever.most, max(lever.now * FAR, FEWEST if lever.whole else 0.0))
    if lever.most == 1.0:
        low, high = 0.01, 1.0
    factor, shown = handy(lever)
    return {
        "name": lever.name,
        "words": lever.meaning or lever.name,
        "factor": factor,
        "shown": shown,
        "low": low,
        "high": high,
        "log": high / low > 20,
        "whole": lever.whole,
    }


def handy(lever: Lever) -> tuple[float, str]:
    """A unit of handy size for the value now, and how many of the lever's own it holds."""
    number, _, unit = lever.text(lever.now).partition(" ")
    value = float(number.replace(",", "")) if unit and unit != lever.unit else 0.0
    if not value > 0:
        return 1.0, lever.unit
    return float(f"{lever.now / value:.2g}") if unit[-2:] != "iB" else 2.0 ** round(
        math.log2(lever.now / value)
    ), unit


def tall(values: Iterable[float], unit: str, coherent: bool) -> tuple[float, str]:
    """The size in which the values of a curve are short numbers, and its words: another unit, or a power of ten."""
    most = max((abs(value) for value in values if finite(value) is not None), default=0.0)
    _, space, shown = readable(most, unit).rpartition(" ") if coherent and most else ("", "", "")
    if space and shown != unit:
        with suppress(InputError):  # a prefix that no unit has
            return handy_size(most, unit)
    power = 3 * math.floor(math.log10(most) / 3) if most > 0 else 0
    if 1e-3 <= most < 1e6 or not power:
        return 1.0, raised(unit)
    return 10.0**power, tens(f"1e{power} {raised(unit)}".strip())


def _rounded(lever: Lever, value: float) -> float:
    value = float(round(value)) if lever.whole else value
    return min(max(value, lever.least), lever.most)


def _spread(low: float, high: float, log: bool, whole: bool) -> list[float]:
    parts = [i / (POINTS - 1) for i in range(POINTS)]
    values = [low * (high / low) ** p if log else low + (high - low) * p for p in parts]
    return sorted({float(round(v)) for v in values}) if whole else values
