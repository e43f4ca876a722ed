"""Seeded replays of drift: histograms of scores, and the bill of a model that ages and is trained again."""

from __future__ import annotations

from bisect import bisect
from random import Random
from typing import NamedTuple

from mlsysim.core.elementwise import normal_point
from mlsysim.walls.drift import index_of

#: Parts of a day in which a model ages.
PARTS = 8


def counted(chance: Random, samples: int, bins: int) -> list[int]:
    """A histogram of normal scores, in bins of equal chance."""
    edges = [normal_point(i / bins) for i in range(1, bins)]
    counts = [0] * bins
    for _ in range(samples):
        counts[bisect(edges, chance.gauss(0, 1))] += 1
    return counts


def idle_indices(seed: int, pairs: int, samples: int, bins: int) -> list[float]:
    """Stability indices of pairs of samples of one distribution."""
    chance = Random(seed)
    drawn = ((counted(chance, samples, bins), counted(chance, samples, bins)) for _ in range(pairs))
    return [index_of(today, reference) for today, reference in drawn]


class Aged(NamedTuple):
    """A replay: days, what is lost in a day at each, the bill a day so far, and the days on which an alarm rang."""

    days: list[float]
    loss: list[float]
    bill: list[float]
    alarms: list[float]


def aged(
    seed: int,
    days: float,
    interval: float,
    growth: float,
    price: float,
    alarm: float = float("inf"),
) -> Aged:
    """A model that loses more each day by chance, `growth` on average, and is trained again after each interval.

    An alarm rings once in an interval, when the loss of a day passes `alarm`.
    """
    chance, cycle = Random(seed), max(round(interval * PARTS), 1)
    told, loss, spent = Aged([0.0], [0.0], [0.0], []), 0.0, 0.0
    for part in range(round(days * PARTS)):
        if part % cycle == 0:
            loss, spent = 0.0, spent + price
        worse = loss + chance.expovariate(PARTS / growth)
        spent += (loss + worse) / 2 / PARTS
        now = (part + 1) / PARTS
        if loss <= alarm < worse:
            told.alarms.append(now)
        loss = worse
        told.days.append(now)
        told.loss.append(loss)
        told.bill.append(spent / now)
    return told
