"""The source of small marimo pages."""

from __future__ import annotations

from textwrap import indent

HEAD = """import marimo

app = marimo.App(width="medium")


@app.cell
def _():
    import marimo as mo

    import mlsysim
    import mlsysim_widgets
    return mlsysim, mlsysim_widgets, mo
"""
THEMED = """# /// script
# [tool.marimo.display]
# theme = "{theme}"
# ///
"""


def notebook(*cells: str, theme: str = "light") -> str:
    """A page of cells; each is code that ends in what it shows, and may use `mo`, `mlsysim` and `mlsysim_widgets`."""
    made = [
        f"@app.cell\ndef _({', '.join(takes)}):\n{indent(code.strip(), '    ')}\n    return {_tuple(gives)}\n"
        for code, takes, gives in map(_wired, cells, [cells] * len(cells))
    ]
    return (
        THEMED.format(theme=theme)
        + HEAD
        + "\n\n"
        + "\n\n".join(made)
        + '\n\nif __name__ == "__main__":\n    app.run()\n'
    )


def _names(code: str) -> list[str]:
    """The names that a cell gives to others: those it assigns at its start."""
    return [line.split("=")[0].strip() for line in code.strip().splitlines() if _assigns(line)]


def _assigns(line: str) -> bool:
    left, sign, right = line.partition("=")
    return (
        bool(sign)
        and left.strip().isidentifier()
        and not right.startswith("=")
        and not line.startswith(" ")
    )


def _wired(code: str, cells: tuple[str, ...]) -> tuple[str, list[str], list[str]]:
    """A cell, the names it takes and the names it gives."""
    gives = _names(code)
    known = ["mo", "mlsysim", "mlsysim_widgets", *(name for cell in cells for name in _names(cell))]
    takes = [name for name in dict.fromkeys(known) if name not in gives and name in code]
    return code, takes, gives


def _tuple(names: list[str]) -> str:
    return f"({', '.join(names)},)" if names else "()"
