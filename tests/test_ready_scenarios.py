"""Ready scenarios hold their targets."""

from __future__ import annotations

import pytest

import mlsysim


@pytest.mark.parametrize("name", list(mlsysim.Scenarios))
def test_a_ready_scenario_fits_and_holds_its_targets(name: str) -> None:
    evaluation = mlsysim.SystemEvaluator.evaluate(plan=getattr(mlsysim.Scenarios, name))
    assert evaluation.scenario.plan.constraints.asserts
    assert evaluation.exit_code == 0, evaluation.summary("performance")


def test_there_are_at_least_eight_ready_scenarios() -> None:
    assert {"Doorbell", "AutoDrive"} <= set(mlsysim.Scenarios)
    assert len(list(mlsysim.Scenarios)) >= 8
