"""What the walls say about a scenario, in three lenses: feasibility, performance, macro."""

from __future__ import annotations

import json
from functools import cached_property
from importlib import import_module
from typing import Any

from .core.errors import InputError, nearest, unknown
from .core.graph import CONSTANTS, plan
from .core.records import MARKED, Record
from .core.symbols import SYMBOLS
from .core.text import readable
from .core.trace import Step, explain, missing, rests_on
from .core.units import quantity
from .layout import choose
from .metrics import LENSES, OWNED, Metric, metrics_of
from .plan import Plan, plan_of, read_plan
from .scenario import Scenario
from .uncertainty import Span, ends, spans
from .verdicts import Judgement, binding, judgements
from .walls import WALLS

SCHEMA_VERSION = "1.0"
#: Terms of a step that can bind, with the wall they belong to.
TERMS = (("compute_time", 1), ("memory_time", 2), ("launch_time", 3), ("link_time", 14))
EXIT_OK, EXIT_INPUT, EXIT_USAGE, EXIT_ASSERT, EXIT_INFEASIBLE = 0, 1, 2, 3, 4


class Evaluation:
    """The answers of a scenario. Attributes give quantities; `to_dict` and `to_json` give strict data."""

    def __init__(self, scenario: Scenario):
        self.scenario = scenario
        self.layouts = choose(scenario)
        self.metrics = metrics_of(scenario)
        self._wanted = {metric.symbol: metric.symbol for metric in self.metrics}
        self._given = scenario.given
        self._plan = plan(self._wanted, self._given, scenario.options)
        slots = self._plan.run(self._given)
        self._slots = slots
        self.values = {symbol: slots[slot] for symbol, slot in self._plan.wanted.items()}

    # ---- numbers
    def value(self, metric: Metric) -> float | None:
        """A metric in its own unit; None where not known."""
        raw = self.values[metric.symbol]
        if raw != raw or raw in (float("inf"), float("-inf")):
            return None
        return raw * metric.scale

    def metric(self, path: str) -> Metric:
        """The metric called "lens.name"."""
        for metric in self.metrics:
            if metric.path == path:
                return metric
        names = [metric.path for metric in self.metrics]
        place = f"constraints.assert.metric: {path!r} is not a metric{nearest(path, names)}"
        lenses = (
            f"{lens}.{{{','.join(m.name for m in self.metrics if m.lens == lens)}}}"
            for lens in LENSES
        )
        raise InputError(f"{place}; there are {', '.join(lenses)}")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        values = self.__dict__.get("values", {})
        for metric in self.__dict__.get("metrics", ()):
            if name in (metric.symbol, metric.name):
                number = values[metric.symbol]
                declared = SYMBOLS[metric.symbol].unit
                return quantity(number, declared) if declared else number
        raise unknown("evaluation", name, [m.name for m in self.__dict__.get("metrics", ())])

    @cached_property
    def spans(self) -> dict[str, Span]:
        """The 80 % interval of every metric that is uncertain, by its symbol."""
        return spans(self)

    def span(self, metric: Metric) -> tuple[float, float] | None:
        """The ends of a metric's 80 % interval in its own unit; None where it is exact or not known."""
        own, value = self.spans.get(metric.symbol), self.value(metric)
        if own is None or value is None:
            return None
        raw = self.values[metric.symbol]
        return value * own.low / raw, value * own.high / raw

    # ---- verdicts
    @cached_property
    def fits(self) -> bool:
        return bool(self.values["memory_load"] <= 1)

    @cached_property
    def fit_known(self) -> bool:
        return self.values["memory_load"] == self.values["memory_load"]

    @cached_property
    def bound(self) -> tuple[str, int]:
        """The longest term of a step, and its wall."""
        terms = [
            (self.values[symbol], symbol, number)
            for symbol, number in TERMS
            if self.values[symbol] == self.values[symbol]
        ]
        if not terms:
            return "not known", 0
        _, symbol, number = max(terms)
        return symbol, number

    @cached_property
    def walls(self) -> list[Judgement]:
        """The verdict of every wall that applies."""
        return judgements(self)

    @cached_property
    def binding(self) -> list[Judgement]:
        """The wall that weighs most in each domain."""
        return list(binding(self.walls).values())

    @cached_property
    def violations(self) -> list[dict[str, Any]]:
        """The asserts that do not hold; one on a metric that is not known does not hold."""
        found = []
        for item in self.scenario.plan.constraints.asserts:
            metric = self.metric(item.metric)
            have = self.value(metric)
            for side, limit in item.limits(metric.unit):
                if have is None or (have > limit if side == "max" else have < limit):
                    found.append(
                        {
                            "metric": item.metric,
                            "value": have,
                            "unit": metric.unit,
                            "bound": side,
                            "limit": limit,
                        }
                    )
        return found

    @property
    def exit_code(self) -> int:
        if self.fit_known and not self.fits:
            return EXIT_INFEASIBLE
        return EXIT_ASSERT if self.violations else EXIT_OK

    def status(self, lens: str) -> str:
        """PASS, FAIL, INFEASIBLE or NOT KNOWN."""
        if any(violation["metric"].startswith(lens) for violation in self.violations):
            return "FAIL"
        if lens == "feasibility":
            return "NOT KNOWN" if not self.fit_known else "PASS" if self.fits else "FAIL"
        if self.fit_known and not self.fits:
            return "INFEASIBLE"
        main = {"performance": "step_time", "macro": "tco"}[lens]
        return "PASS" if self.values[main] == self.values[main] else "NOT KNOWN"

    def summary(self, lens: str) -> str:
        """One sentence."""
        v, s = self.values, self.scenario
        if lens == "feasibility":
            if not self.fit_known:
                return f"Memory is not known: {', '.join(self.lacking('memory_load'))} missing"
            used, there = readable(v["memory_used"], "byte"), readable(v["mem_capacity"], "byte")
            if self.fits:
                return f"Fits: {used} of {there} on the fullest device ({v['memory_load']:.0%})"
            load = f"{v['memory_load']:.2f} times over, {used} on a device of {there}"
            return f"Does not fit: wall 2 (Memory) is broken {load}"
        if lens == "performance":
            number = self.bound[1]
            if not number:
                return f"Not known: {', '.join(self.lacking('step_time'))} missing"
            step = readable(v["step_time"], "s")
            bracket = f"{readable(v['step_time_low'], 's')} to {readable(v['step_time_high'], 's')}"
            what = {"decode": "A token every", "training": "A step every", "pass": "An answer in"}[
                s.options["phase"]
            ]
            return f"{what} {step} (bracket {bracket}); wall {number} ({WALLS[number].name}) binds"
        days = s.plan.ops.duration_days
        cost = (
            readable(v["tco"], "USD")
            if v["tco"] == v["tco"]
            else f"cost not known ({', '.join(self.lacking('tco'))} missing)"
        )
        rest = f"{readable(v['energy'], 'J')}, {readable(v['operational_carbon'], 'gCO2e')}"
        return f"{days:g} days in {s.region.name}: {cost}, {rest}"

    def lacking(self, symbol: str) -> list[str]:
        """The absent figures that make an answer "not known"."""
        return missing(self._plan, symbol, self._slots)

    def assumptions(self, lens: str) -> list[str]:
        """The estimates that a lens rests on, what a plan left open, and what makes a metric not known."""
        own = {metric.symbol for metric in self.metrics if metric.lens == lens}
        lines = [
            self._assumption(name) for name, answers in self.estimates.items() if answers & own
        ]
        absent = [
            m
            for m in self.metrics
            if m.lens == lens and self.value(m) is None and m.name not in self.unasked
        ]
        return lines + [
            f"{m.name} is not known: {', '.join(self.lacking(m.symbol)) or 'it is infinite'} missing"
            for m in absent
        ]

    @cached_property
    def estimates(self) -> dict[str, set[str]]:
        """The estimates and unverified figures that answers rest on, with those answers."""
        doubtful = {name for name in self._plan.leaves if self._doubt(name) in MARKED}
        return rests_on(self._plan, self._given, doubtful)

    @property
    def unasked(self) -> tuple[str, ...]:
        """Metrics that the chosen basis of cost leaves aside."""
        own = self.scenario.options["money"] == "own"
        return ("rental_usd",) if own else OWNED

    def _doubt(self, name: str) -> str:
        return (
            CONSTANTS[name].kind
            if name in CONSTANTS and name not in self._given
            else self.scenario.marked(name)
        )

    def _assumption(self, name: str) -> str:
        known = CONSTANTS.get(name) if name not in self._given else None
        symbol, kind = SYMBOLS[name], self._doubt(name)
        value = known.value if known else self._given[name]
        source = str(known.paper) if known else self.scenario.source_of(name)
        word = "an estimate" if kind == "estimate" else "unverified"
        return f"{symbol.meaning}: {readable(value, symbol.unit)} is {word} ({source})"

    # ---- outputs
    def to_dict(self) -> dict[str, Any]:
        """Strict data: plain numbers, None where not known, units beside them, the inputs echoed."""
        lenses = {}
        for lens in LENSES:
            own = [metric for metric in self.metrics if metric.lens == lens]
            lenses[lens] = {
                "status": self.status(lens),
                "summary": self.summary(lens),
                "metrics": {metric.name: self.value(metric) for metric in own},
                "units": {metric.name: metric.unit or "1" for metric in own},
                **ends(self, own),
                "assumptions": self.assumptions(lens),
            }
        symbol, number = self.bound
        return {
            "schema_version": SCHEMA_VERSION,
            "kind": "evaluation",
            "name": self.scenario.name,
            "inputs": self.inputs(),
            **lenses,
            "bound": {
                "term": symbol,
                "wall": number,
                "name": WALLS[number].name if number else "not known",
            },
            "walls": [{**item.to_dict(), "binds": item in self.binding} for item in self.walls],
            "notes": self.scenario.notes,
            "violations": self.violations,
            "exit_code": self.exit_code,
        }

    def inputs(self) -> dict[str, Any]:
        """What was evaluated, every default filled in."""
        s = self.scenario
        layout = {name: int(s.given[name]) for name in ("tp", "pp", "dp", "ep")}
        if s.training:
            layout |= {
                "cp": int(s.given["cp"]),
                "microbatch": int(s.given["microbatch"]),
                "virtual_stages": int(s.given["virtual_stages"]),
                "zero": int(s.options["zero"]),
                "recompute": s.options["recompute"],
            }
        return {
            "model": s.model.path,
            "chip": s.chip.path,
            "node": s.node.path,
            "stack": s.stack.path,
            "region": s.region.path,
            "facility": s.facility.path,
            "mode": s.plan.workload.mode,
            "batch_size": s.plan.workload.batch_size,
            "seq_len": None
            if s.given["seq_len"] != s.given["seq_len"]
            else int(s.given["seq_len"]),
            "output_len": s.plan.workload.output_len,
            "precision": s.precision,
            "efficiency": s.plan.hardware.efficiency,
            "accelerators": int(s.given["chips"]),
            "accelerators_per_node": int(s.given["accelerators_per_node"]),
            "parallelism": layout,
            "layouts_compared": self.layouts,
            "duration_days": s.plan.ops.duration_days,
            "utilisation": s.plan.ops.utilisation,
            "cost_basis": s.options["money"],
        }

    def to_json(self, indent: int | None = 2) -> str:
        return json.dumps(self.to_dict(), indent=indent, allow_nan=False, ensure_ascii=False)

    def scorecard(self) -> str:
        """The answers as text."""
        from .scorecard import text

        return text(self)

    def explain(self, name: str) -> list[Step]:
        """The tree from an answer down to the lines of the sources. `name` is a metric or any symbol of the graph."""
        symbol = next((m.symbol for m in self.metrics if name in (m.name, m.symbol, m.path)), name)
        if symbol not in SYMBOLS:
            raise unknown("explain", name, [*(m.name for m in self.metrics), *SYMBOLS])
        chosen = plan({symbol: symbol}, self._given, self.scenario.options)
        return list(explain(chosen, symbol, self._given, self.scenario.source_of))

    def chart(self, name: str = "waterfall") -> Any:
        """A chart of the package mlsysim_widgets, such as waterfall, roofline or memory, as a figure of plotly."""
        known = import_module("mlsysim_widgets.charts").CHARTS
        if name not in known:
            raise unknown("chart", name, known)
        return known[name].function(self)

    def _repr_html_(self) -> str:
        from .scorecard import html

        return html(self)

    def __repr__(self) -> str:
        return self.scorecard()


class SystemEvaluator:
    """The door of the engine."""

    @staticmethod
    def evaluate(
        scenario_name: str | None = None,
        model_obj: Record | str | None = None,
        hardware_obj: Record | str | None = None,
        batch_size: int | None = None,
        precision: str | None = None,
        efficiency: float | None = None,
        plan: Plan | dict | None = None,
        **more: Any,
    ) -> Evaluation:
        """Evaluate a plan, or a model on a chip; further keywords are keys of a plan, such as region.

        Raises InputError for anything malformed; a scenario that does not fit is a result, not an error.
        """
        if plan is not None:
            return Evaluation(Scenario(plan if isinstance(plan, Plan) else read_plan(plan)))
        model = model_obj if isinstance(model_obj, Record) else None
        chip = hardware_obj if isinstance(hardware_obj, Record) else None
        names = [x.path if isinstance(x, Record) else x for x in (model_obj, hardware_obj)]
        data = plan_of(
            names[0],
            names[1],
            name=scenario_name,
            batch_size=batch_size,
            precision=precision,
            efficiency=efficiency,
            **more,
        )
        return Evaluation(Scenario(read_plan(data, "evaluate"), model, chip))
