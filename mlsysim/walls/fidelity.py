"""Wall 13, fidelity: what compression buys, and loses."""

from __future__ import annotations

from ..core.elementwise import above
from ..core.graph import At, Paper, constant, equation, option
from ..core.inputs import given
from .wall import Case, Verdict, wall

HAN_2015 = Paper("Han, Mao and Dally", 2015, "Deep Compression", "arXiv:1510.00149")
HINTON_2015 = Paper(
    "Hinton, Vinyals and Dean",
    2015,
    "Distilling the Knowledge in a Neural Network",
    "arXiv:1503.02531",
)
HU_2021 = Paper(
    "Hu et al.", 2021, "LoRA: Low-Rank Adaptation of Large Language Models", "arXiv:2106.09685"
)
MISHRA_2021 = Paper(
    "Mishra et al.", 2021, "Accelerating Sparse Deep Neural Networks", "arXiv:2104.08378"
)
FRANTAR_2022 = Paper(
    "Frantar et al.",
    2022,
    "GPTQ: Accurate Post-Training Quantization for Generative Pre-trained Transformers",
    "arXiv:2210.17323",
)
QLORA_2023 = Paper(
    "Dettmers et al.", 2023, "QLoRA: Efficient Finetuning of Quantized LLMs", "arXiv:2305.14314"
)
MARLIN_2024 = Paper(
    "Frantar et al.",
    2024,
    "MARLIN: Mixed-Precision Auto-Regressive Parallel Inference on Large Language Models",
    "GitHub IST-DASLab/marlin @2f6d7c1, README.md",
)
given("code_width", "byte", r"w_q", "Bytes of a quantised weight, its scale aside")
given("scale_width", "byte", r"w_s", "Bytes of the scale that a group of weights shares")
given("scale_group", "", r"g", "Weights that share a scale")
given("code_rate", "flop/s", r"R_q", "Peak dense rate of the chip at the precision of the codes")
given("kept_share", "", r"\kappa", "Share of the weights that pruning keeps")
given("index_width", "byte", r"w_i", "Bytes that say where one kept weight belongs")
given("rank", "", r"r", "Rank of the two factors that replace a matrix")
given("matrix_rows", "", r"m", "Rows of a matrix that is factored")
given("matrix_columns", "", r"n", "Columns of a matrix that is factored")
given("student_params", "", r"N_s", "Parameters of the smaller model that learns from this one")
given("compressed_accuracy_share", "", r"q_c", "Published accuracy of the compressed model")
given("perplexity", "", r"\mathrm{PPL}", "Published perplexity of the model before compression")
given(
    "compressed_perplexity",
    "",
    r"\mathrm{PPL}_c",
    "Published perplexity after it, on the same text",
)
# quantised weights only, weights and arithmetic; pruned anywhere, by rows, 2 of 4
option(
    "compression", "weights", "full", "unstructured", "structured", "2of4", "low-rank", "distilled"
)
option("quality", "accuracy", "perplexity")
FORMAT = MISHRA_2021.at("sec. 3.1")
constant("semi_kept_share", 0.5, "", r"\tfrac24", FORMAT, "Share of the weights that 2:4 keeps")
constant(
    "semi_index_width", 0.25, "byte", r"\tfrac28", FORMAT, "Index of a weight kept by 2:4, two bits"
)


# ---- size
@equation(
    "byte",
    r"w_q + w_s/g",
    FRANTAR_2022.at("sec. 3.3, groups"),
    when="compression=weights|full",
    rises="code_width scale_width",
    falls="scale_group",
)
def stored_width(code_width, scale_width, scale_group):
    """Bytes stored for a weight: its code, and its part of a scale."""
    return code_width + scale_width / scale_group


@equation(
    "byte",
    r"\kappa(w_w + w_i)",
    HAN_2015.at("sec. 2"),
    when="compression=unstructured",
    rises="kept_share weight_width index_width",
)
def stored_width(kept_share, weight_width, index_width):
    """Bytes stored for a weight: those kept, and where they belong."""
    return kept_share * (weight_width + index_width)


