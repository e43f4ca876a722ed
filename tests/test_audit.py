"""The audit of a machine: what is timed, the record it becomes, and the prediction beside the measurement."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tomllib
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from command_line import run
from hypothesis import given
from hypothesis import strategies as st

from mlsysim.audit.chip import chip_record, chip_text, nearest, notes
from mlsysim.audit.devices import Numpy
from mlsysim.audit.machine import Machine, last_cache, this_machine
from mlsysim.audit.measure import (
    SMALL_CALLS,
    Measured,
    Rate,
    Timing,
    add_rate,
    array_bytes,
    best_time,
    copy_rate,
    launch_time,
    product_rate,
)
from mlsysim.audit.trial import HIDDEN, WIDE, operators, predict
from mlsysim.cli.answer import Answer, Format
from mlsysim.cli.audit import Progress, command, schema
from mlsysim.core.errors import InputError
from mlsysim.core.records import Record, read_record
from mlsysim.hardware import CHIP, Hardware

pytestmark = pytest.mark.native
DAY = date(2026, 1, 2)
MACHINE = Machine(
    "A processor", "Linux 6", "3.12.1", 8, "physical cores, by psutil", 16, None, 3.5e9,
    32 * 2.0**30, 48 * 2.0**20, 0.1, {},
)  # fmt: skip


class Watch:
    """A clock that stands still but while a run of this device is on."""

    kind, name, library, precision = "cpu", "A processor", "numpy 9.9", "fp32"
    precisions, memory, cache, largest_side = ("fp32",), 32 * 2.0**30, 48 * 2.0**20, 4096
    companions = ()

    def __init__(self, *takes: float):
        self.now, self.takes, self.runs = 0.0, takes, 0

    def __call__(self) -> float:
        return self.now

    def run(self) -> None:
        self.now += self.takes[min(self.runs, len(self.takes) - 1)]
        self.runs += 1

    def product(self, precision: str, side: int) -> Any:
        return self.run

    def copy(self, size: int) -> Any:
        return self.run

    add = copy
    small_calls = copy

    def mlp(self, hidden: int, wide: int, batch: int) -> Any:
        return self.run


def measured(rate: float = 123.4e9, bandwidth: float = 56.78e9) -> Measured:
    timing = Timing(0.01, 7, 7.9)
    peaks = {"fp32": Rate(rate, "a product", timing), "fp64": Rate(rate / 2, "a product", timing)}
    moves = [Rate(bandwidth / 2, "a copy", timing), Rate(bandwidth, "a sum", timing)]
    return Measured(peaks, moves, timing._replace(best=3e-7))


def written(device: Any = None, machine: Machine = MACHINE, name: str = "A processor") -> str:
    device = device or Watch(1.0)
    device.name = name
    return chip_text(device, machine, measured(), DAY)


# ---- timing
def test_the_best_of_the_repeats_counts_and_the_first_run_does_not() -> None:
    watch = Watch(0.0625, 0.5, 0.25, 1.0)
    timing = best_time(watch.run, 1.5, watch)
    assert (timing.best, timing.repeats) == (0.25, 3)


def test_a_run_longer_than_the_seconds_is_still_repeated() -> None:
    watch = Watch(64.0)
    assert best_time(watch.run, 1.0, watch).repeats == 3


def test_a_bandwidth_is_the_bytes_read_and_written_over_the_time() -> None:
    watch = Watch(0.25)
    assert copy_rate(watch, 2**28, 1.0, watch).value == 2 * 2**28 / 0.25
    assert add_rate(watch, 2**28, 1.0, watch).value == 3 * 2**28 / 0.25


def test_a_peak_is_two_operations_for_each_multiplication() -> None:
    watch = Watch(0.125)
    rate = product_rate(watch, "fp32", 0.5, watch)
    assert rate.value == 2 * 1024**3 / 0.125
    assert "1,024 x 1,024" in rate.what


def test_matrices_grow_while_the_seconds_hold_several_products() -> None:
    watch = Watch(2.0**-10)
    assert "2,048 x 2,048" in product_rate(watch, "fp32", 0.1, watch).what


def test_a_small_call_is_one_of_a_thousand() -> None:
    watch = Watch(0.5)
    assert launch_time(watch, 1.0, watch).best == 0.5 / SMALL_CALLS


@pytest.mark.parametrize(
    ("cache", "memory", "size"),
    [
        (None, None, 256 * 2**20),
        (32 * 2.0**20, 64 * 2.0**30, 256 * 2**20),
        (256 * 2.0**20, 64 * 2.0**30, 2**30),
        (32 * 2.0**20, 2.0**30, 128 * 2**20),
    ],
)
def test_an_array_is_larger_than_the_caches_and_fits_the_memory(
    cache: float | None, memory: float | None, size: int
) -> None:
    assert array_bytes(cache, memory) == size


def test_numpy_moves_every_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    numpy = pytest.importorskip("numpy")
    device, parts = Numpy(MACHINE._replace(usable=3)), []
    monkeypatch.setattr(device, "_done", lambda work: work)
    move = device._moving(8 * 2**20, lambda a, b: parts.append((a.nbytes, float(b[0]))))
    move()
    assert len(parts) == 3
    assert sum(size for size, _ in parts) == 8 * 2**20
    assert {value for _, value in parts} == {1.0}
    assert numpy.float32(1).nbytes == 4


# ---- the machine
def test_last_caches_add_up_and_shared_ones_count_once(tmp_path: Path) -> None:
    for cpu, shared in enumerate(("0-1", "0-1", "2-3", "2-3")):
        for index, (level, size, who) in enumerate(
            (("2", "1024K", str(cpu)), ("3", "16M", shared))
        ):
            folder = tmp_path / f"cpu{cpu}" / "cache" / f"index{index}"
            folder.mkdir(parents=True)
            for name, text in (("level", level), ("size", size), ("shared_cpu_list", who)):
                (folder / name).write_text(f"{text}\n")
    assert last_cache(tmp_path) == 32 * 2**20


def test_a_cache_that_the_system_does_not_state_is_not_known(tmp_path: Path) -> None:
    assert last_cache(tmp_path) is None


def test_a_container_has_the_memory_and_cores_that_it_is_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "memory.max").write_text("123000000\n")
    (tmp_path / "cpu.max").write_text("250000 100000\n")
    monkeypatch.setattr("mlsysim.audit.machine.LIMIT", tmp_path / "memory.max")
    monkeypatch.setattr("mlsysim.audit.machine.QUOTA", tmp_path / "cpu.max")
    machine = this_machine()
    assert (machine.memory, machine.quota) == (123e6, 2.5)


def test_no_more_threads_than_a_quota_feeds() -> None:
    assert MACHINE.threads == 16
    assert MACHINE._replace(quota=2.5).threads == 3
    assert MACHINE._replace(quota=0.5).threads == 1


# ---- the record
def test_the_record_is_read_again_with_its_units(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(written(), encoding="utf-8")
    record = read_record(CHIP, file)
    assert record["peak_fp32"].value == pytest.approx(123.4e9, rel=1e-12)
    assert record["peak_fp64"].value == pytest.approx(61.7e9, rel=1e-12)
    assert record["mem_bandwidth"].value == pytest.approx(56.78e9, rel=1e-12)  # the faster move
    assert record["mem_capacity"].value == 32 * 2**30
    assert record["cache_capacity"].value == 48 * 2**20
    assert (record["chip_cores"].value, record["chip_clock"].value) == (8, 3.5e9)
    assert (record.form, record.precision, record.year) == ("cpu", "fp32", 2026)
    for figure in record.figures.values():
        assert figure.kind == "measured"
        assert figure.at
        assert record.source(figure.source).date == "2026-01-02"
    assert "numpy 9.9" in record.source("audit").document


def test_what_is_not_known_has_no_figure_and_is_said() -> None:
    device = Watch(1.0)
    device.memory = device.cache = None  # type: ignore[assignment]
    text = written(device, MACHINE._replace(cores=None, clock=None, memory=None))
    record = chip_record(text)
    for name in ("mem_capacity", "cache_capacity", "chip_cores", "chip_clock", "tdp"):
        assert name not in record
    assert any("memory's size is not known" in note for note in record.notes)


def test_limits_and_other_load_are_said() -> None:
    tight = MACHINE._replace(limits={"OMP_NUM_THREADS": "2"}, quota=1.5, load=9.0)
    told = " ".join(notes(Watch(1.0), tight, measured()))
    for word in ("OMP_NUM_THREADS=2", "1.5 cores", "shared", "7.9 in fp32, 7.9 in fp64, of 16"):
        assert word in told
    calm = " ".join(notes(Watch(1.0), MACHINE, measured()))
    assert "shared" not in calm
    assert "limits" not in calm


@given(st.text())
def test_any_name_survives_the_file(name: str) -> None:
    assert tomllib.loads(written(name=name))["name"] == f"{name}, measured 2026-01-02"


# ---- the nearest entry
def copy_of(chip: Record) -> Record:
    group, name = chip.path.split(".")[1:]
    text = (Hardware.folder / group / f"{name}.toml").read_text(encoding="utf-8")
    return Record(CHIP, "copy", tomllib.loads(text), Hardware.sources)


@pytest.mark.parametrize("name", ["H100", "AppleM1", "JetsonNano", "RTX4090", "MI300X"])
def test_the_nearest_entry_of_a_copy_is_its_original(name: str) -> None:
    found = nearest(copy_of(Hardware.find(name)))
    assert found.record.id == name
    assert (found.distance, found.rate_ratio, found.bandwidth_ratio) == (0, 1, 1)


def test_every_copy_has_an_entry_with_its_figures() -> None:
    seen = 0
    for chip in Hardware:
        peak = f"peak_{chip.traits.get('precision', 'fp16')}"
        if "precision" in chip.traits and peak in chip and "mem_bandwidth" in chip:
            found = nearest(copy_of(chip)).record
            assert found[peak].value == chip[peak].value
            assert found["mem_bandwidth"].value == chip["mem_bandwidth"].value
            seen += 1
    assert seen > 50


def test_distance_counts_rate_and_bandwidth_by_their_ratios() -> None:
    def chip(name: str, rate: float, bandwidth: float) -> Record:
        return chip_record(chip_text(Watch(1.0), MACHINE, measured(rate, bandwidth), DAY), name)

    mine = chip("mine", 100e9, 50e9)
    entries = [chip("slow", 10e9, 50e9), chip("near", 300e9, 50e9), chip("wide", 100e9, 500e9)]
    found = nearest(mine, entries)
    assert (found.record.id, found.compared) == ("near", 3)
    assert found.rate_ratio == pytest.approx(1 / 3)


# ---- the prediction
def test_the_model_is_predicted_by_its_two_ceilings() -> None:
    weights = HIDDEN * WIDE
    one, many = (predict(operators(batch, 4), 100e9, 50e9, 1e-6) for batch in (1, 4096))
    products = 2 * 4 * (weights + HIDDEN + WIDE)
    assert one.time == pytest.approx((products + 2 * 4 * WIDE) / 50e9 + 3e-6)
    assert one.binds == "memory"
    arithmetic = 2 * 2 * 4096 * weights / 100e9
    assert many.time == pytest.approx(arithmetic + 4096 * WIDE * 8 / 50e9 + 3e-6)
    assert many.binds == "arithmetic"
    for told in (one, many):
        assert told.low <= told.time <= told.high


def test_twice_the_ceilings_halve_the_time() -> None:
    steps = operators(64, 4)
    slow, fast = predict(steps, 100e9, 50e9, 0.0), predict(steps, 200e9, 100e9, 0.0)
    assert slow.time == pytest.approx(2 * fast.time)


def test_small_calls_bind_where_they_take_longest() -> None:
    assert predict(operators(1, 4), 1e15, 1e15, 1.0).binds == "small calls"


# ---- the command, on this machine
@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("audit")


@pytest.fixture(scope="module")
def answer(folder: Path) -> Answer:
    return command(write=str(folder / "this_machine.toml"), seconds=1.0)


def test_the_answer_is_strict_json_of_its_schema(answer: Answer) -> None:
    made = json.loads(answer.render(Format.json))
    jsonschema.validate(made, schema(), jsonschema.Draft202012Validator)
    jsonschema.Draft202012Validator.check_schema(schema())
    assert made["date"] == date.today().isoformat()
    assert {(t["batch"], t["precision"]) for t in made["devices"][0]["trials"]} == {
        (1, "fp32"),
        (64, "fp32"),
    }


def test_the_file_holds_what_the_answer_says(answer: Answer, folder: Path) -> None:
    device = answer.data["devices"][0]
    file = folder / "this_machine.toml"
    assert device["written"] == str(file)
    record = read_record(CHIP, file)
    assert record["peak_fp32"].value == pytest.approx(device["rates"]["fp32"]["value"], rel=1e-3)
    fastest = max(move["value"] for move in device["moves"])
    assert record["mem_bandwidth"].value == pytest.approx(fastest, rel=1e-3)


def test_the_record_evaluates_a_model(answer: Answer, folder: Path) -> None:
    assert answer.exit_code == 0
    file = folder / "this_machine.toml"
    result = run("-o", "json", "eval", "ResNet50", str(file), "--efficiency", "1")
    assert result.exit_code == 0, result.stderr
    latency = json.loads(result.stdout)["performance"]["metrics"]["latency"]
    rate = read_record(CHIP, file)["peak_fp32"].value
    assert latency >= 1e3 * 7e9 / rate  # in ms; ResNet-50 needs over 7 Gflop


def test_the_figures_agree_with_a_plain_timing(answer: Answer) -> None:
    numpy, device = pytest.importorskip("numpy"), answer.data["devices"][0]
    a = numpy.ones((1024, 1024), "float32")
    out = numpy.empty_like(a)
    best = best_time(lambda: numpy.matmul(a, a, out=out), 0.2).best
    assert 1 / 4 < device["rates"]["fp32"]["value"] / (2 * 1024**3 / best) < 4
    assert 1e-8 < device["launch_s"] < 1e-4


def test_the_prediction_is_of_the_right_size(answer: Answer) -> None:
    for device in answer.data["devices"]:
        for trial in device["trials"]:
            assert 1 / 6 < trial["ratio"] < 10
            assert trial["ratio"] == pytest.approx(trial["measured_s"] / trial["predicted_s"])


def test_people_see_prediction_beside_measurement(
    answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for form in (Format.text, Format.markdown, Format.html):
        with monkeypatch.context() as wide:  # a narrow terminal breaks the heads of columns
            wide.setenv("COLUMNS", "160")
            text = answer.render(form)
        for word in (
            "measured / predicted",
            date.today().isoformat(),
            "numpy",
            "this_machine.toml",
        ):
            assert word in text
        assert "[sources.audit]" not in text
    assert max(map(len, answer.render(Format.text).splitlines())) <= 100 + len(
        str(answer.data["devices"][0]["written"])
    )


def test_the_record_is_printed_where_no_file_takes_it(answer: Answer) -> None:
    shown = answer.document._replace(written=[None] * len(answer.data["devices"]))  # type: ignore[attr-defined]
    text = shown.text()
    again = tomllib.loads(text[text.index('name = "') :].split("\n\nThe record")[0])
    assert again == tomllib.loads(answer.data["devices"][0]["record"]["toml"])
    assert "```toml\nname = " in shown.markdown()
    assert shown.html().rstrip().endswith("</html>")


@pytest.mark.skipif(not find_spec("torch"), reason="torch is not installed")
def test_torch_can_be_measured_as_a_device() -> None:
    from mlsysim.audit import audit, steps
    from mlsysim.audit.torch_devices import Torch

    device, said = Torch(pytest.importorskip("torch"), "cpu"), []
    device.kind = "gpu"
    found = audit([device], MACHINE, 1.0, DAY, said.append)[0]
    assert found.record.form == "gpu"
    assert len(said) == steps([device])
    assert "mem_capacity" not in found.record
    assert {trial.batch for trial in found.trials} == {1, 64}


@pytest.mark.skipif(not find_spec("torch"), reason="torch is not installed")
def test_torch_runs_the_model_too(answer: Answer) -> None:
    used = {trial["library"].split()[0] for trial in answer.data["devices"][0]["trials"]}
    assert used == {"numpy", "torch"}


# ---- refusals, progress, imports
@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"write": "mine.txt"}, "does not end in .toml"),
        ({"write": "no/such/folder/mine.toml"}, "no such folder"),
        ({"seconds": 0.0}, "between 1 and 600"),
        ({"seconds": float("nan")}, "between 1 and 600"),
        ({"seconds": 1e9}, "between 1 and 600"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_measured(
    options: dict[str, Any], word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def measures(*_: Any) -> None:
        raise AssertionError("measured")

    monkeypatch.setattr("mlsysim.cli.audit.audit", measures)
    with pytest.raises(InputError, match=word) as refused:
        command(**options)
    assert "\n" not in str(refused.value)


def test_the_bar_is_for_terminals_and_leaves_nothing_behind() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal, file = Terminal(), io.StringIO()
    for stream in (terminal, file):
        bar = Progress(2, stream)
        bar("first")
        bar("second")
        bar.end()
    assert file.getvalue() == ""
    assert "\n" not in terminal.getvalue()
    shown = [line.rstrip() for line in terminal.getvalue().split("\r")]
    assert shown == ["", f"[{'':24}] first", f"[{'#' * 12:24}] second", "", ""]


def test_the_command_loads_numpy_only_when_it_runs() -> None:
    code = "import sys, mlsysim.cli.audit; print([m for m in ('numpy', 'psutil', 'torch') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_this_machine_states_itself() -> None:
    machine = this_machine()
    assert machine.name
    assert machine.usable >= 1
    assert machine.memory is None or machine.memory > 2**26
