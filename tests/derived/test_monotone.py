"""Answers move as declared: never down with an input in `rises`, never up with one in `falls`."""

from __future__ import annotations

from typing import Any

import pytest

from mlsysim.core.graph import Equation

from .samples import FORMULAS, SEED, Sampler, flat, in_order, is_share, label

DRAWS = 24
DECLARED = [
    (equation, name, sign)
    for equation in FORMULAS
    for sign, names in ((1, equation.rises), (-1, equation.falls))
    for name in names
]


def _larger(value: Any, name: str, by: float) -> Any:
    """The value, or every entry of a column, made larger; shares stay shares, counts whole."""
    if isinstance(value, tuple):
        return type(value)(_larger(x, name, by) for x in value)
    if is_share(name):
        return value + (1 - value) * (1 - 1 / by)
    return value * round(by) if value == int(value) else value * by


@pytest.mark.parametrize(
    ("equation", "name", "sign"),
    DECLARED,
    ids=[f"{label(e)} {'rises' if sign > 0 else 'falls'} with {n}" for e, n, sign in DECLARED],
)
def test_an_answer_moves_as_declared(equation: Equation, name: str, sign: int) -> None:
    moved = False
    for draw in range(DRAWS):
        sampler = Sampler(SEED + draw)
        given = sampler.inputs(equation)
        by = sampler.values.choice((1.5, 2.0, 7.0))
        larger = {**given, name: _larger(given[name], name, by)}
        if not in_order(larger):
            continue
        before, after = flat(equation(**given)), flat(equation(**larger))
        steps = [sign * (b - a) for a, b in zip(before, after)]
        slack = 1e-12 * max(abs(x) for x in before)
        assert min(steps) >= -slack, f"{name} x {by:g}: {before} to {after} with {given}"
        moved = moved or max(steps) > slack
    assert moved, f"{name} never moves {equation.name}"


def test_most_formulas_declare_a_direction() -> None:
    numeric = [e for e in FORMULAS if e.symbol.unit != "text" and e.inputs]
    assert len([e for e in numeric if e.rises or e.falls]) > 0.8 * len(numeric)
