"""Published measurements, one a row, and the same rows with everything hidden that was measured."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from ..core.errors import InputError

#: The measurements of the package: published values, each with its source and place.
MEASURED = Path(__file__).with_name("measured.csv")
COLUMNS = (
    "id",
    "kind",
    "model",
    "model_spec",
    "hardware",
    "n_devices",
    "precision",
    "parallelism",
    "workload",
    "metric",
)
#: Keys of a workload that were measured with the value, or derived from it: never inputs.
MEASURED_KEYS = frozenset(
    {
        "accuracy",
        "aggregate_pflops",
        "avg_batch",
        "avg_power_w",
        "backward_ms",
        "bandwidth_gbps",
        "bandwidth_gbps_per_device",
        "efficiency_pct",
        "end_to_end_s",
        "forward_ms",
        "hfu_pct",
        "inferences_per_s",
        "itl_ms",
        "latency_ms",
        "latency_p50_ms",
        "median_itl_ms",
        "megatron_latency_ms",
        "mfu_pct",
        "model_tflops_per_device",
        "output_tokens_per_s_total",
        "pct_of_peak",
        "peak_mem_gb",
        "peak_mem_gib",
        "scaling_efficiency_pct",
        "spec_gbps",
        "spec_tflops",
        "step_time_ms",
        "tflops_per_device",
        "tokens_per_s_per_device",
        "torchscript_latency_ms",
    }
)
MEASURED_WORDS = (
    "achieved",
    "derived",
    "hfu",
    "implied",
    "itl",
    "latency",
    "measured",
    "mfu",
    "per_s",
    "predicted",
    "speedup",
    "tflops",
    "throughput",
    "tpot",
    "ttft",
)


class Row(NamedTuple):
    """One measurement."""

    id: str
    kind: str
    model: str
    spec: dict[str, Any]
    hardware: str
    devices: float
    precision: str
    parallelism: dict[str, Any]
    workload: dict[str, Any]
    metric: str
    value: float
    source: str
    locator: str


class Inexpressible(InputError):
    """A row that no equation can answer, with the reason."""


def blind(row: Row) -> Row:
    """A row without its value and without whatever else was measured with it."""
    kept = {
        key: value
        for key, value in row.workload.items()
        if key not in MEASURED_KEYS
        and key != row.metric
        and not any(word in key.lower() for word in MEASURED_WORDS)
    }
    return row._replace(value=float("nan"), workload=kept)


def read_rows(file: Path | str | None = None) -> list[Row]:
    """The rows of a CSV file in the form of the package's own; a fault names the file, the line and the column."""
    path = Path(file or MEASURED)
    if not path.is_file():
        raise InputError(f"validate: there is no file {str(path)!r}")
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        lacking = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if lacking:
            raise InputError(f"{path.name}: the column {lacking[0]!r} is missing")
        return list(_rows(reader, path.name))


def _rows(reader: Iterable[dict[str, str]], name: str) -> Iterable[Row]:
    for number, cells in enumerate(reader, 2):
        place = f"{name}, line {number}"
        yield Row(
            cells["id"],
            cells["kind"],
            cells["model"],
            _mapping(cells, "model_spec", place),
            cells["hardware"],
            _number(cells, "n_devices", place),
            cells["precision"],
            _mapping(cells, "parallelism", place),
            _mapping(cells, "workload", place),
            cells["metric"],
            _number(cells, "value", place),
            cells.get("source_title") or "",
            cells.get("source_locator") or "",
        )


def _mapping(cells: dict[str, str], column: str, place: str) -> dict[str, Any]:
    text = cells[column]
    try:
        found = json.loads(text) if text else {}
    except json.JSONDecodeError as error:
        raise InputError(f"{place}: {column} is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise InputError(f"{place}: {column} is not a mapping")
    return found


def _number(cells: dict[str, str], column: str, place: str) -> float:
    text = cells.get(column) or "nan"
    try:
        return float(text)
    except ValueError:
        raise InputError(f"{place}: {column}: {text!r} is not a number") from None
