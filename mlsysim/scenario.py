"""A scenario: layers A to E filled in, ready for the graph. Every value keeps where it came from."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

from . import walls as walls  # declares the equations of the walls
from .core.elementwise import greatest, minimum
from .core.errors import InputError
from .core.graph import OPTIONS
from .core.records import MARKED, NAN, Record, read_record
from .core.text import readable
from .core.units import coherent
from .hardware import CHIP, Hardware
from .infra import Infra
from .kernels import NARROW, kernel_records
from .models import MODEL, Models
from .models import networks as networks
from .models import transformer as transformer  # both declare how a model lowers to operators
from .models.huggingface import model_from_config
from .plan import Plan
from .systems import Systems
from .wall_inputs import read_inputs
from .walls.software import limited_share

WIDTHS = {
    "fp64": 8.0,
    "fp32": 4.0,
    "tf32": 4.0,
    "fp16": 2.0,
    "bf16": 2.0,
    "fp8": 1.0,
    "int8": 1.0,
    "fp6": 0.75,
    "fp4": 0.5,
    "int4": 0.5,
}
NARROW_WEIGHTS = {"w8a16": 1.0, "w4a16": 0.5}
LANGUAGE = ("transformer", "ssm")
TABLES = {"cnn": ("conv_layers", "full_layers"), "mlp": ("conv_layers", "full_layers")}
#: What is used where a plan names nothing.
DEFAULT_FACILITY, DEFAULT_TOKENS = "Industry_Average", 2048


def find_model(name: str) -> Record:
    """A model of the registry, a local config.json of Hugging Face, or a TOML record."""
    if name.endswith(".json"):
        return model_from_config(_file(name, "workload.name"))
    if name.endswith(".toml"):
        return read_record(MODEL, _file(name, "workload.name"))
    return Models.find(name, "workload.name")


def find_chip(name: str) -> Record:
    """A chip of the registry, or a TOML record."""
    if name.endswith(".toml"):
        return read_record(CHIP, _file(name, "hardware.name"))
    return Hardware.find(name, "hardware.name")


def _file(name: str, field: str) -> Path:
    path = Path(name)
    if not path.is_file():
        raise InputError(f"{field}: there is no file {name!r}")
    if path.stat().st_size > 1_000_000:
        raise InputError(f"{field}: {name!r} is larger than 1 MB")
    return path


class Scenario:
    """The inputs of the graph (`given`), its options, and the origin of every input."""

    def __init__(self, plan: Plan, model: Record | None = None, chip: Record | None = None):
        self.plan = plan
        self.model = model or find_model(plan.workload.name)
        self.chip = chip or find_chip(plan.hardware.name)
        self.notes: list[str] = []
        self.given: dict[str, Any] = {}
        self.origins: dict[str, Record | str] = {}
        self._records()
        self._workload()
        self._precision()
        self._system()
        self._site()
        if self.standalone:
            self._field_device()
        read_inputs(self)

    # ---- how values enter
    def _take(self, record: Record, *, only: str = "") -> None:
        """All values of a record; a figure that is absent does not hide one that is known."""
        for name, value in record.values().items():
            if only and name not in only.split():
                continue
            if value == value or name not in self.given:
                self.given[name], self.origins[name] = value, record

    def _set(self, origin: str, **values: Any) -> None:
        for name, value in values.items():
            self.given[name] = float(value) if isinstance(value, int) else value
            self.origins[name] = origin

    # ---- layers
    def _records(self) -> None:
        hardware = self.plan.hardware
        tiny = self.chip.traits.get("form") == "mcu"
        edge = self.standalone
        self.node = Systems.Nodes.find(
            self.chip.traits.get("node", "Workstation"), f"{self.chip.path}.node"
        )
        self.stack = Systems.Stacks.find(
            hardware.stack or ("Microcontroller" if tiny else "Edge" if edge else "Tuned"),
            "hardware.stack",
        )
        self._kernels(self.chip.traits.get("precision", "fp16"))
        for record in (self.node, self.chip, self.model):
            self._take(record)
        if "tdp" not in self.chip and "power_estimate" in self.chip:
            self.given["tdp"], self.origins["tdp"] = self.chip["power_estimate"].value, self.chip
        self.options = {
            **{name: choices[0] for name, choices in OPTIONS.items()},
            "family": self.model.traits.get("family", "totals"),
            "attention": self.model.traits.get("attention", "none"),
            "mlp": self.model.traits.get("mlp", "none"),
            "window": "sliding" if "window_layers" in self.model else "none",
            "weights_in": "flash" if tiny and "flash_capacity" in self.chip else "memory",
        }

    def _kernels(self, precision: str) -> None:
        """What kernels reach at a precision, and then what the stack does with them."""
        for record in kernel_records(self.chip, precision, self.standalone):
            self._take(record)
        if "base" in self.stack.traits:
            self._take(Systems.Stacks.find(self.stack.traits["base"], "hardware.stack"))
        self._take(self.stack)

    def _field_device(self) -> None:
        """A device in the field is its own host, stands in no data centre and needs no staff."""
        self._set("a device in the field", host_price=0.0, building_price=0.0, staff_cost_rate=0.0)
        self._set("the device itself", node_power=self.given["tdp"])

    @property
    def standalone(self) -> bool:
        """Whether the chip is a device in the field."""
        return self.chip.traits.get("node") == "Standalone"

    @property
    def family(self) -> str:
        return self.options["family"]

    @property
    def language(self) -> bool:
        """Whether the model writes tokens one after another."""
        return self.family in LANGUAGE

    @property
    def training(self) -> bool:
        return self.plan.workload.mode == "training"

    def _workload(self) -> None:
        work = self.plan.workload
        tables = TABLES.get(self.family, ())
        if tables and any(name in self.model for name in tables):
            self._set("no such layers", **{name: () for name in tables if name not in self.model})
        elif tables:
            self.options["family"] = "totals"
        self.options["phase"] = (
            "training" if self.training else "decode" if self.language else "pass"
        )
        tokens: Any = work.seq_len
        if tokens is None:
            tokens = DEFAULT_TOKENS if self.language else self.given.get("input_tokens", NAN)
            if self.family == "encoder" and tokens != tokens:
                tokens = DEFAULT_TOKENS
        limit, longest = self.given.get("context_limit", NAN), greatest(tokens + work.output_len)
        if self.language and longest > limit:
            self.notes.append(
                f"{longest:,.0f} tokens are more than the {limit:,.0f} that {self.model.id} is made for"
            )
        self._set(
            "workload",
            batch=work.batch_size,
            prefill_batch=work.batch_size if work.prefill_batch is None else work.prefill_batch,
            seq_len=tokens,
            output_len=work.output_len,
        )
        if (
            self.language
            and not self.training
            and work.prefill_batch is None
            and greatest(work.batch_size) > 1
        ):
            self.notes.append(
                f"all {greatest(work.batch_size):,.0f} prompts are prefilled together; set prefill_batch to change that"
            )

    def _precision(self) -> None:
        wanted = self.plan.hardware.precision or self.chip.traits.get("precision", "fp16")
        compute, weight = self._compute_precision(wanted)
        self.precision, self.compute_precision = wanted, compute
        figure = self.chip[f"peak_{compute}"]
        self.given["peak_rate"], self.origins["peak_rate"] = figure.value, self.chip
        wide = WIDTHS[compute]
        sixteen = compute if wide >= 2 else self._sixteen or compute
        self.given["sixteen_rate"] = self.chip[f"peak_{sixteen}"].value
        self.origins["sixteen_rate"] = self.chip
        self._kernels(compute if wanted not in NARROW or self.training else wanted)
        if self.training and wide >= 2:
            self._set("16 bits or more", narrow_gain=1.0)
        if self.training and wide < 2:
            self._kernels(sixteen)
        if "core_bytes" in self.stack:
            self._core_limit(compute)
        if "quant_share" in self.stack and wanted in NARROW_WEIGHTS:
            self._set(
                "stack", compute_share=self.given["compute_share"] * self.given["quant_share"]
            )
        if self.training:
            # mixed precision: 16-bit weights and gradients, 32-bit master weights and two moments
            full = wide >= 4
            self._set(
                "mixed-precision Adam" if not full else "Adam",
                weight_width=max(wide, 2.0),
                activation_width=max(wide, 2.0),
                gradient_width=max(wide, 2.0),
                optimizer_width=8.0 if full else 12.0,
                cache_width=max(wide, 2.0),
            )
        else:
            quantised = self.family in ("cnn", "mlp", "totals") and not self.language
            kept = wide if quantised else max(wide, 2.0)
            bytes_of = {**WIDTHS, **NARROW_WEIGHTS}
            cache_width = bytes_of.get(self.plan.workload.cache_precision or "", kept)
            origin = f"precision {wanted}"
            self._set(origin, weight_width=weight, activation_width=kept, cache_width=cache_width)
            self._set("inference", gradient_width=0.0, optimizer_width=0.0)
        if self.plan.hardware.efficiency is not None:
            share = self.plan.hardware.efficiency
            peak, sixteen = self.given["peak_rate"], self.given["sixteen_rate"]
            self._set("hardware.efficiency", compute_share=share, expert_share=share)
            self._set("hardware.efficiency", attention_share=share * peak / sixteen)
            self._set("hardware.efficiency", narrow_gain=peak / sixteen, sustained_share=1.0)
            self._set("hardware.efficiency", rule_share=1.0)
            self._set("hardware.efficiency", expert_gain=1.0, attention_gain=sixteen / peak)

    @property
    def _sixteen(self) -> str | None:
        return next((p for p in ("bf16", "fp16") if f"peak_{p}" in self.chip), None)

    def _core_limit(self, precision: str) -> None:
        """A stack whose cores keep few bytes in flight, or do few operations a cycle, reaches less of a wide chip."""
        g = self.given
        name = "peak_fp16_narrow" if WIDTHS[precision] == 2 else ""
        rate = self.chip[name].value if name in self.chip else g["peak_rate"]
        done = g["core_flop"] * g["chip_cores"] * g["chip_clock"]
        share = minimum(g["compute_share"] * rate, done) / g["peak_rate"]
        if share == share:
            self._set("stack", compute_share=share)
        reached = limited_share(
            g["memory_share"], g["core_bytes"], g["chip_cores"], g["chip_clock"], g["mem_bandwidth"]
        )
        if reached == reached:
            self._set("stack", memory_share=reached)

    def _compute_precision(self, wanted: str) -> tuple[str, float]:
        """The precision of the arithmetic and the bytes of a weight."""
        has = [p for p in WIDTHS if f"peak_{p}" in self.chip]
        sixteen = self._sixteen
        if wanted in NARROW_WEIGHTS and sixteen:
            return sixteen, NARROW_WEIGHTS[wanted]
        if wanted in has:
            return wanted, WIDTHS[wanted]
        if wanted in ("int8", "int4") and sixteen and self.language and not self.training:
            self.notes.append(
                f"{self.chip.id} has no {wanted} arithmetic: the weights are {wanted}, the arithmetic is {sixteen}"
            )
            return sixteen, WIDTHS[wanted]
        field = "hardware.precision"
        raise InputError(
            f"{field}: {self.chip.id} states no dense peak for {wanted!r}; it has {', '.join(has) or 'none'}"
        )

    def _system(self) -> None:
        hardware = self.plan.hardware
        each = hardware.accelerators_per_node or self.given["accelerators_per_node"]
        each = 1.0 if each != each else float(each)
        chips = hardware.accelerators or (hardware.nodes * each if hardware.nodes else 1)
        if (
            hardware.nodes
            and hardware.accelerators
            and hardware.accelerators > hardware.nodes * each
        ):
            raise InputError(
                f"hardware.accelerators: {hardware.accelerators:,} do not fit {hardware.nodes:,} nodes of {each:g}"
            )
        self._set("no power cap", power_cap_share=1.0)
        self._set("the prediction itself", time_residual=1.0)
        asked = self.plan.parallelism
        cp = 1.0 if asked.cp is None else asked.cp
        self._set("layout", cp=cp, virtual_stages=asked.virtual_stages)
        self._set("hardware", chips=float(chips), accelerators_per_node=each)
        if self.given.get("scaleup_domain", NAN) != self.given.get("scaleup_domain", NAN):
            self._set("hardware", scaleup_domain=each)
        fabric = hardware.fabric or self.node.traits.get("fabric")
        self.fabric = Systems.find(fabric, "hardware.fabric") if fabric else None
        if self.fabric is not None and self.fabric.type.name != "Link":
            raise InputError(
                f"hardware.fabric: {fabric!r} is a {self.fabric.type.name}, not a link"
            )
        if self.fabric is not None and "network_price" in self.fabric:
            self._take(self.fabric, only="network_price")
        if hardware.fabric and self.fabric is not None and "link_bandwidth" in self.fabric:
            spread = (
                self.fabric["oversubscription"].value if "oversubscription" in self.fabric else 1.0
            )
            self.given["scaleout_bandwidth"], self.origins["scaleout_bandwidth"] = (
                self.fabric["link_bandwidth"].value / spread,
                self.fabric,
            )
        if hardware.fabric_bandwidth is not None:
            self._set(
                "hardware.fabric_bandwidth",
                scaleout_bandwidth=coherent(hardware.fabric_bandwidth, "GB/s"),
            )
        self.given.setdefault("network_price", NAN)

    def _site(self) -> None:
        ops = self.plan.ops
        self.region = Infra.find(ops.region, "ops.region")
        if self.region.type.name != "Grid":
            kind = self.region.type.name.lower()
            raise InputError(f"ops.region: {ops.region!r} is a {kind}, not a grid or region")
        self.facility = Infra.Facilities.find(ops.facility or DEFAULT_FACILITY, "ops.facility")
        self._take(Infra.Facilities.find(DEFAULT_FACILITY, "ops.facility"))
        self._take(self.facility)
        self._take(self.region)
        self._set("ops", duration=coherent(ops.duration_days, "day"), utilisation=ops.utilisation)
        rent = ops.price_per_hour
        self.options["money"] = "own" if rent is None else "rent"
        if rent is not None and not isinstance(rent, str):
            self._set("ops.price_per_hour", rent_price=coherent(rent, "USD/hour"))
        fields = self.plan.model_fields_set
        if "ops" not in fields or "region" not in ops.model_fields_set:
            self.notes.append(
                f"no region is named: {self.region.name}, {readable(self.given['grid_carbon_intensity'], 'gCO2e/J')}"
            )
        if ops.facility is None:
            self.notes.append(
                f"no facility is named: {self.facility.name}, PUE {self.given['pue']:g}"
            )

    # ---- the layout is set by layout.py
    def lay(self, options: dict[str, str], **degrees: float) -> None:
        """Fix the parallel layout."""
        self.options.update(options)
        self._set("layout", **degrees)

    @cached_property
    def name(self) -> str:
        return self.plan.name or f"{self.model.id} on {self.given['chips']:,.0f} x {self.chip.id}"

    def source_of(self, name: str) -> str:
        """Where an input came from, in words."""
        origin = self.origins.get(name, "")
        if isinstance(origin, str):
            return origin
        key = self._figure_name(name)
        if key not in origin:
            return f"{origin.path} does not state it"
        figure = origin[key]
        document = origin.source(figure.source)
        mark = f" [{figure.kind}]" if figure.kind in MARKED else ""
        return f"{origin.path}: {document.title}, {figure.at}{mark}"

    def marked(self, name: str) -> str:
        """Why an input is only an estimate, or nothing."""
        origin = self.origins.get(name, "")
        key = self._figure_name(name)
        if isinstance(origin, str) or key not in origin or origin[key].kind not in MARKED:
            return ""
        return origin[key].kind

    def _figure_name(self, name: str) -> str:
        if name == "peak_rate":
            return f"peak_{self.compute_precision}"
        if name == "tdp" and "tdp" not in self.chip:
            return "power_estimate"
        return (
            "link_bandwidth"
            if self.origins.get(name) is self.fabric and name == "scaleout_bandwidth"
            else name
        )
