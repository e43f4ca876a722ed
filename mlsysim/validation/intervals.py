"""How far a prediction may be off: an 80 % interval for each class of predictions, from rows that were left out."""

from __future__ import annotations

import math
import statistics
import tomllib
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).with_name("intervals.toml")
#: Deviations that hold 80 % of a normal distribution; believed scatter of a source, worth so many sources.
EIGHTY, BELIEVED, WORTH = 1.2816, 0.18, 2.0
#: Scatter inside a source is clipped; coverage that is aimed at where the formula misses it.
CLIPPED, LEAST, MOST, AIM = 0.6, 0.76, 0.86, 0.81
#: Interval of a class that has no rows.
UNKNOWN = 3.0


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
    return {
        name: Interval(e["factor"], e["rows"], e["sources"], e["covered"])
        for name, e in entries.items()
    }


def factor_of(group: str) -> float:
    """The factor of a class; a wide one where nothing of its kind was measured."""
    found = intervals().get(group)
    return found.factor if found else UNKNOWN


def interval(errors: Mapping[str, float], source: Mapping[str, str]) -> Interval:
    """From residuals (logarithm of predicted over measured) and the source of each row."""
    by: dict[str, list[float]] = defaultdict(list)
    for key, error in errors.items():
        by[source[key]].append(error)
    medians = [statistics.median(own) for own in by.values()]
    between = (sum(m * m for m in medians) + WORTH * BELIEVED**2) / (len(medians) + WORTH)
    inside = [
        min(max(error - statistics.median(own), -CLIPPED), CLIPPED)
        for own in by.values()
        for error in own
    ]
    within = sum(x * x for x in inside) / len(inside)
    half = EIGHTY * math.sqrt(between + within)
    sizes = sorted(abs(error) for error in errors.values())
    if not LEAST <= _share(sizes, half) <= MOST:
        half = max(sizes[min(math.ceil(AIM * len(sizes)) - 1, len(sizes) - 1)] * 1.0001, 0.01)
    return Interval(math.exp(half), len(sizes), len(by), _share(sizes, half))


def _share(sizes: list[float], half: float) -> float:
    return sum(size <= half for size in sizes) / len(sizes)


def written(found: Mapping[str, Interval]) -> str:
    """The file of intervals."""
    lines = [
        "# Written by `mlsysim calibrate`: factor up and down that holds 80 % of the rows of sources left out."
    ]
    for name, entry in sorted(found.items()):
        lines += ["", f'["{name}"]', f"factor = {entry.factor:.3f}", f"rows = {entry.rows}"]
        lines += [f"sources = {entry.sources}", f"covered = {entry.covered:.2f}"]
    return "\n".join(lines) + "\n"
