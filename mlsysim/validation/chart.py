"""Predicted against measured as a picture: a panel a kind, both axes logarithmic, the band of a factor of 1.5."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from .score import Scored

#: Side of a panel, room for its title and labels, panels in a row, margin.
SIDE, HEAD, FOOT, ACROSS, MARGIN = 170, 34, 30, 4, 58
BAND = 1.5
STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#222}.title{font-weight:600}.frame{fill:none;stroke:#999}"
    ".band{fill:#8883}.line{stroke:#888}.dot{fill:#0072b2;fill-opacity:.55}"
    "@media(prefers-color-scheme:dark){svg{background:#111}text{fill:#ddd}.dot{fill:#56b4e9}}"
)


def svg(scored: Sequence[Scored]) -> str:
    """The picture; each point says its row when the pointer rests on it."""
    points = [entry for entry in scored if entry.ratio]
    kinds = list(dict.fromkeys(entry.row.kind for entry in points))
    panels = []
    for index, kind in enumerate(kinds):
        left = MARGIN + (index % ACROSS) * (SIDE + MARGIN)
        top = (index // ACROSS) * (SIDE + HEAD + FOOT)
        own = [entry for entry in points if entry.row.kind == kind]
        panels.append(f'<g transform="translate({left} {top + HEAD})">{_panel(kind, own)}</g>')
    near = sum(abs(math.log(entry.ratio or 1.0)) <= math.log(BAND) for entry in points)
    said = f"{len(points)} predictions against measurements; {near} lie within a factor of {BAND:g}"
    width = MARGIN + ACROSS * (SIDE + MARGIN)
    height = math.ceil(len(kinds) / ACROSS) * (SIDE + HEAD + FOOT) + 24
    caption = f'<text x="{MARGIN}" y="{height - 8}">{said}. Across: measured; up: predicted.</text>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{said}"><title>{said}</title><style>{STYLE}</style>{"".join(panels)}{caption}</svg>'
    )


def _panel(kind: str, own: Sequence[Scored]) -> str:
    """One kind: its frame, the diagonal and its band, the ends of its axes, the points."""
    logs = [math.log10(value) for e in own for value in (e.row.value, e.predicted or 1.0)]
    low, high = math.floor(min(logs)), math.ceil(max(logs))
    scale = SIDE / max(high - low, 1)

    def at(value: float) -> float:
        return (math.log10(value) - low) * scale

    off = math.log10(BAND) * scale
    band = f"0,{SIDE} 0,{SIDE - off} {SIDE - off},0 {SIDE},0 {SIDE},{off} {off},{SIDE}"
    parts = [
        f'<text class="title" x="0" y="-10">{escape(kind)} ({len(own)})</text>',
        f'<polygon class="band" points="{band}"/>',
        f'<line class="line" x1="0" y1="{SIDE}" x2="{SIDE}" y2="0"/>',
        f'<rect class="frame" width="{SIDE}" height="{SIDE}"/>',
        f'<text x="0" y="{SIDE + 16}">{_power(low)}</text>',
        f'<text x="{SIDE}" y="{SIDE + 16}" text-anchor="end">{_power(high)}</text>',
        f'<text x="-6" y="{SIDE}" text-anchor="end">{_power(low)}</text>',
        f'<text x="-6" y="10" text-anchor="end">{_power(high)}</text>',
    ]
    for entry in own:
        x, y = at(entry.row.value), SIDE - at(entry.predicted or 1.0)
        told = f"{entry.row.id}: predicted {entry.predicted:.4g}, measured {entry.row.value:.4g}"
        title = f"<title>{escape(told)} ({entry.row.metric})</title>"
        parts.append(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="3">{title}</circle>')
    return "".join(parts)


def _power(exponent: int) -> str:
    """A power of ten as people read it."""
    if -3 <= exponent <= 4:
        return f"{10.0**exponent:,g}"
    return f"10<tspan dy='-5' font-size='9'>{exponent}</tspan>"
