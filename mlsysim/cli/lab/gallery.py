"""`mlsysim lab gallery`: every chart and widget on one page."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from ...views.document import Bullets, Document
from ..answer import TEXT, Answer, Schema, listed, output
from .pages import needs_labs, serve

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


def command(
    write: Annotated[str | None, WRITE] = None,
    port: Annotated[int, PORT] = 2718,
    show: Annotated[bool, OPEN] = True,
) -> Answer:
    """Show every chart and widget with the lines that make it.

    The page is served on this machine until it is interrupted (Ctrl-C); nothing is fetched from elsewhere.
    """
    needs_labs()
    gallery = import_module("mlsysim_widgets.gallery")
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
