"""Optimisers against brute force: regions, fleets, compression; their errors and their forms."""

from __future__ import annotations

import json
from itertools import accumulate, pairwise, product
from math import inf, isclose, nan
from time import process_time
from typing import Any

import jsonschema
import pytest
import yaml
from command_line import FORMS, PLAN, data, run, sentence
from hypothesis import given, settings
from hypothesis import strategies as st

import mlsysim
from mlsysim.core.errors import InputError
from mlsysim.core.solver.optima.compression import candidate, compression, loss_of
from mlsysim.core.solver.optima.fleet import counts_of, fastest, fleet
from mlsysim.core.solver.optima.placement import (
    PLACES,
    Line,
    best_window,
    envelope,
    placement,
    regions,
)
from mlsysim.infra import Infra
from mlsysim.infra.site import GRID
from mlsysim.literature.points import points
from mlsysim.plan import Hardware, Plan, read_plan
from mlsysim.scenario import Scenario

pytestmark = pytest.mark.native


def example(**parts: dict[str, Any]) -> Plan:
    """The example cluster, some keys of its parts replaced."""
    with open(PLAN, encoding="utf-8") as file:
        plan = yaml.safe_load(file)
    return read_plan(
        {**plan, **{part: {**plan.get(part, {}), **keys} for part, keys in parts.items()}}
    )


def column(name: str, found: Any) -> list[Any]:
    return [row[name] for row in found.rows]


# ---- regions
TAXED = placement(example(), carbon_tax=150, top=1000)


def test_every_region_has_the_cost_and_the_carbon_that_an_evaluation_of_it_has() -> None:
    rows = {row["region"]: row for row in TAXED.rows}
    ranked = 0
    for region in regions():
        evaluation = mlsysim.SystemEvaluator.evaluate(plan=example(ops={"region": region.id}))
        told = {m.name: evaluation.value(m) for m in evaluation.metrics}
        if told["tco_usd"] is None or told["carbon_t"] is None:
            assert region.id not in rows
            continue
        ranked += 1
        for name in ("tco_usd", "carbon_t", "water_m3"):
            assert isclose(rows[region.id][name], told[name], rel_tol=1e-12)
        total = told["tco_usd"] + 150 * told["carbon_t"]
        assert isclose(rows[region.id]["total_usd"], total, rel_tol=1e-12)
    assert ranked == len(rows) == TAXED.feasible > 50
    assert TAXED.compared == sum(len(Infra.groups[group]) for group in PLACES)
    assert column("total_usd", TAXED) == sorted(column("total_usd", TAXED))


def test_a_region_gives_only_what_no_other_record_gives_and_no_choice() -> None:
    scenario = Scenario(example())
    others = {*scenario.facility.values(), *scenario.chip.values(), *scenario.node.values()}
    assert not others & set(GRID.fields)
    for region in regions():
        there = Scenario(example(ops={"region": region.id}))
        assert there.options == scenario.options
        changed = {k for k, v in there.given.items() if v != scenario.given[k] and v == v}
        assert changed <= set(GRID.fields)


@pytest.mark.parametrize("tax", [0, 1, 150, 1077, 1079, 1e5])
def test_the_answer_changes_at_the_taxes_told(tax: float) -> None:
    found = placement(example(), carbon_tax=tax)
    taxes = found.sections[0].rows
    assert [row["tax_from"] for row in taxes[1:]] == [row["tax_to"] for row in taxes[:-1]]
    assert (taxes[0]["tax_from"], taxes[-1]["tax_to"]) == (0, inf)
    here = next(row for row in taxes if row["tax_from"] <= tax < row["tax_to"])
    assert found.best["region"] == here["region"]
    for before, after in pairwise(taxes):
        for near, winner in ((1 - 1e-6, before), (1 + 1e-6, after)):
            again = placement(example(), carbon_tax=after["tax_from"] * near)
            assert again.best["region"] == winner["region"]


LINES = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9)).map(lambda x: Line(str(x), *map(float, x))),
    min_size=1,
    max_size=8,
)


