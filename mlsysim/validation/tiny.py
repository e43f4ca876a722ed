"""Networks of microcontrollers: latency, rate and energy of one inference.

A core does so many multiply-accumulates a cycle; the library and the kind of layers take their share of it, and every
layer costs some cycles besides. Energy is the run power of the core, or picojoules a MAC on an accelerator.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from ..hardware import Hardware
from .prediction import Prediction
from .rows import Inexpressible, Row
from .spelling import MACS, OPERATIONS, Keys, words

#: Constants that may be fitted.
CORES = ("m0", "m33", "m4", "m85")
LIBRARIES = ("cmsis", "hale", "tflm", "tinyengine", "vendor")
KINDS = ("separable", "fc", "deep")
FREE = (
    "tiny.rate",
    *(f"tiny.core_{name}" for name in CORES),
    *(f"tiny.library_{name}" for name in LIBRARIES),
    *(f"tiny.layers_{name}" for name in KINDS),
    "tiny.accelerator_measured",
    "tiny.accelerator_small",
)
TABLES = Path(__file__).with_name("tiny_boards.toml")
SOFTWARE = ("stack", "kernels")
#: What a row may say that changes nothing here, or that is read only where nothing better is said.
OTHERS = "params image_size batch cores core task benchmark clock_mhz"
KNOWN = {*OTHERS.split(), *SOFTWARE, *OPERATIONS}
#: Scale of a latency or an energy by the ending of the metric's name, from seconds and joules.
TIMES = {"_ms": 1e3, "_us": 1e6, "_s": 1.0}
JOULES = {"uj": 1e6, "mj": 1e3, "nj": 1e9, "_j": 1.0}


class Board(NamedTuple):
    """A core with its MAC a cycle against a Cortex-M7, or an accelerator with its own; clock in Hz."""

    name: str
    core: str
    clock: float = 0.0
    rate: float = 0.0
    macs_per_cycle: float = 0.0
    floor: float = 0.0
    watts_per_hertz: float = 0.0
    joules_per_mac: float = 0.0
    measured: bool = False
    guessed: bool = False


class Library(NamedTuple):
    """The software: its name, and its speed against X-CUBE-AI where no constant says it."""

    name: str
    speed: float = 0.0


class Network(NamedTuple):
    """MAC, layers, and the kind of layers that most MAC are in."""

    macs: float
    layers: float
    kind: str


def predict(row: Row, k: Mapping[str, float]) -> Prediction:
    """Latency, rate or energy of a row whose measured values are hidden."""
    keys = Keys(row.workload, row.parallelism, row.spec)
    board, library, network = _board(row, keys), _library(row), _network(row, keys)
    seconds = _seconds(board, library, network, k) * _width(row, keys)
    value = _in_metric(row, seconds, board, network, k)
    return Prediction(value, _group(row, board, library), tuple(_notes(row, keys, board, library)))


def stack_of(row: Row) -> str:
    """The library of a row."""
    return _library(row).name


def chip_of(row: Row) -> str:
    """The board of a row at its clock."""
    board = _board(row, Keys(row.workload))
    return f"{board.name} {board.clock / 1e6:.0f} MHz {board.core}".strip()


# ---- the equation


def _seconds(board: Board, library: Library, net: Network, k: Mapping[str, float]) -> float:
    """Seconds of one inference in int8."""
    if board.macs_per_cycle:
        return _accelerator(board, net, k)
    speed = library.speed or k.get(f"tiny.library_{library.name}", 1.0)
    core = board.rate or k.get(f"tiny.core_{board.core}", 1.0)
    rate = k["tiny.rate"] * core * speed * _layers(net, k)
    return (net.macs / rate + net.layers * k["tiny.layer_cycles"]) / board.clock


def _accelerator(board: Board, net: Network, k: Mapping[str, float]) -> float:
    """An accelerator fills its lanes on dense layers, and less of them on the others."""
    share = k["tiny.accelerator_measured" if board.measured else "tiny.accelerator"]
    share *= 1.0 if net.kind == "dense" else k["tiny.accelerator_small"]
    busy = net.macs / (board.macs_per_cycle * share * board.clock)
    return busy + board.floor + net.layers * k["tiny.layer_cycles"] / board.clock


def _layers(net: Network, k: Mapping[str, float]) -> float:
    """What the kind of layers leaves of the rate of a dense convolution."""
    if net.kind == "deep":
        return k["tiny.layers_separable"] * k["tiny.layers_deep"]
    return 1.0 if net.kind == "dense" else k[f"tiny.layers_{net.kind}"]


def _in_metric(
    row: Row, seconds: float, board: Board, net: Network, k: Mapping[str, float]
) -> float:
    """A time, a rate or an energy in the unit of the row's metric."""
    name = row.metric.lower()
    joules = _ending(name, JOULES)
    if "energy" in name or joules:
        return _energy(seconds, board, net, k) * (joules or 1.0)
    if re.search("per_s|fps|throughput", name):
        return 1.0 / seconds
    if not _ending(name, TIMES):
        raise Inexpressible(f"the metric {row.metric!r} is neither a time, a rate nor an energy")
    return seconds * _ending(name, TIMES)


def _ending(name: str, scales: Mapping[str, float]) -> float:
    """The scale that the ending of a metric's name means, 0 where none."""
    return next((scale for ending, scale in scales.items() if name.endswith(ending)), 0.0)


def _energy(seconds: float, board: Board, net: Network, k: Mapping[str, float]) -> float:
    """Joules of one inference."""
    if board.joules_per_mac:
        return board.joules_per_mac * net.macs
    watts = board.watts_per_hertz or k["tiny.run_power"] * 1e-9
    return watts * board.clock * seconds


