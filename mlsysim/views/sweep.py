"""A sweep for people: its first points, and the ends of each column of numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..core.solver.sweeps.sweep import Sweep
from ..core.text import plain
from .document import ABSENT, Block, Bullets, Document, Heading, Table, headed

SHOWN = 12


def cell(value: object) -> str:
    """A value of a column; a mark where it is not known."""
    value = value.item() if hasattr(value, "item") else value
    return ABSENT if value is None or value != value else plain(value)


def first_points(columns: Mapping[str, Sequence[Any]], units: Mapping[str, str]) -> Table:
    """Points as rows under their columns' names and units."""
    heads = tuple(headed(name, units.get(name, "")) for name in columns)
    return Table(heads, [tuple(map(cell, row)) for row in zip(*columns.values())])


def refusals(refused: Mapping[str, int]) -> list[Block]:
    """How many points were refused for each reason; nothing where none was."""
    lines = [f"{count:,}: {reason}" for reason, count in refused.items()]
    return [Heading("Refused: no such system exists"), Bullets(lines)] if lines else []


def sweep_document(found: Sweep) -> Document:
    """The first points, and what was refused."""
    told = ", ".join(f"{count:,} {status}" for status, count in Counter(found["status"]).items())
    shown = {name: column[:SHOWN] for name, column in found.columns.items()}
    blocks: list[Block] = [f"{len(found):,} points: {told}.", first_points(shown, found.units)]
    if len(found) > SHOWN:
        blocks.append(f"{len(found) - SHOWN:,} more.")
    blocks += refusals(found.refused)
    return Document(f"Sweep over {', '.join(found.axes)}", blocks)
