"""The scorecard: an evaluation as text, Markdown or HTML, from one list of lines."""

from __future__ import annotations

from html import escape
from textwrap import fill
from typing import TYPE_CHECKING

from .core.symbols import SYMBOLS
from .core.text import plain, readable
from .metrics import LENSES, Metric

if TYPE_CHECKING:
    from .evaluation import Evaluation

TITLES = {
    "feasibility": "Does it fit?",
    "performance": "How fast is it?",
    "macro": "What does it cost?",
}
#: Metrics that a bracket follows, and the names of its ends.
BRACKETS = {"latency": ("latency_low", "latency_high"), "ttft_ms": ("ttft_low_ms", "ttft_high_ms")}
SIGNS = {"1/s": "/s", "m**3": "m³"}
Line = tuple[str, str]


def lines(evaluation: Evaluation, lens: str) -> list[Line]:
    """The metrics of a lens as words and value; ends of brackets stand beside their metric."""
    own = {metric.name: metric for metric in evaluation.metrics if metric.lens == lens}
    hidden = {name for ends in BRACKETS.values() for name in ends}
    result = []
    for name, metric in own.items():
        if name in hidden or (
            name in ("request_ms",) and not evaluation.scenario.plan.workload.output_len
        ):
            continue
        if name in evaluation.unasked:
            continue
        number = evaluation.value(metric)
        text = "not known" if number is None else _shown(evaluation, metric, number)
        ends = evaluation.span(metric)
        if ends is not None:
            low, high = (_ended(evaluation, metric, end) for end in ends)
            text += f"  ({low} – {high})"
        result.append((metric.words, text.strip()))
    return result


def _shown(evaluation: Evaluation, metric: Metric, number: float) -> str:
    """A metric in its own unit, or in a handier one where that says more."""
    if metric.unit in ("GiB", "MWh", "tCO2e"):
        return readable(evaluation.values[metric.symbol], SYMBOLS[metric.symbol].unit)
    return f"{plain(number)} {SIGNS.get(metric.unit, metric.unit)}"


def _ended(evaluation: Evaluation, metric: Metric, number: float) -> str:
    """An end of an interval, short."""
    if metric.unit in ("GiB", "MWh", "tCO2e"):
        raw = evaluation.values[metric.symbol] * number / (evaluation.value(metric) or 1.0)
        return readable(float(f"{raw:.2g}"), SYMBOLS[metric.symbol].unit)
    return plain(float(f"{number:.2g}"))


def head(evaluation: Evaluation) -> list[Line]:
    """What was evaluated."""
    inputs = evaluation.inputs()
    layout = ", ".join(f"{key} {value}" for key, value in inputs["parallelism"].items())
    work = f"{inputs['mode']}, batch {inputs['batch_size']:,}" + (
        f", {inputs['seq_len']:,} tokens" if inputs["seq_len"] else ""
    )
    return [
        ("Workload", f"{evaluation.scenario.model.name}: {work}"),
        (
            "Hardware",
            f"{inputs['accelerators']:,} x {evaluation.scenario.chip.name}, {inputs['precision']}",
        ),
        ("Layout", f"{layout}  ({evaluation.layouts:,} compared)"),
        ("Where", f"{evaluation.scenario.region.name}, {evaluation.scenario.facility.name}"),
    ]


def violated(evaluation: Evaluation) -> list[str]:
    return [
        f"{v['metric']} is {plain(v['value'])} {v['unit']}, {v['bound']} {plain(v['limit'])} {v['unit']}".replace(
            "  ", " "
        )
        for v in evaluation.violations
    ]


def notes(evaluation: Evaluation) -> list[str]:
    """What a plan left open, what is not known, and the estimates that the answers rest on, in brief."""
    found = [*evaluation.scenario.notes]
    for metric in evaluation.metrics:
        if evaluation.value(metric) is None and metric.name not in evaluation.unasked:
            found.append(
                f"{metric.words} ({metric.name}): not known, {', '.join(evaluation.lacking(metric.symbol))} missing"
            )
    if evaluation.estimates:
        named = [f"{SYMBOLS[name].meaning.lower()} ({name})" for name in evaluation.estimates]
        found.append(
            f"rests on {len(named)} estimates, whose sources `explain` and JSON give: {'; '.join(named)}"
        )
    return found


