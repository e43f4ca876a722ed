"""`mlsysim optimize placement`: where to run a plan."""

from __future__ import annotations

from typing import Annotated

import typer

from ...core.solver.optima.placement import placement, read_tax
from ...plan import Plan
from ..answer import Answer, Schema
from ..options import takes_plan
from .answer import FRONT, TOP, answer, schema_of


def schema() -> Schema:
    return schema_of("placement")


@takes_plan(without=("region",))
def command(
    plan: Plan,
    carbon_tax: Annotated[
        str,
        typer.Option(
            "--carbon-tax",
            metavar="PRICE",
            help='Price of emitted carbon in USD per tonne, or text such as "0.1 USD/kgCO2e".',
        ),
    ] = "0",
    basis: Annotated[
        str | None,
        typer.Option(
            "--basis",
            metavar="life-cycle|operational",
            help="Only regions whose carbon is counted in this way.",
            show_default=False,
        ),
    ] = None,
    front: Annotated[str, FRONT] = "tco_usd,carbon_t",
    top: Annotated[int, TOP] = 10,
) -> Answer:
    """Every region of the registry by cost and taxed carbon.

    A region whose price or carbon is not known is not ranked. Exit code 4: no region keeps all bounds.
    """
    tax = read_tax(carbon_tax, "--carbon-tax")
    return answer(placement(plan, carbon_tax=tax, basis=basis, front=front, top=top))
