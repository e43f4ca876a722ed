"""Predictions against published measurements: how far off every kind is, and each kind value by value."""

from __future__ import annotations

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from mlsysim import InputError
from mlsysim.core.errors import unknown
from mlsysim.core.text import plain
from mlsysim.validation.score import WITHIN, Scored, by_kind
from mlsysim.validation.score import line as line_of

from ..hover import percent
from ..labels import AT_EDGE, wrapped
from ..theme import INK, colours, current, faded, finish
from . import chart

#: Points lie within this factor; one that is farther off stands at the edge as a triangle.
EDGE = 3.0
#: How far points of one kind are set apart, and by which part of it one after the other.
APART, TURN = 0.62, 0.618
ROW, REST = 34, 190
INSIDE = {True: "In the interval", False: "Outside"}
SHADES = (0.26, 0.16, 0.09)
TICKS = (1 / EDGE, 0.5, 1.0, 2.0, EDGE)
BANDS = "Within " + ", ".join(f"{factor:g}" for factor in WITHIN) + "×"
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star")
READ = (
    "from mlsysim.validation.rows import read_rows\nfrom mlsysim.validation.score import scores\n"
)


#: Units at the end of a metric's name, and metrics whose name is not a name and a unit.
UNITS = {
    **{unit: unit for unit in ("ms", "s", "min", "days")},
    "hours": "h",
    "gbps": "GB/s",
    "tbps": "TB/s",
    "pct": "%",
    "mwh": "MWh",
    "uj": "uJ",
}
NAMED = {
    "usd_total": ("cost", "USD"),
    "tco2e": ("carbon", "tCO2e"),
    "gpu_hours": ("GPU-hours", "h"),
    "total_flops": ("operations", "flop"),
    "tflops_per_device": ("rate of a device", "Tflop/s"),
    "energy_j_per_output_token": ("energy of an output token", "J"),
    "inferences_per_s": ("inferences", "/s"),
    "images_per_s": ("images", "/s"),
    "diffusion_steps_per_s": ("diffusion steps", "/s"),
    "seqs_per_s_total": ("sequences", "/s"),
    "tokens_per_s_total": ("tokens", "/s"),
    "output_tokens_per_s_total": ("output tokens", "/s"),
    "tokens_per_s_per_device": ("tokens of a device", "/s"),
}


# ---- all kinds
@chart("How far predictions are from measurements", READ + "validation(scores(read_rows()[::8]))")
def validation(scored: Sequence[Scored]) -> go.Figure:
    """A row for each kind: predicted over measured, the median as a bar, and bands of 1.25, 1.5 and 2 times."""
    held = _predicted(scored)
    lines = by_kind(held)
    kinds = [line.kind for line in lines]
    figure = go.Figure()
    for factor, shade in zip(WITHIN, SHADES):
        figure.add_vrect(
            1 / factor,
            factor,
            fillcolor=faded(INK[current()], shade / 2),
            line_width=0,
            layer="below",
            name=BANDS,
            showlegend=factor == WITHIN[0],
        )
    for (inside, words), colour in zip(INSIDE.items(), colours()):
        _dots(figure, [entry for entry in held if entry.inside == inside], kinds, words, colour)
    figure.add_scatter(
        x=[line.bias for line in lines],
        y=list(range(len(kinds))),
        mode="markers",
        name="Median",
        marker={
            "symbol": "line-ns",
            "size": ROW * 0.7,
            "line": {"width": 3, "color": INK[current()]},
        },
        customdata=[
            f"{_words(line.kind)}: {line.rows} rows, median error {line.median:.2f} times"
            for line in lines
        ],
        hovertemplate="%{customdata}<extra></extra>",
    )
    return finish(
        figure,
        "Predicted over measured, by kind",
        said(held),
        x_log=True,
        xaxis={
            "tickvals": TICKS,
            "ticktext": [f"{tick:.2g}" for tick in TICKS],
            "range": [-math.log10(EDGE * 1.1), math.log10(EDGE * 1.1)],
        },
        yaxis={
            "tickvals": list(range(len(kinds))),
            "ticktext": [wrapped(f"{_words(x.kind)} ({x.rows})", 18) for x in lines],
            "range": [len(kinds) - 0.4, -0.6],
            "showgrid": False,
        },
        height=REST + ROW * len(kinds),
        margin={"b": 92},
        **AT_EDGE,
    )


def _predicted(scored: Sequence[Scored]) -> list[Scored]:
    """The rows with a prediction and a measurement."""
    held = [entry for entry in scored if entry.ratio]
    if not held:
        raise InputError("validation: no row has a prediction")
    return held


def _dots(
    figure: go.Figure, some: Sequence[Scored], kinds: Sequence[str], words: str, colour: str
) -> None:
    """Points of a colour, those of a kind beside each other."""
    ratios = [entry.ratio or math.nan for entry in some]
    figure.add_scatter(
        x=[min(max(ratio, 1 / EDGE), EDGE) for ratio in ratios],
        y=[kinds.index(e.row.kind) + APART * (i * TURN % 1 - 0.5) for i, e in enumerate(some)],
        mode="markers",
        name=words,
        marker={
            "color": colour,
            "size": 6,
            "opacity": 0.75,
            "symbol": [
                "triangle-right" if r > EDGE else "triangle-left" if r < 1 / EDGE else "circle"
                for r in ratios
            ],
        },
        customdata=[told(entry) for entry in some],
        hovertemplate="%{customdata}<extra></extra>",
    )


