"""The command line: its commands, forms of output and exit codes."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from command_line import CALLS, FORMS, PLAN, data, run
from hypothesis import given, settings
from hypothesis import strategies as st

import mlsysim
from mlsysim.cli.app import COMMANDS, GROUPS, commands, module_of
from mlsysim.plan import Plan
from mlsysim.views.document import Bullets, Document, Heading, Node, Table

pytestmark = pytest.mark.native
HERE = Path(__file__).parent


def shell(command: str) -> subprocess.CompletedProcess[str]:
    """A command in bash, as a user types it, among the files of the tests."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    return subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        cwd=HERE,
        env=environment,
        timeout=60,
    )


# ---- what the issue promises, word for word
@pytest.mark.parametrize(
    "command",
    [
        "zoo hardware",
        "zoo models",
        "eval Llama3_8B H100 --batch-size 32",
        "eval example_cluster.yaml",
    ],
)
def test_a_promised_command_works_as_it_is_written(command: str) -> None:
    done = shell(f"mlsysim {command}")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout) > 500


def test_the_schema_goes_into_a_file(tmp_path: Path) -> None:
    done = shell(f"mlsysim schema > {tmp_path}/schema.json")
    assert done.returncode == 0
    assert "workload" in json.loads((tmp_path / "schema.json").read_text())["properties"]


@pytest.mark.skipif(not shutil.which("jq"), reason="jq is not installed")
def test_jq_reads_the_total_cost() -> None:
    done = shell(
        "tco=$(mlsysim --output json eval example_cluster.yaml | jq .macro.metrics.tco_usd); echo $tco"
    )
    assert float(done.stdout) > 1e4


def test_the_python_snippet_runs_unchanged() -> None:
    done = shell("python example_snippet.py")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Llama-3 8B on H100" in done.stdout


def test_a_process_says_bad_input_in_one_line_and_exits_with_1() -> None:
    done = shell("mlsysim eval Llama3_8B H101")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "did you mean 'H100'?" in done.stderr


def test_whoever_reads_may_stop_reading() -> None:
    done = shell("set -o pipefail; mlsysim -o json zoo models | head -c 10; echo ${PIPESTATUS[0]}")
    assert done.stderr == ""


# ---- forms of output
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("call", CALLS)
def test_every_command_prints_in_every_form(call: str, form: str) -> None:
    before, after = run("-o", form, *CALLS[call]), run(*CALLS[call], "--output", form)
    assert (before.exit_code, before.stderr) == (0, "")
    assert before.stdout == after.stdout
    if form == "json" or (call.startswith("schema") and form == "text"):
        json.loads(before.stdout)
    elif form == "html":
        check_page(before.stdout)
    elif form == "markdown":
        assert before.stdout.startswith("# ")
    else:
        assert "\x1b" not in before.stdout


def test_the_option_after_the_command_wins() -> None:
    assert run("-o", "html", "zoo", "-o", "json").stdout == run("zoo", "-o", "json").stdout


def check_page(text: str) -> None:
    """A page is complete, closes what it opens, and fetches nothing."""
    assert text.startswith("<!doctype html>")
    for needed in ('<meta charset="utf-8">', 'name="viewport"', "<title>", "color-scheme"):
        assert needed in text
    assert not re.search(r"\b(src|href)=|@import|url\(", text)
    parser = Balanced()
    parser.feed(text)
    assert parser.open == []