@equation(
    "byte", r"\tfrac24(w_w + \tfrac28)", FORMAT, when="compression=2of4", rises="weight_width"
)
def stored_width(semi_kept_share, weight_width, semi_index_width):
    """Bytes stored for a weight: two of four, and two bits for each."""
    return semi_kept_share * (weight_width + semi_index_width)


@equation("byte", r"\kappa w_w", when="compression=structured", rises="kept_share weight_width")
def stored_width(kept_share, weight_width):
    """Bytes stored for a weight: whole rows, heads or channels go."""
    return kept_share * weight_width


@equation(
    "byte",
    r"\frac{r(m+n)}{mn}w_w",
    HU_2021.at("sec. 4.1"),
    when="compression=low-rank",
    rises="rank weight_width",
    falls="matrix_rows matrix_columns",
)
def stored_width(rank, matrix_rows, matrix_columns, weight_width):
    """Bytes stored for a weight: two thin factors for each matrix."""
    return rank * (1 / matrix_rows + 1 / matrix_columns) * weight_width


@equation(
    "byte",
    r"\frac{N_s}{N}w_w",
    HINTON_2015.at("sec. 2"),
    when="compression=distilled",
    rises="student_params weight_width",
    falls="params",
)
def stored_width(student_params, params, weight_width):
    """Bytes stored for a weight: those of the student."""
    return student_params / params * weight_width


@equation("byte", r"N w_c", rises="params stored_width")
def compressed_bytes(params, stored_width):
    """Size of the compressed model."""
    return params * stored_width


@equation("", r"w_w/w_c", rises="weight_width", falls="stored_width")
def compression_ratio(weight_width, stored_width):
    """Size before compression over size after it."""
    return weight_width / stored_width


# ---- speed, through the roofline and what the chip supports
@equation(
    "byte",
    r"w_c",
    when="compression=weights|full|structured|low-rank|distilled",
    rises="stored_width",
)
def read_width(stored_width):
    """Bytes that a pass reads for a weight: what is stored."""
    return stored_width


@equation("byte", r"w_w", when="compression=unstructured", rises="weight_width")
def read_width(weight_width):
    """Bytes that a pass reads for a weight: matrix units take scattered weights with their zeros."""
    return weight_width


@equation(
    "byte",
    r"[s > 1]\,w_c + [s \le 1]\,w_w",
    FORMAT,
    when="compression=2of4",
    rises="weight_width stored_width",
)
def read_width(sparsity_factor, stored_width, weight_width):
    """Bytes that a pass reads for a weight: what is stored, on a chip that has sparse matrix units."""
    return above(sparsity_factor, 1, stored_width, weight_width)


@equation("flop/s", r"R", when="compression=weights|unstructured", rises="peak_rate")
def compressed_rate(peak_rate):
    """Peak rate at the work of the original model: unchanged, weights are widened before use."""
    return peak_rate


@equation("flop/s", r"R_q", when="compression=full", rises="code_rate")
def compressed_rate(code_rate):
    """Peak rate at the work of the original model: that of the codes."""
    return code_rate


@equation("flop/s", r"s R", FORMAT, when="compression=2of4", rises="sparsity_factor peak_rate")
def compressed_rate(sparsity_factor, peak_rate):
    """Peak rate at the work of the original model: zeros are skipped where the chip can."""
    return sparsity_factor * peak_rate


@equation(
    "flop/s",
    r"R\,w_w/w_c",
    when="compression=structured|low-rank|distilled",
    rises="peak_rate compression_ratio",
)
def compressed_rate(peak_rate, compression_ratio):
    """Peak rate at the work of the original model, of which a part is left."""
    return peak_rate * compression_ratio


@equation(
    "s",
    r"T(w_r, R_c)",
    rises="step",
    step=At("step_time", weight_width="read_width", peak_rate="compressed_rate"),
)
def compressed_step_time(step):
    """One step of the compressed model; caches, activations and fixed costs are as before."""
    return step


@equation("", r"T/T_c", rises="step_time", falls="compressed_step_time")
def compression_speedup(step_time, compressed_step_time):
    """Time of a step before compression over the time after it."""
    return step_time / compressed_step_time


