"""`mlsysim calibrate`: fit the constants of the predictions and leave each source out in turn."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from ..validation.calibrate import Result, calibrate, tasks
from ..views.document import Block, Document, Heading, Table
from .answer import (
    NUMBER,
    SCHEMA_VERSION,
    TEXT,
    TRUTH,
    WHOLE,
    Answer,
    Schema,
    listed,
    mapped,
    output,
    shaped,
)
from .progress import Progress


def schema() -> Schema:
    task = shaped(
        name=TEXT,
        rows=WHOLE,
        constants=mapped(shaped(value=NUMBER, spread=NUMBER)),
        left_out=mapped(NUMBER),
    )
    return output("calibration", written=TRUTH, tasks=listed(task))


def task_data(result: Result) -> dict[str, Any]:
    """One task, as data."""
    fitted = {
        name: {"value": value, "spread": result.spreads[name]}
        for name, value in result.fitted.items()
    }
    left = {what: result.macro(what) for what in result.task.groups}
    return {
        "name": result.task.name,
        "rows": len(result.rows),
        "constants": fitted,
        "left_out": left,
    }


def command(
    write: Annotated[
        bool, typer.Option("--write", help="Write the constants and the intervals as records.")
    ] = False,
) -> Answer:
    """Fit the constants on the package's measurements, leaving each source out in turn.

    Takes some minutes. Constants of single kernels come from tables of kernels and are not fitted here.
    """
    bar = Progress(len(tasks()), sys.stderr)
    results = calibrate(write, bar)
    bar.end()
    data = [task_data(result) for result in results]
    left = [
        (entry["name"], what, str(entry["rows"]), f"{factor:.3f}")
        for entry in data
        for what, factor in entry["left_out"].items()
    ]
    fitted = [
        (name, f"{own['value']:.4g}", f"{own['spread']:.2f}")
        for entry in data
        for name, own in entry["constants"].items()
    ]
    blocks: list[Block] = [
        Heading("Rows left out: error factor, each group counted once"),
        Table(("rows of", "left out in turn", "rows", "factor"), left),
        Heading("Constants"),
        Table(("constant", "value", "spread (ln)"), fitted),
    ]
    answer = {
        "schema_version": SCHEMA_VERSION,
        "kind": "calibration",
        "written": write,
        "tasks": data,
    }
    return Answer(answer, Document("Calibration", blocks))
