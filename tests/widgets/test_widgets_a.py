"""Roofline, memory map, pipeline and queue: their numbers are those of the core, and what is malformed is told."""

from __future__ import annotations

import json
import re
from math import inf

import pytest
import traitlets
from mlsysim_widgets import MemoryMap, PipelineView, RequestQueue, Roofline
from mlsysim_widgets.schedule import BACKWARD, FORWARD, schedule
from mlsysim_widgets.widgets.base import Widget
from mlsysim_widgets.widgets.memory_map import PARTS
from mlsysim_widgets.widgets.pipeline_view import held
from mlsysim_widgets.widgets.request_queue import served

from mlsysim import Hardware, InputError, Scenarios, SystemEvaluator
from mlsysim.core.graph import solve
from mlsysim.core.solver.keys import with_values
from mlsysim.hardware.chip import PRECISIONS

pytestmark = pytest.mark.native

SMALL = {"workload": {"name": "Llama3_8B", "batch_size": 16}, "hardware": {"name": "H100"}}
GIB = 2.0**30


def evaluated(plan, **values):
    return SystemEvaluator.evaluate(plan=with_values(plan, values))


def strict(widget: Widget) -> None:
    """What goes to the page is strict JSON: no NaN, no infinity."""
    sent = {name: value for name, value in widget.get_state().items() if not name.startswith("_")}
    sent = {name: sent[name] for name in widget.traits(sync=True) if name in sent}
    json.dumps({name: value for name, value in sent.items() if name != "layout"}, allow_nan=False)


# ---- Roofline
def test_the_dot_lies_where_the_core_says():
    widget = Roofline(SMALL)
    for batch in (1.0, 64.0, 500.0):
        widget.values = {"batch_size": batch}
        metrics = evaluated(SMALL, batch_size=batch).values
        assert widget.marker["x"] == pytest.approx(metrics["arithmetic_intensity"], rel=1e-12)
        rate = metrics["mfu"] * Hardware.Cloud.H100["peak_fp16"].value
        assert widget.marker["y"] * 1e12 == pytest.approx(rate, rel=1e-12)
        assert widget.marker["fits"] == (metrics["memory_load"] <= 1)
        assert ("times over the memory" in widget.marker["text"]) != widget.marker["fits"]
    strict(widget)


def test_a_share_is_said_with_a_space_before_its_sign():
    said = Roofline(SMALL).marker["text"], PipelineView(4, 8).marker["text"]
    assert all(" %" in text and not re.search(r"\d%", text) for text in said)


@pytest.mark.parametrize("name", list(Scenarios))
def test_no_dot_lies_above_its_roof(name):
    widget = Roofline(getattr(Scenarios, name))
    ridge, top = widget.picture["roof"][1]
    assert widget.picture["track"]
    for _, x, y, _ in widget.picture["track"]:
        assert y <= top * min(1.0, x / ridge) * (1 + 1e-9)
    strict(widget)


def test_the_roof_is_that_of_the_chip_and_the_precision_chosen():
    widget = Roofline(SMALL)
    for chip, precision in (("H200", "fp8"), ("MI300X", "bf16"), ("A100", "int8")):
        widget.chip, widget.precision = chip, precision
        record = Hardware.find(chip)
        _, (ridge, top), _ = widget.picture["roof"]
        assert top * 1e12 == pytest.approx(record[f"peak_{precision}"].value)
        bandwidth = record["mem_bandwidth"].value
        assert ridge == pytest.approx(record[f"peak_{precision}"].value / bandwidth)
        low = widget.picture["roof"][0]
        assert low[1] * 1e12 == pytest.approx(low[0] * bandwidth)
        has = [p for p in PRECISIONS if f"peak_{p}" in record]
        assert widget.choices["precisions"] == has


def test_a_precision_that_a_chip_lacks_gives_way_and_comes_back():
    widget = Roofline(SMALL)
    widget.precision = "fp8"
    widget.chip = "A100"
    assert widget.choices["precision"] == "fp16"
    assert widget.marker["text"].startswith("A100 has no fp8; this is fp16.")
    widget.chip = "H100"
    assert widget.choices["precision"] == "fp8"


