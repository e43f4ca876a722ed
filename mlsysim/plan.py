"""The plan: what a user may write in YAML or give as keywords, checked field by field. `mlsysim schema` prints it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from .core.errors import InputError, nearest, unknown
from .core.units import read_quantity
from .hardware.chip import PRECISIONS

#: Largest counts that are taken for meant; more is a slip of the keyboard.
MOST_SAMPLES, MOST_TOKENS, MOST_CHIPS = 10**9, 10**8, 10**7


def _whole(value: Any) -> Any:
    """A count: 4096, 4096.0 or "4096", and nothing else."""
    if isinstance(value, bool):
        raise ValueError("is not a whole number")
    if isinstance(value, str):
        try:
            value = float(value.replace("_", ""))
        except ValueError:
            raise ValueError("is not a whole number") from None
    if isinstance(value, float):
        if value != value or abs(value) == float("inf") or value != int(value):
            raise ValueError("is not a whole number")
        return int(value)
    return value


def measure(unit: str) -> BeforeValidator:
    """Reads a number in `unit`, or text with a unit such as "14 day"."""

    def read(value: Any) -> float:
        try:
            return read_quantity(value, unit, "")
        except InputError as error:
            raise ValueError(str(error).removeprefix(": ")) from None

    return BeforeValidator(read, json_schema_input_type=float | str)


Samples = Annotated[int, BeforeValidator(_whole), Field(ge=1, le=MOST_SAMPLES)]
Tokens = Annotated[int, BeforeValidator(_whole), Field(ge=1, le=MOST_TOKENS)]
Chips = Annotated[int, BeforeValidator(_whole), Field(ge=1, le=MOST_CHIPS)]
Stage = Annotated[int, BeforeValidator(_whole), Field(ge=0, le=3)]
Written = Annotated[int, BeforeValidator(_whole), Field(ge=0, le=MOST_TOKENS)]
Share = Annotated[float, measure(""), Field(gt=0, le=1, json_schema_extra={"unit": "1"})]
Days = Annotated[float, measure("day"), Field(gt=0, le=36500, json_schema_extra={"unit": "day"})]
Bandwidth = Annotated[
    float, measure("GB/s"), Field(gt=0, le=1e9, json_schema_extra={"unit": "GB/s"})
]
Rent = Annotated[
    float, measure("USD/hour"), Field(ge=0, le=1e6, json_schema_extra={"unit": "USD/hour"})
]
Text = Annotated[str, Field(min_length=1, max_length=4096)]
Amount = float | str
Amounts = Amount | Annotated[tuple[dict[str, Amount], ...], Field(max_length=1000)]
Precision = Literal[(*PRECISIONS, "w8a16", "w4a16")]  # type: ignore[valid-type]


class Part(BaseModel):
    """A part of a plan: no unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Workload(Part):
    """Layer A: the model and what is asked of it."""

    name: Text = Field(
        description="A model of the registry, or the path of a config.json or a TOML record"
    )
    mode: Literal["inference", "training"] = Field(
        default="inference", description="What is done with the model"
    )
    batch_size: Samples = Field(
        default=1, description="Samples or sequences handled together by the whole system"
    )
    prefill_batch: Samples | None = Field(
        default=None, description="Prompts prefilled together; the whole batch unless given"
    )
    seq_len: Tokens | None = Field(
        default=None,
        description="Tokens of context; 2,048 unless given, or the input length of an encoder",
    )
    output_len: Written = Field(default=0, description="Tokens written for a request")
    cache_precision: Precision | None = Field(
        default=None, description="Precision of cached keys and values"
    )


class Hardware(Part):
    """Layers B and D: the chips and how they are joined."""

    name: Text = Field(description="A chip of the registry, or the path of a TOML record")
    nodes: Chips | None = Field(default=None, description="Servers")
    accelerators: Chips | None = Field(
        default=None, description="Chips; all of the nodes unless given"
    )
    accelerators_per_node: Chips | None = Field(
        default=None, description="Chips in a server; those of the reference node unless given"
    )
    fabric: Text | None = Field(
        default=None, description="A fabric of the registry between the nodes"
    )
    fabric_bandwidth: Bandwidth | None = Field(
        default=None, description="Network bandwidth of a chip, one direction, in GB/s"
    )
    precision: Precision | None = Field(
        default=None, description="Precision of weights and arithmetic"
    )
    efficiency: Share | None = Field(
        default=None, description="Achieved share of the peak rate; predicted unless given"
    )
    stack: Text | None = Field(default=None, description="A software stack of the registry")


class Ops(Part):
    """Layer C: where and for how long."""

    region: Text = Field(default="World", description="A grid, region or subregion of the registry")
    facility: Text | None = Field(
        default=None, description="A facility of the registry; its PUE and WUE are used"
    )
    duration_days: Days = Field(default=365.0, description="Days for which the system is run")
    utilisation: Share = Field(default=1.0, description="Share of the time that the system is busy")
    price_per_hour: Rent | Literal["listed"] | None = Field(
        default=None,
        description="Rent of one chip in USD per hour, or listed for the record's own; then TCO",
    )


class Parallelism(Part):
    """Layer E: how the model lies on the chips. What is not given is chosen."""

    tp: Chips | None = Field(default=None, description="Tensor-parallel degree")
    pp: Chips | None = Field(default=None, description="Pipeline-parallel degree")
    dp: Chips | None = Field(default=None, description="Data-parallel degree")
    cp: Chips | None = Field(
        default=None, description="Context-parallel degree of training; 1 unless given"
    )
    ep: Chips | None = Field(default=None, description="Expert-parallel degree")
    zero: Stage | None = Field(default=None, description="ZeRO stage")
    microbatch: Samples | None = Field(default=None, description="Sequences of a micro-batch")
    recompute: Literal["none", "selective", "full"] | None = Field(
        default=None, description="Activations computed again in training"
    )
    virtual_stages: Chips = Field(
        default=1, description="Pieces of the model on one pipeline stage"
    )


