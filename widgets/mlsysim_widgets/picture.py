"""A chart in a file: a page that fetches nothing, or a picture."""

from __future__ import annotations

import html
from pathlib import Path

import plotly.graph_objects as go

from mlsysim import InputError

from .theme import alt

FORMS = (".html", ".svg", ".png")
WIDTH = 900
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root{{color-scheme:{scheme}}}
body{{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem}}
</style>
</head>
<body>
<div role="img" aria-label="{alt}">{chart}</div>
<p>{alt}</p>
</body>
</html>
"""


def save(figure: go.Figure, name: str) -> None:
    """Write a chart; the ending says the form. A picture needs Chromium or Chrome on the machine."""
    file = Path(name)
    if file.suffix not in FORMS:
        raise InputError(f"--chart: {name!r} does not end in {', '.join(FORMS)}")
    if file.suffix == ".html":
        file.write_text(page(figure), encoding="utf-8")
        return
    try:
        figure.write_image(file, width=WIDTH, height=figure.layout.height, scale=2)
    except (ImportError, RuntimeError, ValueError) as error:
        first = str(error).strip().splitlines()[0]
        raise InputError(f"--chart: {name!r} needs kaleido and Chromium: {first}") from None


def page(figure: go.Figure) -> str:
    """A page with a chart and what it says."""
    chart = figure.to_html(
        full_html=False, include_plotlyjs=True, config={"displaylogo": False, "responsive": True}
    )
    scheme = "dark" if figure.layout.meta["theme"] == "dark" else "light"
    title = html.escape((figure.layout.title.text or "Chart").replace("<br>", " "))
    return PAGE.format(title=title, scheme=scheme, alt=html.escape(alt(figure)), chart=chart)
