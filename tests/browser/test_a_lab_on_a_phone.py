"""What labs are made of, on a phone: titles and formulas are whole, and nothing is glued to what is above it."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import pytest
from mlsysim_widgets import theme
from notebooks import notebook

LONG = "Fewer loops become many more loops, and the machine waits for people"
WIDE = ("best_params", "bandwidth_elasticity", "false_positive_chance", "claim_samples")
PAGE = notebook(
    f"""
import plotly.graph_objects as go
from mlsysim_widgets import kit, theme
book = mlsysim_widgets.Ledger("vol1/05")
drawn = go.Figure(go.Bar(x=[1, 2], y=["one", "two"], orientation="h"))
drawn = theme.finish(drawn, {LONG!r}, "two bars: 1, 2", height=270)
opened = kit.opening("A lab", "It is so.", ["one goal"], 10)
asked = kit.predict("predict-a", "How long?", book, unit="ms", low=1, high=100, answer=5.6)
asked = kit.page("predict-a", asked)
kit.page("part-a", opened, "Some words stand before a question.", asked, drawn, "Words after it.")
""",
    """
mo.ui.anywidget(book)
""",
    """
mo.vstack([mlsysim_widgets.kit.equation(name) for name in (NAMES)])
""".replace("NAMES", ", ".join(map(repr, WIDE))),
)
#: Words of charts that leave their picture.
CUT = """all => all.filter((word) => {
  const [own, whole] = [word, word.ownerSVGElement].map((one) => one.getBoundingClientRect());
  return own.width && (own.right > whole.right + 1 || own.left < whole.left - 1 || own.top < whole.top - 1);
}).map((word) => word.textContent)"""


@pytest.fixture(scope="module")
def address(marimo: Any) -> str:
    return marimo(PAGE)


@pytest.fixture
def phone(page: Any, address: str) -> Any:
    page.set_viewport_size({"width": 390, "height": 4000})
    page.goto(address)
    page.locator(".js-plotly-plot .main-svg").first.wait_for()
    page.locator(".katex").first.wait_for()
    page.locator(".mw-ask form").wait_for()
    page.wait_for_timeout(1000)
    return page


def test_the_title_of_a_chart_is_whole(phone: Any) -> None:
    assert phone.locator(".js-plotly-plot text").evaluate_all(CUT) == []
    title, plot = (
        phone.locator(f".js-plotly-plot {one}").first.bounding_box()
        for one in (".gtitle", ".bglayer .bg")
    )
    assert title["y"] + title["height"] <= plot["y"]


def test_a_question_is_not_glued_to_the_words_before_it(phone: Any) -> None:
    words = phone.get_by_text("Some words stand").bounding_box()
    asked = phone.locator(".mw-ask legend").bounding_box()
    assert asked["y"] - words["y"] - words["height"] >= 8
    chart = phone.locator(".js-plotly-plot").bounding_box()
    after = phone.get_by_text("Words after it.").bounding_box()
    assert after["y"] - chart["y"] - chart["height"] >= 8


def test_a_formula_is_whole(phone: Any) -> None:
    assert phone.evaluate("() => document.documentElement.scrollWidth") <= 390
    parts = phone.locator(".katex-display .katex-html *")
    ends = parts.evaluate_all("all => all.map((one) => one.getBoundingClientRect().right)")
    assert 370 >= max(ends) > 300


def test_a_page_is_whole_on_paper(page: Any, address: str) -> None:
    page.goto(address)
    page.locator(".js-plotly-plot .main-svg").first.wait_for()
    page.wait_for_timeout(1000)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 720, "height": 1000})
    ends = page.locator("section div, section p, .js-plotly-plot").evaluate_all(
        "all => all.map((one) => one.getBoundingClientRect().right)"
    )
    assert max(ends) <= 720


def test_one_answer_is_one(phone: Any) -> None:
    phone.locator(".mw-ask").get_by_role("button", name="Show me").click()
    phone.get_by_text("1 answer kept in this browser").wait_for()


def test_lines_across_a_chart_are_seen_in_the_dark() -> None:
    try:
        for look in theme.PALETTES:
            theme.use(look)
            figure = theme.finish(go.Figure(), "A line", "1 line").add_vline(1)
            line = (
                figure.layout.shapes[0].line.color
                or figure.layout.template.layout.shapedefaults.line.color
            )
            assert line == theme.INK[look]
    finally:
        theme.use("")
