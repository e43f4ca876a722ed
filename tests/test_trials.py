"""How many trials a claim needs, held to published figures and to simulated trials."""

from __future__ import annotations

from random import Random

import pytest

from mlsysim.core.elementwise import normal_point, normal_share
from mlsysim.core.graph import solve
from mlsysim.walls import WALLS

assert WALLS  # importing them declares the equations
SURE = {"false_claim_chance": 0.05, "detect_chance": 0.8}


def test_sixteen_s_squared_over_d_squared() -> None:
    runs = solve(("claim_runs",), {**SURE, "run_scatter_share": 1.0, "gain_share": 1.0}, {})
    assert runs["claim_runs"] == pytest.approx(16, rel=0.02)  # Lehr 1992, the rounded rule


def test_two_accuracies_are_told_apart_as_often_as_asked() -> None:
    pair = {"accuracy_share": 0.95, "rival_accuracy_share": 0.90}
    asked = solve(("claim_samples", "claim_deviations"), {**SURE, **pair}, {})
    count, chance = round(asked["claim_samples"]), Random(3)
    limit = normal_point(1 - SURE["false_claim_chance"] / 2)

    def seen() -> bool:
        a, b = (
            sum(chance.random() < share for _ in range(count)) / count for share in pair.values()
        )
        return abs(a - b) > limit * ((a * (1 - a) + b * (1 - b)) / count) ** 0.5

    share = sum(seen() for _ in range(800)) / 800
    assert share == pytest.approx(SURE["detect_chance"], abs=3 * (0.8 * 0.2 / 800) ** 0.5)


@pytest.mark.parametrize("share", [0.001, 0.25, 0.5, 0.975])
def test_the_normal_curve_and_its_inverse_agree(share: float) -> None:
    assert normal_share(normal_point(share)) == pytest.approx(share, rel=1e-12)
    assert (normal_point(0.0), normal_point(1.0)) == (float("-inf"), float("inf"))