class Balanced(HTMLParser):
    """Checks that every element is closed in turn."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


WILD = st.text(alphabet=st.sampled_from("ab<>|&*_`\"'\n\\ é{}"), max_size=30)


@given(WILD, WILD)
def test_a_document_keeps_its_form_whatever_it_holds(title: str, text: str) -> None:
    table = Table(("a", "b"), [(text, "1"), ("x", text)])
    tree = Node("n", text, [Node(text, "t", [])])
    document = Document(title, [text, Heading(text), table, Bullets([text]), tree])
    check_page(document.html())
    rows = [line for line in document.markdown().splitlines() if line.startswith("|")]
    assert len(rows) == 4
    assert {len(re.findall(r"(?<!\\)\|", row.replace("\\\\", ""))) for row in rows} == {3}
    assert document.text()


def test_text_stays_within_a_hundred_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    for call, arguments in CALLS.items():
        if call.split()[0] not in ("schema", "eval"):  # the scorecard is not made here
            long = [line for line in run(*arguments).stdout.splitlines() if len(line) > 100]
            assert not long, (call, long[:2])


# ---- help, version, usage
def test_no_arguments_print_the_usage_and_exit_with_2() -> None:
    result = run()
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Usage: mlsysim")


def test_the_version_is_printed() -> None:
    assert run("--version").stdout == f"mlsysim {mlsysim.__version__}\n"
    assert data("--version")["version"] == mlsysim.__version__


@pytest.mark.parametrize("name", commands())
def test_the_list_of_commands_says_what_each_command_says_of_itself(name: str) -> None:
    group, own = name.split()[:-1], name.split()[-1]
    said = GROUPS[group[0]][own] if group else COMMANDS[own]
    assert said == module_of(name).command.__doc__.splitlines()[0]
    assert said in " ".join(run(*group, "--help").stdout.split())
    assert run(*name.split(), "--help").exit_code == 0


@pytest.mark.parametrize("name", GROUPS)
def test_a_group_of_commands_says_what_it_is_for(name: str) -> None:
    assert COMMANDS[name] in " ".join(run("--help").stdout.split())
    assert COMMANDS[name] in " ".join(run(name, "--help").stdout.split())


@pytest.mark.parametrize(
    "arguments",
    [
        ["evl"],
        ["eval"],
        ["zoo", "a", "b", "c"],
        ["-o", "xml", "zoo"],
        ["zoo", "-o"],
        ["eval", "Llama3_8B", "H100", "--bach-size", "3"],
    ],
)
def test_wrong_usage_exits_with_2(arguments: list[str]) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("mlsysim: ")
    assert "Traceback" not in result.stderr


def test_a_misspelt_command_or_option_is_corrected() -> None:
    assert "did you mean 'eval'?" in run("evl").stderr
    assert "--batch-size" in run("eval", "Llama3_8B", "H100", "--bach-size", "3").stderr


def test_every_field_of_a_plan_is_an_option() -> None:
    shown = run("eval", "--help").stdout
    for part in ("workload", "hardware", "ops", "parallelism"):
        for field in Plan.model_fields[part].annotation.model_fields:  # type: ignore[union-attr]
            assert field == "name" or f"--{field.replace('_', '-')}" in shown


# ---- exit codes
def test_an_assert_that_does_not_hold_exits_with_3_and_still_answers() -> None:
    result = run("-o", "json", "eval", "Llama3_8B", "H100", "--assert", "performance.latency<=1 ms")
    answer = json.loads(result.stdout)
    assert (result.exit_code, answer["exit_code"], answer["performance"]["status"]) == (
        3,
        3,
        "FAIL",
    )
    assert answer["violations"][0]["metric"] == "performance.latency"
    assert run("eval", "Llama3_8B", "H100", "--assert", "performance.latency<=1 s").exit_code == 0


def test_what_does_not_fit_exits_with_4_and_says_by_how_much() -> None:
    result = run("eval", "Llama3_70B", "H100")
    assert result.exit_code == 4
    assert "wall 2 (Memory) is broken 1.7" in result.stdout
    assert run("serve", "Llama3_70B", "H100").exit_code == 4
    assert run("eval", "Llama3_70B", "H100", "--accelerators", "4").exit_code == 0


def test_options_replace_the_keys_of_a_file() -> None:
    plain, changed = (
        data("eval", PLAN),
        data("eval", PLAN, "--region", "Poland", "--duration-days", "2 week", "--tp", "4"),
    )
    assert (plain["inputs"]["region"], changed["inputs"]["region"]) == (
        "Infra.Grids.Quebec",
        "Infra.Grids.Poland",
    )
    assert changed["inputs"]["duration_days"] == 14
    assert changed["inputs"]["parallelism"]["tp"] == 4
    assert changed["macro"]["metrics"]["carbon_t"] > 50 * plain["macro"]["metrics"]["carbon_t"]


def test_a_plan_may_come_from_standard_input_or_be_json(tmp_path: Path) -> None:
    plan = {"workload": {"name": "Llama3_8B", "batch_size": 4}, "hardware": {"name": "H100"}}
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plan, indent="\t"))
    assert (
        run("eval", str(file)).stdout
        == run("eval", "-", stdin=json.dumps(plan)).stdout
        == run("eval", "Llama3_8B", "H100", "-b", "4").stdout
    )


# ---- one engine
@settings(max_examples=15, deadline=None)
@given(
    st.integers(1, 5000), st.integers(1, 8000), st.sampled_from(["Llama3_8B", "DeepSeek_V3", "Mamba_2_8B"]),
    st.sampled_from(["H100", "A100", "MI300X", "L4"]), st.sampled_from([1, 8, 16]),
)  # fmt: skip
def test_eval_and_serve_give_the_same_numbers(
    batch: int, tokens: int, model: str, chip: str, chips: int
) -> None:
    arguments = (model, chip, "-b", str(batch), "-s", str(tokens), "--accelerators", str(chips))
    evaluated, served = (
        run("-o", "json", "eval", *arguments),
        run("-o", "json", "serve", *arguments),
    )
    assert evaluated.exit_code == served.exit_code
    if evaluated.exit_code in (0, 4):
        assert {**json.loads(evaluated.stdout), "kind": "serving"} == json.loads(served.stdout)


def test_serve_is_for_models_that_write_tokens() -> None:
    assert "is no language model" in run("serve", "ResNet50", "H100").stderr
    assert run("serve", "Llama3_8B", "H100", "--mode", "training").exit_code == 2


# ---- the zoo
def test_filters_compare_quantities_and_words() -> None:
    large = data(
        "zoo",
        "hardware",
        "--filter",
        "mem_capacity>=80 GiB",
        "--filter",
        "vendor=NVIDIA",
        "--columns",
        "mem_capacity,vendor",
    )
    assert large["count"] > 5
    assert all(
        record["values"]["mem_capacity"]["value"] >= 80 * 2**30 for record in large["records"]
    )
    assert {record["values"]["vendor"] for record in large["records"]} == {"NVIDIA"}
    assert data("zoo", "hardware", "--filter", "h100")["count"] >= 3
    assert "No record" in run("zoo", "hardware", "--filter", "no such chip").stdout


def test_sorting_puts_what_is_not_known_last() -> None:
    for more in ([], ["--reverse"]):
        records = data("zoo", "hardware", "--sort", "tdp", *more)["records"]
        values = [
            record["values"]["tdp"] and record["values"]["tdp"]["value"] for record in records
        ]
        known = [value for value in values if value is not None]
        assert known == sorted(known, reverse=bool(more))
        assert None not in values[: len(known)]


def test_numbers_in_json_are_numbers_with_units() -> None:
    h100 = data("zoo", "H100")["record"]["figures"]["mem_bandwidth"]
    assert (h100["value"], h100["unit"]) == (pytest.approx(3.35e12), "byte/s")
    assert (h100["given"], h100["given_unit"]) == (3350, "GB/s")
    params = next(r for r in data("zoo", "models")["records"] if r["id"] == "Llama3_405B")[
        "values"
    ]["params"]
    assert params["value"] == pytest.approx(405.853e9, rel=1e-6)


def test_one_record_shows_every_figure_with_its_source() -> None:
    shown = run("zoo", "hardware", "H100").stdout
    record = mlsysim.Hardware.Cloud.H100
    for figure in record.figures.values():
        assert figure.name in shown
    for key in {figure.source for figure in record.figures.values()}:
        assert record.source(key).title.split(" ")[0] in shown


def test_a_name_that_several_records_have_must_be_said_in_full() -> None:
    error = run("zoo", "GPT3")
    assert error.exit_code == 1
    assert "Models.Language.GPT3" in error.stderr
    assert data("zoo", "Models.GPT3")["record"]["path"] == "Models.Language.GPT3"
    assert data("zoo", "models", "GPT3")["record"]["path"] == "Models.Language.GPT3"


# ---- explain and walls
def test_an_explanation_reaches_the_lines_of_the_datasheet() -> None:
    shown = run("explain", "tpot", "Llama3_8B", "H100", "--batch-size", "32").stdout
    assert "mem_bandwidth = 3.35 T" in shown
    assert re.search(r"\[\d+\] Hardware\.Cloud\.H100: .*", shown)
    whole, tree = (
        data("eval", "Llama3_8B", "H100", "-b", "32"),
        data("explain", "tpot_ms", "Llama3_8B", "H100", "-b", "32")["tree"],
    )
    assert tree["value"] * 1e3 == pytest.approx(whole["performance"]["metrics"]["tpot_ms"])
    assert tree["below"][0]["name"] == "step_time"


def test_the_published_cases_of_all_walls_hold() -> None:
    result = run("walls", "--check")
    assert result.exit_code == 0
    assert f"{len(mlsysim.WALLS)} walls" in result.stdout


def test_a_case_that_does_not_hold_makes_the_check_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    wall = mlsysim.WALLS[1]
    broken = wall._replace(cases=(wall.cases[0]._replace(value=1.0),))
    monkeypatch.setitem(mlsysim.WALLS, 1, broken)
    result = run("walls", "--check")
    assert result.exit_code == 1
    assert "NO" in result.stdout


def test_a_wall_is_found_by_number_or_name() -> None:
    assert run("walls", "14").stdout == run("walls", "communication").stdout


# ---- speed
def cpu_seconds(arguments: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert shell(f"mlsysim {arguments}").returncode == 0
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_the_command_line_starts_quickly() -> None:
    assert min(cpu_seconds("--help") for _ in range(3)) < 0.25
    assert min(cpu_seconds("eval Llama3_8B H100") for _ in range(3)) < 0.6


def test_an_evaluation_needs_no_slow_import() -> None:
    code = """
import sys
from mlsysim.cli.app import app
sys.argv = ["mlsysim", "eval", "Llama3_8B", "H100"]
try:
    app()
except SystemExit:
    print([name for name in ("pint", "numpy", "rich", "yaml") if name in sys.modules], file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"


@pytest.mark.parametrize("number", mlsysim.WALLS)
def test_a_wall_is_shown_in_a_fresh_process(number: int) -> None:
    code = "import sys; from mlsysim.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "walls", str(number)], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("call", CALLS)
def test_a_command_in_a_fresh_process_answers_as_it_does_in_this_one(call: str) -> None:
    code = "import sys; from mlsysim.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, *CALLS[call]], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (run(*CALLS[call]).exit_code, "")
