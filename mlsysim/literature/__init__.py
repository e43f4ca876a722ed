"""Published laws, constants and results, `mlsysim.Literature.Scaling.Chinchilla`."""

from pathlib import Path

from ..core.records import Registry
from .result import COMPRESSION, RESULT

#: The groups whose records hold points of compression, beside other results.
COMPRESSED = ("Quantization", "Pruning", "Distillation")
Literature = Registry(
    "Literature",
    {"": RESULT, **dict.fromkeys(COMPRESSED, COMPRESSION)},
    Path(__file__).with_name("data"),
)
