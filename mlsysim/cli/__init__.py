"""The command line, `mlsysim`: one file per command, each imported when it is asked for."""

from __future__ import annotations


def main() -> None:
    """The entry point of the command `mlsysim`."""
    from .app import app

    app()
