"""The least loss of quality that fits a device and keeps a plan's asserts, from published points only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import inf, log
from typing import Any, NamedTuple

from ....evaluation import Evaluation
from ....literature.points import Point, points
from ....metrics import Metric, metrics_of, resolve
from ....models import Models
from ....plan import Plan
from ....scenario import WIDTHS, Scenario, find_chip
from ...errors import InputError, unknown
from ...graph import solve
from ...records import Record
from ...text import plain
from ...units import coherent, read_quantity
from .optimum import FITS, Bound, Optimum, Section, bounds_of, dearer, front_metrics, optimum

#: How each form of quantised weights is evaluated: the precision, the option of wall 13, the bits of a weight.
FORMS = {
    "fp8": ("fp8", "full", 8),
    "int8": ("int8", "full", 8),
    "fp4": ("fp4", "full", 4),
    "int4": ("int4", "full", 4),
    "w8a16": ("w8a16", "weights", 8),
    "w4a16": ("w4a16", "weights", 4),
    "w3a16": ("w4a16", "weights", 3),
}
AS_IT_IS = "as it is"
SIZE = Metric("feasibility", "size_gib", "compressed_bytes", "GiB", "Size of the stored weights")
CHOICES = ("method", "form", "source")
SHOWN = ("latency", "memory_load")
NEAREST = 3
DIGITS = 9  # of a loss: those of the figures that it is the difference of


class Candidate(NamedTuple):
    """A point, or the model as it is, and what an evaluation says of it."""

    point: Point | None
    form: str
    size: float
    evaluation: Evaluation

    @property
    def loss(self) -> float:
        """In the point's own unit: percentage points, or perplexity."""
        return 0.0 if self.point is None else loss_of(self.point)

    def row(self, metrics: Iterable[Metric]) -> dict[str, Any]:
        """What is told of it."""
        values = {m.name: self.evaluation.value(m) for m in metrics if m not in (SIZE,)}
        return {
            "method": AS_IT_IS if self.point is None else self.point.method,
            "form": self.form,
            "source": "" if self.point is None else self.point.record.id,
            "loss": self.loss,
            SIZE.name: self.size / coherent(1, SIZE.unit),
            **{name: float("nan") if v is None else v for name, v in values.items()},
        }


def loss_of(point: Point) -> float:
    """The quality that a point loses, by wall 13: percentage points of accuracy, or perplexity gained."""
    names = {
        "accuracy": ("accuracy_share", "compressed_accuracy_share"),
        "perplexity": ("perplexity", "compressed_perplexity"),
    }[point.quality]
    given = dict(zip(names, (point.before, point.after)))
    found = solve(("quality_loss",), given, {"quality": point.quality})["quality_loss"]
    return round(found / coherent(1, "%") if point.quality == "accuracy" else found, DIGITS)


# ---- what the device makes of a form
def _wide(plan: Plan, chip: Record) -> str:
    """The precision of 16 bits or more that the model has as it is."""
    usual = [plan.hardware.precision, chip.traits.get("precision"), "fp16", "bf16", "fp32"]
    for name in usual:
        if name in WIDTHS and WIDTHS[name] >= WIDTHS["fp16"] and f"peak_{name}" in chip:
            return name
    raise InputError(f"{chip.id} has no arithmetic of 16 bits or more")


def _inputs(point: Point, given: Mapping[str, Any], params: float) -> tuple[str, dict[str, float]]:
    """The option of wall 13 for a form, and what its equations need beside the scenario."""
    form = point.form
    if form in FORMS:
        _, option, bits = FORMS[form]
        scale = {"scale_width": WIDTHS["fp16"], "scale_group": float(point.group or inf)}
        return option, {
            "code_width": coherent(bits, "bit"),
            "code_rate": given["peak_rate"],
            **scale,
        }
    if form == "2of4":
        return "2of4", {}
    if form == "student":
        share = point.record["size_share"].value
        return "distilled", {"student_params": share * params}
    if form == "packed":
        return "unstructured", {
            "kept_share": 1 / point.record["compression"].value,
            "index_width": 0.0,
        }
    kept = 1 - coherent(float(form[1:]), "%")  # one bit a weight says whether it is kept
    return "unstructured", {"kept_share": kept, "index_width": coherent(1, "bit") / kept}


def candidate(plan: Plan, point: Point | None) -> Candidate:
    """A point, or the model as it is, on the plan's device; an error where the device cannot run it."""
    form = "" if point is None else point.form
    precision = FORMS[form][0] if form in FORMS else _wide(plan, find_chip(plan.hardware.name))
    scenario = _scenario(plan, precision)
    given, options = scenario.given, scenario.options
    params = solve(("params",), given, options)["params"]
    if point is None:
        size = params * given["weight_width"]
        return Candidate(None, precision, size, Evaluation(scenario))
    option, inputs = _inputs(point, given, params)
    names = ("compressed_bytes", "read_width", "compressed_rate")
    found = solve(names, {**given, **inputs}, {**options, "compression": option})
    if found["read_width"] != found["read_width"]:
        raise InputError(f"whether {scenario.chip.id} has sparse matrix units is not known")
    given |= {"weight_width": found["read_width"], "peak_rate": found["compressed_rate"]}
    scenario.origins |= dict.fromkeys(("weight_width", "peak_rate"), f"{point.method}, {form}")
    named = f"{form}, groups of {point.group}" if point.group else form
    return Candidate(point, named, found["compressed_bytes"], Evaluation(scenario))


