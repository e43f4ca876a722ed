"""Constants of the predictions: each with its prior, its spread, where it comes from and what it means."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).with_name("constants")


class Constant(NamedTuple):
    """One constant. origin: kernel (tables), system (fitted on rows), datasheet or prior (set, not fitted)."""

    value: float
    prior: float
    prior_spread: float
    spread: float
    origin: str
    source: str
    meaning: str


@cache
def constants() -> dict[str, Constant]:
    """Every constant by its name, "file.name"."""
    found = {}
    for file in sorted(FOLDER.glob("*.toml")):
        for name, entry in tomllib.loads(file.read_text(encoding="utf-8")).items():
            value = float(entry["value"])
            found[f"{file.stem}.{name}"] = Constant(
                value,
                float(entry.get("prior", value)),
                float(entry.get("prior_spread", 0.0)),
                float(entry.get("spread", 0.0)),
                entry["origin"],
                entry["source"],
                entry["meaning"],
            )
    return found


def values() -> dict[str, float]:
    """The number of every constant."""
    return {name: constant.value for name, constant in constants().items()}
