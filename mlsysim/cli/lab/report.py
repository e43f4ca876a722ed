"""`mlsysim lab report`: what readers predicted and decided, for an instructor."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import typer

from ...core.errors import InputError
from ...core.text import plain
from ...views.document import ABSENT, Block, Document, Heading, Table
from ..answer import (
    MAYBE_NUMBER,
    SCHEMA_VERSION,
    TEXT,
    WHOLE,
    Answer,
    Schema,
    listed,
    output,
    shaped,
)
from .pages import needs_labs

FILES = typer.Argument(
    metavar="LEDGER...", help="Exported ledgers, one a reader.", show_default=False
)
ANY: Schema = {"type": ["number", "string", "boolean", "array", "null"]}


def schema() -> Schema:
    said = shaped(
        lab=TEXT, id=TEXT, kind=TEXT, question=TEXT, value=ANY, answer=ANY, factor=MAYBE_NUMBER
    )
    reader = shaped(
        reader=TEXT,
        predictions=WHOLE,
        decisions=WHOLE,
        median_factor=MAYBE_NUMBER,
        entries=listed(said),
    )
    return output("report", readers=listed(reader))


def read(file: str) -> dict[str, Any]:
    """One reader: the counts, how far the predictions were off, and every entry."""
    try:
        text = Path(file).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{file}: is no text") from None
    book = import_module("mlsysim_widgets.entries").read(text, file)
    entries = [
        {"lab": e["lab"], "id": e["id"], "kind": e["kind"], "question": e.get("question", ""),
         "value": e["value"], "answer": e.get("answer"), "factor": e.get("factor")}
        for e in book["entries"]
    ]  # fmt: skip
    off = [e["factor"] for e in entries if e["kind"] == "prediction" and e["factor"]]
    return {
        "reader": book.get("reader") or Path(file).stem,
        "predictions": sum(e["kind"] == "prediction" for e in entries),
        "decisions": sum(e["kind"] == "decision" for e in entries),
        "median_factor": median(off) if off else None,
        "entries": entries,
    }


def _times(factor: float | None) -> str:
    return ABSENT if factor is None else f"{factor:.2f}x"


def _said(value: Any) -> str:
    return (
        ABSENT if value in (None, "") else "a sketch" if isinstance(value, list) else plain(value)
    )


def command(files: Annotated[list[str], FILES]) -> Answer:
    """Show what readers predicted, by how far they were off, and what they decided.

    A table of all readers, then a page for each. No score: only the size of the errors.
    """
    needs_labs()
    readers = [read(file) for file in files]
    rows = [
        (r["reader"], str(r["predictions"]), _times(r["median_factor"]), str(r["decisions"]))
        for r in readers
    ]
    blocks: list[Block] = [Table(("reader", "predictions", "off by, median", "decisions"), rows)]
    for reader in readers:
        told = [
            (
                e["lab"],
                e["question"] or e["id"],
                _said(e["value"]),
                _said(e["answer"]),
                _times(e["factor"]),
            )
            for e in reader["entries"]
        ]
        blocks += [
            Heading(reader["reader"]),
            Table(("lab", "question", "said", "core", "off by"), told),
        ]
    data = {"schema_version": SCHEMA_VERSION, "kind": "report", "readers": readers}
    return Answer(data, Document("What was said in the labs", blocks))
