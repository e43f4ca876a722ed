"""A bar for work that takes longer than a blink."""

from __future__ import annotations

import time
from typing import TextIO

BAR, WIDE = 24, 78


class Progress:
    """A bar on a terminal; on anything else, nothing."""

    def __init__(self, total: int, stream: TextIO):
        self.total, self.stream, self.done = total, stream, 0

    def __call__(self, word: str) -> None:
        self._bar(word)
        self.done += 1

    def _bar(self, word: str) -> None:
        bar = "#" * (BAR * self.done // self.total)
        self._write(f"[{bar:<{BAR}}] {word}"[:WIDE])

    def end(self) -> None:
        self._write("")

    def _write(self, line: str) -> None:
        if self.stream.isatty():
            self.stream.write(f"\r{line:<{WIDE}}\r" if not line else f"\r{line:<{WIDE}}")
            self.stream.flush()


class Meter(Progress):
    """A bar with the rate and the time left."""

    def __init__(self, total: int, stream: TextIO, things: str):
        super().__init__(total, stream)
        self.things, self.start = things, time.monotonic()

    def reach(self, done: int) -> None:
        """Show that so many are done."""
        spent = max(time.monotonic() - self.start, 1e-9)
        rate, left = done / spent, (self.total - done) * spent / max(done, 1)
        self.done = done
        self._bar(f"{done / self.total:>4.0%}  {rate:,.0f} {self.things}/s  {left:,.0f} s left")
