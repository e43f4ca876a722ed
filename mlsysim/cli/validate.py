"""`mlsysim validate`: predictions beside published measurements."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from ..core.errors import InputError
from ..validation.chart import svg
from ..validation.rows import read_rows
from ..validation.rules import RULES
from ..validation.score import WITHIN, Line, Scored, by_kind, by_source, macro, scores
from ..views.document import ABSENT, Block, Bullets, Document, Heading, Table
from .answer import (
    MAYBE_NUMBER,
    MAYBE_TEXT,
    SCHEMA_VERSION,
    TEXT,
    TRUTH,
    WHOLE,
    Answer,
    Schema,
    listed,
    output,
    shaped,
)  # fmt: skip
from .progress import Progress

HEADS = (
    "kind",
    "rows",
    "covered",
    "median",
    *(f"within {w:g}" for w in WITHIN),
    "bias",
    "in interval",
)
TOLD = (
    "Factors are predicted over measured or its inverse, in the median; 1.00 is exact. "
    "Below each kind stands the factor in which every source counts once."
)
#: Reasons that are printed before the rest is counted.
MOST_REASONS = 20


def schema() -> Schema:
    row = shaped(
        id=TEXT,
        kind=TEXT,
        covered=TRUTH,
        predicted=MAYBE_NUMBER,
        low=MAYBE_NUMBER,
        high=MAYBE_NUMBER,
        ratio=MAYBE_NUMBER,
        reason=MAYBE_TEXT,
        metric=TEXT,
        measured=MAYBE_NUMBER,
        group=MAYBE_TEXT,
        notes=listed(TEXT),
        rules=shaped(**dict.fromkeys(_keys(), MAYBE_NUMBER)),
    )
    line = shaped(
        kind=TEXT,
        source=TEXT,
        rows=WHOLE,
        covered=WHOLE,
        median_factor=MAYBE_NUMBER,
        **{f"within_{str(w).replace('.', '_')}": MAYBE_NUMBER for w in WITHIN},
        bias=MAYBE_NUMBER,
        inside_interval=MAYBE_NUMBER,
        rules=shaped(**dict.fromkeys(_keys(), MAYBE_NUMBER)),
    )
    return output(
        "validation", file=TEXT, rows=listed(row), kinds=listed(line), sources=listed(line)
    )


def _keys() -> list[str]:
    return [name.replace(" ", "_") for name in RULES]


def _known(value: float | None) -> float | None:
    return value if value is not None and value - value == 0 else None


def row_data(entry: Scored) -> dict[str, Any]:
    """One row, as data."""
    return {
        "id": entry.row.id,
        "kind": entry.row.kind,
        "covered": entry.predicted is not None,
        "predicted": _known(entry.predicted),
        "low": _known(entry.low),
        "high": _known(entry.high),
        "ratio": _known(entry.ratio),
        "reason": entry.reason or None,
        "metric": entry.row.metric,
        "measured": _known(entry.row.value),
        "group": entry.group or None,
        "notes": list(entry.notes),
        "rules": {key: _known(entry.rules.get(name)) for key, name in zip(_keys(), RULES)},
    }


def line_data(own: Line) -> dict[str, Any]:
    """One line of a table, as data."""
    within = {f"within_{str(w).replace('.', '_')}": _known(v) for w, v in zip(WITHIN, own.within)}
    return {
        "kind": own.kind,
        "source": own.source,
        "rows": own.rows,
        "covered": own.covered,
        "median_factor": _known(own.median),
        **within,
        "bias": _known(own.bias),
        "inside_interval": _known(own.inside),
        "rules": {key: _known(own.rules[name]) for key, name in zip(_keys(), RULES)},
    }


def _factor(value: float) -> str:
    return f"{value:.2f}" if value == value else ABSENT


def _share(value: float) -> str:
    return f"{value:.0%}" if value == value else ABSENT


def cells(name: str, own: Line) -> tuple[str, ...]:
    """One line of a table, as text."""
    model = (_factor(own.median), *map(_share, own.within), _factor(own.bias), _share(own.inside))
    return (name, str(own.rows), str(own.covered), *model, *(_factor(own.rules[n]) for n in RULES))


def _short(row: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of a line that a long name leaves room for."""
    return (*row[:5], *row[7:10])


def tables(scored: list[Scored]) -> list[Block]:
    """By kind, by source, and what could not be expressed."""
    kinds, sources = by_kind(scored), by_source(scored)
    heads = (*HEADS, *RULES)
    blocks: list[Block] = [TOLD, Heading("By kind")]
    rows = []
    for own in kinds:
        rows.append(cells(own.kind, own))
        parts = [line for line in sources if line.kind == own.kind]
        if len(parts) > 1:
            rules = [_factor(macro(parts, name)) for name in RULES]
            blank = (ABSENT,) * (len(HEADS) - 4)
            rows.append(
                (f"{len(parts)} sources", ABSENT, ABSENT, _factor(macro(parts)), *blank, *rules)
            )
    blocks.append(Table(heads, rows))
    blocks.append(Heading("By source"))
    for own in kinds:
        parts = [line for line in sources if line.kind == own.kind]
        narrow = [_short(cells(line.source or "not named", line)) for line in parts]
        blocks.append(Table((own.kind, *_short(heads)[1:]), narrow))
    reasons = Counter((e.row.kind, e.reason) for e in scored if e.predicted is None)
    told = [
        f"{count} of {kind}: {reason}"
        for (kind, reason), count in reasons.most_common(MOST_REASONS)
    ]
    left = len(reasons) - len(told)
    blocks += [Heading(f"Not expressed: {sum(reasons.values())}"), Bullets(told or ["none"])]
    blocks += [f"and {left} more reasons; JSON has all"] if left > 0 else []
    noted = Counter(note for e in scored for note in e.notes if "not understood" in note)
    if noted:
        lines = [f"{count} times: {note}" for note, count in noted.most_common(MOST_REASONS)]
        blocks += [Heading("Not understood"), Bullets(lines)]
    return blocks


def command(
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="[FILE.csv]",
            help="Measurements in the form of the package's own, which are used where this is not given.",
            show_default=False,
        ),
    ] = None,
    chart: Annotated[
        str | None,
        typer.Option(
            "--chart",
            metavar="FILE.svg",
            help="Draw predicted against measured.",
            show_default=False,
        ),
    ] = None,
) -> Answer:
    """Predict published measurements and show how far off each kind and source is.

    Each row is predicted from its model, hardware, devices, precision, parallelism and workload alone: the value, and
    whatever else was measured with it, is hidden first. Beside it stand two constants (0.5 of the peak rate, 0.8 of
    the bandwidth) and the peak roofline.
    """
    if chart is not None and not chart.endswith(".svg"):
        raise InputError(f"--chart: {chart!r} does not end in .svg")
    rows = read_rows(file)
    bar = Progress(max(len(rows), 1), sys.stderr)
    scored = scores(rows, bar)
    bar.end()
    if chart is not None:
        Path(chart).write_text(svg(scored), encoding="utf-8")
    named = file or "the measurements of the package"
    data = {
        "schema_version": SCHEMA_VERSION,
        "kind": "validation",
        "file": named,
        "rows": [row_data(entry) for entry in scored],
        "kinds": [line_data(own) for own in by_kind(scored)],
        "sources": [line_data(own) for own in by_source(scored)],
    }
    covered = sum(entry.predicted is not None for entry in scored)
    title = f"Predicted against measured: {covered} of {len(scored)} rows of {named}"
    return Answer(data, Document(title, tables(scored)))
