"""Charts of load, money, carbon, searches and validation: their numbers are those of the core."""

from __future__ import annotations

import math
import re
from itertools import product

import pytest
from mlsysim_widgets import theme
from mlsysim_widgets.charts import CHARTS
from mlsysim_widgets.charts.carbon import hourly
from mlsysim_widgets.charts.goodput import lost
from mlsysim_widgets.charts.isoflop import curve, optimum
from mlsysim_widgets.charts.pareto import front_points
from mlsysim_widgets.charts.tco import lines_of
from mlsysim_widgets.charts.validation import measured
from mlsysim_widgets.gallery import made
from mlsysim_widgets.labels import asked, axis_unit, names_of, time_ticks, wrapped

import mlsysim
from mlsysim import Infra, InputError, MlsysimError, Scenarios, SystemEvaluator
from mlsysim.core.graph import solve
from mlsysim.core.solver.optima.placement import best_window, placement
from mlsysim.core.solver.question import question_of
from mlsysim.core.solver.sensitivity import tornado as moved
from mlsysim.validation.rows import read_rows
from mlsysim.validation.score import WITHIN, line, scores

pytestmark = pytest.mark.native
OWN = [
    "tail",
    "goodput",
    "isoflop",
    "carbon",
    "water",
    "carbon_hours",
    "carbon_stages",
    "tco",
    "break_even",
    "tornado",
    "pareto",
    "heat_map",
    "validation",
    "predicted",
]
SAVING = {"stall_time": 300.0, "mtbf": 6 * 3600.0, "restart_time": 600.0}
PLAN = {"workload": {"name": "Llama3_8B"}, "hardware": {"name": "H100", "nodes": 1}}


def draw(name, *args, **keywords):
    return CHARTS[name].function(*args, **keywords)


@pytest.fixture(scope="module")
def service():
    return SystemEvaluator.evaluate(plan=Scenarios.Service70B)


@pytest.fixture(scope="module")
def swept():
    over = {"tp": [1, 2, 3, 8], "batch_size": [1, 16, 256, 100000]}
    return mlsysim.sweep(PLAN, over, "tpot_ms,throughput,memory_load")


@pytest.fixture
def themes():
    yield theme.PALETTES
    theme.use("")


# ---- every chart
@pytest.mark.parametrize("name", OWN)
def test_an_example_is_drawn_in_every_theme_and_says_numbers(name, themes):
    assert len(CHARTS[name].example.strip().splitlines()) <= 3
    for look in themes:
        theme.use(look)
        figure = made(name)
        said = theme.alt(figure)
        assert any(letter.isdigit() for letter in said)
        assert "nan" not in said
        assert figure.layout.meta["theme"] == look
        assert figure.layout.title.text
        assert len(figure.layout.title.text) <= 42, "a phone shows no more"
        assert figure.to_json()
        drawn = [t for t in figure.data if t.hoverinfo != "skip" and t.x is not None]
        assert all(t.hovertemplate for t in drawn if t.x[0] is not None)


def test_a_title_is_broken_where_a_phone_ends():
    assert theme.broken("One layer") == "One layer"
    assert theme.broken("After half a year: slow 4.68 %, fast 5.21 %").count("<br>") == 1
    assert "<br>%" not in theme.broken("After half a year: slow 4.68 %, fast 5.21 %")
    assert max(map(len, theme.broken("a title of many words " * 6).split("<br>"))) <= theme.WIDE


def test_an_axis_has_the_unit_of_its_largest_value():
    assert axis_unit([0.002, 0.5], "s") == ("ms", pytest.approx(1e-3))
    assert axis_unit([math.nan, 2e6, 3.0], "gCO2e") == ("tCO2e", 1e6)
    assert axis_unit([5.0, math.inf], "m**3") == ("m³", 1.0)
    assert axis_unit([], "s")[1] > 0


def test_words_of_charts(service):
    assert wrapped("one two three", 7) == "one two<br>three"
    assert names_of([service, service], 90)[1].endswith("(2)")
    assert time_ticks(30.0, 1e5)["ticktext"] == ["1 min", "10 min", "1 h", "6 h", "1 day"]
    given, options = asked({"service_time": 1.0}, {"queue": "ggc"})
    assert given == {"service_time": 1.0}
    assert options["queue"] == "ggc"
    assert options["money"] == "own"