def told(entry: Scored) -> str:
    """A row in words: what was measured and predicted, the interval, and the source."""
    row = entry.row
    ends = ""
    if entry.low is not None and entry.high is not None:
        ends = f" ({plain(entry.low)} to {plain(entry.high)})"
    name, unit = measured(row.metric)
    numbers = f"{name}: predicted {plain(entry.predicted)}{ends}, measured {plain(row.value)} {unit}".rstrip()
    return "<br>".join(map(wrapped, (row.id, numbers, f"{row.source}, {row.locator}")))


def measured(metric: str) -> tuple[str, str]:
    """What a metric is called, and its unit: usd_total is a cost in USD."""
    if metric in NAMED:
        return NAMED[metric]
    name, _, unit = metric.rpartition("_")
    if unit in UNITS:
        return name.replace("_", " "), UNITS[unit]
    return metric.replace("_per_s", "/s").replace("_", " "), ""


def _words(kind: str) -> str:
    return kind.replace("_", " ")


def said(held: Sequence[Scored]) -> str:
    """How many lie within each factor and in their intervals, and the worst kind."""
    whole = line_of("", "", held)
    within = ", ".join(
        f"{percent(share)} within {factor:g} times" for factor, share in zip(WITHIN, whole.within)
    )
    told = (
        f"{len(held)} predictions: median error {whole.median:.2f} times, {within}; "
        f"{percent(whole.inside)} of the measurements lie in their intervals"
    )
    lines = by_kind(held)
    if len(lines) < 2:
        return told
    worst, best = max(lines, key=lambda x: x.median), min(lines, key=lambda x: x.median)
    return (
        f"{told}; best {_words(best.kind)} ({best.median:.2f} times), "
        f"worst {_words(worst.kind)} ({worst.median:.2f} times)"
    )


# ---- one kind
@chart(
    "Predicted against measured, one kind",
    READ + 'predicted(scores(row for row in read_rows() if row.kind == "gemm"), "gemm")',
)
def predicted(scored: Sequence[Scored], kind: str) -> go.Figure:
    """A point for each row with its interval, and bands of 1.25, 1.5 and 2 times about what was measured."""
    held = [entry for entry in _predicted(scored) if entry.row.kind == kind]
    if not held:
        raise unknown("kind", kind, {entry.row.kind for entry in scored})
    metrics = list(dict.fromkeys(entry.row.metric for entry in held))
    values = [value for e in held for value in (e.row.value, e.predicted or e.row.value)]
    ends = [min(values) / WITHIN[0], max(values) * WITHIN[0]]
    figure = go.Figure()
    for factor, shade in reversed(tuple(zip(WITHIN, SHADES))):
        _band(figure, ends, factor, shade)
    for metric, colour, symbol in zip(metrics, colours() * len(metrics), SYMBOLS * len(metrics)):
        _points(figure, [e for e in held if e.row.metric == metric], metric, colour, symbol)
    span = [math.log10(end) for end in ends]
    unit = f", {measured(metrics[0])[1]}" if len(metrics) == 1 and measured(metrics[0])[1] else ""
    return finish(
        figure,
        f"Predicted against measured: {_words(kind)}",
        said(held),
        x=f"Measured{unit}",
        y=f"Predicted{unit}",
        x_log=True,
        y_log=True,
        xaxis={"range": span, "tickformat": "~g", "dtick": 1},
        yaxis={"range": span, "tickformat": "~g", "dtick": 1},
        height=460,
        margin={"b": 112},
    )


def _band(figure: go.Figure, ends: Sequence[float], factor: float, shade: float) -> None:
    """What lies within a factor."""
    low, high = ends
    figure.add_scatter(
        x=[low, high, high, low],
        y=[low * factor, high * factor, high / factor, low / factor],
        mode="lines",
        fill="toself",
        fillcolor=faded(INK[current()], shade / 2),
        line={"width": 0},
        name=BANDS,
        showlegend=factor == WITHIN[0],
        hoverinfo="skip",
    )


def _points(
    figure: go.Figure, some: Sequence[Scored], metric: str, colour: str, symbol: str
) -> None:
    """The rows of a metric with their intervals."""
    figure.add_scatter(
        x=[e.row.value for e in some],
        y=[e.predicted for e in some],
        mode="markers",
        name=", ".join(filter(None, measured(metric))),
        marker={"color": colour, "size": 7, "symbol": symbol},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [(e.high or 0.0) - (e.predicted or 0.0) for e in some],
            "arrayminus": [(e.predicted or 0.0) - (e.low or 0.0) for e in some],
            "color": faded(colour, 0.45),
            "thickness": 1.2,
            "width": 0,
        },
        customdata=[told(entry) for entry in some],
        hovertemplate="%{customdata}<extra></extra>",
    )
