"""Transformers to operators: attention of every kind, windows, mixtures of experts."""

from __future__ import annotations

from ..core.elementwise import above, maximum, minimum
from ..core.graph import equation
from ..papers import DEEPSEEK_V2, MLSYSIM_FIT, SHAZEER_2017, VASWANI_2017
from .operators import Op, matmul
from .parameters import TRANSFORMER

STREAMS = MLSYSIM_FIT.at("training steps: tensors counted through a layer, forward")


# ---- what attention sees and keeps
@equation("", r"\bar s", when="phase=prefill|training family=transformer", rises="seq_len")
def attended_tokens(seq_len):
    """Keys that a query meets on average under a causal mask: half the square."""
    return (seq_len + 1) / 2


@equation("", r"\bar s", when="phase=training|pass family=encoder", rises="seq_len")
def attended_tokens(seq_len):
    """Keys that a query meets without a mask."""
    return seq_len


@equation("", r"\bar s", when="phase=decode", rises="context_len")
def attended_tokens(context_len):
    """Keys that a query meets: the whole context."""
    return context_len


@equation("", r"\bar s_w", when="phase=prefill|training", rises="seq_len window_tokens")
def window_attended_tokens(seq_len, window_tokens):
    """Keys that a query meets on average in a causal window."""
    seen = minimum(window_tokens, seq_len)
    return seen - seen * (seen - 1) / (2 * seq_len)


@equation("", r"\bar s_w", when="phase=decode", rises="context_len window_tokens")
def window_attended_tokens(context_len, window_tokens):
    """Keys that a query meets in a window."""
    return minimum(window_tokens, context_len)


@equation(
    "byte",
    r"k",
    VASWANI_2017.at("sec. 3.2"),
    when="attention=gqa",
    rises="kv_heads head_dim cache_width",
    falls="tp",
)
def token_cache_bytes(kv_heads, head_dim, cache_width, tp):
    """Cache of one token in one layer on one device; heads that do not split are kept on each."""
    return 2 * maximum(kv_heads / tp, 1) * head_dim * cache_width


@equation(
    "byte",
    r"k",
    DEEPSEEK_V2.at("table 1"),
    when="attention=mla",
    rises="latent_rank rope_dim cache_width",
)
def token_cache_bytes(latent_rank, rope_dim, cache_width):
    """Cache of one token in one layer: the latent vector and the rotated key, on every device."""
    return (latent_rank + rope_dim) * cache_width


@equation(
    "byte",
    r"K_1",
    when="window=none family=transformer",
    rises="layers token_cache_bytes cache_len",
)
def sequence_cache_bytes(layers, token_cache_bytes, cache_len):
    """Cache of one sequence over all layers."""
    return layers * token_cache_bytes * cache_len


@equation(
    "byte",
    r"K_1",
    when="window=sliding family=transformer",
    rises="layers token_cache_bytes cache_len",
)
def sequence_cache_bytes(layers, window_layers, window_tokens, token_cache_bytes, cache_len):
    """Cache of one sequence: full layers keep everything, windows keep their width."""
    full = (layers - window_layers) * cache_len
    return token_cache_bytes * (full + window_layers * minimum(window_tokens, cache_len))


@equation("byte", r"q", when="phase=decode", rises="token_cache_bytes")
def read_cache_bytes(token_cache_bytes):
    """Cache of an earlier token that a pass reads, in one layer."""
    return token_cache_bytes


@equation("byte", r"q", when="phase=prefill|training|pass")
def read_cache_bytes(token_cache_bytes):
    """Cache of an earlier token that a pass reads: none, it is made in the pass."""
    return 0.0 * token_cache_bytes


# ---- operators
@equation("text", when="attention=gqa", rises="")
def projection_operators(layers, pass_tokens, hidden, heads, kv_heads, head_dim, tp, widths):
    """The products before and after the attention of one layer."""
    keys = maximum(kv_heads / tp, 1)
    return (
        matmul("matmul", layers, pass_tokens, hidden, (heads / tp + 2 * keys) * head_dim, widths),
        matmul(
            "matmul",
            layers,
            pass_tokens,
            heads / tp * head_dim,
            hidden,
            widths,
            reduced_bytes=pass_tokens * hidden * widths.activation,
        ),
    )


