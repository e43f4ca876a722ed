"""`mlsysim audit`: measure this machine, write it as a chip, and hold a prediction to a measurement."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from ..audit import Audit, audit, steps
from ..audit.devices import devices
from ..audit.machine import this_machine
from ..core.errors import InputError
from .answer import Answer
from .audit_data import audit_data
from .audit_data import schema as schema
from .audit_document import Shown, document
from .progress import Progress

LEAST_SECONDS, MOST_SECONDS, USUAL_SECONDS = 1.0, 600.0, 15.0


def target(write: str | None) -> Path | None:
    """The file to write, refused before anything is measured if it cannot be one."""
    if write is None:
        return None
    path = Path(write)
    if path.suffix != ".toml":
        raise InputError(f"--write: {write!r} does not end in .toml, as the file of a record does")
    if path.is_dir():
        raise InputError(f"--write: {write!r} is a folder, not a file")
    if not path.parent.is_dir():
        raise InputError(f"--write: {write!r} cannot be written: there is no such folder")
    return path


def save(found: list[Audit], path: Path | None) -> list[Path | None]:
    """Write each device's record: the processor's under the name given, a graphics chip's with _gpu behind it."""
    if path is None:
        return [None] * len(found)
    paths = [path if f.device.kind == "cpu" else path.with_stem(f"{path.stem}_gpu") for f in found]
    for one, file in zip(found, paths):
        file.write_text(one.text, encoding="utf-8")
    return [*paths]


def command(
    write: Annotated[
        str | None,
        typer.Option(
            "--write",
            metavar="FILE.toml",
            help="Where the record of this machine goes; printed where this is not given.",
            show_default=False,
        ),
    ] = None,
    seconds: Annotated[
        float,
        typer.Option(
            "--seconds", metavar="NUMBER", help="About how long to measure, in s, 1 to 600."
        ),
    ] = USUAL_SECONDS,
) -> Answer:
    """Measure this machine, write it as a chip, and hold a prediction to a measurement.

    Times matrix products, memory and small calls, finds the nearest chip of the registry, then predicts a
    small model from the measured rates and times it. `mlsysim eval MODEL ./FILE.toml` uses the record.
    """
    if not LEAST_SECONDS <= seconds <= MOST_SECONDS:
        raise InputError(f"--seconds: {seconds:g} is not between 1 and 600")
    path, machine, day = target(write), this_machine(), date.today()
    ready = devices(machine)
    progress = Progress(steps(ready), sys.stderr)
    try:
        found = audit(ready, machine, seconds, day, progress)
    finally:
        progress.end()
    written = save(found, path)
    data = audit_data(found, machine, day, seconds, written)
    return Answer(data, Shown(document(found, machine, day, written), found, written))
