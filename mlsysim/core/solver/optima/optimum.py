"""The frame of every optimiser: what holds, what is best, what no other point beats, and which bound to relax."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ....metrics import METRICS, Metric, resolve
from ....plan import Plan
from ...elementwise import numpy_or_none
from ...errors import InputError
from ...text import plain

Column = Sequence[Any]
EXIT_OK, EXIT_INFEASIBLE = 0, 4


class Bound(NamedTuple):
    """A bound on a metric, in the metric's unit."""

    metric: Metric
    side: str
    limit: float

    def holds(self, value: Any) -> bool:
        """Whether a value keeps it; one that is not known does not."""
        return bool(value <= self.limit if self.side == "max" else value >= self.limit)

    def excess(self, value: Any) -> float:
        """How many times over the bound a value is, in the logarithm; infinite where it is not known."""
        if self.holds(value):
            return 0.0
        if not (value > 0 and self.limit > 0):
            return math.inf
        return abs(math.log(value / self.limit))

    def __str__(self) -> str:
        sign = "<=" if self.side == "max" else ">="
        return f"{self.metric.name} {sign} {self.limit:g} {self.metric.unit}".strip()


#: What every answer must keep: it fits.
FITS = Bound(resolve("memory_load", METRICS), "max", 1.0)


def bounds_of(plan: Plan, metrics: Sequence[Metric] = METRICS) -> list[Bound]:
    """The asserts of a plan as bounds."""
    found = []
    for item in plan.constraints.asserts:
        metric = resolve(item.metric, metrics, "constraints.assert.metric")
        found += [Bound(metric, side, limit) for side, limit in item.limits(metric.unit)]
    return found


def front_metrics(
    text: str, metrics: Sequence[Metric], field: str = "--front"
) -> tuple[Metric, ...]:
    """The metrics of a Pareto front from text such as "latency,tco_usd"."""
    names = [name.strip() for name in text.split(",")]
    if not 2 <= len(set(names)) == len(names) <= 3:
        raise InputError(f"{field}: {text!r} is not two or three metrics, such as latency,tco_usd")
    return tuple(resolve(name, metrics, field) for name in names)


def dearer(value: float, best: float) -> str:
    """How much more a value is than the best: "+18 %"."""
    if value == best:
        return "equal"
    if value != value or best != best:
        return "not known"
    more = 100 * (value / best - 1) if best else math.inf
    return f"{more:+,.0f} %" if abs(more) >= 10 else f"{more:+.2g} %"


class Relaxation(NamedTuple):
    """A bound that must give way, the value that would do, and whether relaxing it alone is enough."""

    bound: Bound
    needed: float
    alone: bool

    def __str__(self) -> str:
        what, unit = self.bound.metric, self.bound.metric.unit
        if what == FITS.metric:
            words = f"memory: the nearest to fitting needs {self.needed:.3g} times what there is"
        else:
            words = f"{what.name}: from {plain(self.bound.limit)} to {plain(self.needed)} {unit}".rstrip()
        return words if self.alone else f"{words} (together with the others)"


def relaxations(columns: Mapping[str, Column], bounds: Sequence[Bound]) -> list[Relaxation]:
    """What must give way when no point keeps all bounds: each bound that alone would do, else the nearest point's."""
    names = [bound.metric.name for bound in bounds]
    rows = [row for row in zip(*(columns[name] for name in names)) if all(v == v for v in row)]
    if not rows or any(all(b.holds(v) for b, v in zip(bounds, row)) for row in rows):
        return []
    alone = []
    for i, bound in enumerate(bounds):
        others = [
            row[i]
            for row in rows
            if all(b.holds(v) for j, (b, v) in enumerate(zip(bounds, row)) if j != i)
        ]
        if others:
            best = min(others) if bound.side == "max" else max(others)
            alone.append(Relaxation(bound, best, True))
    if alone:
        return sorted(alone, key=lambda relaxed: relaxed.bound.excess(relaxed.needed))
    nearest = min(rows, key=lambda row: max(b.excess(v) for b, v in zip(bounds, row)))
    return [Relaxation(b, v, False) for b, v in zip(bounds, nearest) if not b.holds(v)]


