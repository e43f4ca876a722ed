"""How long an all-reduce takes, by its message and its algorithm."""

from __future__ import annotations

from typing import Any, NamedTuple

import plotly.graph_objects as go

from mlsysim import WALLS, Evaluation, InputError
from mlsysim.core.graph import NoEquation, choose, solve
from mlsysim.core.solver.stretches import stretches
from mlsysim.core.text import readable

from ..hover import handy, lines, ticks
from ..theme import INK, colours, current, finish
from . import chart

#: Who sums: the symbols of the group, of its wire and of the message, and what the message is.
GROUPS = {
    "dp": ("dense_replicas", "dp_bandwidth", "dp_latency", "dense_gradient_bytes", "gradients"),
    "tp": ("tp", "tp_bandwidth", "tp_latency", "op_reduced_bytes", "activations of a layer"),
}
ALGORITHMS = {"fitted": "as measured (fitted)", "ring": "ring", "tree": "tree"}
#: Messages that are looked at: from a kibibyte up, four to a doubling.
FIRST, POINTS = 1024.0, 97
DASHES = {"fitted": "solid", "ring": "dash", "tree": "dot"}


class Case(NamedTuple):
    """A group, its wire, the message of the plan if there is one, and what else the equations read."""

    group: float
    bandwidth: float
    latency: float
    message: float | None
    what: str
    given: dict[str, Any]
    options: dict[str, str]

    def time(self, algorithm: str, message: float) -> float:
        """The core's time of an all-reduce."""
        wire = {"wire_bandwidth": self.bandwidth, "wire_latency": self.latency}
        given = {**self.given, **wire, "group": self.group, "message_bytes": message}
        options = {**self.options, "collective": algorithm}
        return float(solve(("all_reduce_time",), given, options)["all_reduce_time"])

    @property
    def algorithms(self) -> list[str]:
        """Those that these numbers suffice for."""
        found = []
        for name in ALGORITHMS:
            try:
                self.time(name, FIRST)
            except NoEquation:
                continue
            found.append(name)
        return found

    @property
    def words(self) -> str:
        """The group and its wire."""
        wire = f"{readable(self.bandwidth, 'byte/s')} and {readable(self.latency, 's')} a message"
        return f"{self.group:,.0f} ranks at {wire}"


@chart(
    "What an all-reduce costs by its message",
    'work, chips = {"name": "Llama3_8B", "mode": "training", "batch_size": 256}, {"name": "H100", "nodes": 8}\n'
    'plan = {"workload": work, "hardware": chips, "parallelism": {"tp": 1, "pp": 1, "microbatch": 1}}\n'
    "collective(mlsysim.SystemEvaluator.evaluate(plan=plan))",
)
def collective(
    evaluation: Evaluation | None = None,
    over: str = "dp",
    *,
    group: float | None = None,
    wire_bandwidth: float | None = None,
    wire_latency: float | None = None,
) -> go.Figure:
    """Time of an all-reduce against its message: as fitted to measurements, around a ring, and over a tree.

    The group and its wire are those of an evaluation, where `over` is dp or tp; or they are given, in bytes a second
    and seconds.
    """
    case = _case(evaluation, over, group, wire_bandwidth, wire_latency)
    sizes = [FIRST * 2 ** (i / 4) for i in range(POINTS)]
    figure = go.Figure()
    times = {name: [case.time(name, size) for size in sizes] for name in case.algorithms}
    for (name, column), colour in zip(times.items(), colours()):
        _curve(figure, name, sizes, column, colour, case)
    told = [_crossing(figure, case, sizes), _message(figure, case)]
    rows = len(figure.data)
    finish(
        figure,
        f"All-reduce over {case.group:,.0f} ranks",
        " ".join([f"All-reduce over {case.words}.", *filter(None, told)]),
        x="Message",
        y="Time",
        x_log=True,
        y_log=True,
        height=360 + 19 * rows,
        margin={"l": 8, "r": 16, "t": 48, "b": 64 + 19 * rows},
    )
    figure.update_xaxes(**ticks(sizes, "byte"))
    return figure.update_yaxes(**ticks([t for column in times.values() for t in column], "s"))


