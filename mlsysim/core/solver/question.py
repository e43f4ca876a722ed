"""What a solver may change, of a plan or of bare numbers, and what it reads from the answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Union, get_args

from ...evaluation import Evaluation, SystemEvaluator
from ...layout import DEGREES, choose
from ...metrics import METRICS, Metric, resolve
from ...plan import PARTS, read_plan
from ...plan import Plan as WrittenPlan
from ...scenario import Scenario
from ..errors import InputError, MlsysimError, unknown
from ..graph import CONSTANTS, TABLES, plan, solve
from ..symbols import SYMBOLS
from ..text import plain, readable
from ..trace import missing
from ..units import read_quantity, unit
from .keys import place, with_values
from .stretches import spread

#: Last words of the names of numbers between 0 and 1: no counts, even where they are whole.
SHARES = ("share", "chance", "utilisation", "mfu", "hfu", "mbu")
#: Keys of a plan and the symbol that they give, where the names differ.
SYMBOL_OF = {
    "batch_size": "batch",
    "accelerators": "chips",
    "fabric_bandwidth": "scaleout_bandwidth",
    "efficiency": "compute_share",
    "duration_days": "duration",
    "price_per_hour": "rent_price",
}
KEY_OF = {symbol: key for key, symbol in SYMBOL_OF.items()}
#: Symbols that change the shape of a layout: what holds at one count need not hold at the next.
SHAPES = ("chips", "nodes", "accelerators_per_node", *DEGREES)
#: How far from its value now a number is looked at, unless the user says.
FAR = 1000.0
INPUTS, LAYOUT = "inputs of the plan", "layout"
NAN, INF = float("nan"), float("inf")

Subject = Union["Question", Evaluation, Scenario, WrittenPlan, Mapping[str, Any]]
Values = Mapping[str, Any]
Inputs = tuple[Mapping[str, Any], Mapping[str, str]]


class Lever(NamedTuple):
    """A number that a solver moves: its name, the symbol it gives, its unit, its value now and its limits."""

    name: str
    symbol: str
    meaning: str
    unit: str
    now: float
    whole: bool = False
    least: float = -INF
    most: float = INF

    def read(self, value: Any, field: str) -> float:
        """A user's number or quantity, within the limits."""
        number = read_quantity(value, self.unit, field)
        if self.whole and number != int(number):
            raise InputError(f"{field}: {value!r} is not a whole number")
        if not self.least <= number <= self.most:
            side, limit = (
                ("at least", self.least) if number < self.least else ("at most", self.most)
            )
            raise InputError(f"{field}: {value!r} must be {side} {limit:,.15g}")
        return number

    def range(self, low: Any = None, high: Any = None) -> tuple[float, float]:
        """From where to where: as said, else a thousandth of now to a thousand times it, counts from the least."""
        now = self.now if 0 < self.now < INF else NAN
        first = self.least if self.whole else max(now / FAR, self.least)
        last = self.most if self.whole and self.most < INF else min(now * FAR, self.most)
        if low is not None:
            first = self.read(low, f"{self.name} from")
        if high is not None:
            last = self.read(high, f"{self.name} to")
        if first != first or last != last or abs(first) == INF:
            raise InputError(f"{self.name}: it is not known now; say from where to where")
        if not first < last:
            raise InputError(f"{self.name}: {self.text(first)} is not below {self.text(last)}")
        return first, last

    @property
    def rugged(self) -> bool:
        """Whether an answer may jump from one count to the next, as a layout divides it or not."""
        return self.symbol in SHAPES

    def values(self, low: float, high: float) -> list[float]:
        """The values that are looked at in a range."""
        return spread(low, high, self.whole, self.rugged)

    def text(self, value: float) -> str:
        """A value for people."""
        if self.whole:
            return f"{value:,.0f}"
        if self.unit == SYMBOLS[self.symbol].unit:
            return readable(value, self.unit)
        return f"{plain(value)} {'' if self.name.endswith(f'{self.unit}s') else self.unit}".strip()


class Reading(NamedTuple):
    """A metric in its own unit, whether the plan fits there, and why there is no plan."""

    value: float
    fits: bool = True
    refused: str = ""
    layout: tuple = ()

    @property
    def known(self) -> bool:
        """Whether it is a number of something that fits."""
        return self.fits and self.value == self.value


