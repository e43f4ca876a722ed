"""The layout of a model on its chips: all of them are compared, so that the best is the best.

Layouts are columns of arrays, evaluated in pieces; the options that choose equations (ZeRO, recomputation) are contexts
of one question, so that what they do not touch is computed once. Of each piece only what an answer can need is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from ....layout import check
from ....metrics import Metric, metrics_of, resolve
from ....plan import Plan, read_plan
from ....scenario import Scenario
from ...elementwise import NAN, numpy_or_none
from ...errors import InputError
from ...graph import At, Wanted
from ...graph import plan as graph_plan
from ...text import plain
from . import losses
from .layouts import COLUMNS, DEGREES, SETTINGS, degrees, rows, settings, space_of
from .optimum import FITS, Bound, Optimum, Section, bounds_of, front_metrics, optimum, undominated

#: Layouts of a piece: rows times settings.
PIECE = 2**16
FRONT = "latency,memory_gib"
SHOWN = ("latency", "mfu", "memory_gib", "memory_load")
MOST_BEYOND = 5
Row = tuple[int, ...]


class Search:
    """A question: the scenario, its settings, what is wanted of each layout and what it must keep."""

    def __init__(
        self,
        scenario: Scenario,
        objective: Metric,
        bounds: Sequence[Bound],
        front: Sequence[Metric],
    ):
        self.scenario, self.settings = scenario, settings(scenario)
        self.objective, self.bounds, self.front = objective, bounds, front
        self.answers = self.asking((objective, *(bound.metric for bound in bounds), *front))

    def asking(self, metrics: Iterable[Metric]) -> Callable[[Sequence[Row]], dict[str, Any]]:
        """Answers on rows: for each metric a table, a line a setting; in arrays where numpy is, else in lists."""
        named = {metric.name: metric for metric in metrics}
        lines, given = range(len(self.settings)), self.scenario.given
        wanted: dict[Any, Wanted] = {
            (name, i): At(metric.symbol, **self.settings[i])
            for name, metric in named.items()
            for i in lines
        }
        asked = graph_plan(wanted, {*given, *COLUMNS}, self.scenario.options)
        np = numpy_or_none()

        def one_by_one(found: Sequence[Row]) -> dict[str, Any]:
            slots = [asked.run({**given, **dict(zip(COLUMNS, map(float, r)))}) for r in found]
            return {
                name: [[s[asked.wanted[name, i]] * m.scale for s in slots] for i in lines]  # type: ignore[index]
                for name, m in named.items()
            }

        def at_once(found: Sequence[Row]) -> dict[str, Any]:
            columns = dict(zip(COLUMNS, np.array(found, dtype=float).T))
            with np.errstate(all="ignore"):
                slots = asked.run({**given, **columns})
            return {
                name: np.array(
                    [
                        np.broadcast_to(slots[asked.wanted[name, i]], len(found)) * m.scale  # type: ignore[index]
                        for i in lines
                    ],
                    dtype=float,
                )
                for name, m in named.items()
            }

        return one_by_one if np is None else at_once


def pieces(search: Search, found: Iterator[Row]) -> Iterator[tuple[list[Row], dict[str, Any]]]:
    """Rows by the piece, and their answers."""
    size = max(PIECE // len(search.settings), 1)
    while piece := list(islice(found, size)):
        yield piece, search.answers(piece)


class Kept(NamedTuple):
    """Layouts that an answer can need: a row and the number of its setting."""

    row: Row
    setting: int


def parallelism(
    plan: Plan | Mapping[str, Any], metric: str = "latency", *, top: int = 10, front: str = FRONT
) -> Optimum:
    """The best layout of a plan, by the time of a step or another metric, among those that fit and keep its asserts.

    Degrees that the plan gives stay fixed. Beside the best stand the best layouts of other degrees, with what makes
    each worse, and those that would be faster if a bound gave way.
    """
    search, own = asked(plan if isinstance(plan, Plan) else read_plan(dict(plan)), metric, front)
    space = space_of(search.scenario)
    shapes = degrees(space)
    kept, compared, feasible = _kept(search, rows(space, shapes), len(shapes) > 1)
    if not compared:
        raise InputError(
            f"parallelism: no layout with {space.fixed} exists on {space.chips:,} accelerators"
        )
    return _answer(search, kept, own, top, len(shapes) > 1)._replace(
        compared=compared, feasible=feasible
    )


def asked(
    plan: Plan, metric: str = "latency", front: str = FRONT
) -> tuple[Search, Sequence[Metric]]:
    """The question that a plan asks, and the metrics that its scenario has."""
    scenario = Scenario(plan)
    check(scenario)
    own = metrics_of(scenario)
    axes, bounds = front_metrics(front, own, "front"), [FITS, *bounds_of(plan, own)]
    return Search(scenario, resolve(metric, own), bounds, axes), own


# ---- searching
def _kept(search: Search, found: Iterator[Row], many: bool) -> tuple[list[Kept], int, int]:
    """What an answer can need of all layouts, how many there are, and how many keep every bound."""
    kept: list[Kept] = []
    compared = feasible = 0
    for piece, values in pieces(search, found):
        compared += len(piece) * len(search.settings)
        if numpy_or_none() is None or not many:
            lines = range(len(search.settings))
            kept += [Kept(row, i) for row in piece for i in lines]
            feasible += sum(
                all(b.holds(values[b.metric.name][i][j]) for b in search.bounds)
                for j in range(len(piece))
                for i in lines
            )
            continue
        chosen, held = _reduced(search, piece, values)
        kept += chosen
        feasible += held
    return kept, compared, feasible


def _reduced(search: Search, piece: list[Row], values: dict[str, Any]) -> tuple[list[Kept], int]:
    """Of a piece: the best of each set of degrees, the front, and what comes nearest among those that break a bound."""
    import numpy as np

    goal = values[search.objective.name] * (-1 if search.objective.greater else 1)
    keeps = [_holds(bound, values[bound.metric.name]) for bound in search.bounds]
    held = np.logical_and.reduce(keeps) & (goal == goal)
    chosen = set(_firsts(np.where(held, goal, np.inf), piece))
    axes = [values[m.name] * (-1 if m.greater else 1) for m in search.front]
    chosen |= set(_undominated(axes, held))
    broken = ~held & (goal == goal)
    excess = np.maximum.reduce(
        [_excess(bound, values[bound.metric.name]) for bound in search.bounds]
    )
    chosen |= set(_undominated([goal, excess], broken))
    for j, bound in enumerate(search.bounds):
        others = [k for i, k in enumerate(keeps) if i != j]
        rest = np.logical_and.reduce([goal == goal, *others])
        column = values[bound.metric.name] * (1 if bound.side == "max" else -1)
        column = np.where(rest & (column == column), column, np.inf)
        if column.min() < np.inf:
            chosen.add(int(column.argmin()))
    count = len(piece)
    return [Kept(piece[i % count], i // count) for i in sorted(chosen)], int(held.sum())


def _holds(bound: Bound, values: Any) -> Any:
    return values <= bound.limit if bound.side == "max" else values >= bound.limit


def _excess(bound: Bound, values: Any) -> Any:
    """How many times over a bound each value is, in the logarithm."""
    import numpy as np

    with np.errstate(all="ignore"):
        over = np.abs(np.log(values / bound.limit))
    return np.where(_holds(bound, values), 0.0, np.where(over == over, over, np.inf))


def _firsts(goal: Any, piece: list[Row]) -> list[int]:
    """The least of each set of degrees; infinite ones are none."""
    import numpy as np

    shapes = np.array([row[: len(DEGREES)] for row in piece])
    starts = np.flatnonzero(np.r_[True, (shapes[1:] != shapes[:-1]).any(axis=1)])
    column = goal.min(axis=0)
    least = np.repeat(np.minimum.reduceat(column, starts), np.diff(np.r_[starts, len(piece)]))
    hits = np.flatnonzero((column == least) & (column < np.inf))
    _, first = np.unique(np.searchsorted(starts, hits, side="right"), return_index=True)
    return [int(goal[:, i].argmin()) * len(piece) + int(i) for i in hits[first]]


def _undominated(axes: Sequence[Any], held: Any) -> list[int]:
    """Points that hold and that no other beats on every axis, less being better; of equal ones the first."""
    import numpy as np

    where = np.flatnonzero(held)
    return [int(i) for i in where[undominated(np.array([axis.ravel()[where] for axis in axes]))]]


# ---- answering
def _answer(
    search: Search, kept: list[Kept], own: Sequence[Metric], top: int, many: bool
) -> Optimum:
    """The frame's answer over what was kept."""
    shown = dict.fromkeys((search.objective, *(b.metric for b in search.bounds), *search.front))
    names = {metric.name for metric in own}
    shown |= dict.fromkeys(resolve(name, own) for name in SHOWN if name in names)
    metrics = {metric.name: metric for metric in shown}
    found = list(dict.fromkeys(kept))
    unique = list(dict.fromkeys(one.row for one in found))
    place = {row: i for i, row in enumerate(unique)}
    values = search.asking(metrics.values())(unique)
    columns: dict[str, Any] = {
        name: [float(table[one.setting][place[one.row]]) for one in found]
        for name, table in values.items()
    }
    columns |= {name: [one.row[i] for one in found] for i, name in enumerate(COLUMNS)}
    chosen = [search.settings[one.setting] for one in found]
    columns["zero"] = [int(setting["zero"]) for setting in chosen]
    columns["recompute"] = [setting["recompute"] for setting in chosen]
    alike = DEGREES if many else ("microbatch", "recompute")
    columns["alike"] = list(zip(*(columns[name] for name in alike)))
    answer = optimum(
        "parallelism",
        _question(search.scenario),
        columns,
        objective=search.objective,
        choices=_choices(search.scenario),
        metrics=list(metrics.values()),
        bounds=search.bounds,
        front_of=search.front,
        top=top,
        best_of_each="alike",
        why=lambda row, best: why(search, row, best),
        notes=[*_notes(search.scenario), *_nearest(search, columns)],
    )
    beyond = _beyond(search, columns, answer)
    return answer._replace(sections=(beyond,)) if beyond.rows else answer


