"""Sequences cut over context-parallel ranks, and interleaved stages: what they cost, and table 4 of Llama 3."""

from __future__ import annotations

from typing import Any

import pytest

import mlsysim
from mlsysim.core.errors import InputError
from mlsysim.core.graph import solve
from mlsysim.evaluation import Evaluation

SHAPE = {"tp": 2, "pp": 2, "microbatch": 1, "zero": 1, "recompute": "selective"}
PLAN = {"mode": "training", "batch_size": 64, "seq_len": 8192, "nodes": 4, **SHAPE}


def evaluate(model: str = "Llama3_8B", chip: str = "H100", **plan: Any) -> Evaluation:
    return mlsysim.SystemEvaluator.evaluate("test", model, chip, **plan)


def answers(evaluation: Evaluation, *names: str) -> dict[str, float]:
    scenario = evaluation.scenario
    return solve(names, scenario.given, scenario.options)


# ---- context parallelism
def test_a_cut_sequence_leaves_the_model_its_work_and_shares_out_the_rest() -> None:
    """Twice the ranks on half the replicas: the same chips, tokens, operations and state."""
    names = ("model_flop", "hardware_flop", "optimizer_bytes", "weight_bytes", "gradient_bytes")
    whole = answers(evaluate(**PLAN, dp=8), *names, "pass_tokens", "layer_stored_bytes")
    cut = answers(evaluate(**PLAN, dp=4, cp=2), *names, "pass_tokens", "layer_stored_bytes")
    for name in names:
        assert cut[name] == pytest.approx(whole[name], rel=1e-12)
    assert cut["pass_tokens"] == whole["pass_tokens"] / 2
    assert cut["layer_stored_bytes"] == whole["layer_stored_bytes"] / 2


def test_keys_and_values_are_gathered_thrice_and_once_more_if_all_is_computed_again() -> None:
    """Llama 3 8B: 8 heads of 128 in 16 bits, keys and values, over two tensor-parallel ranks."""
    evaluation = evaluate(**PLAN, dp=4, cp=2)
    got = answers(evaluation, "context_bytes", "context_time", "cp_bandwidth", "cp_latency")
    assert got["context_bytes"] == 8192 * 2 * (8 / 2) * 128 * 2
    once = got["context_bytes"] / 2 / got["cp_bandwidth"] + got["cp_latency"]
    assert got["context_time"] == pytest.approx(32 * 3 * once)
    full = evaluate(**{**PLAN, "recompute": "full"}, dp=4, cp=2)
    again = answers(full, "context_time")["context_time"]
    assert again == pytest.approx(32 * 4 * once)


def test_ranks_that_leave_the_node_meet_its_network() -> None:
    plan = {**PLAN, "tp": 8, "pp": 1, "nodes": 8, "batch_size": 8}
    inside = answers(evaluate(**{**plan, "tp": 4}, cp=2, dp=8), "cp_bandwidth", "cp_latency")
    outside = answers(evaluate(**plan, cp=2, dp=4), "cp_bandwidth", "cp_latency")
    assert outside["cp_bandwidth"] < inside["cp_bandwidth"]
    assert outside["cp_latency"] > inside["cp_latency"]


def test_no_gather_of_a_context_hides_behind_arithmetic() -> None:
    names = ("pass_time", "busy_time", "link_time", "context_time", "layer_overlap_share")
    got = answers(evaluate(**{**PLAN, "tp": 1}, dp=8, cp=2), *names)
    assert got["context_time"] == got["link_time"] > 0
    assert got["pass_time"] == pytest.approx(got["busy_time"] + got["context_time"])


def test_experts_are_shared_out_over_the_ranks_of_a_sequence_too() -> None:
    plan = {**PLAN, "tp": 1, "pp": 1, "seq_len": 32768}
    cut = evaluate("Mixtral_8x7B", **plan, cp=4, dp=8, ep=8)
    assert answers(cut, "expert_replicas")["expert_replicas"] == 4
    assert cut.scenario.given["cp"] == 4


def test_an_evaluation_cuts_sequences_only_if_asked() -> None:
    plan = {"mode": "training", "batch_size": 8, "seq_len": 131072, "nodes": 8}
    assert evaluate(**plan).to_dict()["inputs"]["parallelism"]["cp"] == 1
    asked = evaluate(**plan, cp=8).to_dict()["inputs"]["parallelism"]
    assert asked["cp"] == 8
    assert asked["tp"] * asked["cp"] * asked["pp"] * asked["dp"] == 64