@given(LINES, st.floats(0, 20))
def test_the_lower_envelope_is_the_least_line_at_every_tax(lines: list[Line], tax: float) -> None:
    parts = envelope(lines)
    assert (parts[0].low, parts[-1].high) == (0, inf)
    assert all(a.high == b.low < b.high for a, b in pairwise(parts))
    line = next(p.line for p in parts if p.low <= tax < p.high)
    least = min(other.cost + tax * other.carbon for other in lines)
    assert isclose(line.cost + tax * line.carbon, least, rel_tol=1e-9, abs_tol=1e-9)


@pytest.mark.parametrize(
    ("tax", "words"),
    [
        ("-5", "--carbon-tax: '-5' must be at least 0 USD/tCO2e"),
        ("nan", "is not a number"),
        ("inf", "is not a number"),
        ("1e999", "is not a finite number"),
        ("much", "is not a number"),
        ("150 USD", "is money, the other money / carbon"),
        ("", "is not a number"),
    ],
)
def test_a_tax_that_is_none_is_refused_in_one_sentence(tax: str, words: str) -> None:
    told = sentence(run("optimize", "placement", PLAN, f"--carbon-tax={tax}"))
    assert told.startswith("--carbon-tax: ")
    assert words in told


@pytest.mark.parametrize("tax", [nan, inf, -inf, -1, True, None, "x"])
def test_a_tax_that_is_none_is_refused_in_python(tax: Any) -> None:
    with pytest.raises(InputError, match=r"^carbon_tax: "):
        placement(example(), carbon_tax=tax)


def test_a_tax_may_have_a_unit() -> None:
    plain = data("optimize", "placement", PLAN, "--carbon-tax", "150")
    for text in ("150 USD/tCO2e", "0.15 USD/kgCO2e", "1.5e2"):
        again = data("optimize", "placement", PLAN, "--carbon-tax", text)
        assert [row["region"] for row in again["rows"]] == [r["region"] for r in plain["rows"]]
        assert isclose(again["best"]["total_usd"], plain["best"]["total_usd"], rel_tol=1e-12)


def test_a_region_without_a_price_is_counted_and_never_ranked() -> None:
    unpriced = {r.id for r in regions() if "electricity_price" not in r}
    assert not unpriced & set(column("region", TAXED))
    note = next(note for note in TAXED.notes if "not ranked" in note)
    assert note.startswith(f"{len(unpriced)} regions")
    assert "electricity_price is not known" in note


def test_a_price_of_the_plan_stands_for_that_of_every_region() -> None:
    plan = example().model_copy(update={"inputs": {"electricity_price": "0.1 USD/kWh"}})
    found = placement(plan, top=1000)
    assert found.feasible == found.compared
    assert len(set(column("tco_usd", found))) == 1


def test_rent_does_not_depend_on_the_price_of_electricity() -> None:
    found = placement(example(ops={"price_per_hour": 2.0}), carbon_tax=50, top=1000)
    assert found.feasible == found.compared
    assert found.best["carbon_t"] == min(column("carbon_t", found))


def test_one_way_of_counting_carbon_can_be_asked_for() -> None:
    found = placement(example(), basis="life-cycle", top=1000)
    assert set(column("basis", found)) == {"life-cycle"}
    assert not any("not counted alike" in note for note in found.notes)
    told = sentence(run("optimize", "placement", PLAN, "--basis", "lifecycle"))
    assert "did you mean 'life-cycle'?" in told


def test_where_no_region_keeps_a_bound_the_relaxation_is_told() -> None:
    arguments = ("optimize", "placement", PLAN, "--assert", "macro.carbon_t<=0.1 tCO2e")
    result = run(*arguments)
    assert result.exit_code == 4
    assert "INFEASIBLE" in result.stdout
    answer = data(*arguments)
    assert answer["best"] is None
    (relaxed,) = answer["relax"]
    everywhere = min(row["carbon_t"] for row in TAXED.rows)
    assert (relaxed["metric"], relaxed["alone"]) == ("carbon_t", True)
    assert isclose(relaxed["needed"], everywhere)


