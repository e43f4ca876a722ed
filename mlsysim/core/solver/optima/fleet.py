"""The cheapest fleet: every chip and every count of it, each in the layout that an evaluation would choose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from ....hardware import Hardware
from ....layout import DEGREES, candidates, check, judged, settings
from ....metrics import Metric, metrics_of, resolve
from ....plan import Plan
from ....scenario import WIDTHS, Scenario, find_chip
from ...errors import InputError
from ...graph import plan as plan_of
from ...points import arrays_at, as_array, at_points
from ...records import Record
from ...text import plain
from ...trace import missing
from .optimum import FITS, Bound, Optimum, bounds_of, dearer, front_metrics, optimum

MOST = 1024
CHOICES = ("chip", "accelerators", "layout", "precision")
Columns = dict[str, list[Any]]


class Chip(NamedTuple):
    """A chip that can run the plan, and the plan on one of it."""

    name: str
    scenario: Scenario


def counts_of(each: float, most: int) -> list[int]:
    """Every number of chips up to a node, then whole nodes."""
    node = max(1, int(each))
    return [*range(1, min(node, most) + 1), *range(2 * node, most + 1, node)]


def chips_beside(plan: Plan) -> list[str]:
    """The chips that stand where the plan's does: in a host, or in the field as hosts of their own."""
    alone = _in_the_field(find_chip(plan.hardware.name))
    return [record.path for record in Hardware if _in_the_field(record) == alone]


def _in_the_field(chip: Record) -> bool:
    return chip.traits.get("node") == "Standalone"


def chips_named(names: Iterable[str]) -> list[str]:
    """Chips that a user names, each once."""
    found: dict[str, str] = {}
    for name in names:
        chip = find_chip(name) if name.endswith(".toml") else Hardware.find(name, "chips")
        found.setdefault(chip.path, name)
    if not found:
        raise InputError("chips: none is named")
    return list(found.values())


def _on(plan: Plan, name: str) -> Scenario:
    """The plan on one chip of another kind, with as many bits to a number as on its own."""
    keys: dict[str, Any] = {"name": name, "nodes": None, "accelerators": 1}
    own, usual = (find_chip(n).traits.get("precision", "fp16") for n in (plan.hardware.name, name))
    if plan.hardware.precision is None and WIDTHS[usual] != WIDTHS[own]:
        chip, alike = find_chip(name), [own, *(p for p, w in WIDTHS.items() if w == WIDTHS[own])]
        have = [p for p in alike if f"peak_{p}" in chip]
        if not have:
            raise InputError(f"no arithmetic of {8 * WIDTHS[own]:g} bits")
        keys["precision"] = have[0]
    return Scenario(plan.model_copy(update={"hardware": plan.hardware.model_copy(update=keys)}))


def chips_of(plan: Plan, names: Iterable[str]) -> tuple[list[Chip], dict[str, str]]:
    """The chips that can run the plan, and why others cannot."""
    able, unable = [], {}
    for name in names:
        try:
            able.append(Chip(find_chip(name).id, _on(plan, name)))
        except InputError as error:
            chip = find_chip(name).id
            unable[chip] = str(error).split(";")[0].replace(f"{chip} states", "it states")
    return able, unable


NAMES = ("chips", *DEGREES)


class Table(NamedTuple):
    """Every layout of some counts of chips, a column each, those of a count together; where each count begins."""

    columns: dict[str, Any]
    starts: list[int]

    def row(self, i: int) -> tuple[int, ...]:
        """The count and the degrees of a layout."""
        return tuple(int(self.columns[name][i]) for name in NAMES)


class Layouts:
    """The layouts of every count of chips; those of a count are the same for every kind of chip."""

    def __init__(self) -> None:
        self.known: dict[int, list[tuple[int, ...]]] = {}
        self.tables: dict[tuple[int, ...], Table] = {}

    def table(self, scenario: Scenario, counts: Sequence[int]) -> Table:
        """The layouts of these counts; a count that has none is left out."""
        for count in counts:
            if count not in self.known:
                scenario.given["chips"] = float(count)
                self.known[count] = [(count, *row) for row in candidates(scenario)]
        key = tuple(count for count in counts if self.known[count])
        if key not in self.tables:
            rows = [row for count in key for row in self.known[count]]
            starts = [0, *accumulate(len(self.known[count]) for count in key)][:-1]
            self.tables[key] = Table(
                {name: as_array(column) for name, column in zip(NAMES, zip(*rows))}, starts
            )
        return self.tables[key]


