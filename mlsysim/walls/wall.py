"""A wall: a question about a system, what answers it, and where the answer was published."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..core.display import html, text
from ..core.graph import Paper


class Case(NamedTuple):
    """A number printed in the literature that a wall's equations must give."""

    symbol: str
    given: dict[str, Any]
    options: dict[str, str]
    value: float
    tolerance: float
    paper: Paper
    what: str


class Verdict(NamedTuple):
    """What a wall compares. form: time (the largest binds), capacity (over 1 is broken), target, loss.

    mode: inference or training where it speaks of one of them only.
    """

    form: str
    symbol: str
    words: str
    mode: str = ""


class Wall(NamedTuple):
    """One wall of the atlas."""

    number: int
    name: str
    domain: str
    question: str
    belief: str
    chart: str
    lab: str
    paper: Paper
    verdicts: tuple[Verdict, ...]
    symbols: tuple[str, ...]
    cases: tuple[Case, ...]

    def __repr__(self) -> str:
        return text("wall", self)

    def _repr_html_(self) -> str:
        return html("wall", self)


WALLS: dict[int, Wall] = {}


def wall(
    number, name, domain, question, *, belief, chart, lab, paper, verdicts, symbols, cases=()
) -> Wall:
    """Declare a wall. `symbols` is one string of names: what the wall answers, most telling first."""
    result = Wall(
        number,
        name,
        domain,
        question,
        belief,
        chart,
        lab,
        paper,
        tuple(verdicts),
        tuple(symbols.split()),
        tuple(cases),
    )
    if number in WALLS:
        raise ValueError(f"wall {number} is declared twice")
    WALLS[number] = result
    return result
