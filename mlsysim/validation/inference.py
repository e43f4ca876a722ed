"""Prefill, decode and serving: the same steps as in an evaluation, put together as rows report them."""

from __future__ import annotations

import math
from collections.abc import Mapping

from .answers import answer
from .prediction import Prediction
from .rows import Inexpressible, Row
from .system import System

#: Stacks whose engines in 8 or 4 bits also keep the cache in 8 bits.
NARROW_CACHE = ("TensorRT_LLM",)
#: Sequences that an engine runs at once where nothing is printed; tokens of prompts computed together.
ENGINE_SEQUENCES = {"TensorRT_LLM": 2048.0}
USUAL_SEQUENCES, PREFILL_TOKENS = 64.0, 4096.0
#: Tokens of a chat prompt where a data set stands instead of a length.
CHAT_PROMPT, CHAT_ANSWER = 100.0, 400.0
GIB = 2.0**30


def stack_of(row: Row) -> str:
    """The software of an inference row, by what it says of machine and load."""
    hardware, work = row.hardware.lower(), {key.lower() for key in row.workload}
    if "weight_gb" in work:
        return "LlamaCpp_Metal" if "apple" in hardware else "LlamaCpp"
    if "apple" in hardware:
        return "LlamaCpp_Metal"
    if work & {"concurrency", "max_num_seqs", "max_concurrency"} or "tpu" in hardware:
        return "VLLM"
    if row.kind == "serving_throughput":
        return "TensorRT_LLM"
    return "FasterTransformer" if row.metric == "latency_ms" else "GPT_Fast"


def system_of(row: Row, constants: Mapping[str, float]) -> System:
    """The laid-out system of an inference row; batch and lengths come with each question."""
    system = System(row, stack_of(row), "inference", constants)
    keys = system.keys
    tp, pp, ep = (system.degree(name) for name in ("tp", "pp", "ep"))
    sparse = system.options["mlp"] == "moe"
    ep = ep if sparse else 1.0
    if ep >= tp > 1 and ep >= system.devices:
        tp = 1.0 if system.degree("dp") > 1 else tp
    used = max(tp * pp, ep)
    dp = max(system.devices / used, 1.0)
    keys.read |= {"dp", "zero", "weight_gb"}
    inner_dp = max(ep / tp, 1.0) if sparse else 1.0
    system.given["sequence_overhead"] *= inner_dp  # one scheduler serves the ranks of an engine
    if system.stack in NARROW_CACHE and system.precision in ("fp8", "fp4"):
        system.given["cache_width"] = 1.0
    system.lay(tp=tp, pp=pp, dp=dp * inner_dp, ep=ep if ep <= dp * inner_dp else 1.0)
    if "rule.compute" in constants:
        system.given["sequence_overhead"] = 0.0
    gib = keys.number("weight_gb")
    if gib and system.model.params:
        system.given["weight_width"] = gib * GIB / system.model.params
    return system


def _load(batch: float, seq_len: float, written: float) -> dict[str, float]:
    """Requests at once and their lengths, under the names of the graph."""
    return {"batch": batch, "prefill_batch": batch, "seq_len": seq_len, "output_len": written}


def pass_time(
    system: System, phase: str, batch: float, seq_len: float, written: float = 0.0
) -> float:
    """One step of a phase with a batch over all replicas."""
    return system.solve("step_time", phase, **_load(batch, seq_len, written))


def decode_seconds(system: System, batch: float, seq_len: float, written: float) -> float:
    """One decode step at the mean context of a request."""
    return pass_time(system, "decode", batch, max(seq_len, 1.0), written)


def prefill_seconds(system: System, batch: float, seq_len: float) -> float:
    """Seconds of prefill for each request, prompts batched up to the tokens that an engine computes together."""
    if seq_len < 1:
        return 0.0
    replicas = system.given["dp"]
    together = min(max(math.floor(PREFILL_TOKENS / seq_len), 1), math.ceil(batch / replicas))
    return pass_time(system, "prefill", together * replicas, seq_len) / (together * replicas)


def largest_batch(system: System, seq_len: float, written: float, wanted: float) -> float:
    """Requests that run at once: what is asked for, or what the cache holds."""
    single = _load(1.0, seq_len, written)
    weights = system.solve("weight_bytes", "decode", **single)
    each = system.solve("sequence_cache_bytes", "decode", **single) / system.given["pp"]
    memory, kept = system.given["mem_capacity"], 1 - system.given["reserved_share"]
    if (
        system.stack == "TensorRT_LLM"
    ):  # a share of what the weights leave, each request at full length
        left = (memory - weights) * kept
    else:  # pages are taken as they fill: half of the answer on average
        left = memory * kept - weights
        each *= (seq_len + written / 2) / max(seq_len + written, 1.0)
    room = left / each * system.given["dp"]
    if room < 1:
        raise Inexpressible("the weights leave no memory for a single request")
    return max(min(wanted, room), 1.0)


