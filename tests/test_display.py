"""Things show themselves in notebooks: as HTML, with the same in plain text."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest

import mlsysim


def things() -> dict[str, Any]:
    plan = {"workload": {"name": "Llama3_8B"}, "hardware": {"name": "H100"}}
    return {
        "record": mlsysim.Hardware.Cloud.H100,
        "wall": mlsysim.WALLS[4],
        "sweep": mlsysim.sweep(plan, {"batch_size": [1, 2]}, "tpot_ms"),
        "evaluation": mlsysim.SystemEvaluator.evaluate(plan=plan),
    }


class Balanced(HTMLParser):
    """Every tag that is opened is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in ("br", "meta", "hr", "wbr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", ["record", "wall", "sweep", "evaluation"])
def test_a_thing_is_readable_html_that_asks_for_nothing(name: str) -> None:
    shown = things()[name]._repr_html_()
    reader = Balanced()
    reader.feed(shown)
    assert reader.open == []
    assert "<table" in shown
    assert "<script" not in shown
    assert not re.search(r"(src|href)=", shown)


@pytest.mark.parametrize("name", ["wall", "sweep", "evaluation"])
def test_the_text_says_the_same(name: str) -> None:
    thing = things()[name]
    words = {
        "wall": "Wall 4: Serving",
        "sweep": "2 points: 2 fits",
        "evaluation": "Llama3_8B on 1 x H100",
    }[name]
    assert words in repr(thing)
    assert words.split(":")[0] in thing._repr_html_()


def test_a_record_shows_each_figure_with_its_source() -> None:
    chip = mlsysim.Hardware.Cloud.H100
    shown = chip._repr_html_()
    assert all(name in shown for name in chip.figures)
    assert chip.source(chip["mem_bandwidth"].source).title.split("&")[0][:20] in shown