def fastest(starts: Sequence[int], times: Any, loads: Any) -> list[int]:
    """The fastest row of each count that fits; where none does, the nearest to fitting; of equal ones the first."""
    if not hasattr(loads, "dtype"):
        ends = [*starts[1:], len(loads)]
        order = [judged(time, load) for time, load in zip(times, loads)]
        return [min(range(a, b), key=order.__getitem__) for a, b in zip(starts, ends)]
    import numpy as np

    sizes = np.diff([*starts, len(loads)])
    fits = loads <= 1
    fit = np.repeat(np.logical_or.reduceat(fits, starts), sizes)
    keys = np.where(fits, times, np.where(fit, np.nan, loads))
    least = np.repeat(np.fmin.reduceat(keys, starts), sizes)
    winners = np.flatnonzero(((keys == least) | np.isnan(least)) & (fits | ~fit))
    return [int(i) for i in winners[np.searchsorted(winners, starts)]]


def _chosen(scenario: Scenario, table: Table) -> list[list[int]]:
    """For each of the settings that the plan leaves open, the rows that win with it, one for each count in all."""
    found = []
    for options in settings(scenario):
        both = ("step_time", "memory_load")
        answer = arrays_at(both, scenario.given, {**scenario.options, **options}, table.columns)
        times, loads = (answer[symbol] for symbol in both)
        rows = fastest(table.starts, times, loads)
        found.append([(judged(float(times[i]), float(loads[i])), i) for i in rows])
    won: list[list[int]] = [[] for _ in found]
    for entries in zip(*found):
        number = min(range(len(entries)), key=lambda n: entries[n][0])
        won[number].append(entries[number][1])
    return won


def evaluate(scenario: Scenario, table: Table, metrics: Sequence[Metric]) -> Columns:
    """The best layout of each count and its metrics, as an evaluation of that count would choose it."""
    columns: Columns = {name: [] for name in ("accelerators", "layout", *(m.name for m in metrics))}
    symbols = {metric.symbol for metric in metrics}
    for options, won in zip(settings(scenario), _chosen(scenario, table)):
        if not won:
            continue
        rows = [table.row(i) for i in won]
        columns["accelerators"] += [row[0] for row in rows]
        columns["layout"] += [_words(row, options if scenario.training else {}) for row in rows]
        given, chosen = dict(zip(NAMES, zip(*rows))), {**scenario.options, **options}
        answers = at_points(symbols, scenario.given, chosen, given)
        for metric in metrics:
            columns[metric.name] += [x * metric.scale for x in answers[metric.symbol]]
    return columns


def fleet(
    plan: Plan,
    *,
    chips: Iterable[str] | None = None,
    most: int = MOST,
    metric: str = "tco_usd",
    front: str = "",
    top: int = 10,
) -> Optimum:
    """Every chip and count of it by cost, or by another metric: those first that fit and keep all asserts."""
    own = Scenario(plan)
    every = metrics_of(own)
    goal, bounds = resolve(metric, every), [FITS, *bounds_of(plan, every)]
    axes = front_metrics(front, every, "front") if front else ()
    shown = tuple(dict.fromkeys((goal, *(b.metric for b in bounds[1:]), FITS.metric, *axes)))
    able, unable = chips_of(plan, chips_beside(plan) if chips is None else chips_named(chips))
    columns: Columns = {name: [] for name in (*CHOICES, *(m.name for m in shown))}
    unpriced, short = {}, {}
    layouts = Layouts()
    for chip, scenario in able:
        counts = counts_of(scenario.given["accelerators_per_node"], most)
        table = layouts.table(scenario, counts)
        if not table.starts:
            continue
        found = evaluate(scenario, table, shown)
        if all(value != value for value in found[goal.name]):
            unpriced[chip] = _lacking(scenario, goal)
            continue
        nearest = min(_excess(found, i, bounds) for i in range(len(found["layout"])))
        if nearest[0] > 0:
            short[chip] = nearest
        found["chip"] = [chip] * len(found["layout"])
        found["precision"] = [scenario.precision] * len(found["layout"])
        for name, column in columns.items():
            column += found[name]
    if not (columns["chip"] or unpriced):
        _refuse(own, able, unable, most)
    notes = [*_left_out(goal, most, unpriced, short, unable)]
    if chips is None and not _in_the_field(own.chip):
        notes.append(
            "devices in the field, which are their own hosts, are left out unless --chips names them"
        )
    if not any(bound.metric.lens == "performance" for bound in bounds):
        notes.append(
            "no assert bounds the speed: this is the least fleet that fits, however slow it is"
        )
    return optimum(
        "hardware",
        f"The least {goal.name} for {own.model.id} for {plan.ops.duration_days:g} days on up to "
        f"{most:,} chips, each count in the layout that eval would choose",
        columns,
        objective=goal,
        choices=CHOICES,
        metrics=shown,
        bounds=bounds,
        front_of=axes,
        top=top,
        why=lambda row, best: f"{dearer(row[goal.name], best[goal.name])} {_word(goal)}",
        best_of_each="chip",
        notes=notes,
    )


