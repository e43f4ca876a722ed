"""Every network but the transformer, to parameters and operators."""

from __future__ import annotations

from ..core.elementwise import total
from ..core.graph import equation
from ..papers import GU_2023, HO_2022, NAUMOV_2019, SZE_2017
from .operators import Op, matmul


# ---- convolutional and fully connected networks, layer by layer
@equation("text", when="family=cnn|mlp", paper=SZE_2017.at("sec. III"))
def operators(conv_layers, full_layers, pass_batch, widths):
    """Convolutions as products over pixels, then the fully connected layers."""
    rows = []
    for count, kernel, inputs, outputs, pixels, groups in conv_layers:
        weights, seen = kernel * inputs / groups * outputs, pass_batch * pixels
        kind = "depthwise" if groups == inputs > 1 else "convolution"
        moved = seen * (inputs + outputs) * widths.activation
        rows.append(Op(kind, count, widths.mac * seen * weights, weights * widths.weight, moved))
    for count, inputs, outputs in full_layers:
        rows.append(matmul("matmul", count, pass_batch, inputs, outputs, widths))
    return tuple(rows)


# ---- recommendation: tables over all devices, towers on each
@equation("", r"N_x", NAUMOV_2019.at("sec. 2.1"), when="family=dlrm")
def expert_params(embedding_tables):
    """Entries of the embedding tables; the devices of the group share them out."""
    return total(count * entries * dim for count, entries, dim, lookups in embedding_tables)


@equation("", r"N", NAUMOV_2019.at("sec. 2.1"), when="family=dlrm", rises="expert_params")
def params(expert_params, full_layers):
    """Parameters of tables and towers."""
    return expert_params + total(count * inputs * outputs for count, inputs, outputs in full_layers)


@equation("text", when="family=dlrm", paper=NAUMOV_2019.at("sec. 2"))
def operators(embedding_tables, full_layers, pass_batch, widths):
    """Gathers and their exchange, then the towers."""
    rows = []
    for count, _, dim, lookups in embedding_tables:
        read, sent = pass_batch * lookups * dim, pass_batch * dim * widths.activation
        rows.append(
            Op("gather", count, widths.mac / 2 * read, 0.0, sent, read * widths.weight, 0.0, sent)
        )
    for count, inputs, outputs in full_layers:
        rows.append(matmul("matmul", count, pass_batch, inputs, outputs, widths))
    return tuple(rows)


# ---- state-space models
@equation("", r"x h", GU_2023.at("sec. 3.4"), when="family=ssm", rises="expand hidden")
def inner_width(expand, hidden):
    """Channels of a state-space layer."""
    return expand * hidden


@equation(
    "", r"N_a", GU_2023.at("app. E.2"), when="family=ssm", rises="hidden inner_width state_dim"
)
def block_params(hidden, inner_width, state_dim, conv_len, step_rank):
    """Parameters of one state-space layer with its norm: projections, convolution, step, state and skip."""
    selective = inner_width * (step_rank + 2 * state_dim) + step_rank * inner_width + inner_width
    return (
        2 * inner_width * hidden
        + inner_width * (conv_len + 1)
        + selective
        + inner_width * (state_dim + 1)
        + inner_width * hidden
        + hidden
    )


@equation("", r"h/16", GU_2023.at("app. E.2"), when="family=ssm", rises="hidden")
def step_rank(hidden, step_rank_divisor):
    """Rank of the projection that makes the step of a state-space layer."""
    return hidden / step_rank_divisor


@equation("", r"N", GU_2023.at("app. E.2"), when="family=ssm", rises="layers block_params")
def params(layers, block_params, vocab, hidden):
    """Parameters: tied embeddings, the layers, the last norm."""
    return vocab * hidden + layers * block_params + hidden


@equation("byte", r"K_1", GU_2023.at("sec. 3.3"), when="family=ssm", rises="layers inner_width")
def sequence_cache_bytes(layers, inner_width, state_dim, conv_len, cache_width):
    """State of one sequence: it does not grow with the context."""
    return layers * inner_width * (state_dim + conv_len - 1) * cache_width


@equation("", r"n_h", when="family=ssm phase=prefill")
def state_reads(pass_batch):
    """States that a pass reads and writes in one layer."""
    return pass_batch


@equation("", r"n_h", when="family=ssm phase=decode|training|pass")
def state_reads(pass_batch, new_tokens):
    """States that a pass reads and writes in one layer; training keeps one a token."""
    return pass_batch * new_tokens


@equation("text", when="family=ssm", paper=GU_2023.at("sec. 3"))
def operators(
    layers,
    hidden,
    inner_width,
    state_dim,
    conv_len,
    step_rank,
    vocab,
    pass_tokens,
    head_tokens,
    state_reads,
    widths,
    cache_width,
    tp,
):
    """Projections, the short convolution and the scan."""
    inner, stream = inner_width / tp, pass_tokens * hidden * widths.activation
    flop = widths.mac * pass_tokens * inner * (2 * state_dim + 1 + conv_len)
    states = 2 * state_reads * inner * state_dim * cache_width
    scanned = 2 * 2 * pass_tokens * inner * widths.activation
    return (
        matmul("matmul", layers, pass_tokens, hidden, 2 * inner, widths),
        matmul("matmul", layers, pass_tokens, inner, step_rank + 2 * state_dim, widths),
        matmul("matmul", layers, pass_tokens, step_rank, inner, widths),
        Op("scan", layers, flop, inner * (state_dim + conv_len) * widths.weight, scanned, states),
        matmul("matmul", layers, pass_tokens, inner, hidden, widths, reduced_bytes=stream),
        Op("elementwise", 2 * layers, 0.0, 0.0, 2 * stream),
        matmul("matmul", 1.0, head_tokens, hidden, vocab / tp, widths),
    )


# ---- networks known by their totals only
@equation("", r"N", when="family=cnn|mlp|diffusion|totals|encoder-decoder")
def params(published_params):
    """Parameters as published."""
    return published_params


def _whole(count, flop, params, batch, widths, activations) -> Op:
    moved = 2 * batch * activations * widths.activation
    return Op("network", count, batch * flop, params * widths.weight, moved)


@equation("text", when="family=totals|encoder-decoder")
def operators(published_params, pass_flop_published, pass_batch, widths, pass_activations):
    """One operator that stands for the whole network."""
    return (
        _whole(1.0, pass_flop_published, published_params, pass_batch, widths, pass_activations),
    )


@equation("text", when="family=diffusion", paper=HO_2022.at("sec. 3"))
def operators(
    published_params,
    pass_flop_published,
    denoise_steps,
    guidance_passes,
    pass_batch,
    widths,
    pass_activations,
):
    """The network once a denoising step, on a batch doubled by classifier-free guidance."""
    both = pass_batch * guidance_passes
    return (
        _whole(
            denoise_steps, pass_flop_published, published_params, both, widths, pass_activations
        ),
    )
