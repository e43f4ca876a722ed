"""The search of all layouts, against one layout after another."""

from __future__ import annotations

from itertools import product
from time import process_time
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from mlsysim.core.errors import InputError
from mlsysim.core.graph import OPTIONS, solve
from mlsysim.core.solver.optima import losses
from mlsysim.core.solver.optima.layouts import COLUMNS
from mlsysim.core.solver.optima.optimum import Optimum
from mlsysim.core.solver.optima.parallelism import laid, parallelism
from mlsysim.evaluation import EXIT_INFEASIBLE, Evaluation
from mlsysim.plan import read_plan
from mlsysim.scenario import Scenario

pytestmark = pytest.mark.native
SMALL = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
MOST = 4000  # layouts that are compared one by one
CHIPS = (1, 2, 4, 5, 6, 8, 9, 12, 16, 18, 20, 24)


class Layout(NamedTuple):
    """One layout of the enumeration below, which knows the rules and nothing else."""

    tp: int
    cp: int
    pp: int
    dp: int
    ep: int
    microbatch: int
    virtual_stages: int
    zero: str
    recompute: str


def _every(scenario: Scenario, fixed: dict[str, Any]) -> list[Layout]:
    """All layouts, by trying all numbers."""
    given, training = scenario.given, scenario.training
    chips, layers, heads = (int(given[name]) for name in ("chips", "layers", "heads"))
    experts = int(given["experts"]) if scenario.options["mlp"] == "moe" else 1
    upto = range(1, chips + 1)
    found = []
    for tp, cp, pp in product(upto, upto if training else (1,), upto):
        if chips % (tp * cp * pp) or heads % tp or pp > layers:
            continue
        if cp > 1 and (given["seq_len"] % (2 * cp) or _straddles(tp * cp, chips)):
            continue
        if _straddles(tp, chips):
            continue
        dp = chips // (tp * cp * pp)
        share = -(-int(given["batch"]) // dp)
        for ep in (e for e in range(1, dp * cp + 1) if dp * cp % e == 0 and experts % e == 0):
            if ep > 1 and _straddles(tp * ep, chips):
                continue
            if not training:
                found.append(Layout(tp, cp, pp, dp, ep, 1, 1, "0", "none"))
                continue
            for size, v in product(range(1, share + 1), range(1, layers + 1)):
                count = -(-share // size)
                if v > 1 and (pp == 1 or -(-layers // pp) % v or count % pp):
                    continue
                pairs = product(OPTIONS["zero"], OPTIONS["recompute"])
                found += [Layout(tp, cp, pp, dp, ep, size, v, z, r) for z, r in pairs]
    return [one for one in found if all(str(getattr(one, n)) == str(v) for n, v in fixed.items())]


def _straddles(span: int, chips: int) -> bool:
    """Whether some group of neighbours would lie in two nodes of eight without filling one."""
    return span < 8 < chips and 8 % span > 0


def _alone(scenario: Scenario, layout: Layout) -> tuple[float, float]:
    """Time of a step and memory, of one layout by itself."""
    columns = {name: float(value) for name, value in layout._asdict().items() if name in COLUMNS}
    options = {**scenario.options, "zero": layout.zero, "recompute": layout.recompute}
    got = solve(("step_time", "memory_load"), {**scenario.given, **columns}, options)
    return got["step_time"], got["memory_load"]


@st.composite
def small_plans(draw: Any) -> dict[str, Any]:
    """A model of few layers on up to 24 chips, with so much memory that some layouts do not fit."""
    training = draw(st.sampled_from([True, True, True, False]))
    model = draw(st.sampled_from(["Llama3_8B", "Mixtral_8x7B", "GPT2_Small"]))
    heads = draw(st.sampled_from([3, 4, 6, 8, 12]))
    inputs: dict[str, Any] = {"layers": draw(st.integers(2, 8)), "heads": heads, "kv_heads": heads}
    inputs["mem_capacity"] = f"{draw(st.sampled_from([1, 2, 4, 7, 12, 20, 35, 80]))} GB"
    fixed = {}
    if training:
        fixed = draw(
            st.sampled_from(
                [{}, {"zero": 1}, {"recompute": "selective"}, {"zero": 3, "recompute": "full"}]
            )
        )
    if draw(st.sampled_from([False, False, True])):
        fixed = {**fixed, "pp": draw(st.integers(1, 2))}
    return {
        "workload": {
            "name": model,
            "mode": "training" if training else "inference",
            "batch_size": draw(st.sampled_from([1, 5, 6, 7, 8, 12, 13])),
            "seq_len": draw(st.sampled_from([24, 48, 128, 1000, 1024])),
        },
        "hardware": {"name": "H100", "accelerators": draw(st.sampled_from(CHIPS))},
        "parallelism": fixed,
        "inputs": inputs,
    }


@SMALL
@given(plan=small_plans())
def test_the_best_of_all_layouts_is_that_of_comparing_them_one_by_one(plan: dict) -> None:
    scenario = Scenario(read_plan(plan))
    every = _every(scenario, plan["parallelism"])
    assume(len(every) <= MOST)
    if not every:
        with pytest.raises(InputError, match="parallelism"):
            parallelism(plan)
        return
    found = parallelism(plan)
    answered = {layout: _alone(scenario, layout) for layout in every}
    fitting = {layout: time for layout, (time, load) in answered.items() if load <= 1}
    assert len(fitting) >= found.feasible > 0 or not fitting
    if not fitting:
        assert found.exit_code == EXIT_INFEASIBLE
        least = min(load for _, load in answered.values())
        assert found.relax[0].needed == pytest.approx(least, rel=1e-9)
        return
    assert found.best is not None
    best = Layout(*(found.best.get(n, 1) for n in COLUMNS), *_options(found.best))
    assert fitting[best] == pytest.approx(min(fitting.values()), rel=1e-12)
    assert found.best["latency"] == pytest.approx(fitting[best] * 1e3, rel=1e-12)
    assert found.best["memory_load"] == pytest.approx(answered[best][1], rel=1e-12)


def _options(row: dict[str, Any]) -> tuple[str, str]:
    return str(row.get("zero", 0)), row.get("recompute", "none")


LLAMA_405B = {
    "workload": {"name": "Llama3_405B", "mode": "training", "batch_size": 2048, "seq_len": 8192},
    "hardware": {"name": "H100", "accelerators": 16384},
}
ODD = {
    "workload": {"name": "Llama3_8B", "mode": "training", "batch_size": 60},
    "hardware": {"name": "H100", "accelerators": 24},
}


def test_the_layouts_of_llama_3_405b_take_less_than_five_seconds() -> None:
    start = process_time()
    found = parallelism(LLAMA_405B)
    spent = process_time() - start
    assert spent < 5
    assert found.compared / spent > 1e5
    assert found.compared > 300_000
    assert len(found.rows) == 10


@pytest.mark.parametrize("plan", [ODD, LLAMA_405B], ids=["24 chips", "16,384 chips"])
def test_the_best_layout_is_evaluated_as_it_was_found(plan: dict[str, Any]) -> None:
    found = parallelism(plan)
    for row in found.rows[:3]:
        layout = {name: row.get(name, 1) for name in (*COLUMNS, "zero", "recompute")}
        scenario = Scenario(read_plan({**plan, "parallelism": layout}))
        evaluation = Evaluation(scenario)
        assert evaluation.values["step_time"] * 1e3 == pytest.approx(row["latency"], rel=1e-12)
        assert evaluation.values["mfu"] == pytest.approx(row["mfu"], rel=1e-12)
        assert evaluation.fits


def test_no_chosen_layout_of_an_evaluation_is_faster_than_the_best() -> None:
    chosen = Evaluation(Scenario(read_plan(ODD)))
    found = parallelism(ODD)
    assert found.best is not None
    assert found.best["latency"] <= chosen.values["step_time"] * 1e3 * (1 + 1e-12)


def _rows(found: Optimum) -> list[dict[str, Any]]:
    return [*found.rows, *found.front, *(row for part in found.sections for row in part.rows)]


def test_without_arrays_the_search_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = {**ODD, "parallelism": {"pp": 3, "recompute": "selective"}}
    at_once = parallelism(plan)
    monkeypatch.setattr("mlsysim.core.solver.optima.parallelism.numpy_or_none", lambda: None)
    alone = parallelism(plan)
    assert (alone.compared, alone.feasible) == (at_once.compared, at_once.feasible)
    assert [row["why"] for row in alone.rows] == [row["why"] for row in at_once.rows]
    for one, other in zip(_rows(alone), _rows(at_once)):
        assert list(one) == list(other)
        for name, value in one.items():
            same = value if isinstance(value, str) else pytest.approx(value, rel=1e-12)
            assert other[name] == same


def test_what_the_plan_gives_is_kept() -> None:
    asked = {"tp": 2, "zero": 2, "microbatch": 1, "virtual_stages": 2, "pp": 2}
    found = parallelism({**ODD, "parallelism": asked})
    assert found.rows
    for row in (*found.rows, *found.front):
        assert {name: row[name] for name in asked} == asked


def test_the_first_rows_differ_in_their_degrees_and_get_slower() -> None:
    rows = parallelism(ODD).rows
    degrees = [tuple(row[name] for name in ("tp", "cp", "pp", "dp")) for row in rows]
    assert len(set(degrees)) == len(rows) == 10
    times = [row["latency"] for row in rows]
    assert times == sorted(times)


def test_no_point_of_the_front_beats_another() -> None:
    found = parallelism(ODD, front="latency,memory_gib,bubble_share")
    points = [tuple(row[metric.name] for metric in found.front_of) for row in found.front]
    assert found.best is not None
    assert min(point[0] for point in points) == found.best["latency"]
    for one, other in product(points, repeat=2):
        assert one == other or not all(a <= b for a, b in zip(one, other))


def test_what_makes_a_layout_slower_adds_up_to_how_much_slower_it_is() -> None:
    for plan in (ODD, {**ODD, "workload": {"name": "Mixtral_8x7B", "batch_size": 96}}):
        found, scenario = parallelism(plan), Scenario(read_plan(plan))
        assert found.best is not None
        best = losses.terms(*laid(scenario, found.best))
        for row in found.rows[1:]:
            shares = losses.shares(losses.terms(*laid(scenario, row)), best)
            assert sum(shares.values()) == pytest.approx(row["latency"] / found.best["latency"] - 1)


def test_a_faster_layout_that_does_not_fit_says_how_far_it_is_over() -> None:
    beyond = parallelism(LLAMA_405B).sections[0]
    assert beyond.rows
    assert all(row["memory_load"] > 1 for row in beyond.rows)
    assert all(f"memory {row['memory_load']:.2f} times over" in row["why"] for row in beyond.rows)


def test_where_no_layout_keeps_an_assert_the_answer_says_what_would_do() -> None:
    plan = {**ODD, "constraints": {"assert": [{"metric": "performance.mfu", "min": 0.9}]}}
    found = parallelism(plan)
    best = parallelism(ODD, "mfu").best
    assert best is not None
    assert found.exit_code == EXIT_INFEASIBLE
    assert found.feasible == 0
    assert [(r.bound.metric.name, r.alone) for r in found.relax] == [("mfu", True)]
    assert found.relax[0].needed == pytest.approx(best["mfu"])
    assert "is below 0.9" in found.notes[-1]


def test_any_metric_may_be_the_aim() -> None:
    cheap = parallelism({**ODD, "ops": {"region": "Quebec"}}, "energy_per_token_j")
    fast = parallelism({**ODD, "ops": {"region": "Quebec"}}, front="latency,energy_per_token_j")
    assert cheap.best is not None
    assert fast.best is not None
    assert cheap.objective.name == "energy_per_token_j"
    least = min(row["energy_per_token_j"] for row in fast.front)
    assert cheap.best["energy_per_token_j"] == pytest.approx(least)
    with pytest.raises(InputError, match="speed"):
        parallelism(ODD, "speed")


def test_the_command_prints_the_search() -> None:
    from command_line import run

    result = run("optimize", "parallelism", "Llama3_8B", "H100", "--nodes", "1", "--top", "2")
    assert result.exit_code == 0
    assert "Not beaten in latency against memory_gib" in result.stdout
    told = run("optimize", "parallelism", "Llama3_405B", "H100", "--nodes", "1", "-o", "json")
    assert told.exit_code == EXIT_INFEASIBLE
    assert '"problem": "parallelism"' in told.stdout