# ---- load
@pytest.mark.parametrize(("servers", "share"), [(1, 0.5), (1, 0.99), (8, 0.5), (8, 0.99)])
def test_a_percentile_against_load_is_that_of_the_core(servers, share):
    figure = draw("tail", {"service_time": 0.05}, servers=(servers,), shares=(share,))
    trace = figure.data[0]
    unit = {"ms": 1e-3, "s": 1.0}[figure.layout.yaxis.title.text.split(", ")[1]]
    assert list(trace.y) == sorted(trace.y)
    for load, time in zip(trace.x, trace.y):
        given = {"arrival_rate": load * servers / 0.05, "service_time": 0.05}
        given |= {"servers": servers, "percentile_share": share}
        wanted = solve(("sojourn_percentile",), given, {"queue": "mmc"})["sojourn_percentile"]
        assert time * unit == pytest.approx(wanted, rel=1e-9)


def test_one_server_waits_as_the_textbook_says():
    figure = draw("tail", {"service_time": 0.05}, servers=(1,), shares=(0.99,))
    for load, time in zip(figure.data[0].x, figure.data[0].y):  # M/M/1: exponential
        assert time == pytest.approx(-math.log(0.01) * 0.05 / (1 - load), rel=1e-6)
    assert "2.303 s at a load of 0.9" in theme.alt(figure)


def test_a_plan_with_arrivals_has_its_load_marked(service):
    figure = draw("tail", service)
    load = solve(("server_load",), service.scenario.given, service.scenario.options)["server_load"]
    assert figure.layout.shapes[0].x0 == load
    with pytest.raises(InputError, match="service_time is not given"):
        draw("tail", {})
    with pytest.raises(InputError, match="can be told apart"):
        draw("tail", {"service_time": 1.0}, servers=(1, 2, 3, 4))


def test_the_shares_of_an_axis_have_a_space_before_their_sign():
    for figure in (draw("goodput", SAVING), draw("scaling", PLAN)):
        axis = next(a for name in ("yaxis", "yaxis2") if (a := figure.layout[name]).ticktext)
        assert axis.ticktext[2] == "50 %"
        assert not re.search(r"[\d}]%", str(figure.to_dict()).replace(" %", ""))


# ---- checkpoints
def test_the_least_of_a_curve_of_checkpoints_is_the_rule():
    figure = draw("goodput", SAVING)
    named = {trace.name: trace for trace in figure.data}
    options = asked(SAVING)[1]
    first = named["After Young"]
    least = min(range(len(first.y)), key=first.y.__getitem__)
    best = solve(("best_interval",), SAVING, options)["best_interval"]
    assert first.x[least] == pytest.approx(best, rel=1e-12)
    for order, rule in (("first", "young"), ("exact", "daly")):
        own = {**options, "loss_order": order, "interval": rule}
        interval = solve(("best_interval",), SAVING, own)["best_interval"]
        here, below, above = lost(SAVING, own, [interval, interval / 1.1, interval * 1.1])
        assert here < min(below, above)
        marks = [t for t in figure.data if t.mode == "markers" and t.x[0] == interval]
        assert marks[0].y[0] == here
        assert f"{100 * here:.1f} % of the time" in theme.alt(figure)
    assert "Young saving every 1 h" in theme.alt(figure)


def test_checkpoints_of_a_plan():
    training = SystemEvaluator.evaluate(plan=Scenarios.Train405B)
    assert "5.5" in theme.alt(draw("goodput", training))
    beside = draw("goodput", training, options={"saving": "async"})
    assert [t.name for t in beside.data if t.mode == "lines"] == ["After Young"]
    with pytest.raises(InputError, match="no one curve"):
        draw("goodput", training, options={"saving": "tiered"})


