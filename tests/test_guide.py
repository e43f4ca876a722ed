"""The guide of efficiencies is what the model predicts, not what somebody typed."""

from __future__ import annotations

import pytest

from mlsysim.validation.guide import Entry, guide

pytestmark = pytest.mark.native
ENTRIES = list(guide())


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_the_model_reproduces_a_range_of_the_guide_where_it_holds(entry: Entry) -> None:
    assert any(point.holds for point in entry.points)
    for point in entry.points:
        inside = entry.low <= point.predicted <= entry.high
        assert inside == point.holds, f"{point.what}: {point.predicted:.3g}"


def test_a_range_that_does_not_always_hold_is_said_with_a_measurement() -> None:
    for entry in ENTRIES:
        assert any(character.isdigit() for character in entry.measured), entry.name
