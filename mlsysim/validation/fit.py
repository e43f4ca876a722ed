"""Penalised least squares in the logarithm: constants pulled by their priors, rows weighed by source."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from .prediction import Prediction
from .rows import Inexpressible, Row

#: A prediction of a row that hides what was measured, as `predict` does.
Predict = Callable[[Row, Mapping[str, float]], Prediction]
#: A source with n rows weighs n to this power; residuals beyond the knee count linearly.
SOURCE_POWER, KNEE, STEP, ROUNDS = 0.2, 0.2, 0.02, 6


class Prior(NamedTuple):
    """A constant that is fitted: what is believed before, and how firmly (deviation of its logarithm)."""

    value: float
    spread: float


def expressible(rows: Sequence[Row], predict: Predict, constants: Mapping[str, float]) -> list[Row]:
    """The rows that have a prediction."""
    found = []
    for row in rows:
        try:
            predict(row, constants)
        except Inexpressible:
            continue
        found.append(row)
    return found


def residuals(rows: Sequence[Row], predict: Predict, constants: Mapping[str, float]) -> list[float]:
    """Logarithm of predicted over measured, row by row."""
    return [math.log(predict(row, constants).value / row.value) for row in rows]


def weights(sources: Sequence[str]) -> list[float]:
    """The weight of each row, so that a source with many rows does not drown the others."""
    counts = Counter(sources)
    return [counts[source] ** (SOURCE_POWER - 1) for source in sources]


def fit(
    rows: Sequence[Row],
    predict: Predict,
    priors: Mapping[str, Prior],
    fixed: Mapping[str, float] = {},
    source: Callable[[Row], str] = lambda row: row.source,
    noise: float = 0.17,
) -> tuple[dict[str, float], dict[str, float]]:
    """Fitted constants and the spread of each (deviation of its logarithm); Gauss-Newton from the priors."""
    import numpy as np

    names = list(priors)
    if not names or not rows:
        return {name: priors[name].value for name in names}, {}
    start = {name: prior.value for name, prior in priors.items()}
    rows = expressible(rows, predict, {**fixed, **start})
    weight = np.array(weights([source(row) for row in rows]))
    penalty = np.array([noise / priors[name].spread for name in names]) ** 2
    moved = np.zeros(len(names))
    for _ in range(ROUNDS):
        now = _moved(priors, names, moved)
        base = np.array(residuals(rows, predict, {**fixed, **now}))
        slopes = np.empty((len(rows), len(names)))
        for column in range(len(names)):
            step = moved.copy()
            step[column] += STEP
            other = residuals(rows, predict, {**fixed, **_moved(priors, names, step)})
            slopes[:, column] = (np.array(other) - base) / STEP
        robust = weight / np.sqrt(1 + (base / KNEE) ** 2)
        curve = slopes.T @ (robust[:, None] * slopes) + np.diag(penalty)
        change = np.linalg.solve(curve, -(slopes.T @ (robust * base)) - penalty * moved)
        moved = moved + np.clip(change, -0.5, 0.5)
        if np.max(np.abs(change)) < 1e-3:
            break
    spread = noise * np.sqrt(np.diag(np.linalg.inv(curve)))
    return _moved(priors, names, moved), dict(zip(names, spread.tolist()))


def _moved(priors: Mapping[str, Prior], names: Sequence[str], moved: Any) -> dict[str, float]:
    """Constants a distance from their priors, in the logarithm."""
    return {name: priors[name].value * math.exp(float(by)) for name, by in zip(names, moved)}


def leave_one_out(
    rows: Sequence[Row],
    predict: Predict,
    priors: Mapping[str, Prior],
    group: Callable[[Row], str] = lambda row: row.source,
    fixed: Mapping[str, float] = {},
) -> dict[str, float]:
    """Residual of every row, predicted with constants fitted without its group."""
    found: dict[str, float] = {}
    for left in sorted({group(row) for row in rows}):
        kept = [row for row in rows if group(row) != left]
        fitted, _ = fit(kept, predict, priors, fixed, group)
        constants = {**fixed, **fitted}
        own = expressible([row for row in rows if group(row) == left], predict, constants)
        found |= {row.id: error for row, error in zip(own, residuals(own, predict, constants))}
    return found


def macro(errors: Mapping[str, float], group: Mapping[str, str]) -> float:
    """Error factor in which each group counts once: the mean of the medians, in the logarithm."""
    import statistics

    by: dict[str, list[float]] = {}
    for key, error in errors.items():
        by.setdefault(group[key], []).append(abs(error))
    return math.exp(statistics.mean(statistics.median(entries) for entries in by.values()))
