"""Bad input: one sentence with the field, the value and what is allowed, exit code 1, never a traceback."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import pytest
from command_line import run, sentence

from mlsysim.cli.files import read_yaml

pytestmark = pytest.mark.native
ASSERT = "constraints: {assert: [{metric: performance."
TP3, PP64 = "parallelism: {tp: 3}", "parallelism: {pp: 64}"
OK = "workload: {name: Llama3_8B}\nhardware: {name: H100}\n"
BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi")
)

#: Contents of a plan's file, and words that the sentence must have.
FILES = {
    "an unknown model": (OK.replace("8B", "9B"), "workload.name 'Llama3_9B' did you mean 'Llama3_8B'"),
    "an unknown chip": (OK.replace("H100", "H101"), "hardware.name 'H101' did you mean 'H100'"),
    "an unknown region": (OK + "ops: {region: Quebek}", "ops.region 'Quebek' did you mean 'Quebec'"),
    "a misspelt key": (OK.replace("name: L", "batchsize: 4, name: L"), "workload.batchsize did you mean 'batch_size'"),
    "a misspelt part": (OK + "op: {}", "op did you mean 'ops'"),
    "a missing part": ("workload: {name: Llama3_8B}", "hardware missing"),
    "a duplicate key": (OK + "hardware: {name: A100}", "line 3 'hardware' twice"),
    "a duplicate key below": (OK.replace("name: L", "name: x, name: L"), "line 1 'name' twice"),
    "a wrong unit": (OK + "ops: {duration_days: 5 kg}", "ops.duration_days kg day mass time"),
    "no unit at all": (OK + "ops: {duration_days: 5 foo}", "ops.duration_days foo"),
    "NaN": (OK + "ops: {duration_days: .nan}", "ops.duration_days finite"),
    "infinity": (OK + "ops: {duration_days: .inf}", "ops.duration_days finite"),
    "a negative count": (OK.replace("name: L", "batch_size: -4, name: L"), "workload.batch_size -4 at least 1"),
    "a fractional count": (OK.replace("name: L", "batch_size: 4.5, name: L"), "workload.batch_size 4.5 whole"),
    "a count of words": (OK.replace("name: L", "batch_size: 4k tokens, name: L"), "batch_size '4k tokens' whole"),
    "a count that is yes": (OK.replace("name: L", "batch_size: true, name: L"), "workload.batch_size True whole"),
    "far too many samples": (OK.replace("name: L", "batch_size: 1e14, name: L"), "batch_size at most 1,000,000,000"),
    "many digits": (OK.replace("name: L", f"batch_size: {'9' * 9000}, name: L"), "workload.batch_size"),
    "a negative time": (OK + "ops: {duration_days: -14}", "ops.duration_days -14 above 0"),
    "an efficiency above one": (OK.replace("name: H", "efficiency: 7, name: H"), "hardware.efficiency 7 at most 1"),
    "an efficiency of zero": (OK.replace("name: H", "efficiency: 0, name: H"), "hardware.efficiency 0 above 0"),
    "an unknown precision": (OK.replace("name: H", "precision: fp12, name: H"), "precision 'fp12' fp16"),
    "an unknown mode": (OK.replace("name: L", "mode: infer, name: L"), "workload.mode 'infer' inference, training"),
    "a version to come": ("version: '2.0'\n" + OK, "version '2.0' 1.0"),
    "an assert on no metric": (f"{OK}{ASSERT}latenci, max: 1}}]}}", "latenci did you mean 'performance.latency'"),
    "an assert without a bound": (f"{OK}{ASSERT}latency}}]}}", "performance.latency max min"),
    "an assert in a wrong unit": (f"{OK}{ASSERT}latency, max: 5 GB}}]}}", "performance.latency.max data time"),
    "too few chips for a layout": (OK + "parallelism: {tp: 16}", "parallelism 16 1 accelerators"),
    "a degree that divides no heads": (OK.replace("{name: H", "{accelerators: 3, name: H") + TP3, "tp 3 32 heads"),
    "more stages than layers": (OK.replace("{name: H", "{accelerators: 64, name: H") + PP64, "pp 64 32 layers"),
    "nothing": ("", "empty mapping"),
    "only a comment": ("# nothing\n", "empty mapping"),
    "a list": ("- a\n- b\n", "list mapping"),
    "a word": ("hello", "str mapping"),
    "a part that is a list": ("workload: [a]\nhardware: {name: H100}", "workload list"),
    "broken YAML": ("workload: {name: [", "line"),
    "broken indentation": ("a: 1\n  b: 2\n", "line 2"),
    "two documents": (OK + "---\n" + OK, "line 3 document"),
    "an alias bomb": (BOMB, "line 1 anchors aliases"),
    "a tag": ("workload: !!python/object/apply:os.system [true]", "tags"),
    "a key that is a list": ("? [a]\n: b", "line 1 key"),
    "a control character": ("workload: \x07", ""),
    "deep nesting": ("[" * 100_000, ""),
    "deep nesting of mappings": ("a:\n" + "".join(f"{' ' * i}a:\n" for i in range(1, 300)), "levels deep"),
    "too many values": ("[" + "1," * 300_000 + "1]", "20,000 values"),
    "more than a megabyte": ("#" * 1_000_001, "1 MB"),
}  # fmt: skip


@pytest.mark.parametrize("what", FILES)
def test_a_file_with_something_wrong_is_refused_in_one_sentence(what: str, tmp_path: Path) -> None:
    text, words = FILES[what]
    file = tmp_path / "plan.yaml"
    file.write_text(text, encoding="utf-8")
    began = perf_counter()
    said = sentence(run("eval", str(file)))
    assert perf_counter() - began < 2
    assert len(said) < 1500
    for word in words.split():
        assert word.strip("'") in said, said


JSON_FILES = {
    "a duplicate key": ('{"workload": {}, "workload": {}}', "'workload' twice"),
    "NaN": (
        '{"workload": {"name": "Llama3_8B", "batch_size": NaN}, "hardware": {"name": "H100"}}',
        "batch_size whole",
    ),
    "broken JSON": ('{"a": \n', "line 2"),
    "deep nesting": ("[" * 100_000, "nested"),
    "an integer of many digits": ('{"version": ' + "9" * 9000 + "}", "version"),
    "nothing": ("", "line 1"),
}


@pytest.mark.parametrize("what", JSON_FILES)
def test_a_json_file_with_something_wrong_is_refused_in_one_sentence(
    what: str, tmp_path: Path
) -> None:
    text, words = JSON_FILES[what]
    file = tmp_path / "plan.json"
    file.write_text(text, encoding="utf-8")
    said = sentence(run("eval", str(file)))
    for word in words.split():
        assert word in said


#: Arguments, and words that the sentence must have.
ARGUMENTS = {
    "eval Llama3_9B H100": "workload.name 'Llama3_9B' 'Llama3_8B' zoo",
    "eval llama3_8b h100": "workload.name 'llama3_8b' 'Llama3_8B'",
    "eval Llama3_8B H100 -b 0": "workload.batch_size at least 1",
    "eval Llama3_8B H100 -b -4": "workload.batch_size '-4' at least 1",
    "eval Llama3_8B H100 -b nan": "workload.batch_size 'nan' whole",
    "eval Llama3_8B H100 -b 99999999999999": "workload.batch_size at most",
    "eval Llama3_8B H100 -s -5": "workload.seq_len at least 1",
    "eval Llama3_8B H100 -e nan": "hardware.efficiency",
    "eval Llama3_8B H100 -e 7": "hardware.efficiency at most 1",
    "eval Llama3_8B H100 -p fp3": "hardware.precision 'fp3'",
    "eval Llama3_8B A100 -p fp8": "hardware.precision A100 'fp8' fp16",
    "eval Llama3_8B H100 --duration-days inf": "ops.duration_days 'inf'",
    "eval Llama3_8B H100 --region Atlantis": "ops.region 'Atlantis' zoo",
    "eval Llama3_8B H100 --region Google": "ops.region facility",
    "eval Llama3_8B H100 --facility Atlantis": "ops.facility 'Atlantis'",
    "eval Llama3_8B H100 --facility Gogle": "ops.facility 'Gogle' 'Google'",
    "eval Llama3_8B H100 --facility _": "ops.facility '_'",
    "eval Llama3_8B H100 --stack Tund": "hardware.stack 'Tund' Tuned",
    "eval Llama3_8B H100 --stack Atlantis": "hardware.stack 'Atlantis'",
    "eval Llama3_8B H100 --fabric Atlantis": "hardware.fabric 'Atlantis'",
    "eval Llama3_8B H100 --fabric Tuned": "hardware.fabric 'Tuned' Stack",
    "eval Llama3_8B H100 --fabric-bandwidth 50kg": "hardware.fabric_bandwidth kg",
    "eval Llama3_8B H100 --price-per-hour -1": "ops.price_per_hour",
    "eval Llama3_8B H100 --assert latency": "--assert 'latency'",
    "eval Llama3_8B H100 --assert a.b<=1": "'a.b'",
    "eval Llama3_8B H100 --nodes 1 --accelerators 9": "hardware.accelerators 9 8",
    "eval Llama3_8B": "no file",
    "eval nothere.yaml": "nothere.yaml no such file",
    "eval nothere.json H100": "nothere.json",
    "eval Llama3_8B nothere.toml": "nothere.toml",
    "eval /dev/zero": "1 MB",
    "eval .": "directory",
    "serve ResNet50 H100": "no language model",
    "serve Llama3_8B H100 -b 0": "workload.batch_size at least 1",
    "serve Llama3_8B H100 -e 7": "hardware.efficiency at most 1",
    "explain latenci Llama3_8B H100": "'latenci' 'latency'",
    "explain _private Llama3_8B H100": "'_private'",
    "explain gradient_time Llama3_8B H100 --zero 9": "parallelism.zero at most 3",
    "zoo hardwar": "'hardwar' 'hardware'",
    "zoo H101": "'H101' 'H100'",
    "zoo hardware A1OO_40GB": "'A1OO_40GB' 'A100_40GB'",
    "zoo hardware --sort tpd": "--sort 'tpd' 'tdp'",
    "zoo hardware --columns tdp,foo": "--columns 'foo'",
    "zoo hardware --filter tdp>5GB": "--filter tdp data",
    "zoo hardware --filter tdp>five": "--filter tdp 'five'",
    "zoo hardware --filter vendor>5": "--filter vendor words",
    "zoo hardware --filter foo>5": "--filter 'foo'",
    "walls 99": "'99' Compute",
    "schema --of evl": "'evl' 'eval'",
}


@pytest.mark.parametrize("arguments", ARGUMENTS)
def test_arguments_with_something_wrong_are_refused_in_one_sentence(arguments: str) -> None:
    began = perf_counter()
    said = sentence(run(*arguments.split(" ")))
    assert perf_counter() - began < 2
    for word in ARGUMENTS[arguments].split():
        assert word in said, said


def test_files_that_cannot_be_read_are_refused_in_one_sentence(tmp_path: Path) -> None:
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"a: \xff\xfe\x00")
    assert "byte 4 is not UTF-8" in sentence(run("eval", str(binary)))
    assert "is a directory" in sentence(run("eval", str(tmp_path)))
    assert "is a directory" in sentence(run("explain", "tpot", str(tmp_path)))
    (tmp_path / "deep.toml").write_text("a = " + "[" * 100_000)
    assert "deep.toml" in sentence(run("eval", str(tmp_path / "deep.toml"), "H100"))
    sentence(run("eval", "a\0b.yaml"))


def test_yaml_is_read_as_people_mean_it() -> None:
    text = "a: 1e15\nb: no\nc: 010\nd: 12:30\ne: '5'\nf: 1_000\ng: .5\nh:\ni: 2024-01-01\nj: -3\nk: true"
    read = read_yaml("x", text)
    assert list(read.values()) == [
        1e15,
        "no",
        10,
        "12:30",
        "5",
        "1_000",
        0.5,
        None,
        "2024-01-01",
        -3,
        True,
    ]
    assert read_yaml("x", "\ufeffa: 1".lstrip("\ufeff")) == {"a": 1}
