"""Every model on a few chips, a few models on every chip: all of it evaluates and is sound."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mlsysim
from mlsysim.core.errors import InputError
from mlsysim.evaluation import Evaluation
from mlsysim.hardware import Hardware
from mlsysim.infra import Infra
from mlsysim.metrics import LENSES
from mlsysim.models import Models

FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def evaluate(model: Any, chip: Any, **plan: Any) -> Evaluation:
    return mlsysim.SystemEvaluator.evaluate("test", model, chip, **plan)


CHIPS = [Hardware.find(name) for name in ("H100", "JetsonOrinNX", "STM32H7", "GB200_NVL72")]
WORK = [Models.find(name) for name in ("Llama3_8B", "DeepSeek_V3", "ResNet50", "AnomalyDetector")]
UNPEAKED = {c.id for c in Hardware if f"peak_{c.traits.get('precision', 'fp16')}" not in c}
PAIRS = [(m, c) for m in Models for c in CHIPS] + [(m, c) for m in WORK for c in Hardware]


def faults(evaluation: Evaluation) -> list[str]:
    """What no evaluation may show, in words."""
    answer, values = json.loads(evaluation.to_json()), evaluation.values
    found = [f"{name} is negative" for name, value in values.items() if value < 0]
    for symbol in {"step_time", "ttft"} & set(values):
        low, value, high = (values[f"{symbol}{end}"] for end in ("_low", "", "_high"))
        if value == value and not low * (1 - 1e-9) <= value <= high * (1 + 1e-9):
            found.append(f"{symbol} is outside its bracket: {low} {value} {high}")
    found += [f"{name} is above one" for name in ("mfu", "hfu", "mbu") if values[name] > 1 + 1e-9]
    if values["mfu"] > values["hfu"] * (1 + 1e-9):
        found.append("more useful than busy")
    told = " ".join(line for lens in LENSES for line in answer[lens]["assumptions"])
    for name, value in ((n, v) for lens in LENSES for n, v in answer[lens]["metrics"].items()):
        if value is None and name not in evaluation.unasked and f"{name} is not known" not in told:
            found.append(f"{name} is not known and nothing says why")
    return found if evaluation.scorecard() else [*found, "no scorecard"]


@pytest.mark.parametrize("mode", ["inference", "training"])
def test_every_model_and_every_chip_evaluates_or_says_why_not(mode: str) -> None:
    found, refused = [], set()
    for model, chip in PAIRS:
        try:
            evaluation = evaluate(model, chip, mode=mode)
        except InputError as error:
            refused.add(chip.id)
            found += (
                [] if "hardware.precision" in str(error) else [f"{model.id} {chip.id}: {error}"]
            )
            continue
        found += [f"{model.id} on {chip.id}: {fault}" for fault in faults(evaluation)]
    assert not found
    assert refused == UNPEAKED


@pytest.mark.parametrize("mode", ["inference", "training"])
def test_every_family_evaluates_on_a_fleet(mode: str) -> None:
    families = {m.traits.get("family"): m for m in Models}
    plan = {"nodes": 4, "batch_size": 96, "mode": mode, "region": "Quebec", "duration_days": 3}
    found = {name: faults(evaluate(model, "H100", **plan)) for name, model in families.items()}
    assert not [name for name, listed in found.items() if listed]


@FEW
@given(
    model=st.sampled_from(list(Models)),
    chip=st.sampled_from(list(Hardware)),
    mode=st.sampled_from(["inference", "training"]),
    batch=st.sampled_from([1, 7, 64, 1000]),
    nodes=st.sampled_from([None, 1, 3, 16]),
    precision=st.sampled_from([None, "fp16", "bf16", "int8", "fp8", "w4a16", "fp32", "int4"]),
    region=st.sampled_from([r.id for r in Infra if "grid_carbon_intensity" in r]),
    rent=st.sampled_from([None, 2.0, "listed"]),
)
def test_any_scenario_is_sound_or_an_input_error(
    model, chip, mode, batch, nodes, precision, region, rent
) -> None:
    plan = {"mode": mode, "batch_size": batch, "nodes": nodes, "precision": precision}
    try:
        evaluation = evaluate(model, chip, **plan, region=region, price_per_hour=rent)
    except InputError:
        return
    assert not faults(evaluation)