def test_the_front_of_cost_and_carbon_is_not_beaten_by_any_region() -> None:
    points = {(row["tco_usd"], row["carbon_t"]) for row in TAXED.rows}
    beaten = {p for p, q in product(points, points) if q != p and q[0] <= p[0] and q[1] <= p[1]}
    assert {(row["tco_usd"], row["carbon_t"]) for row in TAXED.front} == points - beaten


# ---- hours
@given(st.lists(st.floats(1, 1000), min_size=24, max_size=24), st.integers(1, 95))
def test_the_best_window_is_the_best_of_all(intensities: list[float], quarters: int) -> None:
    length = quarters / 4
    means = []
    for start in range(24):
        quarter_hours = [intensities[(start * 4 + i) // 4 % 24] for i in range(quarters)]
        means.append(sum(quarter_hours) / quarters)
    window = best_window(intensities, length)
    assert isclose(window.ratio, min(means) / (sum(intensities) / 24), rel_tol=1e-9)
    assert isclose(means[window.start], min(means), rel_tol=1e-9)


def test_a_window_is_told_in_hours_and_minutes() -> None:
    night = [1.0] * 6 + [9.0] * 16 + [1.0] * 2
    assert str(best_window(night, 7.5)) in ("22:00 to 05:30", "23:00 to 06:30")
    assert str(best_window(night, 8)) == "22:00 to 06:00"


def test_the_carbon_of_the_best_hours_is_that_of_a_day_taken_hour_by_hour() -> None:
    plan = example(ops={"region": "Germany", "utilisation": 0.4})
    row = next(r for r in placement(plan).sections[1].rows if r["region"] == "Germany")
    ends = [
        mlsysim.SystemEvaluator.evaluate(plan=example(ops={"region": "Germany", "utilisation": u}))
        for u in (1.0, 1e-12)
    ]
    busy, idle = (e.values["operational_carbon"] / 1e6 / 24 for e in ends)
    hourly = [x for _, x in Infra.Hours.Germany_2020["hourly"].value]
    mean = sum(hourly) / 24
    shares = [1.0] * 9 + [0.6] + [0.0] * 14
    totals = [
        sum(
            (s * busy + (1 - s) * idle) * hourly[(start + i) % 24] / mean
            for i, s in enumerate(shares)
        )
        for start in range(24)
    ]
    assert isclose(row["then_carbon_t"], min(totals), rel_tol=1e-9)
    assert row["busy_utc"].startswith(f"{totals.index(min(totals)):02d}:00 to ")
    assert row["then_carbon_t"] < row["carbon_t"]


def test_a_system_that_is_busy_all_day_has_no_hours_to_choose() -> None:
    assert [section.name for section in TAXED.sections] == ["taxes"]
    assert any("busy all day" in note for note in TAXED.notes)


# ---- fleets
def point(plan: Plan, chip: str, count: int, precision: str | None = None) -> Any:
    """The evaluation of a plan on a number of chips of a kind."""
    keys = {"name": chip, "nodes": None, "accelerators": count}
    keys |= {"precision": precision} if precision else {}
    hardware = plan.hardware.model_copy(update=keys)
    return mlsysim.SystemEvaluator.evaluate(plan=plan.model_copy(update={"hardware": hardware}))


RENTED = {"ops": {"price_per_hour": "listed"}}
MODELS = ("Llama3_8B", "Mixtral_8x7B", "ResNet50", "BERT_Base", "DLRM", "Mamba_2_8B")


def metrics_at(plan: Plan, chips: tuple[str, ...], most: int, names: list[str]) -> dict[Any, Any]:
    """Some metrics of every chip and count, each evaluated on its own."""
    found = {}
    for chip in chips:
        each = Scenario(plan.model_copy(update={"hardware": Hardware(name=chip)})).given
        for count in counts_of(each["accelerators_per_node"], most):
            evaluation = point(plan, chip, count)
            told = {m.name: evaluation.value(m) for m in evaluation.metrics}
            found[chip, count] = {name: told[name] for name in names}
    return found


@settings(max_examples=10, deadline=None)
@given(
    st.sampled_from(MODELS),
    st.sampled_from(["inference", "training"]),
    st.sampled_from([1, 7, 64]),
    st.sampled_from([None, 0.3, 1.0, 3.0]),
    st.sampled_from(["tco_usd", "latency", "throughput"]),
)
def test_the_best_fleet_is_that_of_brute_force(
    model: str, mode: str, batch: int, tight: float | None, goal: str
) -> None:
    chips, most = ("H100", "A100_40GB", "L4"), 10
    work = {"name": model, "mode": mode, "batch_size": batch}
    plan = read_plan({"workload": work, "hardware": {"name": "H100"}, **RENTED})
    names = ["memory_load", "latency", goal]
    points = metrics_at(plan, chips, most, names)
    if tight is not None:
        limit = tight * (points["H100", 8]["latency"] or 1.0)
        bound = {"metric": "performance.latency", "max": limit}
        plan = read_plan(
            {**plan.model_dump(exclude_unset=True), "constraints": {"assert": [bound]}}
        )
    kept = {
        key: told
        for key, told in points.items()
        if told["memory_load"] <= 1
        and told[goal] is not None
        and (tight is None or (told["latency"] or inf) <= limit)
    }
    found = fleet(plan, chips=chips, most=most, metric=goal)
    assert (found.compared, found.feasible) == (len(points), len(kept))
    if not kept:
        assert found.exit_code == 4
        return
    sign = -1 if goal == "throughput" else 1
    for row in found.rows:
        own = [sign * told[goal] for (chip, _), told in kept.items() if chip == row["chip"]]
        assert isclose(sign * row[goal], min(own), rel_tol=1e-12)
        assert isclose(row[goal], points[row["chip"], row["accelerators"]][goal], rel_tol=1e-12)
    assert {row["chip"] for row in found.rows} == {chip for chip, _ in kept}


CHEAPEST = fleet(example(**RENTED))


def test_every_fleet_told_is_what_an_evaluation_of_it_says() -> None:
    assert len(CHEAPEST.rows) > 5
    for row in CHEAPEST.rows:
        evaluation = point(example(**RENTED), row["chip"], row["accelerators"], row["precision"])
        assert evaluation.exit_code == 0
        for metric in evaluation.metrics:
            if metric.name in row:
                assert isclose(evaluation.value(metric), row[metric.name], rel_tol=1e-12)
        degrees = evaluation.inputs()["parallelism"]
        words = [f"{name} {degree}" for name, degree in degrees.items() if degree not in (0, 1)]
        assert row["layout"] == ", ".join(words)


def test_runners_up_are_told_how_much_more_they_cost() -> None:
    costs = column("tco_usd", CHEAPEST)
    assert costs == sorted(costs)
    assert len(set(column("chip", CHEAPEST))) == len(CHEAPEST.rows)
    for row in CHEAPEST.rows[1:]:
        assert row["why"].endswith(" % cost")
        assert float(row["why"].split()[0].replace(",", "")) > 0


def test_the_whole_registry_is_searched_in_seconds() -> None:
    start = process_time()
    fleet(example(**RENTED))
    assert process_time() - start < 10


def test_chips_without_a_price_are_named_and_never_ranked() -> None:
    found = fleet(example(), chips=["H100", "A100"])
    assert column("chip", found) == ["H100"]
    assert any(n.startswith("tco_usd of A100 is not known: ") for n in found.notes)


def test_fleets_that_are_too_slow_say_what_to_relax() -> None:
    plan = example(**RENTED)
    slow = plan.model_copy(
        update={"constraints": read_plan({**MINIMAL, "constraints": TOO_FAST}).constraints}
    )
    found = fleet(slow, chips=["H100", "H200"], most=64)
    points = metrics_at(plan, ("H100", "H200"), 64, ["memory_load", "latency"])
    best = min(told["latency"] for told in points.values() if told["memory_load"] <= 1)
    (relaxed,) = found.relax
    assert found.exit_code == 4
    assert relaxed.alone
    assert isclose(relaxed.needed, best, rel_tol=1e-12)


MINIMAL = {"workload": {"name": "Llama3_8B"}, "hardware": {"name": "H100"}}
TOO_FAST = {"assert": [{"metric": "performance.latency", "max": "1 ms"}]}


def test_degrees_that_the_plan_gives_are_kept() -> None:
    found = fleet(example(parallelism={"tp": 8, "pp": 2}, **RENTED), chips=["H100"])
    assert found.best["layout"].startswith("tp 8, pp 2, dp ")
    assert found.best["accelerators"] % 16 == 0
    with pytest.raises(InputError, match=r"parallelism\.tp: 7 does not divide the 64 heads"):
        fleet(example(parallelism={"tp": 7}))


def test_a_chip_keeps_the_bits_of_the_plan() -> None:
    names = ["H100", "TPUv4", "JetsonAGXOrin", "K80"]
    plan = read_plan({**MINIMAL, **RENTED})
    found = fleet(plan, chips=names, most=4)
    assert {row["chip"]: row["precision"] for row in found.rows} == {
        "H100": "fp16",
        "TPUv4": "bf16",
    }
    assert any("K80: no arithmetic of 16 bits" in note for note in found.notes)


def test_counts_are_all_up_to_a_node_and_then_whole_nodes() -> None:
    assert counts_of(8, 30) == [1, 2, 3, 4, 5, 6, 7, 8, 16, 24]
    assert counts_of(8, 5) == [1, 2, 3, 4, 5]
    assert counts_of(1, 4) == [1, 2, 3, 4]


ROWS = st.tuples(st.sampled_from([0.5, 1.0, 1.5, 2.0, nan]), st.sampled_from([1.0, 2.0, nan]))


@given(st.lists(st.lists(ROWS, min_size=1, max_size=5), min_size=1, max_size=6))
def test_the_fastest_layout_is_found_alike_with_arrays_and_without(groups: list[Any]) -> None:
    np = pytest.importorskip("numpy")
    loads, times = zip(*(row for rows in groups for row in rows))
    starts = [0, *accumulate(map(len, groups))][:-1]
    found = fastest(starts, np.array(times), np.array(loads))
    for start, rows, i in zip(starts, groups, found):
        fits = [time for load, time in rows if load <= 1]
        known = [time for time in fits if time == time]
        load, time = rows[i - start]
        if fits:
            assert load <= 1
            assert not known or time == min(known)
        else:
            assert not [v for v, _ in rows if v < load]
    if not any(x != x for x in (*loads, *times)):
        assert found == fastest(starts, list(times), list(loads))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--chips", "H101"), "chips: 'H101' is not known; did you mean 'H100'"),
        (("--chips", "H100,,A100"), "chips: '' is not known"),
        (("--chips", ""), "chips: '' is not known"),
        (("--metric", "speed"), "metric: 'speed' is not known"),
        (("--front", "latency"), "front: 'latency' is not two or three metrics"),
        (("--front", "latency,latency"), "front: 'latency,latency' is not two or three"),
        (("--front", "latency,speed"), "front: 'speed' is not known"),
    ],
)
def test_what_no_fleet_can_be_sought_for_is_refused(arguments: tuple[str], words: str) -> None:
    assert sentence(run("optimize", "hardware", PLAN, *arguments)).startswith(words)


