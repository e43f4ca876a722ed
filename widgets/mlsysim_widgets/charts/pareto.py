"""Two metrics of a sweep against each other, and the points that no other beats in both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from mlsysim.core.errors import unknown
from mlsysim.core.solver.optima.optimum import pareto as front_of
from mlsysim.core.solver.sweeps.pieces import FITS, STATUSES
from mlsysim.core.solver.sweeps.sweep import Sweep
from mlsysim.core.text import plain
from mlsysim.metrics import METRICS, Metric, resolve

from ..theme import INK, colours, current, finish
from . import chart


@chart(
    "Two aims against each other: what no other point beats",
    'plan = {"workload": {"name": "Llama3_8B", "output_len": 128}, "hardware": {"name": "H100"}}\n'
    'found = mlsysim.sweep(plan, {"hardware": "H100,A100,L4", "batch_size": "1:512:log:12"}, "tpot_ms,throughput")\n'
    'pareto(found, "tpot_ms", "throughput", by="hardware")',
)
def pareto(sweep: Sweep, x: str, y: str, *, by: str = "", log: bool = True) -> go.Figure:
    """A dot for each point of a sweep, hollow where it does not fit, and the line of those that no other beats."""
    for name in (x, y, *([by] if by else [])):
        if name not in sweep.columns:
            raise unknown("pareto", name, sweep.columns)
    metrics = _metric(sweep, x), _metric(sweep, y)
    figure, front = go.Figure(), front_points(sweep, x, y)
    groups = list(dict.fromkeys(plain(value) for value in sweep.columns[by])) if by else [""]
    for group, colour in zip(groups, colours() * len(groups)):
        rows = [i for i in range(len(sweep)) if not by or plain(sweep.columns[by][i]) == group]
        _dots(figure, sweep, (x, y), rows, group, colour)
    _front(figure, sweep, x, y, front)
    if not all(_fits(sweep, i) for i in range(len(sweep))):
        marker = {"symbol": "circle-open", "size": 9, "color": INK[current()]}
        figure.add_scatter(x=[None], y=[None], mode="markers", name="Does not fit", marker=marker)
    return finish(
        figure,
        "What no other point beats",
        _said(sweep, metrics, (x, y), front),
        x=_axis(metrics[0], x, sweep),
        y=_axis(metrics[1], y, sweep),
        x_log=log,
        y_log=log,
        xaxis_title_font_size=13,
        yaxis_title_font_size=13,
        margin={"b": 112},
    )


def front_points(sweep: Sweep, x: str, y: str) -> list[int]:
    """The points that fit and that no other beats in both columns."""
    held = [i for i in range(len(sweep)) if _fits(sweep, i)]
    columns = [[float(sweep.columns[name][i]) for i in held] for name in (x, y)]
    greater = [_metric(sweep, name).greater for name in (x, y)]
    return [held[i] for i in front_of(columns, greater)]


def _metric(sweep: Sweep, name: str) -> Metric:
    """What a column holds; an axis may be a key of a plan."""
    if name in sweep.axes:
        return Metric("", name, name, "", name.replace("_", " "))
    return resolve(name, METRICS)


def _fits(sweep: Sweep, i: int) -> bool:
    return bool(sweep.columns["status"][i] == STATUSES[FITS])


def _dots(
    figure: go.Figure,
    sweep: Sweep,
    names: tuple[str, str],
    rows: Sequence[int],
    group: str,
    colour: str,
) -> None:
    """The points of a group: full where they fit, hollow where they do not."""
    rows = [
        i for i in rows if all(sweep.columns[name][i] == sweep.columns[name][i] for name in names)
    ]
    for fits, symbol in ((True, "circle"), (False, "circle-open")):
        own = [i for i in rows if _fits(sweep, i) == fits]
        figure.add_scatter(
            x=[float(sweep.columns[names[0]][i]) for i in own],
            y=[float(sweep.columns[names[1]][i]) for i in own],
            mode="markers",
            name=group or "Fits",
            legendgroup=group or "Fits",
            showlegend=fits and bool(own),
            marker={"color": colour, "size": 9, "symbol": symbol},
            customdata=[_told(sweep, i) for i in own],
            hovertemplate="%{customdata}<extra></extra>",
        )


def _front(figure: go.Figure, sweep: Sweep, x: str, y: str, front: Sequence[int]) -> None:
    """The line through the points that no other beats."""
    figure.add_scatter(
        x=[float(sweep.columns[x][i]) for i in front],
        y=[float(sweep.columns[y][i]) for i in front],
        mode="lines",
        name="No other beats it",
        line={"color": INK[current()], "width": 1.5, "dash": "dot"},
        hoverinfo="skip",
    )


def _told(sweep: Sweep, i: int) -> str:
    """A point in words: its inputs, its metrics with their units, and whether it fits."""
    inputs = [f"{name} {_plain(sweep.columns[name][i])}" for name in sweep.axes]
    metrics = [
        f"{name}: {_plain(sweep.columns[name][i])} {unit}".rstrip()
        for name, unit in sweep.units.items()
    ]
    return "<br>".join([", ".join(inputs), *metrics, str(sweep.columns["status"][i])])


def _plain(value: Any) -> str:
    return plain(value.item() if hasattr(value, "item") else value)


def _axis(metric: Metric, name: str, sweep: Sweep) -> str:
    better = (
        "" if name in sweep.axes else ", more is better" if metric.greater else ", less is better"
    )
    unit = f", {metric.unit}" if metric.unit and not metric.unit.startswith("1/") else ""
    return f"{metric.words}{unit}{better}"


def _said(
    sweep: Sweep, metrics: tuple[Metric, Metric], names: tuple[str, str], front: Sequence[int]
) -> str:
    """How many points, how many fit, and both ends of the front."""
    fitting = sum(_fits(sweep, i) for i in range(len(sweep)))
    told = f"{len(sweep)} points, {fitting} fit"
    if not front:
        return f"{told}; none of them is the best of anything"
    ends = [
        f"{', '.join(f'{axis} {_plain(sweep.columns[axis][i])}' for axis in sweep.axes)} with "
        + " and ".join(
            f"{name} {_plain(sweep.columns[name][i])} {metric.unit}".rstrip()
            for name, metric in zip(names, metrics)
        )
        for i in dict.fromkeys((front[0], front[-1]))
    ]
    return f"{told}, {len(front)} are beaten by no other: from {' to '.join(ends)}"
