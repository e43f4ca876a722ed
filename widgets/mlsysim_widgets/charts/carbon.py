"""Carbon by region, by hour of the day and by stage of life; water by data centre."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from mlsysim import Evaluation, Infra, InputError
from mlsysim.core.graph import choose, solve
from mlsysim.core.points import at_points
from mlsysim.core.records import Record
from mlsysim.core.solver.optima.placement import HOURS_OF_DAY, Window, best_window, figures_of
from mlsysim.core.solver.optima.placement import regions as all_regions
from mlsysim.core.symbols import SYMBOLS
from mlsysim.core.text import plain, readable
from mlsysim.core.units import coherent
from mlsysim.metrics import METRICS

from ..hover import percent
from ..labels import AT_EDGE, axis_unit, names_of, wrapped
from ..theme import colours, finish
from . import chart

CARBON, WATER, INTENSITY, WUE = "operational_carbon", "water", "grid_carbon_intensity", "wue"
STAGES = (CARBON, "embodied_carbon")
WORDS = {metric.symbol: metric.words for metric in METRICS}
#: Bars where no places are named; the height of one, and what titles and legend take.
MOST, BAR, REST = 12, 24, 176
#: Letters of a grid's name beside its bar: a longer one loses what it has in brackets.
LETTERS = 24
#: Hours that are looked for in a day when a plan is busy all day; lines where no regions are named.
SOME_HOURS, CURVES = 8, 5
SERVICE = "evaluation = mlsysim.SystemEvaluator.evaluate(plan=mlsysim.Scenarios.Service70B)\n"


class Place(NamedTuple):
    """A bar: its record, its value, and whether it is where the plan runs."""

    record: Record
    value: float
    own: bool

    @property
    def label(self) -> str:
        name = self.record.name.rpartition(": ")[2]
        if len(name) > LETTERS:
            name = name.partition(" (")[0]
        if self.record.type.name != "Grid":
            name = self.record.id.replace("_", " ")
        return f"<b>{name}</b>" if self.own else name


# ---- regions and data centres
@chart("The same work in other regions", SERVICE + "carbon(evaluation)")
def carbon(evaluation: Evaluation, regions: Sequence[str] = ()) -> go.Figure:
    """Carbon of the electricity in every region, the least first; by colour, what the grid's figure counts."""
    _differs(evaluation, INTENSITY)
    own = evaluation.scenario.region
    named = [_grid(name) for name in regions] or _with(own, Infra.Grids)
    places = [
        Place(region, _value(evaluation, CARBON, figures_of(region, evaluation)), region is own)
        for region in named
    ]
    chosen = _ranked(places, MOST if not regions else len(places))
    figure = go.Figure()
    for basis, colour in zip(("life-cycle", "operational", ""), colours()):
        some = [place for place in chosen if place.record.traits.get("basis", "") == basis]
        words = f"Counts {basis} carbon" if basis else "Does not say what it counts"
        _bars(figure, some, CARBON, INTENSITY, words, colour, chosen)
    return _finished(figure, evaluation, chosen, CARBON, "Carbon of the electricity by region")


@chart("The same work in other data centres", SERVICE + "water(evaluation)")
def water(evaluation: Evaluation, facilities: Sequence[str] = ()) -> go.Figure:
    """Water on site in every data centre whose use is known, the least first."""
    _differs(evaluation, WUE)
    own = evaluation.scenario.facility
    named = [Infra.Facilities.find(name, "facilities") for name in facilities]
    places = []
    for facility in named or _with(own, Infra.Facilities):
        figures = {k: v for k, v in facility.values().items() if k == WUE}
        places.append(Place(facility, _value(evaluation, WATER, figures), facility is own))
    chosen = _ranked(places, MOST if not facilities else len(places))
    figure = go.Figure()
    _bars(figure, chosen, WATER, WUE, WORDS[WATER], colours()[5], chosen)
    figure.update_traces(showlegend=False)
    return _finished(figure, evaluation, chosen, WATER, "Water on site by data centre")


def _differs(evaluation: Evaluation, name: str) -> None:
    """A figure that the plan itself states is the same everywhere."""
    if name in evaluation.scenario.plan.inputs:
        raise InputError(
            f"inputs.{name}: the plan states it, so that no place differs from another"
        )


def _grid(name: str) -> Record:
    record = Infra.find(name, "regions")
    if record.type.name != "Grid":
        raise InputError(f"regions: {name!r} is a {record.type.name.lower()}, not a grid or region")
    return record


def _with(own: Record, group: Iterable[Record]) -> list[Record]:
    return [own, *(record for record in group if record is not own)]


def _value(evaluation: Evaluation, symbol: str, figures: dict[str, float]) -> float:
    scenario = evaluation.scenario
    return solve((symbol,), {**scenario.given, **figures}, scenario.options)[symbol]


