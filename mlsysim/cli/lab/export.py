"""`mlsysim lab export`: labs as notebooks of Jupyter."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from ...core.errors import InputError
from ...views.document import Bullets, Document
from ..answer import SCHEMA_VERSION, TEXT, Answer, Schema, listed, output
from .pages import Lab, find, labs, needs_labs

NAMES = typer.Argument(
    metavar="[LAB]...", help="Labs, such as vol1/00; all of them if none is named."
)
TO = typer.Option("--to", metavar="FOLDER", help="Where the notebooks are written.")


def schema() -> Schema:
    return output("notebooks", files=listed(TEXT))


def written(lab: Lab, folder: Path) -> str:
    """Write the notebook of a lab and give its path."""
    file = folder / f"{lab.file.parent.name}_{lab.file.stem}.ipynb"
    call = [sys.executable, "-m", "marimo", "export", "ipynb", str(lab.file), "--no-sandbox"]
    done = subprocess.run([*call, "-f", "-o", str(file)], capture_output=True, text=True)
    if done.returncode:
        raise InputError(f"lab: {lab.name}: marimo does not export it: {done.stderr.strip()}")
    exported = json.loads(file.read_text(encoding="utf-8"))
    made = import_module("mlsysim_widgets.live").notebook(exported, lab.title)
    file.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return str(file)


def command(
    names: Annotated[list[str] | None, NAMES] = None, to: Annotated[str, TO] = "notebooks"
) -> Answer:
    """Write labs as notebooks that run in Jupyter.

    The questions, the charts and the widgets are the same. A cell runs again when you answer or move what it uses.
    """
    needs_labs()
    chosen = [find(name) for name in names or labs()]
    Path(to).mkdir(parents=True, exist_ok=True)
    files = [written(lab, Path(to)) for lab in chosen]
    data = {"schema_version": SCHEMA_VERSION, "kind": "notebooks", "files": files}
    return Answer(data, Document("Notebooks", [Bullets(files)]))
