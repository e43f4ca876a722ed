"""Scores under wrong labels, held to simulated tests and to what was published."""

from __future__ import annotations

from random import Random

import pytest

import mlsysim
from mlsysim.core.graph import solve
from mlsysim.walls import WALLS

assert WALLS  # importing them declares every equation


def one(symbol: str, **given: float) -> float:
    return solve((symbol,), given, {})[symbol]


def test_a_model_right_in_95_of_100_cases_shows_89_where_6_labels_are_wrong() -> None:
    given = {"true_accuracy_share": 0.95, "label_error_share": 0.06, "other_classes": 999.0}
    assert one("scored_accuracy_share", **given) == pytest.approx(0.893003, abs=1e-6)
    assert one("score_ceiling_share", label_error_share=0.06) == pytest.approx(0.94)


def test_a_test_with_right_labels_shows_the_accuracy() -> None:
    for classes in (1.0, 999.0):
        given = {"true_accuracy_share": 0.7, "label_error_share": 0.0, "other_classes": classes}
        assert one("scored_accuracy_share", **given) == 0.7


def test_of_two_classes_two_wrongs_make_a_right() -> None:
    # Lam and Stork 2003: with two classes a test errs where exactly one of labeller and classifier does
    given = {"true_accuracy_share": 0.9, "label_error_share": 0.2, "other_classes": 1.0}
    assert one("scored_accuracy_share", **given) == pytest.approx(0.9 * 0.8 + 0.1 * 0.2)


@pytest.mark.parametrize(("accuracy", "wrong", "classes"), [(0.95, 0.06, 1000), (0.6, 0.2, 4)])
def test_simulated_labels_give_the_score_of_the_closed_form(
    accuracy: float, wrong: float, classes: int
) -> None:
    chance, drawn, met = Random(4), 200_000, 0
    for _ in range(drawn):  # the right class is 0; whoever errs names one of the others
        label, said = (
            chance.randrange(1, classes) if chance.random() < share else 0
            for share in (wrong, 1 - accuracy)
        )
        met += label == said
    given = {"true_accuracy_share": accuracy, "label_error_share": wrong}
    asked = one("scored_accuracy_share", **given, other_classes=float(classes - 1))
    assert met / drawn == pytest.approx(asked, abs=3 * (asked * (1 - asked) / drawn) ** 0.5)


def test_no_model_can_be_expected_to_score_above_the_ceiling() -> None:
    for accuracy in (0.5, 0.9, 0.99, 1.0):
        given = {"true_accuracy_share": accuracy, "label_error_share": 0.06, "other_classes": 9.0}
        assert one("scored_accuracy_share", **given) <= 0.94 + 1e-12


def test_wrong_labels_turn_a_gap_round_up_to_twice_their_share_and_not_beyond() -> None:
    """A worse model that learnt the wrong labels: of all places the worst for the better one."""
    wrong, samples = 6, 100
    limit = one("hidden_gap_share", label_error_share=wrong / samples)
    assert limit == pytest.approx(0.12)
    for behind in range(
        wrong, 20
    ):  # the better model is right everywhere; the worse errs `behind` times
        gap, better, worse = behind / samples, samples - wrong, samples - behind + wrong
        assert (worse > better) == (gap < limit - 1e-9)


def test_hidden_gap_is_at_most_the_whole() -> None:
    assert one("hidden_gap_share", label_error_share=0.7) == 1


def test_the_shares_of_wrong_labels_are_those_of_the_abstract() -> None:
    seen = mlsysim.Literature.Labels.TestSets
    assert (seen["imagenet_error_share"].given, seen["mean_error_share"].given) == (6, 3.3)