# ---- sizes
@pytest.mark.parametrize("fit", ["hoffmann", "besiroglu", "muennighoff"])
@pytest.mark.parametrize("budget", [1e19, 5.76e23])
def test_the_least_loss_of_a_budget_is_at_the_best_size(fit, budget):
    found, best = curve(budget, fit), optimum(budget, fit)
    least = min(range(len(found["train_loss"])), key=found["train_loss"].__getitem__)
    assert found["params"][least] == pytest.approx(best["best_params"], rel=1e-9)
    assert found["train_loss"][least] == pytest.approx(best["train_loss"], rel=1e-12)
    for size, tokens in zip(found["params"], found["train_tokens"]):
        assert 6 * size * tokens == pytest.approx(budget, rel=1e-9)


def test_the_line_of_the_best_sizes_goes_through_all_budgets():
    figure = draw("isoflop", budgets=(1e23, 1e21))
    lines = [trace for trace in figure.data if trace.mode == "lines+markers"]
    for line_, fit in zip(lines, ("hoffmann", "besiroglu")):
        assert list(line_.x) == [optimum(b, fit)["best_params"] for b in (1e21, 1e23)]
        assert list(line_.y) == [optimum(b, fit)["train_loss"] for b in (1e21, 1e23)]
    assert "10²³ FLOP" in theme.alt(figure)
    with pytest.raises(InputError, match="not one of hoffmann"):
        draw("isoflop", fits=["kaplan"])


# ---- carbon and water
def test_carbon_of_regions_is_that_of_the_plan_there(service):
    names = ["Poland", "Quebec", "France"]
    figure = draw("carbon", service, names)
    bars = {y: x for trace in figure.data for x, y in zip(trace.x, trace.y)}
    for name in names:
        own = Scenarios.Service70B
        there = own.model_copy(update={"ops": own.ops.model_copy(update={"region": name})})
        wanted = SystemEvaluator.evaluate(plan=there).values["operational_carbon"]
        assert bars[getattr(Infra.Grids, name).name] * 1e6 == pytest.approx(wanted, rel=1e-12)
    assert list(figure.layout.yaxis.categoryarray) == ["Poland", "France", "Québec"]
    bases = {trace.name: set(trace.y) for trace in figure.data}
    assert bases["Counts operational carbon"] == {"Québec"}
    assert "Québec 542.1 kgCO2e" in theme.alt(figure)


def test_carbon_without_names_shows_the_least_the_most_and_the_plan(service):
    figure = draw("carbon", service)
    order = list(reversed(figure.layout.yaxis.categoryarray))
    bars = {y: x for trace in figure.data for x, y in zip(trace.x, trace.y)}
    assert [bars[name] for name in order] == sorted(bars.values())
    assert "<b>Texas (ERCOT)</b>" in order
    grids = [g["grid_carbon_intensity"].value for g in Infra.Grids if "grid_carbon_intensity" in g]
    own = service.scenario.given["grid_carbon_intensity"]
    for name, extreme in ((order[0], min(grids)), (order[-1], max(grids))):
        assert bars[name] / bars["<b>Texas (ERCOT)</b>"] == pytest.approx(extreme / own, rel=1e-9)


def test_what_a_plan_states_is_the_same_everywhere():
    fixed = PLAN | {"inputs": {"grid_carbon_intensity": "100 gCO2e/kWh", "wue": "1 L/kWh"}}
    evaluation = SystemEvaluator.evaluate(plan=fixed)
    for name in ("carbon", "water"):
        with pytest.raises(InputError, match="no place differs"):
            draw(name, evaluation)


def test_places_that_are_none(service):
    with pytest.raises(InputError, match="is a facility"):
        draw("carbon", service, ["Google"])
    with pytest.raises(InputError, match="has no hours of the day; there are France"):
        draw("carbon_hours", service, ["Quebec"])
    with pytest.raises(InputError, match="busy_hours: 25"):
        draw("carbon_hours", service, busy_hours=25)
    with pytest.raises(MlsysimError, match="Nowhere"):
        draw("water", service, ["Nowhere"])
    with pytest.raises(InputError, match="not known of any place"):
        draw("water", service, ["Uptime_2024"])


