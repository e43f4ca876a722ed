"""From the name that a source prints to a chip of the registry, with what differs from the stock part."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from ..core.records import Record
from ..hardware import Hardware
from .rows import Inexpressible

FILE = Path(__file__).with_name("hardware.toml")


class Machine(NamedTuple):
    """A chip, the figures that differ, and why."""

    chip: Record
    given: dict[str, Any]
    notes: tuple[str, ...]


@cache
def _parts() -> list[dict[str, Any]]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))["part"]


@cache
def machine(name: str) -> Machine:
    """The chip that a row's hardware names."""
    text = name.lower()
    for part in _parts():
        if re.search(part["pattern"], text):
            why = (part["why"],) if "why" in part else ()
            return Machine(Hardware.find(part["chip"], "hardware"), part.get("given", {}), why)
    raise Inexpressible(f"hardware {name!r} is no chip of the registry")
