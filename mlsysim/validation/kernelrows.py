"""Single kernels and links: products of matrices, streams through memory, collectives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..core.elementwise import joined
from ..core.graph import CONSTANTS, solve
from ..kernels import kernel_records
from ..scenario import WIDTHS
from ..systems import Systems
from ..walls.layout import ring_share
from .answers import answer
from .machines import Machine, machine
from .prediction import Prediction
from .rows import Inexpressible, Row
from .spelling import Keys
from .system import precision_of

#: Cores of a chip that a program sees as devices of their own.
SINGLE_CORES = {"TPUv7": 2.0}
#: A product large enough to reach the ceiling, where a row names a kernel and no shape.
LARGE = 8192.0
#: Chip and network port, in byte/s, of a node that a row does not name: 100 Gb/s a chip.
UNNAMED, USUAL_PORT = "A100", 12.5e9


def kernel_figures(part: Machine, precision: str, own: bool = True) -> dict[str, float]:
    """What kernels of a chip reach; without its own single measurement where a family stands behind it."""
    records = kernel_records(part.chip, precision)
    if not own and len(records) > 1 and "base" in records[1].traits and "bf16" in records[1].id:
        records.pop(1)  # the chip's own share was read off such rows: its family's is used
    return {
        name: value
        for record in records
        for name, value in record.values().items()
        if value == value
    }


def _rate(part: Machine, precision: str) -> float:
    names = {"w8a16": "fp16", "w4a16": "fp16"}
    return part.chip[f"peak_{names.get(precision, precision)}"].value


def gemm(row: Row, constants: Mapping[str, float]) -> Prediction:
    """A product of matrices, or the attention kernel of a row that says so."""
    keys, part = Keys(row.spec, row.workload), machine(row.hardware)
    eight = "int8" in row.precision and "peak_int8" in part.chip
    precision = "int8" if eight else precision_of(row.precision, part, False)
    kernel = f"{keys.text('kernel')} {row.model}".lower()
    figures = kernel_figures(part, precision, own=False)
    if "rule.compute" in constants:
        figures |= {
            "compute_share": constants["rule.compute"],
            "memory_share": constants["rule.memory"],
        }
        figures |= {"kernel_overhead": 0.0, "kernel_corner": 200.0}
    shape = [keys.number(name) for name in ("m", "n", "k")]
    cores = SINGLE_CORES.get(part.chip.id, 1.0)
    peak = _rate(part, precision) / cores
    if any(word in kernel for word in ("attention", "mha", "mla", "prefill")) and not all(shape):
        share = figures["compute_share"] * (ATTENTION_BACKWARD if "backward" in kernel else 1.0)
        return Prediction(peak * share / 1e12, "attention", keys.unread())
    m, n, k = shape if all(shape) else (LARGE, LARGE, LARGE)
    width = WIDTHS.get(precision, 2.0)
    flop, moved = 2 * m * n * k, (m * k + k * n) * width + m * n * max(width, 2.0)
    bandwidth = part.chip["mem_bandwidth"].value / cores * figures["memory_share"]
    time = figures["kernel_overhead"] + joined(
        flop / (peak * figures["compute_share"]), moved / bandwidth, figures["kernel_corner"]
    )
    answers = {
        "tflops_per_device": flop / time / 1e12,
        "tflops": flop / time / 1e12,
        "latency_s": time,
    }
    value = answer(row.metric, answers, "a product")
    group = "gemm" if width >= 2 else "gemm, narrow"
    return Prediction(value, group, keys.unread())


#: Rate of the backward pass of attention over that of the forward pass.
ATTENTION_BACKWARD = 0.75


def mem_bw(row: Row, constants: Mapping[str, float]) -> Prediction:
    """Bandwidth of a stream, by kind of memory and vendor."""
    part = machine(row.hardware)
    given = part.chip["mem_bandwidth"].value
    memory = str(part.chip["mem_type"].value) if "mem_type" in part.chip else ""
    vendor = part.chip.traits.get("vendor", "")
    known = memory.upper().startswith(("GDDR", "HBM"))
    name = "amd" if vendor == "AMD" else "gddr" if _graphics(part, memory) else "hbm"
    share = constants[f"stream.{name}"]
    if row.metric not in ("bandwidth_gbps", "bandwidth_tbps"):
        raise Inexpressible(f"no equation gives {row.metric} of a stream")
    scale = 1e9 if row.metric == "bandwidth_gbps" else 1e12
    notes = () if known else ("kind of memory taken from the class of the chip",)
    return Prediction(given * share / scale, "stream", (*part.notes, *notes))


def _graphics(part: Machine, memory: str) -> bool:
    """Whether a card has graphics memory: as recorded, else by its bandwidth."""
    if memory:
        return memory.upper().startswith("GDDR")
    return part.chip["mem_bandwidth"].value < 1.1e12


def _named(row: Row) -> bool:
    """Whether a row names a chip."""
    try:
        machine(row.hardware)
    except Inexpressible:
        return False
    return True


def collective(row: Row, constants: Mapping[str, float]) -> Prediction:
    """A collective inside a node or across nodes; copies over one link."""
    keys = Keys(row.workload, row.parallelism)
    part = machine(UNNAMED if "node" in row.hardware.lower() and not _named(row) else row.hardware)
    name = f"{keys.text('algo')} {row.model}".lower().replace("-", "").replace("_", "")
    chip, figures = part.chip, kernel_figures(part, "bf16")
    node = Systems.Nodes.find(chip.traits.get("node", "Workstation"), "node")
    owner = chip if "scaleup_bandwidth" in chip else node
    link = owner["scaleup_bandwidth"].value if "scaleup_bandwidth" in owner else float("nan")
    if "p2p" in name or "peer" in name:
        return _as(row, link * constants["link.copy"], keys)
    if "host" in name:
        return _as(row, chip["hostlink_bandwidth"].value * constants["link.copy"], keys)
    if "rule.memory" in constants:
        share = constants["rule.memory"]
        figures |= {"pair_share": share, "scaleup_share": share, "scaleup_latency": 0.0}
        figures["exchange_share"] = share
    group, inside = row.devices, node["accelerators_per_node"].value
    if not group > 1:
        raise Inexpressible("a collective needs at least two devices")
    port = node["nic_bandwidth"].value if "nic_bandwidth" in node and _named(row) else USUAL_PORT
    if "dispatch" in name or "combine" in name:
        return _as(row, _exchange(group, inside, link, port, figures, constants), keys)
    gathers = any(word in name for word in ("gather", "scatter", "alltoall", "all2all"))
    if "pairwise" in row.hardware.lower() and group > 2:
        link = chip["hostlink_bandwidth"].value
    if group > inside:
        link, figures["scaleup_share"] = port * inside, constants["link.network"]
    size = keys.number("bytes")
    if not size:
        raise Inexpressible("the row does not say how many bytes")
    time = _time(size, group, link, figures, gathers, constants)
    factor = (group - 1) / group * (1 if gathers else 2)
    answers = {
        "latency_s": time,
        "busbw_gbps": factor * size / time / 1e9,
        "algbw_gbps": size / time / 1e9,
    }
    value = answer(row.metric, answers, "a collective")
    return Prediction(value, "collective", (*part.notes, *keys.unread()))


def _time(
    size: float,
    group: float,
    link: float,
    figures: Mapping[str, float],
    gathers: bool,
    constants: Mapping[str, float],
) -> float:
    """Seconds, by the same equation as in an evaluation; gathers send half and reach their own share."""
    high = figures["scaleup_share"]
    reached = ring_share(group, figures["pair_share"], high, CONSTANTS["node_hops"].value)
    if gathers:
        reached *= constants["link.gather"] if high > 0.9 else constants["link.gather_ring"]
    given: dict[str, Any] = {
        "message_bytes": size / (2 if gathers else 1),
        "group": group,
        "wire_bandwidth": link * reached,
        "wire_latency": figures["scaleup_latency"],
        "pair_latency_share": figures["pair_latency_share"],
    }
    answer = solve(("all_reduce_time",), given, {"collective": "fitted"})["all_reduce_time"]
    if not answer > 0:
        raise Inexpressible("the link of this machine is not known")
    return float(answer)


def _exchange(
    group: float,
    inside: float,
    link: float,
    port: float,
    figures: Mapping[str, float],
    constants: Mapping[str, float],
) -> float:
    """Logical bandwidth of an exchange of experts: own node's share stays off the network."""
    if group <= inside:
        return link * figures["exchange_share"]
    return port * constants["link.network"] / (1 - inside / group)


def _as(row: Row, value: float, keys: Keys) -> Prediction:
    if not value > 0:
        raise Inexpressible("the link of this machine is not known")
    if not re.search(r"gbps$", row.metric):
        raise Inexpressible(f"no equation gives {row.metric} of a copy")
    keys.read |= {"tokensperbatch", "hidden", "top_k", "ep"}
    return Prediction(value / 1e9, "collective", keys.unread())
