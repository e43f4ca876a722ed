"""`mlsysim serve`: an evaluation of inference, seen as a service."""

from __future__ import annotations

from ..core.errors import InputError
from ..core.text import plain
from ..evaluation import Evaluation
from ..plan import Plan
from ..scorecard import BRACKETS, head, notes, violated
from ..views.document import ABSENT, Block, Bullets, Document, Heading, Table
from .answer import Answer, Schema
from .evaluate import evaluation_schema
from .options import evaluated, takes_plan

#: What is told of a service, in this order, and the lens that judges it.
VIEW = {
    "Answering": ("performance", ["ttft_ms", "tpot_ms", "request_ms", "throughput"]),
    "Memory of the fullest device": (
        "feasibility",
        ["memory_gib", "capacity_gib", "weights_gib", "cache_gib"],
    ),
    "Cost": ("macro", ["cost_per_mtoken_usd", "energy_per_token_j", "power_kw"]),
}


def schema() -> Schema:
    return evaluation_schema("serving")


def view(evaluation: Evaluation) -> Document:
    """First token, next tokens, one request, throughput, cache and fit."""
    named = {metric.name: metric for metric in evaluation.metrics}
    blocks: list[Block] = [Bullets([f"{key}: {value}" for key, value in head(evaluation)])]
    for title, (lens, names) in VIEW.items():
        rows = []
        for metric in (named[name] for name in names if name in named):
            value = evaluation.value(metric)
            span = [plain(evaluation.value(named[end])) for end in BRACKETS.get(metric.name, ())]
            rows.append(
                (
                    metric.words,
                    plain(value),
                    metric.unit or "1",
                    " to ".join(span) or ABSENT,
                    metric.name,
                )
            )
        blocks += [Heading(f"{title}  [{evaluation.status(lens)}]"), evaluation.summary(lens)]
        blocks += [Table(("quantity", "value", "unit", "bracket", "metric"), rows)]
    for title, told in (
        ("Asserts that do not hold", violated(evaluation)),
        ("Notes", notes(evaluation)),
    ):
        blocks += [Heading(title), Bullets(told)] if told else []
    return Document(f"Serving {evaluation.scenario.name}", blocks)


@takes_plan(without=("mode",))
def command(plan: Plan) -> Answer:
    """Show how a language model is served: first token, next tokens, cache, throughput.

    The numbers are those of `mlsysim eval`. Exit code 3: an assert is violated; 4: it does not fit.
    """
    if plan.workload.mode != "inference":
        raise InputError(f"workload.mode: {plan.workload.mode!r} is not served; only inference is")
    evaluation = evaluated(plan)
    if not evaluation.scenario.language:
        model = evaluation.scenario.model.path
        raise InputError(
            f"workload.name: {model} is no language model and writes no tokens; use `mlsysim eval`"
        )
    return Answer(
        {**evaluation.to_dict(), "kind": "serving"}, view(evaluation), evaluation.exit_code
    )
