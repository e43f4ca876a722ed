"""`mlsysim walls`: the atlas, one wall, or the check of the published cases."""

from __future__ import annotations

from importlib.resources import files
from typing import Annotated, Any

import typer

from ..core.errors import InputError
from ..core.graph import EQUATIONS, At
from ..core.symbols import SYMBOLS
from ..hardware import CHIP
from ..infra.site import GRID
from ..models import networks, transformer
from ..systems.parts import KERNEL
from ..views.document import Block, Bullets, Document, Heading, Table
from ..views.wall import (
    case_data,
    cases_table,
    computed,
    equation_data,
    equations_of,
    symbol_data,
    symbols_of,
    wall_document,
)
from ..walls import WALLS, Wall
from .answer import (
    MAYBE_NUMBER,
    MAYBE_TEXT,
    NUMBER,
    SCHEMA_VERSION,
    TEXT,
    WHOLE,
    YES_NO,
    Answer,
    Schema,
    choice,
    const,
    listed,
    shaped,
)  # fmt: skip

DOMAINS = ("node", "data", "algorithm", "fleet", "operations", "analysis")
BRIEF = {"number": WHOLE, "name": TEXT, "domain": choice(*DOMAINS), "question": TEXT}
CASE = shaped(
    symbol=TEXT,
    what=TEXT,
    computed=MAYBE_NUMBER,
    printed=NUMBER,
    unit=TEXT,
    tolerance=NUMBER,
    holds=YES_NO,
    source=TEXT,
)


#: What the walls leave out, and what to read about it.
NOT_MODELLED = tuple(
    files("mlsysim.walls").joinpath("not_modelled.txt").read_text(encoding="utf-8").splitlines()
)


def schema() -> Schema:
    """The atlas, one wall, or a check."""
    common = {"schema_version": const(SCHEMA_VERSION), "kind": const("walls")}
    symbol = shaped(name=TEXT, unit=TEXT, meaning=TEXT, latex=TEXT)
    equation = shaped(
        **symbol["properties"], needs=listed(TEXT), holds_when=MAYBE_TEXT, source=MAYBE_TEXT
    )
    verdict = shaped(
        form=choice("time", "capacity", "target", "loss"), symbol=TEXT, words=TEXT, mode=TEXT
    )
    wall = shaped(
        **BRIEF, belief=TEXT, chart=TEXT, lab=TEXT, source=TEXT,
        verdicts=listed(verdict), symbols=listed(symbol), equations=listed(equation), cases=listed(CASE),
    )  # fmt: skip
    atlas = shaped(
        **BRIEF, lab=TEXT, equations=listed(shaped(name=TEXT, latex=TEXT, source=MAYBE_TEXT))
    )
    counts = dict.fromkeys(("walls", "equations", "symbols", "cases", "holding"), WHOLE)
    return {
        "anyOf": [
            shaped(
                **common,
                what=const("atlas"),
                walls=listed(atlas),
                not_modelled=listed(shaped(what=TEXT, read=TEXT)),
            ),
            shaped(**common, what=const("wall"), wall=wall),
            shaped(
                **common,
                what=const("check"),
                **counts,
                contexts=listed(TEXT),
                failing=listed(shaped(wall=WHOLE, case=CASE)),
                faults=listed(TEXT),
            ),
        ]
    }


WALL_COUNT = 22
DECLARED = (
    networks,
    transformer,
    CHIP,
    GRID,
    KERNEL,
)  # a wall's case may reach into the lowering of a model


# ---- what a wall consists of
# ---- as data
def brief(wall: Wall) -> dict[str, Any]:
    return {
        "number": wall.number,
        "name": wall.name,
        "domain": wall.domain,
        "question": wall.question,
    }


def answer(what: str, document: Document, code: int = 0, **data: Any) -> Answer:
    return Answer(
        {"schema_version": SCHEMA_VERSION, "kind": "walls", "what": what, **data}, document, code
    )


