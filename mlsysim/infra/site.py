"""Layer C: where a system stands: its grid, its building, its prices. Fields stand in `fields.txt`."""

from __future__ import annotations

from pathlib import Path

from ..core.records import RecordType, read_fields

FIELDS = read_fields(Path(__file__).with_name("fields.txt"))

GRID = RecordType(
    "Grid",
    "C",
    "An electricity grid or region",
    FIELDS["Grid"],
    {
        "basis": ("life-cycle", "operational"),
        "country": (),
        "provider": (),
        "location": (),
        "aliases": (),
    },
)

FACILITY = RecordType(
    "Facility",
    "C",
    "A data centre or an operator's fleet of them",
    FIELDS["Facility"],
    {"operator": (), "location": (), "aliases": ()},
)
