"""Compute-optimal training: the loss of every size that a budget can train, and the sizes that lose least."""

from __future__ import annotations

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from mlsysim import InputError
from mlsysim.core.graph import CONSTANTS, OPTIONS, Paper, choose, solve
from mlsysim.core.points import at_points
from mlsysim.core.text import plain

from ..labels import spread
from ..theme import INK, colours, current, finish
from . import chart

BUDGETS = (1e19, 1e21, 1e23, 1e25)
#: How many times fewer and more tokens for each parameter than is best a curve shows, and its points.
FAR, POINTS = 100.0, 61
DASHES = ("solid", "dot", "dash")
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
#: Decades at the right of the curves for their names.
ROOM = 1.2
SHORT = (("T", 1e12), ("B", 1e9), ("M", 1e6), ("k", 1e3))


@chart("Which size a training budget should buy", "isoflop(budgets=(1e19, 1e21, 1e23, 1e25))")
def isoflop(
    budgets: Sequence[float] = BUDGETS, fits: Sequence[str] = ("hoffmann", "besiroglu")
) -> go.Figure:
    """A curve for each budget after the first fit, and after every fit the line of the best sizes."""
    for fit in fits:
        if fit not in OPTIONS["loss_fit"]:
            raise InputError(f"fits: {fit!r} is not one of {', '.join(OPTIONS['loss_fit'])}")
    budgets, figure = sorted(budgets), go.Figure()
    for budget, colour in zip(budgets, colours() * len(budgets)):
        _curve(figure, budget, fits[0], colour)
    for fit, dash in zip(fits, DASHES):
        _line(figure, budgets, fit, dash)
    _names(figure, budgets, fits[0])
    return finish(
        figure,
        "Loss against size at equal budgets",
        _said(budgets[-1], fits),
        x="Parameters",
        y="Loss, nats a token",
        x_log=True,
        xaxis=_axis(
            min(curve(budgets[0], fits[0])["params"]), max(curve(budgets[-1], fits[0])["params"])
        ),
        margin={"b": 100},
    )


def curve(budget: float, fit: str) -> dict[str, list[float]]:
    """Sizes that a budget trains, their tokens and their losses; the best size is in the middle."""
    options, given = {"loss_fit": fit, "text": "fresh"}, {"budget_flop": budget}
    best = optimum(budget, fit)
    ratio = best["best_tokens"] / best["best_params"]
    ratios = spread(ratio / FAR, ratio * FAR, POINTS, log=True)
    sizes = at_points(("overtrained_params",), given, options, {"tokens_per_param": ratios})
    columns = {"params": sizes["overtrained_params"]}
    columns["train_tokens"] = [size * ratio for size, ratio in zip(columns["params"], ratios)]
    return {**columns, **at_points(("train_loss",), given, options, columns)}


def optimum(budget: float, fit: str) -> dict[str, float]:
    """The best size of a budget, its tokens and its loss."""
    options = {"loss_fit": fit, "text": "fresh"}
    best = solve(("best_params", "best_tokens"), {"budget_flop": budget}, options)
    own = {"params": best["best_params"], "train_tokens": best["best_tokens"]}
    return {**best, **solve(("train_loss",), own, options)}


def _curve(figure: go.Figure, budget: float, fit: str, colour: str) -> None:
    found = curve(budget, fit)
    figure.add_scatter(
        x=found["params"],
        y=found["train_loss"],
        mode="lines",
        name=flop(budget),
        showlegend=False,
        line={"color": colour, "width": 2.5},
        customdata=[
            [_short(size), _short(tokens)]
            for size, tokens in zip(found["params"], found["train_tokens"])
        ],
        hovertemplate=f"{flop(budget)}: loss %{{y:.3f}}<br>%{{customdata[0]}} parameters, "
        f"%{{customdata[1]}} tokens<br>{_paper(fit)}<extra></extra>",
    )


def _line(figure: go.Figure, budgets: Sequence[float], fit: str, dash: str) -> None:
    """The best sizes of all budgets."""
    best = [optimum(budget, fit) for budget in budgets]
    figure.add_scatter(
        x=[point["best_params"] for point in best],
        y=[point["train_loss"] for point in best],
        mode="lines+markers",
        name=f"Best, {_paper(fit).authors} {_paper(fit).year}",
        line={"color": INK[current()], "width": 2, "dash": dash},
        marker={"size": 9, "symbol": "diamond"},
        customdata=[
            [_short(p["best_params"]), _short(p["best_tokens"]), flop(budget)]
            for p, budget in zip(best, budgets)
        ],
        hovertemplate="Best of %{customdata[2]}: %{customdata[0]} parameters,<br>%{customdata[1]} "
        f"tokens, loss %{{y:.3f}}<br>{_paper(fit)}<extra></extra>",
    )


def _names(figure: go.Figure, budgets: Sequence[float], fit: str) -> None:
    """Each budget beside the end of its curve."""
    for budget, colour in zip(budgets, colours() * len(budgets)):
        found = curve(budget, fit)
        figure.add_scatter(
            x=[max(found["params"])],
            y=[found["train_loss"][0]],
            mode="text",
            text=[flop(budget)],
            textposition="middle right",
            textfont={"color": colour, "size": 12},
            showlegend=False,
            hoverinfo="skip",
        )


def _paper(fit: str) -> Paper:
    """Where the numbers of a fit were published."""
    return CONSTANTS[choose("loss_law", {"loss_fit": fit}).inputs[0]].paper


def _short(count: float) -> str:
    """A count of parameters or tokens as the field writes it."""
    for letter, size in SHORT:
        if count >= size:
            return f"{plain(count / size)}{letter}"
    return plain(count)


def flop(budget: float) -> str:
    """A budget as a power of ten."""
    digits, power = f"{budget:.2e}".split("e")
    raised = str(int(power)).translate(RAISED)
    times = "" if float(digits) == 1 else f"{float(digits):g}·"
    return f"{times}10{raised} FLOP"


def _axis(low: float, high: float) -> dict[str, object]:
    """Sizes in words, with room at the right for the names of the curves."""
    ends = [math.log10(low), math.log10(high)]
    sizes = [10.0**power for power in range(math.ceil(ends[0]), math.floor(ends[1]) + 1)]
    return {
        "range": [ends[0] - ROOM / 8, ends[1] + ROOM],
        "tickvals": sizes,
        "ticktext": [_short(size) for size in sizes],
    }


def _said(budget: float, fits: Sequence[str]) -> str:
    """The best size of the largest budget after each fit."""
    parts = []
    for fit in fits:
        best = optimum(budget, fit)
        parts.append(
            f"after {_paper(fit).authors} {_short(best['best_params'])} parameters on "
            f"{_short(best['best_tokens'])} tokens, loss {best['train_loss']:.3f}"
        )
    return f"For {flop(budget)} the best size is {'; '.join(parts)}"
