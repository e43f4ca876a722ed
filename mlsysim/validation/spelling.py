"""Keys as people spell them: each is found under many names, and what nobody asked for is reported."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .rows import Inexpressible

#: Our name of a key: the other spellings of it. Case, dashes and underscores do not matter.
SPELLINGS = {
    "params": "parameters num_params n_params total_params num_parameters model_params",
    "active_params": "activated_params active_parameters activated_parameters",
    "layers": "n_layers num_layers num_hidden_layers n_layer depth",
    "hidden": "hidden_size d_model n_embd dim embed_dim hidden_dim model_dim",
    "heads": "n_heads num_heads num_attention_heads n_head attention_heads",
    "kv_heads": "n_kv_heads num_kv_heads num_key_value_heads query_groups num_query_groups",
    "head_dim": "head_size d_head kv_channels",
    "ffn": "ffn_dim ffn_hidden ffn_size intermediate_size d_ff mlp_dim ffn_hidden_size mlp_hidden",
    "vocab": "vocab_size vocabulary padded_vocab n_vocab",
    "mlp": "activation act_fn hidden_act mlp_type",
    "tied_embeddings": "tie_word_embeddings tied tie_embeddings",
    "attention": "attention_type attn",
    "moe": "",
    "experts": "num_experts n_experts num_local_experts n_routed_experts routed_experts",
    "top_k": "experts_per_token num_experts_per_tok experts_per_tok active_experts",
    "shared": "shared_experts n_shared_experts num_shared_experts",
    "moe_ffn": "moe_intermediate_size expert_ffn expert_dim moe_hidden expert_hidden expert_ffn_dim",
    "dense_layers": "first_k_dense first_k_dense_replace num_dense_layers",
    "tp": "tensor_parallel tensor_parallel_size tp_size tensor tensor_model_parallel_size mp t",
    "pp": "pipeline_parallel pipeline_parallel_size pp_size pipeline pipeline_model_parallel_size p",
    "dp": "data_parallel data_parallel_size dp_size d fsdp replicas dp_degree",
    "cp": "context_parallel context_parallel_size cp_size",
    "ep": "expert_parallel expert_parallel_size ep_size expert_model_parallel_size",
    "zero": "zero_stage",
    "strategy": "sharding sharding_strategy parallelism",
    "micro_batch": "micro_batch_size mbs local_batch local_batch_size per_device_batch "
    "per_device_batch_size batch_per_device batch_per_gpu per_gpu_batch device_batch_size",
    "grad_accum": "gradient_accumulation gradient_accumulation_steps grad_acc_steps micro_batch_count "
    "num_microbatches microbatches accumulation_steps ga",
    "global_batch_seqs": "global_batch global_batch_size gbs batch_size_global global_bs",
    "global_batch_tokens": "batch_tokens tokens_per_step tokens_per_batch_global",
    "seq_len": "sequence_length seq context_length max_seq_len context ctx_len sl",
    "activation_checkpointing": "recompute ac activation_recompute gradient_checkpointing "
    "recompute_granularity activation_recomputation remat",
    "virtual_stages": "vpp interleave virtual_pipeline vp virtual_pipeline_stages num_model_chunks",
    "batch": "batch_size bs num_seqs requests_in_batch",
    "concurrency": "max_concurrency concurrent_requests num_concurrent users clients",
    "max_num_seqs": "max_batch max_batch_size max_running_requests max_seqs",
    "input_len": "avg_input_len mean_input_len isl input_tokens prompt_len prompt_tokens input_length "
    "prefill_len prompt_length",
    "output_len": "osl output_tokens gen_len generated_tokens output_length decode_len max_new_tokens "
    "new_tokens generation_len avg_output_len mean_output_len",
    "weight_gb": "model_size_gib weights_gb weight_size_gb file_gb file_size_gb model_gb",
    "stack": "framework engine runtime software backend server library",
    "tokens": "train_tokens total_tokens training_tokens n_tokens",
    "steps": "train_steps num_steps iterations",
    "gpu_hours": "gpu_h device_hours accelerator_hours chip_hours",
    "tdp_w": "tdp power_limit_w power_cap_w",
    "price_per_node_hour": "node_price_per_hour usd_per_node_hour",
    "price_per_gpu_hour": "usd_per_gpu_hour gpu_price_per_hour price_per_device_hour price_per_hour",
    "kgco2e_per_kwh": "carbon_intensity_kgco2e_per_kwh grid_kgco2e_per_kwh",
    "energy_mwh": "energy_mwh_total mwh",
    "bytes": "message_bytes size_bytes nbytes message_size_bytes payload_bytes",
    "algo": "op collective operation",
    "macs": "madds",
    "mmacs": "macs_m",
    "gmacs": "macs_g",
    "flops": "ops",
    "mflops": "mops",
    "gflops": "gops flops_g",
    "activations": "acts",
    "image_size": "input input_size input_shape img_size resolution res size",
    "compute_unit": "compute_units",
    "clock_mhz": "freq_mhz frequency_mhz mhz",
}
#: Multiply-accumulates of one unit of each count of them, and of each count of operations.
MACS = {"gmacs": 1e9, "mmacs": 1e6, "macs": 1.0}
OPERATIONS = {"gflops": 0.5e9, "mflops": 0.5e6, "flops": 0.5}
#: Keys that say nothing about speed.
IDLE = frozenset(
    {
        "note",
        "notes",
        "arch",
        "scope",
        "technique",
        "dataset",
        "torch",
        "layout",
        "schedule",
        "slices",
        "chips_per_slice",
        "scaling",
        "scenario",
        "sequence_parallel",
        "num_prompts",
        "dp_attention",
        "kernel",
        "target",
        "window_days",
        "input",
        "hardware_note",
        "model_name",
        "cuda",
        "driver",
        "version",
        "date",
    }
)


def plain(name: str) -> str:
    """A key without case and without the marks between its words."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


