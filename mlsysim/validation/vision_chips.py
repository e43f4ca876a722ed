"""Chips that image networks run on: from the name a source prints to peaks and rates."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from ..core.records import Record
from ..hardware import Hardware
from .rows import Inexpressible

TABLES = Path(__file__).with_name("vision_chips.toml")
PEAKS = ("fp16", "bf16", "fp32", "tf32", "fp8", "int8", "int4")


class Chip(NamedTuple):
    """What the equation asks of a chip: peaks in operations a second, rates in bytes a second."""

    name: str
    kind: str
    peaks: dict[str, float]
    bandwidth: float = 0.0
    link: float = 0.0
    cores: int = 1
    fuses: bool = False
    plain: bool = False
    guessed: bool = False


@cache
def tables() -> dict[str, list[dict[str, Any]]]:
    """The tables of chips and networks."""
    return tomllib.loads(TABLES.read_text(encoding="utf-8"))


def figure(record: Record, name: str) -> float:
    """A figure of a record, 0 where it has none."""
    value = record.values().get(name, 0.0)
    return float(value) if isinstance(value, int | float) and value == value else 0.0


@cache
def _patterns() -> tuple[tuple[str, str], ...]:
    """The registry's chips and how a text may spell them, longest first."""
    groups = ("Cloud", "Workstation", "Edge", "Mobile")
    names = sorted((n for g in groups for n in Hardware.groups[g]), key=len, reverse=True)
    return tuple(
        (name, r"(?<![a-z0-9])" + r"[ _-]*".join(name.replace("_", "").lower()) + r"(?![a-z0-9])")
        for name in names
    )


def chip_named(hardware: str) -> Chip:
    """The chip that a text names: of the table, of the registry, or one whose peak the text prints."""
    text = hardware.lower()
    entry = next((e for e in tables()["chip"] if re.search(e["pattern"], text)), None)
    if entry:
        return _from_entry(entry)
    name = next((name for name, pattern in _patterns() if re.search(pattern, text)), "")
    return _from_registry(name) if name else _from_label(hardware)


def _from_entry(entry: Mapping[str, Any]) -> Chip:
    """A chip of the table, over what the registry says about it."""
    base = _from_registry(entry["registry"]) if "registry" in entry else Chip("", "", {})
    stated: dict[str, Any] = {
        n: entry[n] for n in ("name", "kind", "bandwidth", "link", "cores") if n in entry
    }
    peaks = {n.removeprefix("peak_"): v for n, v in entry.items() if n.startswith("peak_")}
    stated |= {
        "fuses": entry.get("stack") == "compiled",
        "plain": bool(entry.get("cuda_cores_only")),
    }
    return base._replace(peaks=base.peaks | peaks, **stated)


@cache
def _from_registry(name: str) -> Chip:
    """A chip of the registry, its kind by vendor and form."""
    record = Hardware.find(name, "hardware")
    peaks = {n: figure(record, f"peak_{n}") for n in PEAKS}
    traits = record.traits
    kind = "gpu" if traits.get("form") == "gpu" or traits.get("vendor") == "NVIDIA" else "npu"
    kind = {"Apple": "apple"}.get(str(traits.get("vendor")), "cpu" if "Pi" in name else kind)
    found = {n: p for n, p in peaks.items() if p}
    return Chip(
        name, kind, found, figure(record, "mem_bandwidth"), figure(record, "hostlink_bandwidth")
    )


def _from_label(hardware: str) -> Chip:
    """A chip of no table: the peak in its name, or an error."""
    text = hardware.lower()
    found = re.search(r"([\d.]+) ?(tops|tflop|gops|gflop|pflop)", text)
    if not found:
        raise Inexpressible(f"{hardware!r} is not in the tables and its name gives no peak")
    peak = float(found[1]) * {"t": 1e12, "g": 1e9, "p": 1e15}[found[2][0]]
    kind = "cpu" if "cpu" in text else "gpu" if "gpu" in text or "flop" in found[2] else "npu"
    return Chip(hardware, kind, {"fp16" if "flop" in found[2] else "int8": peak}, guessed=True)
