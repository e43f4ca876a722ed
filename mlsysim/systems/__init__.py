"""Layer D: nodes, links, storage, fleets, parts and stacks, `mlsysim.Systems.Nodes.DGX_H100`."""

from pathlib import Path

from ..core.records import Registry
from .parts import ENERGY, FLEET, KERNEL, LINK, NODE, PART, SENSOR, STACK, STORAGE

TYPES = {
    "Nodes": NODE,
    "Links": LINK,
    "Fabrics": LINK,
    "Switches": LINK,
    "Storage": STORAGE,
    "Fleets": FLEET,
    "Parts": PART,
    "Energy": ENERGY,
    "Radios": ENERGY,
    "Sensors": SENSOR,
    "Kernels": KERNEL,
    "Stacks": STACK,
}
Systems = Registry("Systems", TYPES, Path(__file__).with_name("data"))
