"""Why an answer is what it is: its tree down to the sources, what it lacks, what it rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from .elementwise import known
from .graph import CONSTANTS, At, Plan
from .symbols import SYMBOLS


class Step(NamedTuple):
    """One line of an explanation."""

    depth: int
    name: str
    role: str
    value: Any
    unit: str
    meaning: str
    latex: str
    source: str
    context: str
    repeated: bool
    slot: int


def explain(
    plan: Plan, label: str, given: Mapping[str, Any], source_of: Callable[[str], str]
) -> Iterator[Step]:
    """The tree from an answer down to its inputs; a branch met again is named and not repeated."""
    values, seen = plan.run(given), set()
    leaf = {slot: name for name, slot in plan.leaves.items()}

    def walk(slot: int, depth: int, role: str) -> Iterator[Step]:
        if slot in leaf:
            name = leaf[slot]
            symbol = SYMBOLS.get(name)
            source = (
                str(CONSTANTS[name].paper)
                if name in CONSTANTS and name not in given
                else source_of(name)
            )
            unit, latex, meaning = (
                (symbol.unit, symbol.latex, symbol.meaning) if symbol else ("", "", "")
            )
            yield Step(
                depth, name, role, values[slot], unit, meaning, latex, source, "", False, slot
            )
            return
        call = plan.made_by[slot]
        symbol = call.equation.symbol
        context = " ".join(f"{key}={call.options[key]}" for key in call.equation.when)
        source = str(call.equation.paper) if call.equation.paper else ""
        again = slot in seen
        yield Step(
            depth,
            symbol.name,
            role,
            values[slot],
            symbol.unit,
            symbol.meaning,
            symbol.latex,
            source,
            context,
            again,
            slot,
        )
        if not again:
            seen.add(slot)
            for child, parameter, read in zip(
                call.inputs, call.equation.inputs, call.equation.reads
            ):
                stands = f"{parameter}, " if isinstance(read, At) else ""
                yield from walk(child, depth + 1, stands.rstrip(", "))

    yield from walk(plan.wanted[label], 0, label if label not in SYMBOLS else "")


def _reach(plan: Plan, label: str, values: list[Any] | None = None) -> Iterator[str]:
    """The inputs that an answer reaches; with values, through unknown values only."""
    leaf = {slot: name for name, slot in plan.leaves.items()}
    todo, seen = [plan.wanted[label]], set()
    while todo:
        slot = todo.pop()
        if slot in seen or (values is not None and known(values[slot])):
            continue
        seen.add(slot)
        if slot in leaf:
            yield leaf[slot]
        else:
            todo.extend(plan.made_by[slot].inputs)


def rests_on(plan: Plan, given: Mapping[str, Any], names: set[str]) -> dict[str, set[str]]:
    """For each named input, the answers that are not known without it; an input behind a branch not taken has none."""
    leaf = set(plan.leaves)
    before = plan.run(given)
    result: dict[str, set[str]] = {}
    for name in sorted(names & leaf):
        after = plan.run({**given, name: float("nan")})
        lost = {
            label
            for label, slot in plan.wanted.items()
            if known(before[slot]) and not known(after[slot])
        }
        if lost:
            result[name] = lost
    return result


def missing(plan: Plan, label: str, values: list[Any]) -> list[str]:
    """The absent figures that make an answer "not known"."""
    return sorted(_reach(plan, label, values))
