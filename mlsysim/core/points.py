"""Symbols at many points: at once where numpy is, else one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .elementwise import numpy_or_none
from .graph import plan

Columns = Mapping[str, Sequence[float]]


def as_array(column: Sequence[float]) -> Any:
    """A column as an array of numbers where numpy is, else as it is."""
    np = numpy_or_none()
    return column if np is None else np.asarray(column, dtype=float)


def arrays_at(
    symbols: Iterable[str],
    given: Mapping[str, Any],
    options: Mapping[str, str],
    columns: Columns,
    few: int = 0,
) -> dict[str, Any]:
    """Symbols at every point, some inputs a column each: arrays, or lists where there is no numpy or `few` points."""
    asked = plan({symbol: symbol for symbol in symbols}, {*given, *columns}, options)
    np, count = numpy_or_none(), max(map(len, columns.values()), default=1)
    if np is None or count < few:
        rows = zip(*(map(float, column) for column in columns.values()))
        runs = [asked.run({**given, **dict(zip(columns, row))}) for row in rows]
        return {s: [slots[slot] for slots in runs] for s, slot in asked.wanted.items()}
    with np.errstate(all="ignore"):
        slots = asked.run({**given, **{name: as_array(c) for name, c in columns.items()}})
    return {
        symbol: np.broadcast_to(np.asarray(slots[slot], float), count)
        for symbol, slot in asked.wanted.items()
    }


def at_points(
    symbols: Iterable[str],
    given: Mapping[str, Any],
    options: Mapping[str, str],
    columns: Columns,
    few: int = 0,
) -> dict[str, list[float]]:
    """Symbols at every point as lists of plain numbers."""
    found = arrays_at(symbols, given, options, columns, few)
    return {s: v.tolist() if hasattr(v, "tolist") else v for s, v in found.items()}
