"""Seeded teams and seeded tests end, on average, where the closed forms say."""

from __future__ import annotations

from random import Random
from statistics import mean, stdev

import pytest
from mlsysim_widgets.chance import history, score

from mlsysim.core.graph import solve
from mlsysim.walls import workflow as workflow  # it declares the equations

pytestmark = pytest.mark.native
LUCK = {"success_chance": 0.1, "cut_share": 0.05}


def ask(symbol: str, **given: float) -> float:
    return solve((symbol,), given, {})[symbol]


@pytest.mark.parametrize(("start", "loops"), [(0.05, 13), (0.10, 130)])
def test_simulated_teams_end_on_average_where_the_closed_form_says(
    start: float, loops: int
) -> None:
    dice = Random(3)
    ends = [history(dice, start, loops, *LUCK.values())[-1] for _ in range(2000)]
    said = ask("loop_error_share", start_error_share=start, period_loops=float(loops), **LUCK)
    assert mean(ends) == pytest.approx(said, abs=3 * stdev(ends) / len(ends) ** 0.5)


def test_the_worse_model_wins_as_often_in_tests_as_the_normal_curve_says() -> None:
    pair, count, dice = {"accuracy_share": 0.95, "rival_accuracy_share": 0.94}, 400, Random(3)
    won, rounds = 0.0, 2000
    for _ in range(rounds):
        a, b = (score(dice, share, count) for share in pair.values())
        won += (b > a) + (a == b) / 2
    said = ask("upset_chance", test_samples=float(count), **pair)
    assert won / rounds == pytest.approx(said, abs=3 * (said * (1 - said) / rounds) ** 0.5)


def test_scores_have_the_mean_and_the_scatter_of_a_binomial_count() -> None:
    dice, share, count, rounds = Random(3), 0.95, 200, 4000
    found = [score(dice, share, count) for _ in range(rounds)]
    spread = (share * (1 - share) / count) ** 0.5
    assert mean(found) == pytest.approx(share, abs=3 * spread / rounds**0.5)
    assert stdev(found) == pytest.approx(spread, rel=3 / (2 * rounds) ** 0.5)
