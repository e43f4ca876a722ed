"""`mlsysim sweep`: metrics of a plan over axes, to the terminal or to a file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager, nullcontext
from typing import Annotated, Any

import numpy as np
import typer

from ..core.errors import InputError
from ..core.solver.sweeps.pieces import STATUSES, Answered
from ..core.solver.sweeps.sweep import (
    Asked,
    answered,
    columns_of,
    joined,
    lacking,
    question,
    total_of,
)
from ..core.text import plain
from ..plan import Plan
from ..views.document import ABSENT, Block, Bullets, Document, Heading, Table
from ..views.sweep import first_points, refusals
from .answer import (
    MAYBE_NUMBER,
    MAYBE_TEXT,
    SCHEMA_VERSION,
    TEXT,
    WHOLE,
    Answer,
    Schema,
    listed,
    mapped,
    output,
    shaped,
    strict,
)
from .options import takes_plan
from .progress import Meter
from .tables import plain_column, writer

#: Points that are printed, and those that one JSON answer may hold.
SHOWN, MOST_ROWS = 20, 1_000_000
OVER = typer.Option(
    "--over",
    metavar="NAME=VALUES",
    help='An axis, such as batch_size=1:4096:log, hardware=H100,H200 or "fabric_bandwidth=25:400:16"; may be repeated.',
    show_default=False,
)
METRIC = typer.Option(
    "--metric", metavar="NAMES", help="Metrics or symbols, set apart by commas.", show_default=False
)
ZIP = typer.Option("--zip", help="Take the axes side by side, not crossed.", show_default=False)
SAMPLE = typer.Option(
    "--sample",
    metavar="HOW:COUNT",
    help="Draw points, such as random:1000 or latin:1000 (a Latin hypercube).",
    show_default=False,
)
SEED = typer.Option("--seed", metavar="NUMBER", help="Seed of the draws.")
OUT = typer.Option(
    "--out",
    metavar="FILE",
    help="A file for all points: .csv, .parquet or .jsonl; memory stays bounded.",
    show_default=False,
)
WORKERS = typer.Option(
    "--workers", metavar="NUMBER", help="Processes on this machine.", min=1, max=1024
)
DASK = typer.Option(
    "--dask",
    metavar="ADDRESS",
    help="A Dask scheduler, such as tcp://host:8786.",
    show_default=False,
)
SPAN = shaped(metric=TEXT, unit=TEXT, least=MAYBE_NUMBER, most=MAYBE_NUMBER)


def schema() -> Schema:
    """Columns, or what was written to a file."""
    cell: Schema = {"type": ["number", "string", "null"]}
    return output(
        "sweep",
        axes=listed(TEXT),
        units=mapped(TEXT),
        points=WHOLE,
        statuses=mapped(WHOLE),
        spans=listed(SPAN),
        refused=mapped(WHOLE),
        file=MAYBE_TEXT,
        columns=mapped(listed(cell)),
    )


class Tally:
    """What is told of a sweep of any length: points by status, the ends of each metric, the first rows."""

    def __init__(self, asked: Asked, keep: int):
        self.asked, self.keep, self.held = asked, keep, 0
        self.statuses = dict.fromkeys(STATUSES, 0)
        self.refused: dict[str, int] = {}
        self.ends: dict[str, tuple[float, float]] = {}
        self.kept: list[dict[str, Any]] = []

    def add(self, part: Answered) -> dict[str, Any]:
        """Count a piece; its columns."""
        counts = np.bincount(part.status, minlength=len(STATUSES))
        self.statuses = {word: n + int(c) for (word, n), c in zip(self.statuses.items(), counts)}
        self.refused = total_of((self.refused, part.refused))
        for name in self.asked.metrics:
            column = np.asarray(part.columns[name], float)
            known = column[np.isfinite(column)]
            if known.size:
                low, high = self.ends.get(name, (np.inf, -np.inf))
                self.ends[name] = min(low, known.min().item()), max(high, known.max().item())
        columns = columns_of(self.asked, [part])
        if self.held < self.keep:
            self.kept.append(columns)
            self.held += len(columns["status"])
        return columns

    @property
    def columns(self) -> dict[str, list[Any]]:
        """The first rows."""
        return {
            name: plain_column(joined([part[name] for part in self.kept]))[: self.keep]
            for name in self.kept[0]
        }


@contextmanager
def executor(workers: int, dask: str | None) -> Iterator[Executor | None]:
    """Where pieces are evaluated: here, in processes of this machine, or on a cluster."""
    if dask is not None:
        try:
            from distributed import Client
        except ImportError:
            raise InputError("--dask: needs Dask; install mlsysim[dask]") from None
        try:
            client = Client(dask, timeout="20s")
        except (OSError, ValueError, TimeoutError) as error:
            raise InputError(f"--dask: {dask!r} does not answer: {error}") from None
        with client:
            yield client.get_executor()
    elif workers > 1:
        with ProcessPoolExecutor(workers) as pool:
            yield pool
    else:
        yield None


def axes(over: list[str] | None) -> dict[str, str]:
    """The axes of the options --over."""
    result: dict[str, str] = {}
    for text in over or ():
        name, sign, values = text.partition("=")
        if not sign:
            raise InputError(f"--over: {text!r} is not of the form batch_size=1:4096:log")
        if name.strip() in result:
            raise InputError(f"--over: {name.strip()!r} is given twice")
        result[name.strip()] = values.strip()
    return result


def _draws(zipped: bool, sample: str | None) -> dict[str, Any]:
    if sample is None:
        return {"how": "zip" if zipped else "grid"}
    how, _, count = sample.partition(":")
    if zipped or how not in ("random", "latin") or not count.isdigit():
        raise InputError(
            f"--sample: {sample!r} is not of the form random:1000 or latin:1000, without --zip"
        )
    return {"how": how, "points": int(count)}


def document(asked: Asked, tally: Tally, file: str | None) -> Document:
    """The first rows, the ends of each metric, and what was refused."""
    told = ", ".join(f"{count:,} {word}" for word, count in tally.statuses.items() if count)
    names = " x ".join(f"{axis.name} ({len(axis.values):,})" for axis in asked.axes)
    crossed = names if asked.grid else ", ".join(axis.name for axis in asked.axes)
    blocks: list[Block] = [f"{asked.size:,} points over {crossed}; {told}."]
    columns = {name: column[:SHOWN] for name, column in tally.columns.items()}
    table = first_points(columns, asked.units)
    rows = table.rows
    blocks += [Heading(f"The first {len(rows)}"), table]
    if asked.size > len(rows) and file is None:
        blocks.append(f"{asked.size - len(rows):,} more: give --out FILE, or -o json.")
    ends = [
        (name, unit or "1", *map(plain, tally.ends[name]))
        if name in tally.ends
        else (name, unit or "1", ABSENT, ABSENT)
        for name, unit in asked.units.items()
    ]
    blocks += [Heading("Ends of each metric"), Table(("metric", "unit", "least", "most"), ends)]
    blocks += refusals(tally.refused)
    unknown = lacking(asked, tally.columns)
    if unknown:
        lines = [
            f"{what}: {', '.join(names) or 'it does not apply'}" for what, names in unknown.items()
        ]
        blocks += [Heading("Not known, for lack of"), Bullets(lines)]
    if file is not None:
        blocks.append(f"Written to {file}: {asked.size:,} rows.")
    return Document(f"Sweep of {asked.plan.name or asked.plan.workload.name}", blocks)


def data(asked: Asked, tally: Tally, file: str | None) -> dict[str, Any]:
    """The answer as strict data; columns are empty where a file holds them."""
    spans = [
        {"metric": name, "unit": unit or "1", "least": low, "most": high}
        for name, unit in asked.units.items()
        for low, high in [tally.ends.get(name, (None, None))]
    ]
    columns = {} if file else {n: list(map(strict, c)) for n, c in tally.columns.items()}
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "sweep",
        "axes": [axis.name for axis in asked.axes],
        "units": {name: unit or "1" for name, unit in asked.units.items()},
        "points": asked.size,
        "statuses": {word: count for word, count in tally.statuses.items() if count},
        "spans": spans,
        "refused": tally.refused,
        "file": file,
        "columns": columns,
    }


@takes_plan()
def command(
    plan: Plan,
    over: Annotated[list[str] | None, OVER] = None,
    metric: Annotated[str, METRIC] = "",
    side_by_side: Annotated[bool, ZIP] = False,
    sample: Annotated[str | None, SAMPLE] = None,
    seed: Annotated[int, SEED] = 0,
    out: Annotated[str | None, OUT] = None,
    workers: Annotated[int, WORKERS] = 1,
    dask: Annotated[str | None, DASK] = None,
) -> Answer:
    """Vary inputs of a plan over axes and print metrics as columns.

    Every point is what `mlsysim eval` says of it. Points that fit nowhere or that no system can have are marked.
    """
    asked = question(plan, axes(over), metric, **_draws(side_by_side, sample), seed=seed)
    if out is None and asked.size > MOST_ROWS:
        raise InputError(
            f"--over: {asked.size:,} points are more than {MOST_ROWS:,}; give --out FILE"
        )
    tally, meter = (
        Tally(asked, SHOWN if out else asked.size),
        Meter(asked.size, sys.stderr, "points"),
    )
    with executor(workers, dask) as pool, writer(out) if out else nullcontext() as write:
        for part in answered(asked, pool, lambda done, size: meter.reach(done)):
            columns = tally.add(part)
            if write is not None:
                write(columns)
    meter.end()
    if tally.statuses["refused"] == asked.size:
        raise InputError(next(iter(tally.refused)))
    return Answer(data(asked, tally, out), document(asked, tally, out))