@equation(
    "",
    r"\frac{w_r R_c}{2 B_m}",
    MARLIN_2024.at("techniques"),
    rises="read_width compressed_rate",
    falls="mac_flop mem_bandwidth",
)
def narrow_tokens(read_width, compressed_rate, mac_flop, mem_bandwidth):
    """Tokens of a pass up to which the weights, not the arithmetic, set its time."""
    return read_width * compressed_rate / (mac_flop * mem_bandwidth)


# ---- what is lost, and what learning from a teacher costs
@equation(
    "", r"q_c/q", when="quality=accuracy", rises="compressed_accuracy_share", falls="accuracy_share"
)
def quality_kept_share(compressed_accuracy_share, accuracy_share):
    """Share of the accuracy that is left, as published for this model and method."""
    return compressed_accuracy_share / accuracy_share


@equation(
    "",
    r"\mathrm{PPL}/\mathrm{PPL}_c",
    when="quality=perplexity",
    rises="perplexity",
    falls="compressed_perplexity",
)
def quality_kept_share(perplexity, compressed_perplexity):
    """Likelihood of a token that is left, as published for this model and method."""
    return perplexity / compressed_perplexity


@equation(
    "",
    r"q - q_c",
    when="quality=accuracy",
    rises="accuracy_share",
    falls="compressed_accuracy_share",
)
def quality_loss(accuracy_share, compressed_accuracy_share):
    """Accuracy lost, as published for this model and method."""
    return accuracy_share - compressed_accuracy_share


@equation(
    "",
    r"\mathrm{PPL}_c - \mathrm{PPL}",
    when="quality=perplexity",
    rises="compressed_perplexity",
    falls="perplexity",
)
def quality_loss(perplexity, compressed_perplexity):
    """Perplexity gained, as published for this model and method."""
    return compressed_perplexity - perplexity


@equation(
    "flop",
    r"2 D (N_{act} + 3 N_s)",
    HINTON_2015.at("sec. 2"),
    rises="train_tokens active_params student_params",
)
def distill_flop(train_tokens, mac_flop, active_params, student_params):
    """Operations of distillation: the teacher reads every token once, the student learns from it."""
    return train_tokens * mac_flop * (active_params + (1 + 2) * student_params)


FOUR_BITS, WEIGHTS = {"weight_width": 2.0, "code_width": 0.5}, {"compression": "weights"}
wall(
    13,
    "Fidelity",
    "algorithm",
    "What does compression buy, and lose?",
    belief="Weights of a quarter of the bits make a model four times as fast, at the same small loss for all.",
    chart="compression",
    lab="vol1/10",
    paper=FRANTAR_2022,
    verdicts=[Verdict("loss", "quality_kept_share", "quality that compression keeps")],
    symbols="compression_ratio compression_speedup compressed_step_time compressed_bytes quality_kept_share "
    "quality_loss narrow_tokens stored_width distill_flop",
    cases=[
        Case(
            "compression_ratio",
            {**FOUR_BITS, "scale_width": 2.0, "scale_group": 128.0},
            WEIGHTS,
            3.87,
            0.003,
            MARLIN_2024.at("benchmarks, optimal speedup"),
            "4 bits and a 16-bit scale for 128 weights: 3.87x",
        ),
        Case(
            "narrow_tokens",
            {
                "code_width": 0.5,
                "scale_width": 0.0,
                "scale_group": 128.0,
                "peak_rate": 200.0,
                "mem_bandwidth": 1.0,
            },
            WEIGHTS,
            50.0,
            0.001,
            MARLIN_2024.at("techniques, 200 flop a byte"),
            "Up to 50 products for each 4-bit weight",
        ),
        Case(
            "stored_width",
            {"code_width": 0.5, "scale_width": 1 + 4 / 256, "scale_group": 64.0},
            WEIGHTS,
            (4 + 0.127) / 8,
            0.0001,
            QLORA_2023.at("sec. 3, double quantization"),
            "8-bit scales for 64 weights, 32 bits for 256 scales: 0.127 bits more",
        ),
        Case(
            "compressed_bytes",
            {"params": 175e9, "code_width": 3 / 8, "scale_width": 0.0, "scale_group": 1.0},
            WEIGHTS,
            63 * 2.0**30,
            0.04,
            FRANTAR_2022.at("sec. 4, practical speedups; 16-bit embeddings included"),
            "OPT-175B in 3 bits: 63 GB",
        ),
    ],
)
