"""Layer E: what is best, what moves an answer, and which input gives it. Names load on first use."""

from __future__ import annotations

from typing import Any

_HOMES = {
    "elasticity": "sensitivity",
    "binding": "sensitivity",
    "invert": "synthesis",
    "crossover": "crossings",
}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module 'mlsysim.core.solver' has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
