"""Layer B: a chip, as its datasheet and its measurements describe it. Its fields stand in `fields.txt`."""

from __future__ import annotations

from pathlib import Path

from ..core.records import RecordType, read_fields

PRECISIONS = ("fp64", "fp32", "tf32", "fp16", "bf16", "fp8", "fp6", "fp4", "int8", "int4")
FIELDS = read_fields(Path(__file__).with_name("fields.txt"))

CHIP = RecordType(
    "Chip",
    "B",
    "An accelerator, a system on chip or a microcontroller",
    FIELDS["Chip"],
    {
        "vendor": (),
        "form": ("accelerator", "gpu", "npu", "soc", "mcu", "cpu", "wafer", "rack"),
        "precision": PRECISIONS,
        "node": (),
        "kernels": (),
        "aliases": (),
    },
)
