"""A marimo page of the walls, one at a time: question, equations, published cases, and an Explorer of it."""

from __future__ import annotations

from typing import Any

from mlsysim import WALLS
from mlsysim.core.graph import EQUATIONS, solve
from mlsysim.core.symbols import SYMBOLS
from mlsysim.walls import Case, Wall

from . import __getattr__ as named

PAGE = '''import marimo

app = marimo.App(width="medium", app_title="Atlas of the walls")


@app.cell
def _():
    import marimo as mo
    from mlsysim_widgets import atlas

    return atlas, mo


@app.cell
def _(atlas, mo):
    wall = mo.ui.dropdown(atlas.NAMES, value=atlas.asked(mo.query_params().get("wall")), label="Wall")
    mo.vstack([mo.md("""# Atlas of the walls

    What a system cannot pass: of a node, its data, its algorithm, a fleet, its operation. Each wall is a question, a
    few published equations, and numbers that they must give.
    """), wall])
    return (wall,)


@app.cell
def _(atlas, wall):
    atlas.told(wall.value)
    return


@app.cell
def _(atlas, mo, wall):
    explorer = mo.ui.anywidget(atlas.explorer(wall.value))
    explorer
    return (explorer,)


@app.cell
def _(atlas, wall):
    atlas.equations(wall.value)
    return


@app.cell
def _(atlas, wall):
    atlas.cases(wall.value)
    return


if __name__ == "__main__":
    app.run()
'''
#: Every wall by what a reader chooses it by.
NAMES = {f"{number} {WALLS[number].name}": number for number in sorted(WALLS)}


def notebook() -> str:
    """The source of the page."""
    return PAGE


def asked(number: str | None) -> str:
    """The wall that an address asks for, by its name; the first one where it asks for none that there is."""
    found = [name for name, known in NAMES.items() if str(known) == number]
    return found[0] if found else next(iter(NAMES))


def told(number: int) -> Any:
    """A wall's question, what is often believed, and which lab teaches it."""
    import marimo as mo

    wall = WALLS[number]
    return mo.md(
        f"## Wall {number}: {wall.name}\n\n{wall.question}\n\n*Often believed:* {wall.belief}\n\n"
        f"A wall of the {wall.domain}; lab {wall.lab}; {wall.paper.title}, {wall.paper}."
    )


def explorer(number: int) -> Any:
    """An Explorer of what a wall answers, at the numbers of a published case or of a ready scenario."""
    return named("Explorer")(wall=number)


def equations(number: int) -> Any:
    """Every equation of a wall: when it holds, its formula, what it means, where it was published."""
    import marimo as mo

    lines = [f"### {name.replace('_', ' ')}\n\n{_meaning(name)}" for name in _given(WALLS[number])]
    return mo.md("\n\n".join(lines))


def cases(number: int) -> Any:
    """What was published, beside what the equations give."""
    import marimo as mo

    rows = [_row(case) for case in WALLS[number].cases]
    head = ["| case | published | computed | source |", "|:---|---:|---:|:---|"]
    return mo.md("## Held to what was published\n\n" + "\n".join([*head, *rows]))


def _given(wall: Wall) -> list[str]:
    return [name for name in wall.symbols if name in EQUATIONS]


def _meaning(name: str) -> str:
    symbol = SYMBOLS[name]
    unit = f", in {symbol.unit}" if symbol.unit else ""
    lines = [f"{symbol.meaning.rstrip('.')}{unit}."]
    for equation in EQUATIONS[name]:
        when = ", ".join(f"{key} {' or '.join(choices)}" for key, choices in equation.when.items())
        source = f"{equation.paper.title}, {equation.paper}" if equation.paper else "by definition"
        lines.append(
            f"$$ {equation.latex} $$\n\n{f'{when.capitalize()}: ' if when else ''}{source}."
        )
    return "\n\n".join(lines)


def _row(case: Case) -> str:
    got = solve((case.symbol,), case.given, case.options)[case.symbol]
    unit = SYMBOLS[case.symbol].unit
    shown = f"{case.value:.4g} {unit}".strip()
    return f"| {case.what} | {shown} | {got:.4g} | {case.paper} |"