def test_a_fleet_of_nothing_is_wrong_usage() -> None:
    for most in ("0", "-1", "x", "65537"):
        assert run("optimize", "hardware", PLAN, "--most", most).exit_code == 2


# ---- compression
def squeezed(model: str, chip: str, count: int = 1, **keys: Any) -> Plan:
    hardware = {"name": chip, "accelerators": count}
    return read_plan({"workload": {"name": model, **keys}, "hardware": hardware})


def test_a_point_is_timed_and_sized_as_an_evaluation_of_its_precision() -> None:
    found = compression(squeezed("Llama2_70B", "H100", 2), measure="MMLU", top=100)
    assert {row["form"] for row in found.rows} == {"fp16", "fp8", "int8", "w4a16"}
    for row in found.rows:
        evaluation = point(squeezed("Llama2_70B", "H100", 2), "H100", 2, row["form"])
        told = {m.name: evaluation.value(m) for m in evaluation.metrics}
        assert isclose(row["latency"], told["latency"], rel_tol=1e-12)
        assert isclose(row["memory_load"], told["memory_load"], rel_tol=1e-12)
        width = evaluation.scenario.given["weight_width"]
        assert isclose(row["size_gib"] * 2**30, evaluation.explain("params")[0].value * width)


def test_the_least_loss_that_fits_is_that_of_brute_force() -> None:
    for model, chip, count in (
        ("Llama2_70B", "H100", 1),
        ("Llama2_13B", "L4", 1),
        ("Llama2_7B", "A100", 1),
    ):
        plan = squeezed(model, chip, count)
        own = [p for p in points() if p.model == model]
        for measure in {p.measure for p in own}:
            losses = [loss_of(p) for p in own if p.measure == measure and fits(plan, p)]
            losses += [0.0] if fits(plan, None) else []
            found = compression(plan, measure=measure)
            assert column("loss", found)[:1] == sorted(losses)[:1]
            assert found.feasible == len(losses)


