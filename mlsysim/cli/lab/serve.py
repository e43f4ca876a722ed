"""`mlsysim lab serve`: all labs for a class, from one process."""

from __future__ import annotations

import ast
import sys
import webbrowser
from html import escape
from importlib import import_module
from pkgutil import walk_packages
from threading import Timer
from typing import Annotated, Any

import typer

from ...views.document import Document, page
from ..answer import SCHEMA_VERSION, TEXT, Answer, Schema, listed, output
from .gallery import OPEN, PORT
from .pages import labs, needs_labs

HOST = typer.Option("--host", metavar="ADDRESS", help="Where it listens; 0.0.0.0 for a class.")


def schema() -> Schema:
    return output("class", address=TEXT, labs=listed(TEXT))


def index() -> str:
    """The list of labs as a page."""
    lines = "".join(
        f'<li><a href="/{lab.name}/">{lab.name} · {escape(lab.title)}</a></li>'
        for lab in labs().values()
    )
    return page("Labs", f"<h1>Labs</h1><ul>{lines}</ul>")


def load() -> None:
    """Import all that the labs import, before the first reader comes.

    The kernels are threads of this process: modules that import each other and are imported for the first time by
    many threads at once, as IPython is when a class opens a lab, end in a deadlock or half made.
    """
    inside = import_module("mlsysim_widgets")
    for module in walk_packages(inside.__path__, f"{inside.__name__}."):
        import_module(module.name)
    for lab in labs().values():
        for node in ast.walk(ast.parse(lab.file.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                exec(compile(ast.Module([node], []), str(lab.file), "exec"), {})
    # marimo learns how to draw a chart when a notebook imports plotly, and here it is imported before
    plotly: Any = import_module("marimo._output.formatters.plotly_formatters")
    asked, plotly.running_in_notebook = plotly.running_in_notebook, lambda: True
    plotly.PlotlyFormatter().register()
    plotly.running_in_notebook = asked


def application() -> Any:
    """One application that answers for every lab; each reader has a kernel of their own."""
    load()
    made = import_module("marimo").create_asgi_app(include_code=False)
    for lab in labs().values():
        made = made.with_app(path=f"/{lab.name}", root=str(lab.file))
    inner, shown = made.build(), index().encode()

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"] == "/":
            head = [(b"content-type", b"text/html; charset=utf-8")]
            await send({"type": "http.response.start", "status": 200, "headers": head})
            await send({"type": "http.response.body", "body": shown})
        else:
            await inner(scope, receive, send)

    return answer


def command(
    port: Annotated[int, PORT] = 2718,
    host: Annotated[str, HOST] = "127.0.0.1",
    show: Annotated[bool, OPEN] = False,
) -> Answer:
    """Serve all labs from one process.

    Every reader has a kernel of their own; nothing is fetched from elsewhere. Stop it with Ctrl-C.
    """
    needs_labs()
    address = f"http://{host}:{port}"
    print(f"The labs are at {address}; Ctrl-C ends.", file=sys.stderr)
    if show:
        Timer(1.5, webbrowser.open, [address]).start()
    import_module("uvicorn").run(application(), host=host, port=port, log_level="warning")
    data = {
        "schema_version": SCHEMA_VERSION,
        "kind": "class",
        "address": address,
        "labs": list(labs()),
    }
    return Answer(data, Document("Labs", [f"{address} is closed."]))
