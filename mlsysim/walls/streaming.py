"""Wall 6, streaming: whether weights that are kept elsewhere arrive as fast as they are used."""

from __future__ import annotations

from ..core.elementwise import maximum, minimum, weighted
from ..core.graph import Paper, equation, option
from .wall import Case, Verdict, wall

INFINITY_2021 = Paper(
    "Rajbhandari et al.",
    2021,
    "ZeRO-Infinity: Breaking the GPU Memory Wall for Extreme Scale Deep Learning",
    "arXiv:2104.07857",
)
SHENG_2023 = Paper(
    "Sheng et al.",
    2023,
    "FlexGen: High-Throughput Generative Inference of Large Language Models with a Single GPU",
    "arXiv:2303.06865",
)
ALIZADEH_2023 = Paper(
    "Alizadeh et al.",
    2023,
    "LLM in a Flash: Efficient Large Language Model Inference with Limited Memory",
    "arXiv:2312.11514",
)
OVERLAP, SERIAL = SHENG_2023.at("sec. 4.3"), INFINITY_2021.at("sec. 4")
option("stream_from", "network", "host", "drive")


# ---- the stream
@equation("byte/s", r"B_s = B_o", when="stream_from=network", rises="scaleout_port_bandwidth")
def stream_bandwidth(scaleout_port_bandwidth):
    """Bandwidth at which weights reach a device: the links that inject them into the wafer or the chip."""
    return scaleout_port_bandwidth


@equation("byte/s", r"B_s = B_h", when="stream_from=host", rises="hostlink_bandwidth")
def stream_bandwidth(hostlink_bandwidth):
    """Bandwidth at which weights reach a device: the link to the host."""
    return hostlink_bandwidth


@equation(
    "byte/s",
    r"B_s = \min(B_h, B_d)",
    when="stream_from=drive",
    rises="hostlink_bandwidth storage_bandwidth",
)
def stream_bandwidth(hostlink_bandwidth, storage_bandwidth):
    """Bandwidth at which weights reach a device: the drive, through the link to the host."""
    return minimum(hostlink_bandwidth, storage_bandwidth)


@equation(
    "byte",
    r"Q_s = \frac{\lceil L/p \rceil}{L}\sum_i n_i Q_{w,i}",
    INFINITY_2021.at("sec. 4.1: once forward, twice backward, once more if recomputed"),
    rises="op_weight_bytes op_passes stage_share",
)
def stream_bytes(op_weight_bytes, op_passes, stage_share):
    """Weights, and gradients in training, that one pass or micro-batch streams to or from a device."""
    return weighted(op_weight_bytes, op_passes) * stage_share


@equation("s", r"T_w = Q_s/B_s", rises="stream_bytes", falls="stream_bandwidth")
def stream_time(stream_bytes, stream_bandwidth):
    """Time to stream the weights of all layers once."""
    return stream_bytes / stream_bandwidth


# ---- layer by layer
@equation("s", r"t_w = T_w/L", OVERLAP, rises="stream_time", falls="layers stage_share")
def layer_stream_time(stream_time, layers, stage_share):
    """Time to stream the weights of one layer."""
    return stream_time / (layers * stage_share)


@equation("s", r"t_b = T_b/L", OVERLAP, rises="busy_time", falls="layers")
def layer_busy_time(busy_time, layers):
    """Time that a device works on one layer, its weights at hand."""
    return busy_time / layers


@equation("s", r"\max(t_w, t_b)", OVERLAP, rises="layer_stream_time layer_busy_time")
def layer_time(layer_stream_time, layer_busy_time):
    """Time of one layer while the weights of the next stream in: the slower of the two."""
    return maximum(layer_stream_time, layer_busy_time)


@equation(
    "s", r"t_w + L\max(t_w, t_b)", OVERLAP, rises="layer_stream_time layer_time layers stage_share"
)
def streamed_pass_time(layer_stream_time, layer_time, layers, stage_share):
    """One pass over all layers; nothing hides the weights of the first."""
    return layer_stream_time + layers * stage_share * layer_time


# ---- where stream and arithmetic meet
@equation(
    "",
    r"n^* = \frac{w_w \epsilon_c R}{2 B_s}",
    SERIAL,
    rises="weight_width peak_rate compute_share",
    falls="mac_flop stream_bandwidth",
)
def stream_tokens(weight_width, peak_rate, compute_share, mac_flop, stream_bandwidth):
    """Tokens of a pass whose arithmetic takes as long as the stream, whatever the size of the model."""
    return weight_width * peak_rate * compute_share / (mac_flop * stream_bandwidth)


@equation("", r"b^* = n^*/s_q", SERIAL, rises="stream_tokens", falls="new_tokens")
def stream_batch(stream_tokens, new_tokens):
    """Sequences in a pass from which the arithmetic hides the stream."""
    return stream_tokens / new_tokens


@equation("", r"\min(1, n/n^*)", OVERLAP, rises="pass_tokens", falls="stream_tokens")
def overlapped_share(pass_tokens, stream_tokens):
    """Share of the arithmetic's own speed that is left when the stream overlaps it."""
    return minimum(pass_tokens / stream_tokens, 1.0)


@equation(
    "",
    r"\frac{n}{n + n^*}",
    INFINITY_2021.at("sec. 4, efficiency"),
    rises="pass_tokens",
    falls="stream_tokens",
)
def unoverlapped_share(pass_tokens, stream_tokens):
    """Share of the arithmetic's own speed that is left when nothing overlaps."""
    return pass_tokens / (pass_tokens + stream_tokens)


FLASH = ALIZADEH_2023.at("table 2, OPT 6.7B with half of the memory")
V100 = {"weight_width": 2.0, "peak_rate": 70e12, "compute_share": 1.0, "pass_tokens": 1024.0}
wall(
    6,
    "Streaming",
    "node",
    "Can weights be streamed as fast as they are used?",
    belief="A model must fit in the memory of the chip that runs it.",
    chart="streaming",
    lab="vol1/07",
    paper=INFINITY_2021,
    verdicts=[Verdict("time", "stream_time", "weight streaming")],
    symbols="stream_time streamed_pass_time layer_stream_time layer_busy_time layer_time stream_batch "
    "stream_tokens overlapped_share unoverlapped_share stream_bandwidth",
    cases=[
        Case(
            "unoverlapped_share",
            {**V100, "stream_bandwidth": 70e9},
            {},
            0.5,
            0.02,
            INFINITY_2021.at("sec. 4.2 and fig. 3a: 70 GB/s, 1,024 tokens, 70 Tflop/s"),
            "Half of the speed with one sequence",
        ),
        Case(
            "stream_time",
            {"stream_bytes": 13.4e9, "stream_bandwidth": 6.1e9},
            {},
            2.196,
            0.005,
            FLASH,
            "All weights from flash for a token: 2,196 ms",
        ),
        Case(
            "stream_time",
            {"stream_bytes": 6.7e9, "stream_bandwidth": 6.1e9},
            {},
            1.09,
            0.01,
            FLASH,
            "Half of the weights from flash for a token: 1,090 ms",
        ),
    ],
)
