"""Drift: what a monitor reads, what accuracy is lost, and what samples of one distribution read for nothing."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import log
from random import Random
from statistics import NormalDist, fmean, stdev

import pytest

from mlsysim.core.elementwise import normal_point
from mlsysim.core.graph import solve
from mlsysim.walls.drift import index_of

NORMAL = NormalDist()
LINE = 0.2


def asked(symbol: str, **given: float) -> float:
    return solve((symbol,), given, {})[symbol]


def divergence(density: Callable[[float], float], shift: float) -> float:
    """The index of a density and its shifted self, summed finely."""
    step = 0.002
    points = [-9 + step * (i + 0.5) for i in range(9500)]
    pairs = [(density(x), density(x - shift)) for x in points]
    return step * sum((p - q) * log(p / q) for p, q in pairs)


def two(z: float) -> Callable[[float], float]:
    """The density of two equal classes."""
    return lambda x: (NORMAL.pdf(x - z) + NORMAL.pdf(x + z)) / 2


@pytest.mark.parametrize("shift", [0.1, 0.447, 1.5])
def test_one_class_reads_the_square_of_the_shift(shift: float) -> None:
    assert asked("class_index", score_shift=shift) == pytest.approx(
        divergence(NORMAL.pdf, shift), rel=1e-6
    )
    index = asked("class_index", score_shift=shift)
    assert asked("alarm_shift", alarm_index=index) == pytest.approx(shift)


@pytest.mark.parametrize("accuracy", [0.8, 0.95])
@pytest.mark.parametrize("shift", [0.1, 0.447, 1.5])
def test_two_classes_in_one_histogram_read_less(shift: float, accuracy: float) -> None:
    mixed = asked("mixed_index", score_shift=shift, rest_accuracy_share=accuracy)
    assert mixed == pytest.approx(divergence(two(normal_point(accuracy)), shift), rel=1e-6)
    assert mixed < asked("class_index", score_shift=shift)


def test_two_classes_that_cannot_be_told_apart_read_as_one() -> None:
    assert asked("mixed_index", score_shift=0.7, rest_accuracy_share=0.5) == pytest.approx(0.49)


def test_ten_bins_read_a_little_less_than_the_curve() -> None:
    shift = asked("alarm_shift", alarm_index=LINE)
    ends = [-9.0, *(normal_point(i / 10) for i in range(1, 10)), 9.0]
    shares = [NORMAL.cdf(b - shift) - NORMAL.cdf(a - shift) for a, b in pairwise(ends)]
    read = index_of([1e6 * share for share in shares], [1e5] * 10)
    assert 0.9 * LINE < read < LINE


def test_accuracy_after_a_shift_is_that_of_a_threshold_that_stays() -> None:
    chance, z, shift, count = Random(4), normal_point(0.95), 0.9, 200_000
    right = sum((chance.gauss(side * z + shift, 1) > 0) == (side > 0) for side in (1, -1) * (count // 2))  # fmt: skip
    share = asked("shifted_accuracy_share", score_shift=shift, rest_accuracy_share=0.95)
    assert right / count == pytest.approx(share, abs=3 * (share * (1 - share) / count) ** 0.5)


def test_a_shift_to_either_side_costs_the_same_and_none_costs_nothing() -> None:
    lost = [asked("shifted_accuracy_share", score_shift=s, rest_accuracy_share=0.9) for s in (-1, 0, 1)]  # fmt: skip
    assert lost[0] == pytest.approx(lost[2])
    assert lost[1] == pytest.approx(0.9)


def test_answers_that_change_move_accuracy_and_no_input() -> None:
    known = {"rest_accuracy_share": 0.95}
    assert asked("swapped_accuracy_share", swapped_share=0.0, **known) == pytest.approx(0.95)
    assert asked("swapped_accuracy_share", swapped_share=1.0, **known) == pytest.approx(0.05)


@pytest.mark.parametrize(("samples", "bins"), [(1000, 10), (2000, 5)])
def test_samples_of_one_distribution_read_what_the_law_says(samples: int, bins: int) -> None:
    chance = Random(5)

    def counts() -> list[int]:
        drawn = [0] * bins
        for _ in range(samples):
            drawn[int(chance.random() * bins)] += 1
        return drawn

    found = [index_of(counts(), counts()) for _ in range(400)]
    said = asked("idle_index", score_bins=bins, score_samples=samples, reference_samples=samples)
    # a sample of bins that are not full reads a little more: below 2 % here
    assert fmean(found) == pytest.approx(said, abs=3 * stdev(found) / 20 + 0.02 * said)


def test_an_empty_bin_counts_for_half_a_score() -> None:
    assert index_of([0, 10], [5, 5]) == pytest.approx(
        (0.5 - 0.05) * log(10) + 0.5 * log(2), rel=1e-12
    )


def test_labels_take_the_time_that_they_take() -> None:
    asks = {"false_claim_chance": 0.05, "detect_chance": 0.8, "label_rate": 10.0}
    pair = {"accuracy_share": 0.95, "rival_accuracy_share": 0.93}
    found = solve(("claim_samples", "label_time"), {**asks, **pair}, {})
    assert found["label_time"] == pytest.approx(found["claim_samples"] / 10)
