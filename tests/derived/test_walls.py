"""The walls: each asks, answers and is held to what was published."""

from __future__ import annotations

import pytest

from mlsysim.core.graph import EQUATIONS, OPTIONS, solve
from mlsysim.core.symbols import SYMBOLS
from mlsysim.walls import WALLS, Case, Wall

from .samples import DECLARED, GIVEN_TABLES

assert DECLARED  # what scenarios and models give is declared too
CASES = [(wall, case) for wall in WALLS.values() for case in wall.cases]
DOMAINS = ("node", "data", "algorithm", "fleet", "operations", "analysis")
FORMS = ("time", "capacity", "target", "loss")


@pytest.mark.parametrize(
    ("wall", "case"), CASES, ids=[f"wall {w.number}, {c.symbol}: {c.what}" for w, c in CASES]
)
def test_a_wall_gives_the_published_number(wall: Wall, case: Case) -> None:
    got = solve((case.symbol,), case.given, case.options)[case.symbol]
    assert abs(got / case.value - 1) <= case.tolerance, f"{got:.6g}, published {case.value:.6g}"


@pytest.mark.parametrize(
    ("wall", "case"), CASES, ids=[f"wall {w.number}, {c.symbol}: {c.what}" for w, c in CASES]
)
def test_a_case_is_sourced_and_tight(wall: Wall, case: Case) -> None:
    assert case.paper.document
    assert case.paper.place
    assert 0 < case.tolerance <= 0.1
    assert all(value in OPTIONS[key] for key, value in case.options.items())
    assert set(case.given) <= set(SYMBOLS) | GIVEN_TABLES


@pytest.mark.parametrize("wall", WALLS.values(), ids=lambda wall: wall.name)
def test_a_wall_states_its_question_and_its_verdict(wall: Wall) -> None:
    assert 1 <= wall.number <= 22
    assert wall.domain in DOMAINS
    assert wall.question.endswith("?")
    assert wall.belief.endswith(".")
    assert wall.chart
    assert wall.lab
    assert wall.paper.document
    assert wall.verdicts
    assert {verdict.form for verdict in wall.verdicts} <= set(FORMS)


@pytest.mark.parametrize("wall", WALLS.values(), ids=lambda wall: wall.name)
def test_every_symbol_of_a_wall_is_declared(wall: Wall) -> None:
    assert {*wall.symbols, *(verdict.symbol for verdict in wall.verdicts)} <= set(SYMBOLS)
    assert any(name in EQUATIONS for name in wall.symbols)


@pytest.mark.parametrize("wall", WALLS.values(), ids=lambda wall: wall.name)
def test_a_wall_has_two_published_cases(wall: Wall) -> None:
    assert len(wall.cases) >= 2


@pytest.mark.parametrize(
    ("form", "unit"),
    [("time", "s"), ("capacity", ""), ("loss", "")],
    ids=lambda value: value or "1",
)
def test_the_form_of_a_verdict_agrees_with_the_unit_of_its_symbol(form: str, unit: str) -> None:
    verdicts = [v for wall in WALLS.values() for v in wall.verdicts if v.form == form]
    assert not [v.symbol for v in verdicts if SYMBOLS[v.symbol].unit != unit]
