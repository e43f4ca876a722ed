"""Wall 4, serving: how long to the first token, and between tokens."""

from __future__ import annotations

from ..core.elementwise import above, over
from ..core.graph import At, equation
from ..papers import CHOWDHERY_2022, LEVIATHAN_2023, POPE_2023
from .wall import Case, Verdict, wall


@equation(
    "s",
    r"\mathrm{TTFT}",
    POPE_2023.at("sec. 2"),
    rises="prefill_step",
    prefill_step=At("step_time", phase="prefill", batch="prefill_batch"),
)
def ttft(prefill_step):
    """Time to the first token, when the prompts of a prefill batch arrive together and nothing waits before them."""
    return prefill_step


@equation(
    "s",
    r"\mathrm{TTFT}_{lo}",
    prefill_step=At("step_time", phase="prefill", batch="prefill_batch", overlap="full"),
)
def ttft_low(prefill_step):
    """The same if everything overlapped."""
    return prefill_step


@equation(
    "s",
    r"\mathrm{TTFT}_{hi}",
    prefill_step=At("step_time", phase="prefill", batch="prefill_batch", overlap="none"),
)
def ttft_high(prefill_step):
    """The same if nothing overlapped."""
    return prefill_step


@equation(
    "",
    r"\mathrm{MFU}_p",
    CHOWDHERY_2022.at("app. B"),
    prefill_mfu=At("mfu", phase="prefill", batch="prefill_batch"),
)
def ttft_mfu(prefill_mfu):
    """Share of the peak rate that does the model's own work during prefill."""
    return prefill_mfu


@equation(
    "s",
    r"\mathrm{TPOT}",
    POPE_2023.at("sec. 2"),
    rises="decode_step",
    decode_step=At("step_time", phase="decode"),
)
def tpot(decode_step):
    """Time per output token of every sequence in the batch."""
    return decode_step


@equation("s", r"T_r", POPE_2023.at("sec. 2"), rises="ttft tpot output_len")
def request_time(ttft, tpot, output_len):
    """One request from its arrival to its last token."""
    return ttft + tpot * output_len


@equation("", r"\bar S", rises="seq_len output_len")
def context_len(seq_len, output_len):
    """Tokens that a sequence has on average while it decodes."""
    return seq_len + output_len / 2


@equation("", r"S", rises="seq_len output_len")
def cache_len(seq_len, output_len):
    """Tokens for which a sequence needs cache."""
    return seq_len + output_len


@equation("1/s", r"B/T", when="phase=decode", rises="batch", falls="step_time")
def token_rate(batch, step_time):
    """Tokens that the system writes a second."""
    return batch / step_time


@equation("1/s", r"B s/T", when="phase=training|prefill", rises="batch seq_len", falls="step_time")
def token_rate(batch, seq_len, step_time):
    """Tokens that the system reads a second."""
    return batch * seq_len / step_time


@equation("1/s", r"B/T", rises="batch", falls="step_time")
def sample_rate(batch, step_time):
    """Samples that the system handles a second."""
    return batch / step_time


@equation(
    "",
    r"\frac{1-\alpha^{k+1}}{1-\alpha}",
    LEVIATHAN_2023.at("eq. 1"),
    rises="accept_chance draft_tokens",
)
def tokens_per_verify(accept_chance, draft_tokens):
    """Tokens that one verification yields on average."""
    refused, most = 1 - accept_chance, draft_tokens + 1
    return above(refused, 0, over(1 - accept_chance**most, refused), most)


@equation(
    "s",
    r"\frac{k t_d + t_v}{E}",
    LEVIATHAN_2023.at("th. 3.8"),
    rises="draft_time verify_time",
    falls="tokens_per_verify",
)
def speculative_tpot(draft_tokens, draft_time, verify_time, tokens_per_verify):
    """Time per output token with a draft model."""
    return (draft_tokens * draft_time + verify_time) / tokens_per_verify


TABLE = LEVIATHAN_2023.at("table 1, speed at c = 0")
wall(
    4,
    "Serving",
    "node",
    "How long to the first token, and between tokens?",
    belief="A faster chip answers faster, at every batch.",
    chart="frontier",
    lab="vol1/13",
    paper=POPE_2023,
    verdicts=[
        Verdict("target", "ttft", "time to the first token", "inference"),
        Verdict("target", "tpot", "time per output token", "inference"),
    ],
    symbols="ttft tpot request_time token_rate sample_rate tokens_per_verify speculative_tpot",
    cases=[
        Case(
            "tokens_per_verify",
            {"accept_chance": 0.8, "draft_tokens": 5.0},
            {},
            3.69,
            0.002,
            TABLE,
            "80 % accepted, 5 drafted: 3.69x",
        ),
        Case(
            "tokens_per_verify",
            {"accept_chance": 0.9, "draft_tokens": 10.0},
            {},
            6.86,
            0.002,
            TABLE,
            "90 % accepted, 10 drafted: 6.86x",
        ),
    ],
)