def _ranked(places: Sequence[Place], most: int) -> list[Place]:
    """The places whose value is known, least first; of many, the plan's own and some evenly apart in rank."""
    known = sorted((p for p in places if p.value == p.value), key=lambda place: place.value)
    if len(known) <= most:
        return known
    kept = {round(i * (len(known) - 1) / (most - 1)) for i in range(most)}
    return [place for i, place in enumerate(known) if i in kept or place.own]


def _bars(
    figure: go.Figure,
    places: Sequence[Place],
    symbol: str,
    figure_name: str,
    words: str,
    colour: str,
    chosen: Sequence[Place],
) -> None:
    """Bars of one colour with the figure of each place and its source."""
    if not places:
        return
    declared = SYMBOLS[symbol].unit
    label, factor = axis_unit((place.value for place in chosen), declared)
    figure.add_bar(
        x=[place.value / factor for place in places],
        y=[place.label for place in places],
        orientation="h",
        name=words,
        marker_color=colour,
        text=[plain(float(f"{place.value / factor:.3g}")) for place in places],
        textposition="outside",
        cliponaxis=False,
        customdata=[wrapped(_source(place.record, figure_name)) for place in places],
        hovertemplate=f"%{{y}}: %{{text}} {label}<br>%{{customdata}}<extra></extra>",
    )


def _source(record: Record, name: str) -> str:
    """A figure of a place, and where it was published."""
    entry = record[name]
    value = readable(entry.value, SYMBOLS[name].unit)
    return f"{value}: {record.source(entry.source).title}, {entry.at} ({entry.kind})"


def _finished(
    figure: go.Figure, evaluation: Evaluation, chosen: Sequence[Place], symbol: str, title: str
) -> go.Figure:
    if not chosen:
        lacks = ", ".join(evaluation.lacking(symbol))
        raise InputError(f"{symbol}: it is not known of any place named; {lacks} missing")
    declared = SYMBOLS[symbol].unit
    label, factor = axis_unit((place.value for place in chosen), declared)
    first, last = chosen[0], chosen[-1]
    own = [place for place in chosen if place.own and place not in (first, last)]
    said = "; ".join(
        f"{place.record.name} {readable(place.value, declared).replace('**3', '³')}{', the plan' * place.own}"
        for place in (first, *own, last)
    )
    return finish(
        figure,
        title,
        f"{evaluation.scenario.name}, least to most: {said}",
        x=f"{label} in {_days(evaluation)}",
        xaxis={"range": [0, 1.25 * last.value / factor or 1]},
        yaxis={
            "categoryorder": "array",
            "categoryarray": [place.label for place in reversed(chosen)],
            "showgrid": False,
        },
        height=REST + BAR * len(chosen),
        margin={"b": 92},
        **AT_EDGE,
    )


def _days(evaluation: Evaluation) -> str:
    return f"{evaluation.scenario.plan.ops.duration_days:g} days"


# ---- hours
@chart("When to run: the carbon of every hour of a day", SERVICE + "carbon_hours(evaluation)")
def carbon_hours(
    evaluation: Evaluation, regions: Sequence[str] = (), busy_hours: float | None = None
) -> go.Figure:
    """Carbon of an hour of work at every hour of the day, and by dots the best hours in one piece.

    Without `regions`, those of all profiles in which the best hours save most.
    """
    share = evaluation.scenario.plan.ops.utilisation
    length = busy_hours or (share * HOURS_OF_DAY if share < 1 else SOME_HOURS)
    if not 0 < length <= HOURS_OF_DAY:
        raise InputError(f"busy_hours: {length:g} must be above 0 and at most {HOURS_OF_DAY}")
    days = [_day(evaluation, name, profile, length) for name, profile in _profiles(regions)]
    if not regions:
        days = sorted(days, key=lambda day: day.best.ratio)[:CURVES]
    label, factor = axis_unit((value for day in days for value in day.carbon), "gCO2e")
    figure = go.Figure()
    for day, colour in zip(days, colours()):
        _curve(figure, day, length, colour, factor)
    said = "; ".join(
        f"{day.name} {day.best}, {percent(1 - day.best.ratio, 0)} less carbon than the mean of the day"
        for day in days
    )
    return finish(
        figure,
        f"Carbon of an hour, best {length:g} hours marked",
        f"The best {length:g} hours in one piece, UTC: {said}",
        x="Hour of the day, UTC",
        y=f"{label} in an hour of work",
        xaxis={"tickvals": list(range(0, HOURS_OF_DAY, 4)), "range": [-0.7, HOURS_OF_DAY - 0.3]},
        yaxis={"rangemode": "tozero"},
        height=460,
        margin={"b": 132},
    )


class Day(NamedTuple):
    """The carbon of an hour's work at each hour of a profile, and the best hours in one piece."""

    name: str
    profile: Record
    carbon: list[float]
    best: Window


