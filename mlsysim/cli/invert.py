"""`mlsysim invert`: the values of an input at which a metric meets a target."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ..core.errors import InputError
from ..core.solver.question import question_of, said
from ..core.solver.synthesis import NOT_FIT, SIDES, End, Inverse, invert
from ..plan import Plan
from ..views.document import Block, Bullets, Document, Heading, Table
from .answer import (
    MAYBE_NUMBER,
    NUMBER,
    TEXT,
    TRUTH,
    WHOLE,
    Answer,
    Schema,
    choice,
    listed,
    output,
    shaped,
    strict,
)
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
    unfit,
)
from .options import evaluated, takes_plan

EXIT_OK, EXIT_INFEASIBLE = 0, 4
SHOWN = 20  # intervals that are printed
MOST = typer.Option(
    "--max",
    metavar="VALUE",
    help='The metric is at most this, a number in its unit or text such as "20 ms".',
    show_default=False,
)
LEAST = typer.Option(
    "--min", metavar="VALUE", help="The metric is at least this.", show_default=False
)


def schema() -> Schema:
    """The intervals that meet a target, each end with its neighbour that does not."""
    end = shaped(
        meets=NUMBER,
        reading=READING,
        misses={**MAYBE_NUMBER, "description": "null at an end of the range"},
        beyond={"anyOf": [READING, {"type": "null"}]},
    )
    seen = shaped(value=MAYBE_NUMBER, at=MAYBE_NUMBER)
    return output(
        "inverse",
        name=TEXT,
        metric=METRIC_SCHEMA,
        side=choice(*SIDES),
        target=NUMBER,
        input=INPUT_SCHEMA,
        now={**MAYBE_NUMBER, "description": "the metric at the value now"},
        range=shaped(low=NUMBER, high=NUMBER),
        found=choice("none", "some", "every"),
        value={
            **MAYBE_NUMBER,
            "description": "the value that just meets the target; null where none does",
        },
        intervals=listed(shaped(low=end, high=end)),
        least=seen,
        most=seen,
        looked=WHOLE,
        complete={**TRUTH, "description": "whether every value of the range was looked at"},
        unfit={**WHOLE, "description": "values looked at where the memory overflows"},
        refused=listed(TEXT),
        words=TEXT,
        exit_code=choice(EXIT_OK, EXIT_INFEASIBLE),
    )


def end_data(found: Inverse, end: End) -> dict[str, Any]:
    """An end of an interval in JSON."""
    return {
        "meets": number(found.lever, end.meets),
        "reading": reading_data(end.reading),
        "misses": None if end.misses is None else number(found.lever, end.misses),
        "beyond": None if end.beyond is None else reading_data(end.beyond),
    }


def seen_data(found: Inverse, point: tuple[float, float] | None) -> dict[str, Any]:
    """The least or the greatest value of a metric in JSON, and where it was."""
    if point is None:
        return {"value": None, "at": None}
    return {"value": strict(point[0]), "at": number(found.lever, point[1])}


def inverse_data(found: Inverse) -> dict[str, Any]:
    """The answer in JSON."""
    intervals = [
        {"low": end_data(found, i.low), "high": end_data(found, i.high)} for i in found.intervals
    ]
    low, high = (number(found.lever, value) for value in found.range)
    return {
        "metric": metric_data(found.metric),
        "side": found.side,
        "target": found.limit,
        "input": input_data(found.lever),
        "range": {"low": low, "high": high},
        "found": found.found,
        "value": None if found.value is None else number(found.lever, found.value),
        "intervals": intervals,
        "least": seen_data(found, min(found.seen, default=None)),
        "most": seen_data(found, max(found.seen, default=None)),
        "looked": found.looked,
        "complete": found.complete,
        "unfit": found.unfit,
        "refused": found.refused,
        "words": found.words,
        "exit_code": EXIT_OK if found.intervals else EXIT_INFEASIBLE,
    }


def looked(found: Inverse) -> list[str]:
    """What was looked at, and where there was nothing to see."""
    text, (low, high) = found.lever.text, found.range
    count = f"{found.looked:,} values" if not found.complete else f"all {found.looked:,} values"
    lines = [f"{count} from {text(low)} to {text(high)} were looked at"]
    if not found.complete:
        lines[0] += ", and the turns between them narrowed down"
        if found.lever.rugged:
            lines[0] += "; others may differ, as the layout divides them or not"
    if found.unfit:
        lines.append(f"at {found.unfit:,} of them {NOT_FIT}")
    if found.refused:
        lines.append(f"some are no plan, such as the first: {found.refused[0]}")
    return lines


def document(name: str, found: Inverse, now: float, before: list[str]) -> Document:
    """The answer, its brackets, and what was looked at."""
    metric, lever = found.metric, found.lever
    ends = [end for one in found.intervals for end in (one.low, one.high) if end.misses is not None]
    status = "PASS" if found.intervals else "INFEASIBLE"
    bound = f"{metric.name} {SIDES[found.side]} {said(metric, found.limit)}"
    blocks: list[Block] = [*before, Heading(f"Answer  [{status}]"), found.words]
    blocks.append(
        f"Now {lever.name} is {lever.text(lever.now)} and {metric.name} {said(metric, now)}."
    )
    if found.found == "some":
        blocks += [Heading("Where it turns"), Bullets([found.told(end) for end in ends[:SHOWN]])]
    if len(found.intervals) > 1:
        rows = [
            (
                lever.text(one.low.meets),
                lever.text(one.high.meets),
                said(metric, one.low.reading.value),
                said(metric, one.high.reading.value),
            )
            for one in found.intervals[:SHOWN]
        ]
        heads = (f"{lever.name} from", "to", f"{metric.name} from", "to")
        blocks += [
            Heading(f"The {len(found.intervals):,} intervals that meet it"),
            Table(heads, rows),
        ]
    blocks += [Heading("How it was found"), Bullets(looked(found))]
    return Document(f"{bound}, by {lever.name}: {name}", blocks)


@takes_plan()
def command(
    plan: Plan,
    metric: Annotated[str, METRIC],
    name_of_input: Annotated[str, INPUT],
    most: Annotated[str | None, MOST] = None,
    least: Annotated[str | None, LEAST] = None,
    low: Annotated[str | None, LOW] = None,
    high: Annotated[str | None, HIGH] = None,
) -> Answer:
    """Find the value of an input that just meets a target.

    Each value is evaluated as `mlsysim eval` does. Exit code 4: no value meets the target.
    """
    if (most is None) == (least is None):
        raise InputError("--max and --min: give one of them, the target of the metric")
    side, target = ("max", most) if most is not None else ("min", least)
    question = question_of(evaluated(plan))
    found = invert(question, metric, target, name_of_input, low, high, side=side)  # type: ignore[arg-type]
    now = question.read(found.metric, {}).value
    data = inverse_data(found) | {"now": strict(now)}
    return Answer(
        {**head("inverse", question), **data},
        document(question.name, found, now, unfit(question)),
        data["exit_code"],
    )
