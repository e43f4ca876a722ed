"""What a score leaves out: the heat that comes after a short run, and the answers that a mean hides."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

import plotly.graph_objects as go

from mlsysim.core.graph import solve
from mlsysim.core.text import readable
from mlsysim.walls.thermal import stepped

from ..hover import percent
from ..theme import INK, colours, current, faded, finish
from . import chart

#: Until when a device is watched, every how many seconds a point and a step are drawn.
LAST, EVERY, STEPS = 600, 5, 30
#: Answers that are drawn at random, and the bars that they are counted in, up to so many times the mean.
ANSWERS, BARS, MOST = 20_000, 80, 8
WARM = {"heat_power": 8.0, "thermal_resistance": 4.0, "heat_capacitance": 30.0, "heat_room": 20.0}


@chart("How a device warms until it slows", f"warming({WARM}, air=25, run=60)")
def warming(given: Mapping[str, float], air: float = 0.0, run: float = LAST) -> go.Figure:
    """Temperature and speed over time from cold, the same heat stepped by seconds, and the end of a run of a benchmark.

    That speed follows power is assumed.
    """
    found = solve(("throttle_time", "sustained_share"), given, {})
    late, share, room = found["throttle_time"], found["sustained_share"], given["heat_room"]
    xs, figure = list(range(0, LAST + 1, EVERY)), go.Figure()
    rises = [
        solve(("temperature_rise",), {**given, "duration": float(x)}, {})["temperature_rise"]
        for x in xs
    ]
    steps = stepped(**given, seconds=LAST)[::STEPS]
    blue, orange = colours()[:2]
    rows = (
        ("Case, °C", xs, [air + min(rise, room) for rise in rises], orange, "lines"),
        (
            "Case, stepped",
            xs[:: STEPS // EVERY],
            [air + rise for rise, _ in steps],
            orange,
            "markers",
        ),
        ("Speed, %", xs, [100 * (share if x >= late else 1) for x in xs], blue, "lines"),
    )
    for name, times, values, tint, mode in rows:
        told = f"%{{x}} s: %{{y:.3g}}<br>{name}<extra></extra>"
        look = {"color": tint, "symbol": "circle-open", "size": 8}
        figure.add_scatter(
            x=times,
            y=values,
            name=name,
            mode=mode,
            line_color=tint,
            marker=look,
            hovertemplate=told,
        )
    figure.add_vline(run, line={"dash": "dot", "color": INK[current()]})
    score = solve(("scored_share",), {**given, "duration": float(run)}, {})["scored_share"]
    when = f"slows after {readable(late, 's')}" if late < float("inf") else "never slows"
    return finish(
        figure,
        f"A run of {run:g} s: {percent(score)} of full speed",
        f"The device {when}, and keeps {percent(share, 1)} of its power; a run of {run:g} s reports "
        f"{percent(score, 1)} of full speed",
        x="Seconds from a cold start",
        y="°C, or %",
        height=380,
        margin={"b": 96},
        yaxis={"range": [0, 105]},
    )


@chart("What a mean hides", "answers(0.05, 0.5)")
def answers(mean: float, spread: float, share: float = 0.99, seed: int = 2) -> go.Figure:
    """Seeded answers whose times are lognormal, their mean, and a percentile after the equation and in the sample."""

    def below(part: float) -> float:
        given = {"mean_latency": mean, "log_spread": spread, "percentile_share": part}
        return solve(("lognormal_percentile",), given, {})["lognormal_percentile"]

    times, late, width = sampled(mean, spread, seed), below(share), MOST * mean / BARS
    counts = [0] * BARS
    for time in times:
        counts[min(int(time / width), BARS - 1)] += 1
    figure, ink = go.Figure(), INK[current()]
    figure.add_bar(
        x=[(i + 0.5) * width * 1e3 for i in range(BARS)],
        y=counts,
        marker_color=faded(colours()[0], 0.6),
        hovertemplate="%{y} answers near %{x:.3g} ms<extra></extra>",
    )
    word = f"p{100 * share:g}"
    for name, value in (("mean", mean), (word, late)):
        look = {"dash": "dot", "color": ink}
        figure.add_vline(value * 1e3, line=look, annotation_text=name)
    seen = times[int(share * len(times))]
    return finish(
        figure,
        f"Mean {readable(mean, 's')}, {word} {readable(late, 's')}",
        f"{len(times):,} answers with a mean of {readable(mean, 's')} and a spread of {spread:g}: the {word} is "
        f"{readable(late, 's')}, that of the sample {readable(seen, 's')}",
        x="ms (last bar: all above)",
        y="Answers",
        height=320,
        bargap=0,
    )


def sampled(mean: float, spread: float, seed: int = 2) -> list[float]:
    """Sorted times of seeded answers."""
    chance = Random(seed)
    return sorted(mean * chance.lognormvariate(-(spread**2) / 2, spread) for _ in range(ANSWERS))