class Assert(Part):
    """A bound that a metric must keep."""

    metric: Text = Field(description="lens.metric, such as performance.latency")
    max: float | str | None = Field(
        default=None,
        description='Upper bound, a number in the metric\'s unit or text such as "50 ms"',
    )
    min: float | str | None = Field(default=None, description="Lower bound, likewise")

    def limits(self, unit: str) -> list[tuple[str, float]]:
        """Its sides, max or min, each with its bound as a number in a unit."""
        given = [
            (side, value) for side in ("max", "min") if (value := getattr(self, side)) is not None
        ]
        if not given:
            raise InputError(f"constraints.assert: {self.metric} has neither max nor min")
        field = f"constraints.assert.{self.metric}"
        return [(side, read_quantity(value, unit, f"{field}.{side}")) for side, value in given]


class Constraints(Part):
    """What the answer must keep."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    asserts: tuple[Assert, ...] = Field(
        default=(), alias="assert", max_length=1000, description="Bounds on metrics"
    )


class Plan(Part):
    """A scenario as it is written down."""

    version: Literal["1.0"] = Field(default="1.0", description="Version of this schema")
    name: Text | None = Field(default=None, description="A name for the scenario")
    workload: Workload
    hardware: Hardware
    ops: Ops = Ops()
    parallelism: Parallelism = Parallelism()
    constraints: Constraints = Constraints()
    inputs: dict[str, Amounts] = Field(
        default={},
        max_length=1000,
        description='What walls need and no other key gives, such as arrival_rate: "12 1/s"; a table is a list of rows',
    )
    choices: dict[str, Text] = Field(
        default={},
        max_length=100,
        description="Choices between equations that no other key makes, such as queue: ggc",
    )


PARTS: dict[str, type[Part]] = {
    "workload": Workload,
    "hardware": Hardware,
    "ops": Ops,
    "parallelism": Parallelism,
}


def read_plan(data: Any, where: str = "plan") -> Plan:
    """A plan from a mapping; the first fault as one sentence with the field, the value and what is allowed."""
    if not isinstance(data, dict):
        kind = "empty" if data is None else f"a {type(data).__name__}"
        raise InputError(
            f"{where}: it is {kind}, not a mapping with {', '.join(Plan.model_fields)}"
        )
    try:
        return Plan.model_validate(data)
    except ValidationError as error:
        raise InputError(_sentence(where, error.errors(include_url=False)[0])) from None


def _sentence(where: str, fault: Any) -> str:
    path, given = (
        [
            str(part)
            for part in fault["loc"]
            if not str(part).startswith(("function-", "constrained-", "literal["))
        ],
        fault["input"],
    )
    field = f"{where}: {'.'.join(path)}" if path else where
    kind, context = fault["type"], fault.get("ctx", {})
    if kind == "extra_forbidden":
        keys = _keys(path[:-1])
        listed = nearest(path[-1], keys) or f"; allowed: {', '.join(keys)}"
        return f"{field}: is not a key of a plan{listed}"
    if kind == "missing":
        return f"{field}: is missing"
    shown = (
        repr(given)
        if isinstance(given, (str, int, float, bool, type(None))) and len(repr(given)) <= 60
        else f"a {type(given).__name__}"
    )
    if kind == "literal_error":
        names = [name.strip("' ") for name in context["expected"].replace(" or ", ", ").split(", ")]
        return f"{field}: {shown} is not one of {', '.join(names)}{nearest(given, names)}"
    if kind in ("greater_than", "greater_than_equal", "less_than", "less_than_equal"):
        words = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}
        key, bound = next((k, v) for k, v in context.items() if k in words)
        return f"{field}: {shown} must be {words[key]} {bound:,}"
    if kind == "value_error":
        message = str(context["error"])
        return f"{field}: {message}" if shown in message else f"{field}: {shown} {message}"
    return f"{field}: {shown}: {fault['msg'][0].lower()}{fault['msg'][1:]}"


def _keys(path: list[str]) -> list[str]:
    """The keys that a part of a plan may have."""
    model: Any = Plan
    for part in path:
        if part.isdigit():
            continue
        fields = {f.alias or name: f for name, f in model.model_fields.items()}
        model = Assert if part == "assert" else fields[part].annotation
    return [f.alias or name for name, f in model.model_fields.items()]


def plan_of(model: Any, chip: Any, name: str | None = None, **keys: Any) -> dict[str, Any]:
    """The mapping of a plan from flat keywords, each put into the part that has it."""
    parts: dict[str, dict[str, Any]] = {
        "workload": {"name": model},
        "hardware": {"name": chip},
        "ops": {},
        "parallelism": {},
    }
    places = {key: part for part in parts for key in PARTS[part].model_fields if key != "name"}
    result: dict[str, Any] = (
        {"constraints": {"assert": keys.pop("asserts", ())}} if "asserts" in keys else {}
    )
    for key, value in keys.items():
        if key not in places:
            raise unknown("evaluate", key, [*places, "asserts"])
        if value is not None:
            parts[places[key]][key] = value
    return {
        **({"name": name} if name else {}),
        **{part: values for part, values in parts.items() if values},
        **result,
    }
