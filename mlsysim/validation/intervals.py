"""Make an 80 % interval from rows that were left out."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Mapping

from ..intervals import EIGHTY, Interval

#: Believed scatter of a source, worth so many sources.
BELIEVED, WORTH = 0.18, 2.0
#: Scatter inside a source is clipped; coverage that is aimed at where the formula misses it.
CLIPPED, LEAST, MOST, AIM = 0.6, 0.76, 0.86, 0.81


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
