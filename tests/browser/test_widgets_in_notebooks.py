"""Every widget in marimo and in JupyterLab: the page moves Python, and Python's answer moves the page."""

from __future__ import annotations

from typing import Any

import pytest
from mlsysim_widgets import WIDGETS
from notebooks import notebook

MARIMO = notebook(
    *(
        f"{name} = mo.ui.anywidget(mlsysim_widgets.gallery.made({name!r}))\n"
        f"mo.vstack([mo.Html('<b id=\"page-{name}\"></b>'), {name}])"
        for name in WIDGETS
    ),
    *(
        f'mo.Html("<pre id=\\"python-{name}\\">" + __import__("html").escape(repr({name}.value)) + "</pre>")'
        for name in WIDGETS
    ),
)
#: The widget's own output comes first, what Python has of it last, so that a run of the last cell shows it.
RAN = """([n, old]) => {
  const now = document.querySelectorAll(".jp-CodeCell")[n].querySelector(".jp-InputPrompt").innerText;
  return now !== old && !now.includes("*");
}"""
STATE = """
for name, one in made.items():
    state = {k: v for k, v in one.get_state().items() if k in one.traits(sync=True) and not k.startswith("_")}
    print(name, "|", hash(repr(state)))
"""
CELLS = [
    "from mlsysim_widgets import WIDGETS, gallery\nmade = {name: gallery.made(name) for name in WIDGETS}",
    *(f"made[{name!r}]" for name in WIDGETS),
    STATE,
]


def poke(root: Any) -> None:
    """Move the first control of a widget; a prediction is given and committed."""
    numbers = root.locator("[role=spinbutton], [role=slider], input[type=range]")
    choices, enabled = root.locator("select"), root.locator("button:enabled")
    if root.locator(".mw-main").count():
        root.locator("input[type=number]").fill("2")
        root.locator("input[type=radio]").first.check()
        root.locator(".mw-main").click()
    elif numbers.count():
        numbers.first.focus()
        for key in ["ArrowRight"] * 4 + ["ArrowLeft"] * 2:
            numbers.first.press(key)
    elif choices.count():
        options = choices.first.locator("option").evaluate_all("all => all.map((one) => one.value)")
        now = choices.first.input_value()
        choices.first.select_option(next(one for one in options if one != now))
    else:
        if root.locator("textarea, input").count():
            root.locator("textarea, input").first.fill("8")
        enabled.first.click()


@pytest.fixture(scope="module")
def marimo_page(marimo: Any, chromium: Any) -> Any:
    page = chromium.new_page(viewport={"width": 1100, "height": 9000})
    page.set_default_timeout(60_000)
    page.goto(marimo(MARIMO))
    page.wait_for_function(
        "n => document.querySelectorAll('[id^=python-]').length >= n", arg=len(WIDGETS)
    )
    page.locator(".mw").nth(len(WIDGETS) - 1).wait_for()
    yield page
    page.close()


@pytest.mark.parametrize("name", WIDGETS)
def test_in_marimo_the_page_and_python_answer_each_other(marimo_page: Any, name: str) -> None:
    root = marimo_page.locator(".mw").nth(list(WIDGETS).index(name))
    shown, known = root.inner_html(), marimo_page.locator(f"#python-{name}").inner_text()
    poke(root)
    marimo_page.wait_for_function(
        "([id, old]) => document.getElementById(id).innerText !== old",
        arg=[f"python-{name}", known],
    )
    assert root.inner_html() != shown
    assert (
        root.locator(".mw-error").count() == 0 or not root.locator(".mw-error").first.inner_text()
    )


@pytest.fixture(scope="module")
def jupyter_page(jupyter: Any, chromium: Any) -> Any:
    page = chromium.new_page(viewport={"width": 1300, "height": 12_000})
    page.set_default_timeout(90_000)
    page.goto(jupyter(CELLS))
    page.locator(".jp-CodeCell .cm-content").first.click()
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").first.wait_for(
        state="attached"
    )
    for _ in CELLS:
        page.keyboard.press("Shift+Enter")
    page.locator(".mw").nth(len(WIDGETS) - 1).wait_for()
    yield page
    page.close()


def states(page: Any) -> dict[str, str]:
    """What Python has of each widget, by running the last cell."""
    cell = page.locator(".jp-CodeCell").nth(len(CELLS) - 1)
    cell.locator(".cm-content").click()
    count = cell.locator(".jp-InputPrompt").inner_text()
    page.keyboard.press("Control+Enter")
    page.wait_for_function(RAN, arg=[len(CELLS) - 1, count])
    lines = cell.locator(".jp-OutputArea-output").first.inner_text().splitlines()
    return dict(line.split(" | ") for line in lines if " | " in line)


def test_in_jupyterlab_the_page_and_python_answer_each_other(jupyter_page: Any) -> None:
    before = states(jupyter_page)
    assert list(before) == list(WIDGETS)
    for index in range(len(WIDGETS)):
        poke(jupyter_page.locator(".mw").nth(index))
    jupyter_page.wait_for_timeout(1500)
    after = states(jupyter_page)
    assert [name for name in WIDGETS if before[name] == after[name]] == []
