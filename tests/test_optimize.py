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
from mlsysim.core.solver.fleet import counts_of, fastest, fleet
from mlsysim.core.solver.placement import PLACES, Line, best_window, envelope, placement, regions
from mlsysim.infra import Infra
from mlsysim.infra.site import GRID
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


# ---- forms
@pytest.mark.parametrize("problem", ["placement", "hardware"])
@pytest.mark.parametrize("width", [60, 100])
def test_text_keeps_to_the_width_of_the_terminal(
    problem: str, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    shown = run("optimize", problem, PLAN).stdout
    assert not [line for line in shown.splitlines() if len(line) > width]


@pytest.mark.parametrize("problem", ["placement", "hardware"])
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
