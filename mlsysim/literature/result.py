"""Published laws, constants and results: figures of any unit, each with its paper and its place."""

from __future__ import annotations

from ..core.records import RecordType

RESULT = RecordType(
    "Result", "", "A published law, constant or result", (), {"topic": (), "aliases": ()}, open=True
)

#: What compression costs one model on one test: `before`, and figures named by method and form (`points.py`).
COMPRESSION = RecordType(
    "Compression",
    "",
    "Quality of a model before and after compression, as published",
    (),
    {"model": (), "quality": ("accuracy", "perplexity"), "test": (), "topic": (), "aliases": ()},
    open=True,
)
