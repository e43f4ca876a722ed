"""Equations joined by the names of their parameters, and the plan that joins them.

An equation is a pure function named for the symbol it gives; its parameters are the symbols it needs. A plan walks back
from what is wanted to what is given and becomes a list of calls, evaluated on floats or on numpy arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from itertools import repeat
from typing import Any, NamedTuple

from .errors import MlsysimError
from .symbols import SYMBOLS, Symbol, declare


class NoEquation(MlsysimError, LookupError):
    """Nothing gives a symbol: it is not an input, and no equation applies to the options chosen."""


class Paper(NamedTuple):
    """A source of equations: who, what, where."""

    authors: str
    year: int
    title: str
    document: str = ""
    place: str = ""

    def at(self, place: str) -> Paper:
        """The same source at an equation, a table or a section."""
        return self._replace(place=place)

    def __str__(self) -> str:
        return f"{self.authors} {self.year}" + (f", {self.place}" if self.place else "")


class At:
    """A symbol in another context: keywords choose options, or say what a symbol stands for there."""

    __slots__ = ("name", "options", "substitutes")

    def __init__(self, name: str, **context: str):
        self.name = name
        self.options = {k: v for k, v in context.items() if k in OPTIONS}
        self.substitutes = {k: v for k, v in context.items() if k not in OPTIONS}

    def __repr__(self) -> str:
        context = {**self.options, **self.substitutes}
        return f"{self.name} at {', '.join(f'{k}={v}' for k, v in context.items())}"


class Rows(tuple):
    """A table's column. It takes no arithmetic: write the equation for one row (`each`), or reduce it with `total`."""

    __slots__ = ()

    def _refuse(self, *_: Any) -> Any:
        raise TypeError(
            "a column takes no arithmetic: write the equation for one row, or reduce it with total()"
        )

    __add__ = __radd__ = __mul__ = __rmul__ = _refuse


class Equation:
    """A function of symbols with its unit, LaTeX, source, guard and direction of change. It stays callable."""

    __slots__ = (
        "each",
        "falls",
        "function",
        "inputs",
        "latex",
        "name",
        "paper",
        "reads",
        "rises",
        "symbol",
        "valid",
        "when",
    )

    def __init__(self, function, symbol, paper, reads, when, each, rises, falls, valid):
        code = function.__code__
        self.function, self.symbol, self.name = function, symbol, symbol.name
        self.inputs = code.co_varnames[: code.co_argcount]
        self.reads = tuple(reads.get(name, name) for name in self.inputs)
        self.paper, self.latex, self.when, self.each = paper, symbol.latex, when, each
        self.rises, self.falls, self.valid = tuple(rises.split()), tuple(falls.split()), valid

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<{self.name}({', '.join(self.inputs)})>"

    def applies(self, options: Mapping[str, str]) -> bool:
        return all(options.get(key) in allowed for key, allowed in self.when.items())


class Constant(NamedTuple):
    """A number that an equation rests on, with its source."""

    symbol: Symbol
    value: float
    paper: Paper
    kind: str = "published"


EQUATIONS: dict[str, list[Equation]] = {}
CONSTANTS: dict[str, Constant] = {}
TABLES: dict[str, tuple[str, ...]] = {}
#: Every option and the choices that guards name. Options are declared before the equations that they guard.
OPTIONS: dict[str, tuple[str, ...]] = {
    "phase": ("prefill", "decode", "training", "pass"),
    "family": (
        "transformer",
        "encoder",
        "encoder-decoder",
        "cnn",
        "dlrm",
        "ssm",
        "diffusion",
        "mlp",
        "totals",
    ),
    "attention": ("gqa", "mla", "none"),
    "mlp": ("dense", "moe", "none"),
    "window": ("none", "sliding"),
    "recompute": ("none", "selective", "full"),
    "overlap": ("expected", "full", "none"),
    "weights_in": ("memory", "flash"),
    "zero": ("0", "1", "2", "3"),
    "collective": ("fitted", "ring", "tree"),
    "money": ("own", "rent"),
}


