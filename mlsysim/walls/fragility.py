"""Wall 15, fragility: how often something breaks, and what spares and redundancy are worth."""

from __future__ import annotations

from ..core.elementwise import above, exp, floor, minimum, over, total
from ..core.graph import Paper, equation, table
from ..core.inputs import given
from .wall import Case, Verdict, wall

LLAMA3_2024 = Paper("Llama team", 2024, "The Llama 3 Herd of Models", "arXiv:2407.21783")
KOKOLIS_2024 = Paper(
    "Kokolis et al.",
    2024,
    "Revisiting Reliability in Large-Scale Machine Learning Research Clusters",
    "arXiv:2410.21680",
)
BARLOW_1975 = Paper(
    "Barlow and Proschan", 1975, "Statistical Theory of Reliability and Life Testing", "Holt"
)
ERLANG_1917 = Paper(
    "Erlang",
    1917,
    "Solution of Some Problems in the Theory of Probabilities",
    "Elektroteknikeren 13, 5-13",
)
SERIES, LIVES = (
    BARLOW_1975.at("ch. 2, coherent systems"),
    BARLOW_1975.at("ch. 3, exponential lives"),
)
DIXIT_2021 = Paper("Dixit et al.", 2021, "Silent Data Corruptions at Scale", "arXiv:2102.11245")
table(
    "components",
    component_count=("", "Parts of a kind whose failure stops the run"),
    component_mtbf=("s", "Mean time between failures of one part"),
)
given("repair_time", "s", r"R_1", "Time until a failed unit works again")
given("spares", "", r"s", "Units that wait to replace failed ones")
given("units", "", r"n", "Units of a redundant system")
given("needed_units", "", r"k", "Units that must work")
given("corruption_mtbf", "s", r"M_c", "Mean time of one chip between silent wrong results")
given("check_time", "s", r"t_c", "Time between checks that reveal a wrong result")


# ---- in series: the first failure stops the run
@equation(
    "1/s", r"n_i/M_i", SERIES, each="components", rises="component_count", falls="component_mtbf"
)
def component_rate(component_count, component_mtbf):
    """Failures of all parts of a kind in a unit of time."""
    return component_count / component_mtbf


@equation("1/s", r"\lambda = \sum_i n_i/M_i", rises="component_rate")
def failure_rate(component_rate):
    """Failures that stop the run in a unit of time."""
    return total(component_rate)


@equation("s", r"M = 1/\lambda", SERIES, falls="failure_rate")
def mtbf(failure_rate):
    """Mean time between failures of the whole system."""
    return over(1, failure_rate)


@equation("", r"e^{-t/M}", LIVES, rises="mtbf", falls="duration")
def finish_chance(duration, mtbf):
    """Chance that a run finishes without a failure."""
    return exp(-duration / mtbf)


# ---- redundancy
def steps(counts):
    """Whole steps up to the largest count that is known."""
    listed = counts.ravel().tolist() if hasattr(counts, "ravel") else [counts]
    return range(int(max((count for count in listed if count == count), default=0)))


def _likelier(units, chance, likely):
    """Counts above the likeliest one, and how likely they are compared with it, until that is nothing."""
    weight = 1.0
    for step in steps(units):
        count = likely + step
        grown = over(weight * (units - count) * chance, (count + 1) * (1 - chance))
        weight = above(units, count, grown, 0.0)
        if not (weight.any() if hasattr(weight, "any") else weight):
            return
        yield count + 1, weight


def at_least(needed, units, chance):
    """Chance that at least so many of some units work; each works with the same chance."""
    likely = minimum(floor((units + 1) * chance), units)
    enough, every = above(needed, likely, 0.0, 1.0), 1.0
    for working, weight in _likelier(units, chance, likely):
        enough, every = enough + above(needed, working, 0.0, weight), every + weight
    for failed, weight in _likelier(units, 1 - chance, units - likely):
        enough, every = enough + above(needed, units - failed, 0.0, weight), every + weight
    return enough / every


