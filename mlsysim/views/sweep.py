"""A sweep for people: its first points, and the ends of each column of numbers."""

from __future__ import annotations

from ..core.solver.sweeps.sweep import Sweep
from ..core.text import plain
from .document import ABSENT, Block, Bullets, Document, Heading, Table, headed

SHOWN = 12


def cell(value: object) -> str:
    """A value of a column; a mark where it is not known."""
    return ABSENT if value is None or value != value else plain(value)


def sweep_document(found: Sweep) -> Document:
    """The first points, and what was refused."""
    told: dict[str, int] = {}
    for status in found["status"]:
        told[status] = told.get(status, 0) + 1
    counts = ", ".join(f"{count:,} {status}" for status, count in told.items())
    heads = tuple(headed(name, found.units.get(name, "")) for name in found.columns)
    shown = [column[:SHOWN] for column in found.columns.values()]
    rows = [
        tuple(cell(value.item() if hasattr(value, "item") else value) for value in row)
        for row in zip(*shown)
    ]
    blocks: list[Block] = [f"{len(found):,} points: {counts}.", Table(heads, rows)]
    if len(found) > len(rows):
        blocks.append(f"{len(found) - len(rows):,} more.")
    if found.refused:
        lines = [f"{count:,}: {reason}" for reason, count in found.refused.items()]
        blocks += [Heading("Refused: no such system exists"), Bullets(lines)]
    return Document(f"Sweep over {', '.join(found.axes)}", blocks)
