"""Layer D: nodes, links, storage, fleets, failing parts, stacks. Fields stand in `fields.txt`."""

from __future__ import annotations

from pathlib import Path

from ..core.records import RecordType, read_fields

FIELDS = read_fields(Path(__file__).with_name("fields.txt"))

NODE = RecordType(
    "Node",
    "D",
    "A server: its accelerators, its host and its network ports",
    FIELDS["Node"],
    {"accelerator": (), "topology": (), "fabric": (), "cooling": (), "aliases": ()},
)

LINK = RecordType(
    "Link",
    "D",
    "A link or a fabric between chips, hosts or nodes",
    FIELDS["Link"],
    {
        "medium": (),
        "topology": (
            "",
            "fat-tree",
            "torus2d",
            "torus3d",
            "dragonfly",
            "rail",
            "ring",
            "hypercube",
            "mesh",
            "switch",
        ),
        "aliases": (),
    },
)

STORAGE = RecordType(
    "Storage", "D", "A tier of memory or storage", FIELDS["Storage"], {"aliases": ()}
)

FLEET = RecordType(
    "Fleet",
    "D",
    "A cluster that was built",
    FIELDS["Fleet"],
    {"accelerator": (), "node": (), "fabric": (), "topology": (), "aliases": ()},
)

PART = RecordType(
    "Part",
    "D",
    "A part that fails, and how often it did",
    FIELDS["Part"],
    {"scope": ("part", "accelerator", "node", "job"), "aliases": ()},
)

ENERGY = RecordType(
    "Energy",
    "D",
    "The energy of one operation, one access or one transfer",
    FIELDS["Energy"],
    {"operation": (), "aliases": ()},
)

SENSOR = RecordType(
    "Sensor",
    "D",
    "A sensor or a set of sensors, or the needs of an application",
    FIELDS["Sensor"],
    {"aliases": ()},
)

KERNEL = RecordType(
    "Kernel",
    "D",
    "What the kernels of a chip family reach at one precision",
    FIELDS["Kernel"],
    {"base": (), "aliases": ()},
)

STACK = RecordType(
    "Stack",
    "D",
    "A software stack, by what it reaches of the hardware",
    FIELDS["Stack"],
    {"base": (), "aliases": ()},
)
