"""Every lab of the built site, read in Chromium under Pyodide as a reader does; and broken labs, which are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from broken_labs import BREAKAGES
from reading import check

LABS = Path(__file__).parents[2] / "labs"
NAMES = [f"{file.parent.name}-{file.stem}" for file in sorted(LABS.glob("vol*/*.py"))]


@pytest.mark.parametrize("name", NAMES)
def test_a_lab_asks_first_then_shows_and_every_control_is_answered(
    tab: Any, site: str, name: str, capsys: Any
) -> None:
    took = check(tab, f"{site}/{name}.html")
    with capsys.disabled():
        print(f"\n{name}: " + ", ".join(f"{what} {s:.1f} s" for what, s in took.items()))


@pytest.mark.parametrize("name", BREAKAGES)
def test_a_broken_lab_is_refused(tab: Any, site: str, name: str) -> None:
    with pytest.raises(AssertionError, match=BREAKAGES[name][2]):
        check(tab, f"{site}/broken-{name}.html")
