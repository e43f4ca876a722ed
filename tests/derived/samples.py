"""Inputs for any equation, made from names and units, and what a change of units makes of them."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from itertools import product
from math import isclose, prod
from random import Random
from typing import Any

from mlsysim.core.errors import MlsysimError
from mlsysim.core.graph import CONSTANTS, EQUATIONS, OPTIONS, TABLES, At, Equation, Plan, Rows
from mlsysim.core.records import RecordType
from mlsysim.core.symbols import SYMBOLS
from mlsysim.core.units import DIMENSIONS, unit
from mlsysim.hardware import Hardware
from mlsysim.infra import Infra
from mlsysim.literature import Literature
from mlsysim.models import Models, networks, transformer
from mlsysim.systems import Systems
from mlsysim.walls import WALLS

DECLARED = (networks, transformer, WALLS)  # importing them declares every equation
REGISTRIES = (Models, Hardware, Infra, Systems, Literature)
RECORD_TYPES: tuple[RecordType, ...] = tuple(
    {id(kind): kind for registry in REGISTRIES for kind in registry.types.values()}.values()
)
#: Every equation; columns of tables pick an entry of a row and are no formulas.
ALL = [equation for equations in EQUATIONS.values() for equation in equations]
FORMULAS = [e for e in ALL if not (e.symbol.home in TABLES and e.name in TABLES[e.symbol.home])]
#: Tables that records state: their columns are counts.
RECORD_ROWS = {
    f.name: f.columns for kind in RECORD_TYPES for f in kind.fields.values() if f.unit == "rows"
}
SHARES = ("share", "chance", "utilisation", "mfu", "hfu", "mbu")
#: What cannot be larger than what.
BELOW = (
    ("experts_per_token", "experts"),
    ("dense_layers", "layers"),
    ("window_layers", "layers"),
    ("pp", "layers"),
    ("tp", "heads"),
    ("ep", "dp"),
    ("expert_params", "params"),
    ("context_time", "link_time"),
)
SEED = 20260101


def label(equation: Equation) -> str:
    """A name for a test case: the symbol and the options that choose among its equations."""
    guards = " ".join(f"{key}={'|'.join(allowed)}" for key, allowed in equation.when.items())
    return f"{equation.name} {guards}".strip()


def table_of(name: str) -> str:
    """The table that a text-valued symbol holds, such as operators for mlp_operators."""
    return next((table for table in TABLES if name.endswith(table)), "")


def is_bundle(equation: Equation) -> bool:
    """Whether an equation only ties some of its inputs together for others to take."""
    return (
        equation.symbol.unit == "text" and not equation.symbol.table and not table_of(equation.name)
    )


def is_share(name: str) -> bool:
    return name.rsplit("_", 1)[-1] in SHARES


def in_order(values: dict[str, Any]) -> bool:
    """Whether no pair of BELOW is the wrong way round."""
    pairs = [(values[low], values[high]) for low, high in BELOW if low in values and high in values]
    return all(not low > high for low, high in pairs)


class Sampler:
    """Random inputs: `structure` decides tables, `values` numbers; `scale` stretches dimensions."""

    def __init__(self, seed: int, scale: dict[str, float] | None = None, values: int | None = None):
        self.structure, self.values = Random(seed), Random(seed if values is None else values)
        self.scale = scale or {}

    def factor(self, text: str) -> float:
        """What the stretched dimensions make of a unit."""
        return prod(self.scale.get(d, 1.0) ** p for d, p in zip(DIMENSIONS, unit(text).powers))

    def number(self, name: str) -> float:
        """A number for a symbol: a share, a count or a quantity."""
        symbol = SYMBOLS[name]
        if name in CONSTANTS:
            return CONSTANTS[name].value * self.factor(symbol.unit)
        if is_share(name):
            return self.values.uniform(0.05, 0.95)
        if any(unit(symbol.unit).powers):
            return 10 ** self.values.uniform(0, 3) * self.factor(symbol.unit)
        return float(round(2 ** self.values.uniform(0, self.values.choice((2, 6, 12)))))

    def value(self, name: str, table: str = "") -> Any:
        """A value for a symbol; in an equation for one row of `table` its columns are entries."""
        if name in RECORD_ROWS:
            return tuple(
                tuple(float(self.structure.randint(2, 9)) for _ in RECORD_ROWS[name])
                for _ in range(3)
            )
        if name in TABLES and name not in EQUATIONS:
            return tuple(tuple(self.number(c) for c in TABLES[name]) for _ in range(3))
        symbol = SYMBOLS[name]
        if symbol.table:
            lowered = self.value(symbol.table) if symbol.unit == "text" else None
            pick = TABLES[symbol.table].index(name) if name in TABLES[symbol.table] else 0
            entries = [
                self.number(name) if lowered is None else row[pick] for row in lowered or range(3)
            ]
            return self.structure.choice(entries) if symbol.table == table else Rows(entries)
        if symbol.unit == "text":
            chosen = self.structure.choice(EQUATIONS[name])
            return chosen(**self.inputs(chosen))
        return self.number(name)

    def inputs(self, equation: Equation) -> dict[str, Any]:
        """A value for every parameter of an equation, in an order that makes sense."""
        names = [read.name if isinstance(read, At) else read for read in equation.reads]
        values = {p: self.value(n, equation.each) for p, n in zip(equation.inputs, names)}
        return self.ordered(values)

    def ordered(self, values: dict[str, Any]) -> dict[str, Any]:
        """The same values with pairs put in order, such as pp and layers."""
        for low, high in BELOW:
            if low in values and high in values and values[low] > values[high]:
                values[low], values[high] = values[high], values[low]
        return values

    def stretched(self, value: Any, symbol: Any) -> Any:
        """What a value of a symbol must become when the dimensions are stretched."""
        if isinstance(value, str):
            return value
        if symbol.unit == "text" and not symbol.table:
            columns = [SYMBOLS[column] for column in TABLES[table_of(symbol.name)]]
            return tuple(tuple(self.stretched(x, c) for x, c in zip(row, columns)) for row in value)
        if isinstance(value, tuple):
            return tuple(self.stretched(x, symbol) for x in value)
        return value * self.factor(symbol.unit)


def flat(value: Any) -> list[Any]:
    """The entries of a value, whatever its shape."""
    return [x for part in value for x in flat(part)] if isinstance(value, tuple) else [value]


def same(a: Any, b: Any, tolerance: float) -> bool:
    """Whether two values agree entry by entry; "not known" agrees with itself."""
    ones, others = flat(a), flat(b)
    return len(ones) == len(others) and all(
        x == y
        or (x != x and y != y)
        or (not isinstance(x, str) and isclose(x, y, rel_tol=tolerance))
        for x, y in zip(ones, others)
    )


#: What a question to the whole graph asks, in any phase and by phase.
ASKED = """
    step_time step_time_low step_time_high mfu hfu mbu memory_load arithmetic_intensity compute_time
    memory_time launch_time link_time energy operational_carbon embodied_carbon water tco
    sample_rate sample_cost sample_energy
