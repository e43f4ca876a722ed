"""A record for people: its figures, each as printed, with source and place."""

from __future__ import annotations

from collections.abc import Iterable

from ..core.records import Figure, Record
from ..core.text import plain
from ..core.units import coherent
from .document import ABSENT, Bullets, Document, Heading, Table


def alternatives(record: Record) -> list[Figure]:
    """Figures of other sources, which nothing computes with."""
    found = []
    for name, entry in record.alternatives.items():
        given, unit = entry["value"], entry.get("unit", "")
        value = coherent(given, unit) if isinstance(given, (int, float)) else given
        found.append(
            Figure(
                name,
                value,
                given,
                unit,
                entry["source"],
                entry.get("at", ""),
                entry.get("kind", "published"),
                entry.get("note", ""),
            )
        )
    return found


def printed(figure: Figure) -> str:
    """A figure as its source prints it."""
    if isinstance(figure.given, (int, float)):
        return f"{plain(figure.given)} {figure.unit}".strip()
    return figure.given if isinstance(figure.given, str) else f"{len(figure.given)} rows"


def _table(figures: Iterable[Figure], numbers: dict[str, int]) -> Table:
    rows, before = [], ("", "")
    for figure in figures:
        place = f"{figure.at} ({figure.note})" if figure.note else figure.at
        if place and (figure.source, place) == before:
            place = "the same"
        else:
            before = (figure.source, place)
        rows.append(
            (
                figure.name,
                printed(figure),
                f"[{numbers[figure.source]}]",
                place or ABSENT,
                figure.kind,
            )
        )
    return Table(("figure", "as printed", "source", "place", "kind"), rows)


def record_document(record: Record) -> Document:
    """A record for people: its figures, each with source and place."""
    others = alternatives(record)
    used = dict.fromkeys(figure.source for figure in [*record.figures.values(), *others])
    numbers = {key: i for i, key in enumerate(used, 1)}
    traits = [
        f"{key}: {value if isinstance(value, str) else ', '.join(map(str, value))}"
        for key, value in record.traits.items()
    ]
    year = [f"year: {record.year}"] if record.year else []
    blocks: list = [
        f"{record.name}. {record.type.meaning}.",
        Bullets([*year, *traits]),
        _table(record.figures.values(), numbers),
    ]
    if others:
        blocks += [Heading("Figures of other sources, not computed with"), _table(others, numbers)]
    said = (
        f"[{number}] {', '.join(part for part in record.source(key)[1:] if part)}"
        for key, number in numbers.items()
    )
    blocks += [Heading("Sources"), Bullets(list(said))]
    if record.notes:
        blocks += [Heading("Notes"), Bullets(list(record.notes))]
    return Document(record.path, blocks)