@pytest.mark.parametrize("name", list(Scenarios))
def test_every_chip_of_the_tier_may_be_chosen_and_answers_or_says_why_not(name):
    widget = Roofline(getattr(Scenarios, name))
    tier = widget._own.path.split(".")[1]
    assert widget.choices["chips"] == list(Hardware.groups[tier])
    for chip in widget.choices["chips"]:
        widget.chip = chip
        told = widget.error or widget.marker["text"]
        assert told
        assert widget.marker["y"] is not None or "not known" in told or widget.error
    strict(widget)


def test_a_move_along_the_track_keeps_the_picture_and_the_stops_hold_the_value_now():
    widget = Roofline(SMALL)
    before = widget.picture
    assert 16.0 in [stop for stop, *_ in before["track"]]
    widget.values = {"batch_size": 32.0}
    assert widget.picture is before or widget.picture == before
    widget.across = "seq_len"
    assert widget.picture != before
    assert 2048.0 in [stop for stop, *_ in widget.picture["track"]]


@pytest.mark.parametrize(
    ("trait", "value", "said"),
    [
        ("chip", "H1000", "'H1000' is none of A10,"),
        ("precision", "fp12", "'fp12' is none of"),
        ("across", "tp", "'tp' is none of batch_size, seq_len"),
        ("values", {"tp": 2}, "'tp' is none of"),
        ("values", {"batch_size": "many"}, "'many' is not a number"),
    ],
)
def test_a_roofline_refuses_what_it_does_not_know(trait, value, said):
    widget = Roofline(SMALL)
    with pytest.raises(traitlets.TraitError, match=said):
        setattr(widget, trait, value)


def test_a_value_beyond_the_limits_is_told_under_the_roofline_and_mended():
    widget = Roofline(SMALL)
    widget.values = {"batch_size": 0.0}
    assert "at least 1" in widget.error
    widget.values = {"batch_size": 4.0}
    assert widget.error == ""
    assert "Batch 4" in widget.marker["text"]


@pytest.mark.parametrize("widget", [Roofline, MemoryMap, RequestQueue])
def test_bare_numbers_are_no_plan(widget):
    with pytest.raises(InputError, match="it needs a plan"):
        widget({"arrival_rate": 1.0})


# ---- MemoryMap
@pytest.mark.parametrize("name", list(Scenarios))
def test_the_parts_of_an_unsplit_model_add_up_to_the_memory_of_the_core(name):
    evaluation = SystemEvaluator.evaluate(plan=getattr(Scenarios, name))
    widget = MemoryMap(evaluation)
    strict(widget)
    assert widget.marker["load"] == pytest.approx(evaluation.values["memory_load"])
    if evaluation.scenario.options["weights_in"] == "flash":
        assert "weights lie in flash" in widget.marker["text"]
    if evaluation.scenario.given["pp"] == 1:
        (bar,) = widget.picture["stages"]
        unit = evaluation.values["mem_capacity"] / widget.picture["capacity"]
        used = sum(bar["sizes"][part] for part in PARTS if part in bar["sizes"]) * unit
        assert used == pytest.approx(evaluation.values["memory_used"], rel=1e-12)


@pytest.mark.parametrize("recompute", ["none", "selective", "full"])
@pytest.mark.parametrize("pp", [2, 4, 7, 16])
def test_no_stage_holds_more_than_the_fullest_device_of_the_core(pp, recompute):
    widget = MemoryMap(Scenarios.Train405B)
    widget.values = {"pp": pp, "recompute": recompute}
    assert not widget.error
    chips = 8 * pp * 128
    core = evaluated(
        Scenarios.Train405B, **{**widget.values, "zero": 1, "accelerators": chips}
    ).values
    stages = widget.picture["stages"]
    assert len(stages) == pp
    totals = [sum(stage["sizes"].values()) * GIB for stage in stages]
    assert max(totals) <= core["memory_used"] * (1 + 1e-12)
    first = {name: size * GIB for name, size in stages[0]["sizes"].items()}
    for part in ("weight_bytes", "gradient_bytes", "optimizer_bytes", "reserved_bytes"):
        assert first[part] == pytest.approx(core[part])
    scores = solve(
        ["head_tokens", "vocab", "logit_width"],
        widget._question.changed(widget._changes()).given,
        widget._question.options,
    )
    logits = scores["head_tokens"] * scores["vocab"] / 8 * scores["logit_width"]
    assert first["held_activation_bytes"] + logits == pytest.approx(core["held_activation_bytes"])


