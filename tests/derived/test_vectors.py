"""Arrays give what floats give, equation by equation and over whole scenarios, edges included."""

from __future__ import annotations

from typing import Any

import pytest

from mlsysim.core.elementwise import NAN
from mlsysim.core.graph import Equation, Plan, Rows

from .samples import ALL, RECORD_ROWS, SEED, STRUCTURE, Sampler, flat, graphs, label

pytestmark = pytest.mark.native

DRAWS, TOLERANCE = 12, 1e-12
GRAPHS = graphs()[::3]
#: What an edge makes of a name: a count of one, an empty message.
EMPTY = ("message", "reduced", "exchanged", "hop_bytes", "output_len")


def _edge(value: Any, name: str, one: bool) -> Any:
    """The value at an edge: counts of one, or messages of nothing."""
    if isinstance(value, Rows):
        return Rows(_edge(x, name, one) for x in value)
    if not isinstance(value, float):
        return value
    if one:
        return 1.0 if value == int(value) else value
    return 0.0 if any(part in name for part in EMPTY) else value


def _absent(value: Any, name: str) -> Any:
    """The value, or the first entry of a column, as "not known"."""
    if isinstance(value, Rows):
        return value if isinstance(value[0], str) else Rows((NAN, *value[1:]))
    return NAN if isinstance(value, float) and name not in RECORD_ROWS else value


def _draws(make) -> list[dict[str, Any]]:
    """Random inputs of one structure, then the two edges."""
    drawn = [make(Sampler(SEED, values=SEED + n)) for n in range(DRAWS)]
    edges = [{k: _edge(v, k, one) for k, v in drawn[0].items()} for one in (True, False)]
    return [*drawn, *edges]


def _stacked(values: list[Any], name: str = "") -> Any:
    """Arrays of the values of all draws, in the shape that each of them has."""
    import numpy as np

    first = values[0]
    if isinstance(first, str) or name in RECORD_ROWS:
        return first
    if isinstance(first, tuple):
        parts = [_stacked(list(part)) for part in zip(*values)]
        return type(first)(*parts) if hasattr(first, "_fields") else type(first)(parts)
    return np.array(values, dtype=float)


def _agree(vector: Any, scalars: list[Any]) -> None:
    """Every entry of an answer on arrays against the answers on floats."""
    import numpy as np

    columns, rows = flat(vector), [flat(answer) for answer in scalars]
    assert {len(row) for row in rows} == {len(columns)}
    for index, column in enumerate(columns):
        expected = [row[index] for row in rows]
        if isinstance(column, str):
            assert set(expected) == {column}
        else:
            got = np.broadcast_to(np.asarray(column, float), (len(scalars),))
            np.testing.assert_allclose(got, expected, rtol=TOLERANCE, atol=0)


@pytest.mark.parametrize("equation", ALL, ids=label)
def test_an_equation_gives_on_arrays_what_it_gives_on_floats(equation: Equation) -> None:
    import numpy as np

    draws = _draws(lambda sampler: sampler.inputs(equation))
    draws += [{**draws[0], n: _absent(draws[0][n], n)} for n in equation.inputs]
    scalars = [equation(**given) for given in draws]
    with np.errstate(all="ignore"):
        vector = equation(**{n: _stacked([d[n] for d in draws], n) for n in equation.inputs})
    _agree(vector, scalars)


@pytest.mark.parametrize(
    ("options", "plan"),
    GRAPHS,
    ids=[" ".join(options[k] for k in STRUCTURE) for options, _ in GRAPHS],
)
def test_a_whole_graph_gives_on_arrays_what_it_gives_on_floats(
    options: dict[str, str], plan: Plan
) -> None:
    import numpy as np

    names = sorted(plan.leaves)

    def make(sampler: Sampler) -> dict[str, Any]:
        return sampler.ordered({name: sampler.value(name) for name in names})

    draws = _draws(make)
    scalars = [plan.run(given) for given in draws]
    with np.errstate(all="ignore"):
        vector = plan.run({name: _stacked([d[name] for d in draws], name) for name in names})
    for slot in plan.made_by:
        _agree(vector[slot], [values[slot] for values in scalars])
