"""What lies in the memory of each device as the layout changes, against what there is."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any

import traitlets

from mlsysim import InputError
from mlsysim.core.graph import solve
from mlsysim.core.solver.question import PlanQuestion, question_of
from mlsysim.core.text import readable
from mlsysim.evaluation import Evaluation
from mlsysim.metrics import METRICS
from mlsysim.plan import MOST_CHIPS

from .base import Widget
from .pipeline_view import held

#: What fills a device, and the words for it.
PARTS = (
    *("weight_bytes", "gradient_bytes", "optimizer_bytes"),
    *("held_activation_bytes", "cache_bytes", "reserved_bytes"),
)
WORDS = {m.symbol: m.words for m in METRICS if m.symbol in PARTS}
UNITS = {"TiB": 2.0**40, "GiB": 2.0**30, "MiB": 2.0**20, "KiB": 2.0**10, "B": 1.0}
LAYERED = ("transformer", "encoder", "ssm")
#: Degrees that multiply to the number of accelerators, and counts that do not.
DEGREES = {
    "tp": "Tensor parallel",
    "pp": "Pipeline stages",
    "dp": "Data parallel",
    "cp": "Context parallel",
}
COUNTS = {"microbatch": "Micro-batch", "batch_size": "Batch", "seq_len": "Context"}
OPTIONS = {
    "zero": ("ZeRO stage", ("0", "1", "2", "3")),
    "recompute": ("Recompute", ("none", "selective", "full")),
}
TRAINING = ("cp", "microbatch", *OPTIONS)
LARGEST = {"tp": 64, "pp": 128, "dp": 4096, "cp": 64, "microbatch": 64}
ROWS = 16


class MemoryMap(Widget):
    """Weights, gradients, optimiser, activations and cache of each pipeline stage as the layout changes.

    `MemoryMap(plan_or_evaluation)`: the number of accelerators is the product of the parallel degrees.
    """

    EXAMPLE = "MemoryMap(mlsysim.Scenarios.Train405B)"
    #: Each control: name, words, and the stops of a count or the words of a choice.
    controls = traitlets.List().tag(sync=True)
    #: What the page sends: the value of every control.
    values = traitlets.Dict().tag(sync=True)
    #: What is drawn: stages with the sizes of their parts, what there is, and whether the layout is refused.
    picture = traitlets.Dict().tag(sync=True)
    #: The answer: text, load, and the values that it is of.
    marker = traitlets.Dict().tag(sync=True)

    def __init__(self, subject: Any, **more: Any):
        super().__init__(**more)
        question = question_of(subject)
        if not isinstance(question, PlanQuestion):
            raise InputError("MemoryMap: it needs a plan with a model and a chip, not bare numbers")
        self._question = question
        self.values = self._now(question.evaluation)
        self.controls = [_control(name, value) for name, value in self.values.items()]
        self.observe(self.answer, ["values"])
        self.answer()

    @staticmethod
    def _now(evaluation: Evaluation) -> dict[str, Any]:
        """The value of every control that applies to a plan, as it is laid out now."""
        scenario = evaluation.scenario
        values: dict[str, Any] = {}
        for name in (*DEGREES, *COUNTS):
            number = scenario.given.get("batch" if name == "batch_size" else name)
            if number is not None and number == number:
                values[name] = int(number)
        values |= {name: scenario.options[name] for name in OPTIONS}
        left_out = () if scenario.training else TRAINING
        left_out += () if scenario.family in LAYERED else ("tp", "pp", "cp")
        return {name: value for name, value in values.items() if name not in left_out}

    @traitlets.validate("values")
    def _valid(self, proposal: Any) -> dict[str, Any]:
        if not self.values:
            return proposal.value
        for name, value in proposal.value.items():
            if name not in self.values:
                raise traitlets.TraitError(f"{name!r} is none of {', '.join(self.values)}")
            if name in OPTIONS and value not in OPTIONS[name][1]:
                raise traitlets.TraitError(
                    f"{name}: {value!r} is none of {', '.join(OPTIONS[name][1])}"
                )
            whole = isinstance(value, int) and not isinstance(value, bool) and value >= 1
            if name not in OPTIONS and not whole:
                raise traitlets.TraitError(f"{name}: {value!r} is not a whole number from 1")
        return {**self.values, **proposal.value}

    def recompute(self) -> None:
        try:
            evaluation = Evaluation(self._question.changed(self._changes()))
        except InputError as error:
            self.picture = {**self.picture, "refused": True}
            self.marker = {"text": "", "load": None, "values": self.values}
            raise InputError(self._refusal(str(error))) from None
        stages = _stages(evaluation)
        shown = _shown(len(stages))
        room = evaluation.values["mem_capacity"]
        unit = next((unit for unit, size in UNITS.items() if room >= size), "GiB")
        self.picture = {
            "refused": False,
            "parts": [[name, WORDS[name]] for name in PARTS if any(s.get(name) for s in stages)],
            "stages": [_bar(i, stages[i], room, UNITS[unit]) for i in shown],
            "capacity": room / UNITS[unit] if room == room else None,
            "unit": unit,
            "room": readable(room, "byte"),
        }
        self.marker = {
            "text": self._said(evaluation, stages, shown),
            "load": evaluation.value(evaluation.metric("feasibility.memory_load")),
            "values": self.values,
        }

    def _changes(self) -> dict[str, Any]:
        """The keys of the plan that say all of the layout; as it was, nothing changes."""
        if self.values == self._now(self._question.evaluation):
            return {}
        values: dict[str, Any] = {**self.values, "accelerators": self._chips()}
        return {**values, "zero": int(values["zero"])} if "zero" in values else values

    def _refusal(self, why: str) -> str:
        """Why a layout is refused, with the words of the controls for the keys of a plan."""
        if self._chips() > MOST_CHIPS:
            return f"{self._chips():,} accelerators are more than the {MOST_CHIPS:,} of the largest plan"
        words = {**DEGREES, **COUNTS, **{name: said for name, (said, _) in OPTIONS.items()}}
        key, colon, rest = why.removeprefix("plan: ").partition(": ")
        said = words.get(key.rpartition(".")[2])
        return f"{said}: {rest}" if colon and said else why

    def _chips(self) -> int:
        made = 1
        for name in DEGREES:
            made *= self.values.get(name, 1)
        return made

    def _said(self, evaluation: Evaluation, stages: list[dict], shown: list[int]) -> str:
        """The verdict of the core, what the bars are, and why no bar may be as long as it says."""
        tp = self.values.get("tp", 1)
        ep, chips = int(evaluation.scenario.given["ep"]), self._chips()
        said = [f"{chips:,} accelerator{'s' if chips > 1 else ''}"]
        said[0] += f", experts over {ep}. " if ep > 1 else ". "
        said[0] += f"{evaluation.summary('feasibility')}."
        fullest = max(sum(stage.values()) for stage in stages)
        if fullest < evaluation.values["memory_used"] * 0.995:
            said.append(
                f"That puts the first stage's activations and the last one's scores on one device; "
                f"the fullest bar is {readable(fullest, 'byte')}."
            )
        if evaluation.scenario.options["weights_in"] == "flash":
            kept = [evaluation.values["weight_bytes"], evaluation.scenario.given["flash_capacity"]]
            said.append(
                "The weights lie in flash: {} of {}.".format(*(readable(b, "byte") for b in kept))
            )
        if tp > 1:
            said.append(f"Each bar is one of {tp} tensor ranks that hold the same.")
        if len(shown) < len(stages):
            said.append(f"{len(shown)} of {len(stages)} stages are drawn.")
        return " ".join(said)


def _stages(evaluation: Evaluation) -> list[dict[str, float]]:
    """The parts of each pipeline stage, by the equations of the core with what that stage has."""
    scenario = evaluation.scenario
    given, options = scenario.given, scenario.options
    pp = int(given["pp"])
    names: dict[str, str] = {name: name for name in PARTS if name in evaluation.values}
    if options["weights_in"] == "flash":
        names.pop("weight_bytes")
    if pp == 1:
        return [solve(names, given, options)]
    microbatches = (
        solve(["microbatches"], given, options)["microbatches"] if scenario.training else 1
    )
    found: dict[tuple, dict[str, float]] = {}
    stages = []
    for stage in range(pp):
        own = _own(stage, given, options, int(microbatches))
        key = tuple(own.items())
        if key not in found:
            found[key] = solve(names, {**given, **own}, options)
        stages.append(found[key])
    return stages


def _own(
    stage: int, given: Mapping[str, Any], options: Mapping[str, str], microbatches: int
) -> dict[str, float]:
    """What differs from stage to stage: layers, micro-batches kept, and who has the vocabulary."""
    pp, layers, pieces = int(given["pp"]), int(given["layers"]), int(given["virtual_stages"])
    own = {"stage_share": (layers // pp + (stage < layers % pp)) / layers}
    if options["family"] not in ("transformer", "encoder"):
        return own
    if options["phase"] == "training":
        enough = min(microbatches, 2 * pp)  # by then the first stage keeps as many as it ever does
        own["held_microbatches"] = held(stage, pp, enough, pieces)
    if stage < pp - 1:
        own["head_tokens"] = 0.0
    if 0 < stage < pp - 1:
        own |= {"vocab": 0.0, "position_rows": 0.0}
    return own


def _bar(stage: int, parts: dict[str, float], room: float, unit: float) -> dict[str, Any]:
    total = sum(parts.values())
    return {
        "name": f"stage {stage + 1}",
        "sizes": {name: size / unit for name, size in parts.items()},
        "said": {name: readable(size, "byte") for name, size in parts.items()},
        "total": readable(total, "byte"),
        "over": readable(total - room, "byte") if total > room else "",
    }


def _shown(stages: int) -> list[int]:
    """The stages that are drawn: all, or the first, the last and some between."""
    if stages <= ROWS:
        return list(range(stages))
    return sorted({round(i * (stages - 1) / (ROWS - 1)) for i in range(ROWS)})


def _control(name: str, now: Any) -> dict[str, Any]:
    """A control: a choice with its words, or a count with its stops, which are 1, 2, 3, 4, 6, 8, 12 and so on."""
    if name in OPTIONS:
        return {"name": name, "words": OPTIONS[name][0], "options": list(OPTIONS[name][1])}
    most = max(LARGEST.get(name, 1024), now * (1 if name in LARGEST else 16))
    powers = [2**i for i in range(ceil(most).bit_length())]
    between = [3 * p // 2 for p in powers[1:] if name in DEGREES]
    stops = sorted({stop for stop in (*powers, *between, now) if stop <= most})
    return {"name": name, "words": {**DEGREES, **COUNTS}[name], "stops": stops}
