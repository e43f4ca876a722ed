"""Parameters of a transformer, in closed form."""

from __future__ import annotations

from ..core.elementwise import above
from ..core.graph import equation
from ..papers import DEEPSEEK_V2, KAPLAN_2020, SHAZEER_2017, VASWANI_2017

TRANSFORMER = "family=transformer|encoder"


@equation(
    "", r"N_e = (e V + V_p) h", VASWANI_2017.at("sec. 3.4"), when=TRANSFORMER, rises="vocab hidden"
)
def embedding_params(embedding_copies, vocab, position_rows, hidden):
    """Parameters of the token, position and output embeddings."""
    return (embedding_copies * vocab + position_rows) * hidden


@equation(
    "",
    r"N_a",
    VASWANI_2017.at("sec. 3.2"),
    when="attention=gqa",
    rises="hidden heads kv_heads head_dim",
)
def attention_params(hidden, heads, kv_heads, head_dim, qkv_biases):
    """Parameters of the attention of one layer."""
    return hidden * head_dim * 2 * (heads + kv_heads) + qkv_biases * head_dim * (
        heads + 2 * kv_heads
    )


@equation(
    "",
    r"N_a",
    DEEPSEEK_V2.at("sec. 2.1, app. C"),
    when="attention=mla",
    rises="hidden heads latent_rank",
)
def attention_params(hidden, heads, query_rank, latent_rank, rope_dim, nope_dim, value_dim):
    """Parameters of the latent attention of one layer, with the norms of its ranks."""
    queries = heads * (nope_dim + rope_dim)
    query = above(query_rank, 0, query_rank * (hidden + 1 + queries), hidden * queries)
    cached = hidden * (latent_rank + rope_dim) + latent_rank
    return (
        query + cached + latent_rank * heads * (nope_dim + value_dim) + heads * value_dim * hidden
    )


@equation(
    "",
    r"N_f",
    VASWANI_2017.at("sec. 3.3"),
    when="mlp=dense",
    rises="layers hidden mlp_width mlp_matrices",
)
def mlp_params(layers, hidden, mlp_width, mlp_matrices, mlp_biases):
    """Parameters of the feed-forward layers that every token uses."""
    return layers * mlp_width * (mlp_matrices * hidden + mlp_biases)


@equation(
    "", r"N_f", SHAZEER_2017.at("sec. 2"), when="mlp=moe", rises="layers hidden shared_experts"
)
def mlp_params(
    layers, dense_layers, hidden, mlp_width, mlp_matrices, experts, shared_experts, expert_width
):
    """Parameters of the feed-forward layers that every token uses: dense layers, routers, shared experts."""
    dense = above(dense_layers, 0, dense_layers * mlp_matrices * hidden * mlp_width, 0.0)
    return dense + (layers - dense_layers) * hidden * (
        experts + shared_experts * mlp_matrices * expert_width
    )


@equation(
    "",
    r"N_x",
    when="mlp=dense|none family=transformer|encoder|encoder-decoder|cnn|ssm|diffusion|mlp|totals",
)
def expert_params():
    """Parameters of the routed experts: there are none."""
    return 0.0


@equation(
    "",
    r"N_x",
    SHAZEER_2017.at("sec. 2"),
    when="family=transformer mlp=moe",
    rises="layers hidden experts expert_width",
)
def expert_params(layers, dense_layers, hidden, mlp_matrices, experts, expert_width):
    """Parameters of the routed experts."""
    return (layers - dense_layers) * experts * mlp_matrices * hidden * expert_width


@equation(
    "", r"N_0", KAPLAN_2020.at("table 1"), when=TRANSFORMER, rises="attention_params mlp_params"
)
def layer_params(
    layers, attention_params, mlp_params, hidden, hidden_vectors, head_dim, head_vectors
):
    """Parameters of all layers without the routed experts."""
    return (
        layers * (attention_params + hidden_vectors * hidden + head_vectors * head_dim) + mlp_params
    )


@equation(
    "",
    r"N",
    KAPLAN_2020.at("table 1"),
    when=TRANSFORMER,
    rises="layer_params expert_params embedding_params",
)
def params(layer_params, expert_params, embedding_params, final_vectors, hidden, other_params):
    """Parameters of the model."""
    return layer_params + expert_params + embedding_params + final_vectors * hidden + other_params


@equation("", r"N_{act}", SHAZEER_2017.at("sec. 2"), when="mlp=moe", rises="experts_per_token")
def active_params(params, expert_params, experts, experts_per_token):
    """Parameters that one token uses."""
    return params - expert_params * (1 - experts_per_token / experts)


@equation("", r"N_{act}", when="mlp=dense|none")
def active_params(params):
    """Parameters that one token uses."""
    return params
