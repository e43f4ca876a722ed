"""A ledger keeps what was said, once."""

from __future__ import annotations

import pytest
from mlsysim_widgets import Ledger

pytestmark = pytest.mark.native


def test_the_same_decision_is_kept_once_and_another_beside_it() -> None:
    book = Ledger("vol1/00", path="")
    first = book.decide("decision", "a newer chip", "Make it faster")
    again = book.decide("decision", "a newer chip", "Make it faster")
    assert again == first
    assert "before" not in again
    other = book.decide("decision", "a smaller model", "Make it faster")
    assert [answer["value"] for answer in other["before"]] == ["a newer chip"]


def test_a_reflection_that_is_written_again_takes_no_new_time() -> None:
    book = Ledger("vol1/00", path="")
    assert book.record("why", "because") == book.record("why", "because")
