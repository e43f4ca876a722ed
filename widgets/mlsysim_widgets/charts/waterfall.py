"""One step from its first term to its last, and the share of the peak that each of them costs."""

from __future__ import annotations

from typing import Any, NamedTuple

import plotly.graph_objects as go

from mlsysim import Evaluation
from mlsysim.core.graph import At, solve
from mlsysim.core.solver.optima.losses import terms
from mlsysim.core.text import readable

from ..hover import about, handy, known, lines, percent
from ..theme import INK, colours, current, faded, finish
from . import chart

ONCE = {"recompute": "none"}
#: Each term of a step: the name on the chart, the symbol that tells what it is, and its colour in the palette.
ROWS = {
    "arithmetic": ("Arithmetic", "compute_time", 0),
    "memory": ("Memory", "memory_time", 1),
    "starts": ("Kernel starts", "launch_time", 6),
    "slowest stage": ("Uneven stages", "slowest_share", 3),
    "batch that does not divide": ("Uneven batch", "microbatches", 3),
    "recomputation": ("Recomputing", "compute_time", 0),
    "collectives inside layers": ("Collectives", "link_time", 2),
    "context gathers": ("Context gathers", "link_time", 2),
    "hand-overs between stages": ("Hand-overs", "hop_time", 2),
    "pipeline bubble": ("Bubble", "bubble_share", 3),
    "exposed gradients": ("Gradients", "exposed_link_time", 2),
    "optimiser": ("Optimiser", "update_time", 4),
    "fixed costs": ("Fixed costs", "fixed_time", 6),
}
#: What is shown even where it is nothing.
ALWAYS = ("arithmetic", "memory", "starts", "fixed costs")
STEP, PEAK, BELOW = "Step", "Peak", "Below peak rate"
EVALUATED = (
    'evaluation = mlsysim.SystemEvaluator.evaluate(None, "Llama3_70B", "H100", accelerators=8)\n'
)


class Term(NamedTuple):
    """A term of a step: what it adds in seconds, and what of it another term hides."""

    name: str
    added: float
    hidden: float = 0.0


def parts(evaluation: Evaluation) -> list[Term]:
    """The terms of a step in order; what they add makes up the step time.

    A training step is a mean, in the logarithm, of two estimates: each term counts for its share of the step in each.
    """
    given, options = evaluation.scenario.given, evaluation.scenario.options
    wanted = ("busy_time", "launch_time", "compute_time", "memory_time")
    once = solve({name: At(name, **ONCE) for name in wanted}, given, options)
    step = known(evaluation, "step_time").values["step_time"]
    found: dict[str, float] = {}
    for index, (weight, own) in enumerate(terms(given, options)):
        scale = weight * step / sum(own.values())
        starts = once["launch_time"] / once["busy_time"] if index == 0 else 0.0
        kernels = own["kernels"]
        split = {**own, "kernels": kernels * (1 - starts), "starts": kernels * starts}
        for name, time in split.items():
            found[name] = found.get(name, 0.0) + time * scale
    ceilings = found.pop("kernels")
    under = once["busy_time"] - once["launch_time"]
    arithmetic, memory = (
        ceilings * min(once[name] / under, 1.0) for name in ("compute_time", "memory_time")
    )
    rows = {"arithmetic": arithmetic, "memory": ceilings - arithmetic, **found}
    hidden = {"memory": memory - rows["memory"], **_hidden(evaluation, found)}
    return [
        Term(name, rows.get(name, 0.0), hidden.get(name, 0.0))
        for name in ROWS
        if name in ALWAYS or rows.get(name) or hidden.get(name)
    ]


def _hidden(evaluation: Evaluation, found: dict[str, float]) -> dict[str, float]:
    """Traffic that arithmetic hides, at the scale of what it does not hide."""
    values = evaluation.values
    scenario = evaluation.scenario
    got = solve(("pass_time", "busy_time"), scenario.given, scenario.options)
    exposed = {
        "collectives inside layers": (got["pass_time"] - got["busy_time"], values["link_time"]),
        "exposed gradients": (values.get("exposed_link_time", 0), values.get("gradient_time", 0)),
    }
    return {
        name: found[name] * (whole / open_ - 1)
        for name, (open_, whole) in exposed.items()
        if found.get(name, 0) > 0 and open_ > 0 and whole > open_
    }


