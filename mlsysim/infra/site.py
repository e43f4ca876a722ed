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
        "hours": (),
        "aliases": (),
    },
)

#: How carbon goes up and down in a day; a grid names the one that is its own (`hours`).
HOURS = RecordType(
    "Profile",
    "C",
    "The hours of a day on a grid",
    FIELDS["Profile"],
    {"basis": ("life-cycle", "operational"), "country": (), "aliases": ()},
)

FACILITY = RecordType(
    "Facility",
    "C",
    "A data centre or an operator's fleet of them",
    FIELDS["Facility"],
    {"operator": (), "location": (), "aliases": ()},
)
