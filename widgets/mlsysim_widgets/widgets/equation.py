"""An equation of the core whose numbers are the controls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import traitlets

from mlsysim import WALLS, InputError
from mlsysim.core.graph import CONSTANTS, EQUATIONS, OPTIONS, TABLES, At, NoEquation, Rows, choose
from mlsysim.core.graph import Equation as Declared
from mlsysim.core.graph import plan as plan_of
from mlsysim.core.solver.question import PlanQuestion, Question, is_count, is_share, question_of
from mlsysim.core.symbols import SYMBOLS, Symbol
from mlsysim.core.text import plain

from ..formula import expression, letters
from ..labels import told
from .base import Widget, finite

#: How far a number goes from where it stands, up and down.
FAR = 1000.0


class Equation(Widget):
    """An equation of the core: drag a number sideways, or change it with the arrow keys.

    `Equation("chip_power", plan)`. The numbers are those of the plan, of a wall's published case where there is none,
    or bare ones: `Equation("operational_carbon", {"energy": 3.6e12, "grid_carbon_intensity": 1e-4})`. A column of a
    table is moved as a whole, by a factor. An equation for one row of a table takes the row with the largest result,
    or `row`.
    """

    EXAMPLE = 'Equation("chip_power", mlsysim.Scenarios.Service70B)'
    #: What is drawn: the tree of the expression, and the result's symbol, meaning, LaTeX, source.
    form = traitlets.Dict().tag(sync=True)
    #: Each number: name, letters, meaning, source, low, high, log, whole, moves (whether it can be moved).
    numbers = traitlets.List().tag(sync=True)
    #: What the page sends: coherent values by the names of parameters; of a column the factor on it.
    values = traitlets.Dict().tag(sync=True)
    #: The answer: value (coherent), text, the texts of all numbers, what it was, alt.
    shown = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        name: str,
        subject: Any = None,
        *,
        options: Mapping[str, str] | None = None,
        row: int | None = None,
        **more: Any,
    ):
        if subject is None:
            subject, options = _case(name, options)
        found = _read(name, question_of(subject, options), row)
        self._equation, self._args, self._sources, place = found
        self._controls: dict[str, dict[str, Any]] = {}
        super().__init__(**more)
        self._symbols = _symbols(self._equation)
        taken = self._letters()
        for parameter, arg in self._args.items():
            symbol = self._symbols.get(parameter)
            self._controls[parameter] = {
                "name": parameter,
                "letters": taken.get(parameter),
                "meaning": symbol.meaning if symbol else parameter.replace("_", " "),
                "source": self._sources[parameter],
                **_range(parameter, symbol, arg),
            }
        declared = self._equation.symbol
        self.form = {
            "tree": expression(self._equation),
            "name": declared.name,
            "letters": letters(self._equation.latex) if "=" in self._equation.latex else None,
            "meaning": declared.meaning + place,
            "latex": self._equation.latex,
            "source": str(self._equation.paper or ""),
        }
        self.numbers = list(self._controls.values())
        self._start = {n: _first(self._args[n]) for n, c in self._controls.items() if c["moves"]}
        self._was = self._result(self._start)
        self.values = self._start
        self.observe(self.answer, ["values"])
        self.answer()

    @property
    def latex(self) -> str:
        """The equation for `mo.md(f"$${equation.latex}$$")`."""
        return self._equation.latex

    def _letters(self) -> dict[str, list[str]]:
        """The letters of the parameters, where no two have the same."""
        found = {name: letters(symbol.latex) for name, symbol in self._symbols.items()}
        listed = list(found.values())
        return {name: own for name, own in found.items() if own and listed.count(own) == 1}

    @traitlets.validate("values")
    def _valid(self, proposal: Any) -> dict[str, float]:
        values = {}
        for name, value in proposal.value.items():
            control = self._controls.get(name)
            if control is None or not control["moves"]:
                movable = [n for n, c in self._controls.items() if c["moves"]]
                raise traitlets.TraitError(f"{name!r} is no number to move: {', '.join(movable)}")
            if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
                raise traitlets.TraitError(f"{name}: {value!r} is not a number")
            value = float(round(value)) if control["whole"] else float(value)
            values[name] = min(max(value, control["low"]), control["high"])
        return {**self.values, **values}

    def _result(self, values: Mapping[str, float]) -> Any:
        """The equation with some of its numbers changed."""
        args = []
        for name, arg in self._args.items():
            if isinstance(arg, Rows) and name in values:
                arg = Rows(item * values[name] for item in arg)
            args.append(values.get(name, arg) if not isinstance(arg, Rows) else arg)
        try:
            return self._equation.function(*args)
        except (ArithmeticError, ValueError) as error:
            raise InputError(f"{self._equation.name}: out of range: {error}") from None

    def recompute(self) -> None:
        result = self._result(self.values)
        unit = self._equation.symbol.unit
        texts = {name: self._text(name) for name in self._args}
        text, was = _said(result, unit), _said(self._was, unit)
        change = "" if self.values == self._start else f"it was {was}"
        if change and _positive(result) and _positive(self._was):
            factor = result / self._was
            change += f", {_times(factor)}"
        moved = [name for name, value in self.values.items() if value != self._start[name]]
        given = ", ".join(f"{self._controls[n]['meaning']} {texts[n]}" for n in moved)
        self.shown = {
            "value": finite(result) if isinstance(result, (int, float)) else None,
            "text": text,
            "texts": texts,
            "change": change,
            "alt": f"{self.form['meaning']}: {text}{f' with {given}' if given else ''}"
            f"{f'; {change}' if change else ''}.",
        }

    def _text(self, name: str) -> str:
        symbol, arg = self._symbols.get(name), self._args[name]
        unit = symbol.unit if symbol else ""
        if isinstance(arg, Rows) and name in self.values:
            arg = Rows(item * self.values[name] for item in arg)
            return _said(arg, unit)
        return _said(self.values.get(name, arg), unit)


class Found(NamedTuple):
    """An equation with the numbers that it takes, where they come from, and the row that they are of."""

    equation: Declared
    args: dict[str, Any]
    sources: dict[str, str]
    place: str


def _read(name: str, question: Question, row: int | None) -> Found:
    """The numbers that an equation takes in a plan or among bare numbers."""
    first = {option: choices[0] for option, choices in OPTIONS.items()}
    given = {k: v for k, v in question.given.items() if k != name}
    if name in SYMBOLS and SYMBOLS[name].home in TABLES:
        raise InputError(f"{name}: it is a column of the table {SYMBOLS[name].home}")
    if name not in EQUATIONS:
        question.metric(name)  # its message names the nearest
        raise InputError(f"{name}: it is an input, and no equation gives it")
    chosen, options = _apt(name, given, {**first, **question.options})
    try:
        asked = plan_of({name: name}, given, options)
    except NoEquation as error:
        raise InputError(f"{name}: {error}") from None
    call = asked.made_by[asked.wanted[name]]
    slots = asked.run({n: v for n, v in given.items() if n in asked.leaves})
    args = [slots[i] for i in call.inputs]
    place = ""
    if call.mapped is not None:
        results = slots[call.output]
        index = _largest(results) if row is None else row
        if not 0 <= index < len(results):
            raise InputError(f"row: {row} is not one of 0 to {len(results) - 1}")
        args = [arg[index] if mapped else arg for arg, mapped in zip(args, call.mapped)]
        place = f", row {index + 1} of {len(results)}{_kind(chosen, given, options, index)}"
    leaf = {slot: leaf for leaf, slot in asked.leaves.items()}
    sources = {}
    for parameter, slot in zip(call.equation.inputs, call.inputs):
        sources[parameter] = (
            _source(leaf[slot], question) if slot in leaf else _made(asked.made_by[slot].equation)
        )
    return Found(call.equation, dict(zip(call.equation.inputs, args)), sources, place)


def _apt(name: str, given: Mapping[str, Any], options: dict[str, str]) -> tuple[Declared, dict]:
    """The alternative that the options choose; where none, that whose parameters are all given."""
    try:
        return choose(name, options), options
    except NoEquation as error:
        for other in EQUATIONS[name]:
            if all(parameter in given for parameter in other.inputs):
                return other, {**options, **{k: allowed[0] for k, allowed in other.when.items()}}
        raise InputError(f"{name}: {error}") from None


def _case(name: str, options: Mapping[str, str] | None) -> tuple[Any, Mapping[str, str]]:
    """The numbers of the first published case of a symbol."""
    for wall in WALLS.values():
        for case in wall.cases:
            if case.symbol == name:
                return case.given, {**case.options, **(options or {})}
    raise InputError(f"{name}: no wall has a published case of it; give a plan or numbers")


def _symbols(equation: Declared) -> dict[str, Symbol]:
    """The symbol that each parameter stands for, by what it reads."""
    read = {
        parameter: reads.name if isinstance(reads, At) else reads
        for parameter, reads in zip(equation.inputs, equation.reads)
    }
    return {parameter: SYMBOLS[name] for parameter, name in read.items() if name in SYMBOLS}


def _source(name: str, question: Question) -> str:
    if name in CONSTANTS and name not in question.given:
        known = CONSTANTS[name]
        mark = " [estimate]" if known.kind == "estimate" else ""
        return f"{known.paper}{mark}"
    if isinstance(question, PlanQuestion):
        return question.scenario.source_of(name)
    return "given"


def _made(equation: Declared) -> str:
    return f"computed, {equation.paper}" if equation.paper else "computed"


def _kind(equation: Declared, given: Mapping[str, Any], options: dict, index: int) -> str:
    """The name of a row, where its table gives names."""
    column = next(iter(TABLES.get(equation.each, ())), "")
    if not column or SYMBOLS[column].unit != "text":
        return ""
    asked = plan_of({column: column}, given, options)
    slots = asked.run({n: v for n, v in given.items() if n in asked.leaves})
    return f" ({slots[asked.wanted[column]][index]})"


def _largest(results: Any) -> int:
    known = [i for i, value in enumerate(results) if _positive(value)]
    return max(known, key=lambda i: results[i], default=0)


def _first(arg: Any) -> float:
    """Where a control stands at first: its value, or a factor of 1 on a column."""
    return 1.0 if isinstance(arg, Rows) else float(arg)


def _range(name: str, symbol: Symbol | None, arg: Any) -> dict[str, Any]:
    """From where to where a number is moved; what is no positive number stays."""
    numbers = isinstance(arg, Rows) and arg and all(map(_number, arg)) and any(arg)
    fixed = {"moves": False, "low": 0.0, "high": 0.0, "whole": False}
    if not numbers and not (_positive(arg) and not isinstance(arg, bool)):
        return fixed
    now = _first(arg)
    if symbol is None or numbers:
        return {"moves": True, "low": now / FAR, "high": now * FAR, "whole": False}
    whole = is_count(symbol.name, now)
    share = is_share(symbol.name) and now <= 1
    low = 1.0 if whole else 0.001 if share else now / FAR
    return {
        "moves": True,
        "low": min(low, now),
        "high": 1.0 if share else now * FAR,
        "whole": whole,
    }


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value - value == 0


def _positive(value: Any) -> bool:
    return _number(value) and value > 0


def _said(value: Any, unit: str) -> str:
    """A value for people; of a column from where to where."""
    if isinstance(value, Rows) and value and all(map(_number, value)):
        low, high = told(min(value), unit), told(max(value), unit)
        return f"{len(value)} rows, {low} to {high}" if low != high else f"{len(value)} × {low}"
    if isinstance(value, tuple):
        return f"{len(value)} rows"
    return told(value, unit) if isinstance(value, (int, float)) else str(value)


def _times(factor: float) -> str:
    if abs(factor - 1) < 5e-4:
        return "as now"
    return f"now {plain(factor)} times as much"
