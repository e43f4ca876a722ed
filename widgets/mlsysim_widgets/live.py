"""The cells of an exported lab in Jupyter: each runs again when the reader moves what it uses, as in marimo."""

from __future__ import annotations

import ast
import asyncio
import re
import symtable
import traceback
from typing import Any

import ipywidgets
from IPython.display import display

from . import jupyter, kit
from .jupyter import Element, Waiting, drawn, md

LATER = "*This appears when the question above is answered.*"
START = """%load_ext mlsysim_widgets.live
# The cells below run in this order, and again by themselves when you move what they use."""
MARIMO = re.compile(r"^import marimo as mo$", re.M)


def notebook(exported: dict[str, Any], title: str) -> dict[str, Any]:
    """A lab as `marimo export ipynb` writes it, with cells that stay alive in Jupyter."""
    cells = [cell for cell in exported["cells"] if "".join(cell["source"]).strip()]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    for number, cell in enumerate(code, 1):
        text = MARIMO.sub("from mlsysim_widgets import jupyter as mo", "".join(cell["source"]))
        cell["source"] = f"%%live {number}\n{text}"
    told = f"*{title}* It needs `pip install 'mlsysim[labs]'`. Run all cells, then answer from the top."
    start = {"cell_type": "code", "id": "start", "metadata": {}, "outputs": []}
    first = {"cell_type": "markdown", "id": "what", "metadata": {}, "source": told}
    made = [first, {**start, "execution_count": None, "source": START}, *cells]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    about = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"cells": made, "metadata": about, "nbformat": 4, "nbformat_minor": 5}


class Cell:
    """The code of a cell, the names it takes and gives, and where it is shown."""

    def __init__(self, text: str):
        table = symtable.symtable(text, "cell", "exec")
        symbols = table.get_symbols()
        own = {one.get_name() for one in symbols if one.is_assigned() or one.is_imported()}
        self.gives = {name for name in own if not name.startswith("_")}
        self.takes = _globals(table) - own
        self.box = ipywidgets.VBox()
        self.code = compile(_function(ast.parse(text), self.gives), "<cell>", "exec")
        self.waits = False


def _globals(table: symtable.SymbolTable) -> set[str]:
    """Every name that is looked up outside, by the code and by the functions in it."""
    top = table.get_type() == "module"
    found = {
        one.get_name()
        for one in table.get_symbols()
        if one.is_referenced() and (one.is_global() or (top and not one.is_assigned()))
    }
    return found.union(*map(_globals, table.get_children()))


def _function(tree: ast.Module, gives: set[str]) -> ast.Module:
    """The cell as a function: what it gives is global, all else its own, and its last expression is returned.

    In a plain notebook the `_told` of one cell would be that of the next, also for an answer that is asked for later.
    """
    *body, last = tree.body
    end = ast.Return(last.value) if isinstance(last, ast.Expr) else last
    names: list[ast.stmt] = [ast.Global(sorted(gives))] if gives else []
    made = ast.parse("def _cell(): pass")
    made.body[0].body = [*names, *body, end]  # type: ignore[attr-defined]
    return ast.fix_missing_locations(made)


class Cells:
    """All cells that have run, by their number."""

    def __init__(self, shell: Any):
        self.names, self.cells = shell.user_ns, {}
        self._heard: list[Element] = []
        self._moved: list[Element] = []

    def run(self, line: str, text: str) -> None:
        """Run a cell, show what it ends in, and listen to the controls that it made."""
        cell = self.cells[int(line)] = Cell(text)
        display(cell.box)
        self.show(cell)

    def show(self, cell: Cell) -> None:
        """Run a cell, or say that it waits."""
        waiting = {name for one in self.cells.values() if one.waits for name in one.gives}
        try:
            if cell.takes & waiting:
                raise Waiting
            exec(cell.code, self.names)
            shown = self.names.pop("_cell")()
            cell.waits = False
        except Waiting:
            cell.waits, shown = True, md(LATER)
        cell.box.children = () if shown is None else (drawn(shown),)
        for name in cell.gives:
            one = self.names.get(name)
            if isinstance(one, Element) and not any(one is known for known in self._heard):
                self._heard.append(one)
                one.by_reader(lambda one=one: self._later(one))

    def _later(self, moved: Element) -> None:
        """Run again what uses a control, once for all that the page sends in one message."""
        self._moved.append(moved)
        if len(self._moved) == 1:
            asyncio.get_running_loop().call_soon(self._again)

    def _again(self) -> None:
        moved, self._moved = self._moved, []
        stale = {name for name, one in self.names.items() if any(one is by for by in moved)}
        for _, cell in sorted(self.cells.items()):
            if not cell.takes & stale:
                continue
            stale |= cell.gives
            try:
                self.show(cell)
            except Exception:
                cell.box.children = (
                    md(f"```\n{traceback.format_exc()}\n```").add_class("lab-error"),
                )


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext mlsysim_widgets.live`: Jupyter draws the lab's parts, and its cells run again by themselves."""
    kit.front = jupyter
    shell.register_magic_function(Cells(shell).run, "cell", "live")
