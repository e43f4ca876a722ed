"""Runs inside Pyodide: the tests that are not marked `native`, with no numpy and no subprocess."""

import re
import sys
from pathlib import Path

sys.dont_write_bytecode = False
sys.pycache_prefix = "/pycache"
sys.path[:0] = ["/repo", "/site"]

#: Tests of pages and of the packages that draw them.
OF_PAGES = ("browser", "labs", "widgets")
NATIVE_FILE = re.compile(r"^pytestmark\b.*\bnative\b", re.M)


class Browser:
    """What pytest does otherwise than on a desktop."""

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Leave pages out, and a file when its `pytestmark` says native: importing it could need numpy."""
        if collection_path.is_dir() and collection_path.name in OF_PAGES:
            return True
        if collection_path.suffix != ".py":
            return None
        return bool(NATIVE_FILE.search(collection_path.read_text(encoding="utf-8"))) or None

    def pytest_sessionstart(self) -> None:
        """Fewer and reproducible examples: Pyodide is some times slower."""
        from hypothesis import settings

        settings.register_profile(
            "pyodide", deadline=None, database=None, max_examples=25, derandomize=True
        )
        settings.load_profile("pyodide")


def main(*arguments: str) -> int:
    """Pytest's exit code."""
    import pytest

    options = ["-m", "not native", "-p", "no:cacheprovider", "-p", "no:faulthandler"]
    return int(pytest.main([*options, *arguments], plugins=[Browser()]))