def _choices(scenario: Scenario) -> list[str]:
    """What is chosen among: what no layout of the scenario has is left out."""
    names = ["tp", "pp", "dp"]
    if scenario.training and scenario.family in ("transformer", "encoder"):
        names.insert(1, "cp")
    if scenario.options["mlp"] == "moe" or scenario.family == "dlrm":
        names.append("ep")
    return [*names, "microbatch", "virtual_stages", *SETTINGS] if scenario.training else names


def _question(scenario: Scenario) -> str:
    work = scenario.plan.workload
    length = f", {scenario.given['seq_len']:,.0f} tokens" if scenario.language else ""
    return (
        f"{scenario.model.name}, {work.mode}, batch {work.batch_size:,}{length}, "
        f"on {scenario.given['chips']:,.0f} x {scenario.chip.name}"
    )


def _notes(scenario: Scenario) -> list[str]:
    given = scenario.plan.parallelism.model_dump(exclude_unset=True)
    kept = ", ".join(f"{name} {value}" for name, value in given.items() if value is not None)
    return [f"kept as the plan has it: {kept}"] if kept else []


def _nearest(search: Search, columns: Mapping[str, Any]) -> list[str]:
    """Where no layout keeps every bound, the one that comes nearest."""
    tests = [(bound, columns[bound.metric.name]) for bound in search.bounds]
    count = range(len(columns["tp"]))
    over = [max(bound.excess(column[i]) for bound, column in tests) for i in count]
    i = min(count, key=over.__getitem__)
    if not 0 < over[i] < float("inf"):
        return []
    said = ", ".join(f"{name} {columns[name][i]}" for name in _choices(search.scenario))
    broken = (_over(bound, column[i]) for bound, column in tests if not bound.holds(column[i]))
    return [f"nearest to keeping every bound is {said}: {', '.join(broken)}"]


