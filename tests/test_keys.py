"""A plan with some keys set: names, places, and that nothing else of the plan changes."""

from __future__ import annotations

import pytest

from mlsysim.core.errors import InputError
from mlsysim.core.solver.keys import NAMES, mapping_of, place, with_values
from mlsysim.evaluation import SystemEvaluator
from mlsysim.plan import PARTS, read_plan

PLAN = {"workload": {"name": "Llama3_8B", "batch_size": 8}, "hardware": {"name": "H100"}}


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("batch_size", ("workload", "batch_size")),
        ("batch", ("workload", "batch_size")),
        ("model", ("workload", "name")),
        ("workload", ("workload", "name")),
        ("hardware", ("hardware", "name")),
        ("chip", ("hardware", "name")),
        ("chips", ("hardware", "accelerators")),
        ("hardware.name", ("hardware", "name")),
        ("ops.region", ("ops", "region")),
        ("tp", ("parallelism", "tp")),
        ("seq_len", ("workload", "seq_len")),
        ("tdp", ("inputs", "tdp")),
        ("inputs.tdp", ("inputs", "tdp")),
        ("components", ("inputs", "components")),
        ("interval", ("choices", "interval")),
        ("choices.interval", ("choices", "interval")),
    ],
)
def test_a_name_has_its_place_in_a_plan(name: str, where: tuple[str, ...]) -> None:
    assert place(name) == where


def test_every_field_of_a_part_has_a_short_name_and_a_full_one() -> None:
    for part, model in PARTS.items():
        for field in model.model_fields:
            assert place(f"{part}.{field}") == (part, field)
            assert field == "name" or place(field) == NAMES[field] == (part, field)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("bach_size", "did you mean 'batch_size'?"),
        ("workload.bach_size", "did you mean 'batch_size'?"),
        ("mem_bandwith", "did you mean 'mem_bandwidth'?"),
        ("inputs.mem_bandwith", "did you mean 'mem_bandwidth'?"),
        ("opps.region", "did you mean 'ops'?"),
        ("choices.interva", "did you mean 'interval'?"),
        ("choices.phase", "choices: 'phase' is not known"),
        ("constraints.assert", "'constraints' is not known"),
        ("", "input: '' is not known"),
        (".", "is not known"),
        ("inputs.", "is not known"),
        ("op_flop", "input: 'op_flop' is not known"),
    ],
)
def test_a_misspelt_name_is_corrected(name: str, said: str) -> None:
    with pytest.raises(InputError) as error:
        place(name)
    assert said in str(error.value)


def test_a_changed_plan_leaves_the_first_as_it_was() -> None:
    for plan in (PLAN, read_plan(PLAN)):
        before = mapping_of(plan)
        changed = with_values(plan, {"batch_size": 32, "region": "Quebec", "tdp": "600 W"})
        assert mapping_of(plan) == before == PLAN
        assert changed["workload"] == {"name": "Llama3_8B", "batch_size": 32}
        assert changed["ops"] == {"region": "Quebec"}
        assert changed["inputs"] == {"tdp": "600 W"}
        assert read_plan(changed).workload.batch_size == 32


def test_notes_on_what_a_plan_does_not_say_stay_right() -> None:
    silent = SystemEvaluator.evaluate(plan=with_values(read_plan(PLAN), {"batch_size": 4}))
    said = SystemEvaluator.evaluate(plan=with_values(read_plan(PLAN), {"region": "World"}))
    assert any("no region is named" in note for note in silent.scenario.notes)
    assert not any("no region is named" in note for note in said.scenario.notes)


def test_asserts_keep_their_form() -> None:
    bound = {"metric": "performance.latency", "max": "50 ms"}
    plan = read_plan({**PLAN, "constraints": {"assert": [bound]}})
    assert read_plan(with_values(plan, {"batch_size": 4})).constraints == plan.constraints


def test_accelerators_replace_nodes_and_nodes_never_hide_behind_accelerators() -> None:
    counted = with_values(PLAN, {"nodes": 2})
    more = with_values(counted, {"accelerators": 64})
    assert more["hardware"] == {"name": "H100", "accelerators": 64}
    assert with_values(counted, {"accelerators": 4, "nodes": 2})["hardware"]["nodes"] == 2
    with pytest.raises(InputError, match="nodes: the plan gives accelerators"):
        with_values(more, {"nodes": 3})


def test_a_part_that_is_no_mapping_is_refused() -> None:
    with pytest.raises(InputError, match="workload: it is a str"):
        with_values({"workload": "Llama3_8B"}, {"batch_size": 4})
