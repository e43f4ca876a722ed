"""What the commands of solvers share: the input that is moved, from where to where, and the metric."""

from __future__ import annotations

from typing import Any

import typer

from ..core.solver.question import Lever, Question, Reading
from ..metrics import Metric
from ..views.document import ABSENT
from ..walls import WALLS
from .answer import MAYBE_NUMBER, MAYBE_TEXT, SCHEMA_VERSION, TEXT, TRUTH, Schema, shaped, strict

INPUT = typer.Option(
    "--input",
    metavar="NAME",
    help="A key of the plan that holds a number, such as batch_size, or a symbol, such as mem_bandwidth.",
    show_default=False,
)
LOW = typer.Option(
    "--from",
    metavar="VALUE",
    help="Where the input starts; a thousandth of its value now, or the least count, unless given.",
    show_default=False,
)
HIGH = typer.Option(
    "--to",
    metavar="VALUE",
    help="Where the input ends; a thousand times its value now, or the largest count, unless given.",
    show_default=False,
)
METRIC = typer.Option(
    "--metric",
    metavar="METRIC",
    help="A metric such as tpot_ms or cost_per_mtoken, or any symbol.",
    show_default=False,
)
#: What each of these answers begins with.
METRIC_SCHEMA = shaped(name=TEXT, meaning=TEXT, unit=TEXT)
INPUT_SCHEMA = shaped(name=TEXT, meaning=TEXT, unit=TEXT, now=MAYBE_NUMBER)
READING: Schema = shaped(value=MAYBE_NUMBER, fits=TRUTH, refused=MAYBE_TEXT)


def head(kind: str, question: Question) -> dict[str, Any]:
    """How an answer begins."""
    return {"schema_version": SCHEMA_VERSION, "kind": kind, "name": question.name}


def metric_data(metric: Metric) -> dict[str, str]:
    """A metric in JSON."""
    return {"name": metric.name, "meaning": metric.words, "unit": metric.unit or "1"}


def input_data(lever: Lever) -> dict[str, Any]:
    """An input in JSON; counts are whole."""
    now = {"now": number(lever, lever.now)}
    return {"name": lever.name, "meaning": lever.meaning, "unit": lever.unit or "1", **now}


def number(lever: Lever, value: float) -> Any:
    """A value of an input in JSON."""
    known = strict(float(value))
    return known if known is None or not lever.whole else int(known)


def reading_data(reading: Reading) -> dict[str, Any]:
    """A reading in JSON."""
    return {
        "value": strict(reading.value),
        "fits": reading.fits,
        "refused": reading.refused or None,
    }


def wall_name(number: int) -> str | None:
    """The name of a wall; none of no wall."""
    return WALLS[number].name if number else None


def wall_text(number: int) -> str:
    """A wall by name and number."""
    return f"{WALLS[number].name} ({number})" if number else ABSENT


def unfit(question: Question) -> list[str]:
    """A sentence when the plan does not fit as it stands."""
    evaluation = getattr(question, "evaluation", None)
    if evaluation is None or evaluation.fits or not evaluation.fit_known:
        return []
    return [f"As it stands the plan has no answer. {evaluation.summary('feasibility')}."]
