"""A bar for work that takes longer than a blink."""

from __future__ import annotations

from typing import TextIO

BAR, WIDE = 24, 78


class Progress:
    """A bar on a terminal; on anything else, nothing."""

    def __init__(self, total: int, stream: TextIO):
        self.total, self.stream, self.done = total, stream, 0

    def __call__(self, word: str) -> None:
        bar = "#" * (BAR * self.done // self.total)
        self._write(f"[{bar:<{BAR}}] {word}"[:WIDE])
        self.done += 1

    def end(self) -> None:
        self._write("")

    def _write(self, line: str) -> None:
        if self.stream.isatty():
            self.stream.write(f"\r{line:<{WIDE}}\r" if not line else f"\r{line:<{WIDE}}")
            self.stream.flush()
