"""Published laws, constants and results, `mlsysim.Literature.Scaling.Chinchilla`."""

from pathlib import Path

from ..core.records import Registry
from .result import RESULT

Literature = Registry("Literature", {"": RESULT}, Path(__file__).with_name("data"))
