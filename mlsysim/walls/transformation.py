"""Wall 9, transformation: whether the hosts can prepare the samples."""

from __future__ import annotations

from ..core.elementwise import minimum
from ..core.graph import Paper, equation, option
from ..core.inputs import given
from .ingestion import MOHAN_2021
from .wall import Case, Verdict, wall

MURRAY_2021 = Paper(
    "Murray et al.",
    2021,
    "tf.data: A Machine Learning Data Processing Framework",
    "arXiv:2101.12127",
)
ZHAO_2022 = Paper(
    "Zhao et al.",
    2022,
    "Understanding Data Storage and Ingestion for Large-Scale Deep Recommendation Model Training",
    "arXiv:2108.09373",
)
given("host_clock", "1/s", r"f_h", "Clock of a host's processor cores")
given("host_workers", "", r"n_w", "Processes of one host that prepare samples")
given("sample_cycles", "", r"k", "Processor cycles to prepare a sample")
given("touched_bytes", "byte", r"b_m", "Bytes of host memory that preparing a sample moves")
given("ready_bytes", "byte", r"b_p", "Size of a prepared sample")
given("helpers", "", r"n_p", "Hosts without accelerators that prepare samples for the others")
option("prepare_on", "hosts", "helpers")


@equation(
    "1/s",
    r"\min\left(\min(n_w, n_h)\frac{f_h}{k}, \frac{B_{hm}}{b_m}\right)",
    MURRAY_2021.at("sec. 3.3 and 4.1"),
    rises="host_workers host_cores host_clock host_mem_bandwidth",
    falls="sample_cycles touched_bytes",
)
def host_transform_rate(
    host_workers, host_cores, host_clock, sample_cycles, host_mem_bandwidth, touched_bytes
):
    """Samples that one host prepares a second, held back by its cores or by its memory."""
    by_cores = minimum(host_workers, host_cores) * host_clock / sample_cycles
    return minimum(by_cores, host_mem_bandwidth / touched_bytes)


@equation(
    "1/s", r"P = \frac{n}{n_a} P_1", when="prepare_on=hosts", rises="node_count host_transform_rate"
)
def transform_rate(node_count, host_transform_rate):
    """Samples that the hosts of the accelerators prepare a second."""
    return node_count * host_transform_rate


@equation("1/s", r"P = n_p P_1", when="prepare_on=helpers", rises="helpers host_transform_rate")
def transform_rate(helpers, host_transform_rate):
    """Samples that hosts set apart for it prepare a second."""
    return helpers * host_transform_rate


@equation("", r"G/P", rises="sample_rate", falls="transform_rate")
def transform_load(sample_rate, transform_rate):
    """Samples that the accelerators can take over samples that can be prepared; above 1 they wait."""
    return sample_rate / transform_rate


@equation(
    "",
    r"\min(F, P, G)/G",
    MOHAN_2021.at("sec. 5.1"),
    rises="ingest_rate transform_rate",
    falls="sample_rate",
)
def fed_share(ingest_rate, transform_rate, sample_rate):
    """Share of the time that the accelerators have samples to work on."""
    return minimum(minimum(ingest_rate, transform_rate) / sample_rate, 1.0)


@equation(
    "",
    r"\frac{G k}{n f_h}",
    MOHAN_2021.at("sec. 4.3.3"),
    rises="sample_rate sample_cycles",
    falls="chips host_clock",
)
def cores_per_chip(sample_rate, sample_cycles, chips, host_clock):
    """Processor cores that keep one accelerator fed."""
    return sample_rate * sample_cycles / (chips * host_clock)


# ---- hosts set apart
@equation("byte/s", r"B_G = G b_p", rises="sample_rate ready_bytes")
def ready_bandwidth(sample_rate, ready_bytes):
    """Bytes of prepared samples that the accelerators can take a second."""
    return sample_rate * ready_bytes


@equation("byte/s", r"B_p = P_1 b_p", rises="host_transform_rate ready_bytes")
def helper_bandwidth(host_transform_rate, ready_bytes):
    """Bytes of prepared samples that one host sends a second."""
    return host_transform_rate * ready_bytes


@equation(
    "", r"B_G/B_p", ZHAO_2022.at("table 9"), rises="ready_bandwidth", falls="helper_bandwidth"
)
def needed_helpers(ready_bandwidth, helper_bandwidth):
    """Hosts set apart that keep the accelerators fed."""
    return ready_bandwidth / helper_bandwidth


wall(
    9,
    "Transformation",
    "data",
    "Can the hosts prepare the samples?",
    belief="Decoding and augmenting are small work that any host does on the side.",
    chart="stalls",
    lab="vol1/04",
    paper=MURRAY_2021,
    verdicts=[
        Verdict("capacity", "transform_load", "preparing samples"),
        Verdict("loss", "fed_share", "time that accelerators are fed"),
    ],
    symbols="transform_load fed_share transform_rate host_transform_rate cores_per_chip "
    "needed_helpers ready_bandwidth helper_bandwidth",
    cases=[
        Case(
            "needed_helpers",
            {"ready_bandwidth": taken, "helper_bandwidth": sent},
            {},
            hosts,
            0.015,
            ZHAO_2022.at("tables 8 and 9"),
            f"Hosts that feed one node of 8 GPUs, recommendation model {model}",
        )
        for model, taken, sent, hosts in (
            ("RM1", 16.50e9, 0.68e9, 24.16),
            ("RM2", 4.69e9, 0.50e9, 9.44),
            ("RM3", 12.00e9, 0.22e9, 55.22),
        )
    ],
)
