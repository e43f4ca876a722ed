"""The answer of every optimiser as strict data and as a document, and the options that all of them take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import typer

from ...core.solver.optima.optimum import Optimum
from ...core.text import plain
from ...views.document import ABSENT, Block, Bullets, Document, Heading, Table, headed
from ..answer import (
    MAYBE_NUMBER,
    SCHEMA_VERSION,
    TEXT,
    TRUTH,
    WHOLE,
    Answer,
    Schema,
    const,
    listed,
    mapped,
    shaped,
    strict,
)

TOP = typer.Option(
    "--top", metavar="NUMBER", help="How many of the best are shown.", min=1, max=1000
)
FRONT = typer.Option(
    "--front",
    metavar="METRICS",
    help="Two or three metrics, such as latency,memory_gib: the points that no other beats in all of them.",
    show_default=False,
)
#: Columns of words that come last.
LAST = ("keeps", "by", "why", "source")
#: Points of a front that people are shown.
FRONT_ROWS = 20
CELL: Schema = {"type": ["number", "string", "boolean", "null"]}


def schema_of(kind: str) -> Schema:
    """What an optimiser answers."""
    row = mapped(CELL)
    relaxed = shaped(metric=TEXT, bound=TEXT, limit=MAYBE_NUMBER, needed=MAYBE_NUMBER, alone=TRUTH)
    return shaped(
        schema_version=const(SCHEMA_VERSION),
        kind=const("optimum"),
        problem=const(kind),
        question=TEXT,
        objective=TEXT,
        choices=listed(TEXT),
        units=mapped(TEXT),
        compared=WHOLE,
        feasible=WHOLE,
        best={"anyOf": [row, {"type": "null"}]},
        rows=listed(row),
        front_of=listed(TEXT),
        front=listed(row),
        relax=listed(relaxed),
        notes=listed(TEXT),
        sections=listed(shaped(name=TEXT, title=TEXT, units=mapped(TEXT), rows=listed(row))),
        exit_code=WHOLE,
    )


def data(found: Optimum) -> dict[str, Any]:
    """The answer as strict data."""
    rows = [_strict(row) for row in found.rows]
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "optimum",
        "problem": found.kind,
        "question": found.question,
        "objective": found.objective.name,
        "choices": list(found.choices),
        "units": {metric.name: metric.unit or "1" for metric in found.metrics},
        "compared": found.compared,
        "feasible": found.feasible,
        "best": rows[0] if rows else None,
        "rows": rows,
        "front_of": [metric.name for metric in found.front_of],
        "front": [_strict(row) for row in found.front],
        "relax": [
            {
                "metric": relaxed.bound.metric.name,
                "bound": relaxed.bound.side,
                "limit": relaxed.bound.limit,
                "needed": relaxed.needed,
                "alone": relaxed.alone,
            }
            for relaxed in found.relax
        ],
        "notes": found.notes,
        "sections": [
            {**section._asdict(), "rows": [_strict(row) for row in section.rows]}
            for section in found.sections
        ],
        "exit_code": found.exit_code,
    }


def _strict(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: strict(value) for key, value in row.items()}


def _table(
    rows: Sequence[Mapping[str, Any]], choices: Sequence[str], units: Mapping[str, str]
) -> Table:
    heads = {
        **{name: headed(name, unit) for name, unit in units.items()},
        "why": "against the best",
    }
    told = [
        name
        for name in (*(n for n in dict.fromkeys((*choices, *units)) if n not in LAST), *LAST)
        if any(row.get(name) not in (None, "") for row in rows)
    ]
    cells = [tuple(_cell(row.get(name)) for name in told) for row in rows]
    return Table(tuple(heads.get(name, name) for name in told), cells)


def _cell(value: Any) -> str:
    return ABSENT if value in (None, "") else plain(value)


def document(found: Optimum) -> Document:
    """The answer for people."""
    units = {metric.name: metric.unit for metric in found.metrics}
    blocks: list[Block] = [found.question]
    aim = f"{'most' if found.objective.greater else 'least'} {found.objective.name}"
    blocks += [f"{found.compared:,} compared, {found.feasible:,} keep every bound; best: {aim}."]
    if found.rows:
        best = found.rows[0]
        chosen = ", ".join(
            f"{name} {_cell(best[name])}"
            for name in found.choices
            if best[name] not in (None, "") and name not in LAST
        )
        goal = found.objective
        chosen += f": {goal.name} {_cell(best[goal.name])} {goal.unit}".rstrip()
        blocks += [Heading("Best  [PASS]"), chosen]
        blocks += [
            Heading(f"The first {len(found.rows)}"),
            _table(found.rows, found.choices, units),
        ]
    else:
        blocks += [Heading("Nothing keeps every bound  [INFEASIBLE]"), "To have an answer, relax:"]
        blocks += [
            Bullets(
                [str(relaxed) for relaxed in found.relax] or ["no metric of any point is known"]
            )
        ]
    if found.front:
        names = " against ".join(metric.name for metric in found.front_of)
        step = -(-len(found.front) // FRONT_ROWS)
        told = f", {step} points apart: JSON has all {len(found.front):,}" if step > 1 else ""
        shown = _table(found.front[::step], found.choices, units)
        blocks += [Heading(f"Not beaten in {names}{told}"), shown]
    for section in found.sections:
        if section.rows:
            named = list(section.rows[0])
            blocks += [Heading(section.title), _table(section.rows, named, section.units)]
    if found.notes:
        blocks += [Heading("Notes"), Bullets(found.notes)]
    return Document(f"Optimum: {found.kind}", blocks)


def answer(found: Optimum) -> Answer:
    """What the command prints."""
    return Answer(data(found), document(found), found.exit_code)
