"""Charts of steps, links and pipelines: their numbers are those of the core."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest
from mlsysim_widgets import theme
from mlsysim_widgets.charts import CHARTS
from mlsysim_widgets.charts.waterfall import losses, parts
from mlsysim_widgets.hover import ticks
from mlsysim_widgets.schedule import BACKWARD, FORWARD, idle_share, schedule

import mlsysim
from mlsysim import WALLS, InputError, Scenarios
from mlsysim.core.graph import At, solve
from mlsysim.evaluation import Evaluation, SystemEvaluator

pytestmark = pytest.mark.native


# ---- the schedule
def bubble(pp: int, microbatches: int, virtual_stages: int) -> float:
    assert WALLS  # declares the equations
    given = {"pp": pp, "microbatches": microbatches, "virtual_stages": virtual_stages}
    return solve(["bubble_share"], given)["bubble_share"]


@pytest.mark.parametrize("times", [(1.0, 2.0), (1.0, 1.0), (0.7, 2.1)])
@pytest.mark.parametrize("pp", [1, 2, 3, 4, 8])
def test_idle_time_of_a_schedule_is_the_bubble_of_the_core(pp, times):
    for microbatches in range(1, 20):
        idle = idle_share(schedule(pp, microbatches, 1, *times))
        assert idle == pytest.approx(bubble(pp, microbatches, 1), abs=1e-9)
    for virtual_stages in (2, 3, 4):
        for microbatches in (pp, 2 * pp, 5 * pp):  # what interleaving is made for
            idle = idle_share(schedule(pp, microbatches, virtual_stages, *times))
            expected = bubble(pp, microbatches, virtual_stages)
            assert idle == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("virtual_stages", [1, 2, 3])
@pytest.mark.parametrize("pp", [1, 2, 4, 5])
def test_a_schedule_runs_every_piece_once_and_in_order(pp, virtual_stages):
    for microbatches in range(1, 14):
        blocks = schedule(pp, microbatches, virtual_stages)
        at = {(b.kind, b.microbatch, b.chunk * pp + b.stage): b for b in blocks}
        assert len(at) == len(blocks) == 2 * pp * virtual_stages * microbatches
        for (kind, microbatch, place), block in at.items():
            before = (kind, microbatch, place + (-1 if kind == FORWARD else 1))
            if before in at:
                assert at[before].end <= block.start + 1e-9
            elif kind == BACKWARD:
                assert at[FORWARD, microbatch, place].end <= block.start + 1e-9
        for stage in range(pp):
            own = [b for b in blocks if b.stage == stage]
            assert all(a.end <= b.start + 1e-9 for a, b in pairwise(own))
        assert idle_share(blocks) >= bubble(pp, microbatches, virtual_stages) - 1e-9


@pytest.mark.parametrize(
    ("counts", "said"),
    [((0, 4), "pp: 0"), ((2, 1.5), "microbatches: 1.5"), ((1000, 1000), "more than 200,000")],
)
def test_a_schedule_refuses_what_is_none(counts, said):
    with pytest.raises(InputError, match=said):
        schedule(*counts)


# ---- evaluations that the charts are asked about
evaluate = SystemEvaluator.evaluate
NAMES = (
    *("roofline", "energy_roofline", "waterfall", "mfu_waterfall"),
    *("frontier", "pipeline", "collective", "scaling"),
)
TRAINED = {
    "workload": {"name": "Llama3_8B", "mode": "training", "batch_size": 64, "seq_len": 4096},
    "hardware": {"name": "H100", "accelerators": 32},
    "parallelism": {"tp": 2, "pp": 4, "dp": 4, "virtual_stages": 2, "microbatch": 1},
}


def draw(name: str, *args: Any, **more: Any) -> Any:
    return CHARTS[name].function(*args, **more)


def example(name: str) -> Any:
    names = {"mlsysim": mlsysim, name: CHARTS[name].function}
    *first, last = CHARTS[name].example.splitlines()
    exec("\n".join(first), names)
    return eval(last, names)


def traces(figure: Any, **wanted: Any) -> list[Any]:
    """The traces whose attributes are these."""
    return [t for t in figure.data if all(t[key] == value for key, value in wanted.items())]


@pytest.fixture(scope="module")
def decode() -> Evaluation:
    return evaluate(None, "Llama3_8B", "H100", batch_size=64)


@pytest.fixture(scope="module")
def training() -> Evaluation:
    return evaluate(plan=TRAINED)


@pytest.fixture(autouse=True)
def page_theme():
    yield
    theme.use("")


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_drawn_in_every_theme_and_says_its_numbers(name):
    assert len(CHARTS[name].example.splitlines()) <= 3
    said = set()
    for look in theme.PALETTES:
        theme.use(look)
        figure = example(name)
        assert figure.layout.meta["theme"] == look
        assert figure.layout.font.color == theme.INK[look]
        said.add(theme.alt(figure))
    (text,) = said
    assert len(re.findall(r"\d", text)) > 5
    assert text.endswith(".")
    assert "nan" not in text
    hovers = [t.hovertemplate or "" for t in figure.data] + [str(t.customdata) for t in figure.data]
    assert not any("nan" in hover for hover in hovers)


# ---- roofline
def test_roofs_are_the_figures_of_the_records():
    found = [evaluate(None, "Llama3_8B", chip, batch_size=32) for chip in ("H100", "A100", "H100")]
    figure = draw("roofline", *found)
    roofs = [t for t in figure.data if t.line.width == 2.5]
    assert len(roofs) == 2  # the third is a roof that is there
    for roof, one in zip(roofs, found):
        record = one.scenario.chip
        peak, width = record["peak_fp16"].value, record["mem_bandwidth"].value
        assert roof.y[1] == roof.y[2] == peak
        assert roof.x[1] == pytest.approx(peak / width)
        assert roof.y[0] / roof.x[0] == pytest.approx(width)
        assert record.id in roof.name


def test_a_dot_is_the_evaluation_with_bracket_and_interval(decode):
    figure = draw("roofline", decode)
    values = decode.values
    (dot,) = [t for t in figure.data if t.mode == "markers" and t.showlegend is not False]
    rate = solve(("model_flop",), decode.scenario.given, decode.scenario.options)["model_flop"]
    assert dot.x[0] == values["arithmetic_intensity"]
    assert dot.y[0] == pytest.approx(rate / values["step_time"])
    bracket, interval = [t for t in figure.data if t.error_y.array]
    for bar, low, high in (
        (bracket, rate / values["step_time_high"], rate / values["step_time_low"]),
        (interval, *(dot.y[0] * end / values["mfu"] for end in decode.spans["mfu"][:2])),
    ):
        assert bar.y[0] - bar.error_y.arrayminus[0] == pytest.approx(low)
        assert bar.y[0] + bar.error_y.array[0] == pytest.approx(high)


def test_what_kernels_reach_lies_below_the_roof_by_the_shares_of_the_core(decode, training):
    for one in (decode, training):
        figure = draw("roofline", one)
        (reached,) = [t for t in figure.data if t.line.dash == "dash"]
        given = one.scenario.given
        for x, y in zip(reached.x, reached.y):
            assert y < min(given["peak_rate"], x * given["mem_bandwidth"])
        assert reached.y[0] / reached.x[0] == pytest.approx(
            given["mem_bandwidth"] * given["memory_share"], rel=0.1
        )
        far = given["peak_rate"] * given["compute_share"]
        if one.scenario.training:
            far *= given["sustained_share"]
        assert reached.y[-1] == pytest.approx(far, rel=0.1)


def test_energy_of_an_operation_is_power_over_rate(decode):
    figure = draw("energy_roofline", decode)
    (dot,) = [t for t in figure.data if t.mode == "markers" and t.showlegend is not False]
    asked = ("chip_power", "model_flop")
    got = solve(asked, {**decode.scenario.given, "utilisation": 1.0}, decode.scenario.options)
    expected = got["chip_power"] * decode.values["step_time"] / got["model_flop"]
    assert dot.y[0] == pytest.approx(expected)
    curve = figure.data[0]
    assert list(curve.y) == sorted(curve.y, reverse=True)  # the more work a byte, the cheaper
    assert min(curve.y) > 0


def test_a_chip_without_a_known_power_has_a_roof_but_no_energy():
    phone = evaluate(plan=Scenarios.PhoneAssistant)
    assert "35 Tflop/s" in theme.alt(draw("roofline", phone))
    with pytest.raises(InputError, match="tdp"):
        draw("energy_roofline", phone)


def test_the_ridges_of_many_chips_are_not_written_over_each_other(decode):
    evaluate = mlsysim.SystemEvaluator.evaluate
    chips = [evaluate(None, "Llama3_1_8B", chip) for chip in ("H100", "A100", "JetsonAGXOrin")]
    for many, title in ((1, "Roofline of one chip"), (3, "Rooflines, each of one chip")):
        figure = draw("roofline", *chips[:many])
        assert figure.layout.title.text == title
        assert any("text" in (trace.mode or "") for trace in figure.data) == (many == 1)


def test_the_first_of_several_devices_is_at_the_top_and_a_small_one_has_small_units():
    evaluate = mlsysim.SystemEvaluator.evaluate
    figure = draw("memory", *(evaluate(None, "Llama3_1_8B", chip) for chip in ("H100", "A100")))
    assert figure.layout.xaxis.title.text == "GiB"
    small = draw("memory", evaluate(None, "MobileNetV2", "ESP32_S3"))
    assert small.layout.xaxis.title.text == "KiB"
    assert small.data[-1].x == (512,)
    assert figure.layout.yaxis.autorange == "reversed"
    assert figure.layout.legend.traceorder == "normal"


def test_a_roofline_says_what_is_missing(decode):
    with pytest.raises(InputError, match="needs an evaluation"):
        draw("roofline")
    unknown = evaluate(None, "ResNet50", "Coral")
    assert unknown.values["mfu"] != unknown.values["mfu"]
    with pytest.raises(InputError, match="mem_bandwidth is missing"):
        draw("roofline", decode, unknown)


# ---- terms of a step
CASES = [
    {"workload": {"name": "ResNet50", "batch_size": 64}, "hardware": {"name": "H100"}},
    {
        "workload": {"name": "DeepSeek_V3", "batch_size": 256},
        "hardware": {"name": "H100", "nodes": 8},
    },
    {
        "workload": {"name": "Llama3_70B", "batch_size": 32},
        "hardware": {"name": "A100", "nodes": 2},
        "parallelism": {"tp": 8, "pp": 2},
    },
    TRAINED,
    {**TRAINED, "parallelism": {"recompute": "full", "tp": 8, "pp": 1}},
    {**TRAINED, "parallelism": {"cp": 4, "tp": 2}},
    *(getattr(Scenarios, name) for name in Scenarios),
]


@pytest.mark.parametrize("plan", CASES)
def test_terms_make_up_the_step_and_losses_make_up_the_peak(plan):
    one = evaluate(plan=plan)
    step, own = one.values["step_time"], parts(one)
    assert sum(term.added for term in own) == pytest.approx(step, rel=1e-9)
    assert all(term.added >= 0 and term.hidden >= 0 for term in own)
    assert {"arithmetic", "memory", "starts", "fixed costs"} <= {term.name for term in own}
    lost = losses(one)
    assert sum(term.added for term in lost) + one.values["mfu"] == pytest.approx(1.0, rel=1e-9)
    assert all(term.added >= -1e-9 for term in lost)


def test_terms_of_inference_are_those_of_the_core(decode):
    values, own = decode.values, {term.name: term for term in parts(decode)}
    assert own["arithmetic"].added == pytest.approx(values["compute_time"])
    assert own["starts"].added == pytest.approx(values["launch_time"])
    memory = own["memory"]
    assert memory.added + memory.hidden == pytest.approx(values["memory_time"])


def test_a_waterfall_draws_its_terms_end_to_end(training):
    figure = draw("waterfall", training)
    own, step = parts(training), training.values["step_time"]
    bars = [t for t in figure.data if t.type == "bar" and not t.marker.line.width]
    assert [bar.y[0] for bar in bars][-1] == "Step"
    *terms, whole = bars
    assert len(terms) == len(own)
    factor = step / whole.x[0]
    assert factor in (1e-3, 1.0)
    for bar, term in zip(terms, own):
        assert bar.x[0] * factor == pytest.approx(term.added, abs=1e-15)
    ends = [0.0, *(bar.base[0] + bar.x[0] for bar in terms)]
    assert [bar.base[0] for bar in terms] == pytest.approx(ends[:-1])
    assert ends[-1] == pytest.approx(whole.x[0])
    assert {"Kernel starts", "Fixed costs", "Bubble"} <= {bar.y[0] for bar in terms}
    hidden = [t for t in figure.data if t.type == "bar" and t.marker.line.width]
    assert {bar.y[0] for bar in hidden} >= {"Memory", "Collectives"}
    ends = figure.data[-1]
    low, high = (training.values[f"step_time_{end}"] for end in ("low", "high"))
    assert [x * factor for x in ends.x] == pytest.approx([low, high])


def test_a_waterfall_of_shares_goes_from_the_peak_to_the_mfu(training):
    figure = draw("mfu_waterfall", training)
    first, *lost, last = figure.data
    assert (first.x[0], last.x[0]) == (100.0, pytest.approx(100 * training.values["mfu"]))
    assert lost[-1].base[0] == pytest.approx(last.x[0])
    assert f"{training.values['mfu']:.0%}".replace("%", " %") in theme.alt(figure)


# ---- frontier
def test_a_frontier_is_the_evaluation_at_every_batch():
    plan = {"workload": {"name": "Llama3_8B"}, "hardware": {"name": "H100"}}
    figure = draw("frontier", plan, batches=[1, 32, 128, 256])
    curve = figure.data[0]
    for batch, x, y in zip((1, 32, 128, 256), curve.x, curve.y):
        one = evaluate(None, "Llama3_8B", "H100", batch_size=batch)
        assert (x, y) == (
            pytest.approx(one.values["tpot"] * 1e3),
            pytest.approx(one.values["token_rate"]),
        )
    assert list(curve.marker.symbol) == ["circle"] * 3 + ["circle-open"]
    assert "batches to 128 fit" in theme.alt(figure)


def test_a_frontier_marks_the_knee_or_the_most_within_the_bound():
    plan = {"workload": {"name": "Llama3_8B"}, "hardware": {"name": "H100"}}
    figure = draw("frontier", plan)
    curve, ring = figure.data[:2]
    ratios = [y / x for x, y, s in zip(curve.x, curve.y, curve.marker.symbol) if s == "circle"]
    assert ring.y[0] / ring.x[0] == max(ratios)
    figure = draw("frontier", Scenarios.Service70B)
    curve, ring = figure.data[:2]
    assert figure.layout.shapes[0].x0 == 50.0
    assert ring.y[0] == max(y for x, y in zip(curve.x, curve.y) if x <= 50)
    assert "within 50 ms" in theme.alt(figure)
    tight = {"assert": [{"metric": "performance.tpot_ms", "max": 0.1}]}
    figure = draw("frontier", {**plan, "constraints": tight})
    assert "none keeps 0.1 ms" in theme.alt(figure)


def test_the_words_of_a_frontier_do_not_touch():
    plan = {"workload": {"name": "Llama3_8B"}, "hardware": {"name": "H100"}}
    batches = [1, 4, 16, 64, 128, 256, 448, 512]
    text = draw("frontier", plan, batches=batches).data[0].text
    assert {"1", "512"} <= set(text)
    assert "448" not in text
    for limit, side in ((50.0, "right"), (7.0, "left")):
        bound = {"constraints": {"assert": [{"metric": "performance.tpot_ms", "max": limit}]}}
        (words,) = draw("frontier", {**plan, **bound}).layout.annotations
        assert (words.xanchor, words.xshift) == (side, {"right": -4, "left": 4}[side])


def test_a_frontier_compares_like_with_like():
    plans = [{"workload": {"name": n}, "hardware": {"name": "H100"}} for n in ("GPT2", "ResNet50")]
    with pytest.raises(InputError, match="different metrics"):
        draw("frontier", *plans)
    with pytest.raises(InputError, match="needs a plan"):
        draw("frontier")


# ---- pipeline
def test_a_pipeline_prints_the_bubble_of_the_core(training):
    figure = draw("pipeline", training)
    share = training.values["bubble_share"]
    assert share == bubble(4, int(training.values["microbatches"]), 2)
    assert f"{100 * share:.1f} %" in figure.layout.title.text
    assert f"{100 * share:.1f} %" in theme.alt(figure)
    asked = ("stage_time", "microbatches")
    got = solve(asked, training.scenario.given, training.scenario.options)
    end = got["microbatches"] * got["stage_time"] * (1 + share)
    assert figure.layout.xaxis.range[1] == pytest.approx(end)
    work = [t for t in figure.data if t.name != "idle"]
    assert sum(len(t.x) for t in work) == 2 * 4 * 2 * got["microbatches"]
    drawn = sum(sum(t.x) for t in figure.data)
    assert drawn == pytest.approx(4 * figure.layout.xaxis.range[1])  # blocks and gaps fill the step
    waits = sum(sum(t.x) for t in traces(figure, name="idle"))
    assert waits / (drawn - waits) == pytest.approx(share)


def test_a_pipeline_of_counts(training):
    figure = draw("pipeline", pp=4, microbatches=8)
    assert "37.5 %" in figure.layout.title.text
    alt = theme.alt(draw("pipeline", pp=4, microbatches=6, virtual_stages=2))
    assert "25.0 %" in alt
    assert "as drawn" in alt
    with pytest.raises(InputError, match="no picture"):
        draw("pipeline", pp=64, microbatches=512)
    with pytest.raises(InputError, match="training"):
        draw("pipeline", evaluate(None, "Llama3_8B", "H100"))


# ---- collective
def test_collectives_are_those_of_the_core_and_cross_where_it_says(training):
    figure = draw("collective", training)
    given, options = training.scenario.given, training.scenario.options
    formal = {
        "message_bytes": "dense_gradient_bytes",
        "group": "dense_replicas",
        "wire_bandwidth": "dp_bandwidth",
        "wire_latency": "dp_latency",
    }
    (dot,) = [t for t in figure.data if t.name.endswith("of this plan")]
    own = solve(
        {"time": At("all_reduce_time", **formal), "size": formal["message_bytes"]}, given, options
    )
    assert (dot.x[0], dot.y[0]) == (pytest.approx(own["size"]), pytest.approx(own["time"]))
    curves = {t.name: t for t in figure.data if t.mode == "lines"}
    assert list(curves) == ["as measured (fitted)", "ring", "tree"]
    for name in ("ring", "tree"):
        moved = {**given, "sent": 2.0**20}
        at = At("all_reduce_time", **{**formal, "message_bytes": "sent"}, collective=name)
        expected = solve({"time": at}, moved, options)["time"]
        curve = curves[name]
        assert dict(zip(curve.x, curve.y))[2.0**20] == pytest.approx(expected)


def test_a_ring_overtakes_a_tree_where_they_are_equal():
    numbers = {"group": 64, "wire_bandwidth": 50e9, "wire_latency": 5e-6}
    figure = draw("collective", **numbers)
    (mark,) = [t for t in figure.data if "below" in (t.name or "")]
    size = mark.x[0]
    times = [
        solve(("all_reduce_time",), {**numbers, "message_bytes": size}, {"collective": name})
        for name in ("ring", "tree")
    ]
    assert times[0]["all_reduce_time"] == pytest.approx(times[1]["all_reduce_time"])
    assert mark.y[0] == pytest.approx(times[0]["all_reduce_time"])
    assert "A tree is faster up to" in theme.alt(figure)
    assert [t.name for t in figure.data if t.mode == "lines"] == ["ring", "tree"]
    figure = draw("collective", **{**numbers, "group": 2})
    assert "A ring is faster at every message" in theme.alt(figure)


def test_a_collective_needs_a_group_and_a_wire(training):
    with pytest.raises(InputError, match="wire_latency"):
        draw("collective", group=8, wire_bandwidth=1e9)
    with pytest.raises(InputError, match="nothing to sum"):
        draw("collective", training, group=1)
    with pytest.raises(InputError, match="over: 'ep'"):
        draw("collective", training, "ep")


# ---- scaling
def test_speed_up_is_the_ratio_of_evaluations():
    plan = {
        "workload": {"name": "Llama3_8B", "mode": "training", "batch_size": 64},
        "hardware": {"name": "H100"},
        "parallelism": {"tp": 2, "pp": 1, "microbatch": 1},
    }
    figure = draw("scaling", plan, [8, 16, 64, 7])
    weak, strong = (
        traces(figure, name=name)[0] for name in (figure.data[0].name, "strong: batch 64")
    )
    for curve, batches in ((strong, (64, 64, 64)), (weak, (64, 128, 512))):
        assert list(curve.x) == [8, 16, 64]  # seven are not pairs
        rates = [
            evaluate(
                plan={
                    **plan,
                    "workload": {**plan["workload"], "batch_size": b},
                    "hardware": {"name": "H100", "accelerators": n},
                }
            ).values["token_rate"]
            for n, b in zip(curve.x, batches)
        ]
        assert list(curve.y) == pytest.approx([rate / rates[0] for rate in rates])
    (ideal,) = traces(figure, name="ideal")
    assert list(ideal.y) == [1, 2, 8]
    share = strong.y[-1] / 8
    assert f"{100 * share:.0f} % of ideal" in theme.alt(figure)
    with pytest.raises(InputError, match="no count"):
        draw("scaling", {**plan, "workload": {"name": "Llama3_405B"}}, [1])


def test_ticks_are_few_and_within_reach():
    assert ticks([3, 40])["tickvals"] == [1, 2, 5, 10, 20, 50, 100, 200, 500]
    assert ticks([1, 1e6])["tickvals"] == [10.0**n for n in range(8)]
    assert ticks([1024.0, 2.0**21], "byte")["ticktext"] == ["1 KiB", "32 KiB", "1 MiB", "32 MiB"]