# ---- what the row says


def _width(row: Row, keys: Keys) -> float:
    """Cycles of a MAC in the row's precision against those in int8."""
    text = f"{row.precision} {keys.text('precision')}".lower()
    if re.search("fp32|float|fp16", text):
        return 3.0
    return 1.5 if re.search("int16|16x8|w8a16", text) else 1.0


def _notes(row: Row, keys: Keys, board: Board, library: Library) -> Iterator[str]:
    """What was not understood or was assumed."""
    keys.read |= KNOWN
    yield from keys.unread()
    if board.guessed:
        yield f"the core or clock of {row.hardware!r} was assumed"
    if library.name == "unknown":
        yield f"the library {_software(row)!r} was not understood"


def _group(row: Row, board: Board, library: Library) -> str:
    """The class of interval: what of core and library has rows of its own."""
    if "energy" in row.metric or _ending(row.metric.lower(), JOULES):
        return "tiny energy"
    if board.macs_per_cycle:
        return "tiny accelerator"
    if library.speed or library.name == "tflm":  # plain C or CMSIS-NN, by the build
        return "tiny new library"
    known = board.core in (*CORES, "m7") and not board.guessed
    return "tiny known library" if known else "tiny new core"


def _software(row: Row) -> str:
    """What the row calls its library, in lower case."""
    return words(row.workload, *SOFTWARE).strip()


@cache
def _tables() -> dict[str, list[dict[str, Any]]]:
    """The tables of cores, boards, libraries and networks."""
    return tomllib.loads(TABLES.read_text(encoding="utf-8"))


def _match(table: str, text: str) -> dict[str, Any]:
    """The first entry of a table that a text matches."""
    found = (e for e in _tables()[table] if re.search(e["pattern"], text.lower()))
    return next(found, {})


def _library(row: Row) -> Library:
    """The library that the row names; the vendor's own where it names none."""
    text = _software(row)
    if text in ("", "n/a", "none", "-"):
        return Library("vendor")
    entry = _match("library", text)
    return Library(entry["name"], entry.get("speed", 0.0)) if entry else Library("unknown", 0.7)


def _network(row: Row, keys: Keys) -> Network:
    """The network: the row's count of MAC first, then the table's."""
    entry = _match("network", row.model)
    macs = keys.scaled(MACS) or keys.scaled(OPERATIONS) or entry.get("mmacs", 0.0) * 1e6
    if not macs:
        raise Inexpressible(f"the row gives no MAC and {row.model!r} is not in the table")
    layers = keys.number("layers") or entry.get("layers", 30)
    return Network(macs, layers, entry.get("kind") or _kind(row.model.lower()))


def _kind(model: str) -> str:
    """The kind of layers by the words of a model's name."""
    patterns = {
        "deep": "mcunet|mobilenet.?v[23]|mbv2|proxyless|efficientnet|mnas",
        "fc": "mlp|fully|dense.?net|encoder",
    }
    for kind, pattern in patterns.items():
        if re.search(pattern, model):
            return kind
    return "separable" if re.search("mobilenet|ds.?cnn|separable|depthwise", model) else "dense"


# ---- boards


def _board(row: Row, keys: Keys) -> Board:
    """The board of a row, or the bare core that its hardware names."""
    entry = _match("board", f"{row.hardware} {keys.text('accelerator')}")
    core = _core(entry, row.hardware)
    if not entry and not core:
        raise Inexpressible(f"{row.hardware!r} names no core that the tables know")
    printed = 0.0 if entry.get("own_clock") else _clock(row, keys)
    clock = printed or _registry_clock(entry) or entry.get("mhz", 100.0) * 1e6
    named = _described(entry, core)._replace(clock=clock)
    return named._replace(guessed=not entry and not printed)


def _described(entry: Mapping[str, Any], core: Mapping[str, Any]) -> Board:
    """A board as the tables describe it, its clock still open."""
    return Board(
        name=entry.get("name", core.get("name", "")),
        core=core.get("name", ""),
        rate=core.get("rate", 0.0),
        macs_per_cycle=entry.get("macs_per_cycle", 0.0),
        floor=entry.get("floor_us", 0.0) * 1e-6,
        watts_per_hertz=core.get("mw_per_mhz", 0.0) * 1e-9,
        joules_per_mac=entry.get("pj_per_mac", 0.0) * 1e-12,
        measured=bool(entry.get("measured")),
    )


def _core(entry: Mapping[str, Any], hardware: str) -> dict[str, Any]:
    """The core that the text prints, or the one that the board has."""
    if "macs_per_cycle" in entry:
        return {}
    printed = re.search(r"cortex[- ]?([amr]\d+\+?f?)", hardware.lower())
    if printed:
        return _match("core", printed[1])
    named = (core for core in _tables()["core"] if core["name"] == entry.get("core"))
    return next(named, None) or _match("core", hardware)


def _clock(row: Row, keys: Keys) -> float:
    """The clock that the row or the hardware's name prints, 0 where none."""
    said = keys.number("clock_mhz") * 1e6
    found = re.search(r"([\d.]+) ?([mg])hz", row.hardware.lower())
    return said or (float(found[1]) * {"m": 1e6, "g": 1e9}[found[2]] if found else 0.0)


def _registry_clock(entry: Mapping[str, Any]) -> float:
    """The clock of the registry's chip, 0 where it has none."""
    if "registry" not in entry:
        return 0.0
    clock = Hardware.find(entry["registry"], "hardware").values().get("chip_clock", 0.0)
    return float(clock) if isinstance(clock, int | float) and clock == clock else 0.0