def _scenario(plan: Plan, precision: str | None = None) -> Scenario:
    """The plan at a precision, or at the chip's own."""
    hardware = plan.hardware.model_copy(update={"precision": precision})
    return Scenario(plan.model_copy(update={"hardware": hardware}))


def candidates(
    plan: Plan, wanted: Iterable[Point | None]
) -> tuple[list[Candidate], dict[str, list[str]]]:
    """What the device can run, and by reason what it cannot."""
    able: list[Candidate] = []
    unable: dict[str, list[str]] = {}
    alike: dict[tuple[str, int], Candidate] = {}
    for point in wanted:
        key = (point.form, point.group) if point is not None else ("", 0)
        try:
            found = alike[key]._replace(point=point) if key in alike else candidate(plan, point)
        except InputError as error:
            name = AS_IT_IS if point is None else f"{point.method} ({point.form})"
            unable.setdefault(str(error), []).append(name)
            continue
        able.append(found)
        if key[0] not in ("packed", "student"):  # these are as small as their own record says
            alike[key] = found
    return able, unable


# ---- which points
def choose_measure(own: Sequence[Point], wanted: str | None) -> str:
    """The measure by which points are ranked: the one asked for, or that of most points."""
    counts: dict[str, int] = {}
    for point in own:
        counts[point.measure] = counts.get(point.measure, 0) + 1
    if wanted is None:
        return max(counts, key=counts.__getitem__, default="")
    found = [measure for measure in counts if wanted.lower() in measure.lower()]
    if not found:
        raise unknown("measure", wanted, list(counts) or ["none, for nothing is published"])
    if len(found) > 1:
        raise InputError(f"measure: {wanted!r} could be {' or '.join(found)}")
    return found[0]


def nearby(plan: Plan, model: Record) -> list[Point]:
    """The points of other models of the same family, the nearest in size first."""
    size, near = _params(plan, plan.workload.name), {}
    for name in {point.model for point in points()} - {model.id}:
        if Models.find(name).traits.get("family") == model.traits.get("family"):
            near[name] = abs(log(_params(plan, name) / size))
    return sorted((p for p in points() if p.model in near), key=lambda p: (near[p.model], p.model))


def _params(plan: Plan, name: str) -> float:
    """How many parameters a model has."""
    work = plan.workload.model_copy(update={"name": name})
    scenario = _scenario(plan.model_copy(update={"workload": work}))
    return solve(("params",), scenario.given, scenario.options)["params"]


# ---- the answer
def compression(
    plan: Plan,
    *,
    max_loss: float | str | None = None,
    measure: str | None = None,
    others: bool = False,
    front: str = "loss,latency",
    top: int = 10,
) -> Optimum:
    """Published points of the plan's model by their loss: those first that fit and keep all asserts."""
    if plan.workload.mode != "inference":
        raise InputError("workload.mode: only inference is compressed, not 'training'")
    base = _scenario(plan)
    model = base.model
    own = [point for point in points() if point.model == model.id]
    chosen = choose_measure(own, measure)
    able, unable = candidates(plan, [None, *own])
    every = metrics_of(base)
    percent = chosen.startswith("accuracy")
    loss = Metric("", "loss", "quality_loss", "points" if percent else "", "Quality that is lost")
    bounds = [FITS, *bounds_of(plan, every)]
    if max_loss is not None:
        limit = read_quantity(max_loss, "%" if percent else "", "max_loss")
        bounds.append(Bound(loss, "max", limit))
    axes = front_metrics(front, (loss, SIZE, *every), "front")
    shown = [loss, SIZE, *(resolve(name, every) for name in SHOWN)]
    shown = list(dict.fromkeys((*shown, *(b.metric for b in bounds), *axes)))
    asked = [metric for metric in shown if metric not in (loss, SIZE)]
    rows = [(c, c.row(asked)) for c in able]
    ranked = [row for c, row in rows if c.point is None or c.point.measure == chosen]
    ranked.sort(key=lambda row: (row["latency"] != row["latency"], row["latency"]))
    near = nearby(plan, model) if others or not own else []
    beside, foreign = _others(plan, near, bounds, asked, top) if others else ([], [])
    told = [*(c.point for c, _ in rows if c.point is not None), *foreign]
    columns = {name: [row[name] for row in ranked] for name in (*CHOICES, *(m.name for m in shown))}
    return optimum(
        "compression",
        f"The least loss of {chosen or 'quality'} with which {model.id} runs on "
        f"{base.given['chips']:,.0f} x {base.chip.id}",
        columns,
        objective=loss,
        choices=CHOICES,
        metrics=tuple(shown),
        bounds=bounds,
        front_of=axes,
        top=top,
        why=_why,
        notes=[
            *_not_as_it_is(ranked, bounds),
            *_measured(model, own, near, chosen),
            *(f"cannot run {', '.join(names)}: {why}" for why, names in unable.items()),
            *_timed(plan, able, base.notes),
        ],
        sections=[*_measures(rows, chosen, bounds), *beside, *_sources(told)],
    )


