"""Layouts that were published, and the best that the model finds for the same chips, batch and software."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from ..core.solver.optima.layouts import degrees, rows, space_of
from ..core.solver.optima.optimum import FITS
from ..core.solver.optima.parallelism import asked, parallelism, pieces
from ..evaluation import Evaluation
from ..plan import Plan, read_plan
from ..scenario import Scenario

#: The published layouts, each with its source and place.
FILE = Path(__file__).with_name("layouts.toml")
DEGREES = ("tp", "cp", "pp", "dp", "ep")
#: A published layout that takes no longer than this many times the best is as good.
NEAR = 1.1
#: What is told of a layout beside its degrees, where it is not 1.
SHORT = {"microbatch": "b", "virtual_stages": "v"}


class Layout(NamedTuple):
    """A published layout: what is fixed for the search too, what was printed, and why it may differ from the best."""

    name: str
    source: str
    place: str
    workload: dict[str, Any]
    hardware: dict[str, Any]
    published: dict[str, Any]
    fixed: dict[str, Any]
    inputs: dict[str, Any]
    reason: str

    def plan(self, more: Mapping[str, Any]) -> Plan:
        """The plan with these keys of its layout."""
        return read_plan(
            {
                "workload": self.workload,
                "hardware": self.hardware,
                "inputs": self.inputs,
                "parallelism": {**self.fixed, **more},
            },
            self.name,
        )


class Compared(NamedTuple):
    """A published layout beside the best that fits: times of a step in seconds, and how full the published one is."""

    layout: Layout
    time: float
    memory_load: float
    best: dict[str, Any]
    best_time: float
    median_time: float

    @property
    def ratio(self) -> float:
        """The time of the published layout over that of the best."""
        return self.time / self.best_time

    @property
    def usual(self) -> float:
        """The time of the median layout that fits over that of the best."""
        return self.median_time / self.best_time


def read_layouts() -> list[Layout]:
    """The rows of the file."""
    plain = {"fixed": {}, "inputs": {}, "reason": ""}
    rows = tomllib.loads(FILE.read_text(encoding="utf-8"))["layout"]
    return [Layout(**{**plain, **row}) for row in rows]


@cache
def compared() -> tuple[Compared, ...]:
    """Every published layout beside the best."""
    return tuple(compare(layout) for layout in read_layouts())


def compare(layout: Layout) -> Compared:
    """What a source leaves open of its layout is chosen as well as can be; one that does not fit is taken as it is."""
    best = parallelism(layout.plan({})).best
    assert best is not None, f"{layout.name}: nothing fits"
    found = parallelism(layout.plan(layout.published)).best
    if found is None:
        values = Evaluation(Scenario(layout.plan(layout.published))).values
        found = {"latency": values["step_time"] * 1e3, "memory_load": values["memory_load"]}
    times = found["latency"], best["latency"], median(_fitting(layout.plan({})))
    time, least, middle = (number / 1e3 for number in times)
    return Compared(layout, time, found["memory_load"], best, least, middle)


def _fitting(plan: Plan) -> Iterator[float]:
    """Times of all layouts that fit."""
    search, _ = asked(plan)
    space = space_of(search.scenario)
    for _, values in pieces(search, rows(space, degrees(space))):
        for times, loads in zip(values["latency"], values[FITS.metric.name]):
            yield from (float(time) for time, load in zip(times, loads) if load <= FITS.limit)


def words(layout: Mapping[str, Any]) -> str:
    """A layout, short: "tp 8, pp 16, dp 128, b 1, v 8"."""
    told = [f"{name} {layout[name]}" for name in DEGREES if layout.get(name, 1) != 1]
    told += [f"{short} {layout[n]}" for n, short in SHORT.items() if layout.get(n, 1) != 1]
    return ", ".join(told)


def table() -> str:
    """The comparison in Markdown."""
    found = compared()
    near, usual = sum(row.ratio <= NEAR for row in found), [row.usual for row in found]
    told = [
        f"{near} of {len(found)} published layouts are within a tenth of the best that is found;"
    ]
    told[0] += (
        f" the median of all layouts that fit takes {min(usual):.2f} to {max(usual):.2f} times as long."
    )
    told += [
        "",
        "| configuration | published | best found | time over best | median over best | why |",
    ]
    told.append("|---|---|---|---|---|---|")
    for row in found:
        layouts = f"{words(row.layout.published)} | {words(row.best)}"
        times = f"{row.ratio:.2f} | {row.usual:.2f}"
        told.append(f"| {row.layout.name} | {layouts} | {times} | {row.layout.reason} |")
    return "\n".join(told)