@equation("text", when="attention=mla")
def projection_operators(
    layers,
    pass_tokens,
    hidden,
    heads,
    query_rank,
    latent_rank,
    rope_dim,
    nope_dim,
    value_dim,
    tp,
    widths,
):
    """The products around the latent attention of one layer."""
    queries, values = heads / tp * (nope_dim + rope_dim), heads / tp * value_dim
    down = above(query_rank, 0, query_rank, 0.0) + latent_rank + rope_dim
    return (
        matmul("matmul", layers, pass_tokens, hidden, down, widths),
        matmul(
            "matmul", layers, pass_tokens, above(query_rank, 0, query_rank, hidden), queries, widths
        ),
        matmul("matmul", layers, pass_tokens, latent_rank, heads / tp * nope_dim + values, widths),
        matmul(
            "matmul",
            layers,
            pass_tokens,
            values,
            hidden,
            widths,
            reduced_bytes=pass_tokens * hidden * widths.activation,
        ),
    )


@equation("", r"d_q + d_v", when="attention=gqa", rises="head_dim")
def score_width(head_dim):
    """Multiplications of one query with one key and its value, per head."""
    return 2 * head_dim


@equation(
    "",
    r"d_q + d_v",
    DEEPSEEK_V2.at("sec. 2.1"),
    when="attention=mla phase=prefill|training",
    rises="nope_dim rope_dim value_dim",
)
def score_width(nope_dim, rope_dim, value_dim):
    """Multiplications of one query with one key and its value, per head."""
    return nope_dim + rope_dim + value_dim


@equation(
    "",
    r"d_q + d_v",
    DEEPSEEK_V2.at("sec. 2.1.2"),
    when="attention=mla phase=decode",
    rises="latent_rank rope_dim",
)
def score_width(latent_rank, rope_dim):
    """The same with the up-projections absorbed: queries meet the latent vector itself."""
    return 2 * latent_rank + rope_dim


def _attention(count, batch, tokens, attended, heads, width, token_cache, read_cache, widths) -> Op:
    """The scores and the weighted sum of `count` layers."""
    flop = widths.mac * tokens * attended * heads * width
    moved = batch * attended * read_cache + tokens * token_cache
    return Op("attention", count, flop, 0.0, tokens * heads * width * widths.activation, moved)


@equation("text", when="window=none")
def attention_operators(
    layers,
    pass_batch,
    pass_tokens,
    attended_tokens,
    heads,
    score_width,
    token_cache_bytes,
    read_cache_bytes,
    tp,
    widths,
):
    """The attention of all layers."""
    rest = (heads / tp, score_width, token_cache_bytes, read_cache_bytes, widths)
    return (_attention(layers, pass_batch, pass_tokens, attended_tokens, *rest),)


@equation("text", when="window=sliding")
def attention_operators(
    layers,
    window_layers,
    pass_batch,
    pass_tokens,
    attended_tokens,
    window_attended_tokens,
    heads,
    score_width,
    token_cache_bytes,
    read_cache_bytes,
    tp,
    widths,
):
    """The attention of the full layers and of the sliding windows."""
    rest = (heads / tp, score_width, token_cache_bytes, read_cache_bytes, widths)
    return (
        _attention(layers - window_layers, pass_batch, pass_tokens, attended_tokens, *rest),
        _attention(window_layers, pass_batch, pass_tokens, window_attended_tokens, *rest),
    )


@equation("text", when="mlp=dense")
def mlp_operators(layers, pass_tokens, hidden, mlp_width, mlp_matrices, tp, widths):
    """The products of the feed-forward layers."""
    return (
        matmul("matmul", layers, pass_tokens, hidden, (mlp_matrices - 1) * mlp_width / tp, widths),
        matmul(
            "matmul",
            layers,
            pass_tokens,
            mlp_width / tp,
            hidden,
            widths,
            reduced_bytes=pass_tokens * hidden * widths.activation,
        ),
    )