def fits(plan: Plan, chosen: Any) -> bool:
    """Whether a point, or the model as it is, fits the plan's device."""
    try:
        return bool(candidate(plan, chosen).evaluation.values["memory_load"] <= 1)
    except InputError:
        return False


def test_losses_of_two_measures_are_never_in_one_ranking() -> None:
    found = compression(squeezed("Llama2_70B", "H100", 4), top=100)
    named = {row["source"] for row in found.rows} - {""}
    ranked = {p.measure for p in points() if p.record.id in named}
    assert ranked == {"perplexity on WikiText2"}
    others = [s.title for s in found.sections if s.name.startswith("measure")]
    assert others == ["The same by accuracy on mean of 11 tasks", "The same by accuracy on MMLU"]
    assert any("not ranked together" in note for note in found.notes)


def test_the_loss_of_a_point_is_the_difference_that_its_source_prints() -> None:
    losses = {(p.record.id, p.figure): loss_of(p) for p in points()}
    assert losses["SmoothQuant_Llama2_7B", "SmoothQuant_int8"] == 0.041
    assert losses["TensorRT_Llama2_70B", "FP8_fp8"] == 0.6
    assert losses["TorchVision_ResNet50", "PTQ_int8"] == 0.21
    assert losses["Wanda_Llama2_7B", "Wanda_2of4"] == 5.9


