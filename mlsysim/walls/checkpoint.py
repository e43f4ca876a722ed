"""Wall 19, checkpoint: how often to save, and what saving steals."""

from __future__ import annotations

from ..core.elementwise import above, exp, expm1, maximum, minimum, sqrt, total
from ..core.graph import Paper, constant, equation, option, table
from ..core.inputs import given
from .wall import Case, Verdict, wall

YOUNG_1974 = Paper(
    "Young",
    1974,
    "A First Order Approximation to the Optimum Checkpoint Interval",
    "doi:10.1145/361147.361115",
)
DALY_2006 = Paper(
    "Daly",
    2006,
    "A Higher Order Estimate of the Optimum Checkpoint Interval for Restart Dumps",
    "doi:10.1016/j.future.2004.11.016",
)
LOW_2012 = Paper(
    "Low et al.",
    2012,
    "Distributed GraphLab: A Framework for Machine Learning and Data Mining in the Cloud",
    "arXiv:1204.6078",
)
BENOIT_2017 = Paper(
    "Benoit et al.",
    2017,
    "Towards Optimal Multi-Level Checkpointing",
    "doi:10.1109/TC.2016.2643660",
)
BIGSCIENCE_2022 = Paper(
    "BigScience", 2022, "BigScience 176B model training", "bigscience.notion.site"
)
YOUNG, THIRD = YOUNG_1974.at("eq. for T_c"), DALY_2006.at("eq. 37")
LEVELS = BENOIT_2017.at("abstract")
given("mtbf", "s", r"M", "Mean time between failures of the whole system")
given("restart_time", "s", r"R", "Time from a failure to the first step after it, lost work aside")
option("save_to", "memory", "drive", "shared")
option("saving", "blocking", "async", "tiered")
option("interval", "young", "daly-first", "daly")
option("loss_order", "first", "exact")
table(
    "save_tiers",
    tier_bandwidth=("byte/s", "Bandwidth at which all chips together save to a tier"),
    tier_failure_share=("", "Share of the failures that this tier survives and no faster one"),
)
constant("daly_linear", 3.0, "", r"3", THIRD, "Divisor of its second term")
constant("daly_square", 9.0, "", r"9", THIRD, "Divisor of its third term")


# ---- what is saved, and how fast
@equation("byte", r"N(w_w + w_o)", rises="params weight_width optimizer_width")
def checkpoint_bytes(params, weight_width, optimizer_width):
    """Weights and optimiser state of the whole model, once."""
    return params * (weight_width + optimizer_width)


@equation("byte/s", r"n B_h", when="save_to=memory", rises="chips hostlink_bandwidth")
def save_bandwidth(chips, hostlink_bandwidth):
    """Bandwidth into host memory: each chip copies its share."""
    return chips * hostlink_bandwidth


@equation(
    "byte/s", r"\frac{n}{n_a} B_d", when="save_to=drive", rises="node_count storage_bandwidth"
)
def save_bandwidth(node_count, storage_bandwidth):
    """Bandwidth into drives: each node writes to its own."""
    return node_count * storage_bandwidth


@equation(
    "byte/s",
    r"\min(\frac{n}{n_a} n_n B_n, B_d)",
    when="save_to=shared",
    rises="node_count nics nic_bandwidth storage_bandwidth",
)
def save_bandwidth(node_count, nics, nic_bandwidth, storage_bandwidth):
    """Bandwidth into a shared file system: what the nodes send, or what it takes."""
    return minimum(node_count * nics * nic_bandwidth, storage_bandwidth)


@equation("s", r"S/B", rises="checkpoint_bytes", falls="save_bandwidth")
def save_time(checkpoint_bytes, save_bandwidth):
    """Time until a checkpoint is safe."""
    return checkpoint_bytes / save_bandwidth


@equation("s", r"\delta = S/B", when="saving=blocking", rises="save_time")
def stall_time(save_time):
    """Time that the training stands still for a checkpoint: all of it."""
    return save_time


@equation(
    "s",
    r"\delta = \frac{S}{n B_h}",
    when="saving=async",
    rises="checkpoint_bytes",
    falls="chips hostlink_bandwidth",
)
def stall_time(checkpoint_bytes, chips, hostlink_bandwidth):
    """Time that the training stands still for a checkpoint: the copy to host memory, written out later."""
    return checkpoint_bytes / (chips * hostlink_bandwidth)


# ---- how often
@equation("s", r"\sqrt{2\delta M}", YOUNG, when="interval=young", rises="stall_time mtbf")
def best_interval(stall_time, mtbf):
    """Work between two checkpoints that loses least, to first order."""
    return sqrt(2 * stall_time * mtbf)


@equation(
    "s",
    r"\sqrt{2\delta M} - \delta",
    DALY_2006.at("conclusions, rule of thumb"),
    when="interval=daly-first",
    rises="stall_time",
)
def best_interval(stall_time, mtbf):
    """Work between two checkpoints that loses least, to first order with the time to save set apart."""
    return above(stall_time, mtbf / 2, mtbf, sqrt(2 * stall_time * mtbf) - stall_time)


@equation(
    "s",
    r"\sqrt{2\delta M}\left(1 + \frac13\sqrt{\frac{\delta}{2M}} + \frac19\frac{\delta}{2M}\right) - \delta",
    THIRD,
    when="interval=daly",
    rises="stall_time",
)
def best_interval(stall_time, mtbf, daly_linear, daly_square):
    """Work between two checkpoints that loses least, to third order."""
    part = stall_time / (2 * mtbf)
    series = 1 + sqrt(part) / daly_linear + part / daly_square
    return above(stall_time, 2 * mtbf, mtbf, sqrt(2 * stall_time * mtbf) * series - stall_time)


