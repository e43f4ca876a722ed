"""The two ceilings of chips and the workloads below them: in rate, and in energy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import plotly.graph_objects as go

from mlsysim import Evaluation, InputError
from mlsysim.core.graph import Rows, solve
from mlsysim.core.text import plain, readable
from mlsysim.models.operators import Op

from ..hover import about, known, lines, percent, source, ticks
from ..theme import colours, finish
from . import chart

#: Points of a curve, and how far it goes on either side of what is shown.
POINTS, BEYOND = 49, 4.0
#: Roofs of which each has its ridge written; the words of more would lie on lines.
FEW = 2
MARKS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star")
BATCHES = (
    "evaluate = mlsysim.SystemEvaluator.evaluate\n"
    'found = [evaluate(None, "Llama3_8B", "H100", batch_size=batch) for batch in (1, 64, 512)]\n'
)
INTENSITY = "Arithmetic intensity, flop/byte"


def chip_of(evaluation: Evaluation) -> str:
    """A chip with the precision of its arithmetic: what has one roof."""
    return f"{evaluation.scenario.chip.id}, {evaluation.scenario.compute_precision}"


def work_of(evaluation: Evaluation) -> str:
    """What is run, in short."""
    scenario = evaluation.scenario
    chips = scenario.given["chips"]
    parts = [scenario.model.id, f"batch {scenario.given['batch']:,.0f}"]
    parts += ["training"] * scenario.training
    parts += [f"{chips:,.0f} chips"] * (chips > 1)
    parts += [scenario.precision] * (scenario.precision != scenario.compute_precision)
    return ", ".join(parts)


def stream(evaluation: Evaluation, intensity: float) -> tuple[float, dict[str, Any]]:
    """The time of a matrix product that moves one byte for so many operations, and the numbers of that question.

    The core answers for this one operator; the fixed cost of a kernel is left out.
    """
    operator = (Op("matmul", 1.0, intensity, 1.0),)
    one = {**evaluation.scenario.given, "operators": operator, "kernel_overhead": 0.0}
    return solve(("op_busy_time",), one, evaluation.scenario.options)["op_busy_time"][0], one


def stream_energy(evaluation: Evaluation, intensity: float) -> float:
    """Energy of the chip for one operation of that product."""
    time, one = stream(evaluation, intensity)
    alone = {"chips": 1.0, "batch": 1.0, "dp": 1.0, "pass_batch": 1.0, "stage_share": 1.0}
    ran = {"step_time": time, "model_flop": intensity, "op_passes": Rows((1.0,))}
    return _chip_energy({**one, **alone, **ran}, evaluation.scenario.options) / intensity


def _chip_energy(given: dict[str, Any], options: dict[str, str]) -> float:
    """Energy of a sample without host and building, on chips that are always busy."""
    bare = {**given, "host_power": 0.0, "pue": 1.0, "utilisation": 1.0}
    energy = float(solve(("sample_energy",), bare, options)["sample_energy"])
    if energy != energy:
        raise InputError("energy: the power of this chip (tdp) is not known")
    return energy


@chart("How far a workload is from the ceilings of its chip", BATCHES + "roofline(*found)")
def roofline(*evaluations: Evaluation) -> go.Figure:
    """The roof of each chip and precision, what kernels reach of it, and workloads with bracket and interval."""
    roofs = _roofs(evaluations, "mfu", "arithmetic_intensity", "ridge_intensity")
    span = _span(evaluations)
    figure = go.Figure()
    tints = {name: colours()[i % len(colours())] for i, name in enumerate(roofs)}
    for index, (name, one) in enumerate(roofs.items()):
        _roof(figure, name, one, span, tints[name], index if len(roofs) <= FEW else None)
    reached = {(chip_of(e), e.scenario.training): e for e in reversed(evaluations)}
    for index, one in enumerate(reversed(reached.values())):
        _reached(figure, one, span, tints[chip_of(one)], index == 0)
    for index, one in enumerate(evaluations):
        _dot(figure, one, tints[chip_of(one)], MARKS[index % len(MARKS)], len(roofs) > 1)
    said = " ".join(map(_said, evaluations))
    title = "Roofline of one chip" if len(roofs) == 1 else "Rooflines, each of one chip"
    return _finished(figure, title, said, "flop/s")


def _roofs(evaluations: Iterable[Evaluation], *symbols: str) -> dict[str, Evaluation]:
    """One evaluation for each roof; every one of them knows what is drawn."""
    found: dict[str, Evaluation] = {}
    for evaluation in evaluations:
        found.setdefault(chip_of(known(evaluation, *symbols)), evaluation)
    if not found:
        raise InputError("a roofline needs an evaluation")
    return found


def _span(evaluations: Iterable[Evaluation]) -> tuple[float, float]:
    """The intensities that are shown."""
    seen = [
        e.values[symbol]
        for e in evaluations
        for symbol in ("arithmetic_intensity", "ridge_intensity")
    ]
    return min(seen) / BEYOND, max(seen) * BEYOND


def _spread(low: float, high: float) -> list[float]:
    return [low * (high / low) ** (i / (POINTS - 1)) for i in range(POINTS)]


def _roof(
    figure: go.Figure,
    name: str,
    one: Evaluation,
    span: tuple[float, float],
    colour: str,
    index: int | None,
) -> None:
    """The peak rate and the memory's slope, and the ridge where they meet; without an index unnamed."""
    given, ridge = one.scenario.given, one.values["ridge_intensity"]
    peak, memory = given["peak_rate"], given["mem_bandwidth"]
    rate, width = readable(peak, "flop/s"), readable(memory, "byte/s")
    told = [
        f"Peak {rate}<br>{lines(source('peak_rate', one))}",
        f"Bandwidth {width}<br>{lines(source('mem_bandwidth', one))}",
    ]
    figure.add_scatter(
        x=[span[0], ridge, span[1]],
        y=[
            span[0] / ridge * peak,
            peak,
            peak,
        ],  # the slope is that of one byte: it ends in the ridge
        mode="lines",
        name=f"{name}: {rate}, {width}",
        line={"color": colour, "width": 2.5},
        customdata=[told[1], "<br>".join(told), told[0]],
        hovertemplate=f"{name}<br>%{{customdata}}<extra></extra>",
    )
    figure.add_scatter(
        x=[ridge],
        y=[peak],
        mode="markers" if index is None else "markers+text",
        text=[f"ridge {plain(float(f'{ridge:.3g}'))}"],
        textposition="bottom right" if index else "top left",
        marker={"color": colour, "size": 7},
        showlegend=False,
        hovertemplate=f"Ridge {plain(ridge)} flop/byte<br>{about('ridge_intensity', one)}<extra></extra>",
    )


