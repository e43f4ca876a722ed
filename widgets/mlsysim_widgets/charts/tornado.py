"""A tornado: which input moves an answer most, each a step down and a step up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import plotly.graph_objects as go

from mlsysim import WALLS, InputError
from mlsysim.core.solver.question import Subject, said
from mlsysim.core.solver.sensitivity import STEP, Elasticity
from mlsysim.core.solver.sensitivity import tornado as moved
from mlsysim.core.text import plain
from mlsysim.metrics import Metric

from ..hover import percent
from ..labels import AT_EDGE, question, wrapped
from ..theme import INK, colours, current, finish
from . import chart

#: Bars at most, the height of one, and what titles and legend take.
MOST, BAR, REST = 10, 30, 176
#: Letters of a line below the axis that a phone shows, and the height of one.
LETTERS, LINE = 22, 18
ENDS = ("low", "high")


@chart(
    "Which input moves an answer most",
    'plan = {"workload": {"name": "Llama3_70B", "batch_size": 16}, "hardware": {"name": "H100", "nodes": 1}}\n'
    'tornado(plan, "tpot_ms")',
)
def tornado(
    subject: Subject,
    metric: str,
    inputs: Iterable[str] | None = None,
    *,
    step: float = STEP,
    most: int = MOST,
    options: Mapping[str, str] | None = None,
) -> go.Figure:
    """A bar for each input from the answer a step below its value to the one a step above, the widest first."""
    found = moved(question(subject, options), metric, inputs, step)
    rows = [row for row in found.rows if row.width > 0 or inputs is not None][:most]
    if not rows:
        raise InputError(f"{metric}: no input moves it")
    figure, labels = go.Figure(), [row.name.replace("_", " ") for row in rows]
    for end, colour in zip(ENDS, colours()):
        figure.add_bar(
            base=found.value,
            x=[_known(getattr(row, f"answer_{end}"), found.value) - found.value for row in rows],
            y=labels,
            orientation="h",
            name=f"Input {'-' if end == 'low' else '+'}{percent(step)}",
            marker_color=colour,
            customdata=[wrapped(_told(row, end, found.metric)) for row in rows],
            hovertemplate="%{customdata}<extra></extra>",
        )
    figure.add_vline(found.value, line={"color": INK[current()], "width": 1.5})
    unit = f", {found.metric.unit}" if found.metric.unit else ""
    title = wrapped(f"{found.metric.words}{unit}", LETTERS)
    more = LINE * title.count("<br>")
    return finish(
        figure,
        f"What moves {found.metric.words[:1].lower()}{found.metric.words[1:]}",
        _said(found.metric, found.value, rows, step),
        x=title,
        barmode="overlay",
        yaxis={"autorange": "reversed", "showgrid": False},
        height=REST + BAR * len(rows) + more,
        margin={"b": 92 + more},
        **AT_EDGE,
    )


def _known(value: float, otherwise: float) -> float:
    return value if value == value else otherwise


def _told(row: Elasticity, end: str, metric: Metric) -> str:
    """An end of a bar in words: the input, the answer, the elasticity, and the wall that it acts through."""
    lever, value = row.lever, getattr(row, end)
    answer = getattr(row, f"answer_{end}")
    words = said(metric, answer) if answer == answer else "not known, or it does not fit"
    wall = f"; wall {row.wall} ({WALLS[row.wall].name})" if row.wall else ""
    anew = "; laid out anew" if row.anew[ENDS.index(end)] else ""
    slope = f"; elasticity {plain(row.elasticity)}" if row.elasticity == row.elasticity else ""
    change = f"{lever.meaning or row.name}: {lever.text(value)} instead of {lever.text(row.value)}"
    return f"{change}: {words}{slope}{wall}{anew}"


def _said(metric: Metric, value: float, rows: list[Elasticity], step: float) -> str:
    """The answer and the three inputs that move it most."""
    parts = [
        f"{row.name} ({said(metric, row.answer_low)} to {said(metric, row.answer_high)})"
        for row in rows[:3]
    ]
    return (
        f"{metric.words} is {said(metric, value)}; {percent(step)} less and more of an input move it most "
        f"for {', '.join(parts)}"
    )
