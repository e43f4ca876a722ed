"""A wall for people: its question, the mistaken belief, its equations, what they need, its published cases."""

from __future__ import annotations

from typing import Any

from ..core.graph import EQUATIONS, Equation, solve
from ..core.symbols import SYMBOLS
from ..core.text import readable
from ..walls import Case, Wall
from .document import ABSENT, Block, Bullets, Document, Heading, Table


def equations_of(wall: Wall) -> list[Equation]:
    """The equations of the module that declares a wall, in the order of its symbols, then the others."""
    homes = [equation.symbol.home for name in wall.symbols for equation in EQUATIONS.get(name, ())]
    home = max(set(homes), key=homes.count, default="")
    every = [equation for several in EQUATIONS.values() for equation in several]
    own = [
        equation
        for equation in every
        if equation.symbol.home == home or equation.name in wall.symbols
    ]
    place = {name: i for i, name in enumerate(wall.symbols)}
    return sorted(own, key=lambda equation: place.get(equation.name, len(place)))


def symbols_of(wall: Wall) -> list[str]:
    """The symbols of a wall: what it answers, what its equations give, what they need."""
    own = equations_of(wall)
    return list(
        dict.fromkeys(
            [
                *wall.symbols,
                *(e.name for e in own),
                *(name for e in own for name in e.inputs if name in SYMBOLS),
            ]
        )
    )


def condition(equation: Equation) -> str:
    """When an equation holds."""
    return ", ".join(f"{key} is {' or '.join(values)}" for key, values in equation.when.items())


def computed(case: Case) -> float:
    """The number that the equations give for a published case."""
    return solve((case.symbol,), case.given, case.options)[case.symbol]


def symbol_data(name: str) -> dict[str, Any]:
    symbol = SYMBOLS[name]
    return {
        "name": name,
        "unit": symbol.unit or "1",
        "meaning": symbol.meaning,
        "latex": symbol.latex,
    }


def equation_data(equation: Equation) -> dict[str, Any]:
    symbol = {
        **symbol_data(equation.name),
        "latex": equation.latex,
        "meaning": equation.symbol.meaning,
    }
    source = str(equation.paper) if equation.paper else None
    return {
        **symbol,
        "needs": [str(name) for name in equation.reads],
        "holds_when": condition(equation) or None,
        "source": source,
    }


def case_data(case: Case) -> dict[str, Any]:
    value = computed(case)
    holds = bool(abs(value - case.value) <= case.tolerance * abs(case.value))
    numbers = {
        "computed": value if value - value == 0 else None,
        "printed": case.value,
        "unit": SYMBOLS[case.symbol].unit or "1",
    }
    return {
        "symbol": case.symbol,
        "what": case.what,
        **numbers,
        "tolerance": case.tolerance,
        "holds": holds,
        "source": str(case.paper),
    }


def wall_document(wall: Wall) -> Document:
    """A wall with its symbols, equations and cases."""
    symbols = [symbol_data(name) for name in symbols_of(wall)]
    equations = [equation_data(equation) for equation in equations_of(wall)]
    cases = [case_data(case) for case in wall.cases]
    verdicts = [verdict._asdict() for verdict in wall.verdicts]
    facts = [
        f"Domain: {wall.domain}",
        f"Lab: {wall.lab}",
        f"Source: {wall.paper.title}, {wall.paper}",
    ]
    facts += [f"{v['words'].capitalize()}: {v['form']} ({v['symbol']})" for v in verdicts]
    gives = [
        (
            e["name"],
            e["unit"],
            _told(e) + (f": {e['latex']}" if e["latex"] else ""),
            e["source"] or ABSENT,
        )
        for e in equations
    ]
    given = {e["name"] for e in equations}
    needs = [
        (s["name"], s["unit"], s["meaning"], s["latex"] or ABSENT)
        for s in symbols
        if s["name"] not in given
    ]
    blocks: list[Block] = [wall.question, f"A mistaken belief: {wall.belief}", Bullets(facts)]
    blocks += [
        Heading("What it answers"),
        Table(("symbol", "unit", "meaning and equation", "source"), gives),
    ]
    blocks += [Heading("What it needs"), Table(("symbol", "unit", "meaning", "LaTeX"), needs)]
    if cases:
        blocks += [Heading("Published cases"), cases_table(cases)]
    return Document(f"Wall {wall.number}: {wall.name}", blocks)


def _told(equation: dict[str, Any]) -> str:
    """The meaning of an equation, and when it holds."""
    return equation["meaning"] + (
        f" (when {equation['holds_when']})" if equation["holds_when"] else ""
    )


def cases_table(cases: list[dict[str, Any]]) -> Table:
    rows = []
    for case in cases:
        unit = "" if case["unit"] == "1" else case["unit"]
        computed = float("nan") if case["computed"] is None else case["computed"]
        values = readable(computed, unit), readable(case["printed"], unit)
        rows.append(
            (
                case["symbol"],
                f"{case['what']} ({case['source']})",
                *values,
                "yes" if case["holds"] else "NO",
            )
        )
    return Table(("symbol", "case", "computed", "printed", "holds"), rows)
