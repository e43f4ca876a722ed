"""An audit in JSON, and its schema."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from ..audit import Audit
from ..audit.machine import Machine
from ..audit.measure import Rate
from ..audit.trial import MODEL, Trial
from .answer import (
    MAYBE_NUMBER,
    MAYBE_TEXT,
    NUMBER,
    SCHEMA_VERSION,
    TEXT,
    WHOLE,
    Schema,
    choice,
    listed,
    mapped,
    output,
    shaped,
)
from .record import RECORD, record_data

RATE = shaped(value=NUMBER, unit=TEXT, what=TEXT, repeats=WHOLE, busy_cores=NUMBER)
TRIAL = shaped(
    library=TEXT,
    precision=TEXT,
    batch=WHOLE,
    predicted_s=NUMBER,
    predicted_low_s=NUMBER,
    predicted_high_s=NUMBER,
    measured_s=NUMBER,
    repeats=WHOLE,
    ratio={**NUMBER, "description": "measured over predicted"},
    binds=TEXT,
)
NEAREST = shaped(
    path=TEXT,
    name=TEXT,
    precision=TEXT,
    distance={**NUMBER, "description": "in the natural logarithms of rate and bandwidth"},
    rate_ratio={**NUMBER, "description": "this machine over the entry"},
    bandwidth_ratio={**NUMBER, "description": "this machine over the entry"},
    compared=WHOLE,
)
MACHINE = shaped(
    name=TEXT,
    system=TEXT,
    python=TEXT,
    cores={"type": ["integer", "null"]},
    cores_are=TEXT,
    usable_cores=WHOLE,
    quota_cores=MAYBE_NUMBER,
    load_before=MAYBE_NUMBER,
    thread_limits=mapped(TEXT),
)


def schema() -> Schema:
    """The machine, and what was found on each of its devices."""
    device = shaped(
        device=choice("cpu", "gpu"),
        library=TEXT,
        rates=mapped(RATE),
        moves=listed(RATE),
        launch_s=NUMBER,
        record=shaped(id=TEXT, name=TEXT, toml=TEXT, **RECORD),
        nearest=NEAREST,
        trials=listed(TRIAL),
        written=MAYBE_TEXT,
    )
    return output(
        "audit", date=TEXT, model=TEXT, machine=MACHINE, devices=listed(device), seconds=NUMBER
    )


# ---- data
def _rate(rate: Rate, unit: str) -> dict[str, Any]:
    timing = {"repeats": rate.timing.repeats, "busy_cores": rate.timing.cores}
    return {"value": rate.value, "unit": unit, "what": rate.what, **timing}


def _trial(trial: Trial) -> dict[str, Any]:
    told = trial.predicted
    return {
        "library": trial.runner.library,
        "precision": trial.runner.precision,
        "batch": trial.batch,
        "predicted_s": told.time,
        "predicted_low_s": told.low,
        "predicted_high_s": told.high,
        "measured_s": trial.timing.best,
        "repeats": trial.timing.repeats,
        "ratio": trial.ratio,
        "binds": told.binds,
    }


def device_data(found: Audit, written: Path | None) -> dict[str, Any]:
    """What was found on a device, in JSON."""
    near, record = found.nearest, found.record
    return {
        "device": found.device.kind,
        "library": found.device.library,
        "rates": {p: _rate(rate, "flop/s") for p, rate in found.measured.peaks.items()},
        "moves": [_rate(rate, "byte/s") for rate in found.measured.moves],
        "launch_s": found.measured.launch.best,
        "record": {"id": record.id, "name": record.name, "toml": found.text, **record_data(record)},
        "nearest": {
            "path": near.record.path,
            "name": near.record.name,
            **{key: value for key, value in near._asdict().items() if key != "record"},
        },
        "trials": [_trial(trial) for trial in found.trials],
        "written": str(written) if written else None,
    }


def machine_data(machine: Machine) -> dict[str, Any]:
    """The machine, in JSON."""
    return {
        "name": machine.name,
        "system": machine.system,
        "python": machine.python,
        "cores": machine.cores,
        "cores_are": machine.core_words,
        "usable_cores": machine.usable,
        "quota_cores": machine.quota,
        "load_before": machine.load,
        "thread_limits": machine.limits,
    }


def audit_data(
    found: list[Audit], machine: Machine, day: date, seconds: float, written: list[Path | None]
) -> dict[str, Any]:
    """The whole answer, in JSON."""
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "audit",
        "date": day.isoformat(),
        "model": MODEL,
        "machine": machine_data(machine),
        "devices": [device_data(one, file) for one, file in zip(found, written)],
        "seconds": seconds,
    }
