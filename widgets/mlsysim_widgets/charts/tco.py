"""Total cost line by line, and where owning becomes cheaper than renting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import plotly.graph_objects as go

from mlsysim import Evaluation, InputError
from mlsysim.core.graph import choose, plan
from mlsysim.core.solver.question import Subject
from mlsysim.core.text import readable
from mlsysim.core.trace import missing
from mlsysim.core.units import coherent
from mlsysim.metrics import METRICS

from ..hover import percent, share_ticks
from ..labels import AT_EDGE, asked, names_of, spread
from ..theme import INK, colours, current, finish
from . import chart

TCO, RENT = "tco", "rent_cost"
WORDS = {metric.symbol: metric.words for metric in METRICS}
#: Points of a curve, rounds of bisection, and how many lifetimes of a machine the years go to.
POINTS, ROUNDS = 41, 60
HOUR, YEAR = coherent(1.0, "hour"), coherent(1.0, "year")
EXAMPLE = (
    "evaluate, rents = mlsysim.SystemEvaluator.evaluate, {'Own': None, 'Rent at 1.5 USD/h': 1.5}\n"
    'plans = [evaluate(k, "Llama3_70B", "H100", nodes=1, price_per_hour=v) for k, v in rents.items()]\n'
    "tco(*plans)"
)


# ---- the stack
@chart("What a system costs, line by line", EXAMPLE)
def tco(*evaluations: Evaluation) -> go.Figure:
    """A stack for each evaluation: every line that the total is made of."""
    if not evaluations:
        raise InputError("tco: no evaluation is given")
    names, figure = names_of(evaluations, 13), go.Figure()
    lines = dict.fromkeys(line for e in evaluations for line in lines_of(e) if e.values[line] != 0)
    for line, colour in zip(lines, colours() * len(lines)):
        figure.add_bar(
            x=[_known(e, line) if line in lines_of(e) else 0.0 for e in evaluations],
            y=names,
            orientation="h",
            name=WORDS[line],
            marker_color=colour,
            customdata=[
                [_told(e, line), str(choose(line, e.scenario.options).paper)] for e in evaluations
            ],
            hovertemplate=f"{WORDS[line]}: %{{customdata[0]}}<br>%{{customdata[1]}}<extra></extra>",
        )
    totals = [sum(_known(e, line) for line in lines_of(e)) for e in evaluations]
    figure.add_scatter(
        x=totals,
        y=names,
        mode="text",
        text=[f" {short(e.values[TCO])}" for e in evaluations],
        textposition="middle right",
        showlegend=False,
        hoverinfo="skip",
        cliponaxis=False,
    )
    days = {f"{e.scenario.plan.ops.duration_days:g} days" for e in evaluations}
    return finish(
        figure,
        "Total cost by line",
        "; ".join(map(_said, evaluations)),
        x=f"USD in {days.pop()}" if len(days) == 1 else "USD",
        xaxis={"tickformat": "~s", "range": [0, 1.2 * max(totals) or 1.0]},
        yaxis={"autorange": "reversed", "showgrid": False},
        barmode="stack",
        height=240 + 50 * len(names),
        margin={"b": 140},
        legend_entrywidth=80,
        **AT_EDGE,
    )


def lines_of(evaluation: Evaluation) -> tuple[str, ...]:
    """The lines that a total is made of, as the core adds them."""
    return choose(TCO, evaluation.scenario.options).inputs


def _known(evaluation: Evaluation, line: str) -> float:
    value = evaluation.values[line]
    return value if value == value else 0.0


def _told(evaluation: Evaluation, line: str) -> str:
    """A line in words, or what it lacks."""
    value = evaluation.values[line]
    if value == value:
        return readable(value, "USD")
    return f"not known ({', '.join(evaluation.lacking(line))} missing)"


def _said(evaluation: Evaluation) -> str:
    """The total and its largest line."""
    lines = [line for line in lines_of(evaluation) if _known(evaluation, line)]
    told = f"{evaluation.scenario.name} costs {_told(evaluation, TCO)}"
    if not lines:
        return told
    largest = max(lines, key=lambda line: evaluation.values[line])
    return (
        f"{told}; the largest line known is {WORDS[largest].lower()}, {_told(evaluation, largest)}"
    )


def short(amount: float) -> str:
    """An amount of money in few letters."""
    if amount != amount:
        return "not known"
    for letter, size in (("B", 1e9), ("M", 1e6), ("k", 1e3)):
        if amount >= size:
            return f"{amount / size:.3g}{letter}"
    return f"{amount:.3g}"


# ---- rent or own
class Basis(NamedTuple):
    """What the line of a break-even runs over: the words, the end, and what owning and renting are given there."""

    words: str
    last: float
    own: Callable[[float], dict[str, float]]
    rent: Callable[[float], dict[str, float]]
    text: Callable[[float], str]


def _basis(over: str, given: dict[str, Any]) -> Basis:
    life = given["chip_lifetime"]
    if over == "years":  # machines are paid in full however soon they are given up
        return Basis(
            "Years of use",
            life / YEAR,
            lambda years: {"duration": years * YEAR, "chip_lifetime": years * YEAR},
            lambda years: {"duration": years * YEAR},
            lambda years: f"{years:.2g} years",
        )
    if over == "utilisation":  # owned for all of their life, or rented for the busy part of it
        return Basis(
            "Busy share of the life of the machines",
            1.0,
            lambda share: {"duration": life, "utilisation": share},
            lambda share: {"duration": life * share},
            lambda share: f"{percent(share)} busy",
        )
    raise InputError(f"over: {over!r} is not one of years, utilisation")


@chart(
    "Rent or own",
    'plan = {"workload": {"name": "Llama3_70B"}, "hardware": {"name": "H100", "nodes": 1}}\n'
    "break_even(plan, price_per_hour=3.0)",
)
def break_even(
    subject: Subject, over: str = "utilisation", price_per_hour: float | None = None
) -> go.Figure:
    """Cost of owning and of renting, and where they cross: over the busy share of the machines' life, or over years.

    Machines that are owned are paid for in full; rented ones for the busy time. The rent is the one that the plan or
    the chip's record states, unless it is given in USD an hour.
    """
    given, options = asked(subject)
    if price_per_hour is not None:
        given["rent_price"] = price_per_hour / HOUR
    basis = _basis(over, given)
    points = spread(basis.last / POINTS, basis.last, POINTS)

    def own(x: float) -> float:
        return _cost(TCO, {**given, **basis.own(x)}, {**options, "money": "own"})

    def rent(x: float) -> float:
        return _cost(RENT, {**given, **basis.rent(x)}, options)

    owned, rented = [own(x) for x in points], [rent(x) for x in points]
    figure, rate = go.Figure(), readable(given["rent_price"], "USD/s")
    for name, values, colour in (("Own", owned, 0), (f"Rent at {rate}", rented, 1)):
        _line(figure, basis, points, values, name, colours()[colour])
    where = crossing(lambda x: own(x) - rent(x), points)
    if where is not None:
        _equal(figure, basis, where, rent(where))
    return finish(
        figure,
        "Rent or own",
        _answer(basis, where, owned[-1], rented[-1], rate),
        x=basis.words,
        y="USD",
        xaxis={**(share_ticks() if over == "utilisation" else {}), "rangemode": "tozero"},
        yaxis={"tickformat": "~s", "rangemode": "tozero"},
        margin={"b": 100},
    )


def _cost(symbol: str, given: dict[str, Any], options: dict[str, str]) -> float:
    """A cost, which must be known."""
    chosen = plan({symbol: symbol}, given, options)
    slots = chosen.run(given)
    value = slots[chosen.wanted[symbol]]
    if value != value:
        absent = ", ".join(missing(chosen, symbol, slots))
        raise InputError(f"{WORDS[symbol].lower()}: it is not known; {absent} missing")
    return value


def crossing(difference: Callable[[float], float], points: Sequence[float]) -> float | None:
    """Where a difference changes its sign, the first time between two of the points; None where it does not."""
    for low, high in pairwise(points):
        before = difference(low) > 0
        if before == (difference(high) > 0):
            continue
        for _ in range(ROUNDS):
            middle = (low + high) / 2
            low, high = (middle, high) if (difference(middle) > 0) == before else (low, middle)
        return (low + high) / 2
    return None


def _line(
    figure: go.Figure,
    basis: Basis,
    points: Sequence[float],
    values: Sequence[float],
    name: str,
    colour: str,
) -> None:
    figure.add_scatter(
        x=list(points),
        y=list(values),
        mode="lines",
        name=name,
        line={"color": colour, "width": 2.5},
        customdata=[[basis.text(x), readable(y, "USD")] for x, y in zip(points, values)],
        hovertemplate=f"{name}: %{{customdata[1]}}<br>%{{customdata[0]}}<extra></extra>",
    )


def _equal(figure: go.Figure, basis: Basis, where: float, cost: float) -> None:
    """The point at which both cost the same."""
    figure.add_scatter(
        x=[where],
        y=[cost],
        mode="markers",
        name=f"Equal at {basis.text(where)}",
        marker={"color": INK[current()], "size": 11, "symbol": "diamond"},
        hovertemplate=f"{basis.text(where)}: both {readable(cost, 'USD')}<extra></extra>",
    )


def _answer(basis: Basis, where: float | None, own: float, rent: float, rate: str) -> str:
    """Which is cheaper, and from where on."""
    better, other = ("owning", "renting") if own < rent else ("renting", "owning")
    at_end = f"{readable(own, 'USD')} to own, {readable(rent, 'USD')} to rent"
    if where is None:
        return f"At {rate} {better} is cheaper than {other} throughout; at {basis.text(basis.last)} {at_end}"
    return (
        f"At {rate} {better} is cheaper than {other} from {basis.text(where)} on; "
        f"at {basis.text(basis.last)} {at_end}"
    )
