"""The labs: where their notebooks lie, what each is called, how a page is served."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from ...core.errors import InputError, unknown

#: In an installation beside the package; in a checkout beside it, one folder up.
FOLDERS = (Path(__file__).parents[2] / "_labs", Path(__file__).parents[3] / "labs")


class Lab(NamedTuple):
    """A lab: its name such as vol1/05, its title, its file."""

    name: str
    title: str
    file: Path


def labs() -> dict[str, Lab]:
    """Every lab by its name."""
    folder = next((one for one in FOLDERS if one.is_dir()), None)
    if folder is None:
        raise InputError("lab: the notebooks are not installed; install mlsysim[labs]")
    found = {}
    for file in sorted(folder.glob("vol*/[0-9][0-9]_*.py")):
        told = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or file.stem
        name = f"{file.parent.name}/{file.stem[:2]}"
        found[name] = Lab(name, re.sub(r"^Lab \d+: ", "", told.split("\n")[0]), file)
    return found


def find(name: str) -> Lab:
    """The lab of a name."""
    known = labs()
    if name not in known:
        raise unknown("lab", name, known)
    return known[name]


def serve(file: Path, port: int, show: bool) -> None:
    """Serve one page on this machine until it is interrupted."""
    call = [sys.executable, "-m", "marimo", "run", str(file), "--host", "127.0.0.1"]
    call += ["--port", str(port), "--no-token", "--no-sandbox", *([] if show else ["--headless"])]
    subprocess.run(call, check=False)


def needs_labs() -> None:
    """Refuse with one sentence where the packages of the labs are not installed."""
    from importlib.util import find_spec

    for name in ("marimo", "plotly", "anywidget", "mlsysim_widgets"):
        if find_spec(name) is None:
            raise InputError(f"lab: {name} is not installed; install mlsysim[labs]")
