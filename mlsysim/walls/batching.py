"""Wall 5, batching: how many requests fit at once, and how many a second they make."""

from __future__ import annotations

from ..core.elementwise import floor, largest, maximum, over, total, weighted
from ..core.graph import At, Paper, equation, option, table
from ..core.inputs import given
from ..papers import SHAZEER_2017
from . import tail as tail  # it declares the rate at which requests arrive
from .wall import Case, Verdict, wall

KWON_2023 = Paper(
    "Kwon et al.",
    2023,
    "Efficient Memory Management for Large Language Model Serving with PagedAttention",
    "arXiv:2309.06180",
)
YU_2022 = Paper(
    "Yu et al.",
    2022,
    "Orca: A Distributed Serving System for Transformer-Based Generative Models",
    "USENIX OSDI 22",
)
RESERVED, PAGED = KWON_2023.at("sec. 3.1"), KWON_2023.at("sec. 4.2")
given("page_tokens", "", r"p", "Tokens of a page of the cache")
given("reserved_len", "", r"S_r", "Tokens of cache set aside for every request without pages")
option("slots", "reserved", "paged")
option("batching", "static", "continuous")
table(
    "lengths",
    prompt_tokens=("", "Tokens of the prompts of one kind of request"),
    answer_tokens=("", "Tokens written for one request of this kind"),
    length_share=("", "Share of the requests that are of this kind"),
)


# ---- what a request holds while it is served
@equation(
    "", r"x_i o_i", YU_2022.at("sec. 3.1"), each="lengths", rises="length_share answer_tokens"
)
def written_tokens(length_share, answer_tokens):
    """Tokens written for one kind of request: in proportion to them it is met among those in flight."""
    return length_share * answer_tokens


@equation("", r"s_i + o_i/2", each="lengths", rises="prompt_tokens answer_tokens")
def used_tokens(prompt_tokens, answer_tokens):
    """Tokens that a request has in the cache, on average while it writes."""
    return prompt_tokens + answer_tokens / 2


@equation("", r"S_r", RESERVED, each="lengths", when="slots=reserved", rises="reserved_len")
def held_tokens(reserved_len, used_tokens):
    """Slots that a request holds: the longest length is set aside for each."""
    return reserved_len + 0 * used_tokens


@equation(
    "",
    r"u_i + \frac{p-1}{2}",
    PAGED,
    each="lengths",
    when="slots=paged",
    rises="used_tokens page_tokens",
)
def held_tokens(used_tokens, page_tokens):
    """Slots that a request holds in pages: its last page is half empty on average."""
    return used_tokens + (page_tokens - 1) / 2


@equation(
    "byte",
    r"k_i",
    each="lengths",
    rises="sequence_bytes stage_share",
    sequence_bytes=At("sequence_cache_bytes", cache_len="held_tokens"),
)
def length_cache_bytes(sequence_bytes, stage_share):
    """Cache of one kind of request on the fullest device."""
    return sequence_bytes * stage_share


@equation("byte", r"\frac{\sum_i x_i o_i k_i}{\sum_i x_i o_i}", rises="length_cache_bytes")
def request_cache_bytes(length_cache_bytes, written_tokens):
    """Cache that a request in flight holds on the fullest device, on average."""
    return weighted(length_cache_bytes, written_tokens) / total(written_tokens)


@equation(
    "",
    r"1 - \frac{\sum_i x_i o_i u_i}{\sum_i x_i o_i h_i}",
    KWON_2023.at("fig. 2"),
    rises="held_tokens",
    falls="used_tokens",
)
def slot_waste_share(used_tokens, held_tokens, written_tokens):
    """Share of the slots held that no token uses."""
    return 1 - weighted(used_tokens, written_tokens) / weighted(held_tokens, written_tokens)


# ---- how many fit
@equation("byte", r"M - M_u + M_k", rises="mem_capacity cache_bytes", falls="memory_used")
def cache_room_bytes(mem_capacity, memory_used, cache_bytes):
    """Memory of the fullest device that all else leaves to the cache."""
    return maximum(mem_capacity - memory_used + cache_bytes, 0.0)


@equation(
    "",
    r"d\lfloor M_c/\bar k \rfloor",
    KWON_2023.at("sec. 3"),
    rises="dp cache_room_bytes",
    falls="request_cache_bytes",
)
def fitting_batch(dp, cache_room_bytes, request_cache_bytes):
    """Largest batch for which there is cache, requests being at all stages of their answers."""
    return dp * floor(cache_room_bytes / request_cache_bytes)