@chart("Where the time of a step goes", EVALUATED + "waterfall(evaluation)")
def waterfall(evaluation: Evaluation) -> go.Figure:
    """Every term of a step, one after the other; pale is what another term hides, so it adds nothing."""
    own = parts(evaluation)
    step = evaluation.values["step_time"]
    factor, unit = handy(step, "s")
    figure, at = go.Figure(), 0.0
    for term in own:
        name, symbol, colour = ROWS[term.name]
        tint = colours()[colour]
        if term.hidden > 0:
            told = lines("It runs while other work does and adds nothing to the step.")
            told = f"{name}, hidden: {readable(term.hidden, 's')}<br>{told}"
            _bar(figure, name, (at - term.hidden) / factor, term.hidden / factor, tint, told, True)
        told = f"{name}: {readable(term.added, 's')}, {percent(term.added / step)} of the step"
        told += f"<br>{about(symbol, evaluation)}"
        _bar(figure, name, at / factor, term.added / factor, tint, told)
        _number(figure, name, brief(term.added))
        at += term.added
    _step(figure, evaluation, factor)
    names = [*(ROWS[term.name][0] for term in own), STEP]
    pale = "pale: hidden by other work<br>" if any(term.hidden > 0 for term in own) else ""
    key = f"{pale}marks: full and no overlap; line: 80 % interval"
    axis = f"{unit}<br><span style='font-size:11px'>{key}</span>"
    return _rows(figure, "Where the time of a step goes", _told(evaluation, own), names, axis)


def losses(evaluation: Evaluation) -> list[Term]:
    """What each term takes of the peak rate: the losses and the share that does the model's work make up one."""
    known(evaluation, "mfu")
    step, mfu = evaluation.values["step_time"], evaluation.values["mfu"]
    own = {term.name: term.added / step for term in parts(evaluation)}
    own["arithmetic"] -= mfu
    return [Term(name, share) for name, share in own.items()]


@chart("From the peak rate to what does the model's work", EVALUATED + "mfu_waterfall(evaluation)")
def mfu_waterfall(evaluation: Evaluation) -> go.Figure:
    """What each term of a step takes of the peak rate, from all of it down to the share that does the model's work."""
    own = losses(evaluation)
    mfu, ink = evaluation.values["mfu"], colours()[5]
    figure, left = go.Figure(), 100.0
    peak = readable(evaluation.scenario.given["peak_rate"], "flop/s")
    _bar(figure, PEAK, 0.0, left, ink, f"{peak}<br>{about('peak_rate', evaluation)}")
    _number(figure, PEAK, "100 %")
    for term in own:
        name, symbol, colour = ROWS[term.name]
        name = BELOW if term.name == "arithmetic" else name
        left -= 100 * term.added
        told = f"{name}: {percent(term.added)} of the peak lost<br>{about(symbol, evaluation)}"
        _bar(figure, name, left, 100 * term.added, colours()[colour], told)
        _number(figure, name, percent(-term.added).replace("-", "−"))
    _bar(figure, "MFU", 0.0, 100 * mfu, ink, f"{percent(mfu)}<br>{about('mfu', evaluation)}")
    _number(figure, "MFU", f"<b>{percent(mfu)}</b>")
    lost = sorted(own, key=lambda term: -term.added)[:3]
    said = ", ".join(f"{_word(term.name)} {percent(term.added)}" for term in lost if term.added)
    alt = f"{evaluation.scenario.name}: {percent(mfu)} of the peak of {peak} does the model's work; lost are {said}."
    names = [PEAK, *(BELOW if t.name == "arithmetic" else ROWS[t.name][0] for t in own), "MFU"]
    return _rows(figure, "From peak to MFU", alt, names, "% of the peak rate")


