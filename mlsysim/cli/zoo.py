"""`mlsysim zoo`: what the registries hold."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ..core.errors import InputError, unknown
from ..core.records import Record, Registry
from ..views.document import Document, Heading, Table
from ..views.record import record_document
from .answer import SCHEMA_VERSION, TEXT, WHOLE, Answer, Schema, const, listed, mapped, shaped
from .columns import (
    COLUMN,
    cell_data,
    cell_text,
    check,
    columns_of,
    compared,
    keeps,
    look,
    sort_key,
)
from .record import RECORD, record_data

KINDS = ("hardware", "models", "infra", "systems", "literature")
HEAD = {
    "path": TEXT,
    "registry": TEXT,
    "group": TEXT,
    "type": TEXT,
    "id": TEXT,
    "name": TEXT,
    "year": {"type": ["integer", "null"]},
}
LEGEND = "Signs: ~ an estimate, ? written from memory of its source, – not stated."
Place = tuple[Registry, str]


def schema() -> Schema:
    """An overview, a list of records, or one record."""
    common = {"schema_version": const(SCHEMA_VERSION), "kind": const("zoo")}
    group = shaped(name=TEXT, type=TEXT, count=WHOLE)
    record = shaped(**HEAD, values=mapped(COLUMN))
    return {
        "anyOf": [
            shaped(
                **common,
                what=const("overview"),
                registries=listed(shaped(name=TEXT, count=WHOLE, groups=listed(group))),
            ),
            shaped(**common, what=const("list"), of=TEXT, count=WHOLE, records=listed(record)),
            shaped(**common, what=const("record"), record=shaped(**HEAD, **RECORD)),
        ]
    }


def answer(what: str, document: Document, **data: Any) -> Answer:
    return Answer({"schema_version": SCHEMA_VERSION, "kind": "zoo", "what": what, **data}, document)


def registries() -> dict[str, Registry]:
    """The registries by the names that the command line gives them."""
    import mlsysim

    return {kind: getattr(mlsysim, kind.capitalize()) for kind in KINDS}


def places(what: str | None) -> list[Place]:
    """The groups that a word names: those of a registry, one such as "grids" or "infra.grids", or all."""
    every = [
        (kind, registry, group)
        for kind, registry in registries().items()
        for group in registry.groups
    ]
    word = (what or "").casefold()
    return [
        (r, g)
        for kind, r, g in every
        if not word or word in (kind, g.casefold(), f"{kind}.{g.casefold()}")
    ]


def find(name: str, where: list[Place]) -> Record:
    """The record of that name: "H100", "Cloud.H100" or "Hardware.Cloud.H100"."""
    known = {
        f"{r.name}.{group}.{one}": (r, group, one) for r, group in where for one in r.groups[group]
    }
    found = [
        path
        for path, (r, _, one) in known.items()
        if f".{path}".endswith(f".{name}") or name == f"{r.name}.{one}"
    ]
    if len(found) > 1:
        raise InputError(
            f"zoo: {name!r} is the name of {len(found)} records, say which: {', '.join(found)}"
        )
    if not found:
        words = [
            *(one for _, _, one in known.values()),
            *KINDS,
            *(group.lower() for _, group in where),
        ]
        raise unknown("zoo", name, words)
    registry, group, one = known[found[0]]
    return registry.load(group, one)


def head(record: Record) -> dict[str, Any]:
    registry, group, name = record.path.split(".")
    names = {"path": record.path, "registry": registry, "group": group, "type": record.type.name}
    return {**names, "id": name, "name": record.name, "year": record.year}


def overview() -> Answer:
    """How many records there are, by registry and group."""
    data, rows, total = [], [], 0
    for kind, registry in registries().items():
        counts = [(g, registry.type_of(g).name, len(names)) for g, names in registry.groups.items()]
        count = sum(n for _, _, n in counts)
        total += count
        groups = [{"name": g, "type": kept, "count": n} for g, kept, n in counts]
        data.append({"name": kind, "count": count, "groups": groups})
        rows.append((f"zoo {kind}", str(count), ""))
        rows += [(f"    {g.lower()}", str(n), kept) for g, kept, n in counts]
    told = f"{total:,} records, every figure with its source. `zoo grids` lists a group, `zoo H100` shows a record."
    return answer(
        "overview",
        Document("The registries", [told, Table(("list", "records", "record type"), rows)]),
        registries=data,
    )


def listing(
    what: str,
    where: list[Place],
    filters: list[str],
    sort: str | None,
    reverse: bool,
    columns: str | None,
) -> Answer:
    """The records of some groups in a table for each record type."""
    types = {registry.type_of(group).name: registry.type_of(group) for registry, group in where}
    chosen = [name.strip() for name in columns.split(",")] if columns else None
    for option, names in (
        ("--columns", chosen or []),
        ("--sort", [sort] if sort else []),
        ("--filter", compared(filters)),
    ):
        check(names, list(types.values()), option)
    records = [r.load(group, one) for r, group in where for one in r.groups[group]]
    records = [record for record in records if all(keeps(record, wanted) for wanted in filters)]
    if sort or reverse:
        ordered = sorted(
            records, key=lambda record: sort_key(record, sort or "path"), reverse=reverse
        )
        unstated = [record for record in ordered if sort and look(record, sort) is None]
        records = [record for record in ordered if record not in unstated] + unstated
    blocks: list = []
    for name, kept in types.items():
        own = [record for record in records if record.type.name == name]
        shown = chosen or columns_of(kept)
        if own:
            heads = (
                "id",
                "group",
                *shown,
                *(["year"] if not chosen and any(record.year for record in own) else []),
            )
            rows = [
                tuple(cell_text(look(record, column), column) for column in heads) for record in own
            ]
            blocks += [Heading(f"{kept.meaning} ({len(own)})"), Table(heads, rows)]
    data = [
        {
            **head(r),
            "values": {
                column: cell_data(look(r, column)) for column in chosen or columns_of(r.type)
            },
        }
        for r in records
    ]
    told = [LEGEND] if records else ["No record passes the filter."]
    return answer(
        "list",
        Document(f"{what}: {len(records)} records", [*blocks, *told]),
        of=what,
        count=len(records),
        records=data,
    )


def command(
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="KIND|RECORD",
            help="hardware, models, infra, systems, literature, a group such as grids, or a record.",
            show_default=False,
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Argument(metavar="RECORD", help="A record of that kind.", show_default=False),
    ] = None,
    filter: Annotated[
        list[str] | None,
        typer.Option(
            "--filter",
            "-f",
            metavar="TEXT",
            help='Words in the name, or a comparison such as "mem_capacity>=80 GiB"; may be repeated.',
            show_default=False,
        ),
    ] = None,
    sort: Annotated[
        str | None,
        typer.Option("--sort", metavar="COLUMN", help="The column to sort by.", show_default=False),
    ] = None,
    reverse: Annotated[bool, typer.Option("--reverse", help="Largest first.")] = False,
    columns: Annotated[
        str | None,
        typer.Option(
            "--columns",
            metavar="COLUMNS",
            help="Columns to show instead of the usual, with commas between.",
            show_default=False,
        ),
    ] = None,
) -> Answer:
    """List what the registries hold, or show one record with the source of each figure.

    `zoo` counts the records, `zoo hardware` or `zoo grids` lists them, `zoo H100` shows one.
    """
    if what is None:
        return overview()
    where = places(what)
    if where and name is None:
        return listing(what, where, filter or [], sort, reverse, columns)
    if name is not None and not where:
        raise unknown("zoo", what, [*KINDS, *(group.lower() for _, group in places(None))])
    record = find(name or what, where or places(None))
    return answer("record", record_document(record), record={**head(record), **record_data(record)})
