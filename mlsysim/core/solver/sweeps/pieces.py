"""A piece of a sweep: some tens of thousands of points that are evaluated together, here or on another machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from math import prod
from typing import Any, NamedTuple

from ....evaluation import Evaluation
from ....layout import DEGREES, candidates, check, settings
from ....metrics import METRICS, Metric, metrics_of, resolve
from ....plan import Plan, read_plan
from ....scenario import Scenario
from ...elementwise import numpy_or_none
from ...errors import InputError
from ...graph import NoEquation, solve
from ..keys import with_values
from .axes import Axis, whole

#: Points of a piece: arrays of this size stay in the cache of a core and the costs of a call are spread thin.
PIECE = 2**16
MODE, BATCH = ("workload", "mode"), ("workload", "batch_size")
STATUSES = ("fits", "does not fit", "not known", "refused")
FITS, UNFIT, UNKNOWN, REFUSED = range(4)
NAN = float("nan")

Values = Mapping[str, Any]


class Piece(NamedTuple):
    """Points of one plan: keys with one value each, and keys with many, as a grid or side by side."""

    plan: Plan
    metrics: tuple[str, ...]
    fixed: dict[str, Any]
    moved: dict[str, tuple[float, ...]]
    places: dict[str, tuple[str, ...]]
    grid: bool

    @property
    def shape(self) -> tuple[int, ...]:
        lengths = [len(values) for values in self.moved.values()]
        return tuple(lengths if self.grid else lengths[:1])


class Answered(NamedTuple):
    """What a piece answers: columns of one length, the status of each point, and why points were refused."""

    columns: dict[str, Any]
    status: Any
    refused: dict[str, int]


# ---- cutting
def pieces_of(
    plan: Plan, axes: tuple[Axis, ...], metrics: tuple[str, ...], grid: bool
) -> Iterator[Piece]:
    """The pieces of a sweep, in the order of its points."""
    direct = [axis for axis in axes if enters(plan, axis, axes)]
    other = [axis for axis in axes if axis not in direct]
    places = {axis.name: axis.place for axis in direct}
    if not grid:
        yield from _side_by_side(plan, direct, other, metrics, places)
        return
    for combination in product(*(axis.values for axis in other)):
        fixed = dict(zip((axis.name for axis in other), combination))
        for box in boxes([len(axis.values) for axis in direct], PIECE):
            moved = {axis.name: axis.values[part] for axis, part in zip(direct, box)}
            yield Piece(plan, metrics, fixed, moved, places, True)


def ordered(plan: Plan, axes: tuple[Axis, ...]) -> tuple[Axis, ...]:
    """Axes from the slowest to the fastest: those of which every value needs a scenario of its own come first."""
    return tuple(sorted(axes, key=lambda axis: _numbers(plan, axis, axes)))


def enters(plan: Plan, axis: Axis, axes: tuple[Axis, ...]) -> bool:
    """Whether an axis enters the graph as an array, where there are arrays."""
    return numpy_or_none() is not None and _numbers(plan, axis, axes)


def _numbers(plan: Plan, axis: Axis, axes: tuple[Axis, ...]) -> bool:
    """Whether one scenario serves all values of an axis. The micro-batches to choose among hang on the batch."""
    trains = plan.workload.mode == "training" or any(a.place == MODE for a in axes)
    open_sizes = trains and plan.parallelism.microbatch is None
    return axis.direct and not (axis.place == BATCH and open_sizes)


def _side_by_side(
    plan: Plan, direct: list[Axis], other: list[Axis], metrics: tuple[str, ...], places: dict
) -> Iterator[Piece]:
    """Neighbours that differ in arrays only make a piece."""
    count = len((direct + other)[0].values)
    start = 0
    while start < count:
        same = [axis.values[start] for axis in other]
        end = start + 1
        while end < min(count, start + PIECE) and [a.values[end] for a in other] == same:
            end += 1
        moved = {axis.name: axis.values[start:end] for axis in direct}
        fixed = dict(zip((axis.name for axis in other), same))
        yield Piece(plan, metrics, fixed, moved, places, False)
        start = end


def boxes(lengths: list[int], most: int) -> Iterator[tuple[slice, ...]]:
    """A grid cut into boxes of at most `most` points, in the order of its points."""
    cut = next((i for i in range(len(lengths)) if prod(lengths[i + 1 :]) <= most), len(lengths))
    if cut == len(lengths):
        yield ()
        return
    step = max(most // prod(lengths[cut + 1 :]), 1)
    tail = tuple(slice(0, length) for length in lengths[cut + 1 :])
    for head in product(*(range(length) for length in lengths[:cut])):
        for start in range(0, lengths[cut], step):
            end = min(start + step, lengths[cut])
            yield (*(slice(i, i + 1) for i in head), slice(start, end), *tail)


# ---- answering
def answer(piece: Piece) -> Answered:
    """The metrics of every point; a combination that no system can have is refused, not an error of the sweep."""
    count = prod(piece.shape)
    try:
        changed = with_values(piece.plan, piece.fixed)
        plan = read_plan(changed, "sweep")
        found, status = _arrays(plan, piece) if piece.moved else _point(plan, piece.metrics)
        refused = {}
    except InputError as error:
        found, status = dict.fromkeys(piece.metrics, NAN), REFUSED
        refused = {str(error).removeprefix("sweep: "): count}
    columns = {**_axis_columns(piece), **found}
    return Answered(
        {name: _filled(v, count) for name, v in columns.items()}, _filled(status, count), refused
    )


def _filled(value: Any, count: int) -> Any:
    if hasattr(value, "shape") or isinstance(value, list):
        return value
    return [value] * count


def _axis_columns(piece: Piece) -> dict[str, Any]:
    """The values of the axes at every point."""
    columns: dict[str, Any] = dict(piece.fixed)
    if not piece.moved:
        return columns
    import numpy as np

    for index, (name, values) in enumerate(piece.moved.items()):
        kind = int if whole(piece.places[name]) else float
        line = np.asarray(values, kind).reshape(_along(index, piece))
        columns[name] = np.broadcast_to(line, piece.shape).ravel()
    return columns


def _along(index: int, piece: Piece) -> tuple[int, ...]:
    """The shape of an axis among the others."""
    return tuple(n if i == index or not piece.grid else 1 for i, n in enumerate(piece.shape))


def _point(plan: Plan, names: tuple[str, ...]) -> tuple[dict[str, float], int]:
    """One point, by the evaluation that `mlsysim eval` makes."""
    evaluation = Evaluation(Scenario(plan))
    scenario = evaluation.scenario
    found = {}
    for name in names:
        metric = _metric(name, evaluation.metrics)
        wanted = () if metric is None else (metric.symbol,)
        values = _solved(wanted, scenario.given, scenario.options)
        found[name] = values[metric.symbol] * metric.scale if metric and values else NAN
    return found, FITS if evaluation.fits else UNFIT if evaluation.fit_known else UNKNOWN


def _metric(name: str, own: tuple[Metric, ...]) -> Metric | None:
    """A metric as this scenario has it; None where it is one of other scenarios only."""
    try:
        return resolve(name, own)
    except InputError:
        resolve(name, METRICS)
        return None


def _solved(wanted: tuple[str, ...], given: Values, options: Mapping[str, str]) -> dict[str, Any]:
    """The symbols that follow; without those to which no equation applies."""
    try:
        return solve(wanted, given, options)
    except NoEquation:
        if len(wanted) <= 1:
            return {}
        return {k: v for name in wanted for k, v in _solved((name,), given, options).items()}


def _arrays(plan: Plan, piece: Piece) -> tuple[dict[str, Any], Any]:
    """A box of points at once: arrays stand where the plan has numbers."""
    import numpy as np

    scenario = Scenario(_placed(plan, piece))
    check(scenario)
    own = metrics_of(scenario)
    metrics = {name: _metric(name, own) for name in piece.metrics}
    wanted = tuple({*(m.symbol for m in metrics.values() if m), "memory_load"})
    with np.errstate(all="ignore"):
        values = _laid(scenario, wanted, piece.shape)

    def column(symbol: str, scale: float) -> Any:
        if symbol not in values:
            return np.full(prod(piece.shape), NAN)
        number = np.asarray(values[symbol], float)
        number = number if scale == 1 else number * scale
        return np.broadcast_to(number, piece.shape).reshape(-1)

    found = {n: column(m.symbol, m.scale) if m else NAN for n, m in metrics.items()}
    load = column("memory_load", 1.0)
    status = np.where(load <= 1, FITS, np.where(load > 1, UNFIT, UNKNOWN))
    return found, status.astype(np.int8)


def _placed(plan: Plan, piece: Piece) -> Plan:
    """The plan with arrays in the place of numbers, which were checked as they were read."""
    import numpy as np

    for index, (name, values) in enumerate(piece.moved.items()):
        part, key = piece.places[name]
        array = np.asarray(values, float).reshape(_along(index, piece))
        held = getattr(plan, part)
        new = {**held, key: array} if part == "inputs" else held.model_copy(update={key: array})
        plan = plan.model_copy(update={part: new})
    return plan


def _laid(scenario: Scenario, wanted: tuple[str, ...], shape: tuple[int, ...]) -> dict[str, Any]:
    """The symbols under the layout of each point: the given one, or the best of those that the plan leaves open."""
    rows, options = list(candidates(scenario)), settings(scenario)
    if not rows:
        raise InputError("parallelism: no such layout exists on the accelerators")
    if len(rows) * len(options) == 1:
        given = {**scenario.given, **dict(zip(DEGREES, map(float, rows[0])))}
        return _solved(wanted, given, {**scenario.options, **options[0]})
    return _best(scenario.given, scenario.options, rows, options, wanted, shape)


def _best(
    fixed: dict[str, Any],
    base: dict[str, str],
    rows: list[tuple[int, ...]],
    options: list[dict[str, str]],
    wanted: tuple[str, ...],
    shape: tuple[int, ...],
) -> dict[str, Any]:
    """Each point under its best layout: the fastest that fits, else the one nearest to fitting; the first of equals."""
    import numpy as np

    best = np.full(shape, np.inf)
    fits = np.zeros(shape, bool)
    layout, setting = np.zeros(shape, int), np.zeros(shape, int)
    for which, chosen in enumerate(options):
        for index, row in enumerate(rows):
            given = {**fixed, **dict(zip(DEGREES, map(float, row)))}
            found = solve(("step_time", "memory_load"), given, {**base, **chosen})
            load = np.broadcast_to(found["memory_load"], shape)
            held = load <= 1
            goal = np.where(held, found["step_time"], load)
            better = (held & ~fits) | ((held == fits) & (goal < best))
            best, fits = np.where(better, goal, best), fits | held
            layout, setting = np.where(better, index, layout), np.where(better, which, setting)
    table = np.array(rows, float)
    given = {**fixed, **{name: table[layout, i] for i, name in enumerate(DEGREES)}}
    answers = [_solved(wanted, given, {**base, **chosen}) for chosen in options]
    result = answers[0]
    for which, answered in enumerate(answers[1:], 1):
        result = {s: np.where(setting == which, answered[s], v) for s, v in result.items()}
    return result
