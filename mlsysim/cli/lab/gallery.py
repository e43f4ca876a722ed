"""`mlsysim lab gallery`: every chart and widget on one page."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from ...core.errors import InputError
from ...views.document import Bullets, Document
from ..answer import TEXT, Answer, Schema, listed, output

WRITE = typer.Option(
    "--write",
    metavar="FILE",
    help="Write the page to a file, and open nothing.",
    show_default=False,
)
PORT = typer.Option(
    "--port", metavar="NUMBER", help="Port of the page on this machine.", min=1, max=65535
)
OPEN = typer.Option("--open/--no-open", help="Open a browser.")


def schema() -> Schema:
    return output("gallery", file=TEXT, charts=listed(TEXT), widgets=listed(TEXT))


def widgets() -> Any:
    """The package of charts and widgets."""
    try:
        return import_module("mlsysim_widgets.gallery")
    except ImportError as error:
        raise InputError(f"lab: {error.name} is not installed; install mlsysim[labs]") from None


def command(
    write: Annotated[str | None, WRITE] = None,
    port: Annotated[int, PORT] = 2718,
    show: Annotated[bool, OPEN] = True,
) -> Answer:
    """Show every chart and widget with the lines that make it.

    The page is served on this machine until it is interrupted (Ctrl-C); nothing is fetched from elsewhere.
    """
    gallery = widgets()
    if write is None:
        with TemporaryDirectory() as folder:
            file = Path(folder) / "gallery.py"
            file.write_text(gallery.notebook(), encoding="utf-8")
            serve(file, port, show)
    else:
        Path(write).write_text(gallery.notebook(), encoding="utf-8")
    charts, made = list(gallery.CHARTS), list(gallery.WIDGETS)
    told = [f"Charts: {', '.join(charts)}", f"Widgets: {', '.join(made)}"]
    data = {
        "schema_version": "1.0",
        "kind": "gallery",
        "file": write or "",
        "charts": charts,
        "widgets": made,
    }
    return Answer(data, Document("Gallery", [Bullets(told)]))


def serve(file: Path, port: int, show: bool) -> None:
    """Serve a page by marimo until it is interrupted."""
    call = [
        sys.executable,
        "-m",
        "marimo",
        "run",
        str(file),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    subprocess.run(
        [*call, "--no-token", "--no-sandbox", *([] if show else ["--headless"])], check=False
    )
