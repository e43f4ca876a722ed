"""Speed of the core in CPU seconds: medians, and ratios against peers timed in the same run. `make bench` prints it."""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time

import classroom

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


def swept(points: int, metrics: str, keep: bool = True) -> tuple[float, int]:
    """CPU seconds of a sweep over a grid of batch, context and bandwidth, and its points; kept, or read and dropped."""
    from mlsysim.core.solver.sweeps.sweep import answered, question, sweep

    side = round(points ** (1 / 3))
    over = {
        "batch_size": list(range(1, side + 1)),
        "seq_len": list(range(256, 256 + side)),
        "mem_bandwidth": [1e12 + i * 7e12 / side for i in range(side)],
    }
    plan = {"workload": {"name": PLAN[0], "output_len": 256}, "hardware": {"name": PLAN[1]}}
    start = time.process_time()
    if keep:
        done = len(sweep(plan, over, metrics))
    else:
        done = sum(len(part.status) for part in answered(question(plan, over, metrics)))
    return time.process_time() - start, done


def searched() -> tuple[float, int]:
    """CPU seconds of the search of all layouts of Llama 3.1 405B on 16,384 H100, and how many there are."""
    from mlsysim.core.solver.optima.parallelism import parallelism

    work = {"name": "Llama3_405B", "mode": "training", "batch_size": 2048, "seq_len": 8192}
    plan = {"workload": work, "hardware": {"name": "H100", "accelerators": 16384}}
    start = time.process_time()
    found = parallelism(plan)
    return time.process_time() - start, found.compared


def roofline(points: int) -> float:
    """CPU seconds of the one formula of a roofline in plain numpy, on as many points."""
    import numpy as np

    batch, bandwidth = np.linspace(1, 4096, points), np.linspace(1e12, 8e12, points)
    flop, weights, rate = 1.6e10, 1.6e10, 9.9e14
    return inside_seconds(
        lambda: np.maximum(
            flop * batch / (0.5 * rate), (weights + batch * 2.6e8) / (0.8 * bandwidth)
        ),
        5,
    )


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
    every = ",".join(metric.name for metric in evaluation.metrics)
    swept(10**3, every)
    one = roofline(10**5)
    seconds, points = swept(10**5, "tpot_ms,ttft_ms,cost_per_mtoken")
    row(
        f"sweep of {points:,} points",
        seconds,
        0.06,
        f"{seconds / one:.0f} x one roofline formula in numpy ({one * 1e3:.1f} ms); released 0.3.0: 216 s",
    )
    seconds, points = swept(10**6, every)
    row(f"sweep of {points:,} points, kept", seconds, 2.0, f"{len(evaluation.metrics)} metrics")
    for size, limit in ((10**3, 0.03), (10**4, 0.05), (10**5, 0.2), (10**6, 2.0), (10**7, 20.0)):
        seconds, points = swept(size, every, keep=False)
        told = f"{len(evaluation.metrics)} metrics, {seconds / points * 1e9:,.0f} ns a point"
        row(f"sweep of {points:,} points", seconds, limit, told)
    seconds, compared = searched()
    told = f"{compared:,} layouts, {compared / seconds / 1e6:.1f} million a second"
    row("layouts of Llama 3.1 405B, 16,384 H100", seconds, 5.0, told)
    for what, seconds, limit, beside in rows:
        print(f"{what:<39} {seconds:>10.5f} CPU-s   at most {limit:<9} {beside}")
    told = classroom.measured(30)
    spent = f"{told.cpu_seconds:.1f} CPU-s and {told.megabytes:.0f} MB in all"
    print(
        f"lab serve, 30 at once on lab 05: median {told.median:.1f} s, p95 {told.p95:.1f} s, {spent}"
    )
    if "--json" in sys.argv:
        print(json.dumps({what: seconds for what, seconds, _, _ in rows}))


if __name__ == "__main__":
    main()
