"""Where a plan should run: every region by its cost and its taxed carbon, and at which tax another one wins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from ....evaluation import Evaluation
from ....infra import Infra
from ....infra.site import GRID
from ....metrics import Metric, resolve
from ....plan import Plan
from ....scenario import Scenario
from ...errors import InputError, unknown
from ...points import at_points
from ...records import Record
from ...text import plain, readable
from ...units import coherent, read_quantity
from .optimum import FITS, Bound, Optimum, Section, bounds_of, dearer, front_metrics, optimum

#: The groups of the registry that are places: kinds of power station and bare prices are none.
PLACES = ("Grids", "Regions", "Subregions")
TAX = "USD/tCO2e"
TOTAL = Metric("macro", "total_usd", "taxed_cost", "USD", "Total cost with the tax on carbon")
INTENSITY = Metric(
    "macro", "intensity", "grid_carbon_intensity", "gCO2e/kWh", "Carbon of electricity"
)
PRICE = Metric("macro", "electricity", "electricity_price", "USD/kWh", "Price of electricity")
SHOWN = ("tco_usd", "carbon_t", "water_m3")
HOURS_OF_DAY = 24


def read_tax(value: float | str, field: str = "carbon_tax") -> float:
    """A tax on carbon in USD per tonne."""
    tax = read_quantity(value, TAX, field)
    if tax < 0:
        raise InputError(f"{field}: {value!r} must be at least 0 {TAX}")
    return tax


def regions(basis: str | None = None) -> list[Record]:
    """All regions of the registry, or those that count carbon in one way."""
    allowed = GRID.traits["basis"]
    if basis not in (None, *allowed):
        raise unknown("basis", basis, allowed)
    found = [record for group in PLACES for record in getattr(Infra, group)]
    return [record for record in found if basis in (None, record.traits.get("basis"))]


def figures_of(region: Record, evaluation: Evaluation) -> dict[str, float]:
    """What a region gives to the graph, unless the plan's inputs replace it."""
    kept = evaluation.scenario.plan.inputs
    return {k: v for k, v in region.values().items() if k in GRID.fields and k not in kept}


def placement(
    plan: Plan,
    *,
    carbon_tax: float | str = 0.0,
    basis: str | None = None,
    front: str = "tco_usd,carbon_t",
    top: int = 10,
) -> Optimum:
    """Every region by cost and taxed carbon: the best, what no other beats, and the taxes at which another wins."""
    tax = read_tax(carbon_tax)
    evaluation, places = Evaluation(Scenario(plan)), regions(basis)
    bounds = bounds_of(plan, evaluation.metrics)
    bounds = [FITS, *bounds] if evaluation.fit_known else bounds
    own = (TOTAL, INTENSITY, PRICE, *evaluation.metrics)
    axes = front_metrics(front, own, "front")
    shown = (TOTAL, *(resolve(name, own) for name in SHOWN), INTENSITY, PRICE)
    metrics = tuple(dict.fromkeys((*shown, *(b.metric for b in bounds), *axes)))
    columns = _columns(evaluation, places, tax, metrics)
    lines = [
        Line(*row)
        for row in zip(columns["region"], columns["tco_usd"], columns["carbon_t"])
        if row[1] == row[1] and row[2] == row[2]
    ]
    kept = {places[i].id for i in _held(columns, bounds)}
    ends = envelope([line for line in lines if line.region in kept])
    hours = _hours(evaluation, places, columns, tax, kept)
    told = tuple(dict.fromkeys((*shown, *axes)))
    return optimum(
        "placement",
        f"Where to run {evaluation.scenario.name} for {plan.ops.duration_days:g} days, when a "
        f"tonne of carbon costs {plain(tax)} USD: total_usd is tco_usd and the tax on carbon_t",
        columns,
        objective=TOTAL,
        choices=("region", "basis"),
        metrics=told,
        bounds=bounds,
        front_of=axes,
        top=top,
        why=_why,
        notes=_notes(evaluation, places, columns, tax, basis, ends, hours),
        sections=(_taxes(ends), *([hours] if hours.rows else [])),
    )


