"""What every widget is: one class, one plain ES module beside it, a message where something is malformed."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from mlsysim import Hardware, InputError

HERE = Path(__file__).parent


class Widget(anywidget.AnyWidget):
    """A widget whose module is the file of its class with the ending .js; `error` is shown under it."""

    error = traitlets.Unicode("").tag(sync=True)

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        if "_esm" in cls.__dict__:  # a class that anywidget makes of one of ours, with its traits
            return
        own = Path(inspect.getfile(cls)).with_suffix(".js")
        read = [file.read_text(encoding="utf-8") for file in (HERE / "draw.js", own)]
        cls._esm = "\n".join(read)
        cls._css = (HERE / "widgets.css").read_text(encoding="utf-8")

    def answer(self, *_: Any) -> None:
        """Compute what the controls ask for; what is malformed becomes the message under the widget."""
        try:
            with self.hold_sync():
                self.recompute()
                self.error = ""
        except InputError as error:
            self.error = str(error)

    def recompute(self) -> None:
        """Set the traits that the page draws from those that it sends."""
        raise NotImplementedError


def finite(value: Any) -> float | None:
    """A number as JSON has it; None where it is not known or infinite."""
    return float(value) if value - value == 0 else None


def chips_like(chip: Any) -> list[str]:
    """The chips of the registry that are of the same tier, the chip itself among them."""
    first, _, rest = chip.path.partition(".")
    tiers = [rest.partition(".")[0]] if first == Hardware.name else list(Hardware.groups)
    names = [name for tier in tiers for name in Hardware.groups[tier]]
    return names if chip.id in names else [chip.id, *names]
