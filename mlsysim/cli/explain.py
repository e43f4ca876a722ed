"""`mlsysim explain`: from an answer down to the lines of the sources."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ..core.graph import Rows
from ..core.text import plain, readable
from ..core.trace import Step
from ..plan import Plan
from ..views.document import Block, Bullets, Document, Heading, Node
from .answer import (
    MAYBE_TEXT,
    SCHEMA_VERSION,
    TEXT,
    YES_NO,
    Answer,
    Schema,
    listed,
    output,
    shaped,
    strict,
)
from .options import evaluated, takes_plan

VALUE: Schema = {
    "type": ["number", "string", "array", "object", "null"],
    "description": "null where not known; a column is a list",
}


def schema() -> Schema:
    """A tree: each line with its value, unit, meaning and source, and the lines that it rests on."""
    line = shaped(
        name=TEXT,
        stands_for={
            **MAYBE_TEXT,
            "description": "the parameter that the line fills, when it has another name",
        },
        value=VALUE,
        unit=TEXT,
        meaning=TEXT,
        latex=TEXT,
        source=MAYBE_TEXT,
        context={**MAYBE_TEXT, "description": "the options under which the equation holds"},
        repeated={**YES_NO, "description": "whether its branch stands above"},
        below=listed({"$ref": "#/$defs/line"}),
    )
    return {
        **output("explanation", name=TEXT, asked=TEXT, tree={"$ref": "#/$defs/line"}),
        "$defs": {"line": line},
    }


Branch = tuple[Step, list[Any]]


def grow(steps: list[Step], deepest: int | None) -> Branch:
    """The lines of an explanation as a tree."""
    root: Branch = (steps[0], [])
    path = [root]
    for step in steps[1:]:
        if deepest is not None and step.depth > deepest:
            continue
        branch: Branch = (step, [])
        del path[step.depth :]
        path[-1][1].append(branch)
        path.append(branch)
    return root


def branch_data(branch: Branch) -> dict[str, Any]:
    """A branch in JSON."""
    step, below = branch
    return {
        "name": step.name,
        "stands_for": step.role or None,
        "value": strict(step.value),
        "unit": "" if step.unit == "text" else step.unit or "1",
        "meaning": step.meaning,
        "latex": step.latex,
        "source": step.source or None,
        "context": step.context or None,
        "repeated": step.repeated,
        "below": [branch_data(child) for child in below],
    }


def shown(step: Step) -> str:
    """The value of a line for people."""
    value = step.value
    if hasattr(value, "_asdict"):
        return ", ".join(f"{key} {plain(item)}" for key, item in value._asdict().items())
    if isinstance(value, Rows) and value and all(isinstance(item, (int, float)) for item in value):
        low, high = readable(min(value), step.unit), readable(max(value), step.unit)
        return (
            f"{len(value)} rows, {low} to {high}" if low != high else f"{len(value)} rows of {low}"
        )
    return readable(value, step.unit)


class Legend:
    """The sources of a tree, each with a number, and the names that were already explained."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.told: set[tuple[str, str]] = set()

    def node(self, branch: Branch) -> Node:
        """A branch for people; a name met again has its value and source, and no second explanation."""
        step, below = branch
        number = self.numbers.setdefault(step.source, len(self.numbers) + 1) if step.source else 0
        again = (step.name, step.context) in self.told
        self.told.add((step.name, step.context))
        said = ["=", shown(step)]
        if step.role:
            said.append(f"(as {step.role})")
        if not again:
            said.append(f"· {step.meaning}" if step.meaning else "")
        if step.context and not again:
            said.append(f"({step.context})")
        said += [f"[{number}]"] if number else []
        said += ["(see above)"] if step.repeated else []
        return Node(step.name, " ".join(filter(None, said)), [self.node(child) for child in below])


@takes_plan()
def command(
    metric: Annotated[
        str,
        typer.Argument(
            metavar="METRIC",
            help="A metric such as tpot_ms or tco_usd, or any symbol.",
            show_default=False,
        ),
    ],
    plan: Plan,
    depth: Annotated[
        int | None,
        typer.Option("--depth", min=0, metavar="N", help="Levels to show.", show_default=False),
    ] = None,
) -> Answer:
    """Show where a number comes from, down to the lines of the datasheets.

    Each line: name = value · meaning [source]; the sources stand below the tree.
    """
    evaluation = evaluated(plan)
    root = grow(evaluation.explain(metric), depth)
    data = {
        "schema_version": SCHEMA_VERSION,
        "kind": "explanation",
        "name": evaluation.scenario.name,
        "asked": metric,
    }
    legend = Legend()
    tree = legend.node(root)
    sources = [f"[{number}] {source}" for source, number in legend.numbers.items()]
    blocks: list[Block] = [f"{root[0].meaning}.", tree, Heading("Sources"), Bullets(sources)]
    return Answer(
        {**data, "tree": branch_data(root)},
        Document(f"{metric}: {evaluation.scenario.name}", blocks),
    )
