"""Charts and reactive widgets of what mlsysim computes. Names load on first use."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

#: Every widget and its module: the file `memory_map.py` holds the class `MemoryMap`.
WIDGETS = {
    file.stem.title().replace("_", ""): file.stem
    for file in sorted(Path(__file__).with_name("widgets").glob("*.py"))
    if file.stem not in ("__init__", "base")
}
_HOMES = {name: f"widgets.{home}" for name, home in WIDGETS.items()}
_HOMES |= {"CHARTS": "charts", "panel": "panel"}
_MODULES = ("charts", "gallery", "theme", "widgets")
__all__ = ["WIDGETS", *sorted(_HOMES), *_MODULES]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f".{name}", __name__)
    if name not in _HOMES:
        raise AttributeError(f"module 'mlsysim_widgets' has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
