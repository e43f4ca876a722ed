"""The roof of a chip, and a workload as a dot that is dragged along its intensity."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

import traitlets

from mlsysim import WALLS, Hardware, InputError
from mlsysim.core.solver.question import Lever, PlanQuestion, question_of
from mlsysim.core.text import plain, readable
from mlsysim.evaluation import TERMS
from mlsysim.hardware.chip import PRECISIONS
from mlsysim.metrics import METRICS

from ..hover import percent
from .base import Widget, chips_like, finite

#: Stops along a lever, how far it goes at least, how much is shown beyond them, and how long the roof is.
STOPS, FAR, BEYOND, LONG = 40, 1024.0, 4.0, 1e9
LEVERS = ("batch_size", "seq_len")
ASKED = (
    *("step_time", "arithmetic_intensity", "ridge_intensity", "peak_rate", "mem_bandwidth"),
    *("mfu", "mbu", "memory_load"),
    *(symbol for symbol, _ in TERMS),
)
WHAT = {"decode": "a token every", "training": "a step every", "pass": "an answer in"}
WORDS = {"batch_size": "Batch", "seq_len": "Length"}
PREFIXES = {0: "", 3: "k", 6: "M", 9: "G", 12: "T", 15: "P"}


class Roofline(Widget):
    """Drag a workload under the roof of its chip, and see time, ceiling and share of the peak.

    `Roofline(plan_or_evaluation)`: the dot moves with the batch or the length; chip and precision are chosen.
    """

    EXAMPLE = (
        'plan = {"workload": {"name": "Llama3_8B", "batch_size": 16}, "hardware": {"name": "H100"}}\n'
        "Roofline(plan)"
    )
    #: What the page sends: a chip, a precision, the value of every lever, and the one along which the dot moves.
    chip = traitlets.Unicode("").tag(sync=True)
    precision = traitlets.Unicode("").tag(sync=True)
    values = traitlets.Dict().tag(sync=True)
    across = traitlets.Unicode("").tag(sync=True)
    #: What may be chosen: chips, precisions (and the one used), levers.
    choices = traitlets.Dict().tag(sync=True)
    #: What is drawn: the roof, its words, what is shown, and the track of the dot: value, x, y, fits.
    picture = traitlets.Dict().tag(sync=True)
    #: The answer: value, x, y, fits, label, text.
    marker = traitlets.Dict().tag(sync=True)

    def __init__(self, subject: Any, *, levers: Iterable[str] = LEVERS, **more: Any):
        super().__init__(**more)
        question = question_of(subject)
        if not isinstance(question, PlanQuestion):
            raise InputError("Roofline: it needs a plan with a model and a chip, not bare numbers")
        self._question, self._own = question, question.scenario.chip
        known = [self._question.lever(name) for name in levers]
        self._levers = {lever.name: lever for lever in known if 0 < lever.now < float("inf")}
        if not self._levers:
            raise InputError(f"Roofline: none of {', '.join(levers)} is a number of this plan")
        self._seen: dict[tuple, dict[str, Any]] = {}
        self._unit = self._scale()
        self.chip, self.precision = self._own.id, question.scenario.precision
        self.values = {lever.name: lever.now for lever in self._levers.values()}
        self.across = next(iter(self._levers))
        self.observe(self.answer, ["chip", "precision", "values", "across"])
        self.answer()

    # ---- what may be chosen
    @cached_property
    def _chips(self) -> list[str]:
        """The chips of the same tier, the plan's own among them."""
        return chips_like(self._own)

    def _record(self) -> Any:
        return self._own if self.chip == self._own.id else Hardware.find(self.chip, "chip")

    def _used(self) -> str:
        """The precision asked for where the chip has it, else the chip's own."""
        has = _has(self._record())
        narrow = self.precision not in PRECISIONS and "fp16" in has  # weights alone are narrow
        if self.precision in has or narrow or self.chip == self._own.id:
            return self.precision
        return self._record().traits.get("precision", "fp16")

    @traitlets.validate("chip")
    def _chip_known(self, proposal: Any) -> str:
        if hasattr(self, "_own") and proposal.value not in self._chips:
            raise traitlets.TraitError(f"chip: {proposal.value!r} is none of {_few(self._chips)}")
        return proposal.value

    @traitlets.validate("precision")
    def _precision_known(self, proposal: Any) -> str:
        own = self._question.scenario.precision if hasattr(self, "_question") else proposal.value
        if proposal.value not in (*PRECISIONS, own):
            raise traitlets.TraitError(
                f"precision: {proposal.value!r} is none of {', '.join(PRECISIONS)}"
            )
        return proposal.value

    @traitlets.validate("across")
    def _lever_known(self, proposal: Any) -> str:
        if hasattr(self, "_levers") and proposal.value not in self._levers:
            raise traitlets.TraitError(
                f"across: {proposal.value!r} is none of {', '.join(self._levers)}"
            )
        return proposal.value

    @traitlets.validate("values")
    def _values_known(self, proposal: Any) -> dict[str, float]:
        if not hasattr(self, "_levers"):
            return proposal.value
        for name, value in proposal.value.items():
            if name not in self._levers:
                raise traitlets.TraitError(f"{name!r} is none of {', '.join(self._levers)}")
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise traitlets.TraitError(f"{name}: {value!r} is not a number")
        return {**self.values, **proposal.value}

    # ---- what is computed
    def recompute(self) -> None:
        used, lever = self._used(), self._levers[self.across]
        self.choices = {
            "chips": self._chips,
            "precisions": list(dict.fromkeys([*_has(self._record()), used])),
            "precision": used,
            "levers": [[one.name, WORDS.get(one.name, one.name)] for one in self._levers.values()],
        }
        here = self.values[lever.name]
        try:
            self.picture = self._picture(used, lever)
            self.marker = self._marker(used, lever)
        except InputError:
            self.marker = {"value": here, "x": None, "y": None, "text": ""}
            raise

    def _changes(self, used: str, **more: float) -> dict[str, Any]:
        """The keys of the plan that differ from it."""
        values = {**self.values, **more}
        changed: dict[str, Any] = {
            name: lever.read(value, name)
            for name, value in values.items()
            if value != (lever := self._levers[name]).now
        }
        if self.chip != self._own.id:
            changed["chip"] = self._record().path
        if used != self._question.scenario.precision or "chip" in changed:
            changed["precision"] = used
        return changed

    def _ask(self, used: str, **more: float) -> dict[str, Any]:
        return self._question.answers(ASKED, self._changes(used, **more))

    def _scale(self) -> float:
        """Rates are drawn in thousands, millions and so on of the peak's size."""
        peak = self._question.value("peak_rate")
        return next((10.0**p for p in reversed(PREFIXES) if peak >= 10.0**p), 1.0)

    def _picture(self, used: str, lever: Lever) -> dict[str, Any]:
        """The roof and the track; asked again, as it was."""
        others = tuple(v for name, v in self.values.items() if name != lever.name)
        key = (self.chip, used, lever.name, others)
        if key not in self._seen:
            self._seen[key] = self._drawn(used, lever)
        return self._seen[key]

    def _drawn(self, used: str, lever: Lever) -> dict[str, Any]:
        track = []
        for value in _stops(lever):
            try:
                found = self._ask(used, **{lever.name: value})
            except InputError:
                continue
            track.append([value, *self._place(found), _fits(found)])
        if not track:
            self._ask(used)  # says why
        found = self._ask(used, **{lever.name: track[0][0]}) if track else {}
        ridge, peak = found["ridge_intensity"], found["peak_rate"]
        top, roof, extent = peak / self._unit, [], []
        xs, ys = ([point[i] for point in track if point[i]] for i in (1, 2))
        if ys and finite(ridge):
            ends = (min(*xs, ridge) / BEYOND, max(*xs, ridge) * BEYOND)
            extent = [ends, (min(ys) / 2, top * 2.5)]
            roof = [[ridge / LONG, top / LONG], [ridge, top], [ridge * LONG, top]]
        prefix = PREFIXES[round(len(f"{self._unit:.0f}") - 1)]
        return {
            "roof": roof,
            "extent": extent,
            "name": f"{self.chip}, {used}",
            "peak": readable(peak, "flop/s"),
            "bandwidth": readable(found["mem_bandwidth"], "byte/s"),
            "track": track,
            "x": "Arithmetic intensity, flop/byte",
            "y": f"{prefix}flop/s on one chip",
        }

    def _place(self, found: dict[str, Any]) -> tuple[float | None, float | None]:
        """Where the dot is: intensity, and the rate at which the chip does the model's own work."""
        return (
            finite(found["arithmetic_intensity"]),
            finite(found["mfu"] * found["peak_rate"] / self._unit),
        )

    def _marker(self, used: str, lever: Lever) -> dict[str, Any]:
        found, value = self._ask(used), self.values[lever.name]
        x, y = self._place(found)
        where = f"{WORDS.get(lever.name, lever.name)} {lever.text(value)} on {self.chip}, {used}"
        text = f"{where}: {self._said(found) if y is not None else self._lacking(used)}"
        if used != self.precision:
            text = f"{self.chip} has no {self.precision}; this is {used}. {text}"
        return {
            "value": value,
            "x": x,
            "y": y,
            "fits": _fits(found),
            "label": f"{where}: {readable(found['step_time'], 's')}",
            "text": text,
        }

    def _said(self, found: dict[str, Any]) -> str:
        terms = [(found[s], n) for s, n in TERMS if found[s] == found[s]]
        wall = WALLS[max(terms)[1]]
        x, ridge = found["arithmetic_intensity"], found["ridge_intensity"]
        side, ceiling = ("left", "bandwidth") if x < ridge else ("right", "arithmetic")
        phase = self._question.options["phase"]
        said = (
            f"{WHAT[phase]} {readable(found['step_time'], 's')}. Wall {wall.number} ({wall.name}) binds. "
            f"{plain(x)} flop/byte is {side} of the ridge at {plain(ridge)}, so the {ceiling} is the lower ceiling. "
            f"{percent(found['mfu'], 2)} of the peak does the model's work; "
            f"{percent(found['mbu'])} of the bandwidth is busy."
        )
        if _fits(found):
            return said
        return f"{found['memory_load']:.2f} times over the memory there is; if it fitted, {said}"

    def _lacking(self, used: str) -> str:
        metric = next(m for m in METRICS if m.symbol == "mfu")
        scenario = self._question.changed(self._changes(used))
        return f"not known: {', '.join(question_of(scenario).lacking(metric))} missing."


def _has(chip: Any) -> list[str]:
    """The precisions that a chip has a peak for."""
    return [p for p in PRECISIONS if f"peak_{p}" in chip]


def _fits(found: dict[str, Any]) -> bool:
    return not found["memory_load"] > 1


def _stops(lever: Lever) -> list[float]:
    """Values from the least to well above now, evenly on a logarithmic scale, now among them."""
    low = max(lever.least, 1.0) if lever.whole else lever.now / FAR
    high = min(lever.most, max(FAR, lever.now * 16))
    spread = [low * (high / low) ** (i / (STOPS - 1)) for i in range(STOPS)]
    return sorted({float(round(v)) if lever.whole else v for v in spread} | {lever.now})


def _few(names: list[str]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
