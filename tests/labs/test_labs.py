"""Every lab: it runs at every track, its answers are those of the core, and it types no physics."""

from __future__ import annotations

import ast
import csv
import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from mlsysim_widgets import WIDGETS, kit

from mlsysim import Hardware, Infra, Literature, Models, Systems
from mlsysim.validation.rows import read_rows

pytestmark = pytest.mark.native
ROOT = Path(__file__).parents[2]
LABS = {
    f"{file.parent.name}/{file.stem[:2]}": file
    for file in sorted((ROOT / "labs").glob("vol*/*.py"))
}
KEYS = Path(__file__).with_name("keys")
#: What a key may differ from the brief's, which prints three significant figures.
CLOSE = 0.0051
#: Numbers that a lab may write outside a call: counts of parts, percent, prefixes of units.
PLAIN = {0, 1, 2, 0.5, 60, 100, 1000, 3600} | {10.0**n for n in range(-12, 16)}
UNITS = r"ms|us|ns|s|GB|GiB|TB|MB|kB|W|kW|mW|J|mJ|uJ|Wh|kWh|USD|%|FLOP|flop|TFLOP/s|tok/s|GHz|MHz|tCO2e|kgCO2e"
#: Every record of the registries; and the widgets that a reader moves.
REGISTRIES = (Hardware, Models, Infra, Systems, Literature)
RECORDS = {name for one in REGISTRIES for group in one.groups.values() for name in group}
MOVED = set(WIDGETS) - {"Ledger", "Predict"}
QUANTITY = re.compile(rf"\d[\d,.]*\s?(?:{UNITS})(?![\w/])")


def app_of(file: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"lab_{file.stem}", file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.app


@pytest.fixture
def open_gates(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if every question were answered: no cell waits."""
    monkeypatch.setattr(kit, "gate", lambda *predictions: None)


@pytest.fixture(scope="module", params=LABS)
def lab(request: pytest.FixtureRequest) -> Path:
    return LABS[request.param]


def test_marimo_finds_no_fault(lab: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "marimo", "check", "--strict", str(lab)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_runs_before_any_answer_and_draws_nothing_yet(lab: Path) -> None:
    outputs, _ = app_of(lab).run()
    shown = "".join(str(getattr(one, "text", one)) for one in outputs if one is not None)
    assert 'id="opening"' in shown
    assert 'id="predict-a"' in shown
    assert 'id="instrument-a"' not in shown
    assert 'id="ledger"' in shown  # else what the browser has of an earlier visit is not read


@pytest.mark.parametrize("track", kit.TRACKS)
@pytest.mark.usefixtures("open_gates")
def test_it_runs_to_its_last_cell_at_every_track(lab: Path, track: str) -> None:
    outputs, _ = app_of(lab).run(defs={"track": SimpleNamespace(value=track)})
    shown = "".join(str(getattr(one, "text", one)) for one in outputs if one is not None)
    for part in ("instrument-a", "break-a", "remember-a", "decision", "ledger", "sources"):
        assert f'id="{part}"' in shown, part


@pytest.mark.usefixtures("open_gates")
def test_every_row_of_the_answer_key_is_what_the_core_gives(lab: Path) -> None:
    _, defs = app_of(lab).run()
    file = KEYS / f"{lab.parent.name}_{lab.stem[:2]}.csv"
    wrong = []
    with file.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        got = defs["key"].get(row["id"])
        if got is None or abs(got - float(row["value"])) > CLOSE * abs(float(row["value"])):
            wrong.append(f"{row['id']}: {got} is not {row['value']} {row['unit']}")
    assert wrong == []


def literals(tree: ast.AST) -> list[ast.Constant]:
    """Numbers that stand outside a call and outside a subscript."""
    found: list[ast.Constant] = []

    def walk(node: ast.AST, free: bool) -> None:
        if isinstance(node, ast.Constant) and type(node.value) in (int, float) and not free:
            found.append(node)
        inside = free or isinstance(node, (ast.Call, ast.Subscript, ast.FormattedValue))
        for child in ast.iter_child_nodes(node):
            walk(child, inside)

    walk(tree, False)
    return found


def test_it_types_no_physics(lab: Path) -> None:
    tree = ast.parse(lab.read_text(encoding="utf-8"))
    strange = [f"line {n.lineno}: {n.value}" for n in literals(tree) if abs(n.value) not in PLAIN]  # type: ignore[arg-type]
    assert strange == []


def test_no_prose_holds_a_number_with_a_unit(lab: Path) -> None:
    tree = ast.parse(lab.read_text(encoding="utf-8"))
    texts = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    held = [
        f"line {n.lineno}: {found[0]}"
        for n in texts
        for found in [QUANTITY.search(n.value)]
        if found
    ]
    assert held == []


def records(tree: ast.AST) -> set[str]:
    """The records and the measurements that a lab names itself, beside the systems that a reader can choose."""
    named = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    named |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    return named & (RECORDS | {row.id for row in read_rows()})


def calls(tree: ast.AST) -> list[tuple[str, str]]:
    """Every call: what is called, and the first argument."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [(ast.unparse(c.func), ast.unparse(c.args[0]) if c.args else "") for c in found]


def charts(tree: ast.AST) -> int:
    """How many places draw: a chart of the package, a figure, or a function of the lab that makes one."""
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name != "_"]
    own = {n.name for n in functions if any(what == "go.Figure" for what, _ in calls(n))}
    drawn = [what for what, _ in calls(tree) if what in {"go.Figure", *own} or "charts." in what]
    return len(drawn) - len(own)


def test_it_is_of_the_length_and_form_of_a_lab(lab: Path) -> None:
    text = lab.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert len(text.splitlines()) <= 330
    assert 12 <= text.count("@app.cell") <= 32
    assert len(records(tree)) >= 3
    assert charts(tree) >= 2
    made = {what for call, what in calls(tree) if call == "mo.ui.anywidget"}
    assert {what.split("(")[0] for what in made} & MOVED
