"""The solvers against brute force: every value of small ranges, evaluated one by one as `mlsysim eval` does."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsysim.core.errors import InputError, MlsysimError
from mlsysim.core.solver import binding, crossover, elasticity, invert
from mlsysim.core.solver.keys import with_values
from mlsysim.core.solver.question import question_of
from mlsysim.core.solver.stretches import best, bisect, spread, stretches
from mlsysim.evaluation import Evaluation, SystemEvaluator
from mlsysim.metrics import resolve
from mlsysim.plan import read_plan

PLAN: dict[str, Any] = {
    "workload": {"name": "Llama3_8B", "batch_size": 32},
    "hardware": {"name": "H100", "accelerators": 4},
    "ops": {"region": "Quebec", "duration_days": 14},
}
CLUSTER: dict[str, Any] = {
    "workload": {"name": "Llama3_70B", "batch_size": 4096},
    "hardware": {"name": "H100", "nodes": 64},
    "ops": {"region": "Quebec", "duration_days": 14},
}
SOME = settings(max_examples=12, deadline=None)
METRICS = ["tpot_ms", "ttft_ms", "throughput", "memory_gib", "cost_per_mtoken", "step_time_low"]


def evaluated(plan: dict, **keys: Any) -> Evaluation | None:
    """The evaluation of a plan with some keys set; None where it is refused."""
    try:
        return SystemEvaluator.evaluate(plan=with_values(plan, keys))
    except InputError:
        return None


def told(evaluation: Evaluation | None, name: str) -> tuple[float, bool]:
    """A metric as an evaluation tells it, and whether it counts: what does not fit has memory only."""
    if evaluation is None:
        return float("nan"), False
    metric = resolve(name, evaluation.metrics)
    value = evaluation.value(metric)
    return float("nan") if value is None else value, evaluation.fits or metric.lens == "feasibility"


# ---- invert
@SOME
@given(
    st.sampled_from([("batch_size", 1, 60), ("batch_size", 900, 40), ("seq_len", 3000, 50), ("tp", 1, 32),
                     ("accelerators", 1, 40), ("nodes", 1, 20), ("output_len", 0, 30)]),
    st.sampled_from(METRICS), st.sampled_from(["max", "min"]), st.floats(0, 1),
)  # fmt: skip
def test_invert_finds_what_evaluating_every_value_finds(
    moved: tuple[str, int, int], metric: str, side: str, part: float
) -> None:
    name, low, count = moved
    plan = {**PLAN, "hardware": {"name": "H100"}} if name in ("nodes", "accelerators") else PLAN
    values = range(low, low + count + 1)
    rows = {value: told(evaluated(plan, **{name: value}), metric) for value in values}
    known = sorted(value for value, _ in rows.values() if value == value)
    target = known[int(part * (len(known) - 1))]
    found = invert(plan, metric, target, name, low, low + count, side=side)
    meets = {
        value
        for value, (have, fits) in rows.items()
        if fits and (have <= target if side == "max" else have >= target)
    }
    inside = [range(int(i.low.meets), int(i.high.meets) + 1) for i in found.intervals]
    assert {value for part in inside for value in part} == meets
    assert found.found == ("none" if not meets else "every" if meets == set(values) else "some")
    for interval in found.intervals:
        for end in (interval.low, interval.high):
            assert end.reading.value == rows[int(end.meets)][0]
            assert end.misses is None or int(end.misses) not in meets
            assert end.misses is None or abs(end.misses - end.meets) == 1


@SOME
@given(st.floats(1.1, 6), st.sampled_from(["mem_bandwidth", "memory_share", "kernel_overhead"]))
def test_invert_meets_a_target_to_a_hair_with_a_number_that_is_no_count(
    times: float, name: str
) -> None:
    now = told(evaluated(PLAN), "tpot_ms")[0]
    found = invert(PLAN, "tpot_ms", now * times, name)
    if found.found == "some":
        assert found.value is not None
        at = told(evaluated(PLAN, **{name: found.value}), "tpot_ms")[0]
        assert at == pytest.approx(now * times, rel=1e-9)
        assert at <= now * times


def test_invert_over_a_wide_range_turns_where_neighbours_differ() -> None:
    found = invert(CLUSTER, "tpot_ms", "20 ms", "batch_size")
    assert found.found == "some"
    assert found.value == found.intervals[0].high.meets == found.bracket.meets  # type: ignore[union-attr]
    assert told(evaluated(CLUSTER, batch_size=found.value), "tpot_ms")[0] <= 20
    assert told(evaluated(CLUSTER, batch_size=found.value + 1), "tpot_ms")[0] > 20
    assert found.value == invert(CLUSTER, "tpot", 20, "batch").value


def test_invert_says_that_every_value_does_or_that_none_does() -> None:
    every = invert(CLUSTER, "tpot_ms", 20, "batch_size", 1, 4096)
    assert (every.found, every.value) == ("every", 4096)
    assert every.words.startswith("Every value does: tpot_ms at most 20 ms is met by every")
    none = invert(CLUSTER, "tpot_ms", "1 ms", "batch_size", 1, 4096)
    assert (none.found, none.value, none.bracket) == ("none", None, None)
    least = told(evaluated(CLUSTER, batch_size=1), "tpot_ms")[0]
    assert none.words.startswith("No value does")
    assert f"it goes from {least:.4g} ms (at batch_size 1)" in none.words


def test_what_does_not_fit_meets_no_target_of_time() -> None:
    found = invert(CLUSTER, "throughput", 400_000, "batch_size", side="min")
    end = found.intervals[-1].high
    assert not end.beyond.fits  # type: ignore[union-attr]
    assert evaluated(CLUSTER, batch_size=end.meets).fits  # type: ignore[union-attr]
    assert not evaluated(CLUSTER, batch_size=end.misses).fits  # type: ignore[union-attr]
    assert invert(PLAN, "tpot_ms", "1 s", "batch_size", 10**6, 10**7).found == "none"
    assert invert(PLAN, "memory_load", 100, "batch_size", 1, 10**4).found == "every"


def test_a_metric_that_falls_and_rises_has_several_intervals() -> None:
    found = invert(CLUSTER, "tpot_ms", 20, "tp", 1, 64)
    assert [(i.low.meets, i.high.meets) for i in found.intervals] == [(4, 4), (8, 8)]
    assert "does not divide the 64 heads" in found.refused[0]
    assert "is met by tp 4, 8" in found.words


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("tpot_m", 20, "batch_size"), "metric: 'tpot_m' is not known; did you mean 'tpot_ms'?"),
        (("tpot_ms", 20, "bach_size"), "did you mean 'batch_size'?"),
        (("tpot_ms", "20 GB", "batch_size"), "tpot_ms max: 'GB' cannot be turned into 'ms'"),
        (("tpot_ms", "fast", "batch_size"), "tpot_ms max: 'fast' is not a number"),
        (("tpot_ms", 20, "precision"), "precision: it holds a name, not a number"),
        (("tpot_ms", 20, "components"), "components: it holds a table"),
        (("tpot_ms", 20, "interval"), "interval: it holds a name"),
        (("tpot_ms", 20, "batch_size", 4, 2), "batch_size: 4 is not below 2"),
        (("tpot_ms", 20, "batch_size", 1.5, 2), "batch_size from: 1.5 is not a whole number"),
        (("tpot_ms", 20, "batch_size", 0, 2), "batch_size from: 0 must be at least 1"),
        (("tpot_ms", 20, "batch_size", 1, "2e9"), "batch_size to: '2e9' must be at most 1,000,000,000"),
        (("tpot_ms", 20, "mem_bandwidth", "1 TB", "2 TB"), "mem_bandwidth from: 'TB' cannot be turned"),
        (("tpot_ms", 20, "weight_width", 1, 2), "inputs.weight_width: another key of the plan gives it"),
        (("wait_chance", 0.2, "batch_size"), "nothing gives"),
        (("tpot_ms", 20, "restart_time"), "restart_time: it is not known now; say from where to where"),
    ],
)  # fmt: skip
def test_a_question_that_cannot_be_asked_is_refused_in_a_sentence(
    arguments: tuple, said: str
) -> None:
    with pytest.raises(MlsysimError) as error:
        invert(PLAN, *arguments)
    assert said in str(error.value)


def test_every_form_of_a_plan_gives_the_same_answers() -> None:
    plan = read_plan(PLAN)
    evaluation = SystemEvaluator.evaluate(plan=plan)
    forms = [PLAN, plan, evaluation, evaluation.scenario, question_of(plan)]
    words = {invert(form, "tpot_ms", 10, "batch_size").words for form in forms}
    assert len(words) == 1
    rows = [elasticity(form, "tpot_ms", ["mem_bandwidth", "batch_size"]) for form in forms]
    assert all(row == rows[0] for row in rows)


# ---- bare numbers
def test_bare_numbers_are_asked_in_coherent_units() -> None:
    evaluation = SystemEvaluator.evaluate(plan=PLAN)
    given, options = evaluation.scenario.given, evaluation.scenario.options
    now = evaluation.values["tpot"]
    found = invert(given, "tpot", 2 * now, "mem_bandwidth", options=options)
    assert found.intervals[0].low.reading.value == pytest.approx(2 * now, rel=1e-9)
    rows = elasticity(given, "tpot", options=options)
    slopes = {row.name: row.elasticity for row in rows}
    assert -1 < slopes["mem_bandwidth"] < 0 < slopes["layers"]
    assert [part.symbol for part in binding(given, "batch", options=options)][-1] == "memory_load"
    with pytest.raises(InputError, match="did you mean 'mem_bandwidth'"):
        invert(given, "tpot", now, "mem_bandwith", options=options)


# ---- crossover
CHIPS = st.sampled_from(["H100", "H200", "A100", "MI300X", "L4", "B200"])


@SOME
@given(
    CHIPS, CHIPS, st.sampled_from([1, 100, 2000]), st.sampled_from(["tpot_ms", "throughput", "energy_per_token"])
)  # fmt: skip
def test_crossover_finds_who_is_better_at_every_value(
    one: str, other: str, low: int, metric: str
) -> None:
    plan = with_values(PLAN, {"accelerators": 1})
    (found,) = crossover(plan, {"hardware": [one, other]}, "batch_size", low, low + 40, metric)
    for span in found.spans:
        for value in range(int(span.low), int(span.high) + 1):
            pair = [
                told(evaluated(plan, hardware=chip, batch_size=value), metric)
                for chip in (one, other)
            ]
            assert span.winner == better(one, other, pair, metric == "throughput")
    ends = [(int(a.high), int(b.low)) for a, b in pairwise(found.spans)]
    assert ends == [(int(c.low), int(c.high)) for c in found.crossings]
    assert all(high - low == 1 for low, high in ends)


def better(one: str, other: str, pair: list, greater: bool) -> str:
    """Who is better of two that were evaluated."""
    (a, fits), (b, other_fits) = pair
    if not (fits and other_fits):
        return one if fits else other if other_fits else "neither"
    if a != a or b != b:
        return "not known"
    if abs(a - b) <= 1e-12 * max(a, b):
        return "both"
    return one if (a > b) == greater else other


def test_a_crossing_lies_where_both_are_equal() -> None:
    plan = {**PLAN, "ops": {"region": "Quebec", "price_per_hour": 1.0}}
    price = {"price_per_hour": [2.0, 4.0]}
    (found,) = crossover(plan, price, "duration_days", 1, 100, "tco_usd")
    assert found.words == (
        "No value does: price_per_hour 2.0 is always lower (by 2 times), from duration_days 1 to 100."
    )
    (found,) = crossover(CLUSTER, {"tp": [4, 8]}, "seq_len", 1, 10**5, "tpot_ms")
    for crossing in found.crossings:
        for value, pair in ((crossing.low, crossing.at_low), (crossing.high, crossing.at_high)):
            for degree, reading in zip((4, 8), pair):
                assert reading.value == told(evaluated(CLUSTER, tp=degree, seq_len=value), "tpot_ms")[0]  # fmt: skip


def test_the_same_choice_twice_is_equal_everywhere() -> None:
    (found,) = crossover(PLAN, {"hardware": ["H100", "H100"]}, "batch_size", 1, 64, "tpot_ms")
    assert found.words == "No value does: both are equal, from batch_size 1 to 64."


def test_what_is_not_known_of_a_choice_is_said() -> None:
    (found,) = crossover(CLUSTER, {"hardware": ["H100", "A100"]}, "batch_size", 1, 1024)
    assert [span.winner for span in found.spans] == ["not known"]
    assert "is not known of A100 (without host_price" in found.words


def test_more_than_two_choices_are_compared_in_turn() -> None:
    found = crossover(PLAN, {"hardware": ["H100", "A100", "L4"]}, "batch_size", 1, 16, "tpot_ms")
    assert [(pair.first, pair.second) for pair in found] == [("H100", "A100"), ("A100", "L4")]


@pytest.mark.parametrize(
    ("between", "name", "said"),
    [
        ({"hardware": ["H101", "A100"]}, "batch_size", "did you mean 'H100'?"),
        ({"hardwear": ["H100", "A100"]}, "batch_size", "did you mean 'hardware'?"),
        ({"hardware": ["H100"]}, "batch_size", "is not two choices or more"),
        ({"hardware": "H100"}, "batch_size", "is not two choices or more"),
        ({}, "batch_size", "0 keys are given"),
        ({"batch_size": [1, 2]}, "batch", "it is what is compared"),
    ],
)
def test_a_comparison_that_cannot_be_made_is_refused(between: Any, name: str, said: str) -> None:
    with pytest.raises(InputError) as error:
        crossover(PLAN, between, name, 1, 64, "tpot_ms")
    assert said in str(error.value)


# ---- binding
@SOME
@given(
    st.sampled_from([("batch_size", 1, 60), ("batch_size", 1200, 60), ("seq_len", 50_000, 60), ("nodes", 1, 8)]),
    st.sampled_from(["H100", "A100", "L4", "MI300X"]), st.booleans(),
)  # fmt: skip
def test_binding_says_what_every_evaluation_says(
    moved: tuple[str, int, int], chip: str, training: bool
) -> None:
    name, low, count = moved
    plan = with_values(PLAN, {"hardware": chip, "mode": "training" if training else "inference"})
    plan["hardware"].pop("accelerators")
    found = binding(plan, name, low + count, low=low)
    values = [v for part in found for v in range(int(part.low), int(part.high) + 1)]
    assert values == list(range(low, low + count + 1))
    for part in found:
        for value in (int(part.low), int(part.high)):
            evaluation = evaluated(plan, **{name: value})
            if evaluation is None:
                assert part.symbol == ""
            elif part.broken:
                assert not evaluation.fits or part.symbol != "memory_load"
            else:
                assert evaluation.fits or not evaluation.fit_known
                assert (part.symbol, part.wall) == evaluation.bound
    assert all(a.symbol != b.symbol for a, b in pairwise(found))


def test_binding_grows_from_the_value_now() -> None:
    found = binding(CLUSTER, "batch_size")
    assert (found[0].low, found[0].growth, found[0].symbol) == (4096, 1, "memory_time")
    assert found[-1].broken
    assert found[-1].high == 10**9
    (only,) = binding(CLUSTER, "batch_size", 4096)
    assert (only.low, only.high) == (4096, 4096)
    with pytest.raises(InputError, match="batch_size: 4,095 is below 4,096"):
        binding(CLUSTER, "batch_size", 4095)


def test_faster_memory_is_bound_by_something_else() -> None:
    found = binding(PLAN, "mem_bandwidth")
    assert found[0].symbol == "memory_time"
    assert found[-1].symbol in ("launch_time", "compute_time", "link_time")
    for a, b in pairwise(found):
        assert a.high < b.low < a.high * (1 + 1e-9)


# ---- sensitivity
@pytest.mark.parametrize("metric", ["tpot_ms", "cost_per_mtoken", "carbon_t", "ttft", "mfu"])
@pytest.mark.parametrize("plan", [PLAN, CLUSTER], ids=["chips", "cluster"])
def test_the_ends_of_a_tornado_are_evaluations(plan: dict, metric: str) -> None:
    rows = elasticity(plan, metric)
    assert len(rows) > 20
    assert [row.width for row in rows] == sorted((row.width for row in rows), reverse=True)
    for row in rows[:12]:
        for value, answer in ((row.low, row.answer_low), (row.high, row.answer_high)):
            have, _ = told(evaluated(plan, **{row.name: value}), metric)
            assert answer == have or (answer != answer and have != have)


def test_an_elasticity_is_the_slope_with_the_layout_kept() -> None:
    evaluation = SystemEvaluator.evaluate(plan=CLUSTER)
    kept = {name: int(evaluation.scenario.given[name]) for name in ("tp", "pp", "dp", "ep")}
    rows = {row.name: row for row in elasticity(CLUSTER, "tpot_ms")}
    for name in ("mem_bandwidth", "kernel_overhead", "scaleup_bandwidth", "batch_size"):
        row = rows[name]
        now = row.value
        ends = (row.low, row.high) if name == "batch_size" else (now * 0.999, now * 1.001)
        a, b = (told(evaluated(CLUSTER, **kept, **{name: value}), "tpot_ms")[0] for value in ends)
        slope = (b - a) / (a + b) * (ends[0] + ends[1]) / (ends[1] - ends[0])
        assert row.elasticity == pytest.approx(slope, rel=0.02)


def test_each_input_belongs_to_the_wall_that_it_acts_through() -> None:
    walls = {row.name: row.wall for row in elasticity(CLUSTER, "tpot_ms")}
    assert walls["mem_bandwidth"] == walls["memory_share"] == 2
    assert walls["peak_rate"] == walls["compute_share"] == 1
    assert walls["kernel_overhead"] == 3
    assert walls["scaleup_bandwidth"] == 14
    walls = {row.name: row.wall for row in elasticity(CLUSTER, "tco_usd")}
    assert walls["chip_price"] == walls["duration_days"] == 17
    assert walls["pue"] == 18


def test_counts_move_by_whole_numbers_that_the_layout_divides() -> None:
    rows = {row.name: row for row in elasticity(CLUSTER, "tpot_ms")}
    assert (rows["heads"].low, rows["heads"].high) == (48, 80)
    assert (rows["batch_size"].low, rows["batch_size"].high) == (3277, 4915)
    assert "mlp_matrices" not in rows
    (named,) = elasticity(CLUSTER, "tpot_ms", ["mlp_matrices"])
    assert (named.low, named.high) == (2, 4)


@pytest.mark.parametrize(
    ("inputs", "step", "said"),
    [
        (["mem_bandwith"], 0.2, "did you mean 'mem_bandwidth'?"),
        (["output_len"], 0.2, "output_len: 0 is not a positive number"),
        (["restart_time"], 0.2, "restart_time: nan is not a positive number"),
        (None, 0, "step: 0 must be above 0"),
        (None, 1.0, "step: 1.0 must be above 0 and below 1"),
    ],
)
def test_a_sensitivity_that_cannot_be_told_is_refused(inputs: Any, step: float, said: str) -> None:
    with pytest.raises(InputError) as error:
        elasticity(PLAN, "tpot_ms", inputs, step=step)
    assert said in str(error.value)


# ---- along a line
@given(st.lists(st.sampled_from("aab"), min_size=2, max_size=120), st.integers(0, 5))
def test_stretches_of_a_range_looked_at_whole_are_exact(states: list[str], low: int) -> None:
    values = spread(low, low + len(states) - 1, whole=True)
    found = stretches(lambda value: states[int(value) - low], values, whole=True)
    assert [s.state for s in found for _ in range(int(s.low), int(s.high) + 1)] == states
    assert all(a.state != b.state and b.low == a.high + 1 for a, b in pairwise(found))


@given(st.lists(st.integers(1, 10**6), max_size=4, unique=True))
def test_turns_between_values_looked_at_are_found_to_the_number(turns: list[int]) -> None:
    def state(value: float) -> int:
        return sum(value >= turn for turn in turns)

    found = stretches(state, spread(1, 10**6, whole=True), whole=True)
    assert [int(s.low) for s in found] == sorted({1, *turns})
    assert found[-1].high == 10**6


@given(st.integers(0, 10**9), st.integers(1, 10**9), st.booleans(), st.booleans())
def test_values_looked_at_rise_from_end_to_end(
    low: int, more: int, whole: bool, rugged: bool
) -> None:
    values = spread(low, low + more, whole, rugged)
    assert (values[0], values[-1]) == (low, low + more)
    assert all(a < b for a, b in pairwise(values))
    assert len(values) <= 420
    assert not whole or all(value == int(value) for value in values)


@given(st.floats(1e-9, 1e9), st.floats(1.01, 1e6))
def test_a_bracket_closes_to_a_hair(root: float, times: float) -> None:
    low, high = bisect(root / times, root * times, False, lambda x: x < root)
    assert low < root <= high <= low * (1 + 1e-11)


@given(st.integers(1, 4000))
def test_a_dip_between_values_looked_at_is_found(bottom: int) -> None:
    values = spread(1, 4096, whole=True)
    assert best(lambda x: abs(x - bottom), values, whole=True) == bottom


def test_a_narrow_dip_is_no_reason_to_say_that_no_value_does() -> None:
    values = spread(1.0, 1e6)
    assert best(lambda x: (x - 777.7) ** 2, values, whole=False) == pytest.approx(777.7, rel=1e-4)
