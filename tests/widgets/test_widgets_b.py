"""CarbonMap, Equation, ExplainTree, Predict, Ledger and panel: traits, validators, and numbers against the core."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import traitlets
from mlsysim_widgets import CarbonMap, Equation, ExplainTree, Ledger, Predict, entries, panel
from mlsysim_widgets.formula import expression, letters

from mlsysim import InputError, SystemEvaluator
from mlsysim.core.graph import EQUATIONS, TABLES, Rows, solve
from mlsysim.core.solver.optima.placement import placement
from mlsysim.core.symbols import SYMBOLS
from mlsysim.core.text import readable

pytestmark = pytest.mark.native


@pytest.fixture(scope="module")
def evaluation() -> Any:
    return SystemEvaluator.evaluate(
        None, "Llama3_8B", "H100", batch_size=64, output_len=64, region="Quebec", utilisation=0.5
    )


def ledger(**more: Any) -> Ledger:
    return Ledger("vol1/05", path="", **more)


# ---- Predict
def test_a_prediction_shows_nothing_before_it_is_committed() -> None:
    calls: list[int] = []
    asked = Predict("How much?", unit="x", low=1, high=100, answer=lambda: calls.append(1) or 1.64)
    asked.guess = 8
    assert calls == []
    assert asked.shown == {}
    assert "1.64" not in json.dumps(asked.get_state(["asked", "guess", "shown"]))
    asked.committed = True
    assert calls == [1]
    assert asked.shown["text"] == "You said 8x; it is 1.64x. That is 4.9 times too high."


def test_a_committed_prediction_stands() -> None:
    asked = Predict("How much?", unit="ms", low=1, high=100, answer=2.0)
    asked.commit(4)
    with pytest.raises(traitlets.TraitError, match="the guess stands"):
        asked.guess = 2
    with pytest.raises(traitlets.TraitError, match="cannot be taken back"):
        asked.committed = False
    assert asked.guess == 4


@pytest.mark.parametrize(
    ("guess", "unit", "answer", "text"),
    [
        (1.6, "x", 1.64, "You said 1.6x; it is 1.64x. That is as good as equal."),
        (3, "ms", 2, "You said 3 ms; it is 2 ms. That is 50 % too high."),
        (20, "%", 62, "You said 20 %; it is 62 %. That is 42 points too low."),
        (None, "x", 1.6, "Not predicted; it is 1.6x."),
        (5, "", float("nan"), "You said 5; it is not known."),
        (1, "points", 2.0, "You said 1 point; it is 2 points. That is 2 times too low."),
        (1, "ms", 1.01, "You said 1 ms; it is 1.01 ms. That is as good as equal."),
        (62, "%", 61, "You said 62 %; it is 61 %. That is as good as equal."),
        (2, "%", 1, "You said 2 %; it is 1 %. That is 1 point too high."),
        (1, "MW", 1234567.0, "You said 1 MW; it is 1,230,000 MW. That is 1,200,000 times too low."),
    ],
)
def test_the_sentence_compares(guess: Any, unit: str, answer: float, text: str) -> None:
    asked = Predict("How much?", unit=unit, low=1, high=100, answer=lambda: answer)
    assert asked.commit(guess) == text


@pytest.mark.parametrize("guess", [3, -0.1])
def test_a_number_outside_the_range_is_refused(guess: float) -> None:
    asked = Predict("What share?", low=0, high=1, log=False, answer=0.3)
    with pytest.raises(traitlets.TraitError, match=f"{guess} is outside the range: 0 to 1"):
        asked.commit(guess)
    assert asked.shown == {}
    assert asked.commit(1).startswith("You said 1; it is 0.3.")


def test_the_answer_may_be_a_quantity_and_have_an_interval(evaluation: Any) -> None:
    metric = evaluation.metric("performance.tpot_ms")
    low, high = evaluation.span(metric)
    asked = Predict(
        "How long does a token take?",
        unit="ms",
        low=1,
        high=1000,
        answer=lambda: {"value": evaluation.tpot, "low": low, "high": high, "measured": 14},
        because=lambda: "the bytes bind",
    )
    text = asked.commit(13)
    assert asked.shown["value"] == pytest.approx(evaluation.value(metric))
    assert (asked.shown["low"], asked.shown["high"]) == (low, high)
    assert "because the bytes bind" in text
    assert text.endswith("Measured: 14 ms.")


def test_a_choice_names_the_reasoning_and_takes_the_nearest_option() -> None:
    options = {"2x": "the ratio of the widths", "2.3x": "", "4x": "the square of the width"}
    asked = Predict("What does it cost?", "choice", options=options, unit="x", answer=lambda: 2.278)
    assert "square" not in json.dumps(asked.get_state(["asked"]))
    with pytest.raises(traitlets.TraitError, match=r"not one of 2x, 2\.3x, 4x"):
        asked.guess = "3x"
    text = asked.commit("4x")
    assert text == "You said 4x, which is the square of the width; it is 2.28x."
    assert asked.shown["answer"] == "2.3x"
    again = Predict("What does it cost?", "choice", options=options, answer="2.3x")
    assert again.commit("2.3x") == "You said 2.3x; so it is."


def test_a_sketch_is_compared_where_it_is_furthest_off() -> None:
    asked = Predict(
        "How does it wait?",
        "sketch",
        x={"low": 0.0, "high": 0.8, "label": "load", "columns": 5},
        y={"low": 0, "high": 100, "unit": "ms"},
        answer=lambda load: 10 / (1 - load),
    )
    assert asked.asked["xs"] == pytest.approx([0, 0.2, 0.4, 0.6, 0.8])
    with pytest.raises(traitlets.TraitError, match="5 numbers"):
        asked.guess = [1, 2]
    text = asked.commit([10, 10, 10, 10, 10])
    assert text == (
        "It goes from 10 ms at load 0 to 50 ms at load 0.8. "
        "You were furthest off at load 0.8: you said 10 ms, it is 50 ms."
    )
    assert asked.shown["ys"] == pytest.approx([10, 12.5, 50 / 3, 25, 50])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kind": "essay"}, "kind: 'essay' is not one of number, choice, sketch"),
        ({"low": 5, "high": 1}, "5 is not below 1"),
        ({"low": 0, "high": 1}, "0 is not above 0"),
        ({"kind": "choice", "options": ["one"]}, "at least two"),
        ({"kind": "sketch", "x": {"low": 1}}, "needs a low below a high"),
        ({"low": 1, "high": 2, "answer": None}, "answer: it is missing"),
    ],
)
def test_a_malformed_question_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Predict("How much?", **{"answer": 1, **arguments})


def test_an_answer_that_fails_is_said_in_the_page() -> None:
    def fails() -> float:
        raise InputError("hardware.name: 'H999' is not known")

    asked = Predict("How much?", low=1, high=2, answer=fails)
    asked.commit(1)
    assert "H999" in asked.error
    assert asked.shown == {}


def test_a_prediction_goes_to_the_ledger_and_is_recalled() -> None:
    book = ledger()
    how = {"unit": "x", "low": 1, "high": 100, "answer": 1.6, "id": "predict-a", "ledger": book}
    Predict("How much?", **how).commit(8, "sure")
    entry = book.entry("predict-a")
    assert (entry["value"], entry["answer"], entry["factor"]) == (8, 1.6, 5)
    assert entry["confidence"] == "sure"
    again = Predict("How much?", **how)
    assert again.earlier == {"guess": 8, "confidence": "sure"}
    assert again.guess is None
    assert again.commit(**again.earlier) == entry["said"]
    assert Predict("How much more?", **how).earlier == {}
    assert book.entries == [entry]


# ---- Ledger
def test_a_ledger_survives_its_file_and_keeps_to_the_schema(tmp_path: Path) -> None:
    book = ledger(reader="Ada")
    book.record("predict-a", [1.0, None, 3], "prediction", question="How?", answer=[1, 2, 3])
    book.decide("decision", "in the cloud", "Where?")
    book.record("reflection-a", "Bytes, not operations.")
    jsonschema.validate(json.loads(book.to_json()), entries.SCHEMA)
    book.export(tmp_path / "mine.json")
    other = ledger()
    assert other.load(tmp_path / "mine.json") == 4  # the three, and the name
    assert other.entries[:3] == book.entries
    assert other.reader == other.said("reader", "") == "Ada"
    assert other.load(book.to_json()) == 0


def test_a_changed_answer_is_kept_beside_the_first() -> None:
    book = ledger()
    book.record("predict-a", 8, "prediction", factor=5.0)
    book.record("predict-a", 2, "prediction", factor=1.25)
    (entry,) = book.entries
    assert entry["value"] == 2
    assert [answer["value"] for answer in entry["before"]] == [8]
    jsonschema.validate(json.loads(book.to_json()), entries.SCHEMA)


def test_joining_does_not_depend_on_the_order_and_can_be_repeated() -> None:
    made = [
        {"lab": "a", "id": "x", "kind": "prediction", "at": f"2026-01-0{day}T00:00:00Z", "value": v}
        for day, v in ((1, 1), (2, 2), (3, 3))
    ]
    forwards = entries.join(made)
    assert entries.join(reversed(made)) == forwards
    assert entries.join(forwards, made, forwards) == forwards
    assert forwards[0]["value"] == 3
    assert [answer["value"] for answer in forwards[0]["before"]] == [1, 2]


BROKEN = [
    ("not JSON", "it is not JSON"),
    ("[]", r"\[\] is not object"),
    ('{"format": "other", "version": 1, "entries": []}', "'other' is not 'mlsysim-ledger'"),
    ('{"format": "mlsysim-ledger", "version": 1}', "entries is missing"),
    ('{"format": "mlsysim-ledger", "version": 1, "entries": [{"lab": "a"}]}', r"\[0\]: id is"),
    (
        entries.written("", [{"lab": "", "id": "b", "kind": "x", "at": "2026-01-01", "value": 1}]),
        "kind: 'x' is not one of prediction",
    ),
    ('{"format": "mlsysim-ledger", "version": 1, "entries": [], "x": 1}', "'x' is none of"),
]


@pytest.mark.parametrize(("text", "message"), BROKEN)
def test_a_malformed_file_is_refused_as_the_schema_refuses_it(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        entries.read(text)
    if text.startswith(("{", "[")):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(json.loads(text), entries.SCHEMA)
    book = ledger()
    book.file = text
    assert book.error
    assert book.entries == []


def test_what_the_browser_has_is_joined_and_foreign_things_are_left() -> None:
    book = ledger()
    book.record("predict-a", 8, "prediction")
    old = {"lab": "vol1/01", "id": "p", "kind": "prediction", "at": "2026-01-01T00:00", "value": 1}
    book.stored = [old, {"something": "else"}]
    assert {entry["id"] for entry in book.entries} == {"predict-a", "p"}
    assert book.said("p", "vol1/01") == 1
    assert book.joined == 1


def test_boxes_take_text_only() -> None:
    book = ledger(boxes={"decision": ("Where?", ["here", "there"]), "reflection-a": "Why?"})
    assert [box["kind"] for box in book.boxes] == ["decision", "reflection"]
    book.typed = {"decision": "there"}
    assert book.entry("decision")["question"] == "Where?"
    with pytest.raises(traitlets.TraitError, match="'other' is no box"):
        book.typed = {"other": "x"}
    with pytest.raises(traitlets.TraitError, match="is not text"):
        book.typed = {"decision": 3}


def test_a_ledger_on_disk_is_shared_and_never_clobbered(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "ledger.json"
    first, second = Ledger("vol1/05", path=file), Ledger("vol1/06", path=file)
    first.record("predict-a", 1, "prediction")
    second.record("predict-a", 2, "prediction")
    first.record("predict-b", 3, "prediction")
    third = Ledger("vol1/05", path=file)
    assert {entries.key(entry) for entry in third.entries} == {
        ("vol1/05", "predict-a"),
        ("vol1/06", "predict-a"),
        ("vol1/05", "predict-b"),
    }
    third.forget()
    assert [entry["lab"] for entry in Ledger("vol1/06", path=file).entries] == ["vol1/06"]
    assert sorted(path.name for path in file.parent.iterdir()) == ["ledger.json"]


def test_many_writers_lose_nothing(tmp_path: Path) -> None:
    file = tmp_path / "ledger.json"

    def write(lab: str) -> None:
        book = Ledger(lab, path=file)
        for i in range(8):
            book.record(f"p{i}", i, "prediction")

    writers = [threading.Thread(target=write, args=(f"lab{i}",)) for i in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(Ledger("x", path=file).entries) == 32


def test_a_failed_write_is_said(tmp_path: Path) -> None:
    book = Ledger("vol1/05", path=tmp_path / "file" / "ledger.json")
    (tmp_path / "file").write_text("a file where a folder should be")
    with pytest.warns(UserWarning, match="was not written"):
        book.record("predict-a", 1, "prediction")
    assert "ledger.json was not written" in book.error
    assert book.said("predict-a") == 1


def test_a_file_that_is_no_ledger_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "ledger.json"
    file.write_text("my own notes")
    with pytest.warns(UserWarning, match="it is left alone"):
        book = Ledger("vol1/05", path=file)
    book.record("predict-a", 1, "prediction")
    assert file.read_text() == "my own notes"
    assert "cannot be read" in book.error


# ---- ExplainTree
def test_a_tree_has_the_lines_of_the_explanation(evaluation: Any) -> None:
    tree = ExplainTree(evaluation, "carbon_t")
    steps = evaluation.explain("carbon_t")
    assert [(line[0], line[1]) for line in tree.lines] == [(s.depth, s.name) for s in steps]
    assert tree.lines[0][3] == readable(evaluation.values["operational_carbon"], "gCO2e")
    for line, step in zip(tree.lines, steps):
        assert tree.sources[line[5]] == step.source
        assert tree.lines[line[7]][1] == step.name
        assert steps[line[7]].slot == step.slot
        assert not steps[line[7]].repeated
    json.dumps(tree.get_state(), default=str, allow_nan=False)


def test_a_tree_says_where_the_reader_stands_and_takes_another_metric(evaluation: Any) -> None:
    tree = ExplainTree(evaluation)
    tree.picked = 3
    assert tree.step == evaluation.explain(tree.metric)[3]
    tree.metric = "performance.tpot_ms"
    assert (tree.metric, tree.picked, tree.step.name) == ("tpot_ms", 0, "tpot")
    with pytest.raises(traitlets.TraitError, match="did you mean 'tpot"):
        tree.metric = "tpott"
    with pytest.raises(traitlets.TraitError, match="not one of the lines"):
        tree.picked = 100_000
    other = ExplainTree(evaluation, "chip_power")
    assert other.choices[-1] == ["chip_power", evaluation.explain("chip_power")[0].meaning]


# ---- Equation
def test_an_equation_starts_from_the_plan_and_follows_its_numbers(evaluation: Any) -> None:
    power = Equation("chip_power", evaluation)
    given, options = evaluation.scenario.given, evaluation.scenario.options
    names = ("tdp", "draw_share", "idle_draw_share", "utilisation")
    numbers = solve(["chip_power", *names], given, options)
    assert power.shown["value"] == pytest.approx(numbers.pop("chip_power"))
    assert power.values == pytest.approx(numbers)
    power.values = {"utilisation": 0.25}
    (equation,) = EQUATIONS["chip_power"]
    assert power.shown["value"] == pytest.approx(equation(**{**numbers, "utilisation": 0.25}))
    assert "times as much" in power.shown["change"]
    assert "Share of the time that the system is busy 0.25" in power.shown["alt"]


#: Equations whose parameters another equation fills: a plan alone does not give them.
IN_CONTEXT = ("all_reduce_time", "all_to_all_time", "all_gather_time")


def test_every_equation_of_a_plan_can_be_shown_and_gives_its_answer(evaluation: Any) -> None:
    given, options = evaluation.scenario.given, evaluation.scenario.options
    names = {step.name for metric in ("tpot_ms", "tco_usd") for step in evaluation.explain(metric)}
    for name in sorted(names & set(EQUATIONS)):
        if name in IN_CONTEXT or SYMBOLS[name].home in TABLES:
            with pytest.raises(InputError, match=r"nothing gives|a column of the table"):
                Equation(name, evaluation)
            continue
        shown = Equation(name, evaluation)
        value = solve([name], {k: v for k, v in given.items() if k != name}, options)[name]
        if isinstance(value, Rows) and all(isinstance(item, float) for item in value):
            value = max(value)
        if isinstance(value, float) and abs(value) < float("inf"):
            assert shown.shown["value"] == pytest.approx(value), name
        json.dumps(shown.get_state(["form", "numbers", "values", "shown"]), allow_nan=False)


def test_a_column_is_moved_as_a_whole(evaluation: Any) -> None:
    memory = Equation("memory_time", evaluation)
    before = memory.shown["value"]
    memory.values = {"op_memory_time": 2.0}
    assert memory.shown["value"] == pytest.approx(2 * before)
    assert memory.values["op_passes"] == 1
    row = Equation("op_memory_time", evaluation, row=0)
    assert ", row 1 of " in row.form["meaning"]
    with pytest.raises(InputError, match="row: 99 is not one of 0 to"):
        Equation("op_memory_time", evaluation, row=99)


def test_an_equation_takes_bare_numbers_and_published_cases() -> None:
    carbon = Equation("operational_carbon", {"energy": 3.6e6, "grid_carbon_intensity": 1e-4})
    assert carbon.shown["text"] == "360 gCO2e"
    assert carbon.numbers[0]["source"] == "given"
    assert Equation("energy").shown["value"] == pytest.approx(1287e6 * 3600, rel=0.01)
    with pytest.raises(InputError, match="it is an input"):
        Equation("tdp", {"tdp": 700.0})
    with pytest.raises(InputError, match="did you mean 'energy'"):
        Equation("energie", {"tdp": 700.0})


def test_numbers_of_an_equation_stay_in_their_ranges(evaluation: Any) -> None:
    power = Equation("it_power", evaluation)
    with pytest.raises(traitlets.TraitError, match="'x' is no number to move: chips, chip_power"):
        power.values = {"x": 1}
    with pytest.raises(traitlets.TraitError, match="is not a number"):
        power.values = {"chips": "many"}
    power.values = {"chips": 3.4}
    assert power.values["chips"] == 3
    share = Equation("chip_power", evaluation)
    share.values = {"utilisation": 7}
    assert share.values["utilisation"] == 1


def flat(node: dict[str, Any]) -> str:
    """The tree of an expression as one line."""
    parts = [flat(part) for part in node.get("of", ())]
    if node["op"] == "over":
        return f"[{parts[0]}]/[{parts[1]}]"
    if node["op"] == "power":
        return f"{parts[0]}^[{parts[1]}]"
    if node["op"] == "around":
        return f"{node['signs'][0]}{parts[0]}{node['signs'][1]}"
    return node.get("name") or node.get("text") or " ".join(parts)


def test_expressions_are_those_of_the_bodies() -> None:
    said = {
        "chip_power": "tdp · (draw_share · utilisation + idle_draw_share · (1 − utilisation))",
        "op_memory_time": "[op_traffic]/[mem_bandwidth · op_memory_share]",
        "memory_time": "Σ op_memory_time · op_passes",
    }
    for name, text in said.items():
        assert flat(expression(EQUATIONS[name][0])) == text
    for equations in EQUATIONS.values():
        for equation in equations:
            tree = flat(expression(equation))
            assert all(name in tree or "if" in tree or "Σ" in tree for name in equation.inputs[:1])


@pytest.mark.parametrize(
    ("latex", "found"),
    [
        ("T_m = \\frac{Q}{B}", ["T", "m", ""]),
        ("\\epsilon_{m,i}", ["ε", "m,i", ""]),
        ("\\mathrm{PUE}", ["PUE", "", ""]),
        ("R^*", ["R", "", "∗"]),
        ("D' = D", ["D′", "", ""]),
        ("M_u/M", None),
        ("34", None),
        ("", None),
    ],
)
def test_letters_of_symbols(latex: str, found: list[str] | None) -> None:
    assert letters(latex) == found


# ---- CarbonMap
PLAN = {
    "workload": {"name": "Llama3_8B", "batch_size": 64},
    "hardware": {"name": "H100", "accelerators": 8},
    "ops": {"region": "France", "utilisation": 0.4, "duration_days": 30},
}


@pytest.fixture(scope="module")
def run() -> Any:
    return SystemEvaluator.evaluate(plan=PLAN)


@pytest.mark.parametrize("region", ["Germany", "Norway", "GCP_us_east4", "EGRID_CAMX"])
def test_a_region_has_the_numbers_of_a_plan_that_runs_there(run: Any, region: str) -> None:
    there = SystemEvaluator.evaluate(plan={**PLAN, "ops": {**PLAN["ops"], "region": region}})
    seen = CarbonMap(run)
    seen.region = region
    lines = dict(seen.detail["lines"])
    values = there.values
    assert lines["Carbon of the electricity"] == readable(values["operational_carbon"], "gCO2e")
    assert lines["Total cost"] == readable(values["tco"], "USD")
    assert lines["Water on site"] == readable(values["water"], "m**3").replace("m**3", "m³")
    same = there.scenario.region.traits["basis"] == run.scenario.region.traits["basis"]
    assert ("where the plan runs" in seen.detail["text"]) == same
    assert ("counted otherwise" in seen.detail["text"]) != same


def test_tiles_are_ranked_and_never_mix_ways_of_counting(run: Any) -> None:
    seen = CarbonMap(run)
    carbon = [tile["carbon"] for tile in seen.tiles]
    assert carbon == sorted(carbon)
    assert [tile["name"] for tile in seen.tiles if tile["home"]] == ["France"]
    assert sum(len(tiles_of(seen, name)) for name, _ in seen.groups) == 133
    seen.listed = {"sort": "name"}
    names = [tile["name"] for tile in seen.tiles]
    assert names == sorted(names)
    json.dumps(seen.get_state(["tiles", "detail", "day"]), allow_nan=False)


def tiles_of(seen: CarbonMap, group: str) -> list[Any]:
    seen.listed = {"group": group}
    bases = {seen._places[tile["id"]].traits["basis"] for tile in seen.tiles}
    assert bases == {group.partition("/")[2]}
    return seen.tiles


def test_the_best_hours_are_those_of_the_placement(run: Any) -> None:
    rows = {row["region"]: row for row in placement(run.scenario.plan).sections[-1].rows}
    seen = CarbonMap(run)
    assert seen.hours["length"] == pytest.approx(9.6)
    for region in ("Germany", "GCP_us_south1", "EGRID_CAMX"):
        seen.region = region
        seen.hours = {"start": seen.day["best"]}
        assert seen.day["carbon"] / 1e6 == pytest.approx(rows[region]["then_carbon_t"])
        assert rows[region]["busy_utc"] in seen.day["text"]
        best = seen.day["carbon"]
        for start in range(0, 24, 5):
            seen.hours = {"start": start}
            assert seen.day["carbon"] >= best * (1 - 1e-12)
    seen.hours = {"length": 24}
    assert seen.day["carbon"] == pytest.approx(
        next(
            tile["carbon"]
            for tile in tiles_of(seen, "Subregions/operational")
            if "CAMX" in tile["id"]
        )
    )
    assert sum(seen.day["busy"]) == 24


def test_a_region_without_hours_says_which_have_them(run: Any) -> None:
    seen = CarbonMap(run)
    seen.region = "Norway"
    assert seen.day["bars"] == []
    assert "they are of France, Germany" in seen.day["text"]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("region", "Atlantis", "'Atlantis' is no region"),
        ("listed", {"group": "Moon"}, "'Moon' is no group: Grids/"),
        ("listed", {"sort": "size"}, "'size' is not one of carbon, cost, name"),
        ("hours", {"start": 24}, "hours.start: 24 is not within 0 to 23"),
        ("hours", {"length": "all"}, "hours.length: 'all' is not a number"),
    ],
)
def test_a_map_refuses_what_it_does_not_have(run: Any, name: str, value: Any, message: str) -> None:
    with pytest.raises(traitlets.TraitError, match=message):
        setattr(CarbonMap(run), name, value)


# ---- panel
def test_a_panel_evaluates_what_its_controls_say(run: Any) -> None:
    box = panel(run)
    assert box.evaluation.to_dict() == run.to_dict()
    box.controls["batch_size"].value = 128
    box.controls["region"].value = "Infra.Grids.Norway"
    same = {
        **PLAN,
        "workload": {**PLAN["workload"], "batch_size": 128},
        "ops": {**PLAN["ops"], "region": "Norway"},
    }
    there = SystemEvaluator.evaluate(plan=same)
    assert box.evaluation.values == pytest.approx(there.values, nan_ok=True)
    card = box.children[-1].value
    assert "Norway" in card
    assert box.children[1].value == ""


def test_a_panel_takes_keys_and_says_what_makes_no_plan(run: Any) -> None:
    box = panel(run, ["precision", "duration_days", "facility"])
    kinds = [type(control).__name__ for control in box.controls.values()]
    assert kinds == ["Dropdown", "FloatLogSlider", "Dropdown"]
    before = box.evaluation
    box.controls["precision"].value = "fp64"
    box.controls["precision"].value = "int4"
    assert box.evaluation is not before
    box.controls["precision"].value = "fp6"
    assert "states no dense peak for" in box.children[1].value
    assert "fp6" in box.children[1].value
    with pytest.raises(InputError, match="did you mean 'batch_size'"):
        panel(run, ["batch_sise"])


def test_ipywidgets_is_loaded_by_the_first_panel_only() -> None:
    code = "import sys; sys.modules['ipywidgets'] = None; from mlsysim_widgets.panel import panel"
    subprocess.run([sys.executable, "-c", code], check=True)
