"""Layer A: a model, as its configuration and its paper describe it. Its fields stand in `fields.txt`."""

from __future__ import annotations

from pathlib import Path

from ..core.records import RecordType, read_fields

MODEL = RecordType(
    "Model",
    "A",
    "A network: its geometry, its published totals and its training run",
    read_fields(Path(__file__).with_name("fields.txt"))["Model"],
    {
        "family": (
            "transformer",
            "encoder",
            "encoder-decoder",
            "cnn",
            "dlrm",
            "ssm",
            "diffusion",
            "mlp",
            "totals",
        ),
        "attention": ("gqa", "mla", "none"),
        "mlp": ("dense", "moe", "none"),
        "aliases": (),
    },
)
