"""Speed of the core in CPU seconds: medians, and ratios against peers timed in the same run. `make bench` prints it."""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time

PLAN = ["Llama3_8B", "H100"]


def command_seconds(code: list[str], runs: int = 5) -> float:
    """Median CPU seconds of a fresh process."""
    seconds = []
    for _ in range(runs + 1):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([sys.executable, *code], capture_output=True, text=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode not in (0, 3):
            raise SystemExit(f"{' '.join(code)} failed:\n{done.stderr}")
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(seconds[1:])


def inside_seconds(function, runs: int) -> float:
    """Median CPU seconds of a call in this process."""
    seconds = []
    for _ in range(runs):
        start = time.process_time()
        function()
        seconds.append(time.process_time() - start)
    return statistics.median(seconds)


def grid(points: int) -> tuple[float, float, int]:
    """CPU seconds of a batch x bandwidth x peak grid, its largest difference from the scalar path, its points."""
    import numpy as np

    import mlsysim
    from mlsysim.core.graph import solve

    side = round(points ** (1 / 3))
    scenario = mlsysim.SystemEvaluator.evaluate(None, *PLAN, batch_size=32).scenario
    wanted = ("tpot", "token_rate", "mfu", "memory_load", "step_time_low", "step_time_high")
    batch = np.round(np.geomspace(1, 4096, side))[:, None, None]
    bandwidth = np.linspace(1e12, 8e12, side)[None, :, None]
    peak = np.linspace(1e14, 2e15, side)[None, None, :]
    given = {**scenario.given, "mem_bandwidth": bandwidth, "peak_rate": peak}

    def chunk(part):
        return solve(wanted, {**given, "batch": part, "prefill_batch": part}, scenario.options)

    chunk(batch[:1])
    start = time.process_time()
    pieces = [chunk(batch[i : i + 4]) for i in range(0, side, 4)]
    seconds = time.process_time() - start
    worst, random = 0.0, np.random.default_rng(1)
    for i, j, k in random.integers(0, side, (200, 3)):
        point = {"batch": float(batch[i, 0, 0]), "prefill_batch": float(batch[i, 0, 0])}
        point |= {"mem_bandwidth": float(bandwidth[0, j, 0]), "peak_rate": float(peak[0, 0, k])}
        one = solve(wanted, {**scenario.given, **point}, scenario.options)
        for name in wanted:
            whole = np.broadcast_to(pieces[i // 4][name], (min(4, side - i // 4 * 4), side, side))
            worst = max(worst, abs(whole[i % 4, j, k] / one[name] - 1))
    return seconds, worst, side**3


def main() -> None:
    import mlsysim
    from mlsysim.core.graph import solve
    from mlsysim.scenario import Scenario
    from mlsysim.uncertainty import spans

    pint = command_seconds(["-c", "import pint"])
    rows: list[tuple[str, float, str, str]] = []

    def row(what: str, seconds: float, limit: float, beside: str = "") -> None:
        rows.append((what, seconds, f"{limit:g} s", beside))

    bare = command_seconds(["-c", "import mlsysim"])
    row("import mlsysim", bare, pint / 2, f"{bare / pint:.2f} x import pint ({pint:.3f} s)")
    cli = ["-m", "mlsysim"]
    row("mlsysim --help", command_seconds([*cli, "--help"]), 0.25)
    row(
        "mlsysim eval Llama3_8B H100",
        command_seconds([*cli, "eval", *PLAN]),
        0.6,
        "released 0.3.0: 4.9 s",
    )
    evaluation = mlsysim.SystemEvaluator.evaluate(None, *PLAN, batch_size=32)
    scenario, wanted = evaluation.scenario, tuple(evaluation.values)
    row(
        "one evaluation, every metric",
        inside_seconds(lambda: solve(wanted, scenario.given, scenario.options), 300),
        1e-3,
        f"{len(wanted)} metrics",
    )
    row(
        "its intervals, every metric",
        inside_seconds(lambda: spans(evaluation), 100),
        2e-3,
        f"{len(evaluation.spans)} metrics",
    )
    row(
        "scenario and evaluation",
        inside_seconds(lambda: mlsysim.Evaluation(Scenario(scenario.plan)), 100),
        2e-3,
    )
    seconds, worst, points = grid(10**6)
    row(f"grid of {points:,} points", seconds, 0.5, f"largest difference from scalar {worst:.1e}")
    for what, seconds, limit, beside in rows:
        print(f"{what:<34} {seconds:>10.5f} CPU-s   at most {limit:<9} {beside}")
    if "--json" in sys.argv:
        print(json.dumps({what: seconds for what, seconds, _, _ in rows}))


if __name__ == "__main__":
    main()
