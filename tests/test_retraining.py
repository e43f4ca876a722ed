"""How often to retrain, held to the published example of the square root and to seeded years."""

from __future__ import annotations

from statistics import fmean

import pytest

from mlsysim.core.graph import solve
from mlsysim.core.units import coherent

DAY = coherent(1.0, "day")
MONTH = coherent(1.0, "year") / 12


def asked(symbol: str, **given: float) -> float:
    return solve((symbol,), given, {})[symbol]


def test_the_example_of_harris_gives_his_lot() -> None:
    """1,000 pieces a month at ten cents, two dollars a set-up, a tenth a year for interest: 2,190 pieces."""
    moved, unit, set_up, interest = 1000, 0.10, 2.0, 0.10
    growth = moved * unit * interest / 12 / MONTH**2
    months = asked("best_retrain_interval", retrain_cost=set_up, loss_growth=growth) / MONTH
    assert round(months * moved, -1) == 2190


@pytest.mark.parametrize("price", [20.0, 672.0, 2000.0])
def test_no_interval_costs_less_than_the_best(price: float) -> None:
    own = {"retrain_cost": price, "loss_growth": coherent(10, "USD/day**2")}
    best, least = asked("best_retrain_interval", **own), asked("least_upkeep_rate", **own)
    assert asked("upkeep_rate", retrain_interval=best, **own) == pytest.approx(least)
    for factor in (0.5, 0.9, 1.1, 2.0):
        assert asked("upkeep_rate", retrain_interval=factor * best, **own) > least


@pytest.mark.parametrize("skipped", range(7))
def test_the_penalty_is_the_bill_over_the_least_bill(skipped: int) -> None:
    own = {"retrain_cost": 672.0, "loss_growth": coherent(3, "USD/day**2")}
    late = (skipped + 1) * asked("best_retrain_interval", **own)
    ratio = asked("upkeep_rate", retrain_interval=late, **own) / asked("least_upkeep_rate", **own)
    assert asked("skipping_penalty", skipped_cycles=skipped) == pytest.approx(ratio)


def test_twice_wrong_costs_a_quarter_more() -> None:
    assert asked("skipping_penalty", skipped_cycles=1) == 1.25


def test_labels_as_old_as_the_best_interval_double_the_bill() -> None:
    own = {"retrain_cost": 20.0, "loss_growth": coherent(10, "USD/day**2")}
    best = asked("best_retrain_interval", **own)
    late = asked("late_upkeep_rate", retrain_interval=best, label_delay=best, **own)
    assert late == pytest.approx(2 * asked("least_upkeep_rate", **own))


@pytest.mark.native
def test_the_mean_of_two_hundred_seeded_half_years_is_the_closed_form() -> None:
    from mlsysim_widgets.drifting import aged

    own = {"retrain_cost": 20.0, "loss_growth": coherent(10, "USD/day**2")}
    least = asked("least_upkeep_rate", **own) * DAY
    best = asked("best_retrain_interval", **own) / DAY
    seen = fmean(aged(seed, 26 * 7, best, 10.0, 20.0).bill[-1] for seed in range(200))
    assert seen == pytest.approx(least, rel=0.03)


@pytest.mark.native
def test_an_alarm_rings_once_in_an_interval_and_not_below_its_line() -> None:
    from mlsysim_widgets.drifting import aged

    quiet, loud = (aged(1, 40, 8.0, 10.0, 20.0, alarm=line) for line in (1000.0, 30.0))
    assert quiet.alarms == []
    assert len(loud.alarms) == 5
    assert max(loud.loss) > 30
    assert loud.loss == quiet.loss
