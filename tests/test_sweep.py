"""A sweep's points are those of an evaluation, in the order of its axes, whatever the path that computes them."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mlsysim
from mlsysim.core.errors import InputError
from mlsysim.core.graph import NoEquation, solve
from mlsysim.core.solver.keys import with_values
from mlsysim.core.solver.sweeps.axes import DIRECT
from mlsysim.core.solver.sweeps.pieces import STATUSES, boxes
from mlsysim.core.solver.sweeps.sweep import HOW, sweep
from mlsysim.evaluation import Evaluation
from mlsysim.metrics import resolve
from mlsysim.plan import read_plan
from mlsysim.scenario import Scenario

CLUSTER = {
    "workload": {"name": "Llama3_70B", "batch_size": 256, "output_len": 64},
    "hardware": {"name": "H100", "nodes": 4},
    "ops": {"region": "Quebec", "duration_days": 14},
}
ONE = {"workload": {"name": "Llama3_8B", "output_len": 128}, "hardware": {"name": "H100"}}
TRAINING = {
    "workload": {"name": "Llama3_8B", "mode": "training", "batch_size": 96, "seq_len": 2048},
    "hardware": {"name": "H100", "nodes": 2},
}
VISION = {"workload": {"name": "ResNet50", "batch_size": 8}, "hardware": {"name": "A100"}}
SERVED = "tpot_ms,ttft_ms,cost_per_mtoken,throughput,memory_gib,carbon_t,tp,dp"
#: Every kind of plan and axis, with the metrics that are compared.
CASES: dict[str, tuple[dict, dict[str, Any], str]] = {
    "one chip": (ONE, {"batch_size": [1, 7, 64], "seq_len": [100, 5000]}, SERVED),
    "records": (ONE, {"hardware": "H100,A100,MI300X", "precision": "fp16,fp8"}, SERVED),
    "models": (ONE, {"model": "Llama3_8B,ResNet50,DLRM", "batch_size": [1, 32]}, "latency,tpot_ms"),
    "open layout": (CLUSTER, {"batch_size": [8, 100, 4096], "nodes": "1,2,3"}, SERVED),
    "regions": (CLUSTER, {"region": "Quebec,Poland", "utilisation": [0.3, 1.0]}, "carbon_t,tco_usd"),
    "given layout": (CLUSTER, {"tp": [1, 2, 8], "batch_size": [16, 512]}, "tpot_ms,link_ms,dp,pp"),
    "symbols": (ONE, {"mem_bandwidth": "1e12:8e12:3", "inputs.tdp": ["300 W", "700 W"]}, SERVED),
    "training": (TRAINING, {"batch_size": [16, 96], "seq_len": [1024, 4096]}, "latency,mfu,memory_gib"),
    "training links": (TRAINING, {"fabric_bandwidth": [10, 50, 400]}, "latency,mfu,dp,microbatch"),
    "modes": (TRAINING, {"mode": "inference,training", "batch_size": [8, 24]}, "latency,mfu,memory_gib,dp"),
    "vision": (VISION, {"batch_size": "1:64:log", "efficiency": [0.1, 0.3]}, "latency,throughput,mfu"),
    "prices": (ONE, {"price_per_hour": [1.5, 3.0], "batch_size": [1, 9]}, "cost_per_mtoken,tco_usd"),
}  # fmt: skip


def evaluated(plan: dict, values: dict[str, Any], names: list[str]) -> tuple[dict[str, float], str]:
    """The metrics of one point by an evaluation of its own."""
    try:
        own = Evaluation(Scenario(read_plan(with_values(plan, values))))
    except InputError:
        return dict.fromkeys(names, math.nan), "refused"
    found = {}
    for name in names:
        try:
            metric = resolve(name, own.metrics)
            answer = solve((metric.symbol,), own.scenario.given, own.scenario.options)
        except (NoEquation, InputError):
            found[name] = math.nan
        else:
            found[name] = answer[metric.symbol] * metric.scale
    return found, STATUSES[0] if own.fits else STATUSES[1] if own.fit_known else STATUSES[2]


def same(a: float, b: float) -> bool:
    return (a != a and b != b) or a == b or abs(a / b - 1) < 1e-12


@pytest.mark.parametrize("case", CASES)
def test_every_point_of_a_sweep_is_the_evaluation_of_that_point(case: str) -> None:
    plan, over, metrics = CASES[case]
    names = metrics.split(",")
    found = sweep(plan, over, metrics)
    for i in range(len(found)):
        values = {name: found[name][i] for name in over}
        expected, status = evaluated(plan, values, names)
        assert found["status"][i] == status
        for name in names:
            assert same(float(found[name][i]), expected[name]), (name, values)


@pytest.mark.parametrize("key", [key for _, key in DIRECT])
def test_an_array_in_the_place_of_a_number_changes_nothing(key: str) -> None:
    values = {"efficiency": [0.2, 0.9], "utilisation": [0.2, 0.9], "output_len": [0, 100]}.get(
        key, [1, 37, 800]
    )
    names = [
        "tpot_ms",
        "ttft_ms",
        "request_ms",
        "tco_usd",
        "energy_mwh",
        "memory_gib",
        "cost_per_mtoken",
        "link_ms",
    ]
    found = sweep({**CLUSTER, "parallelism": {"tp": 8, "pp": 2}}, {key: values}, names)
    for i, value in enumerate(values):
        expected, _ = evaluated({**CLUSTER, "parallelism": {"tp": 8, "pp": 2}}, {key: value}, names)
        assert all(same(float(found[name][i]), expected[name]) for name in names), value


@pytest.mark.native
@pytest.mark.parametrize("how", [how for how in HOW if how != "grid"])
def test_points_side_by_side_are_evaluations_in_the_order_given(how: str) -> None:
    over = {
        "hardware": ["H100", "A100", "H100", "A100"],
        "batch_size": [1, 2, 3, 4],
        "seq_len": [512] * 4,
    }
    found = sweep(ONE, over, "tpot_ms", how=how, points=6, seed=3)
    assert len(found) == (4 if how == "zip" else 6)
    if how == "zip":
        assert list(found["hardware"]) == over["hardware"]
    for i in range(len(found)):
        values = {name: found[name][i] for name in over}
        assert same(float(found["tpot_ms"][i]), evaluated(ONE, values, ["tpot_ms"])[0]["tpot_ms"])


@pytest.mark.native
def test_draws_lie_between_the_ends_and_a_latin_hypercube_has_one_in_each_stripe() -> None:
    over = {"batch_size": "1:1024:log", "utilisation": "0.1:0.9"}
    for how in ("random", "latin"):
        found = sweep(ONE, over, "tpot_ms", how=how, points=50, seed=1)
        assert min(found["batch_size"]) >= 1
        assert max(found["batch_size"]) <= 1024
        assert all(v == int(v) for v in found["batch_size"])
    stripes = sorted(int((u - 0.1) / 0.8 * 50) for u in found["utilisation"])
    assert stripes == list(range(50))
    again = sweep(ONE, over, "tpot_ms", how="latin", points=50, seed=1)
    assert list(again["tpot_ms"]) == list(found["tpot_ms"])


def test_rows_follow_the_axes_with_records_slowest() -> None:
    found = sweep(ONE, {"batch_size": [1, 2], "hardware": ["H100", "A100"]}, "tpot_ms")
    got = list(zip(found["hardware"], found["batch_size"]))
    assert got == list(product(["H100", "A100"], [1, 2]))


def test_a_combination_that_no_chip_has_is_refused_and_the_others_are_answered() -> None:
    found = sweep(ONE, {"hardware": "H100,A100", "precision": "fp16,fp8"}, "tpot_ms")
    assert list(found["status"]) == ["fits", "fits", "fits", "refused"]
    assert [v == v for v in found["tpot_ms"]] == [True, True, True, False]
    assert sum(found.refused.values()) == 1
    assert "A100 states no dense peak for 'fp8'" in next(iter(found.refused))


def test_the_best_point_fits() -> None:
    plan = {"workload": {"name": "Llama3_70B"}, "hardware": {"name": "H100"}}
    found = sweep(
        plan, {"hardware": "H100,H200,MI300X", "batch_size": [1, 8]}, "latency,throughput"
    )
    assert "does not fit" in found["status"]
    assert found.best("throughput")["status"] == "fits"
    assert found.best("throughput")["batch_size"] == 8


@pytest.mark.parametrize(
    ("over", "metrics", "words"),
    [
        ({"batch_sise": [1]}, "tpot_ms", "did you mean 'batch_size'"),
        ({"batch_size": [1]}, "tpt_ms", "did you mean 'tpot_ms'"),
        ({"batch_size": [0]}, "tpot_ms", "must be at least 1"),
        ({"batch_size": [1.5]}, "tpot_ms", "is not a whole number"),
        ({"batch_size": "5:1"}, "tpot_ms", "5 is not below 1"),
        ({"batch_size": "1:8:lgo"}, "tpot_ms", "is not of the form"),
        ({"batch_size": "1,,8"}, "tpot_ms", "has no value, or an empty one"),
        ({"batch_size": []}, "tpot_ms", "has no value"),
        ({"hardware": "H100,H1O0"}, "tpot_ms", ""),
        ({"utilisation": "0.1:1.4"}, "tpot_ms", "must be at most 1"),
        ({"utilisation": [float("nan")]}, "tpot_ms", "not"),
        ({"output_len": "0:100:log"}, "tpot_ms", "starts above 0"),
        ({"batch_size": [1], "workload.batch_size": [2]}, "tpot_ms", "two axes set"),
        ({"batch_size": [*range(1, 300), 2.5]}, "tpot_ms", "is not a whole number"),
        ({}, "tpot_ms", "nothing is varied"),
        ({"tp": [1]}, "tp", "is an axis too"),
        ({"mem_bandwidth": ["3 GB"]}, "tpot_ms", "cannot be turned into"),
    ],
)
def test_malformed_axes_are_one_sentence(over: dict[str, Any], metrics: str, words: str) -> None:
    if over == {"hardware": "H100,H1O0"}:  # one of two is refused: the sweep goes on and says so
        assert "did you mean" in next(iter(sweep(ONE, over, metrics).refused))
        return
    with pytest.raises(InputError, match=r"^[^\n]+$") as caught:
        sweep(ONE, over, metrics)
    assert words in str(caught.value)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=4), st.integers(1, 40))
def test_boxes_cover_a_grid_once_and_in_order(lengths: list[int], most: int) -> None:
    seen: list[tuple[int, ...]] = []
    for box in boxes(lengths, most):
        points = list(product(*(range(n)[part] for n, part in zip(lengths, box))))
        assert len(points) <= max(most, 1)
        seen += points
    assert seen == list(product(*map(range, lengths)))


def test_lengths_that_differ_cannot_go_side_by_side() -> None:
    with pytest.raises(InputError, match="of one length; batch_size has 2, seq_len has 3"):
        sweep(ONE, {"batch_size": [1, 2], "seq_len": [1, 2, 3]}, "tpot_ms", how="zip")


def test_a_plan_s_headlines_are_the_metrics_where_none_is_named() -> None:
    found = sweep(ONE, {"batch_size": [1, 2]})
    assert {"tpot_ms", "ttft_ms", "throughput", "tco_usd"} <= set(found.columns)
    assert found.units["tpot_ms"] == "ms"


@pytest.mark.native
@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_columns_become_a_frame(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip(library)
    import builtins

    real = builtins.__import__
    other = {"pandas": "polars", "polars": "pandas"}[library]

    def one_only(name: str, *rest: Any) -> Any:
        if name == other:
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", one_only)
    found = sweep(ONE, {"batch_size": [1, 2]}, "tpot_ms")
    frame = found.frame()
    assert type(frame).__module__.startswith(library)
    assert list(frame["tpot_ms"]) == list(found["tpot_ms"])


def test_ready_scenarios_can_be_swept() -> None:
    found = sweep(mlsysim.Scenarios.Doorbell, {"batch_size": [1, 2]}, "latency,memory_load")
    assert all(v > 0 for v in found["latency"])
