"""Wall 2, memory: how long the bytes take, and whether they fit."""

from __future__ import annotations

from ..core.elementwise import above, ceil, largest, maximum, minimum, weighted
from ..core.graph import At, constant, equation
from ..papers import AICONFIGURATOR, KORTHIKANTI_2022, RAJBHANDARI_2020, WILLIAMS_2009
from .wall import Case, Verdict, wall

ACT = KORTHIKANTI_2022
constant(
    "layer_activation_bytes",
    34.0,
    "byte",
    r"34",
    ACT.at("eq. 1"),
    "Activations of one token and one hidden unit in a layer, without scores",
)
constant(
    "score_activation_bytes",
    5.0,
    "byte",
    r"5",
    ACT.at("eq. 1"),
    "Activations of one attention score",
)
constant(
    "input_activation_bytes",
    2.0,
    "byte",
    r"2",
    ACT.at("table 2"),
    "Input of a layer, one token and one hidden unit",
)
constant(
    "logit_width", 4.0, "byte", r"4", ACT.at("sec. 4.3"), "Bytes of one output score in training"
)


# ---- time
@equation(
    "s",
    r"t_{m,i} = \frac{Q_i}{\epsilon_{m,i} B_m}",
    WILLIAMS_2009.at("fig. 1"),
    each="operators",
    rises="op_traffic",
    falls="mem_bandwidth op_memory_share",
)
def op_memory_time(op_traffic, mem_bandwidth, op_memory_share):
    """Time to move the bytes of one run of an operator once."""
    return op_traffic / (mem_bandwidth * op_memory_share)


@equation(
    "",
    r"\epsilon_{m,i}",
    AICONFIGURATOR.at("fits of the GEMM, attention and expert tables"),
    each="operators",
    rises="memory_share",
)
def op_memory_share(
    op_kind,
    op_cache_bytes,
    op_traffic,
    memory_share,
    attention_memory_share,
    attention_stream_share,
    expert_memory_share,
):
    """Share of the bandwidth that an operator reaches; attention reads its cache better than its queries."""
    if op_kind == "attention":
        rest = op_traffic - op_cache_bytes
        slowed = op_cache_bytes / attention_memory_share + rest / attention_stream_share
        return op_traffic / slowed
    return expert_memory_share if op_kind == "experts" else memory_share


@equation(
    "s", r"T_m = \sum_i n_i t_{m,i}", WILLIAMS_2009.at("fig. 1"), rises="op_memory_time op_passes"
)
def memory_time(op_memory_time, op_passes):
    """Time to move the bytes of all layers for one pass or micro-batch."""
    return weighted(op_memory_time, op_passes)


@equation(
    "flop/byte", r"I = W/Q", WILLIAMS_2009.at("sec. 3"), rises="pass_flop", falls="pass_bytes"
)
def arithmetic_intensity(pass_flop, pass_bytes):
    """Operations of a pass over the bytes it moves."""
    return pass_flop / pass_bytes


@equation(
    "flop/byte",
    r"I^* = R/B_m",
    WILLIAMS_2009.at("sec. 3"),
    rises="peak_rate",
    falls="mem_bandwidth",
)
def ridge_intensity(peak_rate, mem_bandwidth):
    """Intensity from which the chip's arithmetic is the lower ceiling."""
    return peak_rate / mem_bandwidth


@equation("", r"\mathrm{MBU}", rises="op_traffic batch", falls="step_time mem_bandwidth")
def mbu(op_traffic, op_passes, stage_share, batch, dp, pass_batch, step_time, mem_bandwidth):
    """Share of the memory bandwidth that is busy."""
    return (
        weighted(op_traffic, op_passes)
        * stage_share
        * batch
        / (dp * pass_batch)
        / (step_time * mem_bandwidth)
    )


# ---- capacity
@equation(
    "byte", r"M_k", when="family=transformer|ssm", rises="sequence_cache_bytes batch", falls="dp"
)
def cache_bytes(sequence_cache_bytes, stage_share, batch, dp):
    """Cache of all sequences on the fullest device."""
    return sequence_cache_bytes * stage_share * ceil(batch / dp)