def _reached(
    figure: go.Figure, one: Evaluation, span: tuple[float, float], colour: str, first: bool
) -> None:
    """What kernels reach of a roof, dashed: large matrix products without their fixed cost."""
    xs = _spread(*span)
    what = (
        f"Large matrix products on {chip_of(one)}{', in training' if one.scenario.training else ''}"
    )
    told = lines(what, source("compute_share", one), source("memory_share", one))
    figure.add_scatter(
        x=xs,
        y=[x / stream(one, x)[0] for x in xs],
        mode="lines",
        name="reached by matrix products",
        line={"color": colour, "width": 1.5, "dash": "dash"},
        showlegend=first,
        hovertemplate=f"%{{x:.3g}} flop/byte: %{{y:.4~s}}flop/s<br>{told}<extra></extra>",
    )


def _dot(figure: go.Figure, one: Evaluation, colour: str, mark: str, several: bool) -> None:
    """A workload at its intensity and the rate that it reaches, thick its bracket, thin its 80 % interval."""
    values, name = one.values, work_of(one)
    x, share, step = values["arithmetic_intensity"], values["mfu"], values["step_time"]
    rate = share * one.scenario.given["peak_rate"]
    ends = [rate * step / values[symbol] for symbol in ("step_time_high", "step_time_low")]
    _bar(figure, x, rate, ends[0], ends[1], colour, 6)
    own = one.spans.get("mfu")
    if own is not None:
        _bar(figure, x, rate, rate * own.low / share, rate * own.high / share, colour, 1.5)
    words = [
        f"{name} on {chip_of(one)}",
        f"{plain(x)} flop/byte, {readable(rate, 'flop/s')} ({percent(share)} of the peak)",
        f"bracket {readable(ends[0], 'flop/s')} to {readable(ends[1], 'flop/s')}",
    ]
    if own is not None:
        low, high = (readable(rate * end / share, "flop/s") for end in own[:2])
        words.append(f"80 % interval {low} to {high}")
    figure.add_scatter(
        x=[x],
        y=[rate],
        mode="markers",
        name=lines(f"{name}; {chip_of(one)}" if several else name),
        marker={"color": colour, "symbol": mark, "size": 12, "line": {"width": 1}},
        hovertemplate=f"{lines(*words)}<extra></extra>",
    )


def _bar(
    figure: go.Figure, x: float, y: float, low: float, high: float, colour: str, width: float
) -> None:
    """An upright bar about a dot."""
    error = {"array": [high - y], "arrayminus": [y - low], "color": colour, "thickness": width}
    figure.add_scatter(
        x=[x],
        y=[y],
        mode="markers",
        marker={"size": 1, "color": colour},
        error_y={**error, "width": 0 if width > 2 else 5},
        showlegend=False,
        hoverinfo="skip",
    )


