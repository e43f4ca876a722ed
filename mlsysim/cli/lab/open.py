"""`mlsysim lab open`: one lab in a browser."""

from __future__ import annotations

from typing import Annotated

import typer

from ...views.document import Document
from ..answer import SCHEMA_VERSION, TEXT, Answer, Schema, output
from .gallery import OPEN, PORT
from .pages import find, needs_labs, serve

NAME = typer.Argument(metavar="LAB", help="A lab, such as vol1/00.", show_default=False)


def schema() -> Schema:
    return output("lab", lab=TEXT, title=TEXT)


def command(
    name: Annotated[str, NAME],
    port: Annotated[int, PORT] = 2718,
    show: Annotated[bool, OPEN] = True,
) -> Answer:
    """Open a lab in a browser.

    It is served on this machine until it is interrupted (Ctrl-C).
    """
    needs_labs()
    lab = find(name)
    serve(lab.file, port, show)
    data = {"schema_version": SCHEMA_VERSION, "kind": "lab", "lab": lab.name, "title": lab.title}
    return Answer(data, Document(lab.title, [f"Lab {lab.name} is closed."]))
