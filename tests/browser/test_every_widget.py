"""Every widget, alone in a page with a stand-in for Python: it draws, is accessible, and goes without a trace."""

from __future__ import annotations

import json
from typing import Any

import pytest
from mlsysim_widgets import WIDGETS, gallery
from mlsysim_widgets.widgets.base import Widget

#: A model as anywidget has it, whose listeners can be counted; listeners on the page are counted too.
STAND_IN = """
async ({ state, module, css }) => {
  const style = document.createElement("style");
  style.textContent = css;
  document.head.append(style);
  const own = new Map();
  let outer = 0;
  for (const target of [window, document, document.body]) {
    const [add, remove] = [target.addEventListener.bind(target), target.removeEventListener.bind(target)];
    target.addEventListener = (...all) => { outer += 1; add(...all); };
    target.removeEventListener = (...all) => { outer -= 1; remove(...all); };
  }
  const model = {
    get: (name) => state[name],
    set: (name, value) => { state[name] = value; },
    save_changes: () => { window.saved = (window.saved ?? 0) + 1; },
    send: () => {},
    on: (name, action) => own.set(name, [...(own.get(name) ?? []), action]),
    off: (name, action) => own.set(name, (own.get(name) ?? []).filter((one) => action && one !== action)),
  };
  const url = URL.createObjectURL(new Blob([module], { type: "text/javascript" }));
  const { default: made } = await import(url);
  const stopped = await (made.initialize?.({ model }) ?? undefined);
  const el = document.querySelector("main");
  const cleanup = await made.render({ model, el });
  window.tidy = async () => {
    await cleanup();
    await stopped?.();
    return { model: [...own.values()].flat().length, page: outer, left: el.children.length };
  };
  window.heard = (name, value) => { state[name] = value; (own.get(`change:${name}`) ?? []).forEach((f) => f()); };
}
"""
PAGE = (
    "<!doctype html><html lang=en data-theme={theme}><head><title>A widget</title></head>"
    "<body style='{style}'><main></main></body></html>"
)
GROUND = {
    "light": "background:#fff;color:#222",
    "dark": "background:#111;color:#e6e6e6;color-scheme:dark",
}


@pytest.fixture(scope="module", params=WIDGETS)
def widget(request: pytest.FixtureRequest) -> Widget:
    return gallery.made(request.param)


#: Numbers of an axis that leave their picture at the right.
CUT = """() => [...document.querySelectorAll("main svg")].flatMap((svg) => {
  const end = svg.getBoundingClientRect().right;
  return [...svg.querySelectorAll(".mw-axes text")].filter((word) => word.getBoundingClientRect().right > end + 0.5);
}).map((word) => word.textContent)"""


def opened(page: Any, widget: Widget, theme: str = "light") -> None:
    """The widget in an empty page."""
    page.goto("about:blank")
    page.set_content(PAGE.format(theme=theme, style=GROUND[theme]))
    state = {
        k: v for k, v in widget.get_state().items() if widget.has_trait(k) and not k.startswith("_")
    }
    given = {
        "state": json.loads(json.dumps(state)),
        "module": str(widget._esm),
        "css": str(widget._css),
    }
    page.evaluate(STAND_IN, given)


def test_it_draws_without_a_fault_and_asks_for_nothing(page: Any, widget: Widget) -> None:
    opened(page, widget)
    assert page.locator("main .mw").count() == 1
    assert page.locator("main").inner_text().strip()
    assert page.errors == []
    assert page.outside == []


def test_it_goes_without_leaving_a_listener(page: Any, widget: Widget) -> None:
    opened(page, widget)
    page.keyboard.press("Tab")
    assert page.evaluate("() => window.tidy()") == {"model": 0, "page": 0, "left": 0}


