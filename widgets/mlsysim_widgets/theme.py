"""One look for every chart: on a light or a dark screen and in print, with colours that the colour-blind tell apart."""

from __future__ import annotations

import sys
from textwrap import wrap
from typing import Any

import plotly.graph_objects as go

from mlsysim import InputError

#: After Okabe and Ito, each readable on its ground; print adds nothing that needs colour alone.
PALETTES = {
    "light": ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#2f8fc9", "#555555"),
    "dark": ("#56b4e9", "#ff9d4d", "#3ddbac", "#e7a6cb", "#e0b400", "#8fc9f0", "#bbbbbb"),
    "print": ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#2f8fc9", "#333333"),
}
INK = {"light": "#222222", "dark": "#e6e6e6", "print": "#000000"}
GRID = {"light": "#dddddd", "dark": "#3a3a3a", "print": "#cccccc"}
FONT = "system-ui, -apple-system, 'Segoe UI', sans-serif"
#: Letters of a title on one line: what a phone shows.
WIDE = 42
_chosen: list[str] = []


def use(name: str) -> None:
    """Draw every chart from here on in a theme: light, dark or print; "" is that of the page again."""
    if name not in ("", *PALETTES):
        raise InputError(f"theme: {name!r} is not one of {', '.join(PALETTES)}")
    _chosen[:] = [name] if name else []


def current() -> str:
    """The theme chosen, else that of the marimo page, else light."""
    if _chosen:
        return _chosen[0]
    marimo = sys.modules.get("marimo")
    if marimo is not None and marimo.running_in_notebook():
        return "dark" if marimo.app_meta().theme == "dark" else "light"
    return "light"


def colours() -> tuple[str, ...]:
    """The palette of the theme now."""
    return PALETTES[current()]


def faded(colour: str, share: float = 0.18) -> str:
    """A colour that lets through what lies below it: bands and fills."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {share})"


def broken(title: str) -> str:
    """A title in as few lines as a phone needs, of about one length; a number keeps its per cent."""
    whole = title.replace(" %", "\u00a0%")
    tried = [wrap(whole, n, break_long_words=False) for n in range(WIDE, 0, -1)]
    return "<br>".join([lines for lines in tried if len(lines) == len(tried[0])][-1]).replace(
        "\u00a0", " "
    )


def finish(
    figure: go.Figure,
    title: str,
    alt: str,
    *,
    x: str = "",
    y: str = "",
    x_log: bool = False,
    y_log: bool = False,
    **layout: Any,
) -> go.Figure:
    """A figure in the theme, with its title, axes, and the text that says its conclusion with the numbers."""
    name = current()
    axis = {
        "gridcolor": GRID[name],
        "zeroline": False,
        "linecolor": GRID[name],
        "ticks": "outside",
        "automargin": True,
    }
    figure.update_layout(
        title={
            "text": broken(title),
            "font": {"size": 15},
            "x": 0.01,
            "xref": "container",
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "pad": {"t": 14},
            "automargin": True,
        },
        font={"family": FONT, "size": 13, "color": INK[name]},
        colorway=PALETTES[name],
        paper_bgcolor="white" if name == "print" else "rgba(0,0,0,0)",
        plot_bgcolor="white" if name == "print" else "rgba(0,0,0,0)",
        margin={"l": 8, "r": 8, "t": 56, "b": 72},
        legend={
            "orientation": "h",
            "yref": "container",
            "y": 0,
            "yanchor": "bottom",
            "x": 0,
            "traceorder": "normal",
            "bgcolor": "rgba(0,0,0,0)",
        },
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": GRID[name], "activecolor": INK[name]},
        hoverlabel={"font": {"family": FONT}},
        xaxis={"title": {"text": x, "font": {"size": 13}}, **axis},
        yaxis={"title": {"text": y, "font": {"size": 13}}, **axis},
        meta={"alt": alt, "theme": name},
        autosize=True,
        height=420,
    )
    # a line across the chart is drawn later: it takes its colour from here
    figure.update_layout(template={"layout": {"shapedefaults": {"line": {"color": INK[name]}}}})
    figure.update_xaxes(type="log" if x_log else None)
    figure.update_yaxes(type="log" if y_log else None)
    figure.update_layout(**layout)
    return figure


def alt(figure: go.Figure) -> str:
    """What a chart says, in words."""
    return str(figure.layout.meta["alt"])
