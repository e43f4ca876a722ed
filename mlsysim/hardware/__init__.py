"""Layer B: the chips, `mlsysim.Hardware.Cloud.H100`."""

from pathlib import Path

from ..core.records import Registry
from .chip import CHIP as CHIP

Hardware = Registry("Hardware", {"": CHIP}, Path(__file__).with_name("data"))
