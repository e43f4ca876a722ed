"""What is not known stays not known, and what is known is answered."""

from __future__ import annotations

from typing import Any

import pytest

from mlsysim.core.elementwise import INF, NAN, known
from mlsysim.core.graph import TABLES, Equation, Plan, Rows

from .samples import (
    ALL,
    LEAVES,
    RECORD_ROWS,
    SEED,
    STRUCTURE,
    Sampler,
    flat,
    graphs,
    in_order,
    is_share,
    label,
    same,
)

DRAWS, OTHERS = 4, 5
GRAPHS = graphs()[::5]


def _replaced(value: Any, by: Any) -> Any:
    """A column with its middle entry replaced, or the number itself."""
    return Rows((value[0], by, *value[2:])) if isinstance(value, tuple) else by


@pytest.mark.parametrize("equation", ALL, ids=label)
def test_absent_in_is_absent_out_unless_the_formula_leaves_it_aside(equation: Equation) -> None:
    """An answer that stays known must not depend on the input that is absent."""
    for draw in range(DRAWS):
        sampler = Sampler(SEED + draw)
        given = sampler.inputs(equation)
        for name, value in given.items():
            numbers = flat(value)
            if name in RECORD_ROWS or name in TABLES or any(isinstance(x, str) for x in numbers):
                continue
            if isinstance(value, tuple) and not isinstance(value, Rows):
                continue  # a bundle; its parts are tested where it is made
            absent = flat(equation(**{**given, name: _replaced(value, NAN)}))
            kept = [i for i, x in enumerate(absent) if known(x)]
            others = (Sampler(SEED + 99 + n).inputs(equation)[name] for n in range(OTHERS))
            extremes = (0.01, 0.99) if is_share(name) else (1.0, 1e6)
            for other in (*extremes, *(flat(x)[0] for x in others)):
                changed = {**given, name: _replaced(value, other)}
                after = flat(equation(**changed)) if in_order(changed) else absent
                moved = [i for i in kept if not same(after[i], absent[i], 1e-12)]
                assert not moved, f"{name} absent still gives {absent}, {other} gives {after}"


@pytest.mark.parametrize("equation", ALL, ids=label)
def test_known_in_is_known_out(equation: Equation) -> None:
    for draw in range(DRAWS):
        result = flat(equation(**Sampler(SEED + draw).inputs(equation)))
        assert result
        assert not [x for x in result if not known(x) or x in (INF, -INF)]


@pytest.mark.parametrize(
    ("options", "plan"),
    GRAPHS,
    ids=[" ".join(options[k] for k in STRUCTURE) for options, _ in GRAPHS],
)
def test_no_answer_of_a_whole_graph_survives_what_it_depends_on(
    options: dict[str, str], plan: Plan
) -> None:
    sampler = Sampler(SEED)
    given = sampler.ordered({name: sampler.value(name) for name in sorted(plan.leaves)})
    before = plan.run(given)
    assert all(known(value) for value in before)
    for name in sorted(set(plan.leaves) & LEAVES - set(RECORD_ROWS)):
        absent = plan.run({**given, name: NAN})
        kept = {label for label, slot in plan.wanted.items() if known(absent[slot])}
        for other in (0.01, 0.5, 0.99) if is_share(name) else (1.0, 3.0, 1e6):
            changed = {**given, name: other}
            after = plan.run(changed) if in_order(changed) else absent
            moved = {
                n for n in kept if not same(after[plan.wanted[n]], absent[plan.wanted[n]], 1e-9)
            }
            assert not moved, f"{name} absent still gives {moved}"
