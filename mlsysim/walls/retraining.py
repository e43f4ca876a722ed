"""Retraining: how often, when a run costs money and a model that ages costs more each day."""

from __future__ import annotations

from ..core.elementwise import sqrt
from ..core.graph import Paper, equation
from ..core.inputs import given

HARRIS_1913 = Paper(
    "Harris", 1913, "How Many Parts to Make at Once", "Factory 10(2), pp. 135-136 and 152"
)
LOT = HARRIS_1913.at("the square root of 240MS/C")
given("retrain_cost", "USD", r"C", "Price of training and releasing the model once more")
given("retrain_interval", "s", r"\tau", "Time from one retraining to the next")
given("loss_growth", "USD/s**2", r"d", "Growth of what a model that ages loses over time")
given("skipped_cycles", "", r"j", "Retrainings left out between two that are done")
given("label_delay", "s", r"L", "Time from an event to its label")


@equation("USD/s", r"C/\tau + d\tau/2", LOT, rises="retrain_cost loss_growth")
def upkeep_rate(retrain_cost, retrain_interval, loss_growth):
    """Upkeep over time: what retraining and ageing cost together."""
    return retrain_cost / retrain_interval + loss_growth * retrain_interval / 2


@equation("s", r"\sqrt{2C/d}", LOT, rises="retrain_cost", falls="loss_growth")
def best_retrain_interval(retrain_cost, loss_growth):
    """The interval that costs least: the runs cost as much as the ageing."""
    return sqrt(2 * retrain_cost / loss_growth)


@equation("USD/s", r"\sqrt{2Cd}", LOT, rises="retrain_cost loss_growth")
def least_upkeep_rate(retrain_cost, loss_growth):
    """What the best interval costs over time."""
    return sqrt(2 * retrain_cost * loss_growth)


@equation("", r"\tfrac12\left(j+1 + \frac1{j+1}\right)", LOT, rises="skipped_cycles")
def skipping_penalty(skipped_cycles):
    """Upkeep over the least when some of the best retrainings are left out."""
    return (skipped_cycles + 1 + 1 / (skipped_cycles + 1)) / 2


@equation("USD/s", r"C/\tau + d\tau/2 + dL", rises="upkeep_rate loss_growth label_delay")
def late_upkeep_rate(upkeep_rate, loss_growth, label_delay):
    """Upkeep when each retraining learns from labels that are old already."""
    return upkeep_rate + loss_growth * label_delay


@equation("USD", r"(C/\tau + d\tau/2)\,t", rises="upkeep_rate duration")
def upkeep_cost(upkeep_rate, duration):
    """Upkeep in all."""
    return upkeep_rate * duration
