"""Units and numbers as a page writes them."""

from __future__ import annotations

import pytest
from mlsysim_widgets import kit
from mlsysim_widgets.labels import raised, tens, told

pytestmark = pytest.mark.native


@pytest.mark.parametrize(
    ("unit", "shown"), [("USD/s**2", "USD/s²"), ("m**3/J", "m³/J"), ("byte/s", "byte/s"), ("", "")]
)
def test_a_power_stands_above_the_line(unit: str, shown: str) -> None:
    assert raised(unit) == shown


def test_the_units_of_an_equation_have_no_stars() -> None:
    pytest.importorskip("marimo")
    assert "**" not in kit.equation("upkeep_rate").text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("tokens: 7.225e+10.", "tokens: 7.225·10¹⁰."),
        ("a chance of 1e-05", "a chance of 10⁻⁵"),
        ("from 4.236e-12 to 0", "from 4.236·10⁻¹² to 0"),
        ("11e+20 of EGRID_1e5x", "11·10²⁰ of EGRID_1e5x"),
    ],
)
def test_a_large_number_has_a_power_of_ten(text: str, shown: str) -> None:
    assert tens(text) == shown


def test_a_value_of_an_equation_is_told_without_stars() -> None:
    assert told(2.5, "m**3") == "2.5 m³"
    assert told(9.242e9, "") == "9.242·10⁹"
