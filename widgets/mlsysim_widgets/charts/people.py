"""A thousand people of each group: flagged or not, rightly or wrongly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import plotly.graph_objects as go

from mlsysim import InputError
from mlsysim.core.graph import solve

from ..theme import colours, faded, finish
from . import chart

#: People of a group, the rows in which they stand, and the height of one row.
COUNT, ROWS, TALL = 1000, 20, 7
#: What becomes of people, and the colours of the palette.
KINDS = {"flagged rightly": 0, "missed": 3, "flagged wrongly": 1, "left alone": 6}
RATES = '{"base_share": share, "precision_share": 0.8, "miss_chance": 0.2} for share in (0.3, 0.1)'


class People(NamedTuple):
    """How many of a group each becomes."""

    rightly: int
    missed: int
    wrongly: int
    alone: int


def counted(rates: Mapping[str, float]) -> People:
    """The people of a group with such a share of positives, of misses, and of precision or of false positives."""
    asked = solve(("base_share", "miss_chance", "false_positive_chance"), dict(rates), {})
    base, missed, false = asked.values()
    if not all(0 <= share <= 1 for share in asked.values()):
        raise InputError(f"people: false_positive_chance {false:.3g} is not between 0 and 1")
    shares = base * (1 - missed), base * missed, (1 - base) * false
    rightly, unseen, wrongly = (round(COUNT * share) for share in shares)
    return People(rightly, unseen, wrongly, COUNT - rightly - unseen - wrongly)


@chart(
    "Whom a model flags, of a thousand people in each group",
    f"rates = ({RATES})\npeople(dict(zip(('30 % positive', '10 % positive'), rates)))",
)
def people(groups: Mapping[str, Mapping[str, float]]) -> go.Figure:
    """A square for each person: flagged rightly, missed, flagged wrongly, left alone."""
    if not groups:
        raise InputError("people: no group is given")
    found = {name: counted(rates) for name, rates in groups.items()}
    rows: list[list[int | None]] = []
    for own in reversed(found.values()):
        line = [kind for kind, many in enumerate(own) for _ in range(many)]
        rows += [line[row::ROWS] for row in range(ROWS)] + [[None] * (COUNT // ROWS)]
    names, step = list(KINDS), 1 / len(KINDS)
    tints = [colours()[index] for index in KINDS.values()]
    tints[-1] = faded(tints[-1])
    figure = go.Figure(
        go.Heatmap(
            z=rows[:-1],
            text=[["" if one is None else names[one] for one in row] for row in rows[:-1]],
            hovertemplate="%{text}<extra></extra>",
            hoverongaps=False,
            colorscale=[[step * (n + end), tint] for n, tint in enumerate(tints) for end in (0, 1)],
            zmin=-0.5,
            zmax=len(names) - 0.5,
            xgap=1,
            ygap=1,
            showscale=False,
        )
    )
    for name, tint in zip(names, tints):
        look = {"color": tint, "symbol": "square", "size": 11}
        figure.add_scatter(x=[None], y=[None], mode="markers", name=name, marker=look)
    said = "; ".join(
        f"{name}: {', '.join(f'{many} {kind}' for kind, many in zip(names, own))}"
        for name, own in found.items()
    )
    wrong = ", ".join(str(own.wrongly) for own in found.values())
    middles = [(ROWS - 1) / 2 + (ROWS + 1) * index for index in range(len(found))]
    return finish(
        figure,
        f"Flagged wrongly, of 1,000 each: {wrong}",
        f"Of {COUNT:,} people each: {said}.",
        xaxis={"showticklabels": False, "ticks": "", "showgrid": False},
        yaxis={
            "tickvals": middles,
            "ticktext": list(reversed(found)),
            "ticks": "",
            "showgrid": False,
        },
        height=140 + TALL * len(rows),
        margin={"b": 76},
    )
