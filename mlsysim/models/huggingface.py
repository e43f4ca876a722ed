"""A model from a local `config.json` in the form that Hugging Face publishes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..core.errors import InputError
from ..core.records import Record
from .model import MODEL

#: Our field: the keys that configurations use for it, in the order in which they are looked up.
KEYS = {
    "layers": ("num_hidden_layers", "n_layer", "num_layers"),
    "hidden": ("hidden_size", "n_embd", "d_model"),
    "heads": ("num_attention_heads", "n_head"),
    "mlp_width": ("intermediate_size", "n_inner", "ffn_dim"),
    "vocab": ("vocab_size",),
    "context_limit": ("max_position_embeddings", "n_positions", "n_ctx"),
    "experts": ("num_local_experts", "n_routed_experts", "num_experts"),
    "experts_per_token": ("num_experts_per_tok", "num_experts_per_token"),
    "shared_experts": ("n_shared_experts",),
    "expert_width": ("moe_intermediate_size",),
    "dense_layers": ("first_k_dense_replace",),
    "query_rank": ("q_lora_rank",),
    "latent_rank": ("kv_lora_rank",),
    "rope_dim": ("qk_rope_head_dim",),
    "nope_dim": ("qk_nope_head_dim",),
    "value_dim": ("v_head_dim",),
}
UNGATED = ("gpt2", "opt", "bloom", "falcon", "gpt_neox", "phi", "bert", "gptj", "mpt")


def model_from_config(file: Path) -> Record:
    """The record of a decoder-only transformer; every figure names the key it was read from."""
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{file}: {error}") from None
    if not isinstance(config, dict):
        raise InputError(f"{file}: a configuration is a mapping, not a {type(config).__name__}")
    name = str(config.get("_name_or_path") or file.parent.name or file.stem)
    key = file.stem if file.stem != "config" else file.parent.name or "config"
    return record_of_config(config, file, name, key)


def record_of_config(config: dict[str, Any], file: Path, name: str, key: str) -> Record:
    """The record of a decoder-only transformer from the mapping of its configuration."""
    inner = config.get("text_config")
    config = inner if isinstance(inner, dict) else config
    found = {field: _read(file, config, keys) for field, keys in KEYS.items()}
    figures = {field: entry for field, entry in found.items() if entry is not None}
    for needed in ("layers", "hidden", "heads", "vocab"):
        if needed not in figures:
            raise InputError(f"{file}: has none of {', '.join(KEYS[needed])}")
        if figures[needed]["value"] < 1:
            raise InputError(f"{file}: {needed} must be at least 1")
    value = {field: entry["value"] for field, entry in figures.items()}
    kind = str(config.get("model_type", ""))

    def add(field: str, number: float, at: str) -> None:
        figures.setdefault(
            field, {"value": number, "source": "config", "at": at, "kind": "derived"}
        )

    learned = kind in ("gpt2", "opt")
    add(
        "kv_heads",
        _one(config, "num_key_value_heads") or (1 if config.get("multi_query") else value["heads"]),
        "num_key_value_heads, or heads",
    )
    add(
        "head_dim",
        _one(config, "head_dim") or value["hidden"] / value["heads"],
        "head_dim, or hidden over heads",
    )
    add("mlp_width", 4 * value["hidden"], "four times hidden")
    add("mlp_matrices", 2 if kind in UNGATED else 3, f"architecture {kind}")
    add(
        "embedding_copies",
        1 if config.get("tie_word_embeddings", kind in ("gpt2", "gemma", "gemma2")) else 2,
        "tie_word_embeddings",
    )
    add("position_rows", value.get("context_limit", 0) if learned else 0, f"architecture {kind}")
    add("hidden_vectors", 2 + 4 * (kind in UNGATED), f"norms and biases of architecture {kind}")
    add("head_vectors", 2 if kind.startswith("qwen3") else 0, f"architecture {kind}")
    add(
        "qkv_biases",
        int(bool(config.get("attention_bias", kind in (*UNGATED, "qwen2")))),
        "attention_bias",
    )
    add("mlp_biases", int(kind in UNGATED), f"architecture {kind}")
    add("final_vectors", 2 if kind in UNGATED else 1, f"architecture {kind}")
    experts = "experts" in value
    if experts:
        add("dense_layers", 0, "first_k_dense_replace")
        if kind == "deepseek_v3":
            sparse = value["layers"] - value.get("dense_layers", 0)
            add("other_params", sparse * value["experts"], "a bias for each routed expert")
        add("shared_experts", 0, "n_shared_experts")
        add("expert_width", value.get("mlp_width", 0), "intermediate_size")
    add("other_params", 0, "nothing else is counted")
    window = _one(config, "sliding_window")
    if window and config.get("use_sliding_window", True):
        every = _one(config, "sliding_window_pattern")
        add("window_tokens", window, "sliding_window")
        add(
            "window_layers",
            value["layers"] - (value["layers"] // every if every else 0),
            "sliding_window_pattern",
        )
    if "latent_rank" in value:
        add("query_rank", 0, "q_lora_rank is null")
    data = {
        "name": name,
        "family": "transformer",
        "attention": "mla" if "latent_rank" in value else "gqa",
        "mlp": "moe" if experts else "dense",
        "figures": figures,
        "sources": {
            "config": {
                "title": f"Model configuration {file.name}",
                "document": file.name,
                "kind": "file",
            }
        },
    }
    return Record(MODEL, key, data, dict)


def _one(config: dict, key: str) -> float | None:
    entry = _read(Path("config.json"), config, (key,))
    return None if entry is None else entry["value"]


def _read(file: Path, config: dict, keys: tuple[str, ...]) -> dict[str, Any] | None:
    for key in keys:
        number = config.get(key)
        if number is None:
            continue
        if (
            isinstance(number, bool)
            or not isinstance(number, (int, float))
            or not 0 <= number < 1e12
        ):
            raise InputError(f"{file}: {key} is {number!r}, not a count")
        return {"value": number, "source": "config", "at": key}
    return None