def pareto(columns: Sequence[Column], greater: Sequence[bool]) -> list[int]:
    """The points that no other beats in every column, in the order of the first column; of equal ones the first."""
    signed = [[-v if more else v for v in column] for column, more in zip(columns, greater)]
    np = numpy_or_none()
    if np is not None:
        return undominated(np.array(signed, dtype=float))
    points = list(zip(*signed))
    order = sorted(
        (i for i, p in enumerate(points) if all(v == v for v in p)), key=points.__getitem__
    )
    front: list[int] = []
    for i in order:  # sorted by the first column: only an earlier point can beat a later one
        if not any(all(a <= b for a, b in zip(points[j], points[i])) for j in reversed(front)):
            front.append(i)
    return front


def undominated(points: Any) -> list[int]:
    """The same of an array with a row for each axis, less being better."""
    import numpy as np

    order = np.lexsort(points[::-1])
    order = order[(points[:, order] == points[:, order]).all(axis=0)]
    if len(points) == 2 and len(order):
        least = np.minimum.accumulate(points[1, order])
        return [int(i) for i in order[np.r_[True, least[1:] < least[:-1]]]]
    front = []
    while len(order):
        front.append(int(order[0]))
        order = order[(points[:, order] < points[:, order[:1]]).any(axis=0)]
    return front


class Section(NamedTuple):
    """A further table of an answer: its title, the units of its columns, its rows."""

    name: str
    title: str
    units: dict[str, str]
    rows: list[dict[str, Any]]


class Optimum(NamedTuple):
    """The answer of an optimiser: the points that keep every bound, best first; the front; what to relax if none."""

    kind: str
    question: str
    objective: Metric
    #: Names of the columns that were chosen among, and the metrics shown beside them.
    choices: tuple[str, ...]
    metrics: tuple[Metric, ...]
    rows: list[dict[str, Any]]
    compared: int
    feasible: int
    front_of: tuple[Metric, ...]
    front: list[dict[str, Any]]
    relax: list[Relaxation]
    notes: list[str]
    sections: tuple[Section, ...] = ()

    @property
    def best(self) -> dict[str, Any] | None:
        """The first of the rows; None where no point keeps every bound."""
        return self.rows[0] if self.rows else None

    @property
    def exit_code(self) -> int:
        return EXIT_OK if self.rows else EXIT_INFEASIBLE


def optimum(
    kind: str,
    question: str,
    columns: Mapping[str, Column],
    *,
    objective: Metric,
    choices: Sequence[str],
    metrics: Sequence[Metric],
    bounds: Sequence[Bound],
    front_of: Sequence[Metric] = (),
    top: int = 10,
    why: Callable[[dict[str, Any], dict[str, Any]], str] = lambda row, best: "",
    notes: Iterable[str] = (),
    sections: Iterable[Section] = (),
    best_of_each: str = "",
) -> Optimum:
    """Rank points, one column a choice and one a metric by its name; `why` says what a runner-up lacks.

    With `best_of_each`, the name of a choice, only the best point of each value of it is among the rows.
    """
    count = len(columns[objective.name])
    tests = [(bound, columns[bound.metric.name]) for bound in bounds]
    held = [i for i in range(count) if all(bound.holds(values[i]) for bound, values in tests)]
    goal, sign = columns[objective.name], -1 if objective.greater else 1
    known = [i for i in held if goal[i] == goal[i]]
    known.sort(key=lambda i: sign * goal[i])

    def row(i: int) -> dict[str, Any]:
        return {name: _plain(columns[name][i]) for name in (*choices, *(m.name for m in metrics))}

    ranked = known
    if best_of_each:
        firsts: dict[Any, int] = {}
        for i in known:
            firsts.setdefault(columns[best_of_each][i], i)
        ranked = list(firsts.values())
    rows = [row(i) for i in ranked[:top]]
    for entry in rows:
        entry["why"] = why(entry, rows[0]) if entry is not rows[0] else ""
    axes = [[columns[m.name][i] for i in known] for m in front_of]
    front = [row(known[i]) for i in pareto(axes, [m.greater for m in front_of])] if axes else []
    relax = [] if known else relaxations(columns, bounds)
    return Optimum(
        kind,
        question,
        objective,
        tuple(choices),
        tuple(metrics),
        rows,
        count,
        len(known),
        tuple(front_of),
        front,
        relax,
        list(notes),
        tuple(sections),
    )


def _plain(value: Any) -> Any:
    """A number of Python, whole where it is whole."""
    value = value.item() if hasattr(value, "item") else value
    return int(value) if isinstance(value, float) and value.is_integer() else value
