"""What an equation may look like: short, sourced, without numbers of its own, nothing unused."""

from __future__ import annotations

import ast
import inspect
import sys
from functools import cache

import pytest

from mlsysim.core.graph import Equation

from .samples import CONSTANTS, FORMULAS, label

ALLOWED = (0, 1, 2, 0.5)
MOST_STATEMENTS = 10
#: Calls that a plain definition may make: they choose, count or add up, and state no law.
PLAIN_CALLS = {"weighted", "total", "largest", "maximum", "minimum", "above", "ceil", "wire"}
MOST_PLAIN_STATEMENTS = 2


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse(inspect.getsource(sys.modules[module]))


@cache
def _functions(module: str) -> dict[int, ast.FunctionDef]:
    """The functions of a module by the line of their first decorator."""
    found = {}
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.FunctionDef):
            found[min([node.lineno, *(d.lineno for d in node.decorator_list)])] = node
    return found


def _body(equation: Equation) -> ast.FunctionDef:
    return _functions(equation.function.__module__)[equation.function.__code__.co_firstlineno]


def _names(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def _literals(function: ast.FunctionDef) -> list[object]:
    """Numbers in a body, exponents aside."""
    powers = {
        id(node.right)
        for node in ast.walk(function)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)
    }
    return [
        node.value
        for statement in function.body
        for node in ast.walk(statement)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, (int, float))
        and not isinstance(node.value, bool)
        and id(node) not in powers
    ]


def _is_plain_definition(equation: Equation) -> bool:
    """A line or two of arithmetic on symbols: no power and no function that is a law."""
    *statements, answer = _body(equation).body[1:]
    nodes = [n for statement in (*statements, answer) for n in ast.walk(statement)]
    calls = {getattr(n.func, "id", "?") for n in nodes if isinstance(n, ast.Call)}
    powers = any(isinstance(n, ast.Pow) for n in nodes)
    return len(statements) < MOST_PLAIN_STATEMENTS and not powers and calls <= PLAIN_CALLS


@pytest.mark.parametrize("equation", FORMULAS, ids=label)
def test_no_body_holds_a_number_of_its_own(equation: Equation) -> None:
    assert not [n for n in _literals(_body(equation)) if n not in ALLOWED]


@pytest.mark.parametrize("module", sorted({e.function.__module__ for e in FORMULAS}))
def test_no_helper_of_an_equation_holds_a_number_of_its_own(module: str) -> None:
    wrong = {f.name: _literals(f) for f in _functions(module).values()}
    assert not {name for name, found in wrong.items() if set(found) - set(ALLOWED)}


@pytest.mark.parametrize("equation", FORMULAS, ids=label)
def test_every_parameter_is_used(equation: Equation) -> None:
    used = set().union(*(_names(statement) for statement in _body(equation).body))
    assert not set(equation.inputs) - used


@pytest.mark.parametrize("equation", FORMULAS, ids=label)
def test_every_equation_says_in_one_line_what_it_gives(equation: Equation) -> None:
    text = equation.function.__doc__ or ""
    assert text
    assert "\n" not in text
    assert text.endswith(".")
    assert len(_body(equation).body) - 1 <= MOST_STATEMENTS
    assert equation.latex or equation.symbol.unit == "text"


@pytest.mark.parametrize("equation", FORMULAS, ids=label)
def test_every_equation_that_is_no_plain_definition_names_its_paper(equation: Equation) -> None:
    text = equation.symbol.unit == "text"
    assert equation.paper or text or _is_plain_definition(equation)


def test_every_paper_has_authors_a_year_a_title_a_document_and_a_place() -> None:
    constants = [c.paper for c in CONSTANTS.values() if c.kind != "convention"]
    papers = [e.paper for e in FORMULAS if e.paper] + constants
    lacking = [str(p) for p in papers if not (p.authors and p.title and p.document and p.place)]
    assert not lacking
    assert not [str(p) for p in papers if not 1900 < p.year < 2100]


def test_every_constant_is_used_and_has_a_known_kind() -> None:
    from mlsysim.core.records import KINDS

    read = {name for equation in FORMULAS for name in equation.inputs}
    assert not set(CONSTANTS) - read
    assert not [c.symbol.name for c in CONSTANTS.values() if c.kind not in KINDS]


@pytest.mark.parametrize("equation", FORMULAS, ids=label)
def test_directions_and_readings_name_parameters(equation: Equation) -> None:
    assert not {*equation.rises, *equation.falls} - set(equation.inputs)
    assert not set(equation.rises) & set(equation.falls)