def test_the_stages_hold_the_model_once():
    """Layers are shared out over the stages, and the first and the last hold a vocabulary matrix."""
    widget = MemoryMap(Scenarios.Train405B)
    widget.values = {"tp": 1, "pp": 16, "zero": "0"}
    held_bytes = sum(s["sizes"]["weight_bytes"] for s in widget.picture["stages"]) * GIB
    given = widget._question.scenario.given
    params = solve(["params"], given, widget._question.options)["params"]
    assert held_bytes == pytest.approx(params * given["weight_width"], rel=1e-3)


def test_the_accelerators_are_the_product_of_the_degrees():
    widget = MemoryMap(Scenarios.Train405B)
    widget.values = {"tp": 4, "dp": 64, "cp": 2}
    assert widget.marker["text"].startswith("8,192 accelerators.")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"tp": 6}, "Tensor parallel: 6 does not divide the 128 heads of Llama3_405B"),
        ({"pp": 128}, "Pipeline stages: 128 stages are more than the 126 layers"),
        ({"cp": 3}, "Context parallel: 3 ranks do not take"),
        ({"dp": 4096, "tp": 64, "pp": 64}, "16,777,216 accelerators are more than the 10,000,000"),
    ],
)
def test_a_refused_layout_says_why_and_the_next_is_shown(values, said):
    widget = MemoryMap(Scenarios.Train405B)
    before = {name: widget.values[name] for name in values}
    stages = widget.picture["stages"]
    widget.values = values
    assert widget.error.startswith(said)
    assert widget.picture["refused"]
    assert widget.picture["stages"] == stages
    widget.values = before
    assert widget.error == ""
    assert not widget.picture["refused"]


def test_more_than_there_is_is_told_in_words():
    widget = MemoryMap(Scenarios.Train405B)
    widget.values = {"recompute": "none", "pp": 2}
    assert "Does not fit" in widget.marker["text"]
    assert all(stage["over"].endswith("iB") for stage in widget.picture["stages"])
    assert not any(stage["over"] for stage in MemoryMap(SMALL).picture["stages"])


def test_a_long_pipeline_is_drawn_in_part():
    widget = MemoryMap(Scenarios.Train405B)
    widget.values = {"pp": 63}
    names = [stage["name"] for stage in widget.picture["stages"]]
    assert len(names) == 16
    assert (names[0], names[-1]) == ("stage 1", "stage 63")
    assert "16 of 63 stages are drawn" in widget.marker["text"]


def test_controls_are_those_that_apply():
    def names(plan):
        return [control["name"] for control in MemoryMap(plan).controls]

    assert names(SMALL) == ["tp", "pp", "dp", "batch_size", "seq_len"]
    assert names(Scenarios.Doorbell) == ["dp", "batch_size"]
    assert {"cp", "zero", "recompute", "microbatch"} < set(names(Scenarios.Train405B))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"ep": 2}, "'ep' is none of"),
        ({"zero": 3}, "zero: 3 is none of 0, 1, 2, 3"),
        ({"tp": 0}, "tp: 0 is not a whole number from 1"),
        ({"tp": 2.5}, "tp: 2.5 is not a whole number"),
        ({"tp": True}, "tp: True is not a whole number"),
    ],
)
def test_a_memory_map_refuses_what_is_no_layout(values, said):
    widget = MemoryMap(Scenarios.Train405B)
    with pytest.raises(traitlets.TraitError, match=said):
        widget.values = values


