"""What charts share: a question's numbers, one unit for an axis, points of a curve, long text in lines."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mlsysim import Evaluation
from mlsysim.core.graph import OPTIONS
from mlsysim.core.solver.question import Question, Subject, question_of
from mlsysim.core.text import readable
from mlsysim.core.units import unit

#: Digits above the line.
ABOVE = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
#: Ticks of a logarithmic axis of time, in seconds.
TICKS = tuple(
    count * size
    for size, counts in (
        (1e-6, (1, 10, 100)),
        (1e-3, (1, 10, 100)),
        (1, (1, 10)),
        (60, (1, 10)),
        (3600, (1, 6)),
        (86400, (1, 7, 30)),
    )
    for count in counts
)


def question(subject: Subject, options: Mapping[str, str] | None = None) -> Question:
    """The question to a plan, or to bare numbers with the first choice of every option that is not said."""
    if isinstance(subject, Mapping) and "workload" not in subject:
        first = {name: choices[0] for name, choices in OPTIONS.items()}
        return question_of(subject, {**first, **(options or {})})
    return question_of(subject, options)


def asked(
    subject: Subject, options: Mapping[str, str] | None = None
) -> tuple[dict[str, Any], dict[str, str]]:
    """What a plan or bare numbers give to the graph, and the options."""
    found = question(subject, options)
    return dict(found.given), dict(found.options)


def axis_unit(values: Iterable[float], symbol_unit: str) -> tuple[str, float]:
    """The unit in which the largest of some coherent values reads well, and what they are divided by."""
    known = [abs(value) for value in values if value == value and abs(value) != float("inf")]
    label = readable(max(known, default=0.0), symbol_unit).rpartition(" ")[2]
    return raised(label), unit(label).factor


def raised(unit: str) -> str:
    """A unit with its powers above the line: USD/s² for USD/s**2."""
    return re.sub(r"\*\*(-?\d+)", lambda match: match[1].translate(ABOVE), unit).replace("*", "·")


def told(value: Any, unit: str) -> str:
    """A coherent number for people, with powers above the line."""
    return tens(raised(readable(value, unit)))


def tens(text: str) -> str:
    """Text in which a number with an exponent is one with a power of ten: 7.225·10¹⁰ for 7.225e+10."""
    power = re.compile(r"\b(\d+(?:\.\d+)?)e([+-]?\d+)\b")
    written = power.sub(lambda m: f"{m[1]}·10{str(int(m[2])).translate(ABOVE)}", text)
    return re.sub(r"(?<![\d.])1·10", "10", written)


def wrapped(text: str, width: int = 48) -> str:
    """Text in lines that a phone shows."""
    return "<br>".join(textwrap.wrap(text, width, break_long_words=False))


def names_of(evaluations: Sequence[Evaluation], width: int = 22) -> list[str]:
    """A label for each evaluation, in lines; those of one name are numbered."""
    names = [evaluation.scenario.name for evaluation in evaluations]
    return [
        wrapped(f"{name} ({names[: i + 1].count(name)})" if names.count(name) > 1 else name, width)
        for i, name in enumerate(names)
    ]


def time_ticks(low: float, high: float) -> dict[str, list]:
    """Ticks of a logarithmic axis of seconds, in words."""
    values = [tick for tick in TICKS if low <= tick <= high]
    return {
        "tickvals": values,
        "ticktext": [readable(tick, "s").replace("1 days", "1 day") for tick in values],
    }


def spread(low: float, high: float, points: int, log: bool = False) -> list[float]:
    """Points from low to high, evenly or by equal factors."""
    parts = [i / (points - 1) for i in range(points)]
    return [low * (high / low) ** part if log else low + (high - low) * part for part in parts]


#: Layout of charts with long names at the left: the title and the legend begin at the edge of the chart.
AT_EDGE: dict[str, Any] = {
    "title_xref": "container",
    "title_x": 0.01,
    "legend_xref": "container",
    "legend_x": 0.01,
    "legend_traceorder": "normal",
}