# ---- the three answers
def atlas() -> Answer:
    """Every wall with its question."""
    data, rows = [], []
    for number, wall in sorted(WALLS.items()):
        own = [e for e in equations_of(wall) if e.name in wall.symbols]
        short = [
            {"name": e.name, "latex": e.latex, "source": str(e.paper) if e.paper else None}
            for e in own
        ]
        data.append({**brief(wall), "lab": wall.lab, "equations": short})
        first = next((e for e in own if e.latex and e.inputs), own[0])
        rows.append(
            (
                str(number),
                wall.name,
                wall.question,
                f"{first.name} = {first.latex}",
                str(wall.paper),
                wall.lab,
            )
        )
    told = "`mlsysim walls 14` shows one with its equations; `mlsysim walls --check` runs the published cases."
    table = Table(("wall", "name", "question", "first equation", "source", "lab"), rows)
    blocks: list[Block] = [table, told, Heading("What is not modelled"), Bullets(unmodelled())]
    unseen = [dict(zip(("what", "read"), line.split(" | "))) for line in NOT_MODELLED]
    document = Document(f"The walls: {len(rows)}", blocks)
    return answer("atlas", document, walls=data, not_modelled=unseen)


def unmodelled() -> list[str]:
    """What no wall answers, and where to learn more."""
    return [f"{what}: {read}" for what, read in (line.split(" | ") for line in NOT_MODELLED)]


def one(wall: Wall) -> Answer:
    """A wall with its symbols, equations and cases."""
    data = {
        **brief(wall),
        "belief": wall.belief,
        "chart": wall.chart,
        "lab": wall.lab,
        "source": str(wall.paper),
        "verdicts": [verdict._asdict() for verdict in wall.verdicts],
        "symbols": [symbol_data(name) for name in symbols_of(wall)],
        "equations": [equation_data(equation) for equation in equations_of(wall)],
        "cases": [case_data(case) for case in wall.cases],
    }
    return answer("wall", wall_document(wall), wall=data)


def faults(wall: Wall) -> list[str]:
    """What a wall lacks: an equation that is used, a chart, a lab, a belief, two published cases."""
    used = any(name in EQUATIONS for name in wall.symbols)
    has = {
        "an equation that `solve` uses": used
        and all(computed(c) == computed(c) for c in wall.cases),
        "a chart": bool(wall.chart),
        "a lab": bool(wall.lab),
        "a mistaken belief": bool(wall.belief),
        "two published cases": len(wall.cases) >= 2,
    }
    return [
        f"Wall {wall.number} ({wall.name}) lacks {what}" for what, there in has.items() if not there
    ]


def check() -> Answer:
    """Run every published case."""
    every = [
        (number, case_data(case)) for number, wall in sorted(WALLS.items()) for case in wall.cases
    ]
    failing = [{"wall": number, "case": case} for number, case in every if not case["holds"]]
    equations = [equation for several in EQUATIONS.values() for equation in several]
    contexts = sorted(
        {f"{e.name}: {read}" for e in equations for read in e.reads if isinstance(read, At)}
    )
    counts = {
        "walls": len(WALLS),
        "equations": len(equations),
        "symbols": len(SYMBOLS),
        "cases": len(every),
        "holding": len(every) - len(failing),
    }
    told = "{holding} of {cases} published cases hold; {walls} walls, {equations} equations, {symbols} symbols.".format(
        **counts
    )
    bare = [fault for _, wall in sorted(WALLS.items()) for fault in faults(wall)]
    bare += [f"There are {len(WALLS)} walls, not {WALL_COUNT}"] if len(WALLS) != WALL_COUNT else []
    blocks: list[Block] = [
        told,
        cases_table([case for _, case in every]),
        *([Bullets(bare)] if bare else []),
    ]
    blocks += [Heading(f"Symbols read in another context ({len(contexts)})"), Bullets(contexts)]
    return answer(
        "check",
        Document("The walls, checked", blocks),
        1 if failing or bare else 0,
        **counts,
        contexts=contexts,
        failing=failing,
        faults=bare,
    )


def command(
    number: Annotated[
        str | None,
        typer.Argument(
            metavar="WALL", help="The number or the name of a wall.", show_default=False
        ),
    ] = None,
    check_cases: Annotated[
        bool, typer.Option("--check", help="Run every published case; exit code 1 when one fails.")
    ] = False,
) -> Answer:
    """List the walls, show one with its equations, or check their published cases."""
    if check_cases:
        return check()
    if number is None:
        return atlas()
    named = {wall.name.casefold(): wall for wall in WALLS.values()} | {
        str(n): wall for n, wall in WALLS.items()
    }
    if number.casefold() not in named:
        known = ", ".join(f"{n} {wall.name}" for n, wall in sorted(WALLS.items()))
        raise InputError(f"walls: {number!r} is no wall; there are {known}")
    return one(named[number.casefold()])