@equation(
    "",
    r"E(1-(1-k/E)^{n})",
    SHAZEER_2017.at("sec. 2; expectation under even routing"),
    rises="pass_tokens experts_per_token",
)
def experts_touched(experts, experts_per_token, pass_tokens, ep):
    """Distinct experts that the tokens of an expert-parallel group use."""
    return experts * (1 - (1 - experts_per_token / experts) ** (pass_tokens * ep))


@equation("text", when="mlp=moe")
def mlp_operators(
    layers,
    dense_layers,
    pass_tokens,
    hidden,
    mlp_width,
    mlp_matrices,
    experts,
    experts_per_token,
    shared_experts,
    expert_width,
    experts_touched,
    tp,
    ep,
    widths,
):
    """Dense layers, routers, shared experts and the routed experts that the pass touches."""
    sparse = layers - dense_layers
    wide = above(dense_layers, 0, mlp_width, 0.0)
    summed = pass_tokens * hidden * widths.activation
    always = experts + shared_experts * (mlp_matrices - 1) * expert_width / tp
    routed, read = pass_tokens * experts_per_token, experts_touched / ep
    moved = 2 * routed * hidden * widths.activation

    def expert(inner, outer, **traffic) -> Op:
        product = matmul("experts", sparse, routed, inner, outer, widths, **traffic)
        return product._replace(weight_bytes=read * inner * outer * widths.weight)

    return (
        matmul("matmul", dense_layers, pass_tokens, hidden, (mlp_matrices - 1) * wide / tp, widths),
        matmul(
            "matmul", dense_layers, pass_tokens, wide / tp, hidden, widths, reduced_bytes=summed
        ),
        matmul("matmul", sparse, pass_tokens, hidden, always, widths),
        matmul("matmul", sparse, pass_tokens, shared_experts * expert_width / tp, hidden, widths),
        expert(hidden, (mlp_matrices - 1) * expert_width / tp),
        expert(expert_width / tp, hidden, reduced_bytes=summed, exchanged_bytes=moved),
    )


@equation("", r"n_h", when="phase=decode|pass", rises="pass_tokens")
def head_tokens(pass_tokens):
    """Tokens that reach the output layer."""
    return pass_tokens


@equation("", r"n_h", when="phase=training", rises="pass_tokens")
def head_tokens(pass_tokens):
    """Tokens that reach the output layer."""
    return pass_tokens


@equation("", r"n_h", when="phase=prefill", rises="pass_batch")
def head_tokens(pass_batch):
    """Tokens that reach the output layer: the last of each sequence."""
    return pass_batch


# ---- between the products: norms, residuals, rotations, activation functions


@equation("", r"8h", when="phase=prefill|decode|pass", rises="hidden")
def stream_width(hidden):
    """Elements of a token that a layer streams where kernels are fused: two tensors read and written, twice."""
    return 2 * (2 + 2) * hidden


@equation("", r"14h + 4f", STREAMS, when="phase=training mlp=dense", rises="hidden mlp_width")
def stream_width(hidden, mlp_width, block_streams, mlp_streams, tp):
    """Elements of a token that a training layer streams between its products."""
    return block_streams * hidden + mlp_streams * mlp_width / tp


@equation("", r"14h + 4 k f_e", STREAMS, when="phase=training mlp=moe", rises="hidden expert_width")
def stream_width(
    hidden, expert_width, experts_per_token, shared_experts, block_streams, mlp_streams, tp
):
    """Elements of a token that a training layer streams between its products."""
    used = (experts_per_token + shared_experts) * expert_width
    return block_streams * hidden + mlp_streams * used / tp


@equation("text", when=TRANSFORMER)
def operators(
    projection_operators,
    attention_operators,
    mlp_operators,
    layers,
    pass_tokens,
    head_tokens,
    stream_width,
    hidden,
    vocab,
    tp,
    widths,
):
    """Everything that one forward pass runs on one device."""
    stream = pass_tokens * hidden * widths.activation
    return (
        Op("gather", 1.0, 0.0, pass_tokens * hidden * widths.weight, stream),
        *projection_operators,
        *attention_operators,
        *mlp_operators,
        Op("elementwise", 2 * layers, 0.0, 0.0, pass_tokens * stream_width * widths.activation / 2),
        matmul("matmul", 1.0, head_tokens, hidden, vocab / tp, widths),
    )
