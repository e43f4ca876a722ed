"""The gallery holds every chart and widget, and shows them all."""

from __future__ import annotations

from typing import Any

import mlsysim_widgets
import pytest
from mlsysim_widgets import WIDGETS, gallery
from mlsysim_widgets.charts import CHARTS

from mlsysim import WALLS

NAMES = [*CHARTS, *WIDGETS]


@pytest.fixture(scope="module")
def address(marimo: Any) -> str:
    return marimo(gallery.notebook())


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_short_and_makes_what_it_names(name: str) -> None:
    lines = gallery.example(name).strip().splitlines()
    assert len(lines) <= 3
    assert f"{name}(" in lines[-1]
    assert gallery.made(name) is not None


def test_what_is_added_to_the_core_or_to_a_folder_is_in_the_gallery() -> None:
    page = gallery.notebook()
    assert all(f'shown("{name}")' in page for name in NAMES)
    assert all(f"explored({number})" in page for number in WALLS)


@pytest.mark.parametrize("number", WALLS)
def test_every_wall_can_be_explored(number: int) -> None:
    made = mlsysim_widgets.Explorer(wall=number)
    assert made.sliders
    assert made.error == ""
    name = made.sliders[0]["name"]
    before = made.curve
    made.values = {**made.values, name: made.values[name] * 1.5}
    assert made.error == ""
    assert made.marker["text"]
    assert made.curve["xs"] == before["xs"]


def test_the_gallery_shows_every_chart_and_widget_without_a_fault(page: Any, address: str) -> None:
    page.set_viewport_size({"width": 1100, "height": 50_000})
    page.goto(address)
    page.wait_for_function("n => document.querySelectorAll('h2').length >= n", arg=len(NAMES))
    page.wait_for_timeout(2000)
    assert page.locator("h2").count() == len(NAMES)
    assert page.locator(".js-plotly-plot .main-svg").count() >= len(CHARTS)
    assert page.locator(".mw").count() == len(WIDGETS) + len(WALLS)
    assert page.locator("h3").count() >= len(WALLS)
    assert page.locator("text=Traceback").count() == 0
    assert page.errors == []
    assert [url for url in page.outside if "mathjax" not in url.lower()] == []
