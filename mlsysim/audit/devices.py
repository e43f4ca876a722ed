"""What can be timed: numpy on the processor, cupy or torch on a graphics chip.

Each gives runs: functions without arguments that do one piece of work and return when it is done.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, Protocol

from ..core.errors import InputError
from .machine import Machine, optional

Run = Callable[[], object]
DTYPES = {"fp64": "float64", "fp32": "float32", "fp16": "float16", "bf16": "bfloat16"}
WIDTHS = {"fp64": 8, "fp32": 4, "fp16": 2, "bf16": 2}
SMALL = 8  # numbers of a small call
SPREAD = 0.02  # of random weights, so that 16 bits hold the sums


class Runner(Protocol):
    """What runs the trial: a library on a device."""

    kind: str
    library: str
    precision: str

    def mlp(self, hidden: int, wide: int, batch: int) -> Run:
        """A run of a two-layer perceptron."""

    def small_calls(self, calls: int) -> Run:
        """A run of so many calls on a few numbers."""


class Device(Runner, Protocol):
    """What is measured and becomes a record."""

    name: str
    precisions: tuple[str, ...]
    memory: float | None
    cache: float | None
    largest_side: int
    companions: tuple[Runner, ...]

    def product(self, precision: str, side: int) -> Run:
        """A run of a square matrix product."""

    def copy(self, size: int) -> Run:
        """A run that copies so many bytes."""

    def add(self, size: int) -> Run:
        """A run that adds so many bytes to as many, in place."""


class Numpy:
    """numpy on the processor, with a thread for each core that may be used where memory is moved."""

    kind, precision, largest_side = "cpu", "fp32", 4096
    precisions: tuple[str, ...] = ("fp32", "fp64")

    def __init__(self, machine: Machine):
        import numpy

        self.xp: Any = numpy
        self.library = f"numpy {numpy.__version__}"
        self.name, self.memory, self.cache = machine.name, machine.memory, machine.cache
        self.threads = machine.threads
        self.companions: tuple[Runner, ...] = ()

    def wait(self) -> None:
        """Return when the device is done: at once, here."""

    def product(self, precision: str, side: int) -> Run:
        a = self._random((side, side), DTYPES[precision])
        out = self.xp.empty_like(a)
        return self._done(lambda: self.xp.matmul(a, a, out=out))

    def copy(self, size: int) -> Run:
        return self._moving(size, lambda a, b: self.xp.copyto(b, a))

    def add(self, size: int) -> Run:
        return self._moving(size, lambda a, b: self.xp.add(a, b, out=b))

    def small_calls(self, calls: int) -> Run:
        a, add = self.xp.zeros(SMALL, "float32"), self.xp.add
        return self._done(lambda: [add(a, a, out=a) for _ in range(calls)])

    def mlp(self, hidden: int, wide: int, batch: int) -> Run:
        xp, kind = self.xp, DTYPES[self.precision]
        x, up, down = (
            self._random(s, kind) for s in ((batch, hidden), (hidden, wide), (wide, hidden))
        )
        inner, out = xp.empty((batch, wide), kind), xp.empty((batch, hidden), kind)

        def run() -> None:
            xp.matmul(x, up, out=inner)
            xp.maximum(inner, 0, out=inner)
            xp.matmul(inner, down, out=out)

        return self._done(run)

    def _random(self, shape: tuple[int, int], kind: str) -> Any:
        numbers = self.xp.random.default_rng(0).random(shape, dtype=self.xp.float32)
        numbers -= 0.5
        numbers *= SPREAD
        return numbers.astype(kind, copy=False)

    def _done(self, work: Callable[[], object]) -> Run:
        def run() -> None:
            work()
            self.wait()

        return run

    def _moving(self, size: int, work: Callable[[Any, Any], object]) -> Run:
        """`work` on two arrays of `size` bytes, each thread on its own part, which it also touches first."""
        a, b = (self.xp.empty(size // 4, "float32") for _ in "ab")
        cuts = [size // 4 * i // self.threads for i in range(self.threads + 1)]
        parts = [(a[i:j], b[i:j]) for i, j in pairwise(cuts)]
        pool = ThreadPoolExecutor(self.threads)
        for part in parts:
            pool.submit(lambda p: [half.fill(1) for half in p], part).result()
        return self._done(lambda: list(pool.map(lambda part: work(*part), parts)))


class Cupy(Numpy):
    """cupy on a graphics chip; the runs are those of numpy."""

    kind, precision, largest_side = "gpu", "fp16", 8192
    precisions: tuple[str, ...] = ("fp64", "fp32", "fp16")

    def __init__(self, cupy: Any):
        properties = cupy.cuda.runtime.getDeviceProperties(0)
        self.xp, self.library, self.threads = cupy, f"cupy {cupy.__version__}", 1
        self.name = properties["name"].decode()
        self.memory, self.cache = (
            float(properties["totalGlobalMem"]),
            float(properties["l2CacheSize"]),
        )
        self.companions = ()

    def wait(self) -> None:
        self.xp.cuda.Device(0).synchronize()


def devices(machine: Machine) -> list[Device]:
    """The processor, and a graphics chip where torch or cupy reaches one."""
    if optional("numpy") is None:
        raise InputError("audit: numpy is not installed, and nothing is measured without it")
    cpu, torch, found = Numpy(machine), optional("torch"), []
    if torch is not None:
        from .torch_devices import Torch, graphics

        cpu.companions = (Torch(torch, "cpu"),)
        found = graphics(torch)
    return [cpu, *(found or _cupy())]


def _cupy() -> list[Device]:
    cupy = optional("cupy")
    if cupy is None:
        return []
    try:
        return [Cupy(cupy)] if cupy.cuda.runtime.getDeviceCount() else []
    except cupy.cuda.runtime.CUDARuntimeError:  # no driver
        return []