def walls(evaluation: Evaluation) -> list[Line]:
    """Every wall that applies and what it says; a star marks the one that binds in its domain."""
    found = []
    for item in evaluation.walls:
        star = " *" if item in evaluation.binding else ""
        value = readable(item.value, item.unit)
        name = f"{item.wall.number} {item.wall.name}, {item.verdict.words}"
        found.append((name, item.state if value == item.state else f"{value}, {item.state}{star}"))
    return found


def text(evaluation: Evaluation) -> str:
    """The scorecard for a terminal of 80 to 120 columns."""
    out = [evaluation.scenario.name, "=" * len(evaluation.scenario.name)]
    out += [f"{key + ':':<10} {value}" for key, value in head(evaluation)]
    for lens in LENSES:
        out += [
            "",
            f"{TITLES[lens]}  [{evaluation.status(lens)}]",
            fill(evaluation.summary(lens), 100),
        ]
        out += [f"  {words:<40} {value}" for words, value in lines(evaluation, lens)]
    out += ["", "Which walls apply?  (* binds in its domain)"]
    out += [f"  {words:<40} {value}" for words, value in walls(evaluation)]
    if evaluation.violations:
        out += ["", "Asserts that do not hold", *(f"  {line}" for line in violated(evaluation))]
    listed = notes(evaluation)
    if listed:
        out += [
            "",
            "Notes",
            *(fill(line, 96, initial_indent="  - ", subsequent_indent="    ") for line in listed),
        ]
    return "\n".join(out)


def markdown(evaluation: Evaluation) -> str:
    """The scorecard as Markdown tables."""
    out = [
        f"# {evaluation.scenario.name}",
        "",
        *(f"- **{key}**: {value}" for key, value in head(evaluation)),
    ]
    for lens in LENSES:
        out += [
            "",
            f"## {TITLES[lens]} {evaluation.status(lens)}",
            "",
            evaluation.summary(lens),
            "",
            "| quantity | value |",
            "|---|---|",
        ]
        out += [f"| {words} | {value} |" for words, value in lines(evaluation, lens)]
    if evaluation.violations:
        out += [
            "",
            "## Asserts that do not hold",
            "",
            *(f"- {line}" for line in violated(evaluation)),
        ]
    return "\n".join(
        [*out, "", "## Notes and assumptions", "", *(f"- {line}" for line in notes(evaluation))]
    )


STYLE = """
.mlsysim{font:14px/1.45 system-ui,sans-serif;max-width:60rem;padding:.5rem}
.mlsysim{color:CanvasText;background:Canvas;color-scheme:light dark}
.mlsysim h2{font-size:1.2rem;margin:.2rem 0}.mlsysim h3{font-size:1rem;margin:.2rem 0}
.mlsysim section{border:1px solid color-mix(in srgb,CanvasText 25%,Canvas)}
.mlsysim section{border-radius:8px;padding:.6rem .9rem;margin:.6rem 0}
.mlsysim table{border-collapse:collapse;width:100%}.mlsysim td{padding:.12rem .3rem;border:0;text-align:left}
.mlsysim td+td{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.mlsysim .status{float:right;font-weight:600}.mlsysim small{opacity:.75}
"""


def html(evaluation: Evaluation) -> str:
    """The scorecard as a fragment of HTML with its own style; nothing is fetched."""
    out = [
        f"<div class='mlsysim'><style>{STYLE}</style><h2>{escape(evaluation.scenario.name)}</h2>"
    ]
    out += [
        "<p>"
        + "<br>".join(f"<b>{key}</b> {escape(value)}" for key, value in head(evaluation))
        + "</p>"
    ]
    for lens in LENSES:
        rows = "".join(
            f"<tr><td>{escape(words)}</td><td>{escape(value)}</td></tr>"
            for words, value in lines(evaluation, lens)
        )
        title = f"<h3><span class='status'>{evaluation.status(lens)}</span>{TITLES[lens]}</h3>"
        out.append(
            f"<section>{title}<p>{escape(evaluation.summary(lens))}</p><table>{rows}</table></section>"
        )
    rows = "".join(
        f"<tr><td>{escape(words)}</td><td>{escape(value)}</td></tr>"
        for words, value in walls(evaluation)
    )
    out.append(f"<section><h3>Which walls apply?</h3><table>{rows}</table></section>")
    listed = [*(f"Does not hold: {line}" for line in violated(evaluation)), *notes(evaluation)]
    out.append(
        "<small><ul>"
        + "".join(f"<li>{escape(line)}</li>" for line in listed)
        + "</ul></small></div>"
    )
    return "".join(out)
