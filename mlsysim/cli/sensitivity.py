"""`mlsysim sensitivity`: which inputs move a metric, and how far."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ..core.solver.question import question_of, said
from ..core.solver.sensitivity import STEP, Elasticity, Tornado, tornado
from ..core.text import plain
from ..core.units import read_quantity
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
from .levers import (
    METRIC,
    METRIC_SCHEMA,
    head,
    input_data,
    metric_data,
    number,
    unfit,
    wall_name,
    wall_text,
)
from .options import evaluated, takes_plan

#: Rows that are printed, the least share of the metric that a bar must be wide, and the cells of the widest.
SHOWN, LEAST, CELLS = 15, 1e-3, 18
EACH = "Each input is {} less and more, a count by whole numbers; each end is a plan of its own."
GROUND, LOWER, HIGHER = "░", "▓", "█"
INPUTS = typer.Option(
    "--inputs",
    metavar="NAMES",
    help="Inputs, set apart by commas; every number that the metric rests on unless given.",
    show_default=False,
)
BY = typer.Option(
    "--step", metavar="SHARE", help="How far each input moves, down and up, such as 0.2."
)


def schema() -> Schema:
    """Every input with its elasticity and the answers at both ends, the widest apart first."""
    row = shaped(
        input=TEXT,
        meaning=TEXT,
        unit=TEXT,
        now=NUMBER,
        elasticity=MAYBE_NUMBER,
        low=NUMBER,
        high=NUMBER,
        answer_low=MAYBE_NUMBER,
        answer_high=MAYBE_NUMBER,
        other_layout_low=TRUTH,
        other_layout_high=TRUTH,
        wall=WHOLE,
        wall_name=MAYBE_TEXT,
    )
    return output(
        "sensitivity",
        name=TEXT,
        metric=METRIC_SCHEMA,
        value=MAYBE_NUMBER,
        step=NUMBER,
        rows=listed(row),
        left_out=listed(TEXT),
        words=TEXT,
    )


def row_data(row: Elasticity) -> dict[str, Any]:
    """An input in JSON."""
    lever = input_data(row.lever)
    return {
        "input": lever.pop("name"),
        **lever,
        "elasticity": strict(row.elasticity),
        "low": number(row.lever, row.low),
        "high": number(row.lever, row.high),
        "answer_low": strict(row.answer_low),
        "answer_high": strict(row.answer_high),
        "other_layout_low": row.anew[0],
        "other_layout_high": row.anew[1],
        "wall": row.wall,
        "wall_name": wall_name(row.wall),
    }


def bar(row: Elasticity, now: float, low: float, high: float) -> str:
    """The answers between both ends of an input, on a scale from low to high."""
    cells = [GROUND] * CELLS

    def cell(value: float) -> int:
        return round((value - low) / (high - low) * CELLS) if high > low else 0

    for answer, sign in ((row.answer_low, LOWER), (row.answer_high, HIGHER)):
        if answer == answer:
            first, last = sorted((cell(answer), cell(now)))
            cells[first:last] = sign * (last - first)
    return "".join(cells)


def conclusion(found: Tornado) -> str:
    """Which input moves the metric most, and through which wall."""
    wide = [row for row in found.rows if row.width > 0]
    if not wide:
        return f"None of these inputs moves {found.metric.name}."
    row, metric = wide[0], found.metric
    span = f"from {row.lever.text(row.low)} to {row.lever.text(row.high)}"
    answers = f"from {said(metric, row.answer_low)} to {said(metric, row.answer_high)}"
    through = f", through wall {row.wall} ({wall_name(row.wall)})" if row.wall else ""
    return f"{row.name} moves {metric.name} most{through}: {span}, it goes {answers}."


def document(name: str, found: Tornado, before: list[str]) -> Document:
    """The tornado, the elasticities, and what moves the metric most."""
    metric, step = found.metric, f"{100 * found.step:g} %"
    shown = [row for row in found.rows if row.width >= LEAST * abs(found.value)][:SHOWN]
    if len(shown) < min(len(found.rows), 2):
        shown = found.rows[:2]
    known = [a for row in shown for a in (row.answer_low, row.answer_high) if a == a]
    low, high = min([found.value, *known]), max([found.value, *known])
    unit = f" in {metric.unit}" if metric.unit else ""
    blocks: list[Block] = [
        *before,
        f"{metric.words}: {metric.name} is {said(metric, found.value)} now. {EACH.format(step)}",
        Heading(f"{metric.name}{unit}: {LOWER} with less of an input, {HIGHER} with more"),
        Table(
            ("input", "less", f"{plain(low)} to {plain(high)}", "more"),
            [
                (
                    row.name,
                    _answer(row.answer_low, row.anew[0]),
                    bar(row, found.value, low, high),
                    _answer(row.answer_high, row.anew[1]),
                )
                for row in shown
            ],
        ),
    ]
    if any(any(row.anew) for row in shown):
        blocks.append("~ another layout is chosen there.")
    blocks += [
        Heading(f"Elasticities of {metric.name}"),
        "The change in % for 1 % more of an input, the layout kept.",
        Table(
            ("input", "now", "elasticity", "wall", "what it is"),
            [
                (
                    row.name,
                    row.lever.text(row.lever.now),
                    ABSENT if row.elasticity != row.elasticity else f"{row.elasticity:.2f}",
                    wall_text(row.wall),
                    row.lever.meaning,
                )
                for row in shown
            ],
        ),
    ]
    rest = len(found.rows) - len(shown)
    if rest:
        blocks.append(f"{rest} more inputs move it less; JSON has them all.")
    if found.left_out:
        blocks.append(
            f"Left out, because one more is more than a step: {', '.join(found.left_out)}. "
            "Name them in --inputs to see them."
        )
    blocks += [Heading("What moves it most"), conclusion(found)]
    return Document(f"Sensitivity of {metric.name}: {name}", blocks)


def _answer(value: float, anew: bool) -> str:
    return ABSENT if value != value else plain(value) + ("~" if anew else "")


@takes_plan()
def command(
    plan: Plan,
    metric: Annotated[str, METRIC],
    inputs: Annotated[str | None, INPUTS] = None,
    step: Annotated[str, BY] = f"{STEP:g}",
) -> Answer:
    """Show which inputs move a metric most.

    Elasticities with the layout kept, and the answers with each input lower and higher, as `mlsysim eval` gives them.
    """
    question = question_of(evaluated(plan))
    names = [name.strip() for name in inputs.split(",")] if inputs is not None else None
    found = tornado(question, metric, names, read_quantity(step, "", "--step"))
    data = {
        **head("sensitivity", question),
        "metric": metric_data(found.metric),
        "value": strict(found.value),
        "step": found.step,
        "rows": [row_data(row) for row in found.rows],
        "left_out": found.left_out,
        "words": conclusion(found),
    }
    return Answer(data, document(question.name, found, unfit(question)))
