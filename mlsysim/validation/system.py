"""From a row to the scenario of the evaluator: the same records, the same graph, the same equations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..core.graph import solve
from ..plan import read_plan
from ..scenario import WIDTHS, Scenario
from .language import Language, language
from .machines import Machine, machine
from .rows import Inexpressible, Row
from .rules import obey
from .spelling import Keys

#: What a precision is called, the first pattern found decides.
PRECISIONS = (
    (r"fp4|float4", "fp4"),
    (r"fp8|float8|\bmx\b|e4m3|e5m2", "fp8"),
    (r"int4|w4|awq|gptq|nf4|q[2-6]|4.?bit", "w4a16"),
    (r"int8|w8|q8|8.?bit", "w8a16"),
    (r"bf16|bfloat16|amp", "bf16"),
    (r"fp16|float16|half|16", "fp16"),
    (r"tf32", "tf32"),
    (r"fp32|float32|single", "fp32"),
)
#: The name of a stack as rows write it, and the record.
STACKS = (
    ("llama.cpp", "LlamaCpp"),
    ("llamacpp", "LlamaCpp"),
    ("tensorrt", "TensorRT_LLM"),
    ("trtllm", "TensorRT_LLM"),
    ("trt-llm", "TensorRT_LLM"),
    ("vllm", "VLLM"),
    ("sglang", "SGLang"),
    ("gpt-fast", "GPT_Fast"),
    ("fastertransformer", "FasterTransformer"),
    ("megatron", "Megatron"),
    ("nemo", "Megatron"),
    ("fsdp", "FSDP"),
    ("torchtitan", "FSDP"),
    ("maxtext", "XLA"),
    ("xla", "XLA"),
    ("jax", "XLA"),
    ("ddp", "DDP"),
)


#: Links of a server whose chips have no record of theirs: PCIe 4 x16, and 100 Gb/s a chip.
USUAL_LINKS = {"scaleup_bandwidth": 31.5e9, "scaleout_bandwidth": 12.5e9}
USUAL_NODE = 8.0


class System:
    """A row's model on its machines, ready for the graph; constants that a calibration replaces come last."""

    def __init__(self, row: Row, stack: str, mode: str, constants: Mapping[str, float]):
        self.keys = Keys(row.parallelism, row.workload)
        spec = Keys(row.spec)
        self.model: Language = language(row.model, spec)
        self.machine: Machine = machine(row.hardware)
        self.devices = max(row.devices, 1.0)
        self.precision = precision_of(row.precision, self.machine, mode == "training")
        named = self.keys.text("stack")
        self.stack = next((record for word, record in STACKS if word in named), stack)
        plan = {
            "workload": {"name": "row", "mode": mode},
            "hardware": {
                "name": self.machine.chip.id,
                "accelerators": int(self.devices),
                "precision": self.precision,
                "stack": self.stack,
            },
            "inputs": dict(self.machine.given),
        }
        self.scenario = Scenario(read_plan(plan), self.model.record, self.machine.chip)
        self.given: dict[str, Any] = self.scenario.given
        self.options = self.scenario.options
        self.notes = [*self.machine.notes, *self.model.notes, *spec.unread()]
        if self.devices > 1:
            self._links()
        for owner in (self.scenario.stack.traits.get("base", ""), self.stack):
            self.given |= {
                name.partition(".")[2]: value
                for name, value in constants.items()
                if name.startswith(f"{owner}.")
            }
        if "rule.compute" in constants:
            obey(self.given, (constants["rule.compute"], constants["rule.memory"]))
        elif mode == "training" and self.precision not in ("fp8", "fp4"):
            self.given["narrow_gain"] = 1.0

    def _links(self) -> None:
        """Links that no record states: those of a common server, and said."""
        for name, usual in USUAL_LINKS.items():
            if not self.given.get(name, 0.0) > 0:
                self.given[name] = usual
                self.notes.append(f"{name} is not recorded: {usual / 1e9:g} GB/s is taken")
        if not self.given["accelerators_per_node"] > 1:
            self.given["accelerators_per_node"] = self.given["scaleup_domain"] = min(
                self.devices, USUAL_NODE
            )

    def lay(self, **values: float) -> None:
        """Degrees, batch and lengths."""
        self.given.update({name: float(value) for name, value in values.items()})

    def solve(self, wanted: str, phase: str, **values: float) -> float:
        """One answer of the graph in a phase."""
        answer = solve((wanted,), {**self.given, **values}, {**self.options, "phase": phase})
        value = float(answer[wanted])
        if not 0 < value < float("inf"):
            raise Inexpressible(f"{wanted} is not known for this row")
        return value

    def degree(self, name: str) -> float:
        """A parallel degree as printed; 1 where it is not."""
        return max(self.keys.number(name, 1.0), 1.0)


def precision_of(text: str, machine: Machine, training: bool) -> str:
    """The precision of a row in our words; a chip that lacks it computes in 16 bits."""
    lowered = text.lower()
    found = next((name for pattern, name in PRECISIONS if re.search(pattern, lowered)), "")
    has = [p for p in WIDTHS if f"peak_{p}" in machine.chip]
    sixteen = next((p for p in ("bf16", "fp16") if p in has), has[0] if has else "fp16")
    if training and found in ("w4a16", "w8a16"):
        return sixteen
    if found in ("w4a16", "w8a16") or found in has:
        return found
    if found in ("fp8", "fp4") and not training:
        return "w8a16" if found == "fp8" else "w4a16"
    return sixteen
