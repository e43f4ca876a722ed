"""Charts: plain functions from results of the core to figures. A module in this folder is found without being named."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple


class Chart(NamedTuple):
    """A chart: what it is called and shows, the function, and the lines that make its example."""

    name: str
    title: str
    function: Callable[..., Any]
    example: str


#: Every chart by its name; the name of a wall's chart is one of these, or `Explorer(wall=...)` draws it.
CHARTS: dict[str, Chart] = {}


def chart(title: str, example: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare the decorated function as a chart of its own name; the last line of the example makes the figure."""

    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        name = function.__name__
        if name in CHARTS:
            raise ValueError(f"chart {name} is declared twice")
        CHARTS[name] = Chart(name, title, function, example)
        return function

    return declare


for _file in sorted(Path(__file__).parent.glob("*.py")):
    if _file.stem != "__init__":
        import_module(f"{__name__}.{_file.stem}")


# a chart is called by its name, though its module may have the same
globals().update({name: made.function for name, made in CHARTS.items()})
