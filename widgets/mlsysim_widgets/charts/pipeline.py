"""A training step on pipeline stages: who works on which micro-batch, and who waits."""

from __future__ import annotations

from typing import NamedTuple

import plotly.graph_objects as go

from mlsysim import WALLS, Evaluation, InputError
from mlsysim.core.graph import solve

from ..hover import handy, known, lines, percent
from ..schedule import BACKWARD, FORWARD, Block, idle_share, schedule
from ..theme import GRID, colours, current, faded, finish
from . import chart

#: Blocks that a picture can show.
MOST = 6000
#: Passes up to which each block has an edge.
FEW = 500


class Shape(NamedTuple):
    """A pipeline: its counts, what a stage takes for a micro-batch forward and backward, and the core's bubble."""

    pp: int
    microbatches: int
    virtual_stages: int
    forward: float
    backward: float
    unit: str
    bubble: float


@chart("Who works and who waits in a pipeline", "pipeline(pp=4, microbatches=8, virtual_stages=2)")
def pipeline(
    evaluation: Evaluation | None = None,
    *,
    pp: int = 4,
    microbatches: int = 8,
    virtual_stages: int = 1,
) -> go.Figure:
    """The schedule of a step, of an evaluation's pipeline or of these counts: one forward, one backward in turn."""
    shape = _counted(pp, microbatches, virtual_stages) if evaluation is None else _of(evaluation)
    count = 2 * shape.pp * shape.microbatches * shape.virtual_stages
    if count > MOST:
        raise InputError(
            f"pipeline: {count:,} blocks are no picture; give pp, microbatches and virtual_stages for at most {MOST:,}"
        )
    blocks = schedule(*shape[:5])
    end, idle = max(block.end for block in blocks), idle_share(blocks)
    figure = go.Figure()
    _waiting(figure, blocks, shape, end)
    tints = {FORWARD: colours()[0], BACKWARD: colours()[1]}
    for kind, tint in tints.items():
        for chunk in range(shape.virtual_stages):
            own = [b for b in blocks if (b.kind, b.chunk) == (kind, chunk)]
            _blocks(figure, own, shape, tint)
    stages = [f"{stage + 1}" for stage in range(shape.pp)]
    finish(
        figure,
        f"Pipeline: idle {percent(shape.bubble, 1)} of working time",
        _said(shape, idle, end),
        x=shape.unit,
        y="Stage",
        barmode="overlay",
        bargap=0.12,
        uniformtext={"mode": "hide", "minsize": 8},
        height=150 + max(26 * shape.pp, 130),
        margin={"l": 8, "r": 12, "t": 48, "b": 84},
    )
    figure.update_yaxes(categoryorder="array", categoryarray=stages[::-1], ticks="", showgrid=False)
    return figure.update_xaxes(range=[0, end], showgrid=False)


def _counted(pp: int, microbatches: int, virtual_stages: int) -> Shape:
    """A pipeline of which only the counts are known: a backward pass takes twice as long as a forward one."""
    counts = {"pp": pp, "microbatches": microbatches, "virtual_stages": virtual_stages}
    assert WALLS  # they declare the bubble
    bubble = solve(("bubble_share",), counts)["bubble_share"]
    return Shape(pp, microbatches, virtual_stages, 1.0, 2.0, "Forward passes of one stage", bubble)


def _of(evaluation: Evaluation) -> Shape:
    """The pipeline of an evaluation, in time: the slowest stage for every stage."""
    if not evaluation.scenario.training:
        raise InputError(f"{evaluation.scenario.name}: a pipeline is drawn of training steps")
    given, values = evaluation.scenario.given, known(evaluation, "bubble_share").values
    asked = ("stage_time", "op_flop", "op_count", "op_passes")
    got = solve(asked, given, evaluation.scenario.options)
    work, once = (
        sum(flop * times for flop, times in zip(got["op_flop"], got[name]))
        for name in ("op_passes", "op_count")
    )
    factor, unit = handy(got["stage_time"] * values["microbatches"], "s")
    forward = got["stage_time"] * once / work / factor
    backward = got["stage_time"] / factor - forward
    pp, virtual_stages = int(given["pp"]), int(given["virtual_stages"])
    count, bubble = int(values["microbatches"]), values["bubble_share"]
    return Shape(pp, count, virtual_stages, forward, backward, unit, bubble)


def _waiting(figure: go.Figure, blocks: list[Block], shape: Shape, end: float) -> None:
    """What lies between the blocks of every stage, from the start of the step to its end."""
    gaps = []
    for stage in range(shape.pp):
        own = [(b.start, b.end) for b in blocks if b.stage == stage]
        edges = [0.0, *(edge for ends in own for edge in ends), end]
        gaps += [(stage, a, b) for a, b in zip(edges[::2], edges[1::2]) if b - a > 1e-9 * end]
    figure.add_bar(
        x=[b - a for _, a, b in gaps],
        base=[a for _, a, _ in gaps],
        y=[f"{stage + 1}" for stage, _, _ in gaps],
        orientation="h",
        name="idle",
        marker={
            "color": faded(colours()[3], 0.3),
            "line": {"width": 0},
            "pattern": {"shape": "/", "fgcolor": colours()[3], "size": 6, "solidity": 0.2},
        },
        hovertemplate=f"Stage %{{y}} waits<br>in all {percent(shape.bubble, 1)} of the working time<extra></extra>",
    )


def _blocks(figure: go.Figure, blocks: list[Block], shape: Shape, tint: str) -> None:
    """Forward or backward passes through one piece of every stage; later pieces are paler."""
    if not blocks:
        return
    kind, chunk, pieces = blocks[0].kind, blocks[0].chunk, shape.virtual_stages
    name = kind if pieces == 1 else f"{kind}, piece {chunk + 1}"
    few = shape.pp * shape.microbatches * pieces <= FEW
    share = 1.0 - 0.6 * chunk / pieces
    figure.add_bar(
        x=[block.end - block.start for block in blocks],
        base=[block.start for block in blocks],
        y=[f"{block.stage + 1}" for block in blocks],
        orientation="h",
        name=name if pieces <= 2 else f"{kind}, later pieces paler",
        showlegend=pieces <= 2 or chunk == 0,
        marker={"color": faded(tint, share), "line": {"color": GRID[current()], "width": few / 2}},
        text=[f"{block.microbatch + 1}" for block in blocks],
        textposition="inside",
        insidetextanchor="middle",
        textangle=0,
        customdata=[[b.stage + 1, b.microbatch + 1, b.start, b.end] for b in blocks],
        hovertemplate="Stage %{customdata[0]}, micro-batch %{customdata[1]}<br>"
        f"{name}<br>%{{customdata[2]:.4g}} to %{{customdata[3]:.4g}} {lines(shape.unit).lower()}<extra></extra>",
    )


def _said(shape: Shape, idle: float, end: float) -> str:
    """The pipeline in a sentence; where the drawn schedule idles more than the core counts, both."""
    pieces = f", {shape.virtual_stages} pieces on each" if shape.virtual_stages > 1 else ""
    text = (
        f"{shape.pp} stages{pieces}, {shape.microbatches} micro-batches: the stages are idle for "
        f"{percent(shape.bubble, 1)} of the time that they work"
    )
    if abs(idle - shape.bubble) > 1e-6:
        text += (
            f"; as drawn {percent(idle, 1)}, because the micro-batches do not divide by the stages"
        )
    return f"{text}. The step ends after {end:.4g} {shape.unit.lower()}."
