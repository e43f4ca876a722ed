"""The Explorer: its sliders, its chips, what it says when something is malformed."""

from __future__ import annotations

import re

import pytest
import traitlets
from mlsysim_widgets import Explorer

import mlsysim

pytestmark = pytest.mark.native
PLAN = {"workload": {"name": "Llama3_8B", "batch_size": 4}, "hardware": {"name": "H100"}}


def test_the_marker_is_what_an_evaluation_says() -> None:
    made = Explorer(PLAN, "tpot_ms", sliders=["batch_size", "seq_len"])
    made.values = {"batch_size": 16}
    plan = {**PLAN, "workload": {"name": "Llama3_8B", "batch_size": 16}}
    own = mlsysim.SystemEvaluator.evaluate(plan=plan)
    assert made.marker["y"] == pytest.approx(own.values["tpot"] * 1e3)


def test_every_chip_of_the_tier_can_be_chosen() -> None:
    made = Explorer(PLAN, "tpot_ms", sliders=["batch_size", "mem_bandwidth"])
    assert set(made.chips) == set(mlsysim.Hardware.groups["Cloud"])
    made.values = {"batch_size": 8}
    made.chip = "A100"
    plan = {"workload": {"name": "Llama3_8B", "batch_size": 8}, "hardware": {"name": "A100"}}
    own = mlsysim.SystemEvaluator.evaluate(plan=plan)
    assert made.values["mem_bandwidth"] == own.scenario.given["mem_bandwidth"]
    assert made.marker["y"] == pytest.approx(own.values["tpot"] * 1e3)


def test_bare_numbers_have_no_chips() -> None:
    assert Explorer(wall=6).chips == []


def test_symbols_are_written_as_words_in_whole_sentences() -> None:
    assert Explorer(PLAN, "tpot_ms", sliders=["batch_size"]).marker["text"].endswith(" binds.")
    full = Explorer({**PLAN, "workload": {**PLAN["workload"], "batch_size": 4096}}, "memory_load")
    assert full.curve["y"] == "memory load"
    assert "if it fitted" not in full.marker["text"]
    assert re.search(r"is broken: memory load is [\d.]+\.$", full.marker["text"])


def test_what_is_malformed_is_refused_in_words() -> None:
    made = Explorer(PLAN, "tpot_ms", sliders=["batch_size"])
    with pytest.raises(traitlets.TraitError, match="is no slider"):
        made.values = {"batch": 1}
    with pytest.raises(traitlets.TraitError, match="is not a number"):
        made.values = {"batch_size": "many"}
    with pytest.raises(traitlets.TraitError, match="is none of"):
        made.chip = "H1O0"
    with pytest.raises(mlsysim.InputError, match="did you mean 'tpot_ms'"):
        Explorer(PLAN, "tpt_ms")


def test_a_point_that_does_not_fit_is_drawn_apart() -> None:
    made = Explorer(PLAN, "tpot_ms", sliders=["batch_size", "seq_len"])
    made.values = {"batch_size": 2048, "seq_len": 8192}
    assert any(made.curve["broken"])
    assert "does not" in made.marker["text"]
    assert "is broken" in made.marker["text"]


@pytest.mark.parametrize(
    ("wall", "label"),
    [
        (1, "train flop, 10²⁴ flop"),
        (8, "fetched bytes, TiB"),
        (11, "best tokens, 10⁹"),
        (15, "finish chance, 10⁻¹²"),
        (17, "rent cost, 10⁶ USD"),
        (22, "needed chips"),
    ],
)
def test_large_numbers_are_short_beside_their_axis(wall: int, label: str) -> None:
    made = Explorer(wall=wall)
    assert made.curve["y"] == label
    most = max(y for y in made.curve["ys"] if y is not None) / made.curve["size"]
    assert 1 <= most < 1e6
    assert not re.search(r"\de[+-]?\d", made.marker["text"] + made.marker["alt"])
