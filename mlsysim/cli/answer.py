"""What a command answers, how it is printed, and how its JSON is declared."""

from __future__ import annotations

import json
import re
import sys
from enum import StrEnum
from os import environ
from typing import Any, NamedTuple, Protocol

SCHEMA_VERSION = "1.0"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
COLOURS = {"PASS": 32, "FAIL": 31, "INFEASIBLE": 31, "NOT KNOWN": 33}


class Format(StrEnum):
    """The forms of an answer."""

    text = "text"
    json = "json"
    markdown = "markdown"
    html = "html"


class Printable(Protocol):
    """Whatever can be printed for people."""

    def text(self) -> str: ...
    def markdown(self) -> str: ...
    def html(self) -> str: ...


class Answer(NamedTuple):
    """The answer of a command: strict data, the same for people, and the exit code."""

    data: dict[str, Any]
    document: Printable
    exit_code: int = 0

    def render(self, form: Format) -> str:
        if form is Format.json:
            return json.dumps(self.data, indent=2, allow_nan=False, ensure_ascii=False)
        return getattr(self.document, form.value)()

    def show(self, form: Format) -> None:
        """Print to standard output; verdicts have a colour on a terminal."""
        text = self.render(form)
        if form is Format.text and sys.stdout.isatty() and not environ.get("NO_COLOR"):
            text = re.sub(r"\[([A-Z ]+)\]", _coloured, text)
        print(text)


def _coloured(match: re.Match[str]) -> str:
    colour = COLOURS.get(match[1])
    return f"[\x1b[{colour}m{match[1]}\x1b[0m]" if colour else match[0]


# ---- declaring the JSON of an answer
Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
TRUTH: Schema = {"type": "boolean"}
YES_NO: Schema = {"type": "boolean"}
NUMBER: Schema = {"type": "number"}
MAYBE_NUMBER: Schema = {"type": ["number", "null"], "description": "null where not known"}
MAYBE_TEXT: Schema = {"type": ["string", "null"]}


def const(value: Any) -> Schema:
    return {"const": value}


def choice(*values: Any) -> Schema:
    return {"enum": list(values)}


def listed(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def mapped(values: Schema) -> Schema:
    return {"type": "object", "additionalProperties": values}


def shaped(**properties: Schema) -> Schema:
    """An object with exactly these properties."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def output(kind: str, **properties: Schema) -> Schema:
    """An answer: its schema version and kind, and these properties."""
    return shaped(schema_version=const(SCHEMA_VERSION), kind=const(kind), **properties)


#: What is printed to standard output instead of an answer when JSON was asked for.
ERROR = output("error", message=TEXT, exit_code=WHOLE)


def strict(value: Any) -> Any:
    """A value of the graph as JSON: None where not known or infinite, rows as lists, records of a row as mappings."""
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, tuple):
        if hasattr(value, "_asdict"):
            return {key: strict(item) for key, item in value._asdict().items()}
        return [strict(item) for item in value]
    return value
