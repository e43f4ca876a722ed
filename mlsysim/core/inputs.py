"""Symbols that a scenario gives: what a reader chooses, not what a record states. See `inputs.txt`."""

from __future__ import annotations

from pathlib import Path

from .symbols import Symbol, declare


def given(name: str, unit: str, latex: str, meaning: str) -> None:
    """Declare a symbol that a reader or a scenario gives."""
    declare(Symbol(name, unit, latex, meaning, "scenario"))


for _line in Path(__file__).with_name("inputs.txt").read_text(encoding="utf-8").splitlines():
    if not _line.startswith("#"):
        given(*map(str.strip, _line.split(" | ")))
