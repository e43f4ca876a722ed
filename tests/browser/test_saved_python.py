"""The site's saved Python: what a page takes, what it shows meanwhile, and what it does without."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from reading import opened, sound

pytestmark = pytest.mark.native
FIRST, SECOND = "vol1-05_neural_computation", "vol1-00_start"
#: What a host does not compress again.
PACKED = (".zst", ".zip", ".woff2", ".png", ".ico")
MOST, FURTHER = 25e6, 1e5  # bytes of a first lab, and of each further one


def taken(tab: Any, folder: Path, asked: list[str], before: set[str] = frozenset()) -> int:  # type: ignore[assignment]
    """The bytes that a host which compresses sends for what was asked, less what came before."""
    files = {folder / Path(urlsplit(url).path).relative_to("/some/where") for url in asked}
    fresh = [file for file in files if file.is_file() and str(file) not in before]
    sizes = [
        f.stat().st_size if f.suffix in PACKED else len(gzip.compress(f.read_bytes(), 6))
        for f in fresh
    ]
    return sum(sizes)


def test_a_page_takes_the_saved_python_and_little_else(
    tab: Any, site: str, site_folder: Path, capsys: Any
) -> None:
    asked: list[str] = []

    def note(request: Any) -> None:
        if request.method == "GET":
            asked.append(request.url)

    tab.context.on("request", note)
    ready = opened(tab, f"{site}/{FIRST}.html")
    sound(tab)
    assert [text for text in tab.said if "restore:" in text or "snapshot:" in text] == []
    first, came = taken(tab, site_folder, asked), list(asked)
    opened(tab, f"{site}/{SECOND}.html")
    sound(tab)
    seen = {str(site_folder / Path(urlsplit(url).path).relative_to("/some/where")) for url in came}
    further = taken(tab, site_folder, asked, seen)
    with capsys.disabled():
        print(
            f"\na first lab: {ready:.1f} s, {first / 1e6:.1f} MB; a further one: {further / 1e3:.0f} kB"
        )
    assert first < MOST
    assert further < FURTHER


@pytest.mark.parametrize("file", ["memory.zst", "library0.wasm.zst", "state.json"])
def test_without_the_saved_python_a_page_starts_it_anew(tab: Any, site: str, file: str) -> None:
    tab.route(f"**/{file}", lambda route: route.abort())
    opened(tab, f"{site}/{FIRST}.html")
    assert [text for text in tab.said if "Python is started anew" in text]
    sound(tab)


def test_what_is_missing_without_the_saved_python_is_named(tab: Any, site: str) -> None:
    for file in ("memory.zst", "mlsysim-*.whl"):
        tab.route(f"**/{file}", lambda route: route.abort())
    tab.goto(f"{site}/explorer.html")
    tab.locator(".site-fault").get_by_text("mlsysim-").first.wait_for(timeout=120_000)


def test_a_saved_python_that_is_damaged_is_not_used(tab: Any, site: str) -> None:
    tab.route("**/memory.zst", lambda route: route.fulfill(body=b"no archive at all"))
    opened(tab, f"{site}/{FIRST}.html")
    assert [text for text in tab.said if "Python is started anew" in text]
    sound(tab)


def test_the_first_screen_is_there_before_python_and_stays_where_it_is(tab: Any, site: str) -> None:
    tab.goto(f"{site}/{FIRST}.html", wait_until="commit")
    title = tab.locator(".site-first h1")
    title.wait_for()
    words, place = title.inner_text(), title.bounding_box()
    tab.locator("html[data-site]").wait_for()
    assert tab.locator(".site-first").count() == 0
    drawn = tab.locator("#opening h1").get_by_text(words)
    drawn.wait_for()
    assert abs(drawn.bounding_box()["x"] - place["x"]) < 20
    assert abs(drawn.bounding_box()["y"] - place["y"]) < 40


@pytest.mark.parametrize("page", [{"color_scheme": "dark"}], indirect=True)
def test_charts_are_drawn_for_a_dark_page(tab: Any, site: str) -> None:
    opened(tab, f"{site}/gallery.html")
    title = tab.locator(".js-plotly-plot .gtitle").first
    title.wait_for()
    fill = title.evaluate("one => getComputedStyle(one).fill")
    assert min(map(int, fill.removeprefix("rgb(").removesuffix(")").split(","))) > 150
    sound(tab)


def test_the_atlas_opens_at_the_wall_that_is_asked_for_and_shows_another(
    tab: Any, site: str
) -> None:
    opened(tab, f"{site}/atlas.html?wall=7")
    tab.get_by_role("heading", name="Wall 7: Tail latency").wait_for()
    tab.locator("marimo-dropdown select").select_option(label="14 Communication")
    tab.get_by_role("heading", name="Wall 14: Communication").wait_for()
    tab.locator(".mw-curve").first.wait_for()
    sound(tab)


def test_a_lab_can_be_run_in_the_editor(tab: Any, site: str) -> None:
    opened(tab, f"{site}/{SECOND}-edit.html")
    sound(tab)
    assert tab.locator("#opening").count() == 0
    tab.get_by_test_id("run-button").last.click()  # of all cells
    tab.locator("#opening").wait_for()
    tab.locator("#predict-a .mw").first.wait_for()
    assert tab.locator(".site-fault").count() == 0
    assert tab.outside == []


def test_the_zip_is_the_site(site: str, site_folder: Path) -> None:
    (made,) = site_folder.parent.glob("mlsysim-*-site.zip")
    with zipfile.ZipFile(made) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
    there = {f.relative_to(site_folder).as_posix() for f in site_folder.rglob("*") if f.is_file()}
    assert names == there
    assert "index.html" in names
