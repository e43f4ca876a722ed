"""One record of a registry with every figure and its source."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..core.records import KINDS, Figure, Record
from ..core.text import plain
from ..core.units import coherent
from .answer import NUMBER, TEXT, Schema, choice, listed, mapped, shaped
from .document import ABSENT, Bullets, Document, Heading, Table

CELL: Schema = {"type": ["number", "string"]}
VALUE: Schema = {
    "anyOf": [NUMBER, TEXT, listed(CELL), shaped(columns=listed(TEXT), rows=listed(listed(CELL)))]
}
FIGURE = shaped(
    value={**VALUE, "description": "coherent, in the unit beside it"},
    unit=TEXT,
    given={**VALUE, "description": "as printed in the source"},
    given_unit=TEXT,
    meaning=TEXT,
    source=TEXT,
    at={**TEXT, "description": "the place in the source"},
    kind=choice(*KINDS),
    note=TEXT,
)
#: What the JSON of a record holds beside its name.
RECORD = {
    "traits": mapped({"type": ["string", "array"]}),
    "figures": mapped(FIGURE),
    "alternatives": mapped(FIGURE),
    "not_stated": listed(TEXT),
    "sources": mapped(shaped(title=TEXT, document=TEXT, date=TEXT, kind=TEXT)),
    "notes": listed(TEXT),
}


def alternatives(record: Record) -> list[Figure]:
    """Figures of other sources, which nothing computes with."""
    found = []
    for name, entry in record.alternatives.items():
        given, unit = entry["value"], entry.get("unit", "")
        value = coherent(given, unit) if isinstance(given, (int, float)) else given
        found.append(
            Figure(
                name,
                value,
                given,
                unit,
                entry["source"],
                entry.get("at", ""),
                entry.get("kind", "published"),
                entry.get("note", ""),
            )
        )
    return found


def _value(columns: tuple[str, ...], value: Any) -> Any:
    if columns:
        return {"columns": list(columns), "rows": [list(row) for row in value]}
    return list(value) if isinstance(value, (list, tuple)) else value


def figure_data(record: Record, figure: Figure) -> dict[str, Any]:
    """A figure in JSON."""
    field = record.type.fields.get(figure.name.split("__")[0])
    columns = field.columns if field else ()
    value, unit = figure.value, field.unit if field and not columns else ""
    if field is None:  # an open record: the unit is its own
        value, unit = figure.given, figure.unit
    return {
        "value": _value(columns, value),
        "unit": unit if unit != "text" else "",
        "given": _value(columns, figure.given),
        "given_unit": figure.unit,
        "meaning": field.meaning if field else "",
        "source": figure.source,
        "at": figure.at,
        "kind": figure.kind,
        "note": figure.note,
    }


def record_data(record: Record) -> dict[str, Any]:
    """Everything that a record says, in JSON."""
    others = alternatives(record)
    used = dict.fromkeys(figure.source for figure in [*record.figures.values(), *others])
    return {
        "traits": {
            key: value if isinstance(value, str) else list(value)
            for key, value in record.traits.items()
        },
        "figures": {name: figure_data(record, figure) for name, figure in record.figures.items()},
        "alternatives": {figure.name: figure_data(record, figure) for figure in others},
        "not_stated": [name for name in record.type.fields if name not in record],
        "sources": {
            key: {k: v for k, v in record.source(key)._asdict().items() if k != "id"}
            for key in used
        },
        "notes": list(record.notes),
    }


def printed(figure: Figure) -> str:
    """A figure as its source prints it."""
    if isinstance(figure.given, (int, float)):
        return f"{plain(figure.given)} {figure.unit}".strip()
    return figure.given if isinstance(figure.given, str) else f"{len(figure.given)} rows"


def _table(figures: Iterable[Figure], numbers: dict[str, int]) -> Table:
    rows, before = [], ("", "")
    for figure in figures:
        place = f"{figure.at} ({figure.note})" if figure.note else figure.at
        if place and (figure.source, place) == before:
            place = "the same"
        else:
            before = (figure.source, place)
        rows.append(
            (
                figure.name,
                printed(figure),
                f"[{numbers[figure.source]}]",
                place or ABSENT,
                figure.kind,
            )
        )
    return Table(("figure", "as printed", "source", "place", "kind"), rows)


def record_document(record: Record) -> Document:
    """A record for people: its figures, each with source and place."""
    data = record_data(record)
    numbers = {key: i for i, key in enumerate(data["sources"], 1)}
    traits = [
        f"{key}: {value if isinstance(value, str) else ', '.join(map(str, value))}"
        for key, value in data["traits"].items()
    ]
    year = [f"year: {record.year}"] if record.year else []
    blocks: list = [
        f"{record.name}. {record.type.meaning}.",
        Bullets([*year, *traits]),
        _table(record.figures.values(), numbers),
    ]
    others = alternatives(record)
    if others:
        blocks += [Heading("Figures of other sources, not computed with"), _table(others, numbers)]
    said = (
        f"[{numbers[key]}] {', '.join(part for part in source.values() if part)}"
        for key, source in data["sources"].items()
    )
    blocks += [Heading("Sources"), Bullets(list(said))]
    if record.notes:
        blocks += [Heading("Notes"), Bullets(list(record.notes))]
    return Document(record.path, blocks)
