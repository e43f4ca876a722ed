"""Promises of fairness, held to a published table and to simulated people."""

from __future__ import annotations

from math import exp, log
from random import Random
from statistics import NormalDist, mean

import pytest

from mlsysim.core.graph import solve
from mlsysim.walls import WALLS

assert WALLS  # importing them declares every equation
RATES = {"precision_share": 0.8, "miss_chance": 0.2}


def one(symbol: str, **given: float) -> float:
    return solve((symbol,), given, {})[symbol]


def test_a_liver_scan_means_less_where_the_illness_is_rarer() -> None:
    # Altman and Bland 1994: 231 of 258 ill and 32 of 86 healthy flagged; 0.88, and 0.45 at a prevalence of 0.25
    scan = {"miss_chance": 27 / 258, "held_false_chance": 32 / 86}
    assert one("held_precision_share", base_share=258 / 344, **scan) == pytest.approx(231 / 263)
    assert one("held_precision_share", base_share=0.25, **scan) == pytest.approx(0.45, abs=0.005)


def test_each_promise_follows_from_the_other_two() -> None:
    false = one("false_positive_chance", base_share=0.3, **RATES)
    kept = {"base_share": 0.3, "held_false_chance": false}
    assert one("held_recall_share", precision_share=0.8, **kept) == pytest.approx(0.8)
    assert one("held_precision_share", miss_chance=0.2, **kept) == pytest.approx(0.8)


def test_dropping_flags_by_lot_keeps_precision_and_takes_recall() -> None:
    chance, drawn = Random(15), 400_000
    false = one("false_positive_chance", base_share=0.3, **RATES)
    other = one("false_positive_chance", base_share=0.1, **RATES)
    flagged = {True: [0, 0], False: [0, 0]}
    for _ in range(drawn):
        positive = chance.random() < 0.3
        flag = chance.random() < (0.8 if positive else false) and chance.random() < other / false
        flagged[positive][flag] += 1
    recall, wrong = (flagged[one][1] / sum(flagged[one]) for one in (True, False))
    asked = one("held_recall_share", base_share=0.3, precision_share=0.8, held_false_chance=other)
    assert recall == pytest.approx(asked, abs=0.004)  # three standard errors
    assert wrong == pytest.approx(other, abs=0.001)
    assert flagged[True][1] / (flagged[True][1] + flagged[False][1]) == pytest.approx(0.8, abs=0.01)


def test_a_threshold_on_normal_scores_gives_the_recall_of_the_closed_form() -> None:
    apart = one("score_separation", base_share=0.3, **RATES)
    chance, count = Random(15), 200_000
    limit = NormalDist().inv_cdf(1 - 0.05)
    above = sum(chance.gauss(apart, 1) > limit for _ in range(count)) / count
    asked = one("threshold_recall_share", score_separation=apart, held_false_chance=0.05)
    assert above == pytest.approx(asked, abs=3 * (asked * (1 - asked) / count) ** 0.5)


def test_a_threshold_that_is_not_moved_keeps_the_recall() -> None:
    false = one("false_positive_chance", base_share=0.3, **RATES)
    given = {"base_share": 0.3, "held_false_chance": false, **RATES}
    assert one("threshold_recall_share", **given) == pytest.approx(0.8)


def test_noise_on_a_rate_is_that_of_the_laplace_mechanism_and_private() -> None:
    noise = one("group_noise_share", group_samples=100.0, epsilon=1.0)
    assert noise == one("laplace_noise", query_reach=1 / 100, epsilon=1.0)
    # the density of any answer shifts by e^epsilon at most when one of the hundred changes
    density = [exp(-abs(0.3 - rate) / noise) for rate in (0.10, 0.11)]
    assert log(density[1] / density[0]) == pytest.approx(1.0)


def test_chance_and_noise_scatter_a_rate_as_stated() -> None:
    chance, count, rate, draws = Random(15), 100, 0.1, 4000
    noise = one("group_noise_share", group_samples=count, epsilon=0.1)
    scatter = one("group_scatter_share", group_samples=count, rate_share=rate)
    sizes = [chance.expovariate(1 / noise) for _ in range(draws)]
    assert mean(sizes) == pytest.approx(noise, rel=0.05)
    rates = [sum(chance.random() < rate for _ in range(count)) / count for _ in range(draws)]
    assert mean((r - rate) ** 2 for r in rates) ** 0.5 == pytest.approx(scatter, rel=0.04)
