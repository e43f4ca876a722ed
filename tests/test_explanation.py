"""Calls of an explanation, as the package counts them."""

from __future__ import annotations

from itertools import combinations

import pytest

from mlsysim.core.graph import solve
from mlsysim.walls import WALLS

assert WALLS  # importing them declares every equation


def calls(features: int, symbol: str = "explain_calls", rows: int = 1) -> float:
    given = {"explained_features": float(features), "background_samples": float(rows)}
    return solve((symbol,), given, {})[symbol]


def test_fifty_features_take_the_default_of_the_package() -> None:
    assert calls(50) == 2 * 50 + 2**11  # shap/explainers/_kernel.py


@pytest.mark.parametrize("features", [2, 5, 11])
def test_few_features_take_every_set_but_the_empty_and_the_full_one(features: int) -> None:
    sets = sum(1 for size in range(1, features) for _ in combinations(range(features), size))
    assert calls(features) == pytest.approx(sets)
    assert 2 ** calls(features, "exact_explain_doublings") == pytest.approx(sets + 2)


def test_twenty_features_exactly_take_a_million_calls_for_every_background_row() -> None:
    assert 2 ** calls(20, "exact_explain_doublings") == 1_048_576
    assert 2 ** calls(20, "exact_explain_doublings", 3) == pytest.approx(3 * 1_048_576)


def test_a_decision_in_a_hundred_explained_takes_the_servers_many_times_the_work() -> None:
    given = {"explained_features": 50.0, "background_samples": 1.0, "call_time": 5e-5}
    found = solve(("decision_time", "explain_time"), {**given, "explained_share": 0.01}, {})
    assert found["explain_time"] == pytest.approx(2148 * 5e-5)
    assert found["decision_time"] / 5e-5 == pytest.approx(1 + 0.01 * 2148)
