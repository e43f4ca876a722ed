"""Symbols that a scenario gives: what a reader chooses, not what a record states."""

from __future__ import annotations

from .symbols import Symbol, declare

for _name, _unit, _latex, _meaning in (
    ("batch", "", "B", "Samples or sequences handled together by the whole system"),
    ("prefill_batch", "", "B_p", "Prompts that are prefilled together"),
    ("seq_len", "", "s", "Tokens of a prompt or of a training sample"),
    ("output_len", "", "o", "Tokens written for a request"),
    ("train_tokens", "", "D", "Tokens of a training run"),
    ("microbatch", "", "b", "Sequences of one micro-batch on one replica"),
    ("virtual_stages", "", "v", "Pieces of the model on one pipeline stage"),
    ("tp", "", "t", "Tensor-parallel degree"),
    ("pp", "", "p", "Pipeline-parallel degree"),
    ("dp", "", "d", "Data-parallel degree"),
    ("ep", "", "e", "Expert-parallel degree"),
    ("chips", "", "n", "Accelerators"),
    ("weight_width", "byte", "w_w", "Bytes of a weight"),
    ("activation_width", "byte", "w_a", "Bytes of an activation"),
    ("cache_width", "byte", "w_k", "Bytes of a cached key or value"),
    ("gradient_width", "byte", "w_g", "Bytes of a gradient"),
    ("optimizer_width", "byte", "w_o", "Bytes of optimiser state of a parameter"),
    ("peak_rate", "flop/s", "R", "Peak dense rate at the precision chosen"),
    ("network_price", "USD", "C_n", "Price of the network for one accelerator"),
    ("duration", "s", "t", "Time for which the system is run"),
    ("utilisation", "", "x", "Share of the time that the system is busy"),
    ("message_bytes", "byte", "S", "Message of a collective"),
    ("group", "", "n", "Members of a collective"),
    ("wire_bandwidth", "byte/s", "B", "Bandwidth that a member reaches, one direction"),
    ("wire_latency", "s", r"\alpha", "Latency of one step of a collective"),
):
    declare(Symbol(_name, _unit, _latex, _meaning, "scenario"))
