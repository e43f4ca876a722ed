"""Properties of whole evaluations: units, batches, regions, layouts, memory, and all records."""

from __future__ import annotations

import json
import re
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mlsysim
from mlsysim.core.errors import InputError
from mlsysim.core.records import Record
from mlsysim.evaluation import EXIT_ASSERT, EXIT_INFEASIBLE, EXIT_OK, Evaluation
from mlsysim.hardware import Hardware
from mlsysim.layout import candidates
from mlsysim.models import Models
from mlsysim.plan import Plan
from mlsysim.scenario import Scenario

FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
LLAMA, H100 = Models.find("Llama3_8B"), Hardware.find("H100")


def evaluate(model: Record | str = LLAMA, chip: Record | str = H100, **plan: Any) -> Evaluation:
    return mlsysim.SystemEvaluator.evaluate("test", model, chip, **plan)


def comparable(evaluation: Evaluation) -> dict[str, Any]:
    """The numbers of an evaluation."""
    return {
        lens: evaluation.to_dict()[lens]["metrics"]
        for lens in ("feasibility", "performance", "macro")
    }


def close(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(
        (a is None and other[lens][name] is None) or a == pytest.approx(other[lens][name], rel=1e-9)
        for lens, metrics in one.items()
        for name, a in metrics.items()
    )


# ---- units of public inputs
#: Every input of a plan with a unit, a base value, and another unit with what one of it is.
OTHER_UNITS = {
    "fabric_bandwidth": (
        50,
        [("Gbit/s", 8), ("TB/s", 1e-3), ("GB/s", 1), ("byte/s", 1e9), ("B/us", 1e3)],
    ),
    "duration_days": (
        14,
        [("hour", 24), ("day", 1), ("week", 1 / 7), ("s", 86400), ("year", 1 / 365)],
    ),
    "price_per_hour": (
        2,
        [("USD/hour", 1), ("USD/day", 24), ("USD/s", 1 / 3600), ("EUR/hour", 1 / 1.08)],
    ),
    "utilisation": (0.5, [("%", 100)]),
    "efficiency": (0.4, [("%", 100)]),
}


def _measures() -> set[str]:
    """Every key of a plan that takes a number or text with a unit, asserts aside."""
    parts = [part for name, part in Plan.model_json_schema()["$defs"].items() if name != "Assert"]
    keys = [(key, json.dumps(entry)) for part in parts for key, entry in part["properties"].items()]
    return {key for key, text in keys if '{"type": "number"}, {"type": "string"}' in text}


def test_every_input_with_a_unit_is_held_to_it() -> None:
    assert _measures() == set(OTHER_UNITS)


@pytest.mark.parametrize(
    ("key", "text", "times"),
    [(key, text, times) for key, (_, others) in OTHER_UNITS.items() for text, times in others],
)
@settings(max_examples=5, deadline=None)
@given(share=st.floats(0.1, 1.0))
def test_an_input_means_the_same_in_any_unit(
    key: str, text: str, times: float, share: float
) -> None:
    base = OTHER_UNITS[key][0] * share
    plain = evaluate(batch_size=16, nodes=2, **{key: base})
    other = evaluate(batch_size=16, nodes=2, **{key: f"{base * times!r} {text}"})
    assert close(comparable(plain), comparable(other))


@pytest.mark.parametrize("key", OTHER_UNITS)
@pytest.mark.parametrize(
    "wrong", ["50 kg", "5 furlong", "nan", "", "inf", "5 GB/s/s", [1], None, {}]
)
def test_a_wrong_unit_is_an_error_that_names_the_field(key: str, wrong: Any) -> None:
    if wrong is None:
        return
    with pytest.raises(InputError, match=key):
        evaluate(**{key: wrong})


@pytest.mark.native
def test_an_input_may_be_a_pint_quantity() -> None:
    from mlsysim.core.units import quantity

    plain, other = evaluate(duration_days=14), evaluate(duration_days=quantity(336, "hour"))
    assert close(comparable(plain), comparable(other))


@pytest.mark.parametrize(
    ("bound", "code"), [("50 ms", EXIT_OK), ("0.05 s", EXIT_OK), ("1 us", EXIT_ASSERT)]
)
def test_an_assert_takes_any_unit_of_its_metric(bound: str, code: int) -> None:
    evaluation = evaluate(asserts=[{"metric": "performance.latency", "max": bound}])
    assert evaluation.exit_code == code


def test_an_assert_on_nothing_names_the_metrics_there_are() -> None:
    with pytest.raises(
        InputError, match=r"performance\.latenci.*did you mean 'performance\.latency'"
    ):
        _ = evaluate(asserts=[{"metric": "performance.latenci", "max": 5}]).exit_code


# ---- the same, more, elsewhere
@FEW
@given(
    batch=st.integers(1, 4096),
    length=st.integers(1, 16384),
    nodes=st.integers(1, 8),
    mode=st.sampled_from(["inference", "training"]),
)
def test_a_plan_evaluated_twice_gives_the_same(
    batch: int, length: int, nodes: int, mode: str
) -> None:
    plan = {"batch_size": batch, "seq_len": length, "nodes": nodes, "mode": mode}
    assert evaluate(**plan).to_json() == evaluate(**plan).to_json()


@FEW
@given(batch=st.integers(1, 2000), more=st.integers(1, 2000), length=st.integers(1, 8192))
def test_a_larger_batch_never_takes_less_memory_or_time(batch: int, more: int, length: int) -> None:
    small = evaluate(batch_size=batch, seq_len=length).values
    large = evaluate(batch_size=batch + more, seq_len=length).values
    assert large["memory_load"] >= small["memory_load"]
    assert large["step_time"] >= small["step_time"] * (1 - 1e-9)
    assert large["ttft"] >= small["ttft"] * (1 - 1e-9)


@FEW
@given(batch=st.integers(1, 500), length=st.integers(1, 8000), more=st.integers(1, 8000))
def test_a_longer_context_never_takes_less_memory_or_time(
    batch: int, length: int, more: int
) -> None:
    short, long = (evaluate(batch_size=batch, seq_len=n).values for n in (length, length + more))
    assert long["memory_load"] >= short["memory_load"]
    assert long["step_time"] >= short["step_time"] * (1 - 1e-9)
    assert long["ttft"] >= short["ttft"] * (1 - 1e-9)


def test_a_region_changes_carbon_and_cost_and_nothing_else() -> None:
    quebec, poland = (evaluate(region=name) for name in ("Quebec", "Poland"))
    for symbol in ("operational_carbon", "power_cost", "tco"):
        assert poland.values[symbol] > quebec.values[symbol]
    ratio = poland.values["operational_carbon"] / quebec.values["operational_carbon"]
    assert ratio == pytest.approx(661.926 / 5.48, rel=1e-6)
    for symbol in ("energy", "water", "step_time", "memory_load", "chip_cost"):
        assert poland.values[symbol] == quebec.values[symbol]


def test_a_facility_changes_energy_and_water() -> None:
    average, google = evaluate(), evaluate(facility="Google")
    assert google.values["energy"] < average.values["energy"]
    assert google.values["water"] != average.values["water"]


def test_twice_the_time_takes_twice_the_energy_and_cost() -> None:
    one, two = evaluate(duration_days=10).values, evaluate(duration_days=20).values
    for symbol in ("energy", "operational_carbon", "water", "tco", "chip_cost", "embodied_carbon"):
        assert two[symbol] == pytest.approx(2 * one[symbol], rel=1e-9)
    assert two["token_cost"] == pytest.approx(one["token_cost"], rel=1e-9)


@FEW
@given(efficiency=st.floats(0.05, 1.0))
def test_a_given_efficiency_is_the_share_of_the_peak_in_the_arithmetic(efficiency: float) -> None:
    evaluation = evaluate(batch_size=64, efficiency=efficiency)
    reached = evaluation.values["compute_time"] * efficiency
    assert reached == pytest.approx(evaluate(batch_size=64, efficiency=1.0).values["compute_time"])


# ---- batches, shapes and layouts
@FEW
@given(batch=st.integers(1, 200), dp=st.sampled_from([1, 2, 4, 8]))
def test_a_batch_that_does_not_divide_is_rounded_up_on_a_replica(batch: int, dp: int) -> None:
    shape = {"accelerators": dp, "tp": 1, "pp": 1, "dp": dp}
    odd, whole = (evaluate(batch_size=b, **shape).values for b in (batch, -(-batch // dp) * dp))
    assert odd["step_time"] == pytest.approx(whole["step_time"])
    assert odd["memory_load"] == pytest.approx(whole["memory_load"])
    assert odd["token_rate"] == pytest.approx(whole["token_rate"] * batch / (-(-batch // dp) * dp))


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        ({"nodes": 1, "tp": 3}, "tp: 3 does not divide the 32 heads"),
        ({"accelerators": 48, "tp": 3, "pp": 16}, "tp: 3"),
        ({"accelerators": 33, "pp": 33}, "pp: 33 stages are more than the 32 layers"),
        ({"nodes": 1, "tp": 2, "pp": 2, "dp": 4}, "16 does not fit 8"),
        ({"nodes": 1, "tp": 2, "pp": 1, "dp": 2}, "4 does not fit 8"),
        ({"nodes": 1, "dp": 3}, "does not fit"),
        ({"nodes": 1, "ep": 2}, "no experts"),
        ({"nodes": 1, "accelerators": 9}, "do not fit"),
        ({"tp": 0}, "tp"),
        ({"tp": -1}, "tp"),
        ({"tp": 1.5}, "tp"),
        ({"zero": 4}, "zero"),
        ({"recompute": "some"}, "recompute"),
    ],
)
def test_an_impossible_shape_is_an_error_that_says_why(shape: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=re.escape(says)):
        evaluate(batch_size=64, **shape)


def test_only_data_parallelism_splits_a_network_without_uniform_layers() -> None:
    with pytest.raises(InputError, match="only dp applies"):
        evaluate("ResNet50", nodes=1, tp=2)
    with pytest.raises(InputError, match="does not divide the 8 experts"):
        evaluate("Mixtral_8x7B", nodes=2, ep=16)


FLEETS = (
    ("Llama3_8B", {"mode": "training", "batch_size": 64, "nodes": 1}),
    ("Llama3_8B", {"batch_size": 48, "nodes": 1}),
    ("Llama3_70B", {"mode": "training", "batch_size": 128, "nodes": 4}),
    ("Mixtral_8x7B", {"mode": "training", "batch_size": 64, "nodes": 2}),
    ("Llama3_70B", {"batch_size": 8, "nodes": 2}),
    ("ResNet50", {"mode": "training", "batch_size": 256, "accelerators": 4}),
)


@pytest.mark.parametrize(("model", "plan"), FLEETS, ids=[f"{m} {p}" for m, p in FLEETS])
def test_no_layout_given_by_hand_is_faster_than_the_one_chosen(model: str, plan: dict) -> None:
    chosen = evaluate(model, **plan)
    assert chosen.fits
    training = plan.get("mode") == "training"
    rows = list(candidates(chosen.scenario))
    options = list(product((1, 3), ("selective", "full"))) if training else [(None, None)]
    assert chosen.layouts == len(rows) * len(options)
    for (tp, pp, dp, ep, microbatch), (zero, recompute) in product(rows, options):
        sizes = {"microbatch": microbatch, "zero": zero, "recompute": recompute} if training else {}
        other = evaluate(model, **plan, tp=tp, pp=pp, dp=dp, ep=ep, **sizes)
        if other.fits:
            assert other.values["step_time"] >= chosen.values["step_time"] * (1 - 1e-9)


# ---- does it fit
def test_what_does_not_fit_is_a_result_that_names_the_wall() -> None:
    evaluation = evaluate("Llama3_70B")
    answer = evaluation.to_dict()
    assert evaluation.exit_code == answer["exit_code"] == EXIT_INFEASIBLE
    assert answer["feasibility"]["status"] == "FAIL"
    assert answer["performance"]["status"] == answer["macro"]["status"] == "INFEASIBLE"
    assert "wall 2 (Memory) is broken" in answer["feasibility"]["summary"]
    assert answer["feasibility"]["metrics"]["memory_load"] > 1


def test_infeasible_weighs_more_than_a_violated_assert() -> None:
    evaluation = evaluate("Llama3_70B", asserts=[{"metric": "performance.latency", "max": 1e-6}])
    assert evaluation.violations
    assert evaluation.exit_code == EXIT_INFEASIBLE


def test_a_missing_price_makes_its_lines_unknown_and_says_which_figure_is_missing() -> None:
    unpriced = next(
        c
        for c in Hardware
        if "chip_price" not in c and "node" in c.traits and c.traits.get("form") == "gpu"
    )
    macro = evaluate(chip=unpriced).to_dict()["macro"]
    assert macro["metrics"]["tco_usd"] is None
    assert macro["metrics"]["hardware_usd"] is None
    assert macro["metrics"]["electricity_usd"] > 0
    assert macro["status"] == "NOT KNOWN"
    assert any(
        line.startswith("tco_usd is not known") and "chip_price" in line
        for line in macro["assumptions"]
    )


def test_rent_takes_the_place_of_all_cost_lines() -> None:
    values = evaluate(nodes=1, price_per_hour=2.0, duration_days=10).values
    assert values["tco"] == values["rent_cost"] == pytest.approx(2.0 * 8 * 240)


@pytest.mark.parametrize("model", ["Llama3_8B", "Mixtral_8x7B"])
def test_zero_stages_share_out_state_gradients_and_weights(model: str) -> None:
    plan = {
        "mode": "training",
        "batch_size": 64,
        "nodes": 1,
        "tp": 1,
        "pp": 1,
        "dp": 8,
        "ep": 1,
        "microbatch": 1,
    }
    stages = [evaluate(model, **plan, zero=zero, recompute="full").values for zero in range(4)]
    shared = {"optimizer_bytes": 1, "gradient_bytes": 2, "weight_bytes": 3}
    for symbol, stage in shared.items():
        for zero in range(4):
            divided = 8 if zero >= stage else 1
            assert stages[zero][symbol] * divided == pytest.approx(stages[0][symbol])
    loads = [stage["memory_load"] for stage in stages]
    assert loads == sorted(loads, reverse=True)
    assert len(set(loads)) == 4


def test_recomputation_costs_hardware_work_and_no_model_work() -> None:
    plan = {
        "mode": "training",
        "batch_size": 64,
        "nodes": 1,
        "tp": 8,
        "pp": 1,
        "dp": 1,
        "microbatch": 1,
        "zero": 1,
    }
    none, selective, full = (
        evaluate(**plan, recompute=r).values for r in ("none", "selective", "full")
    )
    for one in (none, selective, full):
        work = one["mfu"] * one["step_time"]
        assert work == pytest.approx(none["mfu"] * none["step_time"])
    assert none["hfu"] == pytest.approx(none["mfu"])
    assert full["hfu"] == pytest.approx(full["mfu"] * 4 / 3)
    assert 1 < selective["hfu"] / selective["mfu"] < 4 / 3
    assert (
        none["held_activation_bytes"]
        > selective["held_activation_bytes"]
        > full["held_activation_bytes"]
    )
    assert none["step_time"] < selective["step_time"] < full["step_time"]


# ---- at once and one by one
@pytest.mark.native
def test_a_vector_of_scenarios_gives_what_single_ones_give() -> None:
    import numpy as np

    from mlsysim.core.graph import solve

    wanted = [
        "step_time",
        "memory_load",
        "tpot",
        "ttft",
        "mfu",
        "hfu",
        "mbu",
        "tco",
        "energy",
        "token_rate",
    ]
    base = evaluate(batch_size=8, nodes=2).scenario
    axes = np.array([(b, f) for b in (1, 2, 7, 64) for f in (0.5, 1.0, 4.0)]).T
    varied = {"batch": axes[0], "prefill_batch": axes[0], "mem_bandwidth": axes[1] * 3.35e12}
    vector = solve(wanted, {**base.given, **varied}, base.options)
    for index in range(axes.shape[1]):
        point = {name: float(values[index]) for name, values in varied.items()}
        for name, value in solve(wanted, {**base.given, **point}, base.options).items():
            got = np.broadcast_to(np.asarray(vector[name], float), axes.shape[1:])[index]
            assert got == pytest.approx(value, rel=1e-12, nan_ok=True)


@pytest.mark.native
def test_layouts_compared_at_once_are_those_compared_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plan = {"mode": "training", "batch_size": 512, "nodes": 8}
    at_once = evaluate("Llama3_70B", **plan).to_dict()
    monkeypatch.setattr("sys.platform", "emscripten")
    assert evaluate("Llama3_70B", **plan).to_dict() == at_once


def test_a_scenario_knows_where_each_input_comes_from() -> None:
    scenario: Scenario = evaluate().scenario
    nowhere = [
        name
        for name, value in scenario.given.items()
        if value == value and not scenario.origins.get(name)
    ]
    assert not nowhere
    assert all(scenario.source_of(name) for name in scenario.given)


@pytest.mark.parametrize(
    ("model", "chip", "keys"),
    [
        ("Llama3_8B", "H100", {"batch_size": 32}),
        ("Llama3_8B", "H100", {"batch_size": 32, "mode": "training", "nodes": 2}),
        ("ResNet50", "A100", {"batch_size": 8}),
    ],
)
def test_the_parts_of_memory_add_up_to_what_is_used(model: str, chip: str, keys: dict) -> None:
    own = mlsysim.SystemEvaluator.evaluate(None, model, chip, **keys)
    whole = ("memory_gib", "capacity_gib")
    parts = [own.value(m) or 0.0 for m in own.metrics if m.unit == "GiB" and m.name not in whole]
    assert sum(parts) == pytest.approx(own.values["memory_used"] / 2**30)