def test_hours_add_up_and_the_best_are_those_of_the_core(service):
    figure = draw("carbon_hours", service, ["France", "Germany"], busy_hours=8)
    for name, line_, dots in zip(
        ("France_2020", "Germany_2020"), figure.data[::2], figure.data[1::2]
    ):
        profile = getattr(Infra.Hours, name)
        intensities = [row[1] for row in profile["hourly"].value]
        window = best_window(intensities, 8)
        assert set(dots.x) == {(window.start + i) % 24 for i in range(8)}
        assert f"{window}, {100 * (1 - window.ratio):.0f} % less" in theme.alt(figure)
        ratios = {y / x for x, y in zip(intensities, line_.y)}
        assert max(ratios) == pytest.approx(min(ratios), rel=1e-9)
    day = hourly(service, Infra.Hours.France_2020)
    mean = {**service.scenario.given, "duration": 86400.0, "utilisation": 1.0}
    mean["grid_carbon_intensity"] = sum(r[1] for r in Infra.Hours.France_2020["hourly"].value) / 24
    mean["grid_carbon_intensity"] /= 3.6e6
    wanted = solve(("operational_carbon",), mean, service.scenario.options)["operational_carbon"]
    assert sum(day) == pytest.approx(wanted, rel=1e-9)


def test_the_busy_hours_are_those_that_the_placement_tells(service):
    section = next(s for s in placement(Scenarios.Service70B).sections if s.name == "hours")
    told = next(row for row in section.rows if row["region"] == "Germany")
    assert f"Germany {told['busy_utc']}" in theme.alt(draw("carbon_hours", service, ["Germany"]))


def test_stages_and_water_are_the_values_of_the_evaluation(service):
    figure = draw("carbon_stages", service)
    assert [trace.x[0] * 1e6 for trace in figure.data] == pytest.approx(
        [service.values["operational_carbon"], service.values["embodied_carbon"]]
    )
    assert draw("carbon_stages", service, share=True).layout.barnorm == "percent"
    water = draw("water", service)
    bars = dict(zip(water.data[0].y, water.data[0].x))
    assert bars["<b>Industry Average</b>"] == pytest.approx(service.values["water"])
    assert bars["Google"] / bars["Meta"] == pytest.approx(1.15 / 0.18)


# ---- money
def test_a_stack_of_costs_is_the_lines_of_the_total(service):
    rented = SystemEvaluator.evaluate("r", "Llama3_8B", "H100", price_per_hour=2.0)
    figure = draw("tco", service, rented)
    bars = [trace for trace in figure.data if trace.type == "bar"]
    assert len(bars) > 5
    sums = [sum(trace.x[i] for trace in bars) for i in (0, 1)]
    assert sums == pytest.approx([service.values["tco"], rented.values["tco"]])
    assert lines_of(rented) == ("rent_cost",)
    assert "largest line known is accelerators" in theme.alt(figure)


def test_a_line_that_is_not_known_is_told_and_not_free():
    dear = SystemEvaluator.evaluate("A100 node", "Llama3_8B", "A100", nodes=1)
    assert dear.values["tco"] != dear.values["tco"]
    figure = draw("tco", dear)
    assert "not known (host_price missing)" in theme.alt(figure)
    assert [t.text[0].strip() for t in figure.data if t.type == "scatter"] == ["not known"]
    with pytest.raises(InputError, match="total cost: it is not known; host_price missing"):
        draw("break_even", dear)


@pytest.mark.parametrize("over", ["utilisation", "years"])
def test_rent_and_own_cross_where_they_cost_the_same(over):
    figure = draw("break_even", PLAN, over, price_per_hour=3.0)
    own, rent, mark = figure.data
    given, options = asked(PLAN)
    given["rent_price"] = 3.0 / 3600
    where, life = mark.x[0], given["chip_lifetime"]
    if over == "utilisation":
        owned, hired = {"duration": life, "utilisation": where}, {"duration": life * where}
    else:
        years = where * 31536000
        owned, hired = {"duration": years, "chip_lifetime": years}, {"duration": years}
    costs = [
        solve(("tco",), {**given, **owned}, {**options, "money": "own"})["tco"],
        solve(("rent_cost",), {**given, **hired}, options)["rent_cost"],
    ]
    assert costs[0] == pytest.approx(costs[1], rel=1e-9)
    assert mark.y[0] == pytest.approx(costs[1], rel=1e-9)
    assert (own.y[0] > rent.y[0], own.y[-1] < rent.y[-1]) == (True, True)
    assert "owning is cheaper than renting from" in theme.alt(figure)


