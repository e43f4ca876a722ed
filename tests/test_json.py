"""Every JSON output validates against the schema that the program prints for it, and is strict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from command_line import CALLS, PLAN, data, run
from hypothesis import given, settings
from hypothesis import strategies as st

import mlsysim
from mlsysim.cli.app import GROUPS, commands
from mlsysim.metrics import METRICS

pytestmark = pytest.mark.native


def schema(what: str) -> dict[str, Any]:
    return json.loads(run("schema", "--of", what).stdout)


def strict(text: str) -> Any:
    """JSON without NaN or infinity."""

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    return json.loads(text, parse_constant=refuse)


@pytest.mark.parametrize("call", CALLS)
def test_an_answer_validates_against_its_schema(call: str) -> None:
    words = CALLS[call]
    answer = strict(run("-o", "json", *words).stdout)
    command = " ".join(words[:2]) if words[0] in GROUPS else words[0]
    jsonschema.validate(answer, schema(command), jsonschema.Draft202012Validator)


@pytest.mark.parametrize("kind", ["hardware", "models", "infra", "systems", "literature"])
def test_every_list_and_record_of_the_zoo_validates(kind: str) -> None:
    validator = jsonschema.Draft202012Validator(schema("zoo"))
    listed = strict(run("-o", "json", "zoo", kind).stdout)
    validator.validate(listed)
    assert listed["count"] == len(listed["records"]) > 80
    for record in listed["records"][::7]:
        validator.validate(strict(run("-o", "json", "zoo", record["path"]).stdout))


@pytest.mark.parametrize("number", sorted(mlsysim.WALLS))
def test_every_wall_validates(number: int) -> None:
    jsonschema.validate(data("walls", str(number)), schema("walls"))


@pytest.mark.parametrize("what", ["plan", *commands(), "error", "version"])
def test_a_schema_is_a_schema(what: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(what))


@pytest.mark.parametrize(
    "arguments",
    [
        ["eval", "Llama3_8B", "H101"],
        ["eval", "nofile.yaml"],
        ["evl"],
        ["walls", "99"],
        ["zoo", "--sorted"],
    ],
)
def test_an_error_is_an_object_when_json_is_asked_for(arguments: list[str]) -> None:
    for result in (run("-o", "json", *arguments), run(*arguments, "--output=json")):
        error = strict(result.stdout)
        jsonschema.validate(error, schema("error"))
        assert error["exit_code"] == result.exit_code
        assert error["message"] in result.stderr


def test_the_version_validates() -> None:
    jsonschema.validate(data("--version"), schema("version"))


def test_the_schema_of_a_plan_accepts_the_example_and_refuses_a_misspelt_key() -> None:
    import yaml

    plan = yaml.safe_load(Path(PLAN).read_text(encoding="utf-8"))
    jsonschema.validate(plan, schema("plan"))
    plan["workload"]["batchsize"] = 4
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(plan, schema("plan"))


def test_the_schema_of_a_plan_describes_every_key() -> None:
    made = schema("plan")
    for name, part in made["$defs"].items():
        for key, field in part["properties"].items():
            assert "description" in field, f"{name}.{key}"


def test_every_metric_stands_in_the_schema_with_its_unit() -> None:
    made = schema("eval")["properties"]
    for metric in METRICS:
        lens = made[metric.lens]["properties"]
        assert lens["units"]["properties"][metric.name]["const"] == (metric.unit or "1")
        assert metric.name in lens["metrics"]["properties"]


MODELS = st.sampled_from(
    [
        "Llama3_8B",
        "DeepSeek_V3",
        "ResNet50",
        "BERT_Base",
        "DLRM",
        "StableDiffusion_XL",
        "Mamba_130M",
        "DS_CNN",
        "Whisper_Tiny",
    ]
)
CHIPS = st.sampled_from(
    [
        "H100",
        "B200",
        "TPUv4",
        "ESP32_S3",
        "Coral",
        "Graphcore_Bow",
        "MI300X",
        "Cerebras_CS3",
        "GB200_NVL72",
    ]
)


@settings(max_examples=40, deadline=None)
@given(
    MODELS,
    CHIPS,
    st.sampled_from(["inference", "training"]),
    st.integers(1, 10**9),
    st.integers(1, 64),
)
def test_any_evaluation_is_strict_json_of_its_schema(
    model: str, chip: str, mode: str, batch: int, chips: int
) -> None:
    result = run(
        "-o",
        "json",
        "eval",
        model,
        chip,
        "--mode",
        mode,
        "-b",
        str(batch),
        "--accelerators",
        str(chips),
    )
    jsonschema.validate(strict(result.stdout), EVALUATION if result.exit_code in (0, 4) else ERROR)


EVALUATION, ERROR = schema("eval"), schema("error")
