"""Charts and reactive widgets of what mlsysim computes. Names load on first use."""

from __future__ import annotations

from importlib import import_module
from typing import Any

#: Widgets and the modules they live in; charts are found in their folder.
_WIDGETS = {"Explorer": "explorer"}
_HOMES = {name: f"widgets.{home}" for name, home in _WIDGETS.items()} | {"CHARTS": "charts"}
__all__ = sorted([*_HOMES, "charts"])


def __getattr__(name: str) -> Any:
    if name in ("charts", "widgets", "theme"):
        return import_module(f".{name}", __name__)
    if name not in _HOMES:
        raise AttributeError(f"module 'mlsysim_widgets' has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