def test_rent_that_is_always_cheaper():
    figure = draw("break_even", PLAN, "years", price_per_hour=0.2)
    assert len(figure.data) == 2
    assert "renting is cheaper than owning throughout" in theme.alt(figure)
    with pytest.raises(InputError, match="years, utilisation"):
        draw("break_even", PLAN, "months")


# ---- searches
def test_bars_of_a_tornado_end_at_the_answers_of_the_core(service):
    figure = draw("tornado", service, "tpot_ms", ["mem_bandwidth", "seq_len", "batch_size"])
    found = moved(question_of(service), "tpot_ms", ["mem_bandwidth", "seq_len", "batch_size"])
    for trace, end in zip(figure.data, ("answer_low", "answer_high")):
        assert [trace.base + x for x in trace.x] == pytest.approx(
            [getattr(row, end) for row in found.rows]
        )
        assert list(trace.y) == [row.name.replace("_", " ") for row in found.rows]
    assert f"{found.value:.2f}"[:4] in theme.alt(figure)
    assert len(draw("tornado", service, "tpot_ms", most=3).data[0].x) == 3
    with pytest.raises(MlsysimError, match="bogus"):
        draw("tornado", service, "bogus")


def test_the_title_below_a_tornado_has_lines_that_a_phone_shows():
    figure = draw("tornado", PLAN, "memory_time", most=3)
    lines = figure.layout.xaxis.title.text.split("<br>")
    assert max(map(len, lines)) <= 22
    assert figure.layout.margin.b >= 92 + 18 * (len(lines) - 1)


def test_what_was_measured_has_a_name_and_a_unit():
    rows = [row for row in read_rows() if row.kind in ("cost", "prefill")]
    figure = draw("predicted", scores(rows), "cost")
    assert [trace.name for trace in figure.data][-1] == "cost, USD"
    assert figure.layout.xaxis.title.text == "Measured, USD"
    metrics = {row.metric for row in read_rows()}
    assert not any("_" in name or "usd" in name for name, _ in map(measured, metrics))


def test_bars_of_places_have_their_names_and_three_figures(service):
    figure = draw("carbon", service, ["EGRID_NYUP", "EGRID_SRSO", "Quebec", "Poland"])
    labels = {label for trace in figure.data for label in trace.y}
    assert {"NPCC Upstate NY", "SERC South", "Québec", "Poland"} <= labels
    texts = [text for trace in figure.data for text in trace.text]
    assert all(len(re.sub(r"\D", "", text).strip("0")) <= 3 for text in texts)


def test_a_tornado_of_bare_numbers():
    figure = draw(
        "tornado", {"service_time": 1.0, "arrival_rate": 0.5, "servers": 1}, "sojourn_time"
    )
    assert {"service time", "arrival rate"} <= set(figure.data[0].y)


def test_a_front_is_that_of_brute_force(swept):
    xs, ys, status = (swept[name] for name in ("tpot_ms", "throughput", "status"))
    held = [i for i in range(len(swept)) if status[i] == "fits"]
    brute = {
        i
        for i in held
        if not any(
            xs[j] <= xs[i] and ys[j] >= ys[i] and (xs[j], ys[j]) != (xs[i], ys[i]) for j in held
        )
    }
    assert set(front_points(swept, "tpot_ms", "throughput")) == brute
    figure = draw("pareto", swept, "tpot_ms", "throughput")
    front = next(trace for trace in figure.data if trace.mode == "lines")
    assert list(front.x) == sorted(xs[i] for i in brute)
    hollow = [t for t in figure.data if t.marker.symbol == "circle-open" and t.x[0] is not None]
    unfit = [i for i in range(len(swept)) if status[i] != "fits" and xs[i] == xs[i]]
    assert sum(len(trace.x) for trace in hollow) == len(unfit) > 0
    assert f"{len(swept)} points, {len(held)} fit, {len(brute)} are" in theme.alt(figure)


