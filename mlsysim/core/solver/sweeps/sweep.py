"""A sweep: any inputs of a plan on axes, any metrics as columns, here or on any executor."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from math import prod
from typing import Any, NamedTuple

from ....evaluation import Evaluation
from ....metrics import METRICS, metrics_of, resolve
from ....plan import Plan, read_plan
from ....scenario import Scenario
from ...display import html, text
from ...elementwise import numpy_or_none
from ...errors import InputError
from ..keys import with_values
from .axes import Axis, Given, grouped, read_axes, sampled, zipped
from .pieces import FITS, REFUSED, STATUSES, Answered, Piece, answer, enters, ordered, pieces_of

#: Pieces that are under way at once on an executor: what waits to be read stays within memory.
AHEAD = 32
HOW = ("grid", "zip", "random", "latin")
Progress = Callable[[int, int], None]


class Sweep(NamedTuple):
    """Columns of one length: the axes, the metrics, and `status`; units by column; what was refused, and how often."""

    columns: dict[str, Any]
    units: dict[str, str]
    axes: tuple[str, ...]
    refused: dict[str, int]

    def __len__(self) -> int:
        return len(self.columns["status"])

    def __repr__(self) -> str:
        return text("sweep", self)

    def _repr_html_(self) -> str:
        return html("sweep", self)

    def __getitem__(self, name: Any) -> Any:
        return self.columns[name]

    def frame(self) -> Any:
        """The columns as a frame of pandas, or of polars where only that is installed."""
        for library in ("pandas", "polars"):
            try:
                module = __import__(library)
            except ImportError:
                continue
            return module.DataFrame(self.columns)
        raise InputError("frame: neither pandas nor polars is installed")

    def best(self, metric: str) -> dict[str, Any]:
        """The point that fits and has the best value of a metric."""
        sign = -1 if resolve(metric, METRICS).greater else 1
        column, status = self.columns[metric], self.columns["status"]
        found = [
            i for i in range(len(self)) if status[i] == STATUSES[FITS] and column[i] == column[i]
        ]
        if not found:
            raise InputError(f"best: no point fits and has a known {metric}")
        i = min(found, key=lambda i: sign * column[i])
        return {name: values[i] for name, values in self.columns.items()}


class Asked(NamedTuple):
    """A sweep before it is answered: its plan, axes, metrics, and whether the axes cross or go side by side."""

    plan: Plan
    axes: tuple[Axis, ...]
    metrics: tuple[str, ...]
    grid: bool
    #: Of points side by side: where each stood before those of one scenario were set together.
    order: list[int] | None = None

    @property
    def size(self) -> int:
        """How many points there are."""
        lengths = [len(axis.values) for axis in self.axes]
        return prod(lengths) if self.grid else max(lengths, default=1)

    @property
    def units(self) -> dict[str, str]:
        return {name: resolve(name, METRICS).unit for name in self.metrics}


def question(
    plan: Plan | Mapping[str, Any],
    over: Mapping[str, Given],
    metrics: Iterable[str] | str = (),
    *,
    how: str = "grid",
    points: int = 1000,
    seed: int = 0,
) -> Asked:
    """A sweep read and checked. `how`: grid, zip (side by side), random or latin (`points` draws)."""
    if how not in HOW:
        raise InputError(f"how: {how!r} is not one of {', '.join(HOW)}")
    plan = plan if isinstance(plan, Plan) else read_plan(dict(plan))
    names = tuple(metrics.split(",") if isinstance(metrics, str) and metrics else metrics)
    names = tuple(dict.fromkeys(name.strip() for name in names)) or _headlines(plan)
    for name in names:
        resolve(name, METRICS)
    axes = read_axes(plan, over)
    if not axes:
        raise InputError("over: nothing is varied")
    for name in {axis.name for axis in axes} & {*names, "status"}:
        raise InputError(f"metric: {name!r} is an axis too; one column cannot hold both")
    if how == "grid":
        return Asked(plan, ordered(plan, axes), names, True)
    beside = zipped(axes) if how == "zip" else sampled(axes, how, points, seed)
    own = [axis for axis in beside if not enters(plan, axis, beside)]
    beside, order = grouped(beside, own) if own else (beside, None)
    return Asked(plan, beside, names, False, order)


def _headlines(plan: Plan) -> tuple[str, ...]:
    """The metrics that a scorecard sets first."""
    return tuple(metric.name for metric in metrics_of(Scenario(plan)) if metric.headline)


def answered(
    asked: Asked, executor: Executor | None = None, progress: Progress | None = None
) -> Iterator[Answered]:
    """The answers of a sweep, piece by piece in the order of its points; on an executor, many pieces at once."""
    done, held = 0, []
    pieces = pieces_of(asked.plan, asked.axes, asked.metrics, asked.grid)
    for found in map(answer, pieces) if executor is None else _spread_out(pieces, executor):
        done += len(found.status)
        if progress is not None:
            progress(done, asked.size)
        if asked.order is None:
            yield found
        else:
            held.append(found)
    if asked.order is not None:
        yield put_back(held, asked.order)


def put_back(parts: list[Answered], order: list[int]) -> Answered:
    """Answers as one, in the order in which the points were given."""
    columns = {
        name: placed(joined([part.columns[name] for part in parts]), order)
        for name in parts[0].columns
    }
    refused = total_of(part.refused for part in parts)
    return Answered(columns, placed(joined([part.status for part in parts]), order), refused)


def placed(column: Any, order: list[int]) -> Any:
    """A column whose entries go where they stood before."""
    result = column.copy()
    if hasattr(column, "shape"):
        result[order] = column
        return result
    for value, i in zip(column, order):
        result[i] = value
    return result


def total_of(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Counts by their names, added up."""
    result: dict[str, int] = {}
    for count in counts:
        for name, number in count.items():
            result[name] = result.get(name, 0) + number
    return result


