"""An equation of the core as it can be drawn: the tree of its expression, and its symbols in letters."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable
from typing import Any

from mlsysim.core.graph import Equation

Node = dict[str, Any]
#: Functions of a body, and how they are written.
NAMES = {
    "maximum": "max",
    "greatest": "max",
    "largest": "max",
    "minimum": "min",
    "log": "ln",
    "log2": "log₂",
    "log1p": "ln 1+",
    "total": "Σ",
    "sqrt": "√",
}
AROUND = {"ceil": "⌈⌉", "floor": "⌊⌋", "abs": "||"}
SIGNS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "−",
    ast.Mult: "·",
    ast.Gt: ">",
    ast.Lt: "<",
    ast.GtE: "≥",
    ast.LtE: "≤",
    ast.Eq: "is",
    ast.NotEq: "is not",
}
#: How tightly an operator holds what stands beside it.
LOOSE, SUM, PRODUCT, TIGHT = range(4)
#: Parts of an expression beyond which only the names are shown.
MOST = 60
_NAMED = (
    "alpha beta gamma delta epsilon eta theta kappa lambda mu nu pi rho sigma tau phi psi omega"
)
GREEK = dict(zip(f"{_NAMED} Delta Sigma".split(), "αβγδεηθκλμνπρστφψωΔΣ"))
_PART = r"\\mathrm\{[\w ]+\}|\\[A-Za-z]+|[A-Za-z0-9]"
_LETTERS = re.compile(
    rf"({_PART})'?(?:_({_PART}|\{{[^{{}}]*\}}))?(?:\^({_PART}|\*|\{{[^{{}}]*\}}))?"
)


def expression(equation: Equation) -> Node:
    """The right-hand side of an equation; where it branches, its name and its parameters."""
    try:
        source = textwrap.dedent(inspect.getsource(equation.function))
        function = next(n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef))
        made = _body(function, equation.inputs)
        if _count(made) <= MOST:
            return made
    except (OSError, LookupError, SyntaxError, StopIteration):
        pass
    return _call(equation.name, [_symbol(name) for name in equation.inputs])


def _count(node: Node) -> int:
    return 1 + sum(map(_count, node.get("of", ())))


def _body(function: ast.FunctionDef, inputs: tuple[str, ...]) -> Node:
    """The expression that a body returns, with the names that it gives on the way put in."""
    known: dict[str, ast.expr] = {}
    for line in function.body:
        if isinstance(line, ast.Expr):
            continue
        if isinstance(line, ast.Return) and line.value is not None:
            return _written(_Inlined(known).visit(line.value), inputs)[0]
        if not isinstance(line, ast.Assign) or not isinstance(line.targets[0], ast.Name):
            raise LookupError(ast.unparse(line))
        known[line.targets[0].id] = _Inlined(known).visit(line.value)
    raise LookupError(function.name)


class _Inlined(ast.NodeTransformer):
    def __init__(self, known: dict[str, ast.expr]):
        self.known = known

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.known.get(node.id, node)


def _written(node: ast.expr, inputs: tuple[str, ...]) -> tuple[Node, int]:
    """A part of an expression, and how tightly it holds."""

    def write(part: ast.expr, least: int = LOOSE) -> Node:
        made, holds = _written(part, inputs)
        return made if holds >= least else {"op": "around", "signs": "()", "of": [made]}

    if isinstance(node, ast.Name):
        if node.id not in inputs:
            raise LookupError(node.id)
        return _symbol(node.id), TIGHT
    if isinstance(node, ast.Constant):
        return _text(str(node.value)), TIGHT
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return _row(_text("−"), write(node.operand, PRODUCT)), SUM
    if isinstance(node, ast.BinOp):
        return _binary(node, write)
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        sign = _text(SIGNS[type(node.ops[0])])
        return _row(write(node.left, SUM), sign, write(node.comparators[0], SUM)), LOOSE
    if isinstance(node, ast.IfExp):
        return _either(write(node.body), write(node.test), write(node.orelse)), LOOSE
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return _function(node.func.id, node.args, write)
    raise LookupError(ast.unparse(node))


def _binary(node: ast.BinOp, write: Callable[..., Node]) -> tuple[Node, int]:
    if isinstance(node.op, ast.Div):
        return {"op": "over", "of": [write(node.left), write(node.right)]}, PRODUCT
    if isinstance(node.op, ast.Pow):
        return {"op": "power", "of": [write(node.left, TIGHT), write(node.right)]}, TIGHT
    sign = _text(SIGNS[type(node.op)])
    if isinstance(node.op, ast.Add):
        return _row(write(node.left, SUM), sign, write(node.right, SUM)), SUM
    if isinstance(node.op, ast.Sub):
        return _row(write(node.left, SUM), sign, write(node.right, PRODUCT)), SUM
    return _row(write(node.left, PRODUCT), sign, write(node.right, PRODUCT)), PRODUCT


def _function(name: str, args: list[ast.expr], write: Callable[..., Node]) -> tuple[Node, int]:
    if any(isinstance(arg, ast.Starred) for arg in args):
        raise LookupError(name)
    if name == "over" and len(args) == 2:
        return {"op": "over", "of": [write(args[0]), write(args[1])]}, PRODUCT
    if name == "weighted":
        return _row(_text("Σ"), write(args[0], TIGHT), _text("·"), write(args[1], TIGHT)), SUM
    if name == "above":
        test = _row(write(args[0], SUM), _text(">"), write(args[1], SUM))
        return _either(write(args[2]), test, write(args[3])), LOOSE
    if name == "_if_any":  # the time of a collective, nothing where there is none
        return write(args[-1], LOOSE), LOOSE
    if name in AROUND:
        return {"op": "around", "signs": AROUND[name], "of": [write(args[0])]}, TIGHT
    return _call(NAMES.get(name, name), [write(arg) for arg in args]), TIGHT


def _either(yes: Node, test: Node, no: Node) -> Node:
    return _row(yes, _text("if"), test, _text("else"), no)


def _symbol(name: str) -> Node:
    return {"op": "symbol", "name": name}


def _text(text: str) -> Node:
    return {"op": "text", "text": text}


def _row(*parts: Node) -> Node:
    """Parts beside each other; a sum of sums is one row."""
    flat: list[Node] = []
    for part in parts:
        flat += part["of"] if part["op"] == "row" else [part]
    return {"op": "row", "of": flat}


def _call(name: str, parts: list[Node]) -> Node:
    between: list[Node] = []
    for part in parts:
        between += [_text(","), part] if between else [part]
    inside = between[0] if len(between) == 1 else {"op": "row", "of": between}
    return _row(_text(name), {"op": "around", "signs": "()", "of": [inside]})


# ---- letters
def letters(latex: str) -> list[str] | None:
    """The letter of a symbol, what stands below and above it; none where its LaTeX is a formula."""
    match = _LETTERS.fullmatch(latex.partition("=")[0].strip())
    if match is None or match.group(0).isdigit():
        return None
    found = [_plain(part or "") for part in match.groups()]
    if match.group(0).find("'") > 0:
        found[0] += "′"
    return None if any("\\" in part for part in found) else found


def _plain(text: str) -> str:
    text = text[1:-1] if text.startswith("{") else text
    text = re.sub(r"\\mathrm\{([\w ]+)\}", r"\1", text)
    text = re.sub(r"\\([A-Za-z]+)", lambda m: GREEK.get(m.group(1), m.group(0)), text)
    return text.replace("*", "∗")
