"""Columns to a file, piece by piece: CSV, Parquet, JSON lines."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..core.errors import InputError
from .answer import strict

Columns = Mapping[str, Sequence[Any]]
Write = Callable[[Columns], None]


def plain_column(column: Any) -> list[Any]:
    """A column as a list of Python's own values."""
    return column.tolist() if hasattr(column, "tolist") else list(column)


@contextmanager
def _csv(file: Path) -> Iterator[Write]:
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        headed = False

        def write(columns: Columns) -> None:
            nonlocal headed
            if not headed:
                writer.writerow(columns)
                headed = True
            writer.writerows(zip(*map(plain_column, columns.values())))

        yield write


@contextmanager
def _lines(file: Path) -> Iterator[Write]:
    with file.open("w", encoding="utf-8") as stream:

        def write(columns: Columns) -> None:
            for row in zip(*map(plain_column, columns.values())):
                line = {name: strict(value) for name, value in zip(columns, row)}
                stream.write(json.dumps(line, ensure_ascii=False) + "\n")

        yield write


@contextmanager
def _parquet(file: Path) -> Iterator[Write]:
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError:
        raise InputError("--out: a Parquet file needs pyarrow; install mlsysim[sweep]") from None
    made: list[Any] = []

    def write(columns: Columns) -> None:
        table = arrow.table({name: arrow.array(c) for name, c in columns.items()})
        if not made:
            made.append(parquet.ParquetWriter(file, table.schema))
        made[0].write_table(table)

    try:
        yield write
    finally:
        for writer in made:
            writer.close()


FORMS = {".csv": _csv, ".parquet": _parquet, ".jsonl": _lines}


def writer(name: str) -> Any:
    """A context that gives a function which appends columns to a file; the ending says the form."""
    file = Path(name)
    if file.suffix not in FORMS:
        raise InputError(f"--out: {name!r} does not end in {', '.join(FORMS)}")
    return FORMS[file.suffix](file)
