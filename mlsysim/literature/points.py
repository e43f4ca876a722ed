"""Published points of compression: what a method made of a model's quality, and the form of the weights then.

A figure of a record with `model`, `quality` and `test` is a point when its name ends with a form: `AWQ_w4a16_g128`
is the quality after AWQ with 4-bit weights in groups of 128, `Wanda_2of4` after pruning two of four weights. The
figure `before` is the quality that the same source gives for the model as it was.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from ..core.errors import InputError
from ..core.records import Record
from . import COMPRESSED, Literature

#: Bits of weights and activations; a share pruned anywhere; two of four; packed for storage; a student model.
FORM = re.compile(
    r"(?P<method>\w+?)_(?P<form>fp8|fp4|int8|int4|w8a16|w4a16|w3a16|p\d+|2of4|packed|student)"
    r"(_g(?P<group>\d+))?"
)


class Point(NamedTuple):
    """The quality of a model before and after a method; `group` is the weights that share a scale, 0 if unsaid."""

    record: Record
    figure: str
    method: str
    form: str
    group: int

    @property
    def model(self) -> str:
        return self.record.traits["model"]

    @property
    def quality(self) -> str:
        return self.record.traits["quality"]

    @property
    def measure(self) -> str:
        """The kind of quality and the test; only losses of one measure can be ranked."""
        return f"{self.quality} on {self.record.traits['test']}"

    @property
    def before(self) -> float:
        return self.record["before"].value

    @property
    def after(self) -> float:
        return self.record[self.figure].value

    @property
    def source(self) -> dict[str, str]:
        """The record, its document, the place in it, and how far it can be trusted."""
        figure = self.record[self.figure]
        document = self.record.source(figure.source)
        return {
            "record": self.record.id,
            "document": f"{document.title} ({document.document})",
            "place": figure.at,
            "kind": figure.kind,
        }


def points_of(record: Record) -> list[Point]:
    """The points that a record holds."""
    if "model" not in record.traits:
        return []
    if "before" not in record or not {"quality", "test"} <= set(record.traits):
        raise InputError(f"{record.path}: a point needs a quality, a test and a figure before")
    named = [(name, FORM.fullmatch(name)) for name in record.figures]
    return [
        Point(record, name, m["method"].replace("_", " "), m["form"], int(m["group"] or 0))
        for name, m in named
        if m
    ]


@cache
def points() -> tuple[Point, ...]:
    """Every point of the registry."""
    records = [record for group in COMPRESSED for record in getattr(Literature, group)]
    return tuple(point for record in records for point in points_of(record))