def test_groups_of_weights_that_share_a_scale_take_more_room() -> None:
    rows = compression(squeezed("Llama1_7B", "A100"), measure="WikiText2", top=100).rows
    sizes = {row["form"]: row["size_gib"] for row in rows if row["method"] == "GPTQ"}
    assert isclose(sizes["w3a16, groups of 128"] / sizes["w3a16"], (3 + 16 / 128) / 3)
    assert isclose(sizes["w4a16"] / sizes["w3a16"], 4 / 3)


def test_two_of_four_is_faster_only_where_the_chip_has_sparse_units() -> None:
    for chip, faster in (("A100", True), ("V100", False)):
        rows = compression(squeezed("Llama2_7B", chip), measure="WikiText2", top=100).rows
        times = {row["form"]: row["latency"] for row in rows}
        assert (times["2of4"] < times["fp16"]) == faster
        assert times["p50"] == times["fp16"]
    found = compression(squeezed("DS_CNN_Large", "ESP32_S3"), top=100)
    assert "2of4" not in column("form", found)
    assert any("sparse matrix units is not known" in note for note in found.notes)


def test_a_form_that_the_chip_cannot_run_is_told_and_not_ranked() -> None:
    found = compression(squeezed("Llama3_1_8B", "A100"), top=100)
    assert not {"fp8", "fp4"} & set(column("form", found))
    assert any("NVFP4 (fp4)" in note and "no dense peak" in note for note in found.notes)
    assert "fp4" in column("form", compression(squeezed("Llama3_1_8B", "B200"), top=100))


