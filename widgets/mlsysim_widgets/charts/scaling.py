"""How much faster more chips are: the same work, and work that grows with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import plotly.graph_objects as go

from mlsysim import Evaluation, InputError, Plan, SystemEvaluator
from mlsysim.core.solver.keys import with_values
from mlsysim.core.text import plain

from ..hover import lines, percent, share_ticks, ticks
from ..theme import INK, colours, current, finish
from . import chart

COUNTS = (8, 16, 32, 64, 128, 256, 512, 1024)
DEGREES = ("tp", "pp", "dp", "ep")


class Point(NamedTuple):
    """A number of chips, and the evaluation there."""

    chips: int
    evaluation: Evaluation

    @property
    def rate(self) -> float:
        """Tokens or samples a second."""
        return self.evaluation.values[self.evaluation.metric("performance.throughput").symbol]


@chart(
    "How much faster more chips are",
    'work, layout = {"name": "Llama3_8B", "mode": "training", "batch_size": 256}, {"pp": 1, "microbatch": 1}\n'
    'plan = {"workload": work, "hardware": {"name": "H100"}, "parallelism": layout}\n'
    "scaling(plan)",
)
def scaling(plan: Plan | dict[str, Any] | Evaluation, counts: Sequence[int] = COUNTS) -> go.Figure:
    """Speed-up over the fewest chips that fit: with the plan's own batch, and with one that grows with the chips.

    Every count is laid out anew; hollow points do not fit, and counts that no layout divides are left out.
    """
    plan = plan.scenario.plan if isinstance(plan, Evaluation) else plan
    strong = _points(plan, counts, lambda n: {})
    base = next((point for point in strong if point.evaluation.fits), None)
    if base is None:
        raise InputError("scaling: no count of chips fits")
    batch = base.evaluation.scenario.plan.workload.batch_size
    weak = _points(plan, counts, lambda n: {"batch_size": max(1, round(batch * n / base.chips))})
    figure = go.Figure()
    names = {"weak: batch grows with the chips": weak, f"strong: batch {batch:,}": strong}
    told = [
        _curve(figure, name, points, base, colour)
        for (name, points), colour in zip(names.items(), (colours()[2], colours()[0]))
    ]
    _ideal(figure, [point.chips for point in strong], base.chips)
    said = f"{base.evaluation.scenario.name}, sped up over {base.chips:,} chips. {' '.join(told)}"
    speeds = [point.rate / base.rate for point in (*strong, *weak)]
    return _finished(figure, said, base.chips, strong, speeds)


def _ideal(figure: go.Figure, counts: list[int], first: int) -> None:
    """The speed-up that is in proportion to the chips."""
    look = {"mode": "lines", "line": {"color": INK[current()], "dash": "dot", "width": 1.5}}
    speeds = [count / first for count in counts]
    figure.add_scatter(x=counts, y=speeds, name="ideal", hoverinfo="skip", **look)
    shares = [1.0] * len(counts)
    figure.add_scatter(x=counts, y=shares, yaxis="y2", hoverinfo="skip", showlegend=False, **look)


def _finished(
    figure: go.Figure, said: str, first: int, points: list[Point], speeds: list[float]
) -> go.Figure:
    """Two panels over one axis of chips: the speed-up, and its share of the ideal."""
    finish(
        figure,
        "Speed-up with more chips",
        said,
        x="Chips",
        y=f"Times {first:,} chips",
        x_log=True,
        y_log=True,
        height=530,
        margin={"l": 8, "r": 20, "t": 48, "b": 64 + 19 * 3},
    )
    counts = [point.chips for point in points]
    look = figure.layout.yaxis
    figure.update_layout(
        yaxis_domain=[0.42, 1.0],
        yaxis2={
            **{name: look[name] for name in ("gridcolor", "zeroline", "linecolor", "ticks")},
            "automargin": True,
            "title": "Of ideal",
            "domain": [0.0, 0.34],
            "anchor": "x",
            "rangemode": "tozero",
            **share_ticks(),
        },
    )
    figure.update_xaxes(
        tickvals=counts, ticktext=[f"{x:,}" for x in counts], tickangle=0, anchor="y2"
    )
    figure.layout.yaxis.update(tickformat="~g", **ticks(speeds))
    return figure


def _points(
    plan: Plan | dict[str, Any], counts: Sequence[int], more: Callable[[int], dict[str, int]]
) -> list[Point]:
    """The plan on each number of chips; a number that the plan refuses is left out, and so is what is not known."""
    found = []
    for count in sorted(counts):
        try:
            changed = with_values(plan, {"accelerators": count, **more(count)})
            point = Point(count, SystemEvaluator.evaluate(plan=changed))
        except InputError:
            continue
        if point.rate == point.rate:
            found.append(point)
    return found


def _curve(figure: go.Figure, name: str, points: list[Point], base: Point, colour: str) -> str:
    """Speed-up against chips, with the share of the ideal at the last point; said in a sentence."""
    told, shares = [], []
    for point in points:
        given, values = point.evaluation.scenario.given, point.evaluation.values
        shares.append(point.rate / base.rate * base.chips / point.chips)
        layout = ", ".join(f"{degree} {given[degree]:g}" for degree in DEGREES if given[degree] > 1)
        told.append(
            lines(
                f"{point.chips:,} chips, batch {given['batch']:,.0f}",
                "" if point.evaluation.fits else "does not fit",
                f"{point.rate / base.rate:.3g} times, {percent(shares[-1])} of ideal",
                f"{plain(point.rate)} /s, MFU {percent(values['mfu'])}",
                layout or "one copy",
            )
        )
    look = {
        "x": [point.chips for point in points],
        "mode": "lines+markers",
        "line": {"color": colour, "width": 2.5},
        "marker": {
            "size": 9,
            "color": colour,
            "symbol": ["circle" if p.evaluation.fits else "circle-open" for p in points],
        },
        "customdata": told,
        "hovertemplate": "%{customdata}<extra></extra>",
        "cliponaxis": False,
    }
    figure.add_scatter(y=[point.rate / base.rate for point in points], name=name, **look)
    figure.add_scatter(y=shares, yaxis="y2", showlegend=False, **look)
    kind, end = name.split(":")[0], points[-1]
    return (
        f"{kind.capitalize()} scaling: {end.rate / base.rate:.3g} times at {end.chips:,} chips, "
        f"{percent(shares[-1])} of ideal (MFU {percent(end.evaluation.values['mfu'])})."
    )