def option(name: str, *choices: str) -> None:
    """Declare an option and its choices, before the equations that it guards."""
    if OPTIONS.setdefault(name, choices) != choices:
        raise ValueError(f"option {name} is declared twice")


def guard(text: str) -> dict[str, tuple[str, ...]]:
    """`"phase=prefill|training zero=3"` as the choices an equation holds for."""
    result = {}
    for part in text.split():
        key, choices = part.split("=")
        result[key] = tuple(choices.split("|"))
        strange = [choice for choice in result[key] if choice not in OPTIONS[key]]
        if strange:
            raise ValueError(f"option {key} has no choice {strange[0]!r}")
    return result


def equation(
    unit="", latex="", paper=None, *, when="", each="", rises="", falls="", valid="", **reads
):
    """Declare the decorated function as an equation. Further keywords say what a parameter reads: a name or `At`."""

    def declare_equation(function: Callable) -> Equation:
        meaning = (function.__doc__ or "").split("\n")[0].rstrip(".")
        symbol = Symbol(function.__name__, unit, latex, meaning, function.__module__, each)
        declare(symbol)
        result = Equation(function, symbol, paper, reads, guard(when), each, rises, falls, valid)
        EQUATIONS.setdefault(symbol.name, []).append(result)
        return result

    return declare_equation


def constant(
    name: str,
    value: float,
    unit: str,
    latex: str,
    paper: Paper,
    meaning: str,
    kind: str = "published",
) -> None:
    """Declare a sourced number that equations may name as a parameter."""
    symbol = Symbol(name, unit, latex, meaning, "constant")
    declare(symbol)
    CONSTANTS[name] = Constant(symbol, value, paper, kind)


def table(name: str, **columns: tuple[str, ...]) -> None:
    """Declare a table; each column becomes a symbol: its unit, its meaning, and its LaTeX where a formula has it."""
    TABLES[name] = tuple(columns)
    for index, (column, (unit, meaning, *latex)) in enumerate(columns.items()):
        symbol = Symbol(column, unit, "".join(latex), meaning, name, name)
        declare(symbol)
        pick = eval(f"lambda {name}: Rows(row[{index}] for row in {name})", {"Rows": Rows})
        EQUATIONS.setdefault(column, []).append(
            Equation(pick, symbol, None, {}, {}, "", "", "", "")
        )


def choose(name: str, options: Mapping[str, str]) -> Equation:
    """The equation that gives a symbol under the options chosen."""
    equations = EQUATIONS.get(name)
    if not equations:
        raise NoEquation(f"nothing gives {name!r}: it is not an input, and no equation produces it")
    for candidate in equations:
        if candidate.applies(options):
            return candidate
    needed = sorted({key for candidate in equations for key in candidate.when})
    chosen = ", ".join(f"{key}={options.get(key)}" for key in needed)
    raise NoEquation(f"{name} does not apply to {chosen}")


class Call(NamedTuple):
    """One step of a plan: equation, slots read, slot filled, arguments mapped row by row, options."""

    equation: Equation
    inputs: tuple[int, ...]
    output: int
    mapped: tuple[bool, ...] | None
    options: dict[str, str]


Wanted = str | At


