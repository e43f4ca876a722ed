"""Image networks: operations, outputs of layers and weights of one pass, from a row or from the table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from math import prod
from typing import Any, NamedTuple

from ..models import Models
from .rows import Inexpressible, Row
from .vision_chips import figure, tables

SIZE = ("input", "input_size", "input_shape", "image_size", "img_size", "resolution", "res", "size")
MACS = {"gmacs": 1e9, "mmacs": 1e6, "macs_m": 1e6, "macs_g": 1e9, "macs": 1.0, "madds": 1.0}
#: Keys of operation counts, and the MAC of one unit of each.
OPERATIONS = {"gops": 0.5e9, "gflops": 0.5e9, "flops_g": 0.5e9, "flops": 0.5, "ops": 0.5}
ACTIVATIONS = {"macts": 1e6, "activations": 1.0, "acts": 1.0}
#: Families by the words of a name that the table does not have.
FAMILIES = {
    "unet": "diffusion|flux",
    "transformer": "vit|former|bert|clip|dino",
    "depthwise": "mobile|efficient|mnas|ghost|shuffle",
}
#: MAC for one output of a layer where nothing says how many outputs there are; 350 for dense convolutions.
PER_OUTPUT = {"depthwise": 60.0}


class Network(NamedTuple):
    """One pass over one image: MAC, outputs of layers, weights, layers, and what its layers are."""

    macs: float
    outputs: float
    params: float
    layers: float
    family: str
    attention: bool


def number(place: Mapping[str, Any], *names: str) -> float:
    """The first of several keys that holds a number, else 0."""
    for name in names:
        value = place.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
    return 0.0


def scaled(row: Row, scales: Mapping[str, float]) -> float:
    """A count that a row gives under one of several keys, in single units, else 0."""
    places = (row.spec, row.workload)
    found = (number(place, name) * scale for place in places for name, scale in scales.items())
    return next((value for value in found if value), 0.0)


def _area(row: Row) -> float:
    """Pixels of an image, 0 where the row does not say."""
    texts = [str(place.get(name, "")) for place in (row.spec, row.workload) for name in SIZE]
    found = next((text for text in texts if re.search(r"\d\d", text)), "")
    named = re.search(r"\d{2,4} ?x ?\d{2,4}", row.model)
    return _pixels(found or (named[0] if named else ""))


def _pixels(text: str) -> float:
    """The product of the sides in a text, channels left aside."""
    sides = [int(side) for side in re.findall(r"\d+", text) if int(side) > 16][:2]
    return float(prod(sides) if len(sides) == 2 else sides[0] ** 2 if sides else 0)


@cache
def _named(model: str) -> dict[str, Any]:
    """The entry of the table that a name matches."""
    found = (e for e in tables()["network"] if re.search(e["pattern"], model.lower()))
    return next(found, {})


def listed(row: Row) -> dict[str, Any]:
    """The entry of the table for a row's network or its backbone."""
    return _named(row.model) or _named(str(row.spec.get("backbone", "")))


def family(row: Row) -> str:
    """What the layers are: of the table, else by the words of the name."""
    entry = listed(row)
    if entry:
        return str(entry["family"])
    name = row.model.lower()
    return next((family for family, words in FAMILIES.items() if re.search(words, name)), "cnn")


def network(row: Row) -> Network:
    """The network of a row: what the row says first, then the table."""
    entry, kind = listed(row), family(row)
    macs, outputs = _tabled(row, entry)
    stated = scaled(row, MACS) or _operations(row, macs) or macs
    if not stated:
        raise Inexpressible(f"the row gives no operations and {row.model!r} is not in the table")
    outputs = outputs * stated / macs if macs else stated / PER_OUTPUT.get(kind, 350.0)
    params = number(row.spec, "params", "parameters") or entry.get("mparams", 0.0) * 1e6
    layers = number(row.spec, "layers", "num_layers", "depth") or entry.get("layers", 60)
    attention = kind == "transformer" or bool(entry.get("attention"))
    return Network(stated, scaled(row, ACTIVATIONS) or outputs, params, layers, kind, attention)


def _operations(row: Row, macs: float) -> float:
    """MAC from a count of operations; some authors print MAC under the name of FLOP, which the table reveals."""
    half = scaled(row, OPERATIONS)
    return half * 2 if macs and half and half < 0.62 * macs else half


def _tabled(row: Row, entry: Mapping[str, Any]) -> tuple[float, float]:
    """MAC and outputs of a listed network at the size of the row's images."""
    if not entry:
        return 0.0, 0.0
    scale = (_area(row) or entry["size"] ** 2) / entry["size"] ** 2
    if "registry" in entry:
        record = Models.find(entry["registry"], entry["name"])
        return figure(record, "pass_flop_published") / 2 * scale, figure(
            record, "pass_activations"
        ) * scale
    return entry["gmacs"] * 1e9 * scale, entry["macts"] * 1e6 * scale
