"""A language model from what a row says of it; shapes that a row leaves out are filled in and said."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from ..core.graph import solve
from ..core.records import Record
from ..models import Models
from ..models.huggingface import record_of_config
from .rows import Inexpressible
from .spelling import Keys, plain

#: Latent attention as DeepSeek-V3 has it: no row prints these ranks.
LATENT = {"q_lora_rank": 1536, "kv_lora_rank": 512, "qk_rope_head_dim": 64}
LATENT |= {"qk_nope_head_dim": 128, "v_head_dim": 128}
#: Where only a parameter count is known: layers of hidden = 128 x layers, and 128 experts of which 8 are used.
ASPECT, GUESSED_EXPERTS, GUESSED_USED, GUESSED_VOCAB, HEAD, GUESSED_KV = (
    128.0,
    128.0,
    8.0,
    1e5,
    128.0,
    8.0,
)


class Language(NamedTuple):
    """A model, its parameters as printed, and what was assumed."""

    record: Record
    params: float
    active_params: float
    notes: tuple[str, ...]


def language(name: str, spec: Keys) -> Language:
    """The model of a row."""
    notes: list[str] = []
    params, active = spec.number("params"), spec.number("active_params")
    inner = spec.found.get("moe")
    experts = Keys(inner if isinstance(inner, dict) else {}, spec.found)
    spec.read |= {"moe", "experts", "top_k", "shared", "moe_ffn", "dense_layers"}
    layers, hidden = spec.number("layers"), spec.number("hidden")
    if not (layers and hidden):
        known = registered(name)
        if known is not None:
            spec.read |= set(spec.found)
            size = params or total_params(known)
            return Language(known, size, active or size, (f"its shape is that of {known.path}",))
        if not params:
            raise Inexpressible("the row gives neither parameters nor layers and a hidden width")
        layers, hidden = _shape(active or params)
        notes.append("layers and hidden width follow from the parameter count")
    heads = spec.number("heads") or max(round(hidden / HEAD), 1)
    latent = "mla" in spec.text("attention")
    ffn = spec.number("ffn")
    gated = _gated(spec, params, layers, hidden, ffn)
    config: dict[str, Any] = {
        "num_hidden_layers": layers,
        "hidden_size": hidden,
        "num_attention_heads": heads,
        "num_key_value_heads": spec.number("kv_heads") or (GUESSED_KV if notes else heads),
        "vocab_size": spec.number("vocab") or GUESSED_VOCAB,
        "tie_word_embeddings": _tied(spec, params, layers, hidden, ffn),
        "model_type": "llama" if gated else "gpt_neox",
    }
    if spec.number("head_dim"):
        config["head_dim"] = spec.number("head_dim")
    matrices = 3 if gated else 2
    sparse = "experts" in experts or "top_k" in experts or bool(active and active < 0.9 * params)
    if sparse:
        config |= _experts(experts, layers, hidden, matrices, params, ffn)
        config.setdefault("intermediate_size", ffn or 4 * hidden)
    else:
        config["intermediate_size"] = ffn or _width(config, params, matrices)
    if latent:
        config |= LATENT
    record = record_of_config(config, Path("row"), name, "row")
    return Language(record, params or 0.0, active or params or 0.0, tuple(notes))


@cache
def _names() -> dict[str, str]:
    """Language models of the registry by their names without case and marks, the longest first."""
    names = sorted(dir(Models.Language), key=lambda name: -len(plain(name)))
    return {plain(name): f"Language.{name}" for name in names}


def registered(name: str) -> Record | None:
    """The transformer of the registry that a row's model is, by its name or the beginning of it."""
    wanted = plain(name)
    path = next((path for key, path in _names().items() if wanted.startswith(key)), None)
    found = Models.find(path, "model") if path else None
    return found if found is not None and found.traits.get("family") == "transformer" else None


def _gated(spec: Keys, params: float, layers: float, hidden: float, ffn: float) -> bool:
    """Whether a feed-forward layer has a gate: as printed, else by which of the two meets the count."""
    printed = spec.text("mlp")
    if printed:
        return "glu" in printed or "silu" in printed
    if not (params and ffn) or "moe" in spec or "experts" in spec:
        return True
    with_gate, without = (layers * hidden * (4 * hidden + n * ffn) for n in (3, 2))
    return abs(with_gate - params) < abs(without - params)


def _tied(spec: Keys, params: float, layers: float, hidden: float, ffn: float) -> bool:
    """Whether input and output share a vocabulary matrix: as printed, else when two would not fit a small model."""
    if "tied_embeddings" in spec:
        return bool(spec.number("tied_embeddings"))
    vocab = spec.number("vocab")
    if not (params and ffn and vocab) or spec.text("mlp").endswith("glu"):
        return False
    body = layers * hidden * (4 * hidden + 2 * ffn)
    return abs(body + vocab * hidden - params) < abs(body + 2 * vocab * hidden - params)


def _shape(params: float) -> tuple[float, float]:
    """Layers and width of a dense model of that size: N = 12 L h^2 with h = 128 L."""
    layers = max(round((params / (12 * ASPECT**2)) ** (1 / 3)), 2)
    return float(layers), ASPECT * layers


def _width(config: dict[str, Any], params: float, matrices: int) -> float:
    """Feed-forward width that makes up the parameter count; four times hidden where there is no count."""
    layers, hidden = config["num_hidden_layers"], config["hidden_size"]
    copies = 1 if config["tie_word_embeddings"] else 2
    head = config.get("head_dim", hidden / config["num_attention_heads"])
    kv = config["num_key_value_heads"] * head
    attention = 2 * hidden * hidden + 2 * hidden * kv
    left = params / layers - copies * config["vocab_size"] * hidden / layers - attention
    width = left / (matrices * hidden)
    return width if width >= hidden / 2 else 4 * hidden


def _experts(
    keys: Keys, layers: float, hidden: float, matrices: int, params: float, ffn: float
) -> dict[str, Any]:
    """The mixture of experts; a width that is not printed follows from the parameter count."""
    experts = keys.number("experts") or GUESSED_EXPERTS
    used = keys.number("top_k") or GUESSED_USED
    shared, dense = keys.number("shared"), keys.number("dense_layers")
    sparse = max(layers - dense, 1)
    rest = 4 * hidden * hidden * layers
    counted = (params - rest) / (matrices * hidden * sparse * (experts + shared))
    width = keys.number("moe_ffn") or (counted if counted > 0 else ffn or hidden)
    return {
        "num_local_experts": experts,
        "num_experts_per_tok": used,
        "n_shared_experts": shared,
        "moe_intermediate_size": width,
        "first_k_dense_replace": dense,
    }


def total_params(model: Record) -> float:
    """Parameters of a record by its own layers."""
    given = {**model.values(), "tp": 1.0, "pp": 1.0, "ep": 1.0}
    options = {"family": "transformer", "attention": model.traits["attention"]}
    options |= {"mlp": model.traits["mlp"], "window": "none"}
    return float(solve(("params",), given, options)["params"])
