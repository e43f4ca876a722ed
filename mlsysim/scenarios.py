"""Ready scenarios across the tiers, `mlsysim.Scenarios.Doorbell`: one plan each, in layers A to E with its targets."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from .core.errors import unknown
from .plan import Plan, read_plan

FOLDER = Path(__file__).parent / "systems" / "scenarios"


class ReadyScenarios:
    """A folder of plans as a namespace."""

    def __init__(self, folder: Path):
        self._files = {file.stem: file for file in sorted(folder.glob("*.toml"))}
        self._read = cache(lambda name: self._plan(self._files[name]))

    @staticmethod
    def _plan(file: Path) -> Plan:
        return read_plan(tomllib.loads(file.read_text(encoding="utf-8")), file.stem)

    def __getattr__(self, name: str) -> Plan:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._files:
            raise unknown("Scenarios", name, self._files)
        return self._read(name)

    def __dir__(self) -> list[str]:
        return list(self._files)

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)


Scenarios = ReadyScenarios(FOLDER)