def test_a_model_of_which_nothing_is_published_gets_no_loss_of_another_model() -> None:
    result = run("-o", "json", "optimize", "compression", "Llama3_405B", "H100", "--nodes", "1")
    answer = json.loads(result.stdout)
    assert (result.exit_code, answer["rows"], answer["sections"]) == (4, [], [])
    assert any(
        n.startswith("no published point for Llama3_405B; the nearest are of ")
        for n in answer["notes"]
    )
    shown = data("optimize", "compression", "Llama3_405B", "H100", "--nodes", "1", "--nearby")
    assert (shown["exit_code"], shown["rows"]) == (4, [])
    nearby = next(s for s in shown["sections"] if s["name"] == "nearby")
    assert "not on this one" in nearby["title"]
    assert all(row["measured_on"] != "Llama3_405B" for row in nearby["rows"])
    assert all(row["memory_load"] <= 1 for row in nearby["rows"])


def test_the_most_that_may_be_lost_is_a_bound_and_can_be_relaxed() -> None:
    plan = squeezed("Llama2_70B", "H100", 1)
    assert compression(plan, max_loss=0.05).feasible == 1
    short = compression(plan, max_loss="0.01")
    assert short.exit_code == 4
    assert {r.bound.metric.name: r.alone for r in short.relax} == {
        "loss": True,
        "memory_load": True,
    }
    assert next(r.needed for r in short.relax if r.bound.metric.name == "loss") == 0.039
    points_lost = compression(plan, measure="MMLU", max_loss="0.65 %")
    assert column("loss", points_lost) == [0.6]


def test_every_model_with_points_is_answered_on_a_large_chip() -> None:
    for model in sorted({p.model for p in points()}):
        found = compression(squeezed(model, "H200", 8), top=100)
        assert found.rows, model
        assert column("loss", found) == sorted(column("loss", found))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--max-loss", "much"), "max_loss: 'much' is not a number"),
        (("--max-loss", "nan"), "max_loss: 'nan' is not a number"),
        (("--max-loss", "1e999"), "max_loss: inf is not a finite number"),
        (("--measure", "Wikitext3"), "measure: 'Wikitext3' is not known; allowed: perplexity"),
        (("--measure", "a"), "measure: 'a' could be accuracy on mean of 11 tasks or"),
        (("--front", "loss"), "front: 'loss' is not two or three metrics"),
    ],
)
def test_what_no_compression_can_be_sought_for_is_refused(
    arguments: tuple[str], words: str
) -> None:
    told = sentence(run("optimize", "compression", "Llama2_70B", "H100", *arguments))
    assert told.startswith(words)


def test_training_is_not_compressed() -> None:
    with pytest.raises(InputError, match=r"^workload\.mode: only inference is compressed"):
        compression(squeezed("Llama2_70B", "H100", mode="training"))


# ---- forms
@pytest.mark.parametrize("problem", ["placement", "hardware", "compression"])
@pytest.mark.parametrize("width", [60, 100])
def test_text_keeps_to_the_width_of_the_terminal(
    problem: str, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    shown = run("optimize", problem, PLAN).stdout
    assert not [line for line in shown.splitlines() if len(line) > width]


@pytest.mark.parametrize("problem", ["placement", "hardware", "compression"])
@pytest.mark.parametrize("form", FORMS)
def test_an_infeasible_answer_prints_in_every_form(problem: str, form: str) -> None:
    bound = "performance.latency<=1 us"
    result = run("-o", form, "optimize", problem, PLAN, "--assert", bound)
    assert (result.exit_code, result.stderr) == (4, "")
    if form == "json":
        schema = json.loads(run("schema", "--of", f"optimize {problem}").stdout)
        jsonschema.validate(json.loads(result.stdout), schema)
    else:
        assert "INFEASIBLE" in result.stdout
        assert "latency" in result.stdout
