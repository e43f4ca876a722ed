"""Seeded chance for labs: what single teams and single tests see beside what is expected of them."""

from __future__ import annotations

from math import log
from random import Random


def history(dice: Random, start: float, loops: int, success: float, cut: float) -> list[float]:
    """An error before and after each loop of one team: a loop that succeeds removes a share of it."""
    errors = [start]
    for _ in range(loops):
        errors.append(errors[-1] * (1 - cut * (dice.random() < success)))
    return errors


def score(dice: Random, share: float, samples: int) -> float:
    """The share of right answers in one test: drawn from each wrong answer to the next, a way of geometric length."""
    at, wrong = int(dice.expovariate(-log(share))), 0
    while at < samples:
        at, wrong = at + 1 + int(dice.expovariate(-log(share))), wrong + 1
    return 1 - wrong / samples
