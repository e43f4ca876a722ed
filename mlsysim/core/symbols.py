"""Symbols: every quantity has one name, one unit and one meaning, declared by whoever produces it."""

from __future__ import annotations

from typing import NamedTuple


class Symbol(NamedTuple):
    """A quantity: name, unit, LaTeX, meaning, the module that defines it, its table if a column."""

    name: str
    unit: str
    latex: str
    meaning: str
    home: str
    table: str = ""


SYMBOLS: dict[str, Symbol] = {}

#: What the last word of a name says about the unit; a test holds every symbol to it.
SUFFIXES = {
    "time": "s",
    "latency": "s",
    "overhead": "s",
    "lifetime": "s",
    "duration": "s",
    "mtbf": "s",
    "rate": ("1/s", "flop/s", "USD/s"),
    "bandwidth": "byte/s",
    "bytes": "byte",
    "width": ("byte", ""),
    "capacity": "byte",
    "flop": "flop",
    "share": "",
    "chance": "",
    "load": "",
    "energy": ("J", "J/byte"),
    "power": "W",
    "cost": "USD",
    "carbon": "gCO2e",
    "price": ("USD", "USD/s", "USD/J", "USD/W", "USD/byte", "USD/byte/s"),
    "len": "",
    "tokens": "",
    "batch": "",
    "intensity": ("flop/byte", "gCO2e/J"),
}


def declare(symbol: Symbol) -> None:
    """Add a symbol; the same name twice must mean the same quantity."""
    known = SYMBOLS.setdefault(symbol.name, symbol)
    if (known.unit, known.table) != (symbol.unit, symbol.table):
        raise ValueError(
            f"{symbol.name} is defined twice: in {known.unit!r} by {known.home} and in {symbol.unit!r} by {symbol.home}"
        )
