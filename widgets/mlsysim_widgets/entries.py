"""What a reader said in the labs: the entries, the schema of their file, how two records of them join, and the file."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from mlsysim import InputError

Entry = dict[str, Any]
KINDS = ("prediction", "decision", "reflection", "setting")
FORMAT, VERSION = "mlsysim-ledger", 1
_TEXT = {"type": "string"}
_NUMBER = {"type": ["number", "null"]}
_SAID = {"type": ["number", "string", "boolean", "array", "null"]}
#: What was said once; `before` keeps what a later answer replaced.
_ANSWER: dict[str, Any] = {
    "at": {"type": "string", "minLength": 10, "description": "When, UTC"},
    "value": {**_SAID, "description": "What the reader said; null where the answer was shown"},
    "answer": {**_SAID, "description": "What the core says"},
    "factor": {**_NUMBER, "description": "How many times too high or too low, at least 1"},
    "said": {**_TEXT, "description": "The sentence that compares them"},
    "confidence": _TEXT,
}
_BEFORE = {
    "type": "object",
    "required": ["at", "value"],
    "properties": _ANSWER,
    "additionalProperties": False,
}
ENTRY: dict[str, Any] = {
    "type": "object",
    "required": ["lab", "id", "kind", "at", "value"],
    "properties": {
        "lab": {**_TEXT, "description": "Such as vol1/05; empty where it holds for all labs"},
        "id": {"type": "string", "minLength": 1},
        "kind": {"enum": list(KINDS)},
        "question": _TEXT,
        "unit": _TEXT,
        **_ANSWER,
        "before": {"type": "array", "items": _BEFORE},
    },
    "additionalProperties": False,
}
#: The JSON schema of an exported file.
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "What a reader predicted, decided and wrote in the labs of mlsysim",
    "type": "object",
    "required": ["format", "version", "entries"],
    "properties": {
        "format": {"const": FORMAT},
        "version": {"const": VERSION},
        "reader": _TEXT,
        "entries": {"type": "array", "items": ENTRY},
    },
    "additionalProperties": False,
}
_FORMS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list, tuple),
    "object": (dict,),
    "null": (type(None),),
}


# ---- reading
def check(value: Any, schema: Mapping[str, Any] = SCHEMA, place: str = "ledger") -> None:
    """Hold a value to the words of JSON schema that ours use; where it breaks is said in one sentence."""
    forms = schema.get("type", [])
    forms = [forms] if isinstance(forms, str) else forms
    if forms and not any(_is(value, form) for form in forms):
        raise InputError(f"{place}: {_short(value)} is not {' or '.join(forms)}")
    if "const" in schema and value != schema["const"]:
        raise InputError(f"{place}: {_short(value)} is not {schema['const']!r}")
    if "enum" in schema and value not in schema["enum"]:
        raise InputError(f"{place}: {_short(value)} is not one of {', '.join(schema['enum'])}")
    if isinstance(value, str) and len(value) < schema.get("minLength", 0):
        raise InputError(f"{place}: {value!r} is too short")
    for name in schema.get("required", ()):
        if name not in value:
            raise InputError(f"{place}: {name} is missing")
    if "properties" in schema:
        for name, item in value.items():
            if name not in schema["properties"]:
                raise InputError(f"{place}: {name!r} is none of {', '.join(schema['properties'])}")
            check(item, schema["properties"][name], f"{place}.{name}")
    if "items" in schema:
        for index, item in enumerate(value):
            check(item, schema["items"], f"{place}[{index}]")


def _is(value: Any, form: str) -> bool:
    if isinstance(value, bool):
        return form == "boolean"
    finite = not isinstance(value, float) or value - value == 0
    return finite and isinstance(value, _FORMS[form])


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"a {type(value).__name__}"


def read(text: str, where: str = "ledger") -> dict[str, Any]:
    """The document of an exported file."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: it is not JSON: {error}") from None
    check(document, place=where)
    return document


def written(reader: str, entries: Iterable[Entry]) -> str:
    """The text of a file that holds these entries."""
    document = {"format": FORMAT, "version": VERSION, "reader": reader, "entries": list(entries)}
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


# ---- joining
def now(after: str = "") -> str:
    """The time of an entry, later than that of the one it replaces."""
    at = datetime.now(UTC)
    with suppress(ValueError, TypeError):  # an imported time may be written otherwise
        at = max(at, datetime.fromisoformat(after) + timedelta(milliseconds=1))
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def key(entry: Entry) -> tuple[str, str]:
    """What tells one entry from another."""
    return entry["lab"], entry["id"]


def join(*many: Iterable[Entry]) -> list[Entry]:
    """Entries by key; of two answers to one question the later counts, and the earlier is kept beside it."""
    found: dict[tuple[str, str], Entry] = {}
    for entry in (entry for entries in many for entry in entries):
        found[key(entry)] = _joined(found[key(entry)], entry) if key(entry) in found else entry
    return list(found.values())


def _joined(one: Entry, other: Entry) -> Entry:
    early, late = sorted((one, other), key=_order)
    if late["kind"] == "reflection":  # a text that goes on being written
        return late
    answers = [*early.get("before", ()), _answer(early), *late.get("before", ())]
    told, before = [_answer(late)], []
    for answer in sorted(answers, key=_order):
        if answer not in told:
            told.append(answer)
            before.append(answer)
    return {**late, **({"before": before} if before else {})}


def _order(entry: Entry) -> tuple[str, str]:
    return entry["at"], json.dumps(entry, sort_keys=True)


def _answer(entry: Entry) -> Entry:
    return {name: entry[name] for name in _ANSWER if name in entry}


# ---- the file on disk
class Disk:
    """A ledger on disk that several processes may write: joined with what stands there, and replaced in one step."""

    def __init__(self, path: Path):
        self.path = path

    def read(self) -> dict[str, Any]:
        """The document there; an empty one where there is none."""
        if not self.path.exists():
            return {"format": FORMAT, "version": VERSION, "entries": []}
        return read(self.path.read_text(encoding="utf-8"), str(self.path))

    def write(self, reader: str, entries: Iterable[Entry], forget: str | None = None) -> None:
        """Join these entries with those there, less those of a lab that is forgotten."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._alone():
            there = self.read()
            kept = join(there["entries"], entries)
            kept = [entry for entry in kept if forget is None or entry["lab"] != forget]
            fresh = self.path.with_name(f".{self.path.name}.{os.getpid()}")
            try:
                with fresh.open("w", encoding="utf-8") as file:
                    file.write(written(reader or there.get("reader", ""), kept))
                    file.flush()
                    os.fsync(file.fileno())
                fresh.replace(self.path)
            finally:
                fresh.unlink(missing_ok=True)

    @contextmanager
    def _alone(self, patience: float = 5.0) -> Iterator[None]:
        """Hold the lock beside the file; one that was left behind is taken over."""
        lock = self.path.with_name(f".{self.path.name}.lock")
        until = time.monotonic() + patience
        while True:
            try:
                os.close(os.open(lock, os.O_CREAT | os.O_EXCL))
                break
            except FileExistsError:
                if time.monotonic() > until:
                    with suppress(FileNotFoundError):
                        lock.unlink()
                time.sleep(0.01)
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)
