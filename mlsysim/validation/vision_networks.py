"""Image networks: operations, outputs of layers and weights of one pass, from a row or from the table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from math import prod
from typing import Any, NamedTuple

from ..models import Models
from .rows import Inexpressible
from .spelling import MACS, OPERATIONS, Keys
from .vision_chips import figure, tables

ACTIVATIONS = {"macts": 1e6, "activations": 1.0}
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


def _area(model: str, keys: Keys) -> float:
    """Pixels of an image, 0 where the row does not say."""
    said = keys.text("image_size")
    named = re.search(r"\d{2,4} ?x ?\d{2,4}", model)
    return _pixels(said if re.search(r"\d\d", said) else named[0] if named else "")


def _pixels(text: str) -> float:
    """The product of the sides in a text, channels left aside."""
    sides = [int(side) for side in re.findall(r"\d+", text) if int(side) > 16][:2]
    return float(prod(sides) if len(sides) == 2 else sides[0] ** 2 if sides else 0)


@cache
def _named(model: str) -> dict[str, Any]:
    """The entry of the table that a name matches."""
    found = (e for e in tables()["network"] if re.search(e["pattern"], model.lower()))
    return next(found, {})


def listed(model: str, keys: Keys) -> dict[str, Any]:
    """The entry of the table for a row's network or its backbone."""
    return _named(model) or _named(keys.text("backbone"))


def family(model: str, keys: Keys) -> str:
    """What the layers are: of the table, else by the words of the name."""
    entry = listed(model, keys)
    if entry:
        return str(entry["family"])
    name = model.lower()
    return next((family for family, words in FAMILIES.items() if re.search(words, name)), "cnn")


def network(model: str, keys: Keys) -> Network:
    """The network of a row: what the row says first, then the table."""
    entry, kind = listed(model, keys), family(model, keys)
    macs, outputs = _tabled(entry, _area(model, keys))
    stated = keys.scaled(MACS) or _operations(keys, macs) or macs
    if not stated:
        raise Inexpressible(f"the row gives no operations and {model!r} is not in the table")
    outputs = outputs * stated / macs if macs else stated / PER_OUTPUT.get(kind, 350.0)
    params = keys.number("params") or entry.get("mparams", 0.0) * 1e6
    layers = keys.number("layers") or entry.get("layers", 60)
    attention = kind == "transformer" or bool(entry.get("attention"))
    return Network(stated, keys.scaled(ACTIVATIONS) or outputs, params, layers, kind, attention)


def _operations(keys: Keys, macs: float) -> float:
    """MAC from a count of operations; some authors print MAC under the name of FLOP, which the table reveals."""
    half = keys.scaled(OPERATIONS)
    return half * 2 if macs and half and half < 0.62 * macs else half


def _tabled(entry: Mapping[str, Any], area: float) -> tuple[float, float]:
    """MAC and outputs of a listed network at the size of the row's images."""
    if not entry:
        return 0.0, 0.0
    scale = (area or entry["size"] ** 2) / entry["size"] ** 2
    if "registry" in entry:
        record = Models.find(entry["registry"], entry["name"])
        return figure(record, "pass_flop_published") / 2 * scale, figure(
            record, "pass_activations"
        ) * scale
    return entry["gmacs"] * 1e9 * scale, entry["macts"] * 1e6 * scale
