"""A marimo page of every chart and widget with the lines that make it, written from what the package holds."""

from __future__ import annotations

from typing import Any

import mlsysim
from mlsysim import WALLS

from . import WIDGETS, theme
from . import __getattr__ as named
from .charts import CHARTS

PAGE = '''import marimo

app = marimo.App(width="medium", app_title="Gallery of charts and widgets")


@app.cell
def _():
    import marimo as mo

    from mlsysim_widgets.gallery import explored, shown

    mo.md("""# Charts and widgets

    Every chart is a function from a result of the core to a figure; every widget computes in Python as you move it.
    The lines above each one make it.
    """)
    return explored, mo, shown
{cells}


@app.cell
def _(mo):
    mo.md("""# The walls

    Each wall with the numbers of a published case, or of a ready scenario: move one, and see what follows.
    """)
    return
{walls}

if __name__ == "__main__":
    app.run()
'''
CELL = """

@app.cell
def _(shown):
    shown("{name}")
    return
"""


WALL = """

@app.cell
def _(explored):
    explored({number})
    return
"""


def notebook() -> str:
    """The source of the page."""
    cells = "".join(CELL.format(name=name) for name in (*CHARTS, *WIDGETS))
    return PAGE.format(cells=cells, walls="".join(WALL.format(number=n) for n in sorted(WALLS)))


def example(name: str) -> str:
    """The lines that make a chart or a widget."""
    return CHARTS[name].example if name in CHARTS else named(name).EXAMPLE


def made(name: str) -> Any:
    """What the lines make."""
    function = CHARTS[name].function if name in CHARTS else named(name)
    *lines, last = example(name).strip().splitlines()
    names: dict[str, Any] = {"mlsysim": mlsysim, name: function}
    exec("\n".join(lines), names)
    return eval(last, names)


def shown(name: str) -> Any:
    """A chart or a widget under its title and its lines, with what a chart says."""
    import marimo as mo

    title = CHARTS[name].title if name in CHARTS else (named(name).__doc__ or name).split("\n")[0]
    head = mo.md(f"## {title.rstrip('.')}\n\n```python\n{example(name).strip()}\n```")
    thing = made(name)
    if name in CHARTS:
        return mo.vstack([head, thing, mo.md(f"*{theme.alt(thing)}*")])
    return mo.vstack([head, mo.ui.anywidget(thing)])


def explored(number: int) -> Any:
    """A wall: its question, what is often believed, and an Explorer of what it answers."""
    import marimo as mo

    wall = WALLS[number]
    head = mo.md(
        f"### Wall {number}: {wall.name}\n\n{wall.question} *Often believed:* {wall.belief}\n\n"
        f"```python\nExplorer(wall={number})\n```"
    )
    return mo.vstack([head, mo.ui.anywidget(named("Explorer")(wall=number))])
