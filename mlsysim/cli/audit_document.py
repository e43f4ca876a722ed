"""An audit for people: what was measured, what lies nearest, and prediction beside measurement."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from html import escape
from pathlib import Path
from typing import NamedTuple

from ..audit import Audit
from ..audit.devices import WIDTHS
from ..audit.machine import Machine
from ..audit.measure import Rate
from ..audit.trial import MODEL, weight_bytes
from ..core.text import plain, readable
from ..views.document import ABSENT, Block, Bullets, Document, Heading, Table

STATED = ("mem_capacity", "cache_capacity", "chip_cores", "chip_clock")
SAVE = "The record, which --write FILE.toml saves"


class Shown(NamedTuple):
    """The document, and below it the records that no file took."""

    document: Document
    found: list[Audit]
    written: list[Path | None]

    def text(self) -> str:
        return self._with(self.document.text(), lambda toml: f"\n{SAVE}\n\n{toml}")

    def markdown(self) -> str:
        return self._with(
            self.document.markdown(), lambda toml: f"\n## {SAVE}\n\n```toml\n{toml}\n```"
        )

    def html(self) -> str:
        head, end = self.document.html().rsplit("</body>", 1)
        made = self._with(head, lambda toml: f"<h2>{SAVE}</h2>\n<pre>{escape(toml)}</pre>")
        return f"{made}\n</body>{end}"

    def _with(self, start: str, form: Callable[[str], str]) -> str:
        left = [one.text.rstrip() for one, file in zip(self.found, self.written) if file is None]
        return "\n".join([start, *map(form, left)])


def document(
    found: list[Audit], machine: Machine, day: date, written: list[Path | None]
) -> Document:
    """All devices of the machine."""
    used = ", ".join(one.device.library for one in found)
    told = (
        f"Measured on this machine on {day.isoformat()} with {used}, "
        f"Python {machine.python}, {machine.system}; the best of several runs."
    )
    blocks = [block for one, file in zip(found, written) for block in _device(one, file)]
    return Document("Audit of this machine", [told, *blocks])


def _device(found: Audit, written: Path | None) -> list[Block]:
    blocks: list[Block] = [
        Heading(f"{found.device.kind.upper()}: {found.device.name}"),
        _rates(found),
    ]
    blocks += [Heading("The nearest chip of the registry"), _nearest(found)]
    blocks += [Heading("Predicted, then measured"), *_trials(found)]
    blocks += [Heading("Notes"), Bullets(list(found.record.notes))]
    if written is not None:
        name = written if written.is_absolute() else f"./{written}"
        blocks.append(f"The record is in {written}; use it with: mlsysim eval MODEL {name}")
    return blocks


def _rates(found: Audit) -> Table:
    measured = found.measured
    rows = [_rate(f"Arithmetic, {p}", rate, "flop/s") for p, rate in measured.peaks.items()]
    rows += [_rate("Memory", rate, "byte/s") for rate in measured.moves]
    small = readable(measured.launch.best, "s")
    rows.append(("Small call", small, "one call on eight numbers", str(measured.launch.repeats)))
    rows += [
        (field.meaning, _stated(found, name), found.record[name].at, ABSENT)
        for name, field in found.record.type.fields.items()
        if name in STATED and name in found.record
    ]
    return Table(("quantity", "value", "how", "runs"), rows)


def _stated(found: Audit, name: str) -> str:
    figure = found.record[name]
    return f"{plain(figure.given)} {figure.unit}".strip()


def _rate(name: str, rate: Rate, unit: str) -> tuple[str, ...]:
    return name, readable(rate.value, unit), rate.what, str(rate.timing.repeats)


def _nearest(found: Audit) -> str:
    near = found.nearest
    return (
        f"{near.record.name} ({near.record.path}): this machine has {_times(near.rate_ratio)} its "
        f"{near.precision} rate and {_times(near.bandwidth_ratio)} its memory bandwidth. It is the "
        f"nearest, by the logarithms of both, of {near.compared} chips that state both. A datasheet "
        "states peaks; this machine was measured."
    )


def _times(ratio: float) -> str:
    return f"{ratio:.2f} times"


def _trials(found: Audit) -> list[Block]:
    trials = found.trials
    rows = [
        (
            trial.runner.library,
            str(trial.batch),
            readable(trial.predicted.time, "s"),
            f"{readable(trial.predicted.low, 's')} to {readable(trial.predicted.high, 's')}",
            readable(trial.timing.best, "s"),
            f"{trial.ratio:.2f}",
            trial.predicted.binds,
        )
        for trial in trials
    ]
    heads = (
        "library",
        "batch",
        "predicted",
        "bracket",
        "measured",
        "measured / predicted",
        "binds",
    )
    precision = trials[0].runner.precision
    told = (
        f"A {MODEL}, in {precision}, by the equations of walls 1 and 2 with the best rates above as "
        "ceilings, and a small call for each of its three operators:"
    )
    return [told, Table(heads, rows), *_read_as(found)]


def _read_as(found: Audit) -> list[Block]:
    """How to read the ratios."""
    weights = weight_bytes(WIDTHS[found.device.precision])
    ceilings = (
        "The ceilings are the best that large, plain work reached; a model that needs longer than "
        "predicted reaches a smaller share of them."
    )
    told: list[Block] = [ceilings]
    if found.device.cache is not None and weights < found.device.cache:
        told.append(
            f"The weights, {readable(weights, 'byte')}, fit the last cache: the model may be faster "
            "than the memory."
        )
    return told