NAMES = {plain(other): ours for ours, more in SPELLINGS.items() for other in (ours, *more.split())}


def named(key: str) -> str:
    """Our name of a key, however it is spelled."""
    return NAMES.get(plain(key), plain(key))


def words(mapping: Mapping[str, Any], *names: str) -> str:
    """All that a mapping says under some of our names, in lower case."""
    return " ".join(str(value) for key, value in mapping.items() if named(key) in names).lower()


class Keys:
    """A mapping read under our names; `unread` lists what nobody asked for."""

    def __init__(self, *mappings: Mapping[str, Any]):
        self.found: dict[str, Any] = {}
        self.written: dict[str, str] = {}
        for mapping in mappings:
            for key, value in mapping.items():
                name = named(key)
                if value not in (None, "") and name not in self.found:
                    self.found[name], self.written[name] = value, key
        self.read: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return name in self.found

    def text(self, name: str, default: str = "") -> str:
        """A value as text, in lower case."""
        self.read.add(name)
        return str(self.found.get(name, default)).lower()

    def number(self, name: str, default: float = 0.0) -> float:
        """A value as a number; text such as "1,024" or "2k" too."""
        self.read.add(name)
        value = self.found.get(name)
        if isinstance(value, bool):
            return float(value)
        if isinstance(value, (int, float)):
            if not 0 <= value < float("inf"):
                raise Inexpressible(f"{self.written[name]} is {value}, not a count")
            return float(value)
        if value is None:
            return default
        match = re.fullmatch(r"\s*([\d.,]+(?:e[+-]?\d+)?)\s*([kmbt]?)\s*", str(value).lower())
        if match is None:
            return default
        scale = {"": 1.0, "k": 1e3, "m": 1e6, "b": 1e9, "t": 1e12}[match[2]]
        return float(match[1].replace(",", "")) * scale

    def scaled(self, scales: Mapping[str, float]) -> float:
        """A count in single units under the first of several names that gives one, else 0."""
        counts = [self.number(name) * scale for name, scale in scales.items()]
        return next((count for count in counts if count), 0.0)

    def first(self, *names: str) -> float:
        """The number under the first of several names that gives one, else 0."""
        return self.scaled(dict.fromkeys(names, 1.0))

    def unread(self) -> tuple[str, ...]:
        """Keys that no equation used, said in words."""
        idle = {plain(name) for name in IDLE}
        left = [self.written[name] for name in self.found if name not in self.read]
        return tuple(f"{key} was not understood" for key in left if plain(key) not in idle)
