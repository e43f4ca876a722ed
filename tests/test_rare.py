"""Rare events: the rule of three, its exact form, and simulated silence."""

from __future__ import annotations

from math import log
from random import Random

import pytest

from mlsysim.core.graph import solve
from mlsysim.walls import WALLS

assert WALLS  # importing them declares every equation


def one(symbol: str, **given: float) -> float:
    return solve((symbol,), given, {})[symbol]


@pytest.mark.parametrize(("operations", "bound"), [(842, 0.0036), (8192, 0.00037)])
def test_operations_without_a_death_leave_three_over_their_number(
    operations: int, bound: float
) -> None:
    # Eypasch et al. 1995: none in 842 appendectomies, none in 8,192 cholecystectomies; 3/n
    assert one("rule_samples", event_chance=bound) == pytest.approx(operations, rel=0.015)
    left = one("bound_chance", watched_samples=float(operations), sure_chance=0.95)
    assert left == pytest.approx(bound, rel=0.015)


def test_none_in_1500_is_fewer_than_one_in_500() -> None:
    assert one("rule_samples", event_chance=1 / 500) == pytest.approx(1500)


def test_the_rule_is_the_exact_bound_with_2996_rounded() -> None:
    exact = one("silent_samples", event_chance=1e-7, sure_chance=0.95)
    assert exact * 1e-7 == pytest.approx(-log(0.05), rel=1e-6)
    assert one("rule_samples", event_chance=1e-7) / exact == pytest.approx(3 / -log(0.05), rel=1e-6)


def test_bound_silence_and_sight_are_one_law() -> None:
    samples = one("silent_samples", event_chance=0.002, sure_chance=0.9)
    assert one("seen_chance", event_chance=0.002, watched_samples=samples) == pytest.approx(0.9)
    left = one("bound_chance", watched_samples=samples, sure_chance=0.9)
    assert left == pytest.approx(0.002)


def test_simulated_silence_of_that_length_comes_once_in_twenty() -> None:
    chance, event, runs = Random(5), 0.01, 4000
    samples = round(one("silent_samples", event_chance=event, sure_chance=0.95))
    heard = sum(any(chance.random() < event for _ in range(samples)) for _ in range(runs))
    assert heard / runs == pytest.approx(0.95, abs=3 * (0.95 * 0.05 / runs) ** 0.5)
