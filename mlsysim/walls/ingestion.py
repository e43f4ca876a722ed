"""Wall 8, ingestion: whether storage and caches can feed the accelerators."""

from __future__ import annotations

from ..core.elementwise import exp, expm1, maximum, minimum, over, total
from ..core.graph import Paper, equation, option, table
from ..core.inputs import given
from .wall import Case, Verdict, wall

MOHAN_2021 = Paper(
    "Mohan et al.",
    2021,
    "Analyzing and Mitigating Data Stalls in DNN Training",
    "doi:10.14778/3446095.3446100",
)
MARTINA_2014 = Paper(
    "Martina et al.",
    2014,
    "A Unified Approach to the Performance Analysis of Caching Systems",
    "arXiv:1307.6702",
)
LITTLE_1961 = Paper(
    "Little", 1961, "A Proof for the Queuing Formula L = λW", "doi:10.1287/opre.9.3.383"
)
FELLER_1968 = Paper(
    "Feller",
    1968,
    "An Introduction to Probability Theory and Its Applications, vol. 1, 3rd edition",
    "Wiley",
)
MLPERF = Paper(
    "MLCommons", 2024, "MLPerf Storage v1.0 results", "GitHub mlcommons/storage_results_v1.0"
)
given("dataset_bytes", "byte", r"D", "Stored size of the data that an epoch reads")
given("sample_bytes", "byte", r"b", "Stored size of one sample")
given("page_cache_capacity", "byte", r"M_c", "Memory of all hosts that caches the data")
given("page_cache_bandwidth", "byte/s", r"B_c", "Bandwidth at which all hosts read their caches")
given("read_bytes", "byte", r"b_r", "Bytes of one read")
given("prefetch_depth", "", r"n_r", "Reads under way at once")
given("readers", "", r"n", "Processes that each read a shard")
given("shards", "", r"S", "Shards, or storage servers, that a reader picks from at random")
option("fetch_from", "cache", "tiers")
option("page_cache", "pinned", "random")
table(
    "read_tiers",
    read_tier_bandwidth=("byte/s", "Bandwidth at which all hosts together read a tier"),
    read_tier_share=("", "Share of the samples that are read from the tier"),
)
#: Rounds of Newton's method for the shares of a cache that evicts at random.
ROUNDS = range(24)


# ---- caches
@equation("", r"x = \min(M_c/D, 1)", rises="page_cache_capacity", falls="dataset_bytes")
def page_cache_share(page_cache_capacity, dataset_bytes):
    """Share of the data that the cache holds."""
    return minimum(page_cache_capacity / dataset_bytes, 1.0)


@equation(
    "", r"h = x", MOHAN_2021.at("sec. 6.1"), when="page_cache=pinned", rises="page_cache_share"
)
def cache_hit_share(page_cache_share):
    """Share of the reads that the cache answers, if it keeps what it has."""
    return page_cache_share


def _misses_over_cache(share):
    """The root a > 0 of ((1 - exp(-a))/a)^2 = 1 - xa; Newton's method comes down from 1/x."""
    a = 1 / share
    for _ in ROUNDS:
        kept = -expm1(-a) / a
        a = a - (kept**2 + share * a - 1) / (2 * kept * (exp(-a) - kept) / a + share)
    return a


@equation(
    "",
    r"h = \left(\frac{1 - e^{-a}}{a}\right)^2,\ a = \frac{1-h}{x}",
    MARTINA_2014.at("RANDOM policy, for epochs in random order"),
    when="page_cache=random",
    rises="page_cache_share",
)
def cache_hit_share(page_cache_share):
    """Share of the reads that the cache answers, if a miss evicts at random, close to what Linux does."""
    return 1 - page_cache_share * _misses_over_cache(page_cache_share)


@equation(
    "byte", r"D(1-h)", MOHAN_2021.at("sec. 4.3.2"), rises="dataset_bytes", falls="cache_hit_share"
)
def fetched_bytes(dataset_bytes, cache_hit_share):
    """Bytes that an epoch reads from storage."""
    return dataset_bytes * (1 - cache_hit_share)


# ---- storage
@equation(
    "byte/s",
    r"\min\left(B_d, \frac{n_r b_r}{t_d + b_r/B_d}\right)",
    LITTLE_1961.at("theorem"),
    rises="storage_bandwidth prefetch_depth read_bytes",
    falls="storage_latency",
)
def read_bandwidth(storage_bandwidth, storage_latency, read_bytes, prefetch_depth):
    """Bandwidth that the reads under way reach."""
    alone = storage_latency + read_bytes / storage_bandwidth
    return minimum(prefetch_depth * read_bytes / alone, storage_bandwidth)


@equation(
    "",
    r"1 + t_d B_d/b_r",
    LITTLE_1961.at("theorem"),
    rises="storage_bandwidth storage_latency",
    falls="read_bytes",
)
def needed_depth(storage_bandwidth, storage_latency, read_bytes):
    """Reads that must be under way to use all of the bandwidth."""
    return 1 + storage_latency * storage_bandwidth / read_bytes


