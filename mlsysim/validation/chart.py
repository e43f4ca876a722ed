"""Predicted against measured as a picture: both axes logarithmic, a kind a colour, the band of a factor of 1.5."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from .score import Scored

SIDE, LEFT, TOP, BOTTOM, LEGEND = 560, 70, 30, 60, 190
#: Colours that remain apart for the colour-blind (Okabe and Ito 2008), each with a shape of its own.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#b0a000", "#888888")
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#222}line,path{stroke:#888}.band{fill:#8882;stroke:none}"
    "@media(prefers-color-scheme:dark){svg{background:#111}text{fill:#ddd}}"
)


def svg(scored: Sequence[Scored]) -> str:
    """The picture; each point says its row when the pointer rests on it."""
    points = [entry for entry in scored if entry.ratio]
    kinds = list(dict.fromkeys(entry.row.kind for entry in points))
    logs = [math.log10(v) for e in points for v in (e.row.value, e.predicted or 1.0)] or [0.0, 1.0]
    low, high = math.floor(min(logs)), math.ceil(max(logs))
    scale = SIDE / max(high - low, 1)

    def place(measured: float, predicted: float) -> tuple[float, float]:
        across = LEFT + (math.log10(measured) - low) * scale
        return across, TOP + SIDE - (math.log10(predicted) - low) * scale

    body = [*_axes(low, high, scale), _band(low, high, place)]
    for entry in points:
        x, y = place(entry.row.value, entry.predicted or 1.0)
        told = f"{entry.row.id}: predicted {entry.predicted:.4g}, measured {entry.row.value:.4g} {entry.row.metric}"
        body.append(_mark(kinds.index(entry.row.kind), x, y, told))
    for index, kind in enumerate(kinds):
        y = TOP + 12 + 20 * index
        body.append(_mark(index, LEFT + SIDE + 20, y - 4, kind))
        body.append(f'<text x="{LEFT + SIDE + 32}" y="{y}">{escape(kind)}</text>')
    near = sum(abs(math.log(e.ratio or 1.0)) <= math.log(1.5) for e in points)
    said = f"{len(points)} predictions against measurements; {near} lie within a factor of 1.5"
    size = f"0 0 {LEFT + SIDE + LEGEND} {TOP + SIDE + BOTTOM}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{size}" role="img" aria-label="{said}">'
        f"<title>{said}</title><style>{STYLE}</style>{''.join(body)}</svg>"
    )


def _axes(low: int, high: int, scale: float) -> list[str]:
    found = []
    step = max((high - low) // 8, 1)
    for power in range(low, high + 1, step):
        at = LEFT + (power - low) * scale
        up = TOP + SIDE - (power - low) * scale
        label = f"10<tspan dy='-6' font-size='9'>{power}</tspan>"
        found.append(f'<line x1="{at}" x2="{at}" y1="{TOP}" y2="{TOP + SIDE}" opacity=".25"/>')
        found.append(f'<line x1="{LEFT}" x2="{LEFT + SIDE}" y1="{up}" y2="{up}" opacity=".25"/>')
        found.append(f'<text x="{at}" y="{TOP + SIDE + 20}" text-anchor="middle">{label}</text>')
        found.append(f'<text x="{LEFT - 8}" y="{up + 4}" text-anchor="end">{label}</text>')
    middle = LEFT + SIDE / 2
    unit = "in the unit of each row"
    found.append(
        f'<text x="{middle}" y="{TOP + SIDE + 46}" text-anchor="middle">measured, {unit}</text>'
    )
    turned = f'transform="rotate(-90 18 {TOP + SIDE / 2})"'
    found.append(
        f'<text x="18" y="{TOP + SIDE / 2}" text-anchor="middle" {turned}>predicted</text>'
    )
    return found


def _band(low: int, high: int, place) -> str:  # type: ignore[no-untyped-def]
    a, b = 10.0**low, 10.0**high
    corners = [
        place(a, a * 1.5),
        place(b / 1.5, b),
        place(b, b),
        place(b, b / 1.5),
        place(a * 1.5, a),
        place(a, a),
    ]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
    (x1, y1), (x2, y2) = place(a, a), place(b, b)
    return f'<polygon class="band" points="{path}"/><line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>'


def _mark(index: int, x: float, y: float, told: str) -> str:
    colour, shape = COLOURS[index % len(COLOURS)], index // len(COLOURS)
    title = f"<title>{escape(told)}</title>"
    if shape:
        return f'<rect x="{x - 3:.1f}" y="{y - 3:.1f}" width="6" height="6" fill="{colour}" opacity=".7">{title}</rect>'
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}" opacity=".7">{title}</circle>'
    )
