"""`mlsysim lab`: the list, a class served from one process, and what an instructor reads."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

import jsonschema
import pytest
from classroom import measured, served
from command_line import data, run, sentence
from mlsysim_widgets import Ledger

pytestmark = pytest.mark.native
#: The modules that a lab imports although the server has made itself ready: threads that import them at once fail.
LATE = """
import runpy, sys
from mlsysim.cli.lab.pages import labs
from mlsysim.cli.lab.serve import load
load()
known = set(sys.modules)
for lab in labs().values():
    runpy.run_path(str(lab.file))["app"].run()
parts = ("IPython", "anywidget", "ipywidgets", "mlsysim_widgets", "plotly.graph_objects")
print(sorted(name for name in set(sys.modules) - known if name.startswith(parts)))
"""


def ledger(file: Path, reader: str, guess: float, answer: float) -> str:
    """A reader's exported ledger."""
    made = Ledger("vol1/00", reader, path="")
    factor = max(guess / answer, answer / guess)
    made.record(
        "predict-a",
        guess,
        "prediction",
        question="How long?",
        unit="ms",
        answer=answer,
        factor=factor,
    )
    made.decide("decision", "a newer chip", "Make it faster")
    file.write_text(made.to_json(), encoding="utf-8")
    return str(file)


def test_every_lab_is_listed_with_its_question() -> None:
    listed = data("lab", "list")["labs"]
    assert {"vol1/00"} <= {lab["name"] for lab in listed}
    assert all(len(lab["title"]) > 10 for lab in listed)


def test_a_lab_that_is_not_there_is_one_sentence() -> None:
    told = sentence(run("lab", "open", "vol1/000"))
    assert "'vol1/000' is not known; did you mean 'vol1/00'" in told


def test_an_instructor_reads_what_was_predicted_and_how_far_off(tmp_path: Path) -> None:
    files = [
        ledger(tmp_path / "ada.json", "Ada", 40.0, 5.0),
        ledger(tmp_path / "ben.json", "Ben", 5.5, 5.0),
    ]
    made = data("lab", "report", *files)
    schema = json.loads(run("schema", "--of", "lab report").stdout)
    jsonschema.validate(made, schema, jsonschema.Draft202012Validator)
    ada, ben = made["readers"]
    assert (ada["reader"], ada["predictions"], ada["decisions"]) == ("Ada", 1, 1)
    assert ada["median_factor"] == pytest.approx(8.0)
    assert ben["median_factor"] == pytest.approx(1.1)
    told = run("lab", "report", *files).stdout
    assert "8.00x" in told
    assert "a newer chip" in told


@pytest.mark.parametrize("text", ["{}", "[1]", "not json", '{"format": "mlsysim-ledger"}'])
def test_a_file_that_is_no_ledger_is_one_sentence(tmp_path: Path, text: str) -> None:
    file = tmp_path / "strange.json"
    file.write_text(text)
    assert "strange.json" in sentence(run("lab", "report", str(file)))


def test_a_class_is_served_from_one_process() -> None:
    with served() as server:
        index = urllib.request.urlopen(f"http://{server.host}/", timeout=30).read().decode()
        page = urllib.request.urlopen(f"http://{server.host}/vol1/00/", timeout=30).read().decode()
    assert 'href="/vol1/00/"' in index
    assert "marimo" in page


def test_a_class_that_opens_a_lab_at_once_is_soon_at_its_first_question() -> None:
    told = measured(30)
    assert len(told.waits) == 30
    assert told.p95 < 90
    assert told.megabytes < 600


def test_no_kernel_of_a_class_is_the_first_to_import_what_the_labs_need() -> None:
    late = subprocess.run([sys.executable, "-c", LATE], capture_output=True, text=True, check=True)
    assert late.stdout.strip() == "[]"
