"""Tail latency: percentiles of the time from arrival to answer against the load of the servers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from mlsysim import InputError
from mlsysim.core.graph import solve
from mlsysim.core.points import at_points
from mlsysim.core.solver.question import Subject
from mlsysim.core.text import readable

from ..labels import asked, axis_unit, spread
from ..theme import INK, colours, current, finish
from . import chart

SHARES = (0.5, 0.95, 0.99)
#: How much of the servers is busy at the right end: at 1 every percentile is infinite.
FULL, POINTS = 0.95, 57
#: Loads that the text tells of.
TOLD = (0.5, 0.9)
DASHES = ("solid", "dash", "dot")


@chart(
    "What the slowest requests see as load grows", 'tail({"service_time": 0.05}, servers=(1, 8))'
)
def tail(
    subject: Subject,
    servers: Sequence[float] = (),
    shares: Sequence[float] = SHARES,
    *,
    options: Mapping[str, str] | None = None,
) -> go.Figure:
    """A line for each percentile and each number of servers; the load of a plan with arrivals is marked."""
    given, options = asked(subject, options)
    if "service_time" not in given:
        raise InputError("tail: service_time is not given; a plan states it under inputs")
    counts = tuple(servers) or (given.get("servers", 1.0),)
    if len(counts) > len(DASHES):
        raise InputError(f"servers: {len(counts)} are given; {len(DASHES)} can be told apart")
    lines = [
        (count, dash, share, colour, _at(given, options, count, share, _offered(count)))
        for count, dash in zip(counts, DASHES)
        for share, colour in zip(shares, colours())
    ]
    label, factor = axis_unit((line[-1]["sojourn_percentile"][-1] for line in lines), "s")
    figure = go.Figure()
    for count, dash, share, colour, found in lines:
        times = found["sojourn_percentile"]
        figure.add_scatter(
            x=found["server_load"],
            y=[time / factor for time in times],
            mode="lines",
            name=f"p{100 * share:g}",
            legendgroup=f"p{100 * share:g}",
            showlegend=count == counts[0],
            line={"color": colour, "width": 2.5, "dash": dash},
            customdata=[readable(time, "s") for time in times],
            hovertemplate=f"p{100 * share:g} with {_servers(count)}: %{{customdata}}<br>"
            "at a load of %{x:.2f}<extra></extra>",
        )
    _key(figure, counts)
    _now(figure, given, options)
    return finish(
        figure,
        "Time to an answer against load",
        _said(given, options, counts, max(shares)),
        x="Busy share of the servers",
        y=f"Time to an answer, {label}",
        xaxis={"range": [0, 1], "tickformat": ".1f"},
        yaxis={"rangemode": "tozero"},
        margin={"b": 100},
    )


def _offered(servers: float) -> list[float]:
    """Work for some servers, from none to nearly all that they can do, closer where the curves are steep."""
    return [servers * FULL * part * (2 - part) for part in spread(0.01, 1.0, POINTS)]


def _at(
    given: Mapping[str, Any],
    options: Mapping[str, str],
    servers: float,
    share: float,
    offered: Sequence[float],
) -> dict[str, list[float]]:
    """The load and the percentile at some points of offered work."""
    fixed = {**given, "servers": servers, "percentile_share": share}
    return at_points(
        ("server_load", "sojourn_percentile"), fixed, options, {"offered_load": offered}
    )


def _servers(count: float) -> str:
    return "1 server" if count == 1 else f"{count:g} servers"


def _key(figure: go.Figure, counts: Sequence[float]) -> None:
    """What the dashes mean, where there are several."""
    for count, dash in zip(counts, DASHES if len(counts) > 1 else ()):
        line = {"color": INK[current()], "width": 2, "dash": dash}
        figure.add_scatter(x=[None], y=[None], mode="lines", name=_servers(count), line=line)


def _now(figure: go.Figure, given: Mapping[str, Any], options: Mapping[str, str]) -> None:
    """The load of the numbers as they are."""
    if "arrival_rate" in given and "servers" in given:
        load = solve(("server_load",), given, options)["server_load"]
        line = {"width": 1.5, "dash": "dot", "color": INK[current()]}
        if load < 1:
            figure.add_vline(load, line=line, annotation_text=f"now {load:.2f}")


def _said(
    given: Mapping[str, Any], options: Mapping[str, str], counts: Sequence[float], share: float
) -> str:
    """What the highest percentile is, half busy and nearly full."""
    parts = []
    for count in counts:
        found = _at(given, options, count, share, [count * load for load in TOLD])
        pairs = zip(found["sojourn_percentile"], found["server_load"])
        times = " and ".join(f"{readable(time, 's')} at a load of {load:g}" for time, load in pairs)
        parts.append(f"with {_servers(count)} {times}")
    served = readable(given["service_time"], "s")
    return (
        f"Service takes {served} on average; {100 * share:.4g} % of the requests end within: "
        f"{'; '.join(parts)}"
    )
