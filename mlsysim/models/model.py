"""Layer A: a model, as its configuration and its paper describe it."""

from __future__ import annotations

from ..core.records import RecordType, field, rows

MODEL = RecordType(
    "Model",
    "A",
    "A network: its geometry, its published totals and its training run",
    (
        # geometry of a transformer
        field("layers", "", "L", "Layers"),
        field("encoder_layers", "", "L_e", "Layers of the encoder of an encoder-decoder"),
        field("decoder_layers", "", r"L_{dec}", "Layers of the decoder of an encoder-decoder"),
        field("hidden", "", "h", "Width of the residual stream"),
        field("heads", "", "a", "Query heads"),
        field("kv_heads", "", r"a_{kv}", "Key and value heads"),
        field("head_dim", "", "d", "Width of a head"),
        field("mlp_width", "", "f", "Width of the dense feed-forward layer"),
        field(
            "mlp_matrices", "", "g", "Matrices of a feed-forward layer: 3 with a gate, 2 without"
        ),
        field("vocab", "", "V", "Vocabulary"),
        field(
            "embedding_copies",
            "",
            "e",
            "Vocabulary matrices stored: 1 when input and output are tied, else 2",
        ),
        field("context_limit", "", r"S_{max}", "Longest context"),
        field("position_rows", "", r"V_p", "Learned position and segment embeddings"),
        field(
            "dense_layers",
            "",
            r"L_d",
            "Layers of a mixture of experts that keep a dense feed-forward layer",
        ),
        field("experts", "", "E", "Routed experts of a layer"),
        field("experts_per_token", "", "k", "Routed experts that a token uses"),
        field("shared_experts", "", r"E_s", "Experts that every token uses"),
        field("expert_width", "", r"f_e", "Width of an expert"),
        field("window_tokens", "", "w", "Tokens that a sliding-window layer sees"),
        field("window_layers", "", r"L_w", "Layers with a sliding window"),
        field(
            "query_rank",
            "",
            r"r_q",
            "Rank of the compressed query of latent attention; 0 when it is not compressed",
        ),
        field(
            "latent_rank",
            "",
            r"r_{kv}",
            "Rank of the compressed keys and values of latent attention",
        ),
        field("rope_dim", "", r"d_r", "Rotated part of a latent-attention key"),
        field("nope_dim", "", r"d_n", "Unrotated part of a latent-attention key"),
        field("value_dim", "", r"d_v", "Width of a latent-attention value"),
        # what the closed-form parameter count needs beyond the matrices
        field(
            "hidden_vectors",
            "",
            r"n_h",
            "Vectors of the hidden width in a layer: norms, and biases of that width",
        ),
        field(
            "head_vectors",
            "",
            r"n_d",
            "Vectors of a head's width in a layer, such as query and key norms",
        ),
        field("qkv_biases", "", r"b_a", "1 where queries, keys and values have a bias, else 0"),
        field(
            "mlp_biases",
            "",
            r"b_f",
            "Vectors of the feed-forward width in a layer: biases of the first matrix or matrices",
        ),
        field("final_vectors", "", r"n_f", "Vectors of the hidden width outside the layers"),
        field(
            "other_params",
            "",
            r"N_o",
            "Parameters that no field above counts, such as a pooler, router biases or attention sinks",
        ),
        # state-space models
        field("state_dim", "", r"d_s", "State of a channel of a state-space layer"),
        field("expand", "", "x", "Inner width over hidden width of a state-space layer"),
        field("conv_len", "", r"k_c", "Taps of the short convolution of a state-space layer"),
        # tables
        rows(
            "conv_layers",
            "Convolutions",
            count="",
            kernel="",
            inputs="",
            outputs="",
            pixels="",
            groups="",
        ),
        rows("full_layers", "Fully connected layers", count="", inputs="", outputs=""),
        rows("embedding_tables", "Embedding tables", count="", entries="", dim="", lookups=""),
        # published totals
        field("published_params", "", r"N_{pub}", "Parameters as published"),
        field(
            "published_active_params",
            "",
            r"N_{act}",
            "Parameters that one token uses, as published",
        ),
        field(
            "pass_flop_published",
            "flop",
            r"W_{pub}",
            "Operations of one forward pass of one sample, as published",
        ),
        field(
            "pass_activations",
            "",
            r"n_{act}",
            "Activations that one forward pass of one sample writes",
        ),
        field("stored_bytes", "byte", r"M_{pub}", "Size of the stored model, as published"),
        field("train_chips", "", r"n_{pub}", "Chips of the published training run"),
        field("train_chip_time", "s", r"t_{pub}", "Chip-hours of the published training run"),
        field("train_duration", "s", r"T_{pub}", "Days of the published training run"),
        field("train_chip", "text", "", "Chip of the published training run"),
        field("train_token_count", "", r"D_{pub}", "Tokens of the published training run"),
        field(
            "train_flop_published", "flop", r"C_{pub}", "Operations of the published training run"
        ),
        field(
            "train_batch_count",
            "",
            r"B_{pub}",
            "Sequences in a batch of the published training run",
        ),
        field(
            "train_batch_tokens", "", r"B_{tok}", "Tokens in a batch of the published training run"
        ),
        field("train_mfu", "", r"\mathrm{MFU}_{pub}", "Utilisation of the published training run"),
        field("train_energy", "J", r"E_{pub}", "Energy of the published training run"),
        field("train_carbon", "gCO2e", r"K_{pub}", "Carbon of the published training run"),
        field(
            "train_pue",
            "",
            r"\mathrm{PUE}_{pub}",
            "Power usage effectiveness of the published training run",
        ),
        # inputs and quality
        field("input_text", "text", "", "Shape of one input"),
        field("resolution", "", "r", "Side of the input image in pixels"),
        field("patch", "", "p", "Side of an image patch in pixels"),
        field("input_tokens", "", r"s_{in}", "Tokens of one input of fixed length"),
        field("denoise_steps", "", r"n_s", "Denoising steps of one image"),
        field(
            "guidance_passes",
            "",
            r"n_g",
            "Network evaluations of a step; 2 with classifier-free guidance",
        ),
        field("accuracy_share", "", r"q", "Published top-1 accuracy"),
        field("quality", "text", "", "Published quality target"),
    ),
    {
        "family": (
            "transformer",
            "encoder",
            "encoder-decoder",
            "cnn",
            "dlrm",
            "ssm",
            "diffusion",
            "mlp",
            "totals",
        ),
        "attention": ("gqa", "mla", "none"),
        "mlp": ("dense", "moe", "none"),
        "aliases": (),
    },
)