@equation("byte", r"M_a", when="phase=prefill|decode", rises="op_activation_bytes")
def activation_bytes(op_activation_bytes, pass_tokens, chunk_tokens):
    """Activations alive at once: the largest operator, for the tokens that are computed at a time."""
    return largest(op_activation_bytes) * minimum(chunk_tokens / pass_tokens, 1)


@equation("byte", r"M_a", when="phase=pass", rises="op_activation_bytes")
def activation_bytes(op_activation_bytes):
    """Activations alive at once: input and output of the largest operator."""
    return largest(op_activation_bytes)


@equation(
    "byte",
    r"s b h (34 + 5 a s/h)/t",
    ACT.at("table 2"),
    when="phase=training recompute=none family=transformer|encoder",
    rises="pass_tokens hidden seq_len",
    falls="tp",
)
def layer_stored_bytes(
    layer_activation_bytes, score_activation_bytes, pass_tokens, hidden, heads, seq_len, tp
):
    """Activations that one layer keeps for the backward pass, sequence-parallel."""
    return (
        pass_tokens
        * (layer_activation_bytes * hidden + score_activation_bytes * heads * seq_len)
        / tp
    )


@equation(
    "byte",
    r"34 s b h/t",
    ACT.at("table 2"),
    when="phase=training recompute=selective family=transformer|encoder",
    rises="pass_tokens hidden",
    falls="tp",
)
def layer_stored_bytes(layer_activation_bytes, pass_tokens, hidden, tp):
    """Activations that one layer keeps when scores are computed again, as flash attention does."""
    return pass_tokens * layer_activation_bytes * hidden / tp


@equation(
    "byte",
    r"2 s b h",
    ACT.at("table 2"),
    when="phase=training recompute=full family=transformer|encoder",
    rises="pass_tokens hidden",
)
def layer_stored_bytes(input_activation_bytes, pass_tokens, hidden):
    """Input that one layer keeps when it is computed again as a whole."""
    return pass_tokens * input_activation_bytes * hidden


@equation("", r"\min(m, p + [v > 1](p-1)/v)", ACT.at("sec. 4.2.3"), rises="microbatches pp")
def held_microbatches(microbatches, pp, virtual_stages):
    """Micro-batches whose activations the first stage holds: one a stage, and more if stages are interleaved."""
    return minimum(microbatches, pp + above(virtual_stages, 1, (pp - 1) / virtual_stages, 0.0))


@equation(
    "byte",
    r"M_a",
    ACT.at("sec. 4.2 and 4.3"),
    when="phase=training family=transformer|encoder",
    rises="layer_stored_bytes held_microbatches context_bytes",
)
def activation_bytes(
    layer_stored_bytes,
    layers,
    stage_share,
    held_microbatches,
    head_tokens,
    vocab,
    tp,
    logit_width,
    cp,
    context_bytes,
):
    """Activations on the first stage, scores of the output layer, and gathered keys and values with their gradients."""
    stored = layer_stored_bytes * layers * stage_share * held_microbatches
    return stored + head_tokens * vocab / tp * logit_width + above(cp, 1, 2 * context_bytes, 0.0)


@equation(
    "byte",
    r"M_a",
    when="phase=training family=cnn|mlp|dlrm|diffusion|totals|encoder-decoder|ssm",
    rises="op_activation_bytes",
)
def activation_bytes(op_activation_bytes, op_count):
    """Activations that the backward pass needs: the output of every operator."""
    return weighted(op_activation_bytes, op_count) / 2


@equation("byte", r"M_r", rises="mem_capacity reserved_share")
def reserved_bytes(mem_capacity, reserved_share):
    """Memory that the software keeps for itself."""
    return mem_capacity * reserved_share


@equation("byte", r"M_a", when="phase=training|pass", rises="activation_bytes")
def held_activation_bytes(activation_bytes):
    """Activations for which there must be room."""
    return activation_bytes


@equation(
    "byte",
    r"M_a",
    when="phase=decode|prefill",
    rises="prefill_bytes",
    prefill_bytes=At("activation_bytes", phase="prefill", batch="prefill_batch"),
)
def held_activation_bytes(prefill_bytes):
    """Activations for which there must be room: those of the prompts that are prefilled together."""
    return prefill_bytes


