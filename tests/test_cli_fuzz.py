"""No input prints a traceback: random plans, arguments, option values, bytes, configurations and records."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from command_line import PLAN, run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mlsysim
from mlsysim.cli.app import COMMANDS
from mlsysim.cli.options import FIELDS

pytestmark = pytest.mark.native
QUICK = settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def holds(result: object) -> None:
    """The exit code is one of the five, and nothing looks like a traceback."""
    assert result.exit_code in (0, 1, 2, 3, 4)  # type: ignore[attr-defined]
    error = result.exception  # type: ignore[attr-defined]
    assert error is None or isinstance(error, SystemExit), error
    assert "Traceback" not in result.output  # type: ignore[attr-defined]


SOME = [
    "Llama3_8B",
    "ResNet50",
    "DLRM",
    "H100",
    "ESP32_S3",
    "Quebec",
    "fp8",
    "int4",
    "training",
    "1e3",
]
SOME += [
    "listed",
    "DGX_H100",
    "performance.latency",
    "full",
    "-1",
    "50 ms",
    "2 week",
    "macro.tco_usd",
    "",
]
LEAF = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.integers(1, 4096),
    st.sampled_from(SOME),
)  # fmt: skip
KEYS = st.sampled_from(
    [
        "version",
        "name",
        "workload",
        "hardware",
        "ops",
        "parallelism",
        "constraints",
        "assert",
        "metric",
        "max",
        "min",
        *FIELDS,
        "x",
    ]
)
ANY = st.recursive(
    LEAF,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)


@st.composite
def plans(draw: st.DrawFn) -> dict:
    """A mapping that is nearly a plan."""
    plan: dict = {"workload": {"name": "Llama3_8B"}, "hardware": {"name": "H100"}}
    for key in draw(st.lists(st.sampled_from(list(FIELDS)), max_size=4)):
        plan.setdefault(FIELDS[key][0], {})[key] = draw(LEAF)
    if draw(st.booleans()):
        plan["workload"]["name"] = draw(
            st.sampled_from(
                [
                    "ResNet50",
                    "DLRM",
                    "BERT_Base",
                    "DS_CNN",
                    "Mamba_130M",
                    "DeepSeek_V3",
                    "StableDiffusion_XL",
                    "T5_Base",
                ]
            )
        )
    if draw(st.booleans()):
        plan["hardware"]["name"] = draw(
            st.sampled_from(
                [
                    "ESP32_S3",
                    "TPUv4",
                    "Coral",
                    "GB200_NVL72",
                    "Cerebras_CS3",
                    "Graphcore_Bow",
                    "K80",
                ]
            )
        )
    if draw(st.booleans()):
        plan["constraints"] = {
            "assert": draw(
                st.lists(
                    st.fixed_dictionaries({"metric": LEAF}, optional={"max": LEAF, "min": LEAF}),
                    max_size=2,
                )
            )
        }
    return plan


@QUICK
@given(
    st.one_of(plans(), ANY),
    st.sampled_from(["eval", "serve", "explain tpot"]),
    st.sampled_from(["yaml", "json"]),
)
def test_no_mapping_prints_a_traceback(
    tmp_path: Path, plan: object, command: str, ending: str
) -> None:
    file = tmp_path / f"plan.{ending}"
    file.write_text(json.dumps(plan), encoding="utf-8")
    holds(run(*command.split(), str(file)))


USED = [
    "Llama3_8B",
    "H100",
    "ResNet50",
    "ESP32_S3",
    "hardware",
    "grids",
    "14",
    "--check",
    "--of",
    "plan",
    "-o",
]
USED += [
    "json",
    "html",
    "-b",
    "--",
    "-",
    "--help",
    "--filter",
    "tdp>100W",
    "--sort",
    "year",
    "--assert",
]
USED += ["performance.mfu>=0.1", "tpot", "--depth", "1", "--columns", "--reverse"]
WORDS = st.one_of(
    st.sampled_from([*COMMANDS, *USED, PLAN]),
    st.sampled_from([f"--{key.replace('_', '-')}" for key in FIELDS]),
    st.text(alphabet=st.characters(blacklist_categories=()), max_size=6),
    st.integers(-3, 10**12).map(str),
)  # fmt: skip


#: Commands that measure or fit for minutes; their own tests call them.
LONG = ("audit", "calibrate", "lab", "validate")


@QUICK
@given(
    st.sampled_from([name for name in COMMANDS if name not in LONG]), st.lists(WORDS, max_size=6)
)
def test_no_arguments_print_a_traceback(command: str, words: list[str]) -> None:
    holds(run(command, *words))


@QUICK
@given(
    st.sampled_from(sorted(FIELDS)),
    st.one_of(st.text(max_size=12), st.integers().map(str), st.floats().map(str)),
)
def test_no_value_of_an_option_prints_a_traceback(key: str, value: str) -> None:
    holds(run("eval", "Llama3_8B", "H100", f"--{key.replace('_', '-')}={value}"))


@QUICK
@given(
    st.one_of(
        st.binary(max_size=60),
        st.text(max_size=60).map(str.encode),
        st.text(alphabet="ab:-[]{}&*!|>'\"#%@`,? \n\t", max_size=40).map(str.encode),
    )
)
def test_no_bytes_of_a_file_print_a_traceback(tmp_path: Path, content: bytes) -> None:
    for name, more in (
        ("plan.yaml", []),
        ("plan.json", []),
        ("model.toml", ["H100"]),
        ("config.json", ["H100"]),
    ):
        (tmp_path / name).write_bytes(content)
        holds(run("eval", str(tmp_path / name), *more))


CONFIG_KEYS = st.sampled_from(
    [
        "num_hidden_layers",
        "hidden_size",
        "num_attention_heads",
        "vocab_size",
        "intermediate_size",
        "num_key_value_heads",
        "text_config",
        "model_type",
        "num_local_experts",
        "kv_lora_rank",
        "sliding_window",
    ]
)


@QUICK
@given(st.dictionaries(CONFIG_KEYS, LEAF, max_size=8), st.booleans())
def test_no_configuration_of_a_model_prints_a_traceback(
    tmp_path: Path, config: dict, whole: bool
) -> None:
    base = (
        {"num_hidden_layers": 2, "hidden_size": 64, "num_attention_heads": 4, "vocab_size": 100}
        if whole
        else {}
    )
    file = tmp_path / "config.json"
    file.write_text(json.dumps({**base, **config}))
    holds(run("eval", str(file), "H100"))


ENTRY = st.one_of(
    st.integers(-3, 10**6), st.floats(), st.booleans(), st.text(alphabet="ab1_", max_size=3), st.just(["a"])
)  # fmt: skip
TOML_KEYS = st.sampled_from(
    [
        "notes",
        "figures",
        "sources",
        "family",
        "attention",
        "mlp",
        "precision",
        "node",
        "form",
        "vendor",
        "year",
        "name",
        "x",
    ]
)
WHERE = {
    "model": ("models/data/Language/Llama3_8B.toml", "H100"),
    "chip": ("hardware/data/Cloud/H100.toml", "Llama3_8B"),
}


def literal(value: object) -> str:
    """A value as TOML writes it."""
    if isinstance(value, (str, list)):
        return json.dumps(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


@QUICK
@given(
    st.sampled_from(sorted(WHERE)),
    st.dictionaries(st.integers(0, 60), ENTRY, max_size=3),
    st.dictionaries(TOML_KEYS, ENTRY, max_size=1),
)
def test_no_record_of_ones_own_prints_a_traceback(
    tmp_path: Path, what: str, changes: dict, head: dict
) -> None:
    place, other = WHERE[what]
    lines = (Path(mlsysim.__file__).parent / place).read_text(encoding="utf-8").splitlines()
    for number, value in changes.items():
        if number < len(lines):
            lines[number] = re.sub(
                r"value = [^,}]*", lambda _, v=value: f"value = {literal(v)}", lines[number]
            )
    for key, value in head.items():
        lines = [
            f"{key} = {literal(value)}",
            *(line for line in lines if not line.startswith(f"{key} = ")),
        ]
    file = tmp_path / "own.toml"
    sources = "\n".join(
        f'[sources.{key}]\ntitle = "x"'
        for key in {*re.findall(r'source = "(\w+)"', "\n".join(lines))}
    )
    file.write_text("\n".join([*lines, sources]), encoding="utf-8")
    holds(run("eval", *([str(file), other] if what == "model" else [other, str(file)])))
