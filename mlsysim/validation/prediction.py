"""What a prediction of one row is."""

from __future__ import annotations

from typing import NamedTuple


class Prediction(NamedTuple):
    """A value in the unit of the row's metric, the class of its interval, and what was assumed or not understood."""

    value: float
    group: str
    notes: tuple[str, ...] = ()
