"""A metric of a sweep over two of its axes, with the cells that are no answer marked and the reason told."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from mlsysim import Evaluation, InputError, Plan, Scenario
from mlsysim.core.errors import unknown
from mlsysim.core.solver.keys import with_values
from mlsysim.core.solver.sweeps.pieces import FITS, REFUSED, STATUSES
from mlsysim.core.solver.sweeps.sweep import Sweep
from mlsysim.core.text import plain
from mlsysim.metrics import METRICS, resolve
from mlsysim.plan import read_plan

from ..labels import wrapped
from ..theme import INK, current, faded, finish
from . import chart

#: Colours of a fine map, and those on which dark numbers are read.
FINE, PALE, DARK = "Cividis", ("#eef6fc", "#9ecae1", "#4292c6"), "#111111"
#: Columns up to which the numbers stand in the cells; reasons that are listed where a point's own is not known.
NARROW, REASONS = 6, 2
#: How many times apart values are whose colours go by factors.
WIDE = 20.0
#: Cells that are no answer up to which each is asked for its own reason.
MANY = 64


@chart(
    "A metric over two inputs, and where there is no answer",
    'plan = {"workload": {"name": "Llama3_70B"}, "hardware": {"name": "H100", "nodes": 1}}\n'
    'found = mlsysim.sweep(plan, {"batch_size": "1,4,16,64,256", "seq_len": "2048,8192,32768,131072"}, "tpot_ms")\n'
    'heat_map(found, "batch_size", "seq_len", "tpot_ms", plan)',
)
def heat_map(
    sweep: Sweep, x: str, y: str, metric: str, plan: Plan | Mapping[str, Any] | None = None
) -> go.Figure:
    """A cell for each pair of values; grey with a cross where the system does not fit or the plan is refused.

    Of a sweep with more axes each cell shows the best point that fits. With its `plan`, a cell that is no answer tells
    its own reason.
    """
    for name in (x, y):
        if name not in sweep.axes:
            raise unknown("heat_map", name, sweep.axes)
    if metric not in sweep.units:
        raise unknown("metric", metric, sweep.units)
    own = resolve(metric, METRICS)
    xs, ys = (list(dict.fromkeys(plain(item(v)) for v in sweep.columns[name])) for name in (x, y))
    cells = cells_of(sweep, x, y, metric)
    figure = go.Figure()
    _answers(figure, sweep, cells, xs, ys, metric)
    _gaps(figure, sweep, cells, xs, ys, metric, plan)
    return finish(
        figure,
        own.words,
        _said(sweep, cells, metric),
        x=x.replace("_", " "),
        y=y.replace("_", " "),
        xaxis={"type": "category", "showgrid": False, "range": [-0.5, len(xs) - 0.5]},
        yaxis={"type": "category", "showgrid": False, "range": [-0.5, len(ys) - 0.5]},
        margin={"b": 92},
    )


Cells = dict[tuple[str, str], int]


def cells_of(sweep: Sweep, x: str, y: str, metric: str) -> Cells:
    """The point that each cell shows: the best one that fits, else the first."""
    sign = -1 if resolve(metric, METRICS).greater else 1
    found: Cells = {}
    for i in range(len(sweep)):
        key = plain(item(sweep.columns[x][i])), plain(item(sweep.columns[y][i]))
        old = found.get(key)
        better = old is None or (
            answers(sweep, i, metric)
            and not (
                answers(sweep, old, metric)
                and sign * sweep.columns[metric][old] <= sign * sweep.columns[metric][i]
            )
        )
        if better:
            found[key] = i
    return found


def answers(sweep: Sweep, i: int, metric: str) -> bool:
    """Whether a point fits and its metric is known."""
    value = sweep.columns[metric][i]
    return bool(sweep.columns["status"][i] == STATUSES[FITS] and value == value)


def item(value: Any) -> Any:
    """A plain number or word of a column that may be an array."""
    return value.item() if hasattr(value, "item") else value


def _answers(
    figure: go.Figure, sweep: Sweep, cells: Cells, xs: list[str], ys: list[str], metric: str
) -> None:
    """The coloured cells; colours go by factors where the values do."""
    held = {key: i for key, i in cells.items() if answers(sweep, i, metric)}
    values = {key: float(sweep.columns[metric][i]) for key, i in held.items()}
    low, high = min(values.values(), default=1.0), max(values.values(), default=1.0)
    log = low > 0 and high / low > WIDE
    scaled = {key: math.log10(value) if log else value for key, value in values.items()}
    unit, numbers = sweep.units[metric], len(xs) <= NARROW
    told = {key: _point(sweep, i, metric) for key, i in held.items()}
    bar: dict[str, Any] = {"title": {"text": unit}, "thickness": 12, "outlinewidth": 0}
    if log:
        ticks = [10.0**power * digit for power in range(-15, 25) for digit in (1, 2, 5)]
        ticks = [tick for tick in ticks if low <= tick <= high]
        bar |= {"tickvals": [math.log10(t) for t in ticks], "ticktext": [plain(t) for t in ticks]}
    figure.add_heatmap(
        x=xs,
        y=ys,
        z=[[scaled.get((a, b)) for a in xs] for b in ys],
        text=[[f"{values[a, b]:.3g}" if (a, b) in values else "" for a in xs] for b in ys],
        texttemplate="%{text}" if numbers else None,
        textfont={"color": DARK},
        customdata=[[told.get((a, b), "") for a in xs] for b in ys],
        hovertemplate="%{customdata}<extra></extra>",
        hoverongaps=False,
        colorscale=PALE if numbers else FINE,
        colorbar=bar,
        xgap=1,
        ygap=1,
    )


def _gaps(
    figure: go.Figure,
    sweep: Sweep,
    cells: Cells,
    xs: list[str],
    ys: list[str],
    metric: str,
    plan: Plan | Mapping[str, Any] | None,
) -> None:
    """The cells that are no answer: grey and crossed, each with its reason."""
    gaps = {key: i for key, i in cells.items() if not answers(sweep, i, metric)}
    if not gaps:
        return
    size, plan = (9, plan) if len(gaps) <= MANY else (4, None)
    told = {
        key: f"{_inputs(sweep, i)}<br>{wrapped(reason(sweep, i, metric, plan))}"
        for key, i in gaps.items()
    }
    grey = faded(INK[current()], 0.16)
    figure.add_heatmap(
        x=xs,
        y=ys,
        z=[[0.0 if (a, b) in gaps else None for a in xs] for b in ys],
        customdata=[[told.get((a, b), "") for a in xs] for b in ys],
        hovertemplate="%{customdata}<extra></extra>",
        hoverongaps=False,
        colorscale=[[0, grey], [1, grey]],
        showscale=False,
        xgap=1,
        ygap=1,
    )
    words = " or ".join(dict.fromkeys(_status(sweep, i) for i in gaps.values()))
    figure.add_scatter(
        x=[key[0] for key in gaps],
        y=[key[1] for key in gaps],
        mode="markers",
        marker={"symbol": "x-thin", "size": size, "line": {"width": 1.2, "color": INK[current()]}},
        name=words[0].upper() + words[1:],
        showlegend=True,
        hoverinfo="skip",
    )


def reason(sweep: Sweep, i: int, metric: str, plan: Plan | Mapping[str, Any] | None = None) -> str:
    """Why a point is no answer: its own reason where the plan is at hand, else what the sweep kept."""
    status = sweep.columns["status"][i]
    if plan is None:
        whole = f"one of: {'; '.join(list(sweep.refused)[:REASONS])}"
        return whole if status == STATUSES[REFUSED] and sweep.refused else _status(sweep, i)
    values = {axis: item(sweep.columns[axis][i]) for axis in sweep.axes}
    try:
        own = plan if isinstance(plan, Plan) else read_plan(dict(plan))
        evaluation = Evaluation(Scenario(read_plan(with_values(own, values))))
    except InputError as error:
        return str(error)
    if status == STATUSES[FITS]:
        lacks = ", ".join(evaluation.lacking(resolve(metric, evaluation.metrics).symbol))
        return f"{metric} is not known: {lacks} missing"
    return evaluation.summary("feasibility")


def _status(sweep: Sweep, i: int) -> str:
    """What is the matter with a point that is no answer."""
    status = str(sweep.columns["status"][i])
    return "not known" if status == STATUSES[FITS] else status


def _inputs(sweep: Sweep, i: int) -> str:
    return ", ".join(f"{axis} {plain(item(sweep.columns[axis][i]))}" for axis in sweep.axes)


def _point(sweep: Sweep, i: int, metric: str) -> str:
    value = f"{plain(item(sweep.columns[metric][i]))} {sweep.units[metric]}".strip()
    return f"{_inputs(sweep, i)}<br>{metric}: {value}"


def _said(sweep: Sweep, cells: Cells, metric: str) -> str:
    """The best and the worst cell, and how many are no answer."""
    held = [i for i in cells.values() if answers(sweep, i, metric)]
    gaps = len(cells) - len(held)
    none = f"{gaps} of {len(cells)} cells are no answer"
    if not held:
        return f"{metric}: {none}"
    greater = resolve(metric, METRICS).greater
    ends = sorted(held, key=lambda i: float(sweep.columns[metric][i]), reverse=greater)
    best, worst = (
        f"{plain(item(sweep.columns[metric][i]))} {sweep.units[metric]}".strip()
        + f" at {_inputs(sweep, i)}"
        for i in (ends[0], ends[-1])
    )
    return f"{metric}: best {best}; worst {worst}{f'; {none}' if gaps else ''}"
