"""Percentiles of lognormal times, held to the handbook and to seeded samples."""

from __future__ import annotations

from math import exp
from random import Random

import pytest

from mlsysim.core.graph import solve


def percentile(share: float, spread: float, mean: float = 1.0) -> float:
    given = {"mean_latency": mean, "log_spread": spread, "percentile_share": share}
    return solve(("lognormal_percentile",), given, {})["lognormal_percentile"]


@pytest.mark.parametrize("spread", [0.1, 0.5, 1.0])
def test_the_median_is_e_to_half_the_variance_below_the_mean(spread: float) -> None:
    assert 1 / percentile(0.5, spread) == pytest.approx(exp(spread**2 / 2))  # NIST 1.3.6.6.9


def test_without_spread_every_percentile_is_the_mean() -> None:
    assert percentile(0.99, 0.0, 0.05) == pytest.approx(0.05)


@pytest.mark.parametrize(("spread", "share"), [(0.5, 0.99), (1.0, 0.9), (1.0, 0.99)])
def test_seeded_samples_have_the_mean_and_the_percentile(spread: float, share: float) -> None:
    chance, count = Random(2), 200_000
    times = sorted(chance.lognormvariate(-(spread**2) / 2, spread) for _ in range(count))
    assert sum(times) / count == pytest.approx(1.0, rel=0.01)
    assert times[int(share * count)] == pytest.approx(percentile(share, spread), rel=0.02)
