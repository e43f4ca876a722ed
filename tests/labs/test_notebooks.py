"""Labs as notebooks of Jupyter, run by nbmake from top to bottom: before any answer, and with all answered."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from command_line import data, run, sentence
from mlsysim_widgets.live import Cell

pytestmark = pytest.mark.native
LABS = sorted((Path(__file__).parents[2] / "labs").glob("vol*/*.py"))
#: What stands at the end of a notebook: some cells wait for an answer; with every question answered none does.
LAST = """from mlsysim_widgets import kit

live = get_ipython().find_cell_magic("live").__self__
assert list(live.cells) == list(range(1, {count} + 1))
assert any(cell.waits for cell in live.cells.values())
kit.gate = lambda *questions: None
for cell in live.cells.values():
    live.show(cell)
assert not any(cell.waits for cell in live.cells.values())"""


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The notebook of every lab, by the command."""
    folder = tmp_path_factory.mktemp("notebooks")
    return [Path(file) for file in data("lab", "export", "--to", str(folder))["files"]]


def test_every_lab_runs_from_top_to_bottom_in_jupyter(exported: list[Path]) -> None:
    assert len(exported) == len(LABS)
    for file in exported:
        made = json.loads(file.read_text(encoding="utf-8"))
        count = sum("".join(cell["source"]).startswith("%%live") for cell in made["cells"])
        last = {"cell_type": "code", "id": "last", "metadata": {}, "outputs": []}
        made["cells"].append({**last, "execution_count": None, "source": LAST.format(count=count)})
        file.write_text(json.dumps(made), encoding="utf-8")
    folder = exported[0].parent
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    call = [sys.executable, "-m", "pytest", "--nbmake", "-q", "-p", "no:cacheprovider", str(folder)]
    home = {**os.environ, "HOME": str(folder)}  # a ledger there would answer
    done = subprocess.run(call, capture_output=True, text=True, env=home)
    assert done.returncode == 0, done.stdout[-4000:]
    assert f"{len(LABS)} passed" in done.stdout


def test_a_lab_that_is_not_there_is_not_exported(tmp_path: Path) -> None:
    assert "did you mean" in sentence(run("lab", "export", "vol1/000", "--to", str(tmp_path)))


def test_a_cell_knows_what_it_takes_and_gives() -> None:
    cell = Cell(
        "_own = [f(x) for x in given]\nasked = lambda: _own + more\nimport os\nbook = (tail := 1)"
    )
    assert cell.gives == {"asked", "os", "book", "tail"}
    assert {"f", "given", "more"} <= cell.takes
    assert not cell.takes & {"x", "_own", *cell.gives}


def test_what_is_a_cells_own_is_not_seen_by_the_next() -> None:
    names: dict[str, Any] = {}
    for text in ("_told = 1\nfirst = lambda: _told", "_told = 2\nfirst()"):
        exec(Cell(text).code, names)
        last = names["_cell"]()
    assert last == 1
