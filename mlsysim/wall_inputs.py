"""What a plan gives to walls by the names of their symbols: numbers, tables, and choices between equations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .core.elementwise import minimum
from .core.errors import InputError, unknown
from .core.graph import OPTIONS, TABLES
from .core.symbols import SYMBOLS
from .core.units import read_quantity

if TYPE_CHECKING:
    from .scenario import Scenario

#: Choices that follow from the model, the mode or another key of the plan.
SETTLED = (
    "phase",
    "family",
    "attention",
    "mlp",
    "window",
    "weights_in",
    "money",
    "overlap",
    "zero",
    "recompute",
)
PARTS_OF_ONE = ("share", "chance")


def read_inputs(scenario: Scenario) -> None:
    """Put `inputs` and `choices` of a plan into its scenario; figures of records may be replaced."""
    for name, value in scenario.plan.inputs.items():
        field = f"inputs.{name}"
        if name in TABLES:
            scenario.given[name] = _rows(name, value, field)
        elif name not in SYMBOLS or SYMBOLS[name].table:
            raise unknown("inputs", name, [*SYMBOLS, *TABLES])
        elif isinstance(scenario.origins.get(name), str):
            raise InputError(f"{field}: another key of the plan gives it")
        else:
            scenario.given[name] = _number(name, value, field)
        scenario.origins[name] = "inputs of the plan"
    if "tdp" in scenario.plan.inputs and "tdp" in scenario.chip:
        capped = scenario.given["tdp"] / scenario.chip["tdp"].value
        scenario.given["power_cap_share"] = minimum(capped, 1.0)
    for name, choice in scenario.plan.choices.items():
        allowed = [option for option in OPTIONS if option not in SETTLED]
        if name not in allowed:
            raise unknown("choices", name, allowed)
        if choice not in OPTIONS[name]:
            raise unknown(f"choices.{name}", choice, OPTIONS[name])
        scenario.options[name] = choice


def _number(name: str, value: Any, field: str) -> float:
    symbol = SYMBOLS[name]
    if hasattr(value, "shape"):  # the checked numbers of a sweep
        return value
    number = read_quantity(value, symbol.unit, field)
    if number < 0:
        raise InputError(f"{field}: {value!r} must be at least 0")
    if number > 1 and name.rpartition("_")[2] in PARTS_OF_ONE:
        raise InputError(f"{field}: {value!r} is a part of one and must be at most 1")
    return number


def _rows(name: str, rows: Any, field: str) -> tuple[tuple[float, ...], ...]:
    columns = TABLES[name]
    if not isinstance(rows, tuple) or not rows:
        raise InputError(f"{field}: it must be a list of rows with {', '.join(columns)}")
    found = []
    for index, row in enumerate(rows):
        place = f"{field}.{index}"
        for key in row:
            if key not in columns:
                raise unknown(place, key, columns)
        lacking = [column for column in columns if column not in row]
        if lacking:
            raise InputError(f"{place}: {lacking[0]} is missing; a row has {', '.join(columns)}")
        found.append(tuple(_number(c, row[c], f"{place}.{c}") for c in columns))
    return tuple(found)