@equation(
    "",
    r"d p\lfloor\frac{M_c}{p L k}\rfloor",
    KWON_2023.at("table 1"),
    when="window=none",
    rises="dp cache_room_bytes",
    falls="layers token_cache_bytes",
)
def cache_slot_tokens(dp, cache_room_bytes, page_tokens, layers, token_cache_bytes, stage_share):
    """Tokens for which the cache has slots, in whole pages."""
    page = page_tokens * layers * token_cache_bytes * stage_share
    return dp * page_tokens * floor(cache_room_bytes / page)


# ---- how many a second
@equation(
    "",
    r"\frac{\sum_i x_i o_i}{\sum_i x_i \max_i o_i}",
    YU_2022.at("sec. 3.1"),
    when="batching=static",
)
def slot_share(written_tokens, length_share, answer_tokens):
    """Share of a batch that still writes, on average until its longest answer ends."""
    return total(written_tokens) / (total(length_share) * largest(answer_tokens))


@equation("", r"1", YU_2022.at("sec. 3.1"), when="batching=continuous")
def slot_share():
    """Share of a batch that still writes: all, a new request takes the place of one that ends."""
    return 1.0


@equation(
    "1/s",
    r"1\Big/\left(\frac{\mathrm{TTFT}}{B_p} + \frac{o\,\mathrm{TPOT}}{x B}\right)",
    YU_2022.at("sec. 3.1"),
    rises="prefill_batch batch slot_share",
    falls="ttft output_len tpot",
)
def request_rate(ttft, prefill_batch, output_len, tpot, batch, slot_share):
    """Requests that a full batch ends a second: each takes its prefill and its share of the steps."""
    return 1 / (ttft / prefill_batch + output_len * tpot / (batch * slot_share))


@equation(
    "s",
    r"\mathrm{TPOT} + \frac{B\,\mathrm{TTFT}}{B_p o}",
    YU_2022.at("sec. 3.1, by Little's law"),
    when="batching=continuous",
    rises="tpot batch ttft",
    falls="prefill_batch output_len",
)
def steady_tpot(tpot, batch, ttft, prefill_batch, output_len):
    """Time per output token that a reader sees: the prompts of others are prefilled between the steps."""
    return tpot + over(batch * ttft, prefill_batch * output_len)


@equation("", r"\lambda/X", rises="arrival_rate", falls="request_rate")
def batch_load(arrival_rate, request_rate):
    """Requests that arrive over those that a full batch ends; above 1 the queue grows without end."""
    return arrival_rate / request_rate


@equation(
    "",
    r"1-(1-k/E)^{n}",
    SHAZEER_2017.at("sec. 2; expectation under even routing"),
    when="mlp=moe",
    rises="experts_touched",
    falls="experts",
)
def expert_read_share(experts_touched, experts):
    """Share of the routed experts whose weights a step reads: a batch of one reads few, a large one all."""
    return experts_touched / experts


GIB = 2.0**30
OPTIONS = {"family": "transformer", "attention": "gqa", "window": "none"}
OPT = {"cache_width": 2.0, "stage_share": 1.0, "dp": 1.0, "head_dim": 128.0, "page_tokens": 16.0}
SMALL = {**OPT, "layers": 40.0, "kv_heads": 40.0, "tp": 1.0, "cache_room_bytes": 12 * GIB}
LARGE = {**OPT, "layers": 96.0, "kv_heads": 96.0, "tp": 8.0, "cache_room_bytes": 264 * GIB / 8}
SLOTS = KWON_2023.at("table 1, maximum of KV cache slots")
wall(
    5,
    "Batching",
    "node",
    "How many requests fit at once (static or paged)?",
    belief="A server holds as many requests as its memory divided by the longest of them.",
    chart="batching",
    lab="vol1/13",
    paper=KWON_2023,
    verdicts=[Verdict("capacity", "batch_load", "batches", "inference")],
    symbols="fitting_batch request_rate steady_tpot batch_load slot_waste_share cache_slot_tokens cache_room_bytes "
    "slot_share expert_read_share",
    cases=[
        Case(
            "fitting_batch",
            {**SMALL, "reserved_len": 2048.0, "lengths": ((161.31, 337.99, 1.0),)},
            {**OPTIONS, "slots": "reserved"},
            7.0,
            0.001,
            KWON_2023.at("fig. 13, Orca (Max)"),
            "OPT-13B on a 40 GB A100, 2,048 tokens set aside: 7.00 requests",
        ),
        Case("cache_slot_tokens", SMALL, OPTIONS, 15.7e3, 0.003, SLOTS, "OPT-13B in 12 GB"),
        Case("cache_slot_tokens", LARGE, OPTIONS, 60.1e3, 0.003, SLOTS, "OPT-175B in 264 GB"),
    ],
)
