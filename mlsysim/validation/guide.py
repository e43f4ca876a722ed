"""The guide of efficiencies: customary ranges beside what the model predicts, with what was measured."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ..evaluation import SystemEvaluator

FILE = Path(__file__).with_name("guide.toml")


class Point(NamedTuple):
    """A prediction, and whether the range is meant to hold there."""

    what: str
    predicted: float
    holds: bool


class Entry(NamedTuple):
    """A customary range, predictions in and out of it, and a measurement."""

    name: str
    low: float
    high: float
    points: list[Point]
    measured: str


def guide() -> Iterator[Entry]:
    """Every range with its predictions, made anew."""
    for entry in tomllib.loads(FILE.read_text(encoding="utf-8"))["entry"]:
        points = [
            Point(point["what"], _predicted(point["plan"], point["metric"]), point["holds"])
            for point in entry["point"]
        ]
        yield Entry(entry["name"], entry["low"], entry["high"], points, entry["measured"])


def _predicted(plan: dict, metric: str) -> float:
    evaluation = SystemEvaluator.evaluate(**plan)
    value = evaluation.value(evaluation.metric(f"performance.{metric}"))
    return float("nan") if value is None else value


def table() -> str:
    """The guide as a Markdown table."""
    lines = ["| task | range | predicted | measured |", "|---|---|---|---|"]
    for entry in guide():
        said = "; ".join(
            f"{p.what}: {p.predicted:.2g}{'' if p.holds else ' (outside)'}" for p in entry.points
        )
        lines.append(f"| {entry.name} | {entry.low:g}–{entry.high:g} | {said} | {entry.measured} |")
    return "\n".join(lines)
