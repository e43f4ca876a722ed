"""The gallery holds every chart and widget, and shows them all."""

from __future__ import annotations

from typing import Any

import pytest
from mlsysim_widgets import WIDGETS, gallery
from mlsysim_widgets.charts import CHARTS

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


def test_the_gallery_shows_every_chart_and_widget_without_a_fault(page: Any, address: str) -> None:
    page.set_viewport_size({"width": 1100, "height": 30_000})
    page.goto(address)
    page.wait_for_function("n => document.querySelectorAll('h2').length >= n", arg=len(NAMES))
    page.wait_for_timeout(2000)
    assert page.locator("h2").count() == len(NAMES)
    assert page.locator(".js-plotly-plot .main-svg").count() >= len(CHARTS)
    assert page.locator(".mw").count() >= len(WIDGETS)
    assert page.locator("text=Traceback").count() == 0
    assert page.errors == []
    assert [url for url in page.outside if "mathjax" not in url.lower()] == []