def test_a_front_by_groups_and_of_an_axis(swept):
    figure = draw("pareto", swept, "batch_size", "throughput", by="tp")
    assert {"1", "2", "8"} <= {trace.name for trace in figure.data}
    with pytest.raises(MlsysimError, match="speed"):
        draw("pareto", swept, "tpot_ms", "speed")


@pytest.mark.parametrize("plan", [None, PLAN])
def test_cells_without_an_answer_are_crossed_and_say_why(swept, plan):
    figure = draw("heat_map", swept, "batch_size", "tp", "tpot_ms", plan)
    answers, gaps, crosses = figure.data
    status = {
        (str(int(b)) if b < 1000 else f"{int(b):,}", str(int(t))): (s, v)
        for b, t, s, v in zip(*(swept[n] for n in ("batch_size", "tp", "status", "tpot_ms")))
    }
    for (x, y), (word, value) in status.items():
        row, column = answers.y.index(y), answers.x.index(x)
        told = gaps.customdata[row][column]
        if word == "fits":
            assert answers.text[row][column] == f"{value:.3g}"
            assert gaps.z[row][column] is None
            continue
        assert answers.z[row][column] is None
        assert (x, y) in set(zip(crosses.x, crosses.y))
        reason = "3 does not divide the 32 heads" if word == "refused" else "Memory) is broken"
        assert (reason in told.replace("<br>", " ")) == (plan is not None or word == "refused")
    assert crosses.name == "Does not fit or refused"
    assert "7 of 16 cells are no answer" in theme.alt(figure)


def test_a_cell_shows_the_best_of_the_other_axes():
    over = {"tp": [1, 2, 4, 8], "batch_size": [1, 64], "precision": ["fp16", "fp8"]}
    found = mlsysim.sweep(PLAN, over, "throughput")
    answers = draw("heat_map", found, "batch_size", "precision", "throughput").data[0]
    for x, y in product((1, 64), ("fp16", "fp8")):
        best = max(
            value
            for b, p, value in zip(found["batch_size"], found["precision"], found["throughput"])
            if (b, p) == (x, y)
        )
        assert answers.text[answers.y.index(y)][answers.x.index(str(x))] == f"{best:.3g}"
    with pytest.raises(MlsysimError, match="region"):
        draw("heat_map", found, "batch_size", "region", "throughput")
    with pytest.raises(MlsysimError, match="mfu"):
        draw("heat_map", found, "batch_size", "precision", "mfu")


# ---- validation
@pytest.fixture(scope="module")
def scored():
    return scores(read_rows()[::10])


def test_all_predictions_are_drawn_and_counted(scored):
    held = [entry for entry in scored if entry.ratio]
    figure = draw("validation", scored)
    dots = {t.name: t for t in figure.data}
    inside = sum(entry.inside for entry in held)
    assert len(dots["In the interval"].x) == inside
    assert len(dots["Outside"].x) == len(held) - inside
    whole = line("", "", held)
    said = theme.alt(figure)
    assert f"{len(held)} predictions: median error {whole.median:.2f} times" in said
    assert all(f"{100 * s:.0f} % within {f:g} times" in said for f, s in zip(WITHIN, whole.within))
    ratios = sorted(min(max(e.ratio or 0.0, 1 / 3), 3) for e in held)
    assert sorted([*dots["In the interval"].x, *dots["Outside"].x]) == pytest.approx(ratios)
    with pytest.raises(InputError, match="no row has a prediction"):
        draw("validation", [])


def test_one_kind_has_its_intervals(scored):
    figure = draw("predicted", scored, "decode")
    held = [e for e in scored if e.row.kind == "decode" and e.ratio]
    points = [t for t in figure.data if t.mode == "markers"]
    assert sum(len(t.x) for t in points) == len(held)
    for trace in points:
        own = [e for e in held if ", ".join(filter(None, measured(e.row.metric))) == trace.name]
        assert list(trace.x) == [e.row.value for e in own]
        ends = [y + up for y, up in zip(trace.y, trace.error_y.array)]
        assert ends == pytest.approx([e.high for e in own])
    assert theme.alt(figure).startswith(f"{len(held)} predictions")
    with pytest.raises(MlsysimError, match="kind: 'magic'"):
        draw("predicted", scored, "magic")
