"""What the lists of `mlsysim zoo` show, and how they are filtered and sorted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from operator import eq, ge, gt, le, lt, ne
from typing import Any, NamedTuple

from ..core.errors import InputError, unknown
from ..core.records import Record, RecordType
from ..core.text import plain, readable
from ..core.units import read_quantity
from ..views.document import ABSENT
from .answer import NUMBER, TEXT, Schema, shaped

#: The telling columns of each record type; any other type shows its first figures.
COLUMNS = {
    "Chip": "precision peak mem_capacity mem_bandwidth tdp",
    "Model": "family params layers hidden",
    "Grid": "grid_carbon_intensity electricity_price basis",
    "Facility": "pue wue building_price operator",
    "Node": "accelerator accelerators_per_node scaleup_bandwidth scaleout_bandwidth host_price",
    "Link": "link_bandwidth link_latency lanes medium",
    "Storage": "storage_bandwidth storage_latency storage_capacity storage_price",
    "Fleet": "fleet_chips accelerator fleet_power topology",
    "Part": "scope part_mtbf failure_share annual_failure_share availability_share",
    "Energy": "operation step_energy byte_energy process_node",
    "Sensor": "frame_rate sensors point_rate deadline",
    "Stack": "base step_overhead sequence_overhead reduce_latency_share sustained_share",
    "Kernel": "compute_share memory_share kernel_overhead kernel_corner attention_share",
    "Result": "holds",
}
#: Columns that every type has, and those that are worked out rather than read.
PLAIN = ("path", "group", "id", "name", "year")
MADE = {"Chip": ("peak",), "Model": ("params",), "Result": ("holds",)}
#: How a number stands in JSON.
FIGURE = shaped(
    value={**NUMBER, "description": "in the unit beside it"},
    unit=TEXT,
    given={
        "type": ["number", "null"],
        "description": "as printed in the source; null where worked out",
    },
    given_unit=TEXT,
    kind=TEXT,
)
COLUMN: Schema = {"anyOf": [FIGURE, {"type": ["string", "integer", "null"]}]}
_COMPARE = {">=": ge, "<=": le, "!=": ne, ">": gt, "<": lt, "=": eq}
_COMPARISON = re.compile(r"\s*(\w+)\s*(>=|<=|!=|>|<|=)\s*(.+?)\s*", re.S)


class Number(NamedTuple):
    """A number of a record: coherent, and as printed."""

    value: float
    unit: str
    given: float | None
    given_unit: str
    kind: str


Cell = Number | str | int | None


def columns_of(type: RecordType) -> list[str]:
    """The columns that a list of a record type shows."""
    return COLUMNS.get(
        type.name, " ".join([name for name, f in type.fields.items() if f.unit][:5])
    ).split()


def allowed(type: RecordType) -> list[str]:
    """The columns that a record type has."""
    return [*PLAIN, *MADE.get(type.name, ()), *type.traits, *type.fields]


def look(record: Record, column: str) -> Cell:
    """What a record says in a column."""
    if column in PLAIN:
        return record.path.split(".")[1] if column == "group" else getattr(record, column)
    if column in MADE.get(record.type.name, ()):
        return {"peak": _peak, "params": _params, "holds": _holds}[column](record)
    if column in record.traits:
        trait = record.traits[column]
        return trait if isinstance(trait, str) else ", ".join(map(str, trait))
    if column not in record:
        return None
    figure = record[column]
    if isinstance(figure.value, (int, float)):
        unit = record.type.fields[column].unit if column in record.type.fields else figure.unit
        value = figure.value if column in record.type.fields else figure.given
        return Number(value, unit, figure.given, figure.unit, figure.kind)
    return figure.value if isinstance(figure.value, str) else f"{len(figure.value)} rows"


def _peak(record: Record) -> Cell:
    return look(record, f"peak_{record.traits.get('precision', 'fp16')}")


def _holds(record: Record) -> Cell:
    return ", ".join(record.figures)


def _params(record: Record) -> Cell:
    """Parameters as the graph counts them, or as published."""
    from ..core.graph import NoEquation, solve
    from ..models import networks, transformer  # noqa: F401  both declare equations

    options = {"family": "totals", "attention": "gqa", "mlp": "dense", **record.traits}
    try:
        value = solve(
            ("params",), record.values(), {k: v for k, v in options.items() if isinstance(v, str)}
        )["params"]
    except NoEquation:
        value = float("nan")
    if value == value:
        return Number(value, "", None, "", "derived")
    return look(record, "published_params")


def cell_data(cell: Cell) -> Any:
    """A cell in JSON."""
    return cell._asdict() if isinstance(cell, Number) else cell


def cell_text(cell: Cell, column: str = "") -> str:
    """A cell for people: figures that are no published ones are marked."""
    if isinstance(cell, Number):
        if column in ("params", "published_params"):
            return short(cell.value)
        text = f"{cell.value:g}" if column == "data_year" else readable(cell.value, cell.unit)
        if "e-" in text and cell.given is not None:
            text = f"{plain(cell.given)} {cell.given_unit}"
        return text + {"unverified": "?", "estimate": "~"}.get(cell.kind, "")
    return ABSENT if cell in (None, "") else str(cell)


def short(count: float) -> str:
    """A large count as people say it: 8.03 B."""
    for size, letter in ((1e12, " T"), (1e9, " B"), (1e6, " M"), (1e3, " k")):
        if count >= size:
            return plain(count / size) + letter
    return plain(count)


def sort_key(record: Record, column: str) -> tuple:
    """Numbers by size, words by alphabet, what is not known last."""
    cell = look(record, column)
    if isinstance(cell, Number):
        return (0, cell.value, "")
    return (
        (2, 0, "")
        if cell is None
        else (1, 0, cell.casefold())
        if isinstance(cell, str)
        else (0, cell, "")
    )


def keeps(record: Record, wanted: str) -> bool:
    """Whether a record passes a filter: words in its name, or a comparison such as "mem_capacity>=80 GiB"."""
    match = _COMPARISON.fullmatch(wanted)
    if match is None:
        return wanted.casefold() in f"{record.path} {record.name}".casefold()
    column, sign, text = match.groups()
    cell = look(record, column)
    if cell is None:
        return False
    if isinstance(cell, str):
        if sign not in ("=", "!="):
            raise InputError(
                f"--filter: {column} is words, which can be compared with = or != only"
            )
        return _COMPARE[sign](cell.casefold(), text.casefold())
    unit = cell.unit if isinstance(cell, Number) else ""
    return bool(
        _COMPARE[sign](
            cell.value if isinstance(cell, Number) else cell,
            read_quantity(text, unit, f"--filter {column}"),
        )
    )


def check(columns: Iterable[str], types: list[RecordType], option: str) -> None:
    """Refuse a column that no record type listed has."""
    known = dict.fromkeys(name for kind in types for name in allowed(kind))
    for column in columns:
        if column not in known and not any(kind.open for kind in types):
            raise unknown(option, column, known)


def compared(filters: Iterable[str]) -> list[str]:
    """The columns that filters compare."""
    return [match[1] for text in filters if (match := _COMPARISON.fullmatch(text))]
