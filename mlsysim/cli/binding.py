"""`mlsysim binding`: what binds now, and each wall that binds next as an input grows."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ..core.solver.question import question_of
from ..core.solver.sensitivity import Binding, binding
from ..core.text import plain
from ..plan import Plan
from ..views.document import ABSENT, Block, Document, Heading, Table
from .answer import (
    MAYBE_NUMBER,
    MAYBE_TEXT,
    NUMBER,
    TEXT,
    TRUTH,
    WHOLE,
    Answer,
    Schema,
    listed,
    output,
    shaped,
    strict,
)
from .levers import HIGH, INPUT, INPUT_SCHEMA, head, input_data, number, wall_name, wall_text
from .options import evaluated, takes_plan

SHOWN = 20  # intervals that are printed
LOW = typer.Option(
    "--from",
    metavar="VALUE",
    help="Where the input starts; its value now unless given.",
    show_default=False,
)


def schema() -> Schema:
    """What binds over which values, one after the other."""
    part = shaped(
        low=NUMBER,
        high=NUMBER,
        growth={**MAYBE_NUMBER, "description": "the low end over the value now"},
        symbol={**MAYBE_TEXT, "description": "null where the plan is refused"},
        wall=WHOLE,
        wall_name=MAYBE_TEXT,
        broken={**TRUTH, "description": "a capacity is over 1; else the longest term of a step"},
        words=TEXT,
    )
    return output(
        "binding",
        name=TEXT,
        input=INPUT_SCHEMA,
        range=shaped(low=NUMBER, high=NUMBER),
        intervals=listed(part),
        words=TEXT,
    )


def part_data(part: Binding) -> dict[str, Any]:
    """An interval in JSON."""
    return {
        "low": number(part.lever, part.low),
        "high": number(part.lever, part.high),
        "growth": strict(part.growth),
        "symbol": part.symbol or None,
        "wall": part.wall,
        "wall_name": wall_name(part.wall),
        "broken": part.broken,
        "words": part.words,
    }


def told(part: Binding) -> str:
    """What binds, in words."""
    if not part.symbol:
        return f"there is no plan: {part.words}"
    wall = f"wall {part.wall} ({wall_name(part.wall)})"
    return (
        f"{wall} is broken: {part.symbol} is over 1"
        if part.broken
        else f"{wall} binds: {part.symbol}"
    )


def words(found: list[Binding]) -> str:
    """What binds first and what next."""
    first, lever = found[0], found[0].lever
    now = "Now, at" if first.low == lever.now else "At"
    text = f"{now} {lever.name} {lever.text(first.low)}, {told(first)}."
    if len(found) == 1:
        return f"{text} No other wall does up to {lever.text(first.high)}."
    then = found[1]
    grown = f" ({plain(then.growth)} times now)" if then.growth == then.growth else ""
    return f"{text} From {lever.text(then.low)} on{grown} {told(then)}."


@takes_plan()
def command(
    plan: Plan,
    name_of_input: Annotated[str, INPUT],
    low: Annotated[str | None, LOW] = None,
    high: Annotated[str | None, HIGH] = None,
) -> Answer:
    """Show which wall binds next as an input grows.

    It grows from its value now unless --from says. The longest term of a step binds, unless a capacity is broken.
    """
    question = question_of(evaluated(plan))
    found = binding(question, name_of_input, high, low=low)
    lever = found[0].lever
    ends = {"low": number(lever, found[0].low), "high": number(lever, found[-1].high)}
    data = {
        **head("binding", question),
        "input": input_data(lever),
        "range": ends,
        "intervals": [part_data(part) for part in found],
        "words": words(found),
    }
    rows = [
        (
            lever.text(part.low),
            lever.text(part.high),
            plain(part.growth) if part.growth == part.growth else ABSENT,
            wall_text(part.wall) + (", broken" if part.broken else "")
            if part.symbol
            else "no plan",
            part.symbol or ABSENT,
            part.words,
        )
        for part in found[:SHOWN]
    ]
    heads = (f"{lever.name} from", "to", "times now", "wall", "symbol", "what it is")
    blocks: list[Block] = [words(found), Heading("One after the other"), Table(heads, rows)]
    if len(found) > SHOWN:
        blocks.append(f"{len(found) - SHOWN:,} more follow; JSON has them all.")
    return Answer(data, Document(f"What binds as {lever.name} grows: {question.name}", blocks))
