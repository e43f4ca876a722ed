"""Published laws, constants and results: figures of any unit, each with its paper and its place."""

from __future__ import annotations

from ..core.records import RecordType

RESULT = RecordType(
    "Result", "", "A published law, constant or result", (), {"topic": (), "aliases": ()}, open=True
)
