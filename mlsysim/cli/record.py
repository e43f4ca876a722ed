"""One record of a registry with every figure and its source."""

from __future__ import annotations

from typing import Any

from ..core.records import KINDS, Figure, Record
from ..views.record import alternatives
from .answer import NUMBER, TEXT, Schema, choice, listed, mapped, shaped

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
