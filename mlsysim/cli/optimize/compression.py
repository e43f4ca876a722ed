"""`mlsysim optimize compression`: the least loss of quality for a device."""

from __future__ import annotations

from typing import Annotated

import typer

from ...core.solver.optima.compression import compression
from ...plan import Plan
from ..answer import Answer, Schema
from ..options import takes_plan
from .answer import FRONT, TOP, answer, schema_of


def schema() -> Schema:
    return schema_of("compression")


@takes_plan(without=("mode",))
def command(
    plan: Plan,
    max_loss: Annotated[
        str | None,
        typer.Option(
            "--max-loss",
            metavar="NUMBER",
            help="Most that may be lost, in percentage points or in perplexity.",
            show_default=False,
        ),
    ] = None,
    measure: Annotated[
        str | None,
        typer.Option(
            "--measure",
            metavar="TEXT",
            help='The test to rank by, such as "WikiText2"; that of most points unless given.',
            show_default=False,
        ),
    ] = None,
    nearby: Annotated[
        bool, typer.Option("--nearby", help="Also show what was measured on other models.")
    ] = False,
    front: Annotated[str, FRONT] = "loss,latency",
    top: Annotated[int, TOP] = 10,
) -> Answer:
    """The smallest loss of quality that fits a device and a latency.

    Only published losses of the plan's own model are ranked. Exit code 4: none keeps all bounds.
    """
    found = compression(
        plan, max_loss=max_loss, measure=measure, others=nearby, front=front, top=top
    )
    return answer(found)