def lengths_of(system: System) -> tuple[float, float]:
    """Tokens read and written by a request."""
    keys = system.keys
    written = keys.number("output_len")
    read = keys.number("input_len") or keys.number("seq_len")
    if not read and "dataset" in keys:
        read = CHAT_PROMPT
    if not read and not written:
        system.notes.append("no lengths are printed: those of chat are taken")
        return CHAT_PROMPT, CHAT_ANSWER
    return read, written


def served(system: System, wanted: float, read: float, written: float) -> tuple[float, float]:
    """Requests at once, and seconds in which each of them gets a token while others are prefilled."""
    batch = largest_batch(system, read, written, wanted)
    step = decode_seconds(system, batch, read, written)
    return batch, step + batch * prefill_seconds(system, batch, read) / max(written, 1.0)


def _running(system: System) -> float:
    """Requests that clients keep up, no more than the engine takes; 0 where a row says neither."""
    said = (system.keys.number("concurrency"), system.keys.number("max_num_seqs"))
    return min((load for load in said if load), default=0.0)


def _decode(row: Row, system: System) -> float:
    read, written = lengths_of(system)
    load = _running(system)
    batch = system.keys.number("batch") or load or 1.0
    step = decode_seconds(system, batch, read, written)
    if load:
        batch, each = served(system, load, read, written)
    else:
        each = step
    first = pass_time(system, "prefill", batch, max(read, 1.0))
    answers = {
        "tpot_s": each,
        "latency_s": first + step * max(written - 1, 0),
        "tokens_per_s_total": batch / step,
        "output_tokens_per_s_total": batch / each,
        "tokens_per_s_per_user": 1 / each,
        "tokens_per_s_per_sequence": 1 / each,
        "tokens_per_s_per_device": batch / step / system.devices,
    }
    return answer(row.metric, answers, "decoding")


def _prefill(row: Row, system: System) -> float:
    load = system.keys.number("concurrency") or system.keys.number("max_num_seqs")
    if load > 1:
        raise Inexpressible("time to the first token under load: waiting is not in the row")
    read, _ = lengths_of(system)
    if read < 1:
        raise Inexpressible("the row does not say how long the prompt is")
    batch = system.keys.number("batch") or 1.0
    first = pass_time(system, "prefill", batch, read)
    answers = {
        "ttft_s": first,
        "latency_s": first,
        "seqs_per_s_total": batch / first,
        "tokens_per_s_total": batch * read / first,
        "tokens_per_s_per_device": batch * read / first / system.devices,
    }
    return answer(row.metric, answers, "a prefill")


def _at_once(row: Row, system: System) -> tuple[float, float, float]:
    """Requests that are asked to run at once, and the tokens that each reads and writes."""
    read, written = lengths_of(system)
    wanted = _running(system) or system.keys.number("batch")
    usual = ENGINE_SEQUENCES.get(system.stack, USUAL_SEQUENCES)
    return wanted or usual * system.given["dp"], read, written


def draw(row: Row, constants: Mapping[str, float]) -> float:
    """Power of a serving accelerator over its design power, by how busy arithmetic and memory are."""
    system = system_of(row, constants)
    wanted, read, written = _at_once(row, system)
    batch, each = served(system, wanted, read, written)
    load = _load(batch, max(read, 1.0), written)
    step = decode_seconds(system, batch, read, written)
    busy = {name: system.solve(name, "decode", **load) * step / each for name in ("mfu", "mbu")}
    return system.solve("draw_share", "decode", **busy)


def _serving(row: Row, system: System) -> float:
    wanted, read, written = _at_once(row, system)
    batch, each = served(system, wanted, read, written)
    rate = batch / each
    answers = {
        "output_tokens_per_s_total": rate,
        "tokens_per_s_total": rate * (1 + read / max(written, 1.0)),
        "output_tokens_per_s_per_device": rate / system.devices,
        "tokens_per_s_per_device": rate / system.devices,
        "requests_per_s": rate / max(written, 1.0),
    }
    return answer(row.metric, answers, "serving")


def predict(row: Row, constants: Mapping[str, float]) -> Prediction:
    """Times and rates of a language model that answers."""
    system = system_of(row, constants)
    ask = {"decode": _decode, "prefill": _prefill, "serving_throughput": _serving}[row.kind]
    value = ask(row, system)
    system.keys.read |= {"batch", "concurrency", "max_num_seqs", "output_len", "input_len"}
    return Prediction(value, row.kind, (*system.notes, *system.keys.unread()))