def _spread_out(pieces: Iterator[Piece], executor: Executor) -> Iterator[Answered]:
    """Answers in order, with a bounded number of pieces under way."""
    waiting: deque[Any] = deque()
    try:
        for piece in pieces:
            waiting.append(executor.submit(answer, piece))
            if len(waiting) >= AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


def sweep(
    plan: Plan | Mapping[str, Any],
    over: Mapping[str, Given],
    metrics: Iterable[str] | str = (),
    *,
    how: str = "grid",
    points: int = 1000,
    seed: int = 0,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Sweep:
    """Metrics of a plan over axes, as columns.

    `over` names keys of a plan (batch_size, hardware, region, tp) or symbols, each with a list, an array, or text such
    as "1:4096:log" or "H100,A100". The points are those of `mlsysim eval`; one that fits nowhere is marked in `status`.
    """
    asked = question(plan, over, metrics, how=how, points=points, seed=seed)
    columns, refused = gathered(asked, answered(asked, executor, progress))
    if sum(refused.values()) == asked.size:
        raise InputError(next(iter(refused)))
    return Sweep(columns, asked.units, tuple(a.name for a in asked.axes), refused)


def gathered(asked: Asked, parts: Iterator[Answered]) -> tuple[dict[str, Any], dict[str, int]]:
    """All columns, numbers written straight to where they stay; and what was refused."""
    np = numpy_or_none()
    if np is None:
        held = list(parts)
        return columns_of(asked, held), total_of(part.refused for part in held)
    whole = {name: np.empty(asked.size) for name in asked.metrics}
    rest: list[Answered] = []
    done = 0
    for part in parts:
        for name in whole:
            whole[name][done : done + len(part.status)] = part.columns.pop(name)
        rest.append(part)
        done += len(part.status)
    names = [axis.name for axis in asked.axes]
    columns = {name: joined([part.columns[name] for part in rest]) for name in names}
    status = {"status": in_words([part.status for part in rest])}
    return {**columns, **whole, **status}, total_of(part.refused for part in rest)


def lacking(asked: Asked, columns: Mapping[str, Any], most: int = 12) -> dict[str, list[str]]:
    """Why metrics are not known, once for each record or option: "tco_usd at hardware=H200" and what is missing."""
    found: dict[str, list[str]] = {}
    own = [axis for axis in asked.axes if not axis.direct]
    for name in asked.metrics:
        for i, value in enumerate(columns[name]):
            told = ", ".join(f"{axis.name}={columns[axis.name][i]}" for axis in own)
            label = f"{name} at {told}" if told else name
            known = value == value or columns["status"][i] == STATUSES[REFUSED]
            if known or label in found or len(found) >= most:
                continue
            values = {axis.name: columns[axis.name][i] for axis in asked.axes}
            evaluation = Evaluation(Scenario(read_plan(with_values(asked.plan, values))))
            metric = next((m for m in evaluation.metrics if m == resolve(name, METRICS)), None)
            found[label] = evaluation.lacking(metric.symbol) if metric else []
    return found


def columns_of(asked: Asked, parts: list[Answered]) -> dict[str, Any]:
    """The columns of answers: axes, metrics, and the status in words."""
    names = (*(axis.name for axis in asked.axes), *asked.metrics)
    columns = {name: joined([part.columns[name] for part in parts]) for name in names}
    return columns | {"status": in_words([part.status for part in parts])}


def joined(columns: list[Any]) -> Any:
    """Columns one after another: an array where numpy is, else a list."""
    np = numpy_or_none()
    return [v for column in columns for v in column] if np is None else np.concatenate(columns)


def in_words(statuses: list[Any]) -> Any:
    """What was found of each point, in words."""
    np = numpy_or_none()
    if np is None:
        return [STATUSES[int(s)] for status in statuses for s in status]
    return np.array(STATUSES, object)[np.concatenate(statuses)]