def _columns(
    evaluation: Evaluation, places: Sequence[Record], tax: float, metrics: Sequence[Metric]
) -> dict[str, Sequence[Any]]:
    """All regions in one call: a column for each of a region's figures, a column of each metric."""
    scenario = evaluation.scenario
    figures = [figures_of(place, evaluation) for place in places]
    given = {**scenario.given, "carbon_tax": coherent(tax, TAX)}
    columns = {name: [entry[name] for entry in figures] for name in figures[0]}
    symbols = {metric.symbol for metric in metrics}
    found = at_points(symbols, given, scenario.options, columns)
    return {
        "region": [place.id for place in places],
        "basis": [place.traits.get("basis", "") for place in places],
        **{m.name: [value * m.scale for value in found[m.symbol]] for m in metrics},
    }


def _held(columns: dict[str, Sequence[Any]], bounds: Sequence[Bound]) -> list[int]:
    rows = range(len(columns["region"]))
    return [i for i in rows if all(b.holds(columns[b.metric.name][i]) for b in bounds)]


def _why(row: dict[str, Any], best: dict[str, Any]) -> str:
    """How much more a runner-up costs, and whether it is the money or the carbon."""
    more = dearer(row["total_usd"], best["total_usd"])
    cost, carbon = (row[name] - best[name] for name in ("tco_usd", "carbon_t"))
    words = [
        word
        for word, told in (
            ("cheaper", cost < 0),
            ("dearer", cost > 0),
            ("less carbon", carbon < 0),
            ("more carbon", carbon > 0),
        )
        if told
    ]
    return f"{more}: {', '.join(words)}" if words else more


# ---- the tax at which the answer changes
class Line(NamedTuple):
    """A region's total as a line over the tax: cost at no tax, carbon as its slope."""

    region: str
    cost: float
    carbon: float


class Stretch(NamedTuple):
    """The taxes between which a region is the best; to infinity at last."""

    line: Line
    low: float
    high: float


def envelope(lines: Sequence[Line]) -> list[Stretch]:
    """Which line is the lowest at every tax from nothing on; of equal lines the first."""
    hull: list[tuple[Line, float]] = []
    for line in sorted(lines, key=lambda line: (-line.carbon, line.cost)):
        if hull and hull[-1][0].carbon == line.carbon:
            continue
        start = 0.0
        while hull:
            last, since = hull[-1]
            start = (line.cost - last.cost) / (last.carbon - line.carbon)
            if start > since:
                break
            hull.pop()
            start = 0.0
        hull.append((line, start))
    starts = [start for _, start in hull[1:]] + [float("inf")]
    return [Stretch(line, low, high) for (line, low), high in zip(hull, starts)]


def _taxes(ends: Sequence[Stretch]) -> Section:
    rows = [
        {
            "tax_from": stretch.low,
            "tax_to": stretch.high,
            "region": stretch.line.region,
            "tco_usd": stretch.line.cost,
            "carbon_t": stretch.line.carbon,
        }
        for stretch in ends
    ]
    units = {"tax_from": TAX, "tax_to": TAX, "tco_usd": "USD", "carbon_t": "tCO2e"}
    return Section("taxes", "The best region by the tax", units, rows)


def changes(ends: Sequence[Stretch], tax: float) -> list[str]:
    """Up to which tax and down to which one the answer stays, and what wins there."""
    words = []
    for before, after in pairwise(ends):
        if before.low <= tax < before.high:
            words.append(f"from {plain(after.low)} {TAX} on, {after.line.region} is the best")
        if after.low <= tax < after.high:
            words.append(f"below {plain(after.low)} {TAX}, {before.line.region} is the best")
    if not words and ends:
        words.append(
            f"{ends[0].line.region} is the best at any tax: it is the cheapest region and the cleanest"
        )
    return words


# ---- hours of the day
class Window(NamedTuple):
    """The busy hours of a day, UTC, and the mean of the carbon intensity then over that of the whole day."""

    start: int
    length: float
    ratio: float

    def __str__(self) -> str:
        end = (self.start + self.length) % HOURS_OF_DAY
        return f"{self.start:02d}:00 to {int(end):02d}:{round(end % 1 * 60):02d}"


def best_window(intensities: Sequence[float], length: float) -> Window:
    """The `length` hours in one piece, from a whole hour on, whose electricity has the least carbon."""
    mean = sum(intensities) / HOURS_OF_DAY
    shares = [min(max(length - i, 0.0), 1.0) for i in range(HOURS_OF_DAY)]

    def carbon(start: int) -> float:
        turned = [*intensities[start:], *intensities[:start]]
        return sum(share * x for share, x in zip(shares, turned)) / length

    start = min(range(HOURS_OF_DAY), key=carbon)
    return Window(start, length, carbon(start) / mean)


