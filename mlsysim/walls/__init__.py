"""The walls: one module each. Importing this package declares every equation."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from .wall import WALLS, Case, Verdict, Wall

for _file in sorted(Path(__file__).parent.glob("*.py")):
    if _file.stem != "__init__":
        import_module(f"{__name__}.{_file.stem}")

__all__ = ["WALLS", "Case", "Verdict", "Wall"]