def _words(row: tuple[int, ...], options: Mapping[str, str]) -> str:
    """A layout in words; degrees of 1 are left out."""
    degrees = [f"{name} {degree}" for name, degree in zip(DEGREES, row[1:]) if degree > 1]
    return ", ".join([*degrees, *(f"{k} {v}" for k, v in options.items())]) or "one chip"


def _word(goal: Metric) -> str:
    return "cost" if goal.unit == "USD" else goal.name


def _refuse(own: Scenario, able: list[Chip], unable: dict[str, str], most: int) -> None:
    """Say why no count of any chip has a layout."""
    check(own)
    if not able:
        name, reason = next(iter(unable.items()))
        raise InputError(f"hardware.name: {name}: {reason}")
    asked = own.plan.parallelism.model_dump(exclude_unset=True)
    raise InputError(f"parallelism: no layout with {asked} exists on up to {most:,} accelerators")


# ---- what is said beside
def _lacking(scenario: Scenario, goal: Metric) -> list[str]:
    """The absent figures for which a metric is not known."""
    given = {**scenario.given, **dict.fromkeys(NAMES, 1.0)}
    asked = plan_of(
        {goal.symbol: goal.symbol}, given, {**scenario.options, **settings(scenario)[0]}
    )
    return missing(asked, goal.symbol, asked.run(given))


def _excess(found: Columns, i: int, bounds: Sequence[Bound]) -> tuple[float, str]:
    """How far a point is from keeping all bounds, and the value that is the farthest."""
    far = [(bound.excess(found[bound.metric.name][i]), bound) for bound in bounds]
    excess, bound = max(far, key=lambda pair: pair[0])
    return excess, f"{bound.metric.name} {plain(found[bound.metric.name][i])} {bound.metric.unit}"


def _left_out(
    goal: Metric,
    most: int,
    unpriced: Mapping[str, list[str]],
    short: Mapping[str, tuple[float, str]],
    unable: Mapping[str, str],
) -> list[str]:
    """Which chips are not ranked, and why."""
    notes = []
    if unpriced:
        names = sorted({name for lacking in unpriced.values() for name in lacking})
        note = f"{goal.name} of {_some(unpriced)} is not known: {', '.join(names)} missing"
        rents = "rent_price" not in names and goal.unit == "USD"
        notes.append(note + ("; --price-per-hour listed compares by rent" if rents else ""))
    if short:
        near = sorted(short, key=lambda chip: short[chip][0])
        told = [f"{chip} ({short[chip][1].rstrip()})" for chip in near]
        notes.append(f"no count up to {most:,} keeps every bound, the nearest first: {_some(told)}")
    if unable:
        reasons: dict[str, list[str]] = {}
        for chip, reason in unable.items():
            reasons.setdefault(reason, []).append(chip)
        notes += [f"cannot run it: {_some(chips)}: {reason}" for reason, chips in reasons.items()][
            :3
        ]
    return notes


def _some(names: Iterable[str], few: int = 3) -> str:
    """A few names, and how many more there are."""
    names = list(names)
    rest = f" and {len(names) - few} more" if len(names) > few else ""
    return ", ".join(names[:few]) + rest
