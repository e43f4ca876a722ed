"""`mlsysim eval`: a scenario's three lenses."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, NamedTuple

import typer

from ..core.errors import InputError
from ..evaluation import Evaluation
from ..metrics import LENSES, METRICS, Metric
from ..plan import Plan
from ..scorecard import html, markdown, text
from ..views.document import page
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
)  # fmt: skip
from .options import evaluated, takes_plan

CHART = typer.Option(
    "--chart", metavar="FILE", help="Draw it to a file: .html, .svg or .png.", show_default=False
)
OF = typer.Option("--chart-of", metavar="NAME", help="What is drawn: waterfall, roofline, memory.")
STATUS = choice("PASS", "FAIL", "INFEASIBLE", "NOT KNOWN")
PATHS = dict.fromkeys(("model", "chip", "node", "stack", "region", "facility"), TEXT)

#: The layout: degrees, and in training also how sequences are cut, micro-batches and options.
RANKS, TRAINED = ("tp", "pp", "dp", "ep"), ("cp", "microbatch", "virtual_stages", "zero")
LAYOUT: Schema = {
    "type": "object",
    "properties": {**dict.fromkeys((*RANKS, *TRAINED), WHOLE), "recompute": TEXT},
    "required": list(RANKS),
    "additionalProperties": False,
}


def lens(name: str) -> Schema:
    """A lens: each metric that it may report, with its unit."""
    own = {m.name: m for m in METRICS if m.lens == name}
    numbers = {
        key: {**MAYBE_NUMBER, "description": f"{m.words}, in {m.unit or '1'}; null where not known"}
        for key, m in own.items()
    }
    return shaped(
        status=STATUS,
        summary=TEXT,
        metrics={"type": "object", "properties": numbers, "additionalProperties": False},
        units={
            "type": "object",
            "properties": {key: {"const": m.unit or "1"} for key, m in own.items()},
            "additionalProperties": False,
        },
        low=_ends(own, "lower"),
        high=_ends(own, "upper"),
        spread_from={
            "type": "object",
            "properties": dict.fromkeys(own, TEXT),
            "additionalProperties": False,
            "description": "the input that most of the interval comes from",
        },
        assumptions=listed(TEXT),
    )


def _ends(own: dict[str, Metric], side: str) -> Schema:
    """An end of the 80 % interval of each metric."""
    said = f"{side} end of the 80 % interval; null where the metric is exact or not known"
    numbers = {key: {**MAYBE_NUMBER, "description": said} for key in own}
    return {"type": "object", "properties": numbers, "additionalProperties": False}


def evaluation_schema(kind: str) -> Schema:
    """What an evaluation says, in JSON."""
    return output(
        kind,
        name=TEXT,
        inputs=shaped(
            **PATHS,
            mode=choice("inference", "training"),
            batch_size=WHOLE,
            seq_len=MAYBE_NUMBER,
            output_len=WHOLE,
            precision=TEXT,
            efficiency=MAYBE_NUMBER,
            accelerators=WHOLE,
            accelerators_per_node=WHOLE,
            parallelism=LAYOUT,
            layouts_compared=WHOLE,
            duration_days=NUMBER,
            utilisation=NUMBER,
            cost_basis=choice("own", "rent"),
        ),
        **{name: lens(name) for name in LENSES},
        bound=shaped(term=TEXT, wall=WHOLE, name=TEXT),
        walls=listed(
            shaped(
                number=WHOLE,
                name=TEXT,
                domain=TEXT,
                form=TEXT,
                symbol=TEXT,
                words=TEXT,
                value=MAYBE_NUMBER,
                unit=TEXT,
                state=TEXT,
                binds=TRUTH,
            )
        ),
        notes=listed(TEXT),
        violations=listed(
            shaped(
                metric=TEXT, value=MAYBE_NUMBER, unit=TEXT, bound=choice("max", "min"), limit=NUMBER
            )
        ),
        exit_code=choice(0, 3, 4),
    )


def schema() -> Schema:
    return evaluation_schema("evaluation")


class Scorecard(NamedTuple):
    """The scorecard of an evaluation."""

    evaluation: Evaluation

    def text(self) -> str:
        return text(self.evaluation)

    def markdown(self) -> str:
        return markdown(self.evaluation)

    def html(self) -> str:
        return page(self.evaluation.scenario.name, html(self.evaluation))


def draw(evaluation: Evaluation, file: str, name: str) -> None:
    """Write a chart of an evaluation to a file."""
    try:
        picture = import_module("mlsysim_widgets.picture")
    except ImportError as error:
        raise InputError(f"--chart: {error.name} is not installed; install mlsysim[labs]") from None
    picture.save(evaluation.chart(name), file)


@takes_plan()
def command(
    plan: Plan, chart: Annotated[str | None, CHART] = None, of: Annotated[str, OF] = "waterfall"
) -> Answer:
    """Evaluate a plan, or a model on a chip: feasibility, performance, cost.

    Options replace the keys of a plan's file. Exit code 3: an assert is violated; 4: it does not fit.
    """
    evaluation = evaluated(plan)
    if chart is not None:
        draw(evaluation, chart, of)
    return Answer(evaluation.to_dict(), Scorecard(evaluation), evaluation.exit_code)
