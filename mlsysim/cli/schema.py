"""`mlsysim schema`: what a plan may say, and what each command answers in JSON."""

from __future__ import annotations

import json
from html import escape
from typing import Annotated, Any, NamedTuple

import typer

from ..core.errors import unknown
from ..views.document import ABSENT, Document, Heading, Table, page
from .answer import DIALECT, ERROR, TEXT, Answer, Schema, output
from .app import commands, module_of

#: Examples where a list of all allowed names would be too long.
EXAMPLES = {
    "Workload.name": ["Llama3_70B", "Models.Language.Llama3_8B", "config.json"],
    "Hardware.name": ["H100", "Hardware.Cloud.H100", "my_chip.toml"],
    "Hardware.fabric": ["InfiniBand_NDR"],
    "Hardware.stack": ["Tuned"],
    "Ops.region": ["Quebec", "World"],
    "Ops.facility": ["Industry_Average"],
    "Assert.metric": ["performance.latency", "macro.tco_usd"],
    "Assert.max": [50.0, "50 ms"],
    "Ops.duration_days": [14.0, "2 week"],
    "Ops.price_per_hour": [2.5, "2.5 USD/hour", "listed"],
}


def schema() -> Schema:
    """The output of this command is a schema."""
    return {"$ref": DIALECT}


def plan_schema() -> Schema:
    """The schema of a plan."""
    from ..plan import Plan

    made = Plan.model_json_schema(by_alias=True)
    for place, examples in EXAMPLES.items():
        part, field = place.split(".")
        made["$defs"][part]["properties"][field]["examples"] = examples
    return {"$schema": DIALECT, **made}


def version_schema() -> Schema:
    return output("version", version=TEXT)


def schema_of(what: str) -> Schema:
    """The schema of a plan, of a command's output, or of an error."""
    if what == "plan":
        return plan_schema()
    if what in commands():
        return {
            "$schema": DIALECT,
            "title": f"What mlsysim {what} answers in JSON",
            **module_of(what).schema(),
        }
    if what == "error":
        return {
            "$schema": DIALECT,
            "title": "What a command answers in JSON when it fails",
            **ERROR,
        }
    if what == "version":
        return {
            "$schema": DIALECT,
            "title": "What mlsysim --version answers in JSON",
            **version_schema(),
        }
    raise unknown("schema --of", what, ["plan", *commands(), "error", "version"])


def _type(field: Schema) -> str:
    if "const" in field:
        return repr(field["const"])
    if "enum" in field:
        return " or ".join(map(str, field["enum"]))
    if "anyOf" in field:
        return " or ".join(
            dict.fromkeys(
                _type(option) for option in field["anyOf"] if option.get("type") != "null"
            )
        )
    return field["$ref"].rpartition("/")[2] if "$ref" in field else str(field.get("type", ""))


def _row(key: str, field: Schema, parts: Schema) -> tuple[str, ...]:
    default, kind = field.get("default"), _type(field)
    unit = next(
        (option["unit"] for option in (field, *field.get("anyOf", ())) if "unit" in option), ABSENT
    )
    meaning = field.get("description") or parts.get(kind, {}).get("description", ABSENT)
    return (
        key,
        kind,
        unit,
        ABSENT if default is None or isinstance(default, (dict, list)) else str(default),
        meaning,
    )


def tables(made: Schema) -> list[Any]:
    """The fields of a plan, a table for each part."""
    blocks: list[Any] = []
    parts = made.get("$defs", {})
    for name, part in (("Plan", made), *parts.items()):
        rows = [_row(key, field, parts) for key, field in part["properties"].items()]
        blocks += [Heading(name), Table(("key", "type", "unit", "default", "meaning"), rows)]
    return blocks


class Printed(NamedTuple):
    """A schema for people: as text it is itself, else the tables of a plan, or a listing."""

    made: Schema
    what: str

    def text(self) -> str:
        return json.dumps(self.made, indent=2, ensure_ascii=False)

    def _plan(self) -> Document:
        return Document("What a plan may say", tables(self.made))

    def markdown(self) -> str:
        return (
            self._plan().markdown()
            if self.what == "plan"
            else f"# {self.made['title']}\n\n```json\n{self.text()}\n```"
        )

    def html(self) -> str:
        return (
            self._plan().html()
            if self.what == "plan"
            else page(self.made["title"], f"<pre>{escape(self.text())}</pre>")
        )


def command(
    of: Annotated[
        str,
        typer.Option(
            "--of", metavar="WHAT", help="plan, a command's output such as eval, error or version."
        ),
    ] = "plan",
) -> Answer:
    """Print the JSON schema of a plan, or of a command's output."""
    made = schema_of(of)
    return Answer(made, Printed(made, of))
