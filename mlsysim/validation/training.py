"""Training steps: the whole step in the units that rows print."""

from __future__ import annotations

import math
from collections.abc import Mapping

from .answers import answer
from .prediction import Prediction
from .rows import Inexpressible, Row
from .system import System

#: Weights and gradients of a parameter on a chip; the optimiser state is shared out.
STATE_BYTES, STATE_ROOM = 6.0, 0.8
#: Experts are spread over so many replicas where a row does not say.
GUESSED_EP = 8.0
#: Pieces of the model on a stage where a row prints none: interleaved schedules are common.
GUESSED_CHUNKS = 2.0
MOST_GUESSED_MICRO, SEQUENCE = 1.0, 2048.0


def stack_of(row: Row) -> str:
    """The software of a training row, by what it says of machine and layout."""
    hardware, how = row.hardware.lower(), {k.lower(): v for k, v in row.parallelism.items()}
    strategy = str(how.get("strategy", "")).lower()
    if "tpu" in hardware or "ironwood" in hardware or "trillium" in hardware:
        return "XLA"
    if "fsdp" in strategy or str(how.get("zero", "")) in ("3", "FSDP", "fsdp"):
        return "FSDP"
    if "tp" in how or "pp" in how or row.devices > 64:
        return "Megatron"
    return "DDP" if row.devices <= 8 else "FSDP"


def system_of(row: Row, constants: Mapping[str, float]) -> tuple[System, float, float]:
    """The laid-out system of a training row, its sequences a step and its tokens of a sequence."""
    system = System(row, stack_of(row), "training", constants)
    keys, devices = system.keys, system.devices
    seq_len = keys.number("seq_len", SEQUENCE) or SEQUENCE
    micro = keys.number("micro_batch", 0.0)
    accumulated = keys.number("grad_accum", 0.0)
    whole = keys.number("global_batch_seqs") or keys.number("global_batch_tokens") / seq_len
    tp, pp, cp = (system.degree(name) for name in ("tp", "pp", "cp"))
    if "tp" not in keys and "pp" not in keys and system.stack == "Megatron":
        tp, pp = _guessed(system, whole or devices)
        system.notes.append(f"no layout is printed: tensor {tp:g} by pipeline {pp:g} is taken")
    dp = max(devices / (tp * pp * cp), 1.0)
    if not (whole or micro or accumulated) and row.metric in ("latency_ms", "step_time_s"):
        raise Inexpressible("the row does not say how many sequences a step has")
    if not whole:
        micro = micro or MOST_GUESSED_MICRO
        whole = micro * dp * (accumulated or max(4 * pp if pp > 1 else 1, 1))
    cp *= max(dp / whole, 1.0)  # more chips than sequences: a sequence is split
    dp = min(dp, whole)
    share = whole / dp
    if pp > 1 and micro >= share > 1:
        micro = 1.0  # the batch of a replica stands where the micro-batch belongs
    micro = min(micro or (1.0 if pp > 1 else min(share, max(round(8192 / seq_len), 1))), share)
    text = keys.text("activation_checkpointing", "false")
    recompute = "full" if text.startswith(("true", "full", "yes", "1")) else "none"
    recompute = "selective" if "selective" in text else recompute
    zero = "3" if system.stack in ("FSDP", "XLA") else "1"
    keys.read |= {"dp", "zero", "strategy", "ep"}
    if system.stack == "XLA":
        system.given["scaleup_domain"] = devices  # slices are joined by data parallelism alone
    if "layer" in keys.text("scope"):
        system.lay(layers=1, vocab=1)
    system.options.update(recompute=recompute, zero=zero)
    system.lay(
        tp=tp,
        cp=cp,
        pp=pp,
        dp=dp,
        ep=_experts_apart(system, dp),
        microbatch=micro,
        batch=whole,
        prefill_batch=whole,
        seq_len=seq_len,
        output_len=0.0,
        virtual_stages=keys.number("virtual_stages") or GUESSED_CHUNKS if pp > 1 else 1.0,
    )
    return system, whole, seq_len


def counted_flop(system: System, whole: float, seq_len: float) -> float:
    """Operations as publications count them: forward three times, and attention without its mask."""
    g = system.given
    masked = 2 * 3 * whole * g["layers"] * g["heads"] * g["head_dim"] * seq_len**2
    return system.solve("model_flop", "training") + (masked if masked == masked else 0.0)


def _experts_apart(system: System, dp: float) -> float:
    """Expert-parallel degree as printed, or a part of the experts on each replica where none is."""
    if system.options["mlp"] != "moe":
        return 1.0
    return system.keys.number("ep") or min(dp, system.given["experts"], GUESSED_EP)


def _guessed(system: System, whole: float) -> tuple[float, float]:
    """Tensor and pipeline degrees that hold a model of that size and leave no replica without a sequence."""
    node = min(system.given["accelerators_per_node"], system.devices)
    state = STATE_BYTES * system.model.params / system.given["mem_capacity"] / STATE_ROOM
    tp = min(2.0 ** math.ceil(math.log2(max(state, system.devices / whole, 1.0))), node)
    pp = max(state / tp, system.devices / (tp * whole), 1.0)
    divisors = (
        d for d in range(1, int(system.given["layers"]) + 1) if system.given["layers"] % d == 0
    )
    return float(tp), float(next((d for d in divisors if d >= pp), system.given["layers"]))


def predict(row: Row, constants: Mapping[str, float]) -> Prediction:
    """Seconds, tokens, operations or utilisation of a training step."""
    system, whole, seq_len = system_of(row, constants)
    step = system.solve("step_time", "training")
    metric, devices = row.metric, system.devices
    flop = counted_flop(system, whole, seq_len)
    again = system.options["recompute"] == "full" and system.stack == "Megatron"
    counted = flop * 4 / 3 if again else flop
    answers = {
        "step_time_s": step,
        "latency_s": step,
        "tokens_per_s_per_device": whole * seq_len / step / devices,
        "tokens_per_s_total": whole * seq_len / step,
        "tflops_per_device": counted / step / devices / 1e12,
        "hfu_pct": counted / step / devices / system.given["sixteen_rate"] * 100,
        "mfu_pct": flop / step / devices / system.given["sixteen_rate"] * 100,
        "seqs_per_s_total": whole / step,
    }
    value = answer(metric, answers, "a training step")
    narrow = system.precision == "fp8"
    sparse = system.options["mlp"] == "moe"
    group = "training, experts or 8 bits" if narrow or sparse else "training"
    return Prediction(value, group, (*system.notes, *system.keys.unread()))
