"""A sweep on other processes and machines gives what it gives here, even when a worker dies in the middle."""

from __future__ import annotations

import csv
import json
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import PLAN, data, run, sentence

from mlsysim.core.solver.sweeps.sweep import AHEAD, sweep

distributed = pytest.importorskip("distributed")
QUIET = [f"ignore::{kind}" for kind in ("DeprecationWarning", "ResourceWarning")]
pytestmark = [pytest.mark.native, *map(pytest.mark.filterwarnings, QUIET)]
PLAN_70B = {
    "workload": {"name": "Llama3_70B", "batch_size": 256, "output_len": 64},
    "hardware": {"name": "H100", "accelerators": 8},
}
#: More pieces than are under way at once: one chip and one layout each, and a thousand points in each.
OVER: dict[str, Any] = {
    "hardware": "H100,H200,MI300X,A100",
    "accelerators": "8,16,24,32,40,48,56,64,72,80",
    "precision": "fp16,bf16",
    "batch_size": list(range(1, 1001)),
}
METRICS = "tpot_ms,ttft_ms,memory_gib,tp,dp"


@pytest.fixture(scope="module")
def here() -> Any:
    """The sweep by this process alone."""
    return sweep(PLAN_70B, OVER, METRICS)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A real cluster on this machine: a scheduler and two workers, each a process of its own."""
    import dask

    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 10}),
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address="127.0.0.1:0",
            host="127.0.0.1",
        ) as made,
    ):
        yield made


def assert_same(a: Any, b: Any) -> None:
    assert list(a.columns) == list(b.columns)
    for name in a.columns:
        np.testing.assert_array_equal(a[name], b[name], err_msg=name)
    assert a.refused == b.refused


def test_two_processes_give_what_one_gives(here: Any) -> None:
    with ProcessPoolExecutor(2) as pool:
        assert_same(sweep(PLAN_70B, OVER, METRICS, executor=pool), here)


def test_a_cluster_gives_what_one_process_gives_when_a_worker_is_killed(
    here: Any, cluster: Any
) -> None:
    assert len(here) / 1000 > 2 * AHEAD
    with distributed.Client(cluster) as client:
        first = client.run(os.getpid)
        killed: list[int] = []

        def kill_once(done: int, size: int) -> None:
            if not killed and done >= size / 4:
                killed.append(next(iter(first.values())))
                os.kill(killed[0], signal.SIGKILL)

        found = sweep(PLAN_70B, OVER, METRICS, executor=client.get_executor(), progress=kill_once)
        client.wait_for_workers(2, timeout=60)
        assert killed
        assert killed[0] not in client.run(os.getpid).values()
    assert_same(found, here)


def test_the_command_line_sends_a_sweep_to_a_cluster(cluster: Any, tmp_path: Path) -> None:
    asked = [
        "sweep",
        PLAN,
        "--over",
        "batch_size=1:64:log",
        "--over",
        "hardware=H100,A100",
        "--metric",
        "tpot_ms",
    ]
    made = data(*asked, "--dask", cluster.scheduler_address)
    assert made == data(*asked)
    assert made == data(*asked, "--workers", "2")


def test_a_cluster_that_does_not_answer_is_one_sentence() -> None:
    told = sentence(run("sweep", PLAN, "--over", "batch_size=1,2", "--dask", "nowhere"))
    assert "--dask: 'nowhere' does not answer" in told


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
def test_a_file_holds_every_point(ending: str, tmp_path: Path) -> None:
    file = tmp_path / f"points.{ending}"
    asked = [
        "sweep",
        PLAN,
        "--over",
        "batch_size=1:100",
        "--over",
        "hardware=H100,H200",
        "--metric",
        "tpot_ms,tco_usd",
    ]
    made = data(*asked, "--out", str(file))
    whole = data(*asked)
    assert made["points"] == 200
    assert made["columns"] == {}
    assert made["file"] == str(file)
    assert rows(file) == whole["columns"]


def rows(file: Path) -> dict[str, list[Any]]:
    """The columns of a file, as JSON has them."""
    if file.suffix == ".parquet":
        from pyarrow import parquet

        found = parquet.read_table(file).to_pydict()
    elif file.suffix == ".csv":
        with file.open(newline="") as stream:
            lines = list(csv.DictReader(stream))
        found = {name: [_number(line[name]) for line in lines] for name in lines[0]}
    else:
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        found = {name: [line[name] for line in lines] for name in lines[0]}
    return {name: [None if v != v else v for v in column] for name, column in found.items()}


def _number(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text


def test_a_file_of_another_kind_is_refused_before_anything_is_computed() -> None:
    told = sentence(run("sweep", PLAN, "--over", "batch_size=1,2", "--out", "points.xls"))
    assert "'points.xls' does not end in .csv, .parquet, .jsonl" in told


def test_memory_stays_bounded_while_a_large_grid_is_written(tmp_path: Path) -> None:
    import subprocess
    import sys

    code = """
import resource, sys
from mlsysim.cli.app import app
start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
code = app.registered_callback and __import__("typer").main.get_command(app).run(sys.argv[1:])
print(code, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start) / 1024)
"""
    grid = [
        "--over",
        "batch_size=1:1000",
        "--over",
        "seq_len=1:1000",
        "--over",
        "utilisation=0.1,0.5",
    ]
    sizes = []
    for axes in (grid[:4], grid):  # one million points, then two
        out = str(tmp_path / "points.parquet")
        asked = [
            "-o",
            "json",
            "sweep",
            "Llama3_8B",
            "H100",
            *axes,
            "--metric",
            "tpot_ms",
            "--out",
            out,
        ]
        done = subprocess.run(
            [sys.executable, "-c", code, *asked], capture_output=True, text=True, check=True
        )
        status, grown = done.stdout.splitlines()[-1].split()
        assert status == "0"
        sizes.append(float(grown))
    assert sizes[1] < 1.3 * sizes[0] + 30
