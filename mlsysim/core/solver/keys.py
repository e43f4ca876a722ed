"""A plan with some of its keys set: what every solver and sweep changes, and how a user may name it."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from ...plan import PARTS, Plan
from ...wall_inputs import SETTLED
from ..errors import InputError, unknown
from ..graph import OPTIONS, TABLES
from ..symbols import SYMBOLS

Place = tuple[str, ...]

#: What a record fills is named for the record.
RECORDS: dict[str, Place] = {
    "model": ("workload", "name"),
    "workload": ("workload", "name"),
    "hardware": ("hardware", "name"),
    "chip": ("hardware", "name"),
}
#: Each key of a plan by its own name.
KEYS: dict[str, Place] = {
    field: (part, field)
    for part, model in PARTS.items()
    for field in model.model_fields
    if field != "name"
}
#: Symbols that a key of the plan gives as they are.
SAME: dict[str, Place] = {
    "batch": ("workload", "batch_size"),
    "chips": ("hardware", "accelerators"),
}
#: Every short name; beside them stand full ones such as `ops.region`, any symbol, and any free choice.
NAMES: dict[str, Place] = {**RECORDS, **KEYS, **SAME}


def place(name: str, field: str = "input") -> Place:
    """Where in a plan a name stands: a key, `part.key`, a choice between equations, or a symbol among `inputs`."""
    if name in NAMES:
        return NAMES[name]
    part, dot, key = name.partition(".")
    if dot and part in PARTS:
        keys = PARTS[part].model_fields
        if key not in keys:
            raise unknown(f"{field} {part}", key, keys)
        return part, key
    if dot and part not in ("inputs", "choices"):
        raise unknown(field, part, [*PARTS, "inputs", "choices"])
    free = [option for option in OPTIONS if option not in SETTLED]
    if part == "choices" or (not dot and name in free):
        key = key or name
        if key not in free:
            raise unknown(f"{field} choices", key, free)
        return "choices", key
    key = key or name
    if key in TABLES or (key in SYMBOLS and not SYMBOLS[key].table and SYMBOLS[key].unit != "text"):
        return "inputs", key
    raise unknown(field, name, [*NAMES, *SYMBOLS, *free])


def mapping_of(plan: Plan | Mapping[str, Any]) -> dict[str, Any]:
    """A plan as a mapping that holds only what was said, so that notes on what was not stay right."""
    if isinstance(plan, Plan):
        return plan.model_dump(exclude_unset=True, by_alias=True)
    return deepcopy(dict(plan))


def with_values(plan: Plan | Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The mapping of a plan in which these keys have these values; whatever reads it checks them.

    Accelerators replace the nodes that a plan counts; nodes cannot replace accelerators, which count before them.
    """
    data = mapping_of(plan)
    places = {place(name): value for name, value in values.items()}
    hardware, counts = data.get("hardware"), {"nodes", "accelerators"}
    counted = {key for part, key in places if part == "hardware" and key in counts}
    if isinstance(hardware, dict) and counted == {"accelerators"}:
        hardware.pop("nodes", None)
    elif isinstance(hardware, dict) and counted == {"nodes"} and hardware.get("accelerators"):
        raise InputError("nodes: the plan gives accelerators, which count; vary those")
    for (part, key), value in places.items():
        held = data.setdefault(part, {})
        if not isinstance(held, dict):
            raise InputError(f"{part}: it is a {type(held).__name__}, not a mapping")
        held[key] = value.item() if getattr(value, "ndim", None) == 0 else value
    return data
