"""How many trials a claim needs: samples to tell two accuracies apart, runs to see a gain in their scatter."""

from __future__ import annotations

from ..core.elementwise import normal_point, over
from ..core.graph import Paper, equation
from ..core.inputs import given
from . import safety as safety  # it declares the accuracy of a model

LEHR_1992 = Paper(
    "Lehr",
    1992,
    "Sixteen S-squared over D-squared: A Relation for Crude Sample Size Estimates",
    "doi:10.1002/sim.4780110811",
)
FLEISS_2003 = Paper(
    "Fleiss, Levin and Paik",
    2003,
    "Statistical Methods for Rates and Proportions, 3rd edition",
    "doi:10.1002/0471445428",
)

given("false_claim_chance", "", r"\alpha", "Chance to see a difference where there is none")
given("detect_chance", "", r"1-\beta", "Chance to see a difference that is there")
given("rival_accuracy_share", "", r"q_2", "Accuracy of a second model on the same kind of samples")
given("run_scatter_share", "", r"s", "Standard deviation of runs, over their mean")
given("gain_share", "", r"d", "Difference that a claim is about, over the mean")


@equation(
    "",
    r"z = z_{1-\alpha/2} + z_{1-\beta}",
    LEHR_1992.at("title"),
    rises="detect_chance",
    falls="false_claim_chance",
)
def claim_deviations(false_claim_chance, detect_chance):
    """Standard errors that a difference must span to be seen so surely, by a two-sided test."""
    return normal_point(1 - false_claim_chance / 2) + normal_point(detect_chance)


@equation("", r"\frac{z^2\,(q(1-q) + q_2(1-q_2))}{(q-q_2)^2}", FLEISS_2003.at("ch. 4"))
def claim_samples(claim_deviations, accuracy_share, rival_accuracy_share):
    """Samples for each of two models to tell their accuracies apart, each tested on its own samples."""
    spread = accuracy_share * (1 - accuracy_share) + rival_accuracy_share * (
        1 - rival_accuracy_share
    )
    return over(claim_deviations**2 * spread, (accuracy_share - rival_accuracy_share) ** 2)


@equation(
    "", r"2 z^2 s^2/d^2", LEHR_1992.at("title"), rises="run_scatter_share", falls="gain_share"
)
def claim_runs(claim_deviations, run_scatter_share, gain_share):
    """Runs for each of two versions to see such a gain in their scatter."""
    return 2 * over(claim_deviations * run_scatter_share, gain_share) ** 2
