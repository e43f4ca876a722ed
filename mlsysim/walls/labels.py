"""What wrong labels of a test set do to a score: what it reads, what it can read at most, what it cannot tell apart."""

from __future__ import annotations

from ..core.elementwise import minimum
from ..core.graph import Paper, equation
from ..core.inputs import given

CHEN_2021 = Paper(
    "Chen et al.",
    2021,
    "Robustness of Accuracy Metric and Its Inspirations in Learning with Noisy Labels",
    "arXiv:2012.04193",
)
LAM_2003 = Paper(
    "Lam and Stork",
    2003,
    "Evaluating Classifiers by Means of Test Data with Noisy Labels",
    "IJCAI 2003, p. 513",
)
given("true_accuracy_share", "", r"q", "Accuracy that right labels would show")
given("label_error_share", "", r"e", "Share of the test labels that are wrong")
given("other_classes", "", r"k'", "Classes that a wrong label may name: all but the right one")


@equation(
    "",
    r"q(1-e) + (1-q)\frac{e}{k'}",
    LAM_2003.at(
        "abstract: labels and classifier err independently; here with any number of classes"
    ),
    falls="other_classes",
)
def scored_accuracy_share(true_accuracy_share, label_error_share, other_classes):
    """Accuracy that a test with wrong labels shows: they fall on any other class, wherever the model is right."""
    met = (1 - true_accuracy_share) * label_error_share / other_classes
    return true_accuracy_share * (1 - label_error_share) + met


@equation("", r"1 - e", CHEN_2021.at("th. 1"), falls="label_error_share")
def score_ceiling_share(label_error_share):
    """Best score that a model can be expected to show; one that makes no error shows it."""
    return 1 - label_error_share


@equation(
    "",
    r"\min(2e, 1)",
    LAM_2003.at("abstract: bounds where the errors are not independent; here for two models"),
    rises="label_error_share",
)
def hidden_gap_share(label_error_share):
    """Largest gap between two models that wrong labels can turn round: each wrong one takes a point and gives one."""
    return minimum(2 * label_error_share, 1)