def _word(name: str) -> str:
    """A loss in the middle of a sentence."""
    return (BELOW if name == "arithmetic" else ROWS[name][0]).lower()


def _bar(
    figure: go.Figure,
    row: str,
    start: float,
    size: float,
    tint: str,
    told: str,
    pale: bool = False,
    **more: Any,
) -> None:
    """A piece of a row; what is hidden is pale."""
    look = {"color": faded(tint, 0.25) if pale else tint}
    figure.add_bar(
        x=[size],
        base=[start],
        y=[row],
        orientation="h",
        marker={**look, "line": {"color": tint, "width": 1 if pale else 0}},
        hovertemplate=f"{told}<extra></extra>",
        **more,
    )


def _number(figure: go.Figure, row: str, text: str) -> None:
    """A number in the column at the right."""
    figure.add_annotation(
        x=1, xref="paper", xanchor="left", xshift=6, y=row, yref="y", text=text, showarrow=False
    )


def _step(figure: go.Figure, evaluation: Evaluation, factor: float) -> None:
    """The whole step, with its 80 % interval and the ends of its bracket."""
    values, ink = evaluation.values, INK[current()]
    step, own = values["step_time"], evaluation.spans.get("step_time")
    more: dict[str, Any] = {}
    told = readable(step, "s")
    if own is not None:
        told += f"<br>80 % interval {readable(own.low, 's')} to {readable(own.high, 's')}"
        beyond, short = [(own.high - step) / factor], [(step - own.low) / factor]
        more["error_x"] = {"array": beyond, "arrayminus": short, "color": ink, "width": 5}
    told = f"{STEP}: {told}<br>{about('step_time', evaluation)}"
    _bar(figure, STEP, 0.0, step / factor, faded(colours()[0], 0.55), told, **more)
    _number(figure, STEP, f"<b>{brief(step)}</b>")
    ends = {"step_time_low": "if all overlapped", "step_time_high": "if nothing overlapped"}
    ends = {symbol: words for symbol, words in ends.items() if values[symbol] < float("inf")}
    figure.add_scatter(
        x=[values[symbol] / factor for symbol in ends],
        y=[STEP] * len(ends),
        mode="markers",
        marker={"symbol": "line-ns", "size": 20, "line": {"width": 3, "color": colours()[1]}},
        customdata=[[words, readable(values[symbol], "s")] for symbol, words in ends.items()],
        hovertemplate="%{customdata[1]} %{customdata[0]}<extra></extra>",
    )


def _rows(figure: go.Figure, title: str, alt: str, names: list[str], unit: str) -> go.Figure:
    """Rows from the top down, with room for the column of numbers."""
    finish(
        figure,
        title,
        alt,
        x=unit,
        barmode="overlay",
        bargap=0.3,
        showlegend=False,
        margin={"l": 8, "r": 84, "t": 48, "b": 80},
        height=142 + 29 * len(names),
    )
    figure.update_yaxes(categoryorder="array", categoryarray=names[::-1], ticks="", showgrid=False)
    return figure.update_xaxes(rangemode="tozero")


def brief(seconds: float) -> str:
    """A time with three digits."""
    return readable(float(f"{seconds:.3g}"), "s")


def _told(evaluation: Evaluation, own: list[Term]) -> str:
    """The step and its terms, the longest first; the fixed costs always."""
    step, span = evaluation.values["step_time"], evaluation.spans.get("step_time")
    told = [
        f"{ROWS[term.name][0].lower()} {brief(term.added)} ({percent(term.added / step)})"
        for term in sorted(own, key=lambda term: -term.added)
        if term.added or term.name in ("starts", "fixed costs")
    ]
    interval = f" (80 % interval {brief(span.low)} to {brief(span.high)})" if span else ""
    broken = "" if evaluation.fits else f" {evaluation.summary('feasibility')}."
    return f"{evaluation.scenario.name}: a step takes {brief(step)}{interval}: {', '.join(told)}.{broken}"