@equation("byte", r"M_u", when="phase=decode|prefill", rises="weight_bytes cache_bytes")
def memory_used(weight_bytes, cache_bytes, held_activation_bytes, reserved_bytes):
    """Memory used on the fullest device."""
    return weight_bytes + cache_bytes + held_activation_bytes + reserved_bytes


@equation(
    "byte", r"M_u", when="phase=pass weights_in=memory", rises="weight_bytes activation_bytes"
)
def memory_used(weight_bytes, activation_bytes, reserved_bytes):
    """Memory used on the fullest device."""
    return weight_bytes + activation_bytes + reserved_bytes


@equation("byte", r"M_u", when="phase=pass weights_in=flash", rises="activation_bytes")
def memory_used(activation_bytes, reserved_bytes):
    """Working memory used; the weights stay in flash."""
    return activation_bytes + reserved_bytes


@equation(
    "byte",
    r"M_u",
    RAJBHANDARI_2020.at("sec. 3"),
    when="phase=training",
    rises="weight_bytes gradient_bytes optimizer_bytes activation_bytes",
)
def memory_used(weight_bytes, gradient_bytes, optimizer_bytes, activation_bytes, reserved_bytes):
    """Memory used on the fullest device."""
    return weight_bytes + gradient_bytes + optimizer_bytes + activation_bytes + reserved_bytes


@equation("", r"M_u/M", when="weights_in=memory", rises="memory_used", falls="mem_capacity")
def memory_load(memory_used, mem_capacity):
    """Memory used over memory there is; above 1 it does not fit."""
    return memory_used / mem_capacity


@equation(
    "",
    r"\max(M_u/M, M_w/M_f)",
    when="weights_in=flash",
    rises="memory_used weight_bytes",
    falls="mem_capacity flash_capacity",
)
def memory_load(memory_used, mem_capacity, weight_bytes, flash_capacity):
    """The fuller of working memory and flash; above 1 it does not fit."""
    return maximum(memory_used / mem_capacity, weight_bytes / flash_capacity)


GPT3_LAYER = {
    "layer_activation_bytes": 34.0,
    "score_activation_bytes": 5.0,
    "hidden": 12288.0,
    "heads": 96.0,
    "seq_len": 2048.0,
}
wall(
    2,
    "Memory",
    "node",
    "How long do the bytes take, and do they fit?",
    belief="If the weights fit, the model runs.",
    chart="memory",
    lab="vol1/05",
    paper=WILLIAMS_2009,
    verdicts=[
        Verdict("time", "memory_time", "memory traffic"),
        Verdict("capacity", "memory_load", "memory"),
    ],
    symbols="memory_time memory_load memory_used weight_bytes cache_bytes activation_bytes "
    "gradient_bytes optimizer_bytes arithmetic_intensity ridge_intensity mbu",
    cases=[
        Case(
            "optimizer_bytes",
            {
                "dense_device_params": 7.5e9,
                "expert_device_params": 0.0,
                "optimizer_width": 12.0,
                "dp": 64.0,
                "cp": 1.0,
                "ep": 1.0,
            },
            {"phase": "training", "zero": "1"},
            31.4e9 - 30e9,
            0.03,
            RAJBHANDARI_2020.at("fig. 1, P_os, less 4 x 7.5 GB"),
            "7.5 B parameters on 64 devices, optimiser state partitioned",
        ),
        Case(
            "weight_bytes",
            {
                "dense_device_params": 7.5e9,
                "expert_device_params": 0.0,
                "weight_width": 16.0,
                "dp": 64.0,
                "cp": 1.0,
                "ep": 1.0,
            },
            {"phase": "training", "zero": "3"},
            1.9e9,
            0.03,
            RAJBHANDARI_2020.at("fig. 1, P_os+g+p"),
            "All 16 bytes a parameter partitioned over 64 devices",
        ),
        Case(
            "layer_stored_bytes",
            {**GPT3_LAYER, "pass_tokens": 2048.0, "tp": 1.0},
            {"phase": "training", "recompute": "none", "family": "transformer"},
            (34 + 80) * 2048 * 12288.0,
            0.001,
            ACT.at("sec. 5: 5as/h = 80 for GPT-3"),
            "One GPT-3 layer, one sequence",
        ),
    ],
)
