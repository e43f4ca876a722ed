"""`mlsysim optimize parallelism`: every layout of a model on its chips."""

from __future__ import annotations

from typing import Annotated

import typer

from ...core.solver.optima.parallelism import FRONT as USUAL
from ...core.solver.optima.parallelism import parallelism
from ...plan import Plan
from ..answer import Answer, Schema
from ..options import takes_plan
from .answer import FRONT, TOP, answer, schema_of

METRIC = typer.Option("--metric", metavar="NAME", help="What the best layout has most or least of.")


def schema() -> Schema:
    return schema_of("parallelism")


@takes_plan()
def command(
    plan: Plan,
    metric: Annotated[str, METRIC] = "latency",
    top: Annotated[int, TOP] = 10,
    front: Annotated[str, FRONT] = USUAL,
) -> Answer:
    """Compare every layout of the model on the chips; the fastest that fits.

    Tensor, context, pipeline, data and expert ranks, micro-batches, ZeRO stages, recomputation and interleaved stages.
    What the plan gives is kept; its asserts are kept too. Exit code 4: no layout keeps them all.
    """
    return answer(parallelism(plan, metric, top=top, front=front))
