"""Layer C: grids, facilities and prices, `mlsysim.Infra.Grids.Quebec`."""

from pathlib import Path

from ..core.records import Registry
from .site import FACILITY, GRID, HOURS

Infra = Registry(
    "Infra", {"": GRID, "Facilities": FACILITY, "Hours": HOURS}, Path(__file__).with_name("data")
)
