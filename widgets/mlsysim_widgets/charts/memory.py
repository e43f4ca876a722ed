"""Memory of the fullest device: what lies in it, against what there is."""

from __future__ import annotations

import plotly.graph_objects as go

from mlsysim import Evaluation
from mlsysim.core.text import readable
from mlsysim.metrics import METRICS

from ..hover import handy
from ..theme import INK, colours, current, finish
from . import chart

PARTS = (
    "weight_bytes",
    "gradient_bytes",
    "optimizer_bytes",
    "held_activation_bytes",
    "cache_bytes",
    "reserved_bytes",
)
WORDS = {metric.symbol: metric.words for metric in METRICS}


@chart(
    "What fills a device, against what there is",
    'evaluation = mlsysim.SystemEvaluator.evaluate(None, "Llama3_8B", "H100", batch_size=64)\nmemory(evaluation)',
)
def memory(*evaluations: Evaluation) -> go.Figure:
    """A stack for each evaluation: weights, gradients, optimiser, activations, cache; a mark where the device ends."""
    names = [evaluation.scenario.name.replace(" on ", "<br>on ") for evaluation in evaluations]
    figure = go.Figure()
    size_of, unit = handy(max(e.values["mem_capacity"] for e in evaluations), "byte")
    for symbol, colour in zip(PARTS, colours()):
        sizes = [e.values.get(symbol, 0.0) / size_of for e in evaluations]
        if not any(size > 0 for size in sizes):
            continue
        words = WORDS[symbol]
        sources = [e.scenario.source_of(symbol) or "computed" for e in evaluations]
        figure.add_bar(
            x=sizes,
            y=names,
            orientation="h",
            name=words,
            marker_color=colour,
            customdata=[
                [readable(size * size_of, "byte"), source] for size, source in zip(sizes, sources)
            ],
            hovertemplate=f"{words}: %{{customdata[0]}}<br>%{{customdata[1]}}<extra></extra>",
        )
    room = [e.values["mem_capacity"] / size_of for e in evaluations]
    figure.add_scatter(
        x=room,
        y=names,
        mode="markers",
        name="Memory there is",
        marker={"symbol": "line-ns", "size": 44, "line": {"width": 4, "color": INK[current()]}},
        hovertemplate=f"Memory there is: %{{x:.4g}} {unit}<extra></extra>",
    )
    said = "; ".join(f"{e.scenario.name}: {e.summary('feasibility')}" for e in evaluations)
    height = 200 + 56 * len(names)
    finish(figure, "Memory of the fullest device", said, x=unit, barmode="stack", height=height)
    return figure.update_yaxes(autorange="reversed")
