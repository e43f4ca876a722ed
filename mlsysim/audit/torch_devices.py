"""What can be timed with torch, on the processor or on a graphics chip."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .devices import DTYPES, SMALL, SPREAD, Device, Run, Runner

PRECISIONS = {"cuda": ("fp64", "fp32", "fp16", "bf16"), "mps": ("fp32", "fp16"), "cpu": ("fp32",)}


class Torch:
    """torch on one of its devices: "cpu", "cuda" or "mps"."""

    largest_side = 8192

    def __init__(self, torch: Any, where: str):
        self.torch, self.where = torch, where
        self.library = f"torch {torch.__version__}"
        self.kind = "cpu" if where == "cpu" else "gpu"
        self.precision = "fp32" if where == "cpu" else "fp16"
        self.precisions = PRECISIONS[where]
        self.name, self.memory, self.cache = where, None, None
        self.companions: tuple[Runner, ...] = ()
        if where == "cuda":
            told = torch.cuda.get_device_properties(0)
            self.name, self.memory = told.name, float(told.total_memory)
            self.cache = float(told.L2_cache_size) if hasattr(told, "L2_cache_size") else None
        if where == "mps":
            self.name, self.memory = "Apple GPU", float(torch.mps.recommended_max_memory())

    def wait(self) -> None:
        """Return when the device is done."""
        if self.where != "cpu":
            getattr(self.torch, self.where).synchronize()

    def product(self, precision: str, side: int) -> Run:
        a = self._random((side, side), precision)
        out = self.torch.empty_like(a)
        return self._done(lambda: self.torch.matmul(a, a, out=out))

    def copy(self, size: int) -> Run:
        a, b = self._ones(size // 4), self._ones(size // 4)
        return self._done(lambda: b.copy_(a))

    def add(self, size: int) -> Run:
        a, b = self._ones(size // 4), self._ones(size // 4)
        return self._done(lambda: b.add_(a))

    def small_calls(self, calls: int) -> Run:
        a = self._ones(SMALL)
        return self._done(lambda: [a.mul_(1) for _ in range(calls)])

    def mlp(self, hidden: int, wide: int, batch: int) -> Run:
        nn = self.torch.nn
        layers = nn.Linear(hidden, wide, bias=False), nn.ReLU(), nn.Linear(wide, hidden, bias=False)
        model = nn.Sequential(*layers).to(self.where, self._kind(self.precision))
        x = self._random((batch, hidden), self.precision)
        return self._done(lambda: model(x))

    def _kind(self, precision: str) -> Any:
        return getattr(self.torch, DTYPES[precision])

    def _ones(self, count: int) -> Any:
        return self.torch.ones(count, device=self.where)

    def _random(self, shape: tuple[int, int], precision: str) -> Any:
        numbers = (self.torch.rand(shape, device=self.where) - 0.5) * SPREAD
        return numbers.to(self._kind(precision))

    def _done(self, work: Callable[[], object]) -> Run:
        def run() -> None:
            with self.torch.inference_mode():
                work()
            self.wait()

        return run


def graphics(torch: Any) -> list[Device]:
    """The graphics chip that torch reaches, if any."""
    if torch.cuda.is_available():
        return [Torch(torch, "cuda")]
    return [Torch(torch, "mps")] if torch.backends.mps.is_available() else []
