"""Reading a plan from YAML or JSON.

The form of YAML is plain: no tags, no anchors, each key once, words and numbers as in YAML 1.2.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..core.errors import InputError

MOST_BYTES, MOST_VALUES, MOST_DEPTH = 1_000_000, 20_000, 20
_INTEGER = re.compile(r"[-+]?\d{1,300}")
_FLOAT = re.compile(r"[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?")
_SPECIAL = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **{
        f"{sign}{word}": float(f"{sign}inf")
        for sign in ("", "+", "-")
        for word in (".inf", ".Inf", ".INF")
    },
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}


def read_file(name: str) -> Any:
    """The data of a YAML or JSON file; "-" is standard input."""
    data = _bytes(name)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: byte {error.start + 1:,} is not UTF-8 text") from None
    return _json(name, text) if name.endswith(".json") else read_yaml(name, text)


def _bytes(name: str) -> bytes:
    path = Path(name)
    if name != "-" and path.is_dir():
        raise InputError(f"{name}: is a directory, not a file")
    try:
        with sys.stdin.buffer if name == "-" else path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise InputError(f"{name}: there is no such file") from None
    except ValueError as error:  # a null byte in the name
        raise InputError(f"{name!r}: {error}") from None
    if len(data) > MOST_BYTES:
        raise InputError(f"{name}: is larger than 1 MB")
    return data


def _json(name: str, text: str) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = {}
        for key, value in pairs:
            if key in result:
                raise InputError(f"{name}: the key {key!r} is given twice")
            result[key] = value
        return result

    try:
        return json.loads(text, object_pairs_hook=once, parse_int=_number)
    except json.JSONDecodeError as error:
        raise InputError(f"{name}: line {error.lineno}: {error.msg}") from None
    except RecursionError:
        raise InputError(f"{name}: is nested too deeply") from None


def _number(text: str) -> int | float:
    return int(text) if _INTEGER.fullmatch(text) else float(text)


def read_yaml(name: str, text: str) -> Any:
    """The data of a YAML document."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _Reader(name, yaml.parse(text, loader)).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}: " if mark else ""
        raise InputError(f"{name}: {where}{error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise InputError(f"{name}: {error}") from None


class _Reader:
    """Plain data from the events of a YAML parser, refused as soon as something is not plain."""

    def __init__(self, name: str, events: Iterator[Any]):
        self.name, self.events, self.values = name, events, 0

    def _next(self) -> tuple[str, Any]:
        event = next(self.events)
        return type(event).__name__.removesuffix("Event"), event

    def _refuse(self, event: Any, message: str) -> InputError:
        return InputError(f"{self.name}: line {event.start_mark.line + 1}: {message}")

    def document(self) -> Any:
        self._next()
        kind, event = self._next()
        if kind == "StreamEnd":
            return None
        value = self._value(*self._next(), 0)
        self._next()
        kind, event = self._next()
        if kind != "StreamEnd":
            raise self._refuse(event, "a second document begins; a plan is one document")
        return value

    def _value(self, kind: str, event: Any, depth: int) -> Any:
        self.values += 1
        if kind == "Alias" or event.anchor:
            raise self._refuse(event, "anchors and aliases (& and *) are not allowed")
        if event.tag:
            raise self._refuse(event, f"tags such as {event.tag!r} are not allowed")
        if depth > MOST_DEPTH:
            raise self._refuse(event, f"is nested more than {MOST_DEPTH} levels deep")
        if self.values > MOST_VALUES:
            raise self._refuse(event, f"holds more than {MOST_VALUES:,} values")
        if kind == "Scalar":
            return _scalar(event.value) if event.implicit[0] else event.value
        return self._mapping(depth) if kind == "MappingStart" else self._list(depth)

    def _list(self, depth: int) -> list[Any]:
        result = []
        while (pair := self._next())[0] != "SequenceEnd":
            result.append(self._value(*pair, depth + 1))
        return result

    def _mapping(self, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        while (pair := self._next())[0] != "MappingEnd":
            kind, event = pair
            if kind != "Scalar":
                raise self._refuse(event, "a key must be a word")
            self._value(kind, event, depth)  # a key may not have an anchor or a tag
            key = event.value
            if key in result:
                raise self._refuse(event, f"the key {key!r} is given twice")
            result[key] = self._value(*self._next(), depth + 1)
        return result


def _scalar(text: str) -> Any:
    """A plain word of YAML 1.2: 1e15 is a number, `no` and 12:30 are words."""
    if text in _SPECIAL:
        return _SPECIAL[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