# ---- PipelineView
@pytest.mark.parametrize("counts", [(1, 1, 1), (4, 8, 1), (4, 8, 2), (8, 3, 1), (16, 32, 4)])
def test_the_bubble_shown_is_that_of_the_core(counts):
    widget = PipelineView(*counts)
    given = dict(zip(("pp", "microbatches", "virtual_stages"), counts))
    share = solve(["bubble_share"], given)["bubble_share"]
    assert widget.marker["bubble"] == share
    assert widget.marker["drawn"] == pytest.approx(share)
    assert len(widget.picture["blocks"]) == 2 * counts[0] * counts[1] * counts[2]
    strict(widget)


def test_an_uneven_interleaving_says_that_it_idles_longer():
    widget = PipelineView(4, 6, 2)
    assert widget.marker["drawn"] > widget.marker["bubble"]
    assert "6 micro-batches are no multiple of 4 stages" in widget.marker["text"]


@pytest.mark.parametrize("pieces", [1, 2, 4])
@pytest.mark.parametrize("pp", [1, 2, 4, 8])
def test_the_first_stage_keeps_as_many_micro_batches_as_the_core_says(pp, pieces):
    for microbatches in range(2 * pp, 4 * pp + 1, pp):
        given = {"pp": pp, "microbatches": microbatches, "virtual_stages": pieces}
        core = solve(["held_microbatches"], given)["held_microbatches"]
        assert held(0, pp, microbatches, pieces) == pytest.approx(core)


def test_what_a_stage_keeps_is_what_the_drawn_blocks_keep():
    for counts in ((4, 8, 1), (4, 8, 2), (5, 10, 3)):
        blocks = schedule(*counts)
        for stage in range(counts[0]):
            own = sorted((b for b in blocks if b.stage == stage), key=lambda b: b.start)
            now = most = 0
            for block in own:
                now += {FORWARD: 1, BACKWARD: -1}[block.kind]
                most = max(most, now)
            assert held(stage, *counts) == pytest.approx(most / counts[2])


def test_a_pipeline_refuses_counts_that_are_no_picture():
    widget = PipelineView()
    for name, value in (("pp", 0), ("pp", 33), ("microbatches", 129), ("virtual_stages", 9)):
        with pytest.raises(traitlets.TraitError, match=f"{name}: {value}"):
            setattr(widget, name, value)
    with pytest.raises(traitlets.TraitError):
        widget.pp = 2.5
    before = widget.picture
    widget.pp, widget.microbatches = 32, 128
    assert "more than the 4,096 of a picture" in widget.error
    assert widget.picture["pp"] * widget.picture["microbatches"] * 2 <= 4096
    widget.pp = 4
    assert widget.error == ""
    assert widget.picture != before


# ---- RequestQueue
def test_times_of_the_run_are_those_of_the_core():
    widget = RequestQueue(Scenarios.Service70B, requests=50)
    evaluation = SystemEvaluator.evaluate(plan=Scenarios.Service70B)
    given, options = evaluation.scenario.given, evaluation.scenario.options
    core = solve(["prompt_time", "tpot", "slot_load"], given, options)
    for _, start, first, _, _ in widget.run["requests"]:
        assert first - start == pytest.approx(core["prompt_time"], abs=3e-6)
    step = widget._step_times(64, 512)
    assert step(64) == core["tpot"]
    for taken in (1, 8, 32):
        alone = {**given, "batch": float(taken)}
        assert step(taken) == pytest.approx(solve(["tpot"], alone, options)["tpot"], rel=1e-12)
    assert all(step(n) <= step(n + 1) for n in range(1, 64))
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        there = {**given, "percentile_share": share}
        expected = solve(["ttft_percentile"], there, options)["ttft_percentile"]
        assert widget.marker["closed"][name] == expected
    assert widget.marker["load"] == core["slot_load"]
    strict(widget)


