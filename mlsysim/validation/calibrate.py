"""Fit the constants on the rows of the package, leave each source out in turn, and write what was found as records."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ..intervals import FILE, Interval
from . import tiny, vision
from .constants import FOLDER, constants, values
from .fit import Prior, expressible, fit, leave_one_out, macro, residuals
from .intervals import interval, written
from .predict import predict
from .rows import Row, read_rows

STACKS = Path(__file__).parent.parent / "systems" / "data" / "Stacks"
#: Beliefs about training before any row is seen: neutral, and wide.
TRAINING = {
    "Tuned.sustained_share": Prior(0.65, 0.3),
    "FSDP.sustained_share": Prior(0.65, 0.3),
    "XLA.sustained_share": Prior(0.65, 0.3),
    "DDP.sustained_share": Prior(0.65, 0.3),
    "Tuned.narrow_gain": Prior(1.25, 0.1),
    "Tuned.expert_gain": Prior(0.6, 0.3),
    "Tuned.rule_share": Prior(0.87, 0.2),
}
#: Pages of one project are one source.
MERGED = {
    "NVIDIA Megatron-LM README, model table (H100)": "NVIDIA Megatron-LM README",
    "BigScience tr11-176B-ml README": "BigScience BLOOM-176B throughput search chronicles",
}


class Task(NamedTuple):
    """Constants that are fitted together: which rows, which constants, and what is left out in turn."""

    name: str
    rows: Callable[[Row], bool]
    priors: dict[str, Prior]
    groups: dict[str, Callable[[Row], str]]


def source_of(row: Row) -> str:
    """The source of a row."""
    return MERGED.get(row.source, row.source)


def images(row: Row) -> bool:
    """Whether a row counts images."""
    return row.kind == "vision_inference" or "images" in row.metric


def _declared(names: Sequence[str]) -> dict[str, Prior]:
    known = constants()
    return {
        n: Prior(known[n].prior, known[n].prior_spread) for n in names if known[n].prior_spread > 0
    }


def tasks() -> list[Task]:
    """What is fitted."""
    language = lambda row: row.kind == "training_step" and not images(row)  # noqa: E731
    stream = [name for name in constants() if name.startswith("stream.")]
    return [
        Task("training", language, TRAINING, {"source": source_of}),
        Task(
            "vision",
            images,
            _declared(vision.FREE),
            {"chip": vision.chip_of, "stack": vision.stack_of},
        ),
        Task(
            "tiny",
            lambda row: row.kind == "tiny_inference" and "_uj" not in row.metric,
            _declared(tiny.FREE),
            {"board": tiny.chip_of, "library": tiny.stack_of},
        ),
        Task(
            "mem_bw",
            lambda row: row.kind == "mem_bw",
            _declared(stream),
            {"chip": lambda row: row.hardware},
        ),
    ]


class Result(NamedTuple):
    """What a task found: constants, spreads, and the residuals of rows left out, by what was left out."""

    task: Task
    fitted: dict[str, float]
    spreads: dict[str, float]
    left_out: dict[str, dict[str, float]]
    rows: list[Row]

    def macro(self, what: str) -> float:
        """Error factor with each group counted once."""
        group = self.task.groups[what]
        return macro(self.left_out[what], {row.id: group(row) for row in self.rows})


def run(task: Task, rows: Sequence[Row], left_out: bool = True) -> Result:
    """Fit a task, and leave each group out in turn."""
    start = values() | {name: prior.value for name, prior in task.priors.items()}
    own = expressible([row for row in rows if task.rows(row)], predict, start)
    first = next(iter(task.groups.values()))
    fitted, spreads = fit(own, predict, task.priors, values(), first)
    found = {
        what: leave_one_out(own, predict, task.priors, group, values())
        for what, group in (task.groups.items() if left_out else ())
    }
    return Result(task, fitted, spreads, found, own)


def measure_intervals(results: Sequence[Result], rows: Sequence[Row]) -> dict[str, Interval]:
    """The interval of each class: rows left out where constants were fitted, all rows where none were."""
    errors: dict[str, float] = {}
    fitted = values()
    for result in results:
        fitted |= result.fitted
        errors |= next(iter(result.left_out.values()))
    others = expressible([row for row in rows if row.id not in errors], predict, fitted)
    errors |= dict(zip((row.id for row in others), residuals(others, predict, fitted)))
    groups: dict[str, dict[str, float]] = defaultdict(dict)
    known = {row.id: row for row in rows if row.id in errors}
    for key, row in known.items():
        groups[predict(row, fitted).group][key] = errors[key]
    sources = {key: source_of(row) for key, row in known.items()}
    return {name: interval(own, sources) for name, own in groups.items()}


# ---- writing
def records(results: Sequence[Result]) -> Iterator[tuple[Path, str]]:
    """Every file that holds a fitted constant, with its new text."""
    texts: dict[Path, str] = {}
    for result in results:
        for name, value in result.fitted.items():
            owner, _, field = name.partition(".")
            stack = STACKS / f"{owner}.toml"
            path = stack if stack.is_file() else FOLDER / f"{owner}.toml"
            text = texts.get(path) or path.read_text(encoding="utf-8")
            put = _in_figure if path == stack else _in_table
            texts[path] = put(text, field, value, result.spreads[name])
    yield from texts.items()


def _in_figure(text: str, field: str, value: float, spread: float) -> str:
    """A figure of a record with a new value and spread."""
    pattern = rf"^({field} = {{value = )[^,]*(.*?)(, spread = [^,}}]*)?}}$"
    return re.sub(pattern, rf"\g<1>{value:.3g}\g<2>, spread = {spread:.2g}}}", text, flags=re.M)


def _in_table(text: str, field: str, value: float, spread: float) -> str:
    """A constant of the predictions with a new value and spread."""
    pattern = rf"(^\[{field}\]$.*?^value = )[^\n]*(.*?^spread = )[^\n]*"
    return re.sub(pattern, rf"\g<1>{value:.4g}\g<2>{spread:.2g}", text, flags=re.M | re.S)


def calibrate(
    write: bool = True, progress: Callable[[str], None] = lambda text: None
) -> list[Result]:
    """Fit everything; write constants and intervals where they are records."""
    rows, results = read_rows(), []
    for task in tasks():
        progress(task.name)
        results.append(run(task, rows))
    if write:
        for path, text in records(results):
            path.write_text(text, encoding="utf-8")
        FILE.write_text(written(measure_intervals(results, rows)), encoding="utf-8")
    return results