@pytest.mark.parametrize("theme", GROUND)
def test_axe_finds_no_serious_fault(page: Any, widget: Widget, theme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    opened(page, widget, theme)
    found = Axe().run(page, context="main", options={"rules": {"region": {"enabled": False}}})
    faults = [
        f"{fault['id']}: {fault['nodes'][0]['html'][:200]} {fault['nodes'][0]['failureSummary']}"
        for fault in found.response["violations"]
        if fault["impact"] in ("serious", "critical")
    ]
    assert faults == []


def test_every_control_can_be_reached_by_the_keyboard(page: Any, widget: Widget) -> None:
    opened(page, widget)
    reach = "main :is(input, select, button, textarea, [tabindex='0'])"
    wanted = page.locator(reach).count()
    seen = set()
    for _ in range(wanted + 3):
        page.keyboard.press("Tab")
        seen.add(
            page.evaluate(
                "() => { const a = document.activeElement; return a.closest('main') ? a.outerHTML : ''; }"
            )
        )
    assert seen - {""} or not wanted


@pytest.mark.parametrize("width", [390, 1100])
def test_it_fits_the_width_of_a_phone_and_of_a_laptop(
    page: Any, widget: Widget, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    opened(page, widget)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width


def test_the_last_number_of_an_axis_is_whole_on_a_phone(page: Any) -> None:
    from mlsysim_widgets import Predict

    page.set_viewport_size({"width": 390, "height": 900})
    asked = Predict("How long?", unit="ms", low=0.01, high=1000, answer=5.6)
    asked.commit(2.0)
    opened(page, asked)
    page.locator("main svg .mw-axes text").first.wait_for()
    assert page.locator("main svg").get_by_text("1,000", exact=True).count() == 1
    assert page.evaluate(CUT) == []


#: Words of an axis that lie on another.
OVERLAP = """() => [...document.querySelectorAll("main .mw-axes")].flatMap((axes) => {
  const words = [...axes.querySelectorAll("text")].map((one) => [one.textContent, one.getBoundingClientRect()]);
  return words.flatMap(([said, a], i) => words.slice(i + 1)
    .filter(([, b]) => a.left < b.right && b.left < a.right && a.top < b.bottom - 4 && b.top < a.bottom - 4)
    .map(([other]) => `${said} on ${other}`));
})"""


def test_no_number_of_an_axis_lies_on_another_on_a_phone(page: Any) -> None:
    from mlsysim_widgets import Predict

    page.set_viewport_size({"width": 330, "height": 900})
    asked = Predict("How many?", unit="samples", low=1, high=100_000, answer=5000)
    asked.commit(20_000)
    opened(page, asked)
    page.locator("main svg .mw-axes text").first.wait_for()
    assert page.evaluate(OVERLAP) == []
    assert page.evaluate(CUT) == []


@pytest.mark.parametrize("wall", [1, 11, 15, 22])
def test_the_numbers_of_an_explorer_stand_beside_the_words_of_their_axis(
    page: Any, wall: int
) -> None:
    from mlsysim_widgets import Explorer

    page.set_viewport_size({"width": 390, "height": 900})
    opened(page, Explorer(wall=wall))
    page.locator("main svg .mw-axes text").first.wait_for()
    assert page.evaluate(OVERLAP) == []


def test_a_number_outside_the_range_is_refused_in_words(page: Any) -> None:
    from mlsysim_widgets import Predict

    opened(page, Predict("What share?", low=0, high=1, log=False, answer=0.3))
    commit = page.get_by_role("button", name="This is my answer")
    page.locator("main input[type=number]").fill("3")
    assert page.locator("main .mw-error").inner_text() == "3 is outside the range: 0 to 1."
    assert commit.is_disabled()
    page.locator("main input[type=number]").fill("0.4")
    assert page.locator("main .mw-error").inner_text() == ""
    assert commit.is_enabled()


def test_what_there_is_in_all_is_whole_where_far_more_is_wanted(page: Any) -> None:
    from mlsysim_widgets import MemoryMap

    import mlsysim

    page.set_viewport_size({"width": 390, "height": 900})
    far = MemoryMap(mlsysim.Scenarios.Train405B)
    far.values = {"pp": 8, "seq_len": 131072, "recompute": "none"}
    opened(page, far)
    said = page.locator("main svg").get_by_text("80 GiB in all")
    assert said.evaluate(
        "one => one.getBoundingClientRect().left >= one.ownerSVGElement.getBoundingClientRect().left"
    )


@pytest.mark.parametrize("width", [390, 1100])
def test_the_sum_of_a_full_device_is_whole(page: Any, width: int) -> None:
    from mlsysim_widgets import MemoryMap, kit

    full = {"precision": "bf16", "accelerators": 8, "tp": 8, "batch_size": 11, "seq_len": 131072}
    page.set_viewport_size({"width": width, "height": 900})
    opened(page, MemoryMap(kit.plan_of("Llama3_70B", "H100", **full)))
    total = page.locator("main svg").get_by_text("79.9", exact=False).last
    assert total.evaluate(
        "one => one.getBoundingClientRect().right <= one.ownerSVGElement.getBoundingClientRect().right + 0.5"
    )
    assert "131,072" in page.locator("main").inner_text()


def test_large_numbers_of_an_axis_are_short(page: Any) -> None:
    from mlsysim_widgets import Predict

    page.set_viewport_size({"width": 390, "height": 900})
    asked = Predict("How many calls?", unit="calls", low=100, high=1e7, answer=15000)
    asked.commit(2000)
    opened(page, asked)
    words = page.locator("main svg .mw-axes text")
    words.first.wait_for()
    assert {"100,000", "10⁶", "10⁷"} <= set(words.all_text_contents())


def test_what_is_measured_is_not_called_predicted(page: Any) -> None:
    from mlsysim_widgets import Predict

    asked = Predict("How many?", unit="x", low=0.5, high=50, answer={"measured": 1.16})
    asked.commit(2.0)
    opened(page, asked)
    page.locator("main svg").get_by_text("measured 1.16x").wait_for()
    assert page.locator("main svg").get_by_text("predicted").count() == 0
    assert asked.shown["text"] == "You said 2x; it is 1.16x. That is 72 % too high."


def test_its_module_is_short_and_fetches_nothing(widget: Widget) -> None:
    import inspect
    from pathlib import Path

    own = Path(inspect.getfile(type(widget))).with_suffix(".js").read_text(encoding="utf-8")
    assert len(own.splitlines()) <= 200
    assert not [
        word
        for word in ("fetch(", "import ", "http://", "https://")
        if word in own.replace("http://www.w3.org", "")
    ]
