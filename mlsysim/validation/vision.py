"""Image networks on GPUs, CPUs, neural processors and phones: images, or denoising steps, a second.

A pass takes the root of the sum of squares of two times: arithmetic, and the traffic of the layers' outputs. What the
software does shows in how often those outputs cross the memory: a framework that runs one operation after another
(convolution, norm, activation) reads and writes each of them; a compiler fuses them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from math import hypot
from typing import NamedTuple

from .prediction import Prediction
from .rows import Inexpressible, Row
from .spelling import OPERATIONS, Keys, words
from .vision_chips import Chip, chip_named
from .vision_networks import ACTIVATIONS, Network, family, listed, network

#: Constants that may be fitted.
FREE = (
    "vision.share_gpu",
    "vision.share_label",
    "vision.share_cpu",
    "vision.share_apple_gpu",
    "vision.class_neuron",
    "vision.class_npu",
    "vision.class_dataflow",
    "vision.class_ane",
    "vision.passes_eager",
    "vision.passes_fused",
    "vision.transformer",
    "vision.winograd",
    "vision.frame_dataflow",
    "vision.launch_fused",
)
#: Words that name a software stack which fuses layers before it runs them.
FUSING = re.compile(
    r"tensorrt|trt|compil|dynamo|inductor|onnx|openvino|tvm|xla|jax|deepstream|triton|aot|cuda.?graph|jit|mlperf"
)
PRECISIONS = {
    "int4": "int4|w4",
    "fp8": "fp8",
    "int8": "int8|i8|w8",
    "fp16": "16|amp|half",
    "fp32": "32|float|single",
}
WIDTHS = {"int4": 0.5, "int8": 1.0, "fp8": 1.0, "fp16": 2.0, "fp32": 4.0}
BATCH = ("batch", "micro_batch", "global_batch_seqs", "images")
SOFTWARE = ("stack", "compiler", "mode")
#: What a row may say that changes nothing here, or that is read only where nothing better is said.
OTHERS = "cores task training device unit guidance sdk api compute_unit backbone"
KNOWN = {*OTHERS.split(), *SOFTWARE, *OPERATIONS}


class Stack(NamedTuple):
    """How the software runs a network: interval class, kind of unit, passes fused or not, and the unit's peak."""

    group: str
    unit: str
    fused: bool
    peak: float
    width: float


def predict(row: Row, k: Mapping[str, float]) -> Prediction:
    """Images or steps a second of a row whose measured values are hidden."""
    keys, chip = Keys(row.workload, row.parallelism, row.spec), chip_named(row.hardware)
    stack, work = _stack(row, keys, chip), _work(row, keys)
    batch, copies = keys.first(*BATCH) or 1.0, _copies(row, keys, chip)
    share = _chips(row, chip) / copies
    unit = stack._replace(peak=stack.peak * share * _share_used(row, chip))
    seconds = _seconds(work, unit, chip._replace(bandwidth=chip.bandwidth * share), batch, k)
    group = "vision unknown chip" if chip.guessed else stack.group
    value = _in_metric(row, keys, seconds, batch * copies)
    return Prediction(value, group, tuple(_notes(row, keys, chip)))


def stack_of(row: Row) -> str:
    """The software stack of a row: what is left out to see how a stack without rows is predicted."""
    chip = chip_named(row.hardware)
    if chip.kind == "apple":
        return "core ml"
    return "pytorch" if chip.kind in ("gpu", "cpu") and not chip.fuses else f"{chip.kind} stack"


def chip_of(row: Row) -> str:
    """The chip of a row."""
    return chip_named(row.hardware).name


# ---- the equation


def _seconds(net: Network, stack: Stack, chip: Chip, batch: float, k: Mapping[str, float]) -> float:
    """Seconds of one batch."""
    if stack.unit == "dataflow":
        return _dataflow(net, stack, chip, batch, k)
    arithmetic = 2 * net.macs * batch / (stack.peak * _share(net, stack, chip, k))
    traffic = net.outputs * batch * stack.width * _crossings(net, stack, k)
    traffic += net.params * stack.width
    moved = traffic / (k["vision.bandwidth_share"] * chip.bandwidth) if chip.bandwidth else 0.0
    busy = hypot(arithmetic, moved)
    if stack.fused:
        return float(busy + net.layers * k["vision.launch_fused"])
    return float((busy**3 + (net.layers * k["vision.launch_eager"]) ** 3) ** (1 / 3))


def _share(net: Network, stack: Stack, chip: Chip, k: Mapping[str, float]) -> float:
    """Share of the peak that the layers of a network reach on a unit."""
    if stack.unit in ("gpu", "cpu", "apple_gpu"):
        plain = k["vision.winograd"] if chip.plain and net.family == "cnn" else 1.0
        return k[f"vision.share_{stack.unit}"] * plain
    return k["vision.share_label"] * k[f"vision.class_{stack.unit}"]


def _crossings(net: Network, stack: Stack, k: Mapping[str, float]) -> float:
    """How often an output of a layer crosses the memory."""
    passes = k["vision.passes_fused" if stack.fused else "vision.passes_eager"]
    return passes * (k["vision.transformer"] if net.family == "transformer" else 1.0)


def _dataflow(
    net: Network, stack: Stack, chip: Chip, batch: float, k: Mapping[str, float]
) -> float:
    """All layers at once on the chip; a network that does not fit is loaded in parts for every batch."""
    share = k["vision.share_label"] * k["vision.class_dataflow"]
    compute = 2 * net.macs / (stack.peak * share)
    frame = k["vision.frame_dataflow"] * 26e12 / stack.peak
    image = (compute**3 + frame**3) ** (1 / 3)
    fits = net.params <= k["vision.capacity_dataflow"] * stack.peak / 1e12 and not net.attention
    load = 0.0 if fits else k["vision.switch_dataflow"] + net.params / (chip.link or 3.9e9)
    return float(batch * image + load)


