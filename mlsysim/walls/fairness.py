"""What keeping one promise of fairness leaves of the others, and what a published rate of a group is worth."""

from __future__ import annotations

from ..core.elementwise import normal_point, normal_share, sqrt
from ..core.graph import Paper, equation
from ..core.inputs import given
from . import safety

ALTMAN_1994 = Paper(
    "Altman and Bland",
    1994,
    "Statistics Notes: Diagnostic Tests 2: Predictive Values",
    "doi:10.1136/bmj.309.6947.102",
)
STANISLAW_1999 = Paper(
    "Stanislaw and Todorov",
    1999,
    "Calculation of Signal Detection Theory Measures",
    "doi:10.3758/BF03207704",
)
FLEISS_2003 = Paper(
    "Fleiss, Levin and Paik",
    2003,
    "Statistical Methods for Rates and Proportions, 3rd edition",
    "doi:10.1002/0471445428",
)

given("held_false_chance", "", r"\mathrm{FPR}^*", "Chance of a negative to be flagged, as asked")
given("group_samples", "", r"n", "People of a group whose rate is stated")
given("rate_share", "", r"r", "Rate that is stated of a group")


# ---- two promises of three
@equation(
    "",
    r"\mathrm{FPR}^*\frac{\mathrm{PPV}}{1-\mathrm{PPV}}\frac{1-p}{p}",
    safety.PARITY,
    rises="held_false_chance precision_share",
    falls="base_share",
)
def held_recall_share(held_false_chance, precision_share, base_share):
    """Share of the positives that are flagged, if precision and false positives are kept; above 1 they cannot be."""
    odds = precision_share / (1 - precision_share) * (1 - base_share) / base_share
    return held_false_chance * odds


@equation(
    "",
    r"\frac{p(1-\mathrm{FNR})}{p(1-\mathrm{FNR}) + (1-p)\mathrm{FPR}^*}",
    ALTMAN_1994.at("text: predictive value at another prevalence"),
    rises="base_share",
    falls="held_false_chance miss_chance",
)
def held_precision_share(held_false_chance, miss_chance, base_share):
    """Share of those flagged that are positive, if misses and false positives are kept."""
    found = base_share * (1 - miss_chance)
    return found / (found + (1 - base_share) * held_false_chance)


# ---- one model, another threshold
@equation(
    "",
    r"d' = z(1-\mathrm{FNR}) - z(\mathrm{FPR})",
    STANISLAW_1999.at("text: d'"),
    falls="miss_chance false_positive_chance",
)
def score_separation(miss_chance, false_positive_chance):
    """Standard deviations between the mean scores of positives and negatives, both normal and equally wide."""
    return normal_point(1 - miss_chance) - normal_point(false_positive_chance)


@equation(
    "",
    r"\Phi(d' + z(\mathrm{FPR}^*))",
    STANISLAW_1999.at("text: d'"),
    rises="score_separation held_false_chance",
)
def threshold_recall_share(score_separation, held_false_chance):
    """Share of the positives that are flagged, if the threshold is moved until false positives are as asked."""
    return normal_share(score_separation + normal_point(held_false_chance))


# ---- the rate of a group, published
@equation(
    "", r"\frac{1}{n\epsilon}", safety.DWORK_2014.at("def. 3.3"), falls="group_samples epsilon"
)
def group_noise_share(group_samples, epsilon):
    """Scale, and mean size, of the Laplace noise on a group's rate: one person changes it by one over their number."""
    return 1 / (group_samples * epsilon)


@equation("", r"\sqrt{r(1-r)/n}", FLEISS_2003.at("ch. 2"), falls="group_samples")
def group_scatter_share(rate_share, group_samples):
    """Standard error of a group's rate, by chance alone."""
    return sqrt(rate_share * (1 - rate_share) / group_samples)
