"""The cheapest service that keeps its targets: the same as by brute force, and its queues as simulated."""

from __future__ import annotations

import heapq
import math
import random
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsysim.core.errors import InputError
from mlsysim.core.graph import solve
from mlsysim.core.solver.keys import with_values
from mlsysim.core.solver.optima import batching as module
from mlsysim.core.solver.optima.batching import batching
from mlsysim.plan import read_plan
from mlsysim.scenario import Scenario

pytestmark = pytest.mark.native
PLAN = {
    "workload": {"name": "Llama3_8B", "seq_len": 512, "output_len": 64},
    "hardware": {"name": "H100"},
}


def brute_force(qps: float, ttft: float, tpot: float, most_chips: int, slots: int) -> float:
    """The least cost over every layout, batch and count of replicas, each solved on its own."""
    scenario = Scenario(read_plan(with_values(PLAN, {"accelerators": 1, "prefill_batch": 1})))
    best = math.inf
    for tp, pp, batch, replicas in product(
        (1, 2, 4), range(1, 5), range(1, slots + 1), range(1, 40)
    ):
        if tp * pp > most_chips:
            continue
        degrees = {
            "tp": tp,
            "pp": pp,
            "dp": replicas,
            "ep": 1,
            "cp": 1,
            "microbatch": 1,
            "virtual_stages": 1,
        }
        own = {"batch": batch * replicas, "prefill_batch": replicas, "chips": tp * pp * replicas}
        load = {"arrival_rate": qps, "percentile_share": 0.95}
        everything = {**scenario.given, **degrees, **own, **load}
        options = {**scenario.options, "zero": "0", "recompute": "none"}
        wanted = ("ttft_percentile", "served_tpot", "memory_load", "tco")
        found = solve(
            wanted,
            {k: float(v) if isinstance(v, int) else v for k, v in everything.items()},
            options,
        )
        if (
            found["ttft_percentile"] <= ttft
            and found["served_tpot"] <= tpot
            and found["memory_load"] <= 1
        ):
            best = min(best, found["tco"])
    return best


@settings(max_examples=6, deadline=None)
@given(st.floats(1, 60), st.floats(0.02, 0.3), st.floats(0.005, 0.02))
def test_the_optimum_is_that_of_brute_force(qps: float, ttft: float, tpot: float) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST_SLOTS", 6)
        found = batching(PLAN, ttft=ttft, tpot=tpot, qps=qps, percentile=0.95, most_chips=4)
    expected = brute_force(qps, ttft, tpot, 4, 6)
    if found.best is None:
        assert expected == math.inf
        assert found.exit_code == 4
        assert found.relax
    else:
        assert found.best["tco_usd"] == pytest.approx(expected, rel=1e-9)


def test_a_target_below_one_prefill_says_which_target_to_relax() -> None:
    found = batching(PLAN, ttft=1e-4, tpot=0.05, qps=5)
    assert found.best is None
    (relaxed,) = found.relax
    assert relaxed.bound.metric.name == "ttft_percentile_ms"
    assert relaxed.needed > 0.1
    again = batching(PLAN, ttft=relaxed.needed * 1.5 / 1e3, tpot=0.05, qps=5)
    assert again.best is not None


def test_the_chips_of_a_plan_are_the_most_there_are() -> None:
    few = {**PLAN, "hardware": {"name": "H100", "accelerators": 2}}
    found = batching(few, ttft=0.2, tpot=0.02, qps=500)
    assert found.best is None
    assert "accelerators: from 2 to" in " ".join(map(str, found.relax))


def test_more_requests_never_cost_less() -> None:
    costs = [batching(PLAN, ttft=0.2, tpot=0.02, qps=qps).best["tco_usd"] for qps in (1, 10, 100)]  # type: ignore[index]
    assert costs == sorted(costs)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ttft": 0.0}, "ttft: 0.0 must be above 0"),
        ({"qps": float("nan")}, "qps: nan must be above 0"),
        ({"percentile": 1.0}, "percentile: 1.0 must lie between 0 and 1"),
        ({"objective": "tco_ussd"}, "did you mean 'tco_usd'"),
    ],
)
def test_malformed_targets_are_one_sentence(change: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as caught:
        batching(PLAN, **{"ttft": 0.2, "tpot": 0.02, "qps": 1.0, **change})
    assert words in str(caught.value)


def test_only_a_language_model_is_batched_so() -> None:
    vision = {"workload": {"name": "ResNet50"}, "hardware": {"name": "H100"}}
    with pytest.raises(InputError, match="only a language model"):
        batching(vision, ttft=0.1, tpot=0.1, qps=1)


def waits(servers: int, rate: float, service: Any, count: int, seed: int) -> list[float]:
    """Times in the queue of requests that arrive at random, first come first served: a simulation, the oracle."""
    source = random.Random(seed)
    free, now, found = [0.0] * servers, 0.0, []
    heapq.heapify(free)
    for _ in range(count):
        now += source.expovariate(rate)
        start = max(now, heapq.heappop(free))
        found.append(start - now)
        heapq.heappush(free, start + service(source))
    return sorted(found[count // 10 :])


@pytest.mark.parametrize(("slots", "load"), [(1, 0.7), (8, 0.8), (32, 0.9)])
def test_the_wait_for_a_slot_is_that_of_a_simulation(slots: int, load: float) -> None:
    hold = 4.0
    rate = load * slots / hold
    simulated = waits(slots, rate, lambda source: source.expovariate(1 / hold), 400_000, 1)
    known = {
        "slot_time": hold,
        "replica_slots": float(slots),
        "replica_arrival_rate": rate,
        "percentile_share": 0.99,
    }
    got = solve(("slot_wait_percentile",), known)["slot_wait_percentile"]
    assert got == pytest.approx(simulated[int(0.99 * len(simulated))], rel=0.1)


@pytest.mark.parametrize(("load", "longer"), [(0.3, 1.21), (0.6, 1.14), (0.9, 1.06)])
def test_the_wait_of_prompts_for_prompts_is_that_of_a_simulation_or_somewhat_longer(
    load: float, longer: float
) -> None:
    simulated = waits(1, load / 0.1, lambda source: 0.1, 400_000, 2)
    known = {"prompt_time": 0.1, "replica_arrival_rate": load / 0.1, "percentile_share": 0.99}
    got = solve(("prompt_percentile",), known)["prompt_percentile"]
    assert 0.97 < got / (0.1 + simulated[int(0.99 * len(simulated))]) < longer
