"""What a larger batch buys in throughput, and costs in latency."""

from __future__ import annotations

from collections.abc import Sequence
from math import log10
from typing import Any, NamedTuple

import plotly.graph_objects as go

from mlsysim import Evaluation, InputError, Plan, SystemEvaluator, sweep
from mlsysim.core.solver.optima.optimum import bounds_of
from mlsysim.core.text import plain
from mlsysim.metrics import Metric

from ..hover import lines, ticks
from ..theme import INK, colours, current, finish
from . import chart

#: Batches that are looked at: so many doublings, and so many of them above the plan's own batch.
DOUBLINGS, ABOVE = 10, 4
FITS = "fits"
#: Shares of the width and of the height that the number beside a point takes on a phone.
ACROSS, UP = 0.14, 0.08


class Curve(NamedTuple):
    """A plan at every batch, in the units of the two metrics."""

    name: str
    latency: Metric
    rate: Metric
    #: Batch, latency, rate and status of each point.
    points: list[tuple[int, float, float, str]]
    #: The latency that the plan asks for, if it does.
    limit: float | None

    @property
    def marked(self) -> tuple[int, float, float, str] | None:
        """The most throughput within the limit; without one the knee, the most throughput over latency."""
        good = [
            p for p in self.points if p[3] == FITS and (self.limit is None or p[1] <= self.limit)
        ]
        if not good:
            return None
        return max(good, key=lambda p: p[2] / p[1] if self.limit is None else p[2])

    @property
    def said(self) -> str:
        """The curve in a sentence."""
        known = [p for p in self.points if p[3] == FITS]
        most = f"batches to {known[-1][0]:,} fit" if known else "no batch fits"
        if len(known) == len(self.points):
            most = "all batches fit"
        if self.marked is None:
            return f"{self.name}: {most}, none keeps {self.limit:g} {self.latency.unit}."
        batch, latency, rate, _ = self.marked
        why = f"the most within {self.limit:g} {self.latency.unit}" if self.limit else "the knee"
        return (
            f"{self.name}: {most}; {why} is batch {batch:,} with {plain(rate)} /s at "
            f"{plain(latency)} {self.latency.unit}."
        )


@chart(
    "What a larger batch buys, and costs",
    'plans = [{"workload": {"name": "Llama3_8B"}, "hardware": {"name": c}} for c in ("H100", "A100")]\n'
    "frontier(*plans)",
)
def frontier(
    *subjects: Plan | dict[str, Any] | Evaluation, batches: Sequence[int] = ()
) -> go.Figure:
    """Throughput against latency as the batch grows; hollow points do not fit.

    Marked is the most throughput that keeps the plan's own bound on latency. Without one it is the knee, the most
    throughput over latency.
    """
    curves = [_curve(subject, batches) for subject in subjects]
    if not curves:
        raise InputError("a frontier needs a plan or an evaluation")
    latency, rate = curves[0].latency, curves[0].rate
    if any((curve.latency, curve.rate) != (latency, rate) for curve in curves):
        raise InputError("frontier: these plans answer in different metrics")
    figure = go.Figure()
    for index, curve in enumerate(curves):
        _draw(figure, curve, colours()[index % len(colours())], len(curves) > 1)
    _key(figure, curves)
    for limit in {curve.limit for curve in curves if curve.limit is not None}:
        figure.add_vline(limit, line={"dash": "dot", "color": INK[current()]})
        xs = [point[1] for curve in curves for point in curve.points]
        left = bool(xs) and limit * limit < min(xs) * max(xs)  # the words stand on the wider side
        place = {
            "x": log10(limit),
            "y": 0,
            "yref": "paper",
            "xanchor": "left" if left else "right",
            "xshift": 4 if left else -4,
            "yanchor": "bottom",
        }
        figure.add_annotation(text=f"at most {limit:g} {latency.unit}", showarrow=False, **place)
    rows = sum(trace.showlegend is not False for trace in figure.data)
    finish(
        figure,
        "Throughput against latency",
        " ".join(curve.said for curve in curves),
        x=f"{latency.words}, {latency.unit}",
        y=rate.words,
        x_log=True,
        y_log=True,
        margin={"l": 8, "r": 28, "t": 48, "b": 62 + 19 * rows},
        height=360 + 19 * rows,
    )
    figure.update_xaxes(tickformat="~g", **ticks(p[1] for c in curves for p in c.points))
    rates = ticks(p[2] for c in curves for p in c.points)
    return figure.update_yaxes(tickformat="~s", **rates)


