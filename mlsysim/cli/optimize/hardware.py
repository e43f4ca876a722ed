"""`mlsysim optimize hardware`: the cheapest fleet for a plan."""

from __future__ import annotations

from typing import Annotated

import typer

from ...core.solver.optima.fleet import MOST, fleet
from ...plan import Plan
from ..answer import Answer, Schema
from ..options import takes_plan
from .answer import FRONT, TOP, answer, schema_of


def schema() -> Schema:
    return schema_of("hardware")


@takes_plan(without=("nodes", "accelerators"))
def command(
    plan: Plan,
    chips: Annotated[
        str | None,
        typer.Option(
            "--chips",
            metavar="NAMES",
            help="Chips to compare, such as H100,A100; those of a kind with the plan's unless given.",
            show_default=False,
        ),
    ] = None,
    most: Annotated[
        int,
        typer.Option(
            "--most", metavar="NUMBER", help="Chips of the largest fleet.", min=1, max=65536
        ),
    ] = MOST,
    metric: Annotated[
        str, typer.Option("--metric", metavar="METRIC", help="What is to be least, or most.")
    ] = "tco_usd",
    front: Annotated[str, FRONT] = "",
    top: Annotated[int, TOP] = 10,
) -> Answer:
    """The cheapest fleet of any chip that keeps all asserts of a plan.

    Every count up to a node is compared, then whole nodes. Exit code 4: no fleet keeps all bounds.
    """
    names = None if chips is None else [name.strip() for name in chips.split(",")]
    found = fleet(plan, chips=names, most=most, metric=metric, front=front, top=top)
    return answer(found)
