"""What every lab is made of beside its widgets: the opening, the gate, the equation, the rule of thumb, the sources."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from html import escape
from importlib import import_module
from typing import Any

from mlsysim import InputError, Scenario
from mlsysim.core.graph import CONSTANTS, choose
from mlsysim.core.graph import solve as answered
from mlsysim.core.symbols import SYMBOLS
from mlsysim.layout import choose as lay_out
from mlsysim.plan import plan_of, read_plan
from mlsysim.validation.rows import Row, read_rows
from mlsysim.validation.rules import RULES, obey

from .labels import raised
from .widgets.predict import Predict

#: The systems that a reader can choose: what they are, and the plan of each.
TRACKS: dict[str, dict[str, Any]] = {
    "cloud": plan_of("Llama3_1_8B", "H100", name="a chat service", precision="bf16"),
    "edge": plan_of("Llama3_1_8B", "JetsonAGXOrin", name="an assistant in a vehicle"),
    "mobile": plan_of(
        "Llama3_2_1B", "iPhone15Pro", name="an assistant on a phone", precision="int8"
    ),
    "tiny": plan_of("DS_CNN", "STM32U575", name="a keyword spotter"),
}
#: Letters of an equation from which on its name has a line of its own: a phone shows no more.
LONG = 80
#: On paper: a page as wide as marimo's widest fits, for charts keep the width they have on the screen.
PRINT = "@media print {#App {zoom: 0.65} #App section > div {break-inside: avoid}}"
#: What draws a lab: marimo, or what stands in its place in a notebook of Jupyter.
front: Any = None


def _marimo() -> Any:
    return front or import_module("marimo")


def page(id: str, *shown: Any) -> Any:
    """Things one below the other, under an id that tests and links find; text is Markdown."""
    mo = _marimo()
    if front is not None:
        return front.page(id, *shown)
    inside = ""
    for one in shown:
        look = "margin-top: 0.8rem; " * bool(inside)
        if hasattr(type(one), "value") and not hasattr(one, "widget"):
            look += "display: inline-block; margin-right: 1rem"  # controls stand side by side
        made = mo.as_html(mo.md(one) if isinstance(one, str) else one)
        inside += f'<div style="{look}">{made.text}</div>'
    look = f"<style>{PRINT}</style>" if id == "opening" else ""
    return mo.Html(f'<section id="{escape(id)}">{look}{inside}</section>')


def opening(
    title: str,
    belief: str,
    goals: Iterable[str],
    minutes: int,
    before: str = "none",
    walls: str = "",
) -> Any:
    """The first screen: the claim, what is often believed, the goals, the time."""
    mo = _marimo()

    listed = "\n".join(f"- {goal}" for goal in goals)
    told = f"{minutes} minutes · before: {before}" + (f" · walls {walls}" if walls else "")
    return page("opening", mo.md(f"# {title}\n\n*“{belief}”*\n\n{listed}\n\n{told}"))


def predict(id: str, question: str, ledger: Any, **more: Any) -> Any:
    """A question of a lab, kept in its ledger; see `Predict`. The ledger is the widget itself, not its element in the
    page: a cell that took the element would run, and ask, again at every entry."""
    mo = _marimo()

    if hasattr(ledger, "widget"):
        raise InputError(f"predict: {id}: give the Ledger itself, not the element that shows it")

    return mo.ui.anywidget(Predict(question, id=id, ledger=ledger, **more))


def gate(*predictions: Any) -> None:
    """Stop the cell until the reader has answered: nothing is drawn before."""
    mo = _marimo()

    mo.stop(not all(prediction.value["committed"] for prediction in predictions))


def remember(part: str, words: str) -> Any:
    """One line to keep."""
    mo = _marimo()

    return page(f"remember-{part}", mo.callout(mo.md(f"**Remember:** {words}"), kind="info"))


def equation(name: str, options: Mapping[str, str] | None = None) -> Any:
    """An equation of a wall: its formula, the meaning of each symbol, and where it was published."""
    mo = _marimo()

    chosen = choose(name, options or {})
    known = [SYMBOLS[name] for name in chosen.inputs if name in SYMBOLS]
    signs = {symbol.name: f"${symbol.latex}$" if symbol.latex else symbol.name for symbol in known}
    rows = [f"| {signs[one.name]} | {one.meaning} | {raised(one.unit) or '1'} |" for one in known]
    source = f"\n\nSource: {chosen.paper.title}, {chosen.paper}." if chosen.paper else ""
    table = "\n".join(["| symbol | meaning | unit |", "|:---|:---|:---|", *rows])
    words = rf"\text{{{name.replace('_', ' ')}}}"
    law = f"{words} = {chosen.latex}"
    if len(name) + len(chosen.latex) > LONG:
        law = rf"\begin{{gathered}}{words} \\ = {chosen.latex}\end{{gathered}}"
    return mo.md(f"$${law}$$\n\n{table}{source}")


def sources(*names: str) -> Any:
    """The papers behind the symbols of a lab; a text may name several."""
    mo = _marimo()

    papers = {}
    for name in " ".join(names).split():
        paper = CONSTANTS[name].paper if name in CONSTANTS else choose(name, {}).paper
        if paper:
            papers[paper.title] = f"- {paper.authors} {paper.year}, {paper.title}, {paper.document}"
    return page("sources", mo.md("### Sources\n\n" + "\n".join(papers.values())))


def ruled(
    plan: Mapping[str, Any], shares: tuple[float, float] = RULES["two constants"]
) -> Callable[..., Any]:
    """A plan under the two ceilings alone: given shares of peak and of bandwidth, and nothing else that takes time.

    The call gives one symbol, or several, with some numbers changed: `ask("step_time", batch=64.0)`.
    """
    scenario = Scenario(read_plan(dict(plan)))
    lay_out(scenario)
    given, options = dict(scenario.given), dict(scenario.options)
    obey(given, shares)

    def ask(*symbols: str, **changed: Any) -> Any:
        strange = [name for name in changed if name not in SYMBOLS]
        if strange:
            raise InputError(f"ruled: {strange[0]!r} is no symbol")
        found = answered(symbols, {**given, **changed}, options)
        return found[symbols[0]] if len(symbols) == 1 else found

    return ask


@cache
def _rows() -> dict[str, Row]:
    return {row.id: row for row in read_rows()}


def measured(id: str) -> Row:
    """A published measurement: its value, its source, the place."""
    if id not in _rows():
        raise InputError(f"measured: no measurement is called {id!r}")
    return _rows()[id]
