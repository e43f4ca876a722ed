"""Layer A: the models, `mlsysim.Models.Language.Llama3_8B`."""

from pathlib import Path

from ..core.records import Registry
from .model import MODEL as MODEL

Models = Registry("Models", {"": MODEL}, Path(__file__).with_name("data"))