@equation("s", r"\tau", when="saving=blocking", rises="best_interval")
def save_interval(best_interval):
    """Work between two checkpoints."""
    return best_interval


@equation("s", r"\max(\tau, S/B)", when="saving=async", rises="best_interval save_time")
def save_interval(best_interval, save_time):
    """Work between two checkpoints: one must be written out before the next."""
    return maximum(best_interval, save_time)


# ---- what is lost
@equation("s", r"\tau/2", when="saving=blocking", rises="save_interval")
def rework_time(save_interval):
    """Work that a failure throws away, on average."""
    return save_interval / 2


@equation("s", r"\tau/2 + S/B", when="saving=async", rises="save_interval save_time")
def rework_time(save_interval, save_time):
    """Work that a failure throws away, on average: also what ran while the last checkpoint was written out."""
    return save_interval / 2 + save_time


@equation(
    "",
    r"1 - \frac{\delta}{\tau} - \frac{t_w + R}{M}",
    YOUNG,
    when="loss_order=first saving=blocking|async",
    rises="mtbf",
    falls="stall_time rework_time restart_time",
)
def goodput_share(stall_time, save_interval, rework_time, restart_time, mtbf):
    """Share of the time that yields steps that are kept: less saving, work done again and restarts."""
    return maximum(1 - stall_time / save_interval - (rework_time + restart_time) / mtbf, 0.0)


@equation(
    "",
    r"\frac{\tau e^{-R/M}}{M(e^{(\tau+\delta)/M} - 1)}",
    DALY_2006.at("eq. 20"),
    when="loss_order=exact saving=blocking",
    rises="mtbf",
    falls="stall_time restart_time",
)
def goodput_share(stall_time, save_interval, restart_time, mtbf):
    """Share of the time that yields steps that are kept, when saving and restarting may fail too."""
    lost = mtbf * expm1((save_interval + stall_time) / mtbf)
    return save_interval * exp(-restart_time / mtbf) / lost


# ---- several tiers
@equation(
    "s", r"\delta_i = S/B_i", each="save_tiers", rises="checkpoint_bytes", falls="tier_bandwidth"
)
def tier_save_time(checkpoint_bytes, tier_bandwidth):
    """Time to save to one tier."""
    return checkpoint_bytes / tier_bandwidth


@equation(
    "s",
    r"\tau_i = \sqrt{2\delta_i M/x_i}",
    LEVELS,
    each="save_tiers",
    rises="tier_save_time mtbf",
    falls="tier_failure_share",
)
def tier_interval(tier_save_time, tier_failure_share, mtbf):
    """Work between two checkpoints to one tier."""
    return sqrt(2 * tier_save_time * mtbf / tier_failure_share)


@equation(
    "",
    r"\sqrt{2\delta_i x_i/M}",
    LEVELS,
    each="save_tiers",
    rises="tier_save_time tier_failure_share",
    falls="mtbf",
)
def tier_waste_share(tier_save_time, tier_failure_share, mtbf):
    """Share of the time lost to saving to one tier and to the work done again from it."""
    return sqrt(2 * tier_save_time * tier_failure_share / mtbf)


@equation(
    "",
    r"1 - \sum_i \sqrt{2\delta_i x_i/M} - R/M",
    LEVELS,
    when="loss_order=first saving=tiered",
    rises="mtbf",
    falls="tier_waste_share restart_time",
)
def goodput_share(tier_waste_share, restart_time, mtbf):
    """Share of the time that yields steps that are kept, with fast tiers for the frequent failures."""
    return maximum(1 - total(tier_waste_share) - restart_time / mtbf, 0.0)


MINUTE, HOUR = 60.0, 3600.0
WEIGHTS = {"params": 176.247e9, "weight_width": 2.0, "optimizer_width": 0.0}
STATE, BLOOM = {**WEIGHTS, "optimizer_width": 12.0}, BIGSCIENCE_2022.at("checkpoint size, binary")
YEARLY = {"stall_time": 2 * MINUTE, "mtbf": 365 * 24 * HOUR / 64}
FIGURES = ((24, 117, "fig. 3"), (6, 57, "fig. 4"), (0.25, 9.1, "fig. 5"))
wall(
    19,
    "Checkpoint",
    "operations",
    "How often to save, and what does saving steal?",
    belief="A checkpoint costs only the time it takes to write.",
    chart="goodput",
    lab="vol2/07",
    paper=DALY_2006,
    verdicts=[Verdict("loss", "goodput_share", "checkpoints, lost work and restarts")],
    symbols="goodput_share best_interval save_interval stall_time save_time save_bandwidth checkpoint_bytes "
    "rework_time tier_interval tier_waste_share",
    cases=[
        *(
            Case(
                "best_interval",
                {"stall_time": 5 * MINUTE, "mtbf": hours * HOUR},
                {"interval": "daly"},
                minutes * MINUTE,
                0.007,
                DALY_2006.at(place),
                f"5 minutes to save, a failure every {hours:g} h",
            )
            for hours, minutes, place in FIGURES
        ),
        Case(
            "best_interval",
            YEARLY,
            {"interval": "young"},
            3 * HOUR,
            0.01,
            LOW_2012.at("sec. 4.3"),
            "64 machines that fail once a year, 2 minutes to save: every 3 h",
        ),
        Case(
            "checkpoint_bytes", WEIGHTS, {}, 329 * 2.0**30, 0.003, BLOOM, "BLOOM's weights, 329 GB"
        ),
        Case(
            "checkpoint_bytes", STATE, {}, 2.3 * 2.0**40, 0.03, BLOOM, "with its optimiser, 2.3 TB"
        ),
    ],
)