def _finished(figure: go.Figure, title: str, alt: str, y: str) -> go.Figure:
    """Log axes with one label a power of ten, and room for a legend of one entry a line."""
    entries = (trace.name for trace in figure.data if trace.showlegend is not False)
    room = 64 + 19 * sum(1 + name.count("<br>") for name in entries)
    finish(
        figure,
        title,
        alt,
        x=INTENSITY,
        y=y,
        x_log=True,
        y_log=True,
        height=330 + room,
        margin={"l": 8, "r": 12, "t": 48, "b": room},
    )
    xs, ys = ([v for trace in figure.data for v in trace[axis]] for axis in "xy")
    figure.update_xaxes(tickformat="~s", **ticks(xs))
    return figure.update_yaxes(tickformat="~s", **ticks(ys))


def _said(one: Evaluation) -> str:
    """One workload in a sentence."""
    values = one.values
    x, ridge, share = (values[n] for n in ("arithmetic_intensity", "ridge_intensity", "mfu"))
    peak = one.scenario.given["peak_rate"]
    own, interval = one.spans.get("mfu"), ""
    if own is not None:
        low, high = (readable(peak * end, "flop/s") for end in own[:2])
        interval = f" (80 % interval {low} to {high})"
    side = "below the ridge, so memory is" if x < ridge else "above the ridge, so arithmetic is"
    return (
        f"{work_of(one)} on {chip_of(one)}: {plain(x)} flop/byte is {side} its lower ceiling (ridge {plain(ridge)}); "
        f"it reaches {readable(share * peak, 'flop/s')}{interval}, {percent(share)} of the peak of "
        f"{readable(peak, 'flop/s')}."
    )


@chart("What an operation costs in energy", BATCHES + "energy_roofline(*found)")
def energy_roofline(*evaluations: Evaluation) -> go.Figure:
    """Energy of the chip for one operation against intensity, and each workload with its 80 % interval."""
    roofs = _roofs(evaluations, "mfu", "arithmetic_intensity", "ridge_intensity")
    figure, said = go.Figure(), []
    xs = _spread(*_span(evaluations))
    for index, (name, one) in enumerate(roofs.items()):
        told = lines(f"A large matrix product on {name}", source("draw_share", one))
        figure.add_scatter(
            x=xs,
            y=[stream_energy(one, x) for x in xs],
            mode="lines",
            name=f"{name}: a large matrix product",
            line={"color": colours()[index % len(colours())], "width": 2.5},
            hovertemplate=f"%{{x:.3g}} flop/byte: %{{y:.3~s}}J/flop<br>{told}<extra></extra>",
        )
    for index, one in enumerate(evaluations):
        colour = colours()[list(roofs).index(chip_of(one)) % len(colours())]
        said.append(_spent(figure, one, colour, MARKS[index % len(MARKS)], len(roofs) > 1))
    return _finished(figure, "Energy of one operation", " ".join(said), "J for one operation")


def _spent(figure: go.Figure, one: Evaluation, colour: str, mark: str, several: bool) -> str:
    """A workload at the energy of one of its operations; said in a sentence."""
    values, given = one.values, one.scenario.given
    work = solve(("model_flop",), given, one.scenario.options)["model_flop"]
    energy = _chip_energy(given, one.scenario.options) * given["batch"] / work
    x = values["arithmetic_intensity"]
    own = next((one.spans[s] for s in ("token_energy", "sample_energy") if s in one.spans), None)
    text = f"{readable(energy, 'J')}/flop"
    if own is not None:
        whole = values.get("token_energy") or values["sample_energy"]
        low, high = (energy * end / whole for end in own[:2])
        _bar(figure, x, energy, low, high, colour, 1.5)
        text += f" (80 % interval {readable(low, 'J')} to {readable(high, 'J')})"
    best = stream_energy(one, x)
    words = lines(
        work_of(one), f"{plain(x)} flop/byte: {text}", "chip alone, without host and building"
    )
    figure.add_scatter(
        x=[x],
        y=[energy],
        mode="markers",
        name=lines(f"{work_of(one)}; {chip_of(one)}" if several else work_of(one)),
        marker={"color": colour, "symbol": mark, "size": 12, "line": {"width": 1}},
        hovertemplate=f"{words}<extra></extra>",
    )
    return (
        f"{work_of(one)} on {chip_of(one)}: {plain(x)} flop/byte, {text}; "
        f"a large matrix product there takes {readable(best, 'J')}."
    )
