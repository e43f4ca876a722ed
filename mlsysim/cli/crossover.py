"""`mlsysim crossover`: where two choices are equal in a metric as an input grows."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ..core.errors import InputError
from ..core.solver.crossings import Crossing, Crossover, cell, crossover
from ..core.solver.question import question_of
from ..plan import Plan
from ..views.document import Block, Document, Heading, Table
from .answer import NUMBER, TEXT, TRUTH, WHOLE, Answer, Schema, listed, mapped, output, shaped
from .levers import (
    HIGH,
    INPUT,
    INPUT_SCHEMA,
    LOW,
    METRIC,
    METRIC_SCHEMA,
    READING,
    head,
    input_data,
    metric_data,
    number,
    reading_data,
)
from .options import evaluated, takes_plan

SHOWN = 20  # spans and crossings that are printed
BETWEEN = typer.Option(
    "--between",
    metavar="KEY=CHOICES",
    help="A key of the plan and two choices or more, such as hardware=H100,A100 or precision=fp16,fp8.",
    show_default=False,
)


def schema() -> Schema:
    """Each pair of choices: who is better over which values, and where that changes."""
    ratio = {"anyOf": [shaped(least=NUMBER, most=NUMBER), {"type": "null"}]}
    span = shaped(low=NUMBER, high=NUMBER, winner=TEXT, alone=TRUTH, ratio=ratio)
    crossing = shaped(
        low=NUMBER,
        high=NUMBER,
        before=TEXT,
        after=TEXT,
        equal={**TRUTH, "description": "both are equal there; else one stops or starts to fit"},
        at_low=listed(READING),
        at_high=listed(READING),
    )
    pair = shaped(
        first=TEXT,
        second=TEXT,
        spans=listed(span),
        crossings=listed(crossing),
        lacking=mapped(listed(TEXT)),
        words=TEXT,
    )
    return output(
        "crossover",
        name=TEXT,
        key=TEXT,
        metric=METRIC_SCHEMA,
        better={"enum": ["lower", "higher"]},
        input=INPUT_SCHEMA,
        range=shaped(low=NUMBER, high=NUMBER),
        looked=WHOLE,
        pairs=listed(pair),
    )


def pair_data(found: Crossover) -> dict[str, Any]:
    """A pair in JSON."""
    spans = [
        {
            "low": number(found.lever, span.low),
            "high": number(found.lever, span.high),
            "winner": span.winner,
            "alone": span.alone,
            "ratio": dict(zip(("least", "most"), span.ratio)) if span.ratio else None,
        }
        for span in found.spans
    ]
    return {
        "first": found.first,
        "second": found.second,
        "spans": spans,
        "crossings": [crossing_data(found, crossing) for crossing in found.crossings],
        "lacking": found.lacking,
        "words": found.words,
    }


def crossing_data(found: Crossover, crossing: Crossing) -> dict[str, Any]:
    """A crossing in JSON; the readings are those of the first and of the second choice."""
    return {
        "low": number(found.lever, crossing.low),
        "high": number(found.lever, crossing.high),
        "before": crossing.before,
        "after": crossing.after,
        "equal": crossing.equal,
        "at_low": [reading_data(reading) for reading in crossing.at_low],
        "at_high": [reading_data(reading) for reading in crossing.at_high],
    }


def pair_blocks(found: Crossover) -> list[Block]:
    """A pair for people."""
    text, name = found.lever.text, found.lever.name
    blocks: list[Block] = [Heading(f"{found.first} against {found.second}"), found.words]
    if len(found.spans) > 1:
        rows = [(text(s.low), text(s.high), found.said(s)) for s in found.spans[:SHOWN]]
        blocks.append(Table((f"{name} from", "to", f"{found.metric.name}"), rows))
    if found.crossings:
        sides = [
            (text(value), *(cell(found.metric, reading) for reading in pair), what)
            for c in found.crossings[: SHOWN // 2]
            for value, pair, what in (
                (c.low, c.at_low, "before"),
                (c.high, c.at_high, "after" if c.equal else "after: not both fit"),
            )
        ]
        first, second = found.first, found.second
        blocks += ["On both sides of each change:", Table((name, first, second, "side"), sides)]
    return blocks


@takes_plan()
def command(
    plan: Plan,
    between: Annotated[str, BETWEEN],
    name_of_input: Annotated[str, INPUT],
    metric: Annotated[str, METRIC],
    low: Annotated[str | None, LOW] = None,
    high: Annotated[str | None, HIGH] = None,
) -> Answer:
    """Find where two choices are equal.

    Of more than two choices each is compared with the next. Each value is evaluated as `mlsysim eval` does.
    """
    key, sign, choices = (part.strip() for part in between.partition("="))
    names = [choice.strip() for choice in choices.split(",")]
    if not sign or not all(names) or len(names) < 2:
        raise InputError(f"--between: {between!r} is not of the form hardware=H100,A100")
    question = question_of(evaluated(plan))
    found = crossover(question, {key: names}, name_of_input, low, high, metric)
    first = found[0]
    ends = {end: number(first.lever, v) for end, v in zip(("low", "high"), first.range)}
    data = {
        **head("crossover", question),
        "key": key,
        "metric": metric_data(first.metric),
        "better": first.better,
        "input": input_data(first.lever),
        "range": ends,
        "looked": first.looked,
        "pairs": [pair_data(pair) for pair in found],
    }
    blocks = [block for pair in found for block in pair_blocks(pair)]
    title = f"Where {key} {' and '.join(names)} are equal in {first.metric.name}: {question.name}"
    return Answer(data, Document(title, blocks))