def _case(
    evaluation: Evaluation | None,
    over: str,
    group: float | None,
    bandwidth: float | None,
    latency: float | None,
) -> Case:
    """The group and the wire, from an evaluation or from numbers, which come first."""
    if over not in GROUPS:
        raise InputError(f"over: {over!r} is not one of {', '.join(GROUPS)}")
    found: list[Any] = [group, bandwidth, latency]
    given: dict[str, Any] = {}
    options = {"collective": "ring"}
    message = None
    if evaluation is not None:
        given, options = evaluation.scenario.given, evaluation.scenario.options
        own = solve(GROUPS[over][:4], given, options)
        *wire, sent = own.values()
        found = [stated if stated is not None else value for stated, value in zip(found, wire)]
        message = max(sent, default=0.0) if isinstance(sent, tuple) else sent
    for name, value in zip(("group", "wire_bandwidth", "wire_latency"), found):
        if value is None or value != value:
            raise InputError(f"{name}: it is not known; give it, or an evaluation that knows it")
        if not 0 < value < float("inf"):
            raise InputError(f"{name}: {value!r} must be above 0")
    if found[0] < 2:
        raise InputError(f"group: {found[0]:g} rank has nothing to sum with others")
    assert WALLS  # they declare the collectives
    ranks, width, start = map(float, found)
    return Case(ranks, width, start, message or None, GROUPS[over][4], given, dict(options))


def _curve(
    figure: go.Figure, name: str, sizes: list[float], times: list[float], colour: str, case: Case
) -> None:
    """Time against message, and on pointing the bandwidth that comes of it."""
    paper = choose("all_reduce_time", {**case.options, "collective": name}).paper
    told = [
        f"{readable(size, 'byte')}: {readable(time, 's')}<br>{readable(size / time, 'byte/s')}"
        for size, time in zip(sizes, times)
    ]
    figure.add_scatter(
        x=sizes,
        y=times,
        mode="lines",
        name=ALGORITHMS[name],
        line={"color": colour, "width": 3 if name == "fitted" else 2, "dash": DASHES[name]},
        customdata=told,
        hovertemplate=f"%{{customdata}}<br>{lines(ALGORITHMS[name], str(paper))}<extra></extra>",
    )


def _crossing(figure: go.Figure, case: Case, sizes: list[float]) -> str:
    """Where a ring overtakes a tree, marked and said."""

    def faster(size: float) -> str:
        return min(("ring", "tree"), key=lambda name: case.time(name, size))

    parts = stretches(faster, sizes, False)
    if len(parts) == 1:
        return f"A {parts[0].state} is faster at every message."
    before, after = parts[0], parts[1]
    size = before.high
    figure.add_scatter(
        x=[size],
        y=[case.time("ring", size)],
        mode="markers",
        name=f"{before.state} below {_short(size)}, {after.state} above",
        marker={"size": 10, "color": INK[current()]},
        hovertemplate=f"Both take {readable(case.time('ring', size), 's')}<extra></extra>",
    )
    return f"A {before.state} is faster up to {_short(size)}, a {after.state} beyond."


def _message(figure: go.Figure, case: Case) -> str:
    """The plan's own message, on the curve that evaluations use."""
    if case.message is None:
        return ""
    name = case.algorithms[0]
    time = case.time(name, case.message)
    rate = readable(case.message / time, "byte/s")
    text = f"{case.what}: {readable(case.message, 'byte')} in {readable(time, 's')}, {rate}"
    figure.add_scatter(
        x=[case.message],
        y=[time],
        mode="markers",
        name=f"{case.what} of this plan",
        marker={"size": 13, "symbol": "diamond", "color": colours()[0]},
        hovertemplate=f"{lines(text)}<extra></extra>",
    )
    return f"{text[0].upper()}{text[1:]}."


def _short(size: float) -> str:
    factor, unit = handy(size, "byte")
    return f"{size / factor:.2g} {unit}"
