"""Drift: what a shift of the inputs reads on a monitor, what it costs in accuracy, and what labels would see."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.elementwise import exp, log, log1p, maximum, normal_point, normal_share, sqrt, total
from ..core.graph import Paper, equation
from ..core.inputs import given
from . import trials as trials  # it declares the samples that a claim needs

YURDAKUL_2020 = Paper(
    "Yurdakul and Naranjo",
    2020,
    "Statistical Properties of the Population Stability Index",
    "doi:10.21314/JRMV.2020.227",
)
FUKUNAGA_1990 = Paper(
    "Fukunaga",
    1990,
    "Introduction to Statistical Pattern Recognition, 2nd edition",
    "ISBN 978-0-12-269851-4",
)
#: The paper is closed; a package that follows it is open.
INDEX = YURDAKUL_2020.at("as computed by GitHub edpeyton/rpsi @067fc45, R/main.R")
LAW = YURDAKUL_2020.at("as told by GitHub edpeyton/rpsi @007f57e, README.md")
RATIO = FUKUNAGA_1990.at("eq. 3.99")
given("score_shift", "", r"\delta", "Shift of all scores, over the deviation of one class")
given("rest_accuracy_share", "", r"q", "Accuracy before anything shifts: normal curve below z_q")
given("alarm_index", "", r"\mathrm{PSI}_a", "Stability index at which an alarm rings")
given("score_bins", "", r"k", "Bins of a histogram of scores")
given("score_samples", "", r"n", "Scores of today that a monitor has")
given("reference_samples", "", r"m", "Scores that they are compared with")
given("swapped_share", "", r"s", "Share of the samples whose right answer is now the other one")
given("label_rate", "1/s", r"\lambda", "Labels that come in")

#: Half the width and the number of points at which a normal curve is summed.
REACH, POINTS = 9.0, 145
STEPS = [REACH * (2 * i / (POINTS - 1) - 1) for i in range(POINTS)]
WEIGHTS = [exp(-(x**2) / 2) for x in STEPS]


def index_of(today: Sequence[float], reference: Sequence[float]) -> float:
    """Stability index of two histograms of counts; an empty bin counts for half a score."""
    shares = [[max(count, 0.5) / sum(counts) for count in counts] for counts in (today, reference)]
    return total((a - b) * log(a / b) for a, b in zip(*shares))


@equation("", r"\delta^2", RATIO, rises="score_shift")
def class_index(score_shift):
    """Stability index of the scores of one class, normal before and after the shift."""
    return score_shift**2


@equation("", r"\sqrt{\mathrm{PSI}_a}", RATIO, rises="alarm_index")
def alarm_shift(alarm_index):
    """Shift at which the scores of one class ring the alarm."""
    return sqrt(alarm_index)


def _bend(x):
    """ln(2 cosh x), also where the exponential is out of range."""
    size = maximum(x, -x)
    return size + log1p(exp(-2 * size))


@equation(
    "",
    r"\delta^2 - 2\,\mathrm{E}\ln\frac{\cosh z_q(x-\delta)}{\cosh z_q x}",
    INDEX,
    rises="score_shift",
)
def mixed_index(score_shift, rest_accuracy_share):
    """Stability index of the scores of two equal classes in one histogram: what a monitor without labels sees."""
    z = normal_point(rest_accuracy_share)
    rows = zip(STEPS, WEIGHTS)
    moved = total(
        weight * (_bend(z * (x + side * z - score_shift)) - _bend(z * (x + side * z)))
        for x, weight in rows
        for side in (1, -1)
    )
    return score_shift**2 - moved / total(WEIGHTS)


@equation(
    "",
    r"\frac{\Phi(z_q+\delta) + \Phi(z_q-\delta)}{2}",
    FUKUNAGA_1990.at("eq. 3.100 and 3.101"),
    rises="rest_accuracy_share",
)
def shifted_accuracy_share(score_shift, rest_accuracy_share):
    """Accuracy after a shift: two equal classes of normal scores, and a threshold that stays where it was."""
    z = normal_point(rest_accuracy_share)
    return (normal_share(z + score_shift) + normal_share(z - score_shift)) / 2


@equation("", r"q(1-s) + (1-q)s")
def swapped_accuracy_share(rest_accuracy_share, swapped_share):
    """Accuracy when the right answer of some samples has changed, and no input has."""
    return rest_accuracy_share * (1 - swapped_share) + (1 - rest_accuracy_share) * swapped_share


@equation(
    "",
    r"(k-1)\left(\frac1n + \frac1m\right)",
    LAW,
    rises="score_bins",
    falls="score_samples reference_samples",
)
def idle_index(score_bins, score_samples, reference_samples):
    """Stability index to expect of two samples of one distribution."""
    return (score_bins - 1) * (1 / score_samples + 1 / reference_samples)


@equation("s", r"n_c/\lambda", rises="claim_samples", falls="label_rate")
def label_time(claim_samples, label_rate):
    """Time until enough labels have come in to see a difference."""
    return claim_samples / label_rate
