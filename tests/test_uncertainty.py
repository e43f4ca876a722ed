"""Intervals: around every uncertain answer, wider where less is known, and said where they come from."""

from __future__ import annotations

import math

import pytest

import mlsysim
from mlsysim.intervals import factor_of
from mlsysim.uncertainty import UNTESTED, class_of, factors

pytestmark = pytest.mark.native


def evaluate(model="Llama3_8B", chip="H100", **more):
    return mlsysim.SystemEvaluator.evaluate(model_obj=model, hardware_obj=chip, **more)


def test_an_interval_holds_its_value_and_is_as_wide_as_the_error_of_its_kind() -> None:
    evaluation = evaluate()
    span = evaluation.spans["step_time"]
    value = evaluation.values["step_time"]
    assert span.low < value < span.high
    assert span.high / value == pytest.approx(factor_of("decode"))
    assert span.source == "time_residual"


def test_what_follows_exactly_has_no_interval() -> None:
    evaluation = evaluate()
    for symbol in ("memory_used", "mem_capacity", "weight_bytes", "arithmetic_intensity"):
        assert symbol not in evaluation.spans


def test_a_share_of_the_hardware_ends_at_one() -> None:
    for symbol in ("mfu", "mbu", "ttft_mfu", "hfu"):
        assert evaluate(batch_size=64).spans[symbol].high <= 1


def test_a_cost_is_as_uncertain_as_its_prices() -> None:
    evaluation = evaluate()
    assert evaluation.spans["tco"].source == "chip_price"
    assert factors(evaluation)["chip_price"] > 1


def test_training_of_experts_is_less_sure_than_dense_training() -> None:
    dense = evaluate(mode="training", batch_size=64, nodes=1)
    sparse = evaluate("Mixtral_8x7B", mode="training", batch_size=64, nodes=4)
    wide = [e.spans["step_time"].high / e.values["step_time"] for e in (dense, sparse)]
    assert wide[0] < wide[1]


@pytest.mark.parametrize(("model", "chip"), [("ResNet50", "A100"), ("DS_CNN", "ESP32_S3")])
def test_what_no_measurement_has_tested_says_a_factor_of_two(model: str, chip: str) -> None:
    evaluation = evaluate(model, chip)
    assert class_of(evaluation.scenario) == ""
    assert evaluation.spans["step_time"].high / evaluation.values["step_time"] == pytest.approx(
        UNTESTED
    )


def test_json_has_the_ends_of_each_interval_and_where_it_comes_from() -> None:
    data = evaluate().to_dict()["performance"]
    assert data["low"]["tpot_ms"] < data["metrics"]["tpot_ms"] < data["high"]["tpot_ms"]
    assert data["spread_from"]["tpot_ms"] == "time_residual"
    assert data["low"]["arithmetic_intensity"] is None


def test_a_scenario_takes_the_prediction_itself_and_a_building_leaves_the_step_alone() -> None:
    plain, slow = (
        mlsysim.SystemEvaluator.evaluate(
            plan={"workload": {"name": "Llama3_8B"}, "hardware": {"name": "H100"}, "inputs": given}
        )
        for given in ({}, {"pue": 1.2})
    )
    assert plain.scenario.given["time_residual"] == 1.0
    assert slow.values["step_time"] == plain.values["step_time"]
    assert not math.isnan(slow.values["energy"])
