"""How notebooks show things. What is shown is said in `mlsysim.views`, which is loaded when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def _document(view: str, thing: Any) -> Any:
    return getattr(import_module(f"mlsysim.views.{view}"), f"{view}_document")(thing)


def html(view: str, thing: Any) -> str:
    """A thing as a part of a page."""
    return _document(view, thing).fragment()


def text(view: str, thing: Any) -> str:
    """The same in plain text."""
    return _document(view, thing).text()