@equation("", r"1 - (1 - 1/S)^n", FELLER_1968.at("sec. IV.2"), rises="readers", falls="shards")
def busy_shard_share(readers, shards):
    """Share of the shards that are read at a time; the others idle while readers collide."""
    return 1 - (1 - 1 / shards) ** readers


@equation("", r"1 - e^{-n(n-1)/(2S)}", FELLER_1968.at("sec. II.3"), rises="readers", falls="shards")
def shard_collision_chance(readers, shards):
    """Chance that at least two readers pick the same shard."""
    return -expm1(-readers * (readers - 1) / (2 * shards))


# ---- supply against demand
@equation(
    "s",
    r"b\left(\frac{h}{B_c} + \frac{1-h}{B_r y}\right)",
    MOHAN_2021.at("eq. 1"),
    when="fetch_from=cache",
    rises="sample_bytes",
    falls="page_cache_bandwidth read_bandwidth busy_shard_share",
)
def sample_fetch_time(
    sample_bytes, cache_hit_share, page_cache_bandwidth, read_bandwidth, busy_shard_share
):
    """Time to fetch a sample, from the cache or from storage, on average."""
    missed = (1 - cache_hit_share) / (read_bandwidth * busy_shard_share)
    return sample_bytes * (cache_hit_share / page_cache_bandwidth + missed)


@equation(
    "s",
    r"b x_i/B_i",
    each="read_tiers",
    rises="sample_bytes read_tier_share",
    falls="read_tier_bandwidth",
)
def tier_fetch_time(sample_bytes, read_tier_share, read_tier_bandwidth):
    """Part of the time to fetch a sample that a tier takes."""
    return sample_bytes * read_tier_share / read_tier_bandwidth


@equation("s", r"b\sum_i x_i/B_i", when="fetch_from=tiers", rises="tier_fetch_time")
def sample_fetch_time(tier_fetch_time):
    """Time to fetch a sample through all tiers, on average."""
    return total(tier_fetch_time)


@equation("1/s", r"F = 1/t_f", MOHAN_2021.at("eq. 2"), falls="sample_fetch_time")
def ingest_rate(sample_fetch_time):
    """Samples that can be fetched a second."""
    return over(1, sample_fetch_time)


@equation("", r"G/F", rises="sample_rate", falls="ingest_rate")
def ingest_load(sample_rate, ingest_rate):
    """Samples that the accelerators can take over samples that can be fetched; above 1 they wait."""
    return sample_rate / ingest_rate


@equation(
    "", r"\max(0, 1 - F/G)", MOHAN_2021.at("sec. 3"), rises="sample_rate", falls="ingest_rate"
)
def stall_share(sample_rate, ingest_rate):
    """Share of the time that the accelerators wait for storage, prefetching included."""
    return maximum(1 - ingest_rate / sample_rate, 0.0)


GB, GIB, STALLS = 1e9, 2.0**30, MOHAN_2021.at("sec. 4.3.2")
COSMOFLOW = "Closed/Micron/results/Micron_6500_Gen4_High_Capacity_NVMe/cosmoflow/h100/run_1"
wall(
    8,
    "Ingestion",
    "data",
    "Can storage feed the accelerators?",
    belief="Faster accelerators train faster, whatever they read from.",
    chart="stalls",
    lab="vol2/04",
    paper=MOHAN_2021,
    verdicts=[Verdict("capacity", "ingest_load", "storage")],
    symbols="ingest_load stall_share ingest_rate sample_fetch_time cache_hit_share fetched_bytes "
    "read_bandwidth needed_depth busy_shard_share shard_collision_chance",
    cases=[
        Case(
            "fetched_bytes",
            {"dataset_bytes": 146 * GIB, "page_cache_share": 0.35},
            {"page_cache": "pinned"},
            95 * GIB,
            0.005,
            STALLS,
            "ImageNet, 35 % cached, nothing evicted",
        ),
        Case(
            "fetched_bytes",
            {"dataset_bytes": 146 * GIB, "page_cache_share": 0.35},
            {"page_cache": "random"},
            0.85 * 146 * GIB,
            0.02,
            STALLS,
            "ImageNet, 35 % in the page cache: 85 % read from storage",
        ),
        Case(
            "fetched_bytes",
            {"dataset_bytes": 645 * GB, "page_cache_share": 0.65},
            {"page_cache": "random"},
            340 * GB,
            0.02,
            MOHAN_2021.at("sec. 7.1, DALI-shuffle"),
            "OpenImages, 65 % in the page cache",
        ),
        Case(
            "stall_share",
            {"ingest_rate": 1841.7, "batch": 9.0, "step_time": 3.5e-3},
            {},
            1 - 0.7171,
            0.01,
            MLPERF.at(COSMOFLOW),
            "CosmoFlow on 9 emulated H100: 71.71 % of the time busy",
        ),
    ],
)
