"""A measured device as the record of a chip, and the entry of the registry that lies nearest."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from datetime import date
from math import hypot, log
from typing import Any, NamedTuple

from ..core.records import Record
from ..core.text import readable
from ..core.units import convert
from ..hardware import CHIP, Hardware
from .devices import Device
from .machine import Machine
from .measure import Measured, Rate

NAME, SOURCE = "this_machine", "audit"
RATE_UNITS = {"flop/s": "Gflop/s", "byte/s": "GB/s"}
DIGITS = 4
BUSY = 0.3  # load of others, per usable core, from which the machine is called shared


class Nearest(NamedTuple):
    """The entry nearest in rate and bandwidth; ratios are this machine over the entry."""

    record: Record
    precision: str
    distance: float
    rate_ratio: float
    bandwidth_ratio: float
    compared: int


class Line(NamedTuple):
    """A figure as the record states it."""

    name: str
    value: float
    unit: str
    at: str
    rule: str = ""


# ---- writing
def chip_text(device: Device, machine: Machine, measured: Measured, day: date) -> str:
    """The record as TOML; what is not known has no line."""
    cpu = device.kind == "cpu"
    head = {
        "name": f"{device.name}, measured {day.isoformat()}",
        "year": day.year,
        "form": device.kind,
        "precision": device.precision,
        "node": "Standalone" if cpu else "Workstation",
        "notes": notes(device, machine, measured),
    }
    source = {
        "title": "mlsysim audit, measured on this machine",
        "document": f"{device.library}, Python {machine.python}, {machine.system}",
        "date": day.isoformat(),
        "kind": "measurement",
    }
    lines = [*_rates(measured), *_stated(device, machine if cpu else None)]
    return "\n".join(
        [
            *(f"{key} = {_toml(value)}" for key, value in head.items()),
            "\n[figures]",
            *map(_figure, lines),
            f"\n[sources.{SOURCE}]",
            *(f"{key} = {_toml(value)}" for key, value in source.items()),
            "",
        ]
    )


def _rates(measured: Measured) -> list[Line]:
    peaks = [_rate(f"peak_{p}", r, "flop/s", "dense") for p, r in measured.peaks.items()]
    return [*peaks, _rate("mem_bandwidth", measured.bandwidth, "byte/s", "")]


def _rate(name: str, rate: Rate, unit: str, rule: str) -> Line:
    value = convert(rate.value, unit, RATE_UNITS[unit])
    return Line(
        name, value, RATE_UNITS[unit], f"{rate.what}, best of {rate.timing.repeats} runs", rule
    )


def _stated(device: Device, machine: Machine | None) -> list[Line]:
    """What the system states of the device; of the processor also cores and clock."""
    by, lines = "stated by the system", []
    if device.memory is not None:
        lines.append(Line("mem_capacity", device.memory / 2**30, "GiB", by))
    if device.cache is not None:
        lines.append(Line("cache_capacity", device.cache / 2**20, "MiB", f"{by}: all last caches"))
    if machine and machine.cores is not None:
        lines.append(Line("chip_cores", machine.cores, "", machine.core_words))
    if machine and machine.clock is not None:
        lines.append(Line("chip_clock", machine.clock / 1e6, "MHz", "highest clock, by psutil"))
    return lines


def _figure(line: Line) -> str:
    value = float(f"{line.value:.{DIGITS}g}")
    parts: dict[str, Any] = {"value": int(value) if value.is_integer() else value}
    parts |= {"unit": line.unit} if line.unit else {}
    parts |= {"sparsity": line.rule} if line.rule else {}
    parts |= {"source": SOURCE, "at": line.at, "kind": "measured"}
    return (
        f"{line.name} = {{{', '.join(f'{key} = {_toml(value)}' for key, value in parts.items())}}}"
    )


def _toml(value: Any) -> str:
    """A string, number or list of strings; JSON writes them as TOML does, but for one control character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def notes(device: Device, machine: Machine, measured: Measured) -> list[str]:
    """What a reader should know of the figures."""
    told = [
        "The rates are what was reached, not a datasheet's peaks; --efficiency 1 asks eval for all of the peak rate.",
        f"One call on eight numbers takes {readable(measured.launch.best, 's')} with {device.library}.",
        "Power, price and carbon are not measured: what rests on them is not known.",
    ]
    return told + (_shared(machine, measured) if device.kind == "cpu" else [])


def _shared(machine: Machine, measured: Measured) -> list[str]:
    """How much of the processor was used, and what held it back."""
    busy = ", ".join(f"{r.timing.cores:.1f} in {p}" for p, r in measured.peaks.items())
    told = [f"Cores busy in the products: {busy}, of {machine.usable} that this process may use."]
    if machine.limits:
        said = ", ".join(f"{key}={value}" for key, value in machine.limits.items())
        told.append(f"The environment limits threads: {said}.")
    if machine.quota is not None:
        told.append(f"A quota allows {machine.quota:g} cores at once.")
    if machine.load is not None and machine.load > BUSY * machine.usable:
        told.append(
            f"Other work may have shared the machine: a load of {machine.load:.1f} before the measurement."
        )
    if machine.memory is None:
        told.append("The memory's size is not known; psutil would tell.")
    return told


# ---- reading and comparing
def chip_record(text: str, name: str = NAME) -> Record:
    """The record that a text holds, as the project reads it from a file."""
    return Record(CHIP, name, tomllib.loads(text), dict)


def nearest(record: Record, entries: Iterable[Record] | None = None) -> Nearest:
    """The entry at the least distance in the logarithms of rate and bandwidth, at the record's own precision."""
    precision = record.traits["precision"]
    peak = f"peak_{precision}"
    rate, bandwidth = record[peak].value, record["mem_bandwidth"].value
    found = []
    for entry in Hardware if entries is None else entries:
        if peak in entry and "mem_bandwidth" in entry:
            ratios = rate / entry[peak].value, bandwidth / entry["mem_bandwidth"].value
            found.append((hypot(*map(log, ratios)), *ratios, entry))
    distance, rates, bandwidths, entry = min(found, key=lambda one: one[0])
    return Nearest(entry, precision, distance, rates, bandwidths, len(found))
