"""Measuring the machine in front of the reader, and holding the project's equations to it.

A device is measured, written as a record of a chip, compared with the registry, and one small model is predicted and
then timed on it. Nothing here is imported until it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from ..core.records import Record
from .chip import Nearest, chip_record, chip_text, nearest
from .devices import Device
from .machine import Machine
from .measure import Measured, launch_time, measure
from .trial import BATCHES, Trial, trials

#: What is timed of a device beside its precisions: copy, sum in place, small calls, and the model at each batch.
STEPS = 3 + len(BATCHES)
#: Share of the seconds given that goes into timing; the rest makes and warms the arrays.
TIMED = 0.7
Said = Callable[[str], None]


class Audit(NamedTuple):
    """What was found on one device."""

    device: Device
    measured: Measured
    text: str
    record: Record
    nearest: Nearest
    trials: list[Trial]


def steps(devices: list[Device]) -> int:
    """How many things are timed; another library on the device adds small calls and the model."""
    others = sum(len(device.companions) for device in devices)
    return sum(STEPS + len(d.precisions) for d in devices) + others * (1 + len(BATCHES))


def audit(
    devices: list[Device], machine: Machine, seconds: float, day: date, said: Said
) -> list[Audit]:
    """Measure each device in turn; `said` hears what is timed next."""
    share = seconds * TIMED / steps(devices)
    return [_audit(device, machine, share, day, said) for device in devices]


def _audit(device: Device, machine: Machine, share: float, day: date, said: Said) -> Audit:
    measured = measure(device, share, said)
    text = chip_text(device, machine, measured, day)
    record = chip_record(text)
    timed = trials(device, record, measured.launch.best, share, said)
    for other in device.companions:
        said(f"{other.kind}: small calls with {other.library}")
        timed += trials(other, record, launch_time(other, share).best, share, said)
    return Audit(device, measured, text, record, nearest(record), timed)