def _hours(
    evaluation: Evaluation,
    places: Sequence[Record],
    columns: dict[str, Sequence[Any]],
    tax: float,
    kept: set[str],
) -> Section:
    """The carbon of each region with a profile when the busy hours of a day are its best ones."""
    scenario, length = evaluation.scenario, evaluation.scenario.plan.ops.utilisation * HOURS_OF_DAY
    fixed = {**scenario.given, "grid_carbon_intensity": 1.0}
    ends = at_points(
        ("operational_carbon",),
        fixed,
        scenario.options,
        {"utilisation": [1.0, 0.0, length / HOURS_OF_DAY]},
    )["operational_carbon"]
    busy, idle, mean = ends
    rows: list[dict[str, Any]] = []
    for i, place in enumerate(places if length < HOURS_OF_DAY else ()):
        total = columns["total_usd"][i]
        if "hours" not in place.traits or place.id not in kept or total != total:
            continue
        profile = Infra.Hours.find(place.traits["hours"], f"{place.path}.hours")
        window = best_window([row[1] for row in profile["hourly"].value], length)
        share = 1 + (busy - idle) / mean * (window.ratio - 1) * length / HOURS_OF_DAY
        carbon = columns["carbon_t"][i] * share
        rows.append(
            {
                "region": place.id,
                "busy_utc": str(window),
                "carbon_t": columns["carbon_t"][i],
                "then_carbon_t": carbon,
                "less": f"{1 - share:.1%}",
                "then_total_usd": columns["tco_usd"][i] + tax * carbon,
                "profile": profile.id,
            }
        )
    rows.sort(key=lambda row: row["then_total_usd"])
    title = f"Busy {length:.3g} hours of a day: the best ones"
    units = {"carbon_t": "tCO2e", "then_carbon_t": "tCO2e", "then_total_usd": "USD"}
    return Section("hours", title, units, rows)


# ---- what is said beside
def _notes(
    evaluation: Evaluation,
    places: Sequence[Record],
    columns: dict[str, Sequence[Any]],
    tax: float,
    basis: str | None,
    ends: Sequence[Stretch],
    hours: Section,
) -> list[str]:
    """When the answer changes, what is not ranked, and what the carbon counts."""
    plan = evaluation.scenario.plan
    notes = [*changes(ends, tax), *_unknown(places, columns, evaluation)]
    counted = Counter(place.traits.get("basis", "not said") for place in places)
    if len(counted) > 1:
        said = ", ".join(f"{kind} {count}" for kind, count in counted.most_common())
        notes.append(f"carbon is not counted alike everywhere ({said}): --basis keeps to one way")
    embodied = evaluation.values["embodied_carbon"]
    made = (
        f"{readable(embodied, 'gCO2e')} of making the accelerators"
        if embodied == embodied
        else "making the accelerators"
    )
    notes.append(
        f"carbon_t is that of the electricity; {made} is the same everywhere and not taxed here"
    )
    if plan.ops.price_per_hour is not None:
        notes.append("the rent is the same everywhere, whatever electricity costs")
    if plan.ops.utilisation == 1:
        notes.append(
            "the system is busy all day; with --utilisation 0.5 the best 12 hours are told"
        )
    elif hours.rows and ends:
        first = hours.rows[0]
        least = min(total for total in columns["total_usd"] if total == total)
        if first["then_total_usd"] < least:
            notes.append(
                f"busy in its best hours, {first['region']} has a total of "
                f"{plain(first['then_total_usd'])} USD, less than any region by the mean of the day"
            )
    if not evaluation.fit_known:
        notes.append(f"{evaluation.summary('feasibility')}; whether it fits is left aside")
    return notes


def _unknown(
    places: Sequence[Record], columns: dict[str, Sequence[Any]], evaluation: Evaluation
) -> list[str]:
    """How many regions are not ranked for want of a figure, with examples."""
    reasons: dict[str, list[str]] = {}
    for place, total in zip(places, columns["total_usd"]):
        if total != total:
            lacks = [
                name for name, value in figures_of(place, evaluation).items() if value != value
            ]
            reason = " and ".join(
                n for n in ("electricity_price", "grid_carbon_intensity") if n in lacks
            )
            reasons.setdefault(reason, []).append(place.id)
    return [
        f"{len(names)} regions are not ranked: {reason or ', '.join(evaluation.lacking('tco'))} "
        f"is not known ({', '.join(names[:3])}{', ...' if len(names) > 3 else ''})"
        for reason, names in reasons.items()
    ]
