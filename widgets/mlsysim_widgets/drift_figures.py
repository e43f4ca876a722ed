"""Pictures of drift and of retraining: two classes that shift, a pair of samples, two costs, a half year, a wait."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import ceil, floor, log10
from random import Random
from statistics import NormalDist
from typing import Any

import plotly.graph_objects as go

from mlsysim.core.elementwise import normal_point
from mlsysim.core.graph import solve
from mlsysim.core.points import at_points
from mlsysim.core.units import coherent

from .drifting import Aged, counted
from .theme import INK, colours, current, finish

DAY = coherent(1.0, "day")
DASHES = ("solid", "dash", "dot")
GREY = 6
Curve = tuple[str, int, str, Sequence[float], Sequence[float]]


def _drawn(said: str, curves: Iterable[Curve], **axes: Any) -> go.Figure:
    """Curves, each a name, a colour, a dash and two columns."""
    figure = go.Figure()
    for name, tint, dash, xs, ys in curves:
        line = {"color": colours()[tint], "dash": dash, "width": 2.5}
        figure.add_scatter(x=xs, y=ys, mode="lines", name=name, line=line)
    return finish(figure, said, said, **{"height": 360, "margin": {"b": 112}, **axes})


def _ticks(values: Sequence[float]) -> dict[str, Any]:
    """Ticks of a logarithmic axis, with every number written out."""
    decades = range(floor(log10(min(values))), ceil(log10(max(values))) + 1)
    marks = [step * 10.0**decade for decade in decades for step in (1, 3)]
    return {"tickvals": marks, "ticktext": [f"{mark:,.4g}" for mark in marks]}


def bells(shift: float, accuracy: float, said: str) -> go.Figure:
    """Scores of two classes before a shift and after it, and the threshold that stays."""
    z = normal_point(accuracy)
    xs = [x / 10 for x in range(-50, 71)]
    curves = [
        (name + when, tint, dash, xs, [NormalDist(side * z + moved).pdf(x) for x in xs])
        for when, dash, moved in ((" before", "dot", 0.0), (" now", "solid", shift))
        for name, tint, side in (("no,", 0, -1), ("yes,", 1, 1))
    ]
    figure = _drawn(said, curves, x="Score, in deviations", y="Cases")
    figure.add_vline(0, line={"color": INK[current()]}, annotation_text="threshold")
    return figure.update_yaxes(range=[0, 0.48])


def pair(seed: int, samples: int, bins: int, said: str) -> go.Figure:
    """Histograms of two samples of one distribution."""
    figure, chance, names = go.Figure(), Random(seed), [str(i + 1) for i in range(bins)]
    for name, tint in (("today", 0), ("reference", GREY)):
        ys = counted(chance, samples, bins)
        figure.add_bar(x=names, y=ys, name=name, marker_color=colours()[tint])
    return finish(
        figure, said, said, x="Bin", y="Scores in it", height=320, margin={"b": 100}
    ).update_xaxes(type="category", nticks=10)


def _bill(price: float, growth: float, days: float) -> float:
    """Runs and ageing, in USD a day; `growth` in USD a day, more each day."""
    growth = coherent(growth, "USD/day**2")
    own = {"retrain_cost": price, "loss_growth": growth, "retrain_interval": days * DAY}
    return DAY * float(solve(("upkeep_rate",), own, {})["upkeep_rate"])


def two_costs(price: float, growth: float, days: float) -> go.Figure:
    """Runs, ageing and both in USD a day over the interval, up to ten times the best."""
    given = {"retrain_cost": price, "loss_growth": coherent(growth, "USD/day**2")}
    best = solve(("best_retrain_interval",), given, {})["best_retrain_interval"]
    times = [best * 10 ** (i / 20) for i in range(-20, 21)]
    both = at_points(("upkeep_rate",), given, {}, {"retrain_interval": times})["upkeep_rate"]
    runs = [price / time for time in times]
    parts = [runs, [whole - run for whole, run in zip(both, runs)], both]
    xs = [time / DAY for time in times]
    curves = [
        (name, tint, dash, xs, [y * DAY for y in ys])
        for name, tint, dash, ys in zip(
            ("runs", "ageing", "both"), (0, 1, GREY), DASHES[::-1], parts
        )
    ]
    y = _bill(price, growth, days)
    said = f"Every {days:.3g} days: {y:,.3g} USD a day"
    figure = _drawn(said, curves, x="Interval, days", y="USD a day", x_log=True, y_log=True)
    figure.update_xaxes(_ticks(xs)).update_yaxes(
        _ticks([part * DAY for ys in parts for part in ys])
    )
    look = {"size": 12, "symbol": "diamond", "color": colours()[0]}
    return figure.add_scatter(x=[days], y=[y], mode="markers", name="yours", marker=look)


def half_year(seen: Aged, days: float, growth: float, price: float, alarm: float) -> go.Figure:
    """What a model that ages loses each day, the bill so far beside the closed form, and the alarms."""
    closed, count = _bill(price, growth, days), len(seen.alarms)
    said = f"{seen.days[-1] / 7:g} weeks: {count} alarms, {seen.bill[-1]:,.3g} USD a day"
    curves = [
        ("lost in a day", 1, "solid", seen.days, seen.loss),
        ("bill so far", 0, "solid", seen.days[1:], seen.bill[1:]),
        ("closed form", GREY, "dot", [seen.days[0], seen.days[-1]], [closed, closed]),
    ]
    figure = _drawn(said, curves, x="Day", y="USD a day")
    look = {"size": 10, "symbol": "x", "color": colours()[2]}
    top = max(*seen.loss, 2 * closed)
    return figure.add_scatter(
        x=seen.alarms, y=[alarm] * len(seen.alarms), mode="markers", name="alarm", marker=look
    ).update_yaxes(range=[0, 1.05 * top])


def waits(given: Mapping[str, float], falls: Sequence[float]) -> go.Figure:
    """Days until a fall to each accuracy is seen, over the labels that come in a day."""
    said = "How long until labels see a fall"
    rates = [10 ** (i / 10) for i in range(10, 41)]
    columns = {"label_rate": [coherent(rate, "1/day") for rate in rates]}
    curves = []
    for fall, tint, dash in zip(falls, (0, 1, 2), DASHES):
        own = {**given, "rival_accuracy_share": fall}
        times = at_points(("label_time",), own, {}, columns)["label_time"]
        curves.append((f"to {100 * fall:g} %", tint, dash, rates, [time / DAY for time in times]))
    figure = _drawn(
        said, curves, x="Labels a day", y="Days until it is seen", x_log=True, y_log=True
    )
    return figure.update_xaxes(dtick=1).update_yaxes(dtick=1)
