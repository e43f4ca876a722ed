"""What was published, and what the equations give: parameters, cache, operations, measurements.

Measured results are sanity bands, not a validation: a factor of two either way.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import mlsysim
from mlsysim.core.graph import solve
from mlsysim.core.records import Record
from mlsysim.core.units import coherent
from mlsysim.hardware import Hardware
from mlsysim.models import Models
from mlsysim.models.operators import Widths, matmul
from mlsysim.plan import read_plan
from mlsysim.scenario import Scenario, find_model

BAND = 2.0


def _scenario(model: Record, chip: str = "H100", **work: Any) -> Scenario:
    plan = {"workload": {"name": model.path, **work}, "hardware": {"name": chip}}
    scenario = Scenario(read_plan(plan), model)
    scenario.lay(
        {"zero": "0", "recompute": "none"}, tp=1, pp=1, dp=1, ep=1, microbatch=1, virtual_stages=1
    )
    return scenario


def _symbol(model: Record, name: str, **work: Any) -> float:
    scenario = _scenario(model, **work)
    return solve((name,), scenario.given, scenario.options)[name]


# ---- parameters, in closed form
PARAMS = (
    ("Llama3_405B", 405.853e9, None),
    ("Llama3_70B", 70.554e9, None),
    ("Llama3_8B", 8.030e9, None),
    ("DeepSeek_V3", 671.026e9, 37.55e9),
    ("Mixtral_8x7B", 46.703e9, 12.88e9),
    ("GPT_OSS_120B", 116.829e9, 5.71e9),
    ("GPT_OSS_20B", 20.915e9, 4.19e9),
    ("Qwen3_235B_A22B", 235.094e9, 22.19e9),
    ("Gemma2_27B", 27.227e9, None),
    ("Falcon_180B", 178.6e9, None),
    ("GPT2_Small", 124.44e6, None),
    ("GPT2", 1557.6e6, None),
    ("GPT3", 174.6e9, None),
    ("Llama2_7B", 6.738e9, None),
    ("BLOOM_176B", 176.247e9, None),
)


@pytest.mark.parametrize(("name", "total", "active"), PARAMS, ids=[row[0] for row in PARAMS])
def test_the_closed_form_gives_the_published_parameters(
    name: str, total: float, active: float | None
) -> None:
    model = Models.find(name)
    assert _symbol(model, "params") == pytest.approx(total, rel=1e-3)
    if active is not None:
        assert _symbol(model, "active_params") == pytest.approx(active, rel=0.1)


CLOSED = [
    m
    for m in Models
    if m.traits.get("family") in ("transformer", "encoder", "ssm") and "published_params" in m
]


@pytest.mark.parametrize("model", CLOSED, ids=lambda m: m.id)
def test_a_closed_form_is_near_what_the_authors_print(model: Record) -> None:
    printed = model["published_params"]
    tolerance = 0.05 if "rounds up" in printed.note else 0.015
    assert _symbol(model, "params") == pytest.approx(printed.value, rel=tolerance)


MIXTURES = [m for m in Models if "published_active_params" in m]


@pytest.mark.parametrize("model", MIXTURES, ids=lambda m: m.id)
def test_the_parameters_of_one_token_are_near_what_the_authors_print(model: Record) -> None:
    printed = model["published_active_params"]
    aside = model["vocab"].value * model["hidden"].value * ("without embeddings" in printed.note)
    assert _symbol(model, "active_params") - aside == pytest.approx(printed.value, rel=0.1)


# ---- cache of one token, 2 bytes a number, over all layers
CACHE = (
    ("Llama3_8B", 131_072),
    ("Llama3_70B", 327_680),
    ("Llama3_405B", 516_096),
    ("Llama2_7B", 524_288),
    ("DeepSeek_V3", 70_272),
    ("GPT3", 4_718_592),
    ("Falcon_7B", 8_192),
)


@pytest.mark.parametrize(("name", "size"), CACHE, ids=[row[0] for row in CACHE])
def test_the_cache_of_a_token_has_the_published_size(name: str, size: int) -> None:
    model = Models.find(name)
    one, two = (_symbol(model, "sequence_cache_bytes", seq_len=n) for n in (1000, 1001))
    assert two - one == pytest.approx(size, rel=1e-9)


def test_the_state_of_a_state_space_model_does_not_grow() -> None:
    model = Models.find("Mamba_2_8B")
    short, long = (_symbol(model, "sequence_cache_bytes", seq_len=n) for n in (1000, 9000))
    assert short == long


# ---- operations of one pass
def test_a_product_of_square_matrices_has_an_intensity_of_a_third_of_its_side() -> None:
    """Each of three matrices moves once: 2 n^3 operations over 3 n^2 numbers of 2 bytes."""
    side = 3000.0
    product = matmul("matmul", 1.0, side, side, side, Widths(2.0, 2.0, 2.0))
    moved = product.weight_bytes + product.activation_bytes
    assert product.flop == 2 * side**3
    assert product.flop / moved == pytest.approx(side / 3)


TABLED = [m for m in Models if "conv_layers" in m or ("full_layers" in m and m.family != "dlrm")]
COUNTED = [m for m in TABLED if "pass_flop_published" in m]


@pytest.mark.parametrize("model", COUNTED, ids=lambda m: m.id)
def test_the_layers_add_up_to_the_published_operations(model: Record) -> None:
    published = model["pass_flop_published"].value
    assert _symbol(model, "pass_flop") == pytest.approx(published, rel=0.02)


@pytest.mark.parametrize(
    ("length", "gigaflop"), [(128, 79), (384, 246)], ids=["128 tokens", "384 tokens"]
)
def test_bert_large_needs_the_operations_of_its_length(length: int, gigaflop: float) -> None:
    """Multiply-accumulates of the layers, without the output over the vocabulary."""
    model = Models.find("BERT_Large")
    head = 2 * length * model["hidden"].value * model["vocab"].value
    flop = _symbol(model, "pass_flop", seq_len=length) - head
    assert flop == pytest.approx(gigaflop * 1e9, rel=0.02)


def test_a_prefill_takes_two_operations_a_parameter_and_token() -> None:
    """Kaplan et al. 2020, sec. 2.1: 2 N a token, beside attention and the embedding lookup."""
    model = Models.find("Llama3_8B")
    scenario = _scenario(model, seq_len=128)
    flop = solve(("pass_flop",), scenario.given, {**scenario.options, "phase": "prefill"})
    inner = _symbol(model, "params") - 2 * _symbol(model, "embedding_params") / 2
    assert flop["pass_flop"] == pytest.approx(2 * 128 * inner, rel=0.1)


# ---- training
def test_gpt3_took_its_published_operations() -> None:
    """Brown et al. 2020, table D.1: 3.14e23 for 300 billion tokens."""
    model = Models.find("GPT3")
    scenario = _scenario(model)
    scenario.given["train_tokens"] = 300e9
    got = solve(("train_flop",), scenario.given, scenario.options)["train_flop"]
    assert got == pytest.approx(3.14e23, rel=0.005)


def test_mixed_precision_adam_keeps_sixteen_bytes_a_parameter() -> None:
    """Rajbhandari et al. 2020, sec. 3.1: 2 for weights, 2 for gradients, 12 for the optimiser."""
    scenario = _scenario(Models.find("GPT2"), mode="training")
    names = ("weight_bytes", "gradient_bytes", "optimizer_bytes", "params")
    answer = solve(names, scenario.given, scenario.options)
    weights, gradients, state, params = (answer[name] for name in names)
    assert weights == gradients == pytest.approx(2 * params, rel=1e-4)
    assert state == pytest.approx(12 * params, rel=1e-4)


STORED = (  # Korthikanti et al. 2022, table 2 and table 3: bytes of one layer in s b h
    ("none", 8, 1, (34 + 5 * 96 * 2048 / 12288) / 8),
    ("selective", 8, 1, 34 / 8),
    ("none", 1, 1, 34 + 80),
    ("selective", 1, 1, 34),
)


@pytest.mark.parametrize(("recompute", "tp", "batch", "factor"), STORED)
def test_a_layer_of_gpt3_keeps_the_published_activations(
    recompute: str, tp: int, batch: int, factor: float
) -> None:
    scenario = _scenario(Models.find("GPT3"), "A100", mode="training", seq_len=2048)
    scenario.lay({"recompute": recompute}, tp=float(tp), microbatch=float(batch))
    got = solve(("layer_stored_bytes",), scenario.given, scenario.options)["layer_stored_bytes"]
    assert got == pytest.approx(factor * 2048 * batch * 12288, rel=1e-6)


# ---- measured results
class Measured(NamedTuple):
    """One published measurement and the plan that asks for it."""

    model: str
    chip: str
    plan: dict[str, Any]
    metric: str
    value: float
    source: str

    def ratio(self) -> float:
        """What the equations give over what was measured."""
        model, chip = Models.find(self.model), Hardware.find(self.chip)
        evaluation = mlsysim.SystemEvaluator.evaluate("measured", model, chip, **self.plan)
        assert evaluation.fits
        return evaluation.value(evaluation.metric(f"performance.{self.metric}")) / self.value


_LINES = tomllib.loads(Path(__file__).with_name("measured.toml").read_text(encoding="utf-8"))
MEASURED = [Measured(**row) for row in _LINES["measured"]]


def _name(row: Measured) -> str:
    return f"{row.model} on {row.chip}, {row.metric}, {row.value:.4g}"


@pytest.mark.parametrize("row", MEASURED, ids=_name)
def test_a_measured_result_is_met_within_a_factor_of_two(row: Measured) -> None:
    assert 1 / BAND <= row.ratio() <= BAND


def test_the_measured_results_lie_on_both_sides() -> None:
    """A band of a factor two would hide a common lean: the median must be near one."""
    ratios = sorted(row.ratio() for row in MEASURED)
    assert 0.8 < ratios[len(ratios) // 2] < 1.25


# ---- carbon, as the model cards compute it: chip-hours x design power x the card's own factor
CARDS = (("Llama3_8B", 1.3e6, 390), ("Llama3_70B", 6.4e6, 1900), ("Llama3_405B", 30.84e6, 8930))


@pytest.mark.parametrize(("name", "hours", "tonnes"), CARDS, ids=[row[0] for row in CARDS])
def test_the_carbon_of_a_training_run_is_that_of_its_card(
    name: str, hours: float, tonnes: float
) -> None:
    energy = hours * 3600 * Hardware.find("H100")["tdp"].value
    given = {"energy": energy, "grid_carbon_intensity": coherent(0.42, "kgCO2e/kWh")}
    got = solve(("operational_carbon",), given)["operational_carbon"]
    assert got / 1e6 == pytest.approx(tonnes, rel=0.03)


def test_a_model_is_found_by_its_path() -> None:
    assert find_model("Models.Language.GPT3") is find_model("GPT3") is find_model("Language.GPT3")