class Plan:
    """Calls over numbered slots. What a context does not touch is the same slot, computed once."""

    def __init__(
        self, wanted: Mapping[str, Wanted], given: frozenset[str], options: Mapping[str, str]
    ):
        self.given, self.size = given, 0
        self.calls: list[Call] = []
        self.leaves: dict[str, int] = {}
        self.made_by: dict[int, Call] = {}
        self._rows: dict[int, str] = {}
        self._slots: dict[tuple, int] = {}
        self._memo: dict[tuple, int | None] = {}
        self._chosen: dict[tuple, dict[str, str]] = {}
        base = tuple(sorted(options.items()))
        self.wanted = {label: self._read(what, base, ()) for label, what in wanted.items()}
        # a plan is kept; what it was made from is not
        del self._rows, self._slots, self._memo, self._chosen

    def _slot(self) -> int:
        self.size += 1
        return self.size - 1

    def _read(self, what: Wanted, options: tuple, substitutes: tuple) -> int:
        if isinstance(what, str):
            return self._node(what, options, substitutes)
        inner = tuple(sorted({**dict(options), **what.options}.items()))
        stands = dict(substitutes)
        stands.update(
            {
                name: self._node(target, options, substitutes)
                for name, target in what.substitutes.items()
            }
        )
        return self._node(what.name, inner, tuple(sorted(stands.items())))

    def _node(self, name: str, options: tuple, substitutes: tuple) -> int:
        for stood, slot in substitutes:
            if stood == name:
                return slot
        if name in self.given or (name in CONSTANTS and name not in EQUATIONS):
            if name not in self.leaves:
                self.leaves[name] = self._slot()
            return self.leaves[name]
        key = (name, options, substitutes)
        if key in self._memo:
            slot = self._memo[key]
            if slot is None:
                raise RecursionError(f"{name} depends on itself")
            return slot
        self._memo[key] = None
        chosen = choose(name, self._options(options))
        inputs = tuple(self._read(what, options, substitutes) for what in chosen.reads)
        slot = self._memo[key] = self._call(chosen, inputs, options)
        return slot

    def _options(self, options: tuple) -> dict[str, str]:
        """The options of a context, one object for all of its calls."""
        if options not in self._chosen:
            self._chosen[options] = dict(options)
        return self._chosen[options]

    def _call(self, chosen: Equation, inputs: tuple[int, ...], options: tuple) -> int:
        """The slot of an equation on these inputs; the same equation on the same slots is one call."""
        known = self._slots.get((id(chosen), inputs))
        if known is not None:
            return known
        slot = self._slots[id(chosen), inputs] = self._slot()
        columns = [SYMBOLS[n].table if n in SYMBOLS else "" for n in chosen.inputs]
        # a column is mapped when the equation is written for one row, or when it stands for a symbol that is no column
        mapped = tuple(
            i in self._rows and (chosen.each == self._rows[i] or not column)
            for i, column in zip(inputs, columns)
        )
        if any(mapped):
            self._rows[slot] = next(self._rows[i] for i, m in zip(inputs, mapped) if m)
        elif chosen.symbol.table:
            self._rows[slot] = chosen.symbol.table
        call = Call(chosen, inputs, slot, mapped if any(mapped) else None, self._options(options))
        self.calls.append(call)
        self.made_by[slot] = call
        return slot

    def run(self, given: Mapping[str, Any]) -> list[Any]:
        """The value of every slot."""
        values: list[Any] = [None] * self.size
        for name, slot in self.leaves.items():
            values[slot] = given[name] if name in given else CONSTANTS[name].value
        for chosen, inputs, output, mapped, _ in self.calls:
            args = [values[i] for i in inputs]
            if mapped is None:
                values[output] = chosen.function(*args)
            else:
                columns = [arg if m else repeat(arg) for arg, m in zip(args, mapped)]
                values[output] = Rows(map(chosen.function, *columns))
        return values


@lru_cache(maxsize=512)
def _plan(wanted: tuple, given: frozenset[str], options: tuple) -> Plan:
    return Plan(dict(wanted), given, dict(options))


def plan(wanted: Mapping[str, Wanted], given: Iterable[str], options: Mapping[str, str]) -> Plan:
    """The plan for a question; asked again, it is the same object."""
    return _plan(tuple(wanted.items()), frozenset(given), tuple(sorted(options.items())))


def solve(
    wanted: Iterable[str] | Mapping[str, Wanted],
    given: Mapping[str, Any],
    options: Mapping[str, str] = {},
) -> dict:
    """Values of the wanted symbols from the given ones."""
    if not isinstance(wanted, Mapping):
        wanted = {name: name for name in wanted}
    chosen = plan(wanted, given, options)
    values = chosen.run(given)
    return {label: values[slot] for label, slot in chosen.wanted.items()}