def _in_metric(row: Row, keys: Keys, seconds: float, images: float) -> float:
    """The time of a pass in the unit of the row's metric."""
    name = row.metric
    per_device = max(row.devices, 1.0) if "per_device" in name or "per_gpu" in name else 1.0
    steps = keys.number("steps") or 1.0
    if "latency" in name or "time" in name:
        return seconds * (1e3 if name.endswith("_ms") else 1e6 if name.endswith("_us") else 1.0)
    if "step" in name or name in ("it_per_s", "iterations_per_s"):
        return images / seconds / per_device
    if name.endswith(("per_s", "fps", "throughput")):
        return images / seconds / per_device / (steps if family(row.model, keys) == "unet" else 1.0)
    raise Inexpressible(f"the metric {name!r} is neither a rate nor a time")


# ---- what the row says


def _work(row: Row, keys: Keys) -> Network:
    """The network with all passes that one image or one step takes."""
    net, passes = network(row.model, keys), _passes(row, keys)
    return net._replace(macs=net.macs * passes, outputs=net.outputs * passes)


def _passes(row: Row, keys: Keys) -> float:
    """Passes for one image: three for a training step, two for a guided denoising step."""
    if row.kind == "training_step" or row.workload.get("training"):
        return 3.0
    unguided = re.search(r"turbo|lcm|flux|schnell", row.model.lower())
    return 2.0 if family(row.model, keys) == "unet" and not unguided else 1.0


def _copies(row: Row, keys: Keys, chip: Chip) -> float:
    """Copies of the network that work on batches of their own."""
    return max(keys.number("dp"), 1.0 if chip.kind == "neuron" else _chips(row, chip), 1.0)


def _chips(row: Row, chip: Chip) -> float:
    """Chips that work; sources count the cores of Neuron chips as devices where there are several."""
    several = row.devices > 1 and chip.kind == "neuron"
    return row.devices / chip.cores if several else max(row.devices, 1.0)


def _share_used(row: Row, chip: Chip) -> float:
    """Share of a chip's cores that run, as the name of the hardware says it."""
    found = re.search(r"(\d+) of (\d+)( \w+)? cores?", row.hardware)
    if found:
        return float(found[1]) / float(found[2])
    single = re.search(r"(single|one|1)[ -](npu )?core", row.hardware.lower())
    return 1.0 / chip.cores if single else 1.0


def _software(row: Row) -> str:
    """What the row says about its software, in lower case."""
    return f"{words(row.workload, *SOFTWARE)} {row.hardware} {row.precision}".lower()


def _notes(row: Row, keys: Keys, chip: Chip) -> Iterator[str]:
    """What was not understood or was estimated."""
    keys.read |= KNOWN
    yield from keys.unread()
    if chip.guessed:
        yield f"{row.hardware!r} is not in the tables: its peak was read off its name"
    if not listed(row.model, keys) and not keys.scaled(ACTIVATIONS):
        yield "the outputs of the layers were estimated from the MAC"


# ---- software on a chip


def _stack(row: Row, keys: Keys, chip: Chip) -> Stack:
    """How the row's software runs a network on a chip."""
    precision = _precision(row, keys, chip)
    if chip.kind == "apple":
        return _apple(row, keys, chip)
    fused = chip.kind not in ("gpu",) or chip.fuses or bool(FUSING.search(_software(row)))
    name = {"gpu": "compiled gpu" if fused else "eager gpu"}.get(chip.kind, chip.kind)
    peak = _peak(chip, _order(precision, chip.kind))
    return Stack(f"vision {name}", chip.kind, fused, peak, WIDTHS[precision])


def _apple(row: Row, keys: Keys, chip: Chip) -> Stack:
    """The neural engine, or the GPU where the row says so or the machine is a Mac."""
    said = keys.text("compute_unit") + _software(row)
    gpu = "gpu" in said or ("ne" not in said and "mac" in row.hardware.lower())
    if gpu or "ane" not in chip.peaks:
        return Stack("vision apple gpu", "apple_gpu", True, _peak(chip, ("fp16", "fp32")), 2.0)
    return Stack("vision ane", "ane", True, chip.peaks["ane"], 2.0)


def _precision(row: Row, keys: Keys, chip: Chip) -> str:
    """The precision by the words of the row, else the one that a chip is made for."""
    text = f"{row.precision} {keys.text('precision')}".lower()
    said = next((name for name, pattern in PRECISIONS.items() if re.search(pattern, text)), "")
    return said or ("int8" if "int8" in chip.peaks else "fp16")


def _order(precision: str, kind: str) -> Iterable[str]:
    """Which peaks answer for a precision, the best first; GPUs run float32 convolutions in tf32."""
    if precision == "fp32":
        return (
            ("tf32", "fp32", "bf16", "fp16") if kind == "gpu" else ("fp32", "bf16", "fp16", "int8")
        )
    if precision == "fp16":
        return ("fp16", "bf16", "fp32", "int8")
    return (precision, "int8", "fp8", "fp16", "bf16", "fp32")


def _peak(chip: Chip, order: Iterable[str]) -> float:
    """The first peak of an order that a chip has."""
    peak = next((chip.peaks[name] for name in order if chip.peaks.get(name)), 0.0)
    if not peak:
        raise Inexpressible(f"no peak of {chip.name!r} is known")
    return peak