@pytest.mark.parametrize(
    ("model", "plan", "says"),
    [
        ("Llama3_8B", {"nodes": 1, "cp": 2}, "only the training of transformers"),
        ("ResNet50", {"mode": "training", "accelerators": 4, "cp": 2}, "only the training"),
        ("Mamba_2_8B", {"mode": "training", "accelerators": 4, "cp": 2}, "only the training"),
        ("Llama3_8B", {"mode": "training", "nodes": 1, "cp": 8, "seq_len": 1000}, "head and a"),
        ("Llama3_8B", {"mode": "training", "nodes": 1, "cp": 16}, "16 does not fit 8"),
        ("Llama3_8B", {**PLAN, "dp": 8, "cp": 2}, "64 does not fit 32"),
    ],
)
def test_a_sequence_that_cannot_be_cut_is_an_error_that_says_why(
    model: str, plan: dict[str, Any], says: str
) -> None:
    with pytest.raises(InputError, match=says):
        evaluate(model, **plan)


# ---- interleaved stages
@pytest.mark.parametrize(
    ("stages", "held"), [(1, 8.0), (2, 8 * (1 + 7 / 16)), (4, 8 * (1 + 7 / 32))]
)
def test_interleaved_stages_hold_more_micro_batches(stages: int, held: float) -> None:
    """Korthikanti et al. 2022, sec. 4.2.3: times 1 + (p - 1)/(p v)."""
    given = {"microbatches": 64.0, "pp": 8.0, "virtual_stages": float(stages)}
    assert solve(("held_microbatches",), given)["held_microbatches"] == pytest.approx(held)
    few = {**given, "microbatches": 8.0}
    assert solve(("held_microbatches",), few)["held_microbatches"] == 8.0


def test_interleaved_stages_idle_less_and_hand_over_more_often() -> None:
    plan = {**PLAN, "pp": 4, "dp": 4}
    one, four = (evaluate(**plan, virtual_stages=v) for v in (1, 4))
    names = ("bubble_share", "hop_time", "activation_bytes")
    plain, woven = answers(one, *names), answers(four, *names)
    assert woven["bubble_share"] == plain["bubble_share"] / 4
    assert woven["hop_time"] == pytest.approx(plain["hop_time"] * 4)
    assert woven["activation_bytes"] > plain["activation_bytes"]


# ---- Llama 3 405B, Grattafiori et al. 2024, table 4: chips, cp, dp, length, sequences a replica, utilisation
TABLE_4 = ((8192, 1, 64, 8192, 32, 0.43), (16384, 1, 128, 8192, 16, 0.41))
LONG = (16384, 16, 8, 131072, 16, 0.38)


def _table_4(chips: int, cp: int, dp: int, length: int, share: int) -> tuple[float, float]:
    """Utilisation with the attention counted by its mask, and counted whole; pieces of one layer, no recomputation."""
    evaluation = evaluate(
        "Llama3_405B",
        mode="training",
        accelerators=chips,
        seq_len=length,
        batch_size=dp * share,
        tp=8,
        cp=cp,
        pp=16,
        dp=dp,
        microbatch=1,
        zero=1,
        recompute="none",
        virtual_stages=8,
    )
    given, values = evaluation.scenario.given, evaluation.values
    masked = 2 * 3 * dp * share * given["layers"] * given["hidden"] * length**2
    rate = values["step_time"] * chips * given["peak_rate"]
    return values["mfu"], values["mfu"] + masked / rate


@pytest.mark.parametrize("row", TABLE_4, ids=lambda row: f"{row[0]} chips")
def test_the_utilisation_of_llama_3_405b_is_met_within_ten_percent(row: tuple) -> None:
    *shape, published = row
    assert _table_4(*shape)[0] == pytest.approx(published, rel=0.1)


def test_with_cut_sequences_it_lies_between_the_two_ways_to_count_attention() -> None:
    """The paper does not say whether masked scores count: 29.5 % and 41.3 % are ours, 38 % is printed."""
    *shape, published = LONG
    masked, whole = _table_4(*shape)
    assert masked < published < whole
    assert whole == pytest.approx(published, rel=0.1)
