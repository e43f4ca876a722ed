"""A plan may give what a wall needs by the names of its symbols; what is wrong with it is said in one sentence."""

from __future__ import annotations

import pytest

import mlsysim
from mlsysim.core.errors import InputError

BASE = {"workload": {"name": "Llama3_8B"}, "hardware": {"name": "H100", "accelerators": 8}}


def evaluate(**more):
    return mlsysim.SystemEvaluator.evaluate(plan={**BASE, **more})


def numbers(evaluation) -> set[int]:
    return {item.wall.number for item in evaluation.walls}


def test_a_wall_applies_once_its_inputs_are_given() -> None:
    parts = [{"component_count": 16384, "component_mtbf": "50677 hour"}]
    given = {"components": parts, "restart_time": "10 minute"}
    assert {15, 19}.isdisjoint(numbers(evaluate()))
    assert {15, 19} <= numbers(evaluate(inputs=given))


def test_a_quantity_with_a_unit_is_converted() -> None:
    hours = evaluate(inputs={"restart_time": "0.5 hour"})
    assert hours.scenario.given["restart_time"] == pytest.approx(1800.0)


def test_a_figure_of_a_record_may_be_replaced_and_is_marked_as_given() -> None:
    fast = evaluate(inputs={"mem_bandwidth": "10 TB/s"})
    assert fast.tpot < evaluate().tpot
    assert fast.scenario.source_of("mem_bandwidth") == "inputs of the plan"


def test_a_lower_design_power_slows_training_by_its_root() -> None:
    training = {"workload": {"name": "Llama3_8B", "mode": "training", "batch_size": 64}}
    plain, capped = (
        mlsysim.SystemEvaluator.evaluate(plan={**BASE, **training, "inputs": given})
        for given in ({}, {"tdp": "175 W"})
    )
    ratio = capped.values["compute_time"] / plain.values["compute_time"]
    assert ratio == pytest.approx(2.0)


def test_a_choice_between_equations_is_taken() -> None:
    ring = evaluate(choices={"collective": "ring"})
    assert ring.scenario.options["collective"] == "ring"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"inputs": {"arival_rate": 3}}, "did you mean 'arrival_rate'"),
        ({"inputs": {"restart_time": "3 kg"}}, "inputs.restart_time"),
        ({"inputs": {"restart_time": -1}}, "must be at least 0"),
        ({"inputs": {"percentile_share": 1.5}}, "must be at most 1"),
        ({"inputs": {"batch": 8}}, "another key of the plan gives it"),
        ({"inputs": {"components": 3}}, "must be a list of rows"),
        ({"inputs": {"components": [{"component_count": 3}]}}, "component_mtbf is missing"),
        ({"inputs": {"components": [{"count": 3}]}}, "'count' is not known"),
        ({"choices": {"queue": "post office"}}, "allowed: mmc, ggc, batch"),
        ({"choices": {"phase": "decode"}}, "'phase' is not known"),
    ],
)
def test_what_is_wrong_with_an_input_is_said(more: dict, said: str) -> None:
    with pytest.raises(InputError, match=said):
        evaluate(**more)


@pytest.mark.parametrize(("name", "walls"), [("Service70B", {5, 7}), ("Train405B", {11, 15, 19})])
def test_ready_scenarios_show_the_walls_of_their_kind(name: str, walls: set[int]) -> None:
    plan = getattr(mlsysim.Scenarios, name)
    assert walls <= numbers(mlsysim.SystemEvaluator.evaluate(plan=plan))


def test_walls_of_serving_do_not_speak_of_training() -> None:
    training = {**BASE, "workload": {"name": "Llama3_8B", "mode": "training", "batch_size": 64}}
    assert 4 not in numbers(mlsysim.SystemEvaluator.evaluate(plan=training))
    assert 4 in numbers(evaluate())