def _key(figure: go.Figure, curves: list[Curve]) -> None:
    """What a ring and a hollow point mean."""
    limited = any(curve.limit is not None for curve in curves)
    ring = "the most within the bound" if limited else "knee: most throughput over latency"
    look: dict[str, Any] = {"symbol": "circle-open", "color": colours()[-1]}
    keys = {ring: {**look, "size": 15, "line": {"width": 3}}}
    if any(point[3] != FITS for curve in curves for point in curve.points):
        keys["does not fit"] = {**look, "size": 9}
    for name, marker in keys.items():
        figure.add_scatter(x=[None], y=[None], mode="markers", name=name, marker=marker)


def _curve(subject: Plan | dict[str, Any] | Evaluation, batches: Sequence[int]) -> Curve:
    """A plan at every batch, by one sweep."""
    plan = subject.scenario.plan if isinstance(subject, Evaluation) else subject
    one = SystemEvaluator.evaluate(plan=plan)
    batches = list(batches) or _doubled(one.scenario.plan.workload.batch_size)
    names = {metric.name: metric for metric in one.metrics}
    latency, rate = names.get("tpot_ms") or names["latency"], names["throughput"]
    limits = [
        bound.limit * names["latency"].scale / bound.metric.scale
        for bound in bounds_of(one.scenario.plan, one.metrics)
        if bound.side == "max" and bound.metric.symbol in (latency.symbol, "step_time")
    ]
    found = sweep(plan, {"batch_size": batches}, [latency.name, rate.name])
    columns = (found[latency.name], found[rate.name], found["status"])
    points = [(b, float(x), float(y), str(status)) for b, x, y, status in zip(batches, *columns)]
    points = [point for point in points if point[1] == point[1]]
    name = f"{one.scenario.model.id} on {one.scenario.given['chips']:,.0f} x {one.scenario.chip.id}"
    return Curve(name, latency, rate, points, min(limits, default=None))


def _doubled(batch: int) -> list[int]:
    """Powers of two that end some doublings above a batch."""
    end = max(DOUBLINGS, batch.bit_length() - 1 + ABOVE)
    return [2**power for power in range(end - DOUBLINGS, end + 1)]


def _apart(wanted: Sequence[Any], points: Sequence[Any]) -> list[Any]:
    """Of the points wanted, the first and every further one whose number would not touch another's."""
    spans = [log10(max(p[i] for p in points) / min(p[i] for p in points)) or 1.0 for i in (1, 2)]
    kept: list[Any] = []
    for one in wanted:
        gaps = [
            [abs(log10(one[i] / other[i])) / span for i, span in zip((1, 2), spans)]
            for other in kept
        ]
        if all(across >= ACROSS or up >= UP for across, up in gaps):
            kept.append(one)
    return kept


def _draw(figure: go.Figure, curve: Curve, colour: str, several: bool) -> None:
    """The curve, its points hollow where they do not fit, and a ring around the marked one."""
    unit, points = curve.latency.unit, curve.points
    named = [point for point in (curve.marked, points[0], points[-1]) if point]
    told_of = _apart([*named, *([] if several else points)], points)
    told = [
        lines(
            curve.name,
            f"batch {batch:,}{'' if status == FITS else f': {status}'}",
            f"{plain(rate)} /s, {plain(latency)} {unit}",
        )
        for batch, latency, rate, status in curve.points
    ]
    figure.add_scatter(
        x=[point[1] for point in curve.points],
        y=[point[2] for point in curve.points],
        mode="lines+markers+text",
        name=curve.name,
        text=[f"{p[0]:,}" if p in told_of else "" for p in curve.points],
        textposition="bottom right",
        textfont_size=11,
        line={"color": colour, "width": 2},
        marker={
            "color": colour,
            "size": 9,
            "symbol": ["circle" if p[3] == FITS else "circle-open" for p in curve.points],
        },
        customdata=told,
        hovertemplate="%{customdata}<extra></extra>",
        cliponaxis=False,
    )
    if curve.marked is None:
        return
    _, latency, rate, _ = curve.marked
    figure.add_scatter(
        x=[latency],
        y=[rate],
        mode="markers",
        marker={"symbol": "circle-open", "size": 18, "color": colour, "line": {"width": 3}},
        showlegend=False,
        hoverinfo="skip",
    )
