"""Where a state holds along an input: stretches, each end narrowed to neighbouring values."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple

#: Values looked at along an input, all of a range of no more whole numbers; and first numbers, where each may differ.
LOOKS, CLOSE = 128, 256
#: Turns that are sought between two values looked at; a state that turns more often is left in its bracket.
TURNS, ROUNDS, HAIR = 4, 60, 1e-12

State = Callable[[float], Hashable]


class Stretch(NamedTuple):
    """A state, the first and the last value at which it was seen."""

    low: float
    high: float
    state: Hashable


def spread(low: float, high: float, whole: bool = False, rugged: bool = False) -> list[float]:
    """Values from low to high: at equal ratios where low is positive, else at equal distances.

    Whole numbers: all of them when few, else round ones, eight, four or two between a number and its double; where
    an answer is rugged, also the first ones all.
    """
    if whole:
        return _whole(int(low), int(high), rugged)
    parts = [i / LOOKS for i in range(1, LOOKS)]
    if low > 0:
        return [low, *(low * (high / low) ** part for part in parts), high]
    return [low, *(low + (high - low) * part for part in parts), high]


def _whole(low: int, high: int, rugged: bool) -> list[float]:
    if high - low <= (CLOSE if rugged else LOOKS):
        return [float(value) for value in range(low, high + 1)]
    for steps in (8, 4, 2):  # 8, 9 ... 15, 16, 18 ... 30, 32
        value = max(low, 1)
        found = {low, value, high}
        while value < high:
            grain = max(1, 2 ** int(math.log2(value)) // steps)
            value = (value // grain + 1) * grain
            found.add(min(value, high))
        if len(found) <= LOOKS:
            break
    return sorted(map(float, found | set(range(low, low + CLOSE) if rugged else ())))


def bisect(low: float, high: float, whole: bool, holds: Callable[[float], bool]) -> tuple:
    """The bracket narrowed to where `holds`, true at low and false at high, turns: to neighbours, or to a hair."""
    for _ in range(ROUNDS):
        if whole:
            middle = float((low + high) // 2)
        else:
            middle = math.sqrt(low) * math.sqrt(high) if low > 0 else (low + high) / 2
        if not low < middle < high or (not whole and high - low <= HAIR * abs(high)):
            break
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low, high


def stretches(state: State, values: Sequence[float], whole: bool) -> list[Stretch]:
    """The states along rising values, one after the other; a state between two values looked at may be missed."""
    first, last, now = values[0], values[0], state(values[0])
    found = []

    def same(value: float) -> bool:
        return state(value) == now

    for value in values[1:]:
        after = state(value)
        for _ in range(TURNS):
            if now == after:
                break
            end, start = bisect(last, value, whole, same)
            found.append(Stretch(first, end, now))
            first, last, now = start, start, state(start)
        if now != after:
            found.append(Stretch(first, last, now))
            first, now = value, after
        last = value
    return [*found, Stretch(first, last, now)]


def best(score: Callable[[float], float], values: Sequence[float], whole: bool) -> float:
    """The value of the least score: among values looked at, then by golden section between their neighbours."""
    at = min(range(len(values)), key=lambda i: _known(score(values[i])))
    low, high = values[max(at - 1, 0)], values[min(at + 1, len(values) - 1)]
    seen, part = [values[at]], (math.sqrt(5) - 1) / 2
    for _ in range(ROUNDS // 2):
        inner = [high - part * (high - low), low + part * (high - low)]
        inner = [float(round(x)) for x in inner] if whole else inner
        if not low < inner[0] < inner[1] < high:
            break
        seen += inner
        low, high = (low, inner[1]) if score(inner[0]) <= score(inner[1]) else (inner[0], high)
    seen += map(float, range(int(low), int(high) + 1)) if whole else []
    return min(seen, key=lambda x: _known(score(x)))


def _known(score: float) -> float:
    return score if score == score else math.inf
