"""Which records say what the kernels of a chip reach at a precision."""

from __future__ import annotations

from .core.records import Record
from .systems import Systems

#: Precisions whose kernels have tables of their own, beside those of 16 bits.
NARROW = {
    "fp8": "fp8",
    "fp6": "fp8",
    "int8": "fp8",
    "fp4": "fp4",
    "int4": "fp4",
    "w8a16": "w8",
    "w4a16": "w4",
}
#: What stands for a chip that names no kernels.
GENERAL, FIELD_DEVICE = "GPU", "Device"


def family_of(chip: Record, standalone: bool) -> str:
    """The family of kernels of a chip."""
    return chip.traits.get("kernels", FIELD_DEVICE if standalone else GENERAL)


def kernel_records(chip: Record, precision: str, standalone: bool = False) -> list[Record]:
    """Records from the general to the particular: later ones replace figures of earlier ones."""
    family = family_of(chip, standalone)
    own = Systems.Kernels.find(f"{family}_bf16", f"{chip.path}.kernels")
    found = [own]
    if "base" in own.traits:
        found.insert(0, Systems.Kernels.find(own.traits["base"], "kernels"))
    narrow = NARROW.get(precision, "")
    if not narrow or family == FIELD_DEVICE:
        return found
    named = [f"{name}_{narrow}" for name in (family, GENERAL)]
    known = dir(Systems.Kernels)
    return found + [Systems.Kernels.find(name, "kernels") for name in named if name in known][:1]