def _day(evaluation: Evaluation, name: str, profile: Record, length: float) -> Day:
    carbon = hourly(evaluation, profile)
    return Day(name, profile, carbon, best_window(carbon, length))


def _curve(figure: go.Figure, day: Day, length: float, colour: str, factor: float) -> None:
    """The line of a day, and the dots of its best hours."""
    values = [value / factor for value in day.carbon]
    figure.add_scatter(
        x=list(range(HOURS_OF_DAY)),
        y=values,
        mode="lines",
        name=day.name,
        line={"color": colour, "width": 2.5},
        customdata=[readable(value, "gCO2e") for value in day.carbon],
        hovertemplate=f"{day.name} from %{{x}}:00: %{{customdata}} an hour<br>"
        f"{wrapped(_source_of_hours(day.profile))}<extra></extra>",
    )
    best = [h for h in range(HOURS_OF_DAY) if (h - day.best.start) % HOURS_OF_DAY < length]
    figure.add_scatter(
        x=best,
        y=[values[hour] for hour in best],
        mode="markers",
        name=f"{day.name}, best hours",
        showlegend=False,
        marker={"color": colour, "size": 8},
        hoverinfo="skip",
    )


def hourly(evaluation: Evaluation, profile: Record) -> list[float]:
    """Carbon of an hour's work at each hour of a profile."""
    scenario, entry = evaluation.scenario, profile["hourly"]
    given = {**scenario.given, "duration": coherent(1.0, "hour"), "utilisation": 1.0}
    intensities = [coherent(row[1], entry.unit) for row in entry.value]
    return at_points((CARBON,), given, scenario.options, {INTENSITY: intensities})[CARBON]


def _profiles(regions: Sequence[str]) -> list[tuple[str, Record]]:
    """The profiles of the regions named, else every one there is."""
    if not regions:
        return [(p.name.removesuffix("by hour").rstrip(", "), p) for p in Infra.Hours]
    found = []
    for record in map(_grid, regions):
        if "hours" not in record.traits:
            have = ", ".join(r.id for r in all_regions() if "hours" in r.traits)
            raise InputError(f"regions: {record.id} has no hours of the day; there are {have}")
        profile = Infra.Hours.find(record.traits["hours"], "regions")
        found.append((record.name, profile))
    return found


def _source_of_hours(profile: Record) -> str:
    entry = profile["hourly"]
    return f"{profile.source(entry.source).title}, {entry.at}, {profile.traits['basis']}"


# ---- stages
@chart(
    "Carbon of the electricity and of making the chips",
    "evaluate = mlsysim.SystemEvaluator.evaluate\n"
    'places = [evaluate(r, "Llama3_70B", "H100", nodes=1, region=r) for r in ("Quebec", "Poland")]\n'
    "carbon_stages(*places, share=True)",
)
def carbon_stages(*evaluations: Evaluation, share: bool = False) -> go.Figure:
    """A stack for each evaluation: carbon of running, and of making the accelerators for the share of life used.

    With `share`, all stacks are of one length.
    """
    names = names_of(evaluations)
    values = {s: [e.values[s] for e in evaluations] for s in STAGES}
    label, factor = axis_unit((value for row in values.values() for value in row), "gCO2e")
    figure = go.Figure()
    for symbol, colour in zip(STAGES, colours()):
        papers = [str(choose(symbol, e.scenario.options).paper) for e in evaluations]
        figure.add_bar(
            x=[value / factor if value == value else 0.0 for value in values[symbol]],
            y=names,
            orientation="h",
            name=WORDS[symbol],
            marker_color=colour,
            text=[readable(value, "gCO2e") for value in values[symbol]],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            customdata=[[_told(e, symbol), paper] for e, paper in zip(evaluations, papers)],
            hovertemplate=f"{WORDS[symbol]}: %{{customdata[0]}}<br>%{{customdata[1]}}<extra></extra>",
        )
    said = "; ".join(
        f"{e.scenario.name}: " + ", ".join(f"{WORDS[s].lower()} {_told(e, s)}" for s in STAGES)
        for e in evaluations
    )
    days = {_days(evaluation) for evaluation in evaluations}
    unit = "% of the carbon" if share else label
    return finish(
        figure,
        "Carbon by stage of life",
        said,
        x=f"{unit} in {days.pop()}" if len(days) == 1 else unit,
        barmode="stack",
        barnorm="percent" if share else "",
        yaxis={"autorange": "reversed", "showgrid": False},
        uniformtext={"minsize": 10, "mode": "hide"},
        height=200 + 50 * len(names),
        margin={"b": 112},
        **AT_EDGE,
    )


def _told(evaluation: Evaluation, symbol: str) -> str:
    """A value in words, or what it lacks."""
    value = evaluation.values[symbol]
    if value == value:
        return readable(value, "gCO2e")
    return f"not known ({', '.join(evaluation.lacking(symbol))} missing)"
