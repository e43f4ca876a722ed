"""How a team works: what a faster part of its loop gains, what loops buy, what a limit found late costs."""

from __future__ import annotations

from ..core.elementwise import (
    above,
    log,
    log1p,
    maximum,
    minimum,
    normal_share,
    over,
    sqrt,
    weighted,
)
from ..core.graph import Paper, equation, table
from ..core.inputs import given
from .sensitivity import LAW
from .trials import FLEISS_2003

SCHNEIDERMAN_1988 = Paper(
    "Schneiderman", 1988, "Setting Quality Goals", "Quality Progress, April 1988"
)
BROWNING_2002 = Paper(
    "Browning and Eppinger",
    2002,
    "Modeling Impacts of Process Architecture on Cost and Schedule Risk in Product Development",
    "IEEE Transactions on Engineering Management 49(4), p. 428",
)
CYCLES = SCHNEIDERMAN_1988.at("half-life: a defect level falls at a constant rate")

given("people_time", "s", r"h", "Time of one loop in which people think, wait and read")
given("run_time", "s", r"t", "Time of one loop in which a machine runs")
given("people_growth", "", r"g_h", "Factor by which the part of people becomes shorter")
given("run_growth", "", r"g_t", "Factor by which runs become faster")
given("work_duration", "s", r"T", "Time that a team works")
given("start_error_share", "", r"e_0", "Error before the first loop")
given("rival_error_share", "", r"e", "Error that another team has reached")
given("success_chance", "", r"p", "Chance that a loop improves the model")
given("cut_share", "", r"f", "Share of the error that an improvement removes")
given("limit_step", "", r"a", "Place of the first stage that a limit decides")
given("found_step", "", r"b", "Place of the stage in which the limit is found")
given("test_samples", "", r"n", "Samples on which each of two models is tested")
table(
    "work_stages",
    stage_step=("", "Place of a stage in the order of work"),
    stage_work_time=("s", "Working time of the stage", "T_i"),
    kept_stage_share=("", "Share of the stage that can be used again"),
)


# ---- the loop, and people in it
@equation("s", r"h + t", rises="people_time run_time")
def loop_time(people_time, run_time):
    """One loop, from an idea to the next one."""
    return people_time + run_time


@equation("", r"\frac{h + t}{h/g_h + t/g_t}", LAW, rises="people_growth run_growth")
def loop_gain(people_time, run_time, people_growth, run_growth):
    """Times that a loop is faster when its parts are."""
    return (people_time + run_time) / (people_time / people_growth + run_time / run_growth)


@equation("", r"n = T/(h + t)", rises="work_duration", falls="loop_time")
def period_loops(work_duration, loop_time):
    """Loops in a period of work."""
    return work_duration / loop_time


# ---- what loops buy
@equation(
    "",
    r"e_0\,(1 - p f)^n",
    CYCLES,
    rises="start_error_share",
    falls="success_chance cut_share period_loops",
)
def loop_error_share(start_error_share, success_chance, cut_share, period_loops):
    """Error that is expected after some loops, each of which may remove a share of it."""
    return start_error_share * (1 - success_chance * cut_share) ** period_loops


@equation(
    "",
    r"\frac{\ln(e_0/e)}{-\ln(1 - p f)}",
    CYCLES,
    rises="start_error_share",
    falls="rival_error_share",
)
def excess_loops(start_error_share, rival_error_share, success_chance, cut_share):
    """Loops that a team needs in excess to be level with one of another error."""
    behind = log(start_error_share) - log(rival_error_share)
    return over(behind, -log1p(-success_chance * cut_share))


# ---- what a limit found late costs
@equation(
    "",
    r"r_i = 1 - k_i\ \text{where}\ a \le i \le b",
    each="work_stages",
    rises="found_step",
    falls="limit_step kept_stage_share",
)
def redone_share(stage_step, limit_step, found_step, kept_stage_share):
    """Share of a stage that is redone: of those from the limit's own to the one in which it is found."""
    done = above(stage_step, found_step, 0, 1 - kept_stage_share)
    return above(limit_step, stage_step, 0, done)


@equation(
    "s",
    r"\sum_i r_i T_i",
    BROWNING_2002.at("abstract: activities, their inputs, and rework"),
    rises="redone_share stage_work_time",
)
def redone_work_time(redone_share, stage_work_time):
    """Work that is done again because of a limit: the sum over the stages that depend on it."""
    return weighted(redone_share, stage_work_time)


# ---- a test between two models
@equation(
    "",
    r"\Phi\!\left(-|q-q_2|\sqrt{\frac{n}{q(1-q) + q_2(1-q_2)}}\right)",
    FLEISS_2003.at("ch. 4"),
    falls="test_samples",
)
def upset_chance(accuracy_share, rival_accuracy_share, test_samples):
    """Chance that the worse of two models scores better, each tested on its own samples."""
    spread = accuracy_share * (1 - accuracy_share) + rival_accuracy_share * (
        1 - rival_accuracy_share
    )
    gap = maximum(accuracy_share, rival_accuracy_share) - minimum(
        accuracy_share, rival_accuracy_share
    )
    return normal_share(-gap * sqrt(over(test_samples, spread)))
