"""The commands of the solvers: word for word, their numbers those of `eval`, their JSON, exit codes and sentences."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from command_line import PLAN, data, run, sentence
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.native
TPOT = ("--metric", "tpot_ms")
BATCH = ("--input", "batch_size")


def schema(command: str) -> Any:
    return json.loads(run("schema", "--of", command).stdout)


def metric(name: str, *options: str) -> float:
    """A metric as `eval` prints it."""
    return data("eval", PLAN, *options)["performance"]["metrics"][name]


def test_a_tornado_shows_bars_and_says_what_moves_the_metric_most() -> None:
    shown = run("sensitivity", PLAN, *TPOT).stdout
    assert "Sensitivity of tpot_ms: Llama3_70B on 512 x H100" in shown
    assert "mem_bandwidth           3.35 TB/s" in shown
    assert "█" in shown
    assert shown.rstrip().endswith("ms.")
    answer = data("sensitivity", PLAN, *TPOT)
    assert answer["words"] in " ".join(shown.split())
    widths = [abs(row["answer_high"] - row["answer_low"]) for row in answer["rows"][:20]]
    assert widths == sorted(widths, reverse=True)
    assert answer["value"] == metric("tpot_ms")


def test_the_ends_are_what_eval_says() -> None:
    rows = data("sensitivity", PLAN, *TPOT, "--inputs", "batch_size,seq_len")["rows"]
    for row in rows:
        option = f"--{row['input'].replace('_', '-')}"
        assert row["answer_low"] == metric("tpot_ms", option, str(row["low"]))
        assert row["answer_high"] == metric("tpot_ms", option, str(row["high"]))


def test_invert_gives_the_value_and_its_bracket() -> None:
    arguments = ("invert", PLAN, *TPOT, "--max", "20 ms", *BATCH, "--from", "1", "--to", "65536")
    answer = data(*arguments)
    assert (answer["found"], answer["exit_code"]) == ("some", 0)
    high = answer["intervals"][0]["high"]
    assert high["meets"] == answer["value"] == high["misses"] - 1
    assert high["reading"]["value"] == metric("tpot_ms", "-b", str(high["meets"])) <= 20
    assert high["beyond"]["value"] == metric("tpot_ms", "-b", str(high["misses"])) > 20
    assert f"met by batch_size up to {answer['value']:,}" in run(*arguments).stdout


def test_the_promised_question_is_answered_that_every_value_does() -> None:
    result = run("invert", PLAN, *TPOT, "--max", "20 ms", *BATCH, "--from", "1", "--to", "4096")
    assert result.exit_code == 0
    assert "Every value does" in result.stdout


def test_no_value_does_is_an_answer_with_exit_code_4() -> None:
    arguments = ("invert", PLAN, *TPOT, "--max", "1 ms", *BATCH, "--to", "4096")
    result = run("-o", "json", *arguments)
    answer = json.loads(result.stdout)
    jsonschema.validate(answer, schema("invert"))
    assert (result.exit_code, answer["exit_code"], answer["found"]) == (4, 4, "none")
    assert answer["least"] == {"value": metric("tpot_ms", "-b", "1"), "at": 1}
    shown = run(*arguments)
    assert (shown.exit_code, shown.stderr) == (4, "")
    assert "[INFEASIBLE]\nNo value does: tpot_ms at most 1 ms" in shown.stdout
    words = " ".join(shown.stdout.split())
    assert "it goes from 9.471 ms (at batch_size 1) to 13.04 ms (at 4,096)" in words


@pytest.mark.parametrize("side", ["--max", "--min"])
def test_a_target_may_have_its_unit_or_be_a_number_in_the_metrics_unit(side: str) -> None:
    answers = [
        data("invert", PLAN, *TPOT, side, target, *BATCH, "--to", "65536")
        for target in ("20 ms", "20", "0.02 s", "20000 us")
    ]
    assert all(answer["value"] == answers[0]["value"] for answer in answers)


def test_an_input_may_have_a_unit_too() -> None:
    ends = ("--from", "1 TB/s", "--to", "8000 GB/s")
    answer = data("invert", PLAN, *TPOT, "--max", "20", "--input", "mem_bandwidth", *ends)
    assert answer["range"] == {"low": 1e12, "high": 8e12}
    assert answer["input"]["unit"] == "byte/s"
    assert 1e12 < answer["value"] < 3.35e12


def test_a_plan_that_does_not_fit_says_so_first() -> None:
    shown = run("sensitivity", "Llama3_70B", "H100", *TPOT)
    assert shown.exit_code == 0
    assert "As it stands the plan has no answer. Does not fit" in shown.stdout
    arguments = ("invert", "Llama3_70B", "H100", *TPOT, "--max", "20", *BATCH)
    assert run(*arguments).exit_code == 4
    assert "the memory overflows at every value" in " ".join(run(*arguments).stdout.split())
    grown = data("invert", "Llama3_70B", "H100", *TPOT, "--max", "20", "--input", "accelerators")
    assert grown["value"] > 1


def test_crossover_tells_every_change_with_both_sides() -> None:
    arguments = ("crossover", PLAN, "--between", "tp=4,8", *BATCH, "--to", "65536")
    (pair,) = data(*arguments, "--metric", "throughput")["pairs"]
    assert [pair["first"], pair["second"]] == ["tp 4", "tp 8"]
    assert len(pair["crossings"]) == len(pair["spans"]) - 1 > 2
    first = pair["crossings"][0]
    assert first["high"] == first["low"] + 1
    for end in ("low", "high"):
        for degree, reading in zip(("4", "8"), first[f"at_{end}"]):
            assert reading["value"] == metric("throughput", "--tp", degree, "-b", str(first[end]))


def test_crossover_says_that_one_is_always_better() -> None:
    arguments = ("--between", "hardware=H100,A100", *BATCH, "--from", "1", "--to", "1024")
    result = run("crossover", PLAN, *arguments, *TPOT, "--nodes", "128")
    shown = " ".join(result.stdout.split())
    assert result.exit_code == 0
    assert "No value does: H100 is always lower (by " in shown
    regions = ("--between", "region=Quebec,Poland,France", "--input", "duration_days")
    pairs = data("crossover", PLAN, *regions, "--metric", "carbon_t")["pairs"]
    assert [pair["crossings"] for pair in pairs] == [[], []]


def test_binding_tells_each_next_wall() -> None:
    answer = data("binding", PLAN, *BATCH, "--from", "1")
    parts = answer["intervals"]
    assert parts[0]["low"] == 1
    assert parts[-1]["broken"]
    assert parts[-1]["wall_name"] == "Memory"
    for part in parts:
        said = data("eval", PLAN, "-b", str(part["low"]))
        assert said["feasibility"]["status"] == ("FAIL" if part["broken"] else "PASS")
        assert part["broken"] or said["bound"]["term"] == part["symbol"]
    assert answer["words"] in " ".join(run("binding", PLAN, *BATCH, "--from", "1").stdout.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sensitivity", PLAN, "--metric", "tpot_m"], "did you mean 'tpot_ms'?"),
        (["sensitivity", PLAN, *TPOT, "--inputs", "mem_bandwith"], "did you mean 'mem_bandwidth'?"),
        (["sensitivity", PLAN, *TPOT, "--inputs", ""], "input: '' is not known"),
        (["sensitivity", PLAN, *TPOT, "--step", "2"], "step: 2.0 must be above 0 and below 1"),
        (["sensitivity", PLAN, *TPOT, "--step", "far"], "--step: 'far' is not a number"),
        (["invert", PLAN, *TPOT, *BATCH], "--max and --min: give one of them"),
        (["invert", PLAN, *TPOT, *BATCH, "--max", "1", "--min", "2"], "--max and --min: give one"),
        (["invert", PLAN, *TPOT, "--input", "bach_size", "--max", "1"], "did you mean 'batch_size'?"),
        (["invert", PLAN, *TPOT, *BATCH, "--max", "1 GB"], "'GB' cannot be turned into 'ms'"),
        (["invert", PLAN, *TPOT, *BATCH, "--max", "1", "--from", "9", "--to", "8"], "9 is not below 8"),
        (["crossover", PLAN, "--between", "hardware", *BATCH, *TPOT], "not of the form hardware=H100,A100"),
        (["crossover", PLAN, "--between", "hardware=H100,", *BATCH, *TPOT], "not of the form"),
        (["crossover", PLAN, "--between", "hardware=H100,H101", *BATCH, *TPOT], "did you mean 'H100'?"),
        (["binding", PLAN, "--input", "region"], "region: it holds a name, not a number"),
        (["binding", PLAN, *BATCH, "--to", "8"], "batch_size: 8 is below 4,096; say from where"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_in_one_sentence(arguments: list[str], said: str) -> None:
    assert said in sentence(run(*arguments))


@pytest.mark.parametrize("columns", [60, 100])
@pytest.mark.parametrize(
    "arguments",
    [
        ["sensitivity", PLAN, *TPOT],
        ["sensitivity", PLAN, "--metric", "tco_usd"],
        ["invert", PLAN, *TPOT, "--max", "20", "--input", "tp", "--to", "64"],
        ["crossover", PLAN, "--between", "tp=4,8", *BATCH, "--metric", "throughput"],
        ["binding", PLAN, "--input", "mem_bandwidth"],
    ],
)
def test_answers_fit_a_narrow_terminal(
    arguments: list[str], columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = run(*arguments).stdout.splitlines()
    assert not [line for line in lines[2:] if len(line) > columns]


WORDS = st.one_of(
    st.sampled_from(["batch_size", "tp", "mem_bandwidth", "pue", "zero", "inputs.tdp", "nodes", "hardware=H100,L4",
                     "tp=1,2", "20 ms", "0.5", "1e30", "-1", "nan", "", "tpot_ms", "tco", "memory_load", "precision",
                     "efficiency", "seq_len", "kv_heads", "price_per_hour=listed,2"]),
    st.text(max_size=5),
)  # fmt: skip
OPTIONS = st.sampled_from(
    ["--metric", "--input", "--inputs", "--from", "--to", "--max", "--min", "--between", "--step"]
)


@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.sampled_from(["sensitivity", "invert", "crossover", "binding"]),
    st.dictionaries(OPTIONS, WORDS, max_size=5),
    st.sampled_from([("Llama3_8B", "H100"), ("DS_CNN", "ESP32_S3"), ("ResNet50", "A100")]),
)
def test_no_options_print_a_traceback(
    command: str, options: dict[str, str], who: tuple[str, str]
) -> None:
    needed = {"--metric": "latency", "--input": "batch_size", "--max": "20", "--between": "tp=1,2"}
    takes = {
        "sensitivity": ["--metric", "--inputs", "--step"],
        "invert": ["--metric", "--input", "--from", "--to", "--max"],
        "crossover": ["--metric", "--input", "--from", "--to", "--between"],
        "binding": ["--input", "--from", "--to"],
    }[command]
    given_ = {key: value for key, value in {**needed, **options}.items() if key in takes}
    result = run("-o", "json", command, *who, *(f"{key}={value}" for key, value in given_.items()))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code in (0, 1, 4)
    if result.exit_code != 1:
        jsonschema.validate(json.loads(result.stdout), SCHEMAS[command])


SCHEMAS = {name: schema(name) for name in ("sensitivity", "invert", "crossover", "binding")}
