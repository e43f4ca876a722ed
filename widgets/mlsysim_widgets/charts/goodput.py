"""Checkpoints: the share of the time that is lost against the work between two of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from mlsysim import InputError
from mlsysim.core.graph import NoEquation, choose, solve
from mlsysim.core.points import at_points
from mlsysim.core.solver.question import Subject
from mlsysim.core.text import readable

from ..hover import percent, share_ticks
from ..labels import asked, spread, time_ticks
from ..theme import colours, finish
from . import chart

#: How many times below and above the best interval the curve goes, its points, and what the text tells of.
FAR, POINTS, TOLD = 30.0, 81, 10.0
#: Two ways to count what is lost, and the rule for the interval that belongs to each.
CURVES = (("first", "young"), ("exact", "daly"))


@chart(
    "How often to save: too often, too seldom",
    'goodput({"stall_time": 300.0, "mtbf": 6 * 3600.0, "restart_time": 600.0})',
)
def goodput(subject: Subject, *, options: Mapping[str, str] | None = None) -> go.Figure:
    """The lost share over the interval, to first order and exactly, each with the interval that is best."""
    given, options = asked(subject, options)
    if options["saving"] == "tiered":
        raise InputError(
            "goodput: tiers are saved to at intervals of their own: there is no one curve"
        )
    facts = solve(("stall_time", "mtbf"), given, options)
    figure, said, centre = go.Figure(), [], 0.0
    for (order, rule), colour in zip(CURVES, colours()):
        own = {**options, "loss_order": order, "interval": rule}
        try:
            counted = choose("goodput_share", own).paper
        except NoEquation:  # saving beside the work is counted to first order only
            continue
        advised = choose("best_interval", own).paper
        best = solve(("best_interval",), given, own)["best_interval"]
        centre = centre or best
        intervals = spread(centre / FAR, centre * FAR, POINTS, log=True)
        least, often, seldom = lost(given, own, [best, best / TOLD, best * TOLD])
        words = f"After {counted.authors}"
        _curve(figure, intervals, lost(given, own, intervals), words, str(counted), colour)
        _mark(figure, best, least, str(advised), colour)
        said.append(
            f"after {advised.authors} saving every {readable(best, 's')} loses least, {percent(least, 1)} "
            f"of the time ({percent(often, 1)} at a tenth of it, {percent(seldom, 1)} at ten times it)"
        )
    stall, apart = (readable(facts[name], "s") for name in ("stall_time", "mtbf"))
    return finish(
        figure,
        "Time lost by checkpoint interval",
        f"With {stall} to save and {apart} between failures, {'; '.join(said)}",
        x="Work between two checkpoints",
        y="Lost share of the time",
        x_log=True,
        xaxis=time_ticks(centre / FAR, centre * FAR),
        yaxis={**share_ticks(), "range": [0, 1]},
    )


def lost(
    given: Mapping[str, Any], options: Mapping[str, str], intervals: Sequence[float]
) -> list[float]:
    """The share that is not goodput, at some intervals."""
    found = at_points(("goodput_share",), given, options, {"save_interval": intervals})
    return [1 - share for share in found["goodput_share"]]


def _curve(
    figure: go.Figure,
    intervals: Sequence[float],
    shares: Sequence[float],
    words: str,
    paper: str,
    colour: str,
) -> None:
    figure.add_scatter(
        x=intervals,
        y=shares,
        mode="lines",
        name=words,
        line={"color": colour, "width": 2.5},
        customdata=[
            f"Every {readable(interval, 's')}: {percent(share, 1)} lost"
            for interval, share in zip(intervals, shares)
        ],
        hovertemplate=f"%{{customdata}}<br>{paper}<extra></extra>",
    )


def _mark(figure: go.Figure, best: float, least: float, paper: str, colour: str) -> None:
    """The interval that a rule advises."""
    figure.add_scatter(
        x=[best],
        y=[least],
        mode="markers",
        name=f"Best: {readable(best, 's')}",
        marker={"color": colour, "size": 11, "symbol": "diamond"},
        hovertemplate=f"Every {readable(best, 's')}: {percent(least, 1)} lost<br>{paper}<extra></extra>",
    )