def _why(row: Mapping[str, Any], best: Mapping[str, Any]) -> str:
    """What a runner-up loses more, and whether it is faster or slower."""
    words = f"{row['loss'] - best['loss']:+.3g}"
    time = dearer(row["latency"], best["latency"])
    return words if time in ("equal", "not known") else f"{words}, latency {time}"


def _keeps(row: Mapping[str, Any], bounds: Sequence[Bound]) -> str:
    """Whether a row keeps every bound, or the first that it does not."""
    missed = [
        b.metric.name for b in bounds if b.metric.name in row and not b.holds(row[b.metric.name])
    ]
    return missed[0] if missed else "all"


def _table(
    rows: Sequence[tuple[Candidate, dict[str, Any]]], bounds: Sequence[Bound]
) -> list[dict[str, Any]]:
    """Rows of another measure or another model, by their loss."""
    fit = [bound for bound in bounds if bound.metric.name != "loss"]
    by_loss = sorted(rows, key=lambda pair: pair[0].loss)
    return [{**row, "keeps": _keeps(row, fit)} for _, row in by_loss]


UNITS = {"loss": "", SIZE.name: SIZE.unit, "latency": "ms", "memory_load": ""}


def _measures(
    rows: Sequence[tuple[Candidate, dict[str, Any]]], chosen: str, bounds: Sequence[Bound]
) -> list[Section]:
    """A table for each other measure: losses of two measures cannot be compared."""
    found: dict[str, list[tuple[Candidate, dict[str, Any]]]] = {}
    for pair in rows:
        if pair[0].point is not None and pair[0].point.measure != chosen:
            found.setdefault(pair[0].point.measure, []).append(pair)
    return [
        Section(f"measure {n}", f"The same by {measure}", UNITS, _table(own, bounds))
        for n, (measure, own) in enumerate(found.items(), 1)
    ]


def _others(
    plan: Plan, near: Sequence[Point], bounds: Sequence[Bound], asked: Sequence[Metric], top: int
) -> tuple[list[Section], list[Point]]:
    """Points of other models, evaluated on this one: what they lost there says little of what is lost here."""
    fit = [bound for bound in bounds if bound.metric.name != "loss"]
    kept = [(c, c.row(asked)) for c in candidates(plan, near)[0]]
    kept = [(c, row) for c, row in kept if _keeps(row, fit) == "all"][:top]
    rows, used = [], []
    for c, row in kept:
        if c.point is not None:
            used.append(c.point)
            rows.append({"measured_on": c.point.model, **row, "by": c.point.measure})
    title = "Measured on other models, not on this one; the nearest in size first"
    return [Section("nearby", title, UNITS, rows)] if rows else [], used


def _sources(told: Sequence[Point]) -> list[Section]:
    """Where each record's points come from."""
    rows = {point.record.id: dict(point.source) for point in told}
    return [Section("sources", "Sources", {}, list(rows.values()))] if rows else []


# ---- what is said beside
def _not_as_it_is(ranked: Sequence[Mapping[str, Any]], bounds: Sequence[Bound]) -> list[str]:
    """Why the model as it is will not do."""
    notes = []
    for row in (row for row in ranked if row["method"] == AS_IT_IS):
        missed = _keeps(row, bounds)
        if missed != "all":
            value = plain(row[missed])
            notes.append(f"as it is, in {row['form']}, the model does not keep {missed}: {value}")
    return notes


def _measured(model: Record, own: Sequence[Point], near: Sequence[Point], chosen: str) -> list[str]:
    """What a loss is, or that nothing is published."""
    if not own:
        names = list(dict.fromkeys(point.model for point in near))[:NEAREST]
        found = f"the nearest are of {', '.join(names)}: --nearby shows them"
        return [f"no published point for {model.id}; {found if names else 'none of its family'}"]
    quality, _, test = chosen.partition(" on ")
    unit = "percentage points" if quality == "accuracy" else "a difference of perplexities"
    notes = [f"loss is {unit} on {test}, each against the model as its own source had it"]
    if len({point.measure for point in own}) > 1:
        notes.append("losses by different measures are not ranked together; --measure chooses one")
    return notes


def _timed(plan: Plan, able: Sequence[Candidate], usual: Sequence[str]) -> list[str]:
    """How forms were timed, where that is not plain."""
    notes = [note for c in able for note in c.evaluation.scenario.notes if note not in usual]
    forms = {c.point.form for c in able if c.point is not None}
    if "w3a16" in forms:
        notes.append("3-bit weights are timed with what kernels of 4-bit weights reach")
    if "packed" in forms or any(form.startswith("p") for form in forms):
        notes.append("weights pruned anywhere and packed ones save storage: they run with zeros")
    asked = plan.hardware.precision
    if asked is not None and asked in FORMS:
        notes.append(f"the plan's precision, {asked}, is left aside: it is what is sought")
    return list(dict.fromkeys(notes))
