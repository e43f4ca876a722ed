"""Runs the command line inside the test's process."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from typer.testing import CliRunner, Result

from mlsysim.cli.app import app

HERE = Path(__file__).parent
PLAN = str(HERE / "example_cluster.yaml")
FORMS = ("text", "json", "markdown", "html")
#: Each command with arguments that hold.
CALLS = {
    "zoo": ["zoo"],
    "zoo list": ["zoo", "hardware"],
    "zoo group": ["zoo", "grids", "--filter", "canada"],
    "zoo mixed": ["zoo", "systems", "--sort", "year"],
    "zoo open": ["zoo", "literature"],
    "zoo record": ["zoo", "hardware", "H100"],
    "zoo rows": ["zoo", "ResNet50"],
    "eval": ["eval", "Llama3_8B", "H100", "--batch-size", "32"],
    "eval plan": ["eval", PLAN],
    "eval training": ["eval", "Llama3_8B", "H100", "--mode", "training", "--nodes", "2", "-b", "64"],
    "eval vision": ["eval", "ResNet50", "A100", "-b", "8"],
    "eval tiny": ["eval", "DS_CNN", "ESP32_S3"],
    "serve": ["serve", "Llama3_8B", "H100", "-b", "8", "--output-len", "128"],
    "explain": ["explain", "tpot", "Llama3_8B", "H100", "--batch-size", "32"],
    "explain plan": ["explain", "tco_usd", PLAN, "--depth", "3"],
    "walls": ["walls"],
    "walls one": ["walls", "14"],
    "walls check": ["walls", "--check"],
    "sweep": ["sweep", PLAN, "--over", "batch_size=1:64:log", "--over", "hardware=H100,H200",
              "--metric", "tpot_ms,tco"],
    "sensitivity": ["sensitivity", PLAN, "--metric", "tpot_ms"],
    "sensitivity of": ["sensitivity", "ResNet50", "A100", "--metric", "latency",
                       "--inputs", "batch_size, peak_rate", "--step", "0.5"],
    "invert": ["invert", PLAN, "--metric", "tpot_ms", "--max", "20 ms", "--input", "batch_size"],
    "invert every": ["invert", PLAN, "--metric", "tpot_ms", "--max", "20 ms", "--input", "batch_size",
                     "--from", "1", "--to", "4096"],
    "invert some": ["invert", PLAN, "--metric", "tpot_ms", "--max", "20", "--input", "tp", "--to", "64"],
    "crossover": ["crossover", PLAN, "--between", "hardware=H100,A100", "--input", "batch_size",
                  "--from", "1", "--to", "1024", "--metric", "cost_per_mtoken"],
    "crossover turns": ["crossover", PLAN, "--between", "tp=4,8", "--input", "batch_size", "--to", "65536",
                        "--metric", "throughput"],
    "binding": ["binding", PLAN, "--input", "batch_size"],
    "binding now": ["binding", PLAN, "--input", "batch_size", "--to", "4096"],
    "optimize parallelism": ["optimize", "parallelism", PLAN],
    "optimize parallelism more": ["optimize", "parallelism", "GPT2", "H100", "--mode", "training", "--nodes", "3"],
    "optimize placement": ["optimize", "placement", PLAN, "--carbon-tax", "150"],
    "optimize placement by the hour": ["optimize", "placement", PLAN, "--utilisation", "0.5"],
    "optimize batching": ["optimize", "batching", PLAN, "--slo-ttft-ms", "500", "--slo-tpot-ms", "50", "--qps", "20"],
    "optimize hardware": ["optimize", "hardware", PLAN],
    "optimize hardware by rent": ["optimize", "hardware", "Llama3_8B", "H100", "-b", "64", "--price-per-hour", "listed",
                                  "--chips", "H100,H200,L40S", "--most", "16", "--front", "tco,tpot"],
    "lab list": ["lab", "list"],
    "lab gallery": ["lab", "gallery", "--write", str(Path(gettempdir()) / "mlsysim_gallery.py")],
    "optimize compression": ["optimize", "compression", "Llama2_70B", "H100", "--accelerators", "1"],
    "optimize compression nearby": ["optimize", "compression", "ResNet50", "A100", "--max-loss", "0.2", "--nearby"],
    "schema": ["schema"],
    "schema of": ["schema", "--of", "eval"],
}  # fmt: skip


def run(*arguments: str, stdin: str | None = None) -> Result:
    """The result of `mlsysim` with these arguments."""
    return CliRunner().invoke(app, list(arguments), input=stdin)


def sentence(result: Result) -> str:
    """The one sentence of a command that failed, with nothing else said."""
    assert result.exit_code == 1, (result.exit_code, result.stdout[:200], result.stderr)
    assert result.stdout == ""
    assert result.stderr.startswith("mlsysim: ")
    assert result.stderr.count("\n") == 1
    return result.stderr.removeprefix("mlsysim: ").rstrip()


def data(*arguments: str) -> Any:
    """The JSON of a command."""
    return json.loads(run("-o", "json", *arguments).stdout)