"""
SERVED = "ttft tpot ttft_low ttft_high ttft_mfu request_time token_rate token_cost token_energy"
TRAINED = "gradient_time exposed_link_time bubble_share optimizer_bytes gradient_bytes update_time"
MORE = {"decode": SERVED, "prefill": "token_rate token_cost", "training": TRAINED, "pass": ""}
GIVEN_TABLES = {name for name in TABLES if name not in EQUATIONS}
INPUTS = {name for name in SYMBOLS if name not in EQUATIONS and name not in CONSTANTS}
LEAVES = frozenset(INPUTS | set(RECORD_ROWS) | GIVEN_TABLES)
STRUCTURE = ("family", "phase", "attention", "mlp", "window")


ATTEMPTS = 240


def _drawn(random: Random, structure: dict[str, str]) -> dict[str, str]:
    """The options of a structure and a choice for each of the others; there are too many to list."""
    return {key: random.choice(choices) for key, choices in OPTIONS.items()} | structure


def _planned(names: list[str], structure: dict[str, str]) -> tuple[dict[str, str], Plan] | None:
    """A plan for symbols under the first options drawn that have an answer."""
    random = Random(f"{SEED} {names[0]} {structure}")
    for _ in range(ATTEMPTS):
        options = _drawn(random, structure)
        with suppress(MlsysimError):
            return options, Plan({n: n for n in names}, LEAVES, options)
    return None


@cache
def graphs() -> list[tuple[dict[str, str], Plan]]:
    """Every combination of structural options that has an answer, the other options drawn."""
    found = []
    for choice in product(*(OPTIONS[key] for key in STRUCTURE)):
        structure = dict(zip(STRUCTURE, choice))
        found.append(_planned(f"{ASKED} {MORE[structure['phase']]}".split(), structure))
    return [graph for graph in found if graph]


@cache
def answers() -> list[tuple[str, Plan | None]]:
    """Every symbol that a wall answers with a plan for it alone."""
    names = {name for wall in WALLS.values() for name in wall.symbols if name in EQUATIONS}
    planned = {name: _planned([name], {}) for name in sorted(names)}
    return [(name, graph and graph[1]) for name, graph in planned.items()]
