"""Arithmetic that takes floats and numpy arrays alike.

numpy is used only when an array is met; it is absent in browsers.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable
from statistics import NormalDist
from typing import Any

NAN, INF = float("nan"), float("inf")


def _numpy(*values: Any) -> Any:
    """numpy, if any of the values is an array."""
    np = sys.modules.get("numpy")
    if np is not None:
        for value in values:
            if isinstance(value, (np.ndarray, np.generic)):
                return np
    return None


def numpy_or_none() -> Any:
    """numpy; None in the browser."""
    try:
        import numpy
    except ImportError:
        return None
    return numpy


def maximum(a: Any, b: Any) -> Any:
    """The larger of two; not known wins."""
    np = _numpy(a, b)
    if np:
        return np.maximum(a, b)
    return a if a >= b or a != a else b


def minimum(a: Any, b: Any) -> Any:
    """The smaller of two; not known wins."""
    np = _numpy(a, b)
    if np:
        return np.minimum(a, b)
    return a if a <= b or a != a else b


def above(x: Any, limit: Any, yes: Any, no: Any) -> Any:
    """`yes` where x is above the limit, else `no`; not known where x or the limit is not."""
    np = _numpy(x, limit, yes, no)
    if np:
        return np.where(x > limit, yes, np.where(x <= limit, no, NAN))
    return yes if x > limit else no if x <= limit else NAN


def over(a: Any, b: Any) -> Any:
    """a / b, infinite where b is not positive: a queue at load 1, a link of no width."""
    np = _numpy(a, b)
    if np:
        b = np.asarray(b)
        return np.where(b > 0, a / np.where(b > 0, b, 1.0), np.where(b == b, INF, NAN))
    return a / b if b > 0 else (INF if b == b else NAN)


def joined(a: Any, b: Any, corner: Any) -> Any:
    """Two times that partly overlap: their sum at corner 1, the longer one as the corner grows."""
    longer = maximum(a, b)
    return above(
        longer, 0, longer * (1 + over(minimum(a, b), longer) ** corner) ** (1 / corner), longer
    )


def greatest(x: Any) -> float:
    """The largest element of an array; a number is its own."""
    return float(x.max()) if hasattr(x, "max") else x


def _unary(name: str) -> Callable[[Any], Any]:
    plain = getattr(math, name)

    def function(x: Any) -> Any:
        np = _numpy(x)
        if np:
            return getattr(np, name)(x)
        try:
            return float(plain(x))
        except OverflowError:
            return INF if name in ("exp", "expm1") else x
        except ValueError:
            return x if x != x else -INF if x == 0 and name == "log" else NAN

    function.__name__ = name
    function.__doc__ = f"{name} of a number or of every element."
    return function


ceil, floor, exp, log, sqrt = (_unary(name) for name in ("ceil", "floor", "exp", "log", "sqrt"))
log2, log1p, expm1 = (_unary(name) for name in ("log2", "log1p", "expm1"))


def _normal(name: str, meaning: str) -> Callable[[Any], Any]:
    plain = getattr(NormalDist(), name)
    ends = {0.0: -INF, 1.0: INF} if name == "inv_cdf" else {}

    def one(x: float) -> float:
        return ends[x] if x in ends else plain(x) if not ends or 0 < x < 1 else NAN

    def function(x: Any) -> Any:
        np = _numpy(x)
        return np.vectorize(one, otypes=[float])(x) if np else one(x)

    function.__doc__ = meaning
    return function


normal_share = _normal("cdf", "Share of a standard normal distribution below each value.")
normal_point = _normal(
    "inv_cdf", "Value below which each share of a standard normal distribution lies."
)


def total(rows: Iterable[Any]) -> Any:
    """The sum of a table's column."""
    rows = iter(rows)
    result = next(rows)
    for row in rows:
        result = result + row
    return result


def weighted(rows: Any, counts: Iterable[Any]) -> Any:
    """The sum of a table's column, each row as often as its count; a number stands for a column of it."""
    if not isinstance(rows, tuple):  # no row changes it, such as a state that needs no cache
        return rows * total(counts)
    return total(row * count for row, count in zip(rows, counts))


def largest(rows: Iterable[Any]) -> Any:
    """The largest entry of a table's column."""
    rows = iter(rows)
    result = next(rows)
    for row in rows:
        result = maximum(result, row)
    return result


def known(value: Any) -> bool:
    """Whether a value, or every entry of a table or an array, is a number."""
    if isinstance(value, tuple):
        return all(known(entry) for entry in value)
    if isinstance(value, str):
        return True
    np = _numpy(value)
    return bool(np.all(value == value)) if np else value == value