def test_a_slot_serves_one_request_at_a_time_and_nothing_is_out_of_order():
    widget = RequestQueue(Scenarios.Service70B, requests=300)
    widget.values = {"slots": 8, "arrival_rate": 1.5}
    slots: dict[int, float] = {}
    reading = 0.0
    for arrival, start, first, done, slot in widget.run["requests"]:
        assert arrival <= start < first <= done <= widget.run["end"]
        assert start >= slots.get(slot, 0.0) - 2e-6
        assert start >= reading - 2e-6  # prompts are prefilled one at a time, in order
        slots[slot], reading = done, first
    assert set(slots) <= set(range(8))


def test_the_same_seed_brings_the_same_requests():
    one, two = (RequestQueue(Scenarios.Service70B, requests=40, seed=7) for _ in range(2))
    assert one.run == two.run
    two.seed = 8
    assert one.run != two.run


def test_a_queue_of_one_slot_without_waits_is_plain():
    made = served([0.0, 10.0], [1, 3], 1, 1.0, lambda taken: 0.5)
    assert [(r.start, r.first, r.done) for r in made] == [(0.0, 1.0, 1.0), (10.0, 11.0, 12.0)]
    made = served([0.0, 0.1], [3, 2], 1, 1.0, lambda taken: 0.5)
    assert (made[1].start, made[1].first, made[1].done) == (2.0, 3.0, 3.5)
    made = served([0.0, 0.1], [3, 2], 2, 1.0, lambda taken: 0.5 * taken)
    assert [(r.start, r.done) for r in made] == [
        (0.0, 3.5),
        (1.0, 3.0),
    ]  # decoding waits for a prompt


def test_the_closed_form_bounds_a_long_run_and_is_near_it():
    """Where slots are seldom all taken the closed form, which takes them for taken, waits longer than the run."""
    plan = with_values(Scenarios.Service70B, {"batch_size": 16, "arrival_rate": 2.0})
    widget = RequestQueue(plan, requests=4000)
    assert widget.marker["load"] == pytest.approx(0.83, abs=0.01)
    assert widget.marker["run"]["p50"] == pytest.approx(widget.marker["closed"]["p50"], rel=0.15)
    assert 0.25 < widget.marker["run"]["p99"] / widget.marker["closed"]["p99"] < 1.2


def test_too_many_requests_have_no_closed_form_and_the_page_is_told():
    widget = RequestQueue(Scenarios.Service70B, requests=100)
    widget.values = {"slots": 2}
    assert widget.marker["closed"]["p99"] is None
    assert "has no end" in widget.marker["text"]
    strict(widget)


def test_a_plan_without_arrivals_gets_a_load_of_seven_tenths():
    plan = with_values(SMALL, {"output_len": 128})
    assert RequestQueue(plan, requests=10).marker["load"] == pytest.approx(0.7, rel=0.05)


def test_a_replica_of_several_gets_its_share():
    plan = with_values(
        SMALL, {"output_len": 128, "accelerators": 4, "tp": 1, "pp": 1, "batch_size": 64}
    )
    widget = RequestQueue(plan, requests=10)
    assert widget.values["slots"] == 16
    assert "one of 4 replicas" in widget.marker["text"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"batch": 2}, "'batch' is none of"),
        ({"slots": 0}, "slots: 0 is not a number above 0"),
        ({"slots": 1.5}, "slots: 1.5 is not a whole number"),
        ({"slots": 513}, "slots: 513 are more than 512"),
        ({"arrival_rate": inf}, "arrival_rate: inf is not a number above 0"),
    ],
)
def test_a_queue_refuses_what_it_cannot_serve(values, said):
    widget = RequestQueue(Scenarios.Service70B, requests=10)
    with pytest.raises(traitlets.TraitError, match=said):
        widget.values = values


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (SMALL, "workload.output_len: 0"),
        (Scenarios.Train405B, "a plan that serves a language model"),
        (Scenarios.Doorbell, "a plan that serves a language model"),
    ],
)
def test_a_queue_needs_a_service(plan, said):
    with pytest.raises(InputError, match=said):
        RequestQueue(plan)
