"""Optimisers against brute force: regions, fleets, compression; their errors and their forms."""

from __future__ import annotations

import json
from itertools import pairwise, product
from math import inf, isclose, nan
from typing import Any

import jsonschema
import pytest
import yaml
from command_line import FORMS, PLAN, data, run, sentence
from hypothesis import given
from hypothesis import strategies as st

import mlsysim
from mlsysim.core.errors import InputError
from mlsysim.core.solver.placement import PLACES, Line, best_window, envelope, placement, regions
from mlsysim.infra import Infra
from mlsysim.infra.site import GRID
from mlsysim.plan import Plan, read_plan
from mlsysim.scenario import Scenario

pytestmark = pytest.mark.native


def example(**parts: dict[str, Any]) -> Plan:
    """The example cluster, some keys of its parts replaced."""
    with open(PLAN, encoding="utf-8") as file:
        plan = yaml.safe_load(file)
    return read_plan({**plan, **{part: {**plan[part], **keys} for part, keys in parts.items()}})


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


# ---- forms
@pytest.mark.parametrize("problem", ["placement"])
@pytest.mark.parametrize("width", [60, 100])
def test_text_keeps_to_the_width_of_the_terminal(
    problem: str, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    shown = run("optimize", problem, PLAN).stdout
    assert not [line for line in shown.splitlines() if len(line) > width]


@pytest.mark.parametrize("problem", ["placement"])
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
