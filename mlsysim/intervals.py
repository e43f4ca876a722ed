"""How far a prediction may be off: an 80 % interval for each class of predictions, as `mlsysim calibrate` wrote it."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).with_name("intervals.toml")
#: Deviations that hold 80 % of a normal distribution, and the factor of a class that has no rows.
EIGHTY, UNKNOWN = 1.2816, 3.0


class Interval(NamedTuple):
    """Factor up and down, the rows and sources it comes from, and the share of those rows inside it."""

    factor: float
    rows: int
    sources: int
    covered: float


@cache
def intervals() -> dict[str, Interval]:
    """The interval of every class of predictions."""
    entries = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {name: Interval(**entry) for name, entry in entries.items()}


def factor_of(group: str) -> float:
    """The factor of a class; a wide one where nothing of its kind was measured."""
    found = intervals().get(group)
    return found.factor if found else UNKNOWN
