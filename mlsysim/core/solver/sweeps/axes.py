"""Axes of a sweep: numbers, names of records, or options, from lists, arrays or text such as "1:4096:log"."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from ....plan import PARTS, Plan, read_plan
from ...errors import InputError
from ...symbols import SYMBOLS
from ...units import read_quantity
from ..keys import place, with_values

#: Keys of a plan whose numbers enter the graph as they stand, so that a whole array of them can.
DIRECT = (
    ("workload", "batch_size"),
    ("workload", "prefill_batch"),
    ("workload", "seq_len"),
    ("workload", "output_len"),
    ("hardware", "fabric_bandwidth"),
    ("hardware", "efficiency"),
    ("ops", "duration_days"),
    ("ops", "utilisation"),
    ("ops", "price_per_hour"),
)
#: Points of a range of numbers that does not say how many; most whole numbers that are taken one by one.
POINTS, MOST_WHOLE = 33, 1024
FEW = 100  # numbers up to which each is read on its own
MOST_POINTS = 10**9

Given = str | Iterable[Any]


class Axis(NamedTuple):
    """A name, the place in the plan that it sets, and its values; of a range also its ends and its scale."""

    name: str
    place: tuple[str, ...]
    values: tuple[Any, ...]
    ends: tuple[float, float] | None = None
    log: bool = False

    @property
    def direct(self) -> bool:
        """Whether the values may enter the graph as an array."""
        numbers = all(isinstance(value, (int, float)) for value in self.values)
        return numbers and (self.place in DIRECT or self.place[0] == "inputs")

    @property
    def whole(self) -> bool:
        """Whether the values are counts."""
        return whole(self.place)


def read_axes(plan: Plan, over: Mapping[str, Given]) -> tuple[Axis, ...]:
    """The axes of a sweep, each value checked as the plan would check it."""
    axes = tuple(read_axis(plan, name, given) for name, given in over.items())
    places = [axis.place for axis in axes]
    for axis in axes:
        if places.count(axis.place) > 1:
            raise InputError(f"over.{axis.name}: two axes set {'.'.join(axis.place)}")
    return axes


def read_axis(plan: Plan, name: str, given: Given) -> Axis:
    """One axis: a list, an array, a range, or text: values set apart by commas, or low:high[:log][:count]."""
    where = place(name, "over")
    if isinstance(given, str):
        parts = [part.strip() for part in given.split(",")]
        ranged = len(parts) == 1 and ":" in given and _ranged(where)
        if ranged:
            return _range(plan, name, where, given)
    else:
        parts = [_name(value) for value in (given.tolist() if hasattr(given, "tolist") else given)]
    if not parts or "" in parts:
        raise InputError(f"over.{name}: {given!r} has no value, or an empty one")
    return Axis(name, where, _checked(plan, name, where, parts))


def _name(value: Any) -> Any:
    """A record by its path, a number of numpy as one of Python; anything else as it is."""
    return value.item() if hasattr(value, "item") else getattr(value, "path", value)


def _ranged(where: tuple[str, ...]) -> bool:
    """Whether a place takes numbers, so that a colon makes a range."""
    return where[0] == "inputs" or "float" in _kind(where) or "int" in _kind(where)


@cache
def _kind(where: tuple[str, ...]) -> str:
    return str(PARTS[where[0]].model_fields[where[1]].annotation) if where[0] in PARTS else ""


def whole(where: tuple[str, ...]) -> bool:
    """Whether a place in a plan takes counts only."""
    return "int" in _kind(where) and "float" not in _kind(where)


def _range(plan: Plan, name: str, where: tuple[str, ...], given: str) -> Axis:
    field = f"over.{name}"
    low_text, high_text, *rest = (part.strip() for part in given.split(":"))
    counts = [part for part in rest if part != "log"]
    log = "log" in rest
    if len(rest) > 2 or len(counts) > 1 or not all(part.isdigit() for part in counts):
        raise InputError(
            f"{field}: {given!r} is not of the form low:high, low:high:log or low:high:log:50"
        )
    low, high = (float(v) for v in _checked(plan, name, where, [low_text, high_text]))
    if not low < high:
        raise InputError(f"{field}: {low:g} is not below {high:g}")
    if log and not low > 0:
        raise InputError(f"{field}: a logarithmic range starts above 0, not at {low:g}")
    values = _spread(low, high, log, int(counts[0]) if counts else None, whole(where))
    return Axis(name, where, values, (low, high), log)


def _spread(
    low: float, high: float, log: bool, count: int | None, whole: bool
) -> tuple[float, ...]:
    """Values from low to high: `count` of them, else doublings, whole numbers, or a usual number of steps."""
    if count is not None and not 2 <= count <= MOST_POINTS:
        raise InputError(
            f"a range has at least 2 points and at most {MOST_POINTS:,}, not {count:,}"
        )
    if count is None and log and whole:
        doubled = [low * 2.0**i for i in range(int(math.log2(high / low)) + 1)]
        return tuple(doubled if doubled[-1] == high else [*doubled, high])
    if count is None and whole and high - low < MOST_WHOLE:
        count = int(high - low) + 1
    steps = (count or POINTS) - 1
    if log:
        found = [low * (high / low) ** (i / steps) for i in range(steps)]
    else:
        found = [low + (high - low) * i / steps for i in range(steps)]
    found.append(high)
    return tuple(dict.fromkeys(float(round(v)) for v in found)) if whole else tuple(found)


def _checked(plan: Plan, name: str, where: tuple[str, ...], values: list[Any]) -> tuple[Any, ...]:
    """Values as the plan reads them; the first that it refuses, in its own words."""
    if where[0] == "inputs":
        unit = SYMBOLS[where[1]].unit
        found = tuple(read_quantity(value, unit, f"over.{name}") for value in values)
    elif len(values) > FEW and all(isinstance(value, (int, float)) for value in values):
        found = tuple(map(float, values))  # bounds are intervals: the ends stand for all
        counts = whole(where)
        uneven = [v for v in found if v != v or (counts and v % 1)]
        read_plan(with_values(plan, {name: uneven[0] if uneven else found[0]}), f"over.{name}")
    else:
        return tuple(_read(plan, name, where, value) for value in values)
    for value in (min(found), max(found)):
        read_plan(with_values(plan, {name: value}), f"over.{name}")
    return found


def _read(plan: Plan, name: str, where: tuple[str, ...], value: Any) -> Any:
    try:
        return _adapter(where).validate_python(value)
    except ValidationError:
        read_plan(with_values(plan, {name: value}), f"over.{name}")
        raise


@cache
def _adapter(where: tuple[str, ...]) -> TypeAdapter:
    field = PARTS[where[0]].model_fields[where[1]]
    return TypeAdapter(field.rebuild_annotation())


# ---- points that are not a grid
def zipped(axes: tuple[Axis, ...]) -> tuple[Axis, ...]:
    """Axes that go side by side: of one length, those of one value repeated."""
    lengths = {len(axis.values) for axis in axes} - {1}
    if len(lengths) > 1:
        told = ", ".join(f"{axis.name} has {len(axis.values):,}" for axis in axes)
        raise InputError(f"over: axes that go side by side must be of one length; {told}")
    count = max((len(axis.values) for axis in axes), default=1)
    return tuple(
        axis._replace(values=axis.values * (count if len(axis.values) == 1 else 1)) for axis in axes
    )


def sampled(axes: tuple[Axis, ...], how: str, count: int, seed: int) -> tuple[Axis, ...]:
    """Points drawn at random, or by a Latin hypercube: between the ends of a range, among the values of a list."""
    if count < 1:
        raise InputError(f"sample: {count} points are none")
    draws = _latin(len(axes), count, seed) if how == "latin" else _random(len(axes), count, seed)
    return tuple(axis._replace(values=_drawn(axis, draw)) for axis, draw in zip(axes, draws))


def _random(columns: int, count: int, seed: int) -> list[list[float]]:
    source = random.Random(seed)
    return [[source.random() for _ in range(count)] for _ in range(columns)]


def _latin(columns: int, count: int, seed: int) -> list[list[float]]:
    try:
        from scipy.stats import qmc
    except ImportError:
        raise InputError("sample: a Latin hypercube needs scipy; install mlsysim[sweep]") from None
    return qmc.LatinHypercube(d=columns, rng=seed).random(count).T.tolist()


def _drawn(axis: Axis, draw: list[float]) -> tuple[Any, ...]:
    if axis.ends is None:
        last = len(axis.values) - 1
        return tuple(axis.values[min(int(u * len(axis.values)), last)] for u in draw)
    low, high = axis.ends
    found = [low * (high / low) ** u if axis.log else low + (high - low) * u for u in draw]
    return tuple(float(round(v)) for v in found) if axis.whole else tuple(found)


def grouped(axes: tuple[Axis, ...], by: list[Axis]) -> tuple[tuple[Axis, ...], list[int]]:
    """Points side by side set in groups that agree in the axes `by`, and where each stood before."""
    keys = list(zip(*(axis.values for axis in by)))
    first = {key: i for i, key in reversed(list(enumerate(keys)))}
    order = sorted(range(len(axes[0].values)), key=(lambda i: first[keys[i]]) if by else None)
    moved = [axis._replace(values=tuple(axis.values[i] for i in order)) for axis in axes]
    return tuple(moved), order
