"""`mlsysim optimize batching`: the cheapest service that keeps its targets."""

from __future__ import annotations

from typing import Annotated

import typer

from ...core.solver.optima.batching import FRONT as USUAL
from ...core.solver.optima.batching import batching
from ...core.units import read_quantity
from ...plan import Plan
from ..answer import Answer, Schema
from ..options import takes_plan
from .answer import FRONT, TOP, answer, schema_of

TTFT = typer.Option("--slo-ttft-ms", metavar="MS", help="Target of the first token, in ms.")
TPOT = typer.Option("--slo-tpot-ms", metavar="MS", help="Target of every next token, in ms.")
QPS = typer.Option("--qps", metavar="RATE", help="Requests that arrive a second.")
PERCENTILE = typer.Option(
    "--percentile", metavar="SHARE", help="Share of the requests that keep the first target."
)
CHIPS = typer.Option(
    "--most-chips", metavar="NUMBER", help="Most chips of one replica.", min=1, max=1024
)
METRIC = typer.Option("--metric", metavar="NAME", help="What is made least.")


def schema() -> Schema:
    return schema_of("batching")


@takes_plan(without=("mode", "batch_size", "prefill_batch"))
def command(
    plan: Plan,
    slo_ttft_ms: Annotated[str, TTFT],
    slo_tpot_ms: Annotated[str, TPOT],
    qps: Annotated[str, QPS],
    percentile: Annotated[float, PERCENTILE] = 0.99,
    most_chips: Annotated[int, CHIPS] = 16,
    metric: Annotated[str, METRIC] = "tco_usd",
    front: Annotated[str, FRONT] = USUAL,
    top: Annotated[int, TOP] = 10,
) -> Answer:
    """The replicas, batch and chips that keep percentile targets at least cost.

    Continuous batching; the batch is that of one replica. Exit code 4: nothing keeps the targets.
    """
    found = batching(
        plan,
        ttft=read_quantity(slo_ttft_ms, "ms", "--slo-ttft-ms") / 1e3,
        tpot=read_quantity(slo_tpot_ms, "ms", "--slo-tpot-ms") / 1e3,
        qps=read_quantity(qps, "1/s", "--qps"),
        percentile=percentile,
        most_chips=most_chips,
        objective=metric,
        front=front,
        top=top,
    )
    return answer(found)