class Question:
    """Symbols asked of bare numbers, some of them changed."""

    name = "these numbers"
    #: What says whether it fits.
    fit: tuple[str, ...] = ()

    def __init__(self, given: Values, options: Mapping[str, str]):
        self.given, self.options = dict(given), dict(options)

    def metric(self, name: str) -> Metric:
        """What a name means: of bare numbers a symbol before a metric, so that units are coherent."""
        symbol = SYMBOLS.get(name)
        if symbol is not None and not symbol.table and symbol.unit != "text":
            return Metric("", name, name, symbol.unit, symbol.meaning)
        return resolve(name, METRICS)

    def lever(self, name: str) -> Lever:
        """A number of these."""
        if name not in self.given and name not in CONSTANTS:
            raise unknown("input", name, self.given)
        return _of_symbol(name, self.value(name))

    def value(self, name: str) -> float:
        """The value of a symbol now; not known where there is none."""
        try:
            found = self.answers((name,), {})[name]
        except MlsysimError:
            return NAN
        return float(found) if isinstance(found, (int, float)) else NAN

    def levers(self, metric: Metric) -> list[Lever]:
        """Every positive number that a metric rests on."""
        leaves = plan({metric.symbol: metric.symbol}, self.given, self.options).leaves
        found = [self.lever(name) for name in map(self.key, leaves) if name]
        return [lever for lever in found if 0 < lever.now < INF]

    def key(self, symbol: str) -> str:
        """The name by which a symbol is moved; none where it cannot be."""
        return symbol if isinstance(self.given.get(symbol), (int, float)) else ""

    def grain(self, symbol: str) -> int:
        """The step in which a count is moved."""
        return 1

    def inputs(self, values: Values, keep: bool = False) -> Inputs:
        """What the graph is given, with some numbers changed, and the options."""
        return {**self.given, **values}, self.options

    def layout(self, given: Values) -> tuple:
        """The degrees of the layout; of bare numbers none."""
        return ()

    def lacking(self, metric: Metric) -> list[str]:
        """The absent figures that make a metric not known."""
        chosen = plan({metric.symbol: metric.symbol}, self.given, self.options)
        return missing(chosen, metric.symbol, chosen.run(self.given))

    def answers(self, symbols: tuple[str, ...], values: Values, keep: bool = False) -> dict:
        """Symbols with some inputs changed."""
        try:
            given, options = self.inputs(values, keep)
            return solve(symbols, given, options) | {LAYOUT: self.layout(given)}
        except (ArithmeticError, RecursionError) as error:
            told = ", ".join(f"{name} {value}" for name, value in values.items()) or symbols[0]
            raise InputError(f"{told}: a figure is zero or out of range: {error}") from None

    def read(self, metric: Metric, values: Values) -> Reading:
        """A metric with some inputs changed; a figure of memory may be asked of what does not fit."""
        try:
            found = self.answers((metric.symbol, *self.fit), values)
        except InputError as error:
            return Reading(NAN, False, str(error))
        value = found[metric.symbol]
        value = value * metric.scale if isinstance(value, (int, float)) else NAN
        fits = metric.lens == "feasibility" or not found.get("memory_load", 0.0) > 1
        return Reading(value, fits, "", found[LAYOUT])