def laid(scenario: Scenario, row: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The inputs and options of the graph under a layout."""
    chosen = {name: float(row[name]) for name in COLUMNS if name in row}
    free = {"ep": 1.0, "microbatch": 1.0, **scenario.given, **chosen}
    options = {name: str(row.get(name, default)) for name, default in zip(SETTINGS, ("0", "none"))}
    return free, {**scenario.options, **options}


def why(search: Search, row: Mapping[str, Any], best: Mapping[str, Any]) -> str:
    """What a layout has more of than the best, in the order of its weight."""
    name, told = search.objective.name, []
    change = row[name] / best[name] - 1 if best[name] else NAN
    if change == change:
        told.append(losses.percent(change))
    one, other = (losses.terms(*laid(search.scenario, entry)) for entry in (row, best))
    parts = losses.words(losses.shares(one, other))
    said = search.objective.symbol == "step_time" or not parts
    told.append(parts if said else f"of the step: {parts}")
    return ": ".join(filter(None, told))


def _beyond(search: Search, columns: Mapping[str, Any], answer: Optimum) -> Section:
    """Layouts better than the best that break a bound, the nearest to keeping it first, one for each set of degrees."""
    goal, sign = columns[search.objective.name], -1 if search.objective.greater else 1
    best = answer.best
    tests = [(bound, columns[bound.metric.name]) for bound in search.bounds]
    found: dict[Any, tuple[float, int]] = {}
    for i, value in enumerate(goal):
        over = max(bound.excess(column[i]) for bound, column in tests)
        better = best is not None and sign * value < sign * best[search.objective.name]
        if over > 0 and better and over < found.get(columns["alike"][i], (float("inf"), 0))[0]:
            found[columns["alike"][i]] = (over, i)
    names, units = answer.choices, {metric.name: metric.unit for metric in answer.metrics}
    told = []
    for _, i in sorted(found.values())[:MOST_BEYOND]:
        row = {name: columns[name][i] for name in (*names, *units)}
        broken = [_over(bound, column[i]) for bound, column in tests if not bound.holds(column[i])]
        said = {"layout": ", ".join(f"{name} {row[name]}" for name in names)}
        said |= {metric.name: row[metric.name] for metric in (search.objective, *_bounded(search))}
        told.append({**said, "why": f"{', '.join(broken)}; {why(search, row, best or row)}"})
    return Section("beyond", "Better, but a bound is broken", units, told)


def _bounded(search: Search) -> list[Metric]:
    return [bound.metric for bound in search.bounds]


def _over(bound: Bound, value: float) -> str:
    """How a bound is broken, in words."""
    if bound == FITS:
        return f"memory {value:.2f} times over"
    side = "above" if bound.side == "max" else "below"
    limit = f"{plain(bound.limit)} {bound.metric.unit}".rstrip()
    return f"{bound.metric.name} {plain(value)} is {side} {limit}"
