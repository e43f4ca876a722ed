"""The static site in Chromium, under Pyodide: what it shows, how fast it answers, what it says when it fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from reading import opened, sound

from mlsysim import WALLS

pytestmark = pytest.mark.native
LABS = list((Path(__file__).parents[2] / "labs").glob("vol*/*.py"))
#: The median time from the movement of a slider to the frame that shows the new curve, of ten movements.
MOVES = """async () => {
  const deep = (root) => {
    for (const node of root.querySelectorAll("*")) {
      if (node.matches("input[data-name=seq_len]")) return node;
      const found = node.shadowRoot && deep(node.shadowRoot);
      if (found) return found;
    }
  };
  const slider = deep(document);
  const root = slider.closest(".mw");
  const curve = () => root.querySelector(".mw-curve").getAttribute("d");
  const times = [];
  for (let i = 0; i < 10; i++) {
    const [start, old] = [performance.now(), curve()];
    const drawn = new Promise((done, failed) => {
      setTimeout(() => failed(new Error(`movement ${i} was not answered in 10 s`)), 10_000);
      const watch = new MutationObserver(() => {
        if (root.querySelector(".mw-curve") === null || curve() === old) return;
        watch.disconnect();
        requestAnimationFrame(done);
      });
      watch.observe(root, { childList: true, attributes: true, subtree: true });
    });
    slider.value = Math.round(Number(slider.max) * (0.3 + 0.05 * i));
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    await drawn;
    times.push(performance.now() - start);
    await new Promise((done) => setTimeout(done, 200));
  }
  return times.sort((a, b) => a - b)[times.length >> 1];
}"""


def test_a_slider_is_answered_in_a_quarter_of_a_second(tab: Any, site: str, capsys: Any) -> None:
    tab.goto(f"{site}/explorer.html")
    tab.locator(".site-line").wait_for()
    ready = opened(tab, f"{site}/explorer.html")
    before = tab.locator("#seen").inner_text()
    median = tab.evaluate(MOVES)
    tab.wait_for_function("old => document.querySelector('#seen').innerText !== old", arg=before)
    with capsys.disabled():
        print(f"\nfrom a slider to the new picture in Pyodide: {median:.0f} ms (aim 250 ms)")
        print(f"from the address to a page that has run: {ready:.1f} s")
    sound(tab)
    assert median < 750


def test_the_gallery_runs_to_its_end(tab: Any, site: str) -> None:
    opened(tab, f"{site}/gallery.html")
    tab.locator(".js-plotly-plot .main-svg").first.wait_for()
    tab.locator(".mw").first.wait_for()
    sound(tab)


def test_a_cell_that_fails_is_seen(tab: Any, site: str) -> None:
    opened(tab, f"{site}/broken.html")
    assert "ValueError: broken on purpose" in tab.locator(".site-fault").inner_text()
    assert tab.locator("html").get_attribute("data-site") == "failed"


@pytest.mark.parametrize("name", ["pyodide.asm.wasm", "worker-*.js", "index-*.js"])
def test_a_file_that_does_not_come_is_named(tab: Any, site: str, name: str) -> None:
    tab.route(f"**/{name}", lambda route: route.abort())
    tab.goto(f"{site}/explorer.html")
    tab.locator(".site-fault").wait_for(timeout=120_000)
    assert name.split("*")[0] in tab.locator(".site-fault").inner_text()


@pytest.mark.parametrize(
    "page", [{"color_scheme": "dark"}, {"color_scheme": "light"}], indirect=True
)
def test_the_list_of_pages_fits_a_phone(tab: Any, site: str) -> None:
    tab.set_viewport_size({"width": 390, "height": 800})
    tab.goto(site + "/")
    assert tab.locator("ol.labs a[href$='-edit.html']").count() == len(LABS)
    assert tab.locator("ol.walls a").count() == len(WALLS)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    tab.get_by_role("link", name="Explorer of a plan").click()
    tab.locator(".site-line").wait_for()
    assert tab.outside == []