class PlanQuestion(Question):
    """Symbols asked of a plan with some of its keys changed: read anew and laid out anew, as `mlsysim eval` does."""

    fit = ("memory_load",)

    def __init__(self, evaluation: Evaluation):
        self.evaluation, self.scenario = evaluation, evaluation.scenario
        super().__init__(self.scenario.given, self.scenario.options)
        self.plan, self.name = self.scenario.plan, self.scenario.name

    def metric(self, name: str) -> Metric:
        """A metric of the evaluation, or any symbol that follows from the plan."""
        metric = resolve(name, self.evaluation.metrics)
        self.answers((metric.symbol,), {})
        return metric

    def lever(self, name: str) -> Lever:
        """A key of the plan that holds a number, or a symbol."""
        part, key = place(name)
        if part == "choices" or key in TABLES:
            kind = "a name" if part == "choices" else "a table"
            raise InputError(f"{name}: it holds {kind}, not a number")
        if part == "inputs":
            return _of_symbol(key, self.value(key))
        field = PARTS[part].model_fields[key]
        traits = list(_traits(field))
        if int not in traits and float not in traits:
            raise InputError(f"{name}: it holds a name, not a number; compare names instead")
        extra = [getattr(trait, "json_schema_extra", None) or {} for trait in traits]
        own = next((e["unit"] for e in extra if "unit" in e), "1").removeprefix("1")
        symbol = SYMBOL_OF.get(key, key)
        least, most = (_limit(traits, *names) for names in (("ge", "gt"), ("le", "lt")))
        now = self._nodes if key == "nodes" else self.value(symbol) / unit(own).factor
        meaning = (field.description or "").split(";")[0]
        return Lever(key, symbol, meaning, own, now, int in traits, least or 0.0, most or INF)

    @property
    def _nodes(self) -> float:
        return float(self.given["chips"] / self.given["accelerators_per_node"])

    def changed(self, values: Values, keep: bool = False) -> Scenario:
        """The scenario of the plan with some keys changed; `keep` its layout, where it can be kept."""
        if not values:
            return self.scenario
        places = {place(name) for name in values}
        old = self.scenario
        scenario = Scenario(
            read_plan(with_values(self.plan, values)),
            None if ("workload", "name") in places else old.model,
            None if ("hardware", "name") in places else old.chip,
        )
        same = scenario.given["chips"] == old.given["chips"]
        if keep and same and not any(part == "parallelism" for part, _ in places):
            kept = {name: old.options[name] for name in ("zero", "recompute")}
            scenario.lay(kept, **{name: old.given[name] for name in DEGREES})
        else:
            choose(scenario)
        return scenario

    def inputs(self, values: Values, keep: bool = False) -> Inputs:
        """What the graph is given by the plan with some keys changed, and the options."""
        scenario = self.changed(values, keep)
        return scenario.given, scenario.options

    def layout(self, given: Values) -> tuple:
        return tuple(given[name] for name in DEGREES)

    def key(self, symbol: str) -> str:
        """The key that gives a symbol, or the symbol itself where `inputs` may replace it."""
        origin = self.scenario.origins.get(symbol)
        if symbol in CONSTANTS and symbol not in self.given:
            return symbol if CONSTANTS[symbol].kind != "convention" else ""
        if not isinstance(origin, str) or origin == INPUTS:
            return symbol if isinstance(self.given[symbol], (int, float)) else ""
        name = KEY_OF.get(symbol, symbol)
        part, key = place(name)
        if part == "inputs" or origin not in (part, f"{part}.{key}", "layout"):
            return ""
        written = getattr(getattr(self.plan, part), key)
        return "" if written is None and (part == "parallelism" or key == "prefill_batch") else name

    def grain(self, symbol: str) -> int:
        """The step of a count that the layout divides."""
        g = self.given
        steps = {"chips": g["chips"] / g["dp"], "heads": g["tp"], "experts": g["ep"]}
        return int(steps.get(symbol, 1))


def question_of(subject: Subject, options: Mapping[str, str] | None = None) -> Question:
    """The question to a plan, in any form that holds one, or to bare numbers."""
    if isinstance(subject, Question):
        return subject
    if isinstance(subject, Mapping) and "workload" not in subject:
        return Question(subject, options or {})
    if isinstance(subject, Scenario):
        subject = Evaluation(subject)
    if not isinstance(subject, Evaluation):
        subject = SystemEvaluator.evaluate(plan=subject)  # type: ignore[arg-type]
    question = PlanQuestion(subject)
    if options:
        chosen = {f"choices.{name}": choice for name, choice in options.items()}
        question = PlanQuestion(Evaluation(question.changed(chosen)))
    return question


def _traits(thing: Any) -> Iterator[Any]:
    """The types of a field and all that they are annotated with."""
    yield thing
    for part in (
        getattr(thing, "annotation", None),
        *getattr(thing, "metadata", ()),
        *get_args(thing),
    ):
        if part is not None:
            yield from _traits(part)


def _limit(traits: list[Any], *names: str) -> float | None:
    found = [float(getattr(t, name)) for t in traits for name in names if hasattr(t, name)]
    return found[0] if found else None


def is_share(name: str) -> bool:
    """Whether a symbol lies between 0 and 1."""
    return name.rsplit("_", 1)[-1] in SHARES


def is_count(name: str, value: float) -> bool:
    """Whether a symbol goes by whole steps."""
    return SYMBOLS[name].unit == "" and value >= 1 and value == int(value) and not is_share(name)


def _of_symbol(name: str, now: float) -> Lever:
    symbol, whole = SYMBOLS[name], abs(now) < INF and is_count(name, now)
    most = 1.0 if is_share(name) and not now > 1 else INF
    return Lever(name, name, symbol.meaning, symbol.unit, now, whole, float(whole), most)


def said(metric: Metric, value: float) -> str:
    """A metric's value for people."""
    if not metric.lens:
        return readable(value, metric.unit)
    return f"{plain(value)} {metric.unit}".strip()
