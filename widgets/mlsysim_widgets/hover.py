"""What charts say of a symbol when a reader points at it, and the units and ticks of their axes."""

from __future__ import annotations

from collections.abc import Iterable
from math import floor, log
from textwrap import wrap

from mlsysim import Evaluation, InputError
from mlsysim.core.graph import CONSTANTS, NoEquation, choose
from mlsysim.core.symbols import SYMBOLS
from mlsysim.core.text import readable
from mlsysim.core.units import unit

#: Letters of a line in a hover box: what a phone shows.
WIDE = 44


def lines(*texts: str) -> str:
    """Texts one below the other, each broken to the width of a phone."""
    return "<br>".join(line for text in texts for line in wrap(text, WIDE))


def source(symbol: str, evaluation: Evaluation) -> str:
    """Where a symbol's value comes from: the line of a record, or the paper of its equation."""
    stated = evaluation.scenario.source_of(symbol)
    if stated or symbol in CONSTANTS:
        return stated or str(CONSTANTS[symbol].paper)
    try:
        paper = choose(symbol, evaluation.scenario.options).paper
    except NoEquation:
        return ""
    return str(paper) if paper else "computed"


def about(symbol: str, evaluation: Evaluation) -> str:
    """What a symbol means and where its value comes from."""
    return lines(SYMBOLS[symbol].meaning, source(symbol, evaluation))


def handy(value: float, of: str) -> tuple[float, str]:
    """A unit in which a coherent number reads well: 0.0096 s in (0.001, "ms")."""
    name = readable(value, of).split()[-1]
    return unit({"days": "day", "years": "year"}.get(name, name)).factor, name


def share_ticks() -> dict[str, list]:
    """Ticks of an axis of shares, a quarter apart."""
    quarters = [part / 4 for part in range(9)]
    return {"tickvals": quarters, "ticktext": [percent(share, 0) for share in quarters]}


def percent(share: float, digits: int | None = None) -> str:
    """A share in percent, with two digits that say something, or with some after the point."""
    if digits is not None:
        return f"{share:.{digits}%}".replace("%", " %")
    if 0 < abs(share) < 0.0005:
        return "<0.1 %"
    return f"{100 * share:.2g} %" if abs(share) < 0.1 else f"{100 * share:.0f} %"


def known(evaluation: Evaluation, *symbols: str) -> Evaluation:
    """The evaluation, if it knows all of these; else a sentence that says what is missing."""
    for symbol in symbols:
        value = evaluation.values.get(symbol)
        if value is None or value != value or abs(value) == float("inf"):
            absent = ", ".join(evaluation.lacking(symbol)) if value is not None else "it"
            raise InputError(
                f"{evaluation.scenario.name}: {symbol} is not known: {absent or 'a figure'} is missing"
            )
    return evaluation


def ticks(values: Iterable[float], of: str = "") -> dict[str, list]:
    """The ticks of a logarithmic axis, each labelled in full, in a handy unit where one is said.

    They are powers of ten, with 2 and 5 where there are few; of bytes 1, 32, 1,024 and so on.
    """
    seen = [value for value in values if value is not None and 0 < value < float("inf")]
    base = 32.0 if of == "byte" else 10.0
    low, high = (floor(log(value, base) + 1e-9) for value in (min(seen), max(seen)))
    few = base == 10 and max(seen) / min(seen) < 200
    marks = [step * base**n for n in range(low, high + 2) for step in ((1, 2, 5) if few else (1,))]
    return {"tickvals": marks, **({"ticktext": [readable(m, of) for m in marks]} if of else {})}
