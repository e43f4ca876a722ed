"""Rare events: how long nothing must happen before it means something."""

from __future__ import annotations

from ..core.elementwise import expm1, log1p
from ..core.graph import Paper, constant, equation
from ..core.inputs import given

HANLEY_1983 = Paper(
    "Hanley and Lippman-Hand",
    1983,
    "If Nothing Goes Wrong, Is Everything All Right? Interpreting Zero Numerators",
    "JAMA 249(13), p. 1743",
)
EYPASCH_1995 = Paper(
    "Eypasch et al.",
    1995,
    "Probability of Adverse Events That Have Not Yet Occurred: A Statistical Reminder",
    "doi:10.1136/bmj.311.7005.619",
)
RULE = EYPASCH_1995.at("abstract: maximum risk 3/n, after Hanley and Lippman-Hand 1983")
EXACT = HANLEY_1983.at("rule of three, before it is rounded")
given("event_chance", "", r"p", "Chance of the rare event in one sample")
given("sure_chance", "", r"c", "Chance to see the event at least once, if it is as likely as that")
given("watched_samples", "", r"n", "Samples that are watched")
constant(
    "zero_events_bound",
    3.0,
    "",
    r"3",
    RULE,
    "Events that may have been due at most, where none was seen",
)


@equation("", r"1 - (1-p)^n", EXACT, rises="event_chance watched_samples")
def seen_chance(event_chance, watched_samples):
    """Chance that the event is seen at least once."""
    return -expm1(watched_samples * log1p(-event_chance))


@equation("", r"\frac{\ln(1-c)}{\ln(1-p)}", EXACT, rises="sure_chance", falls="event_chance")
def silent_samples(event_chance, sure_chance):
    """Samples without the event that show, so surely, that it is rarer than this."""
    return log1p(-sure_chance) / log1p(-event_chance)


@equation("", r"3/p", RULE, falls="event_chance")
def rule_samples(event_chance, zero_events_bound):
    """Samples without the event that show it to be rarer than this, at 95 %: the rule of three."""
    return zero_events_bound / event_chance


@equation("", r"1 - (1-c)^{1/n}", EXACT, rises="sure_chance", falls="watched_samples")
def bound_chance(watched_samples, sure_chance):
    """Largest chance of the event that so many samples without it leave open."""
    return -expm1(log1p(-sure_chance) / watched_samples)