def erlang_b(load, places):
    """Chance that all places are taken when a request comes (Erlang 1917), by its recurrence."""
    taken = 1.0 + 0 * places
    for step in steps(places):
        taken = above(places, step, load * taken / (step + 1 + load * taken), taken)
    return taken


@equation(
    "",
    r"A = M_1/(M_1 + R_1)",
    BARLOW_1975.at("ch. 7, availability"),
    rises="part_mtbf",
    falls="repair_time",
)
def up_share(part_mtbf, repair_time):
    """Share of the time that a unit works."""
    return part_mtbf / (part_mtbf + repair_time)


@equation(
    "",
    r"\sum_{i=k}^{n} \binom{n}{i} A^i (1-A)^{n-i}",
    SERIES,
    rises="units up_share",
    falls="needed_units",
)
def system_up_share(needed_units, units, up_share):
    """Share of the time that at least k of n units work."""
    return at_least(needed_units, units, up_share)


@equation(
    "",
    r"1 - E_{s+1}(\lambda R_1)",
    ERLANG_1917.at("loss formula"),
    rises="spares",
    falls="failure_rate repair_time",
)
def spare_chance(failure_rate, repair_time, spares):
    """Share of the time that spares stand in for all failed units, so that the run need not wait."""
    return 1 - erlang_b(failure_rate * repair_time, spares + 1)


# ---- wrong results that no error tells
@equation("1/s", r"n/M_c", DIXIT_2021.at("sec. 1"), rises="chips", falls="corruption_mtbf")
def corruption_rate(chips, corruption_mtbf):
    """Silent wrong results of all chips in a unit of time."""
    return chips / corruption_mtbf


@equation("", r"e^{-n t/M_c}", LIVES, falls="corruption_rate duration")
def clean_chance(corruption_rate, duration):
    """Chance that a run sees no silent wrong result."""
    return exp(-corruption_rate * duration)


@equation("", r"\frac{t_c n/M_c}{1 + t_c n/M_c}", rises="corruption_rate check_time")
def tainted_share(corruption_rate, check_time):
    """Share of the work that must be done again: all since the last check that found nothing wrong."""
    return corruption_rate * check_time / (1 + corruption_rate * check_time)


HOUR, DAY, CHIPS = 3600.0, 86400.0, 16384.0
#: GPU, HBM3, software, network, maintenance, SRAM, system processor, NIC, watchdog, corruption, thermal, ...
CAUSES = (148, 72, 54, 35, 32, 19, 17, 7, 7, 6, 6, 3, 3, 2, 2, 2, 2, 2)
wall(
    15,
    "Fragility",
    "fleet",
    "How often does something break?",
    belief="Parts that fail once in years make a system that fails once in years.",
    chart="failures",
    lab="vol2/07",
    paper=BARLOW_1975,
    verdicts=[
        Verdict("loss", "spare_chance", "time that spares cover all failures"),
        Verdict("target", "mtbf", "time between failures"),
    ],
    symbols="mtbf failure_rate finish_chance up_share system_up_share spare_chance "
    "corruption_rate clean_chance tainted_share",
    cases=[
        Case(
            "mtbf",
            {"components": tuple((CHIPS, 54 * DAY * CHIPS / cause) for cause in CAUSES)},
            {},
            54 * DAY / 419,
            0.001,
            LLAMA3_2024.at("table 5: 419 interruptions in 54 days"),
            "Llama 3 405B on 16,384 H100, cause by cause",
        ),
        *(
            Case(
                "mtbf",
                {"components": ((chips / 8, 1000 * DAY / 6.5),)},
                {},
                hours * HOUR,
                0.025,
                KOKOLIS_2024.at("projection by job size, from 6.50 failures in 1,000 node-days"),
                f"A job on {chips:,} A100, 8 in a node",
            )
            for chips, hours in ((16384, 1.8), (131072, 0.23))
        ),
    ],
)
