"""A lab outside the site: under `marimo run`, and as a notebook in JupyterLab."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from classroom import served
from command_line import data
from reading import answer, answers, handles, instruments, read, unread, waiting

LAB = sorted((Path(__file__).parents[2] / "labs").glob("vol*/*.py"))[0]


def test_a_lab_is_read_and_moved_under_marimo_run(tab: Any, marimo: Any) -> None:
    tab.goto(marimo(LAB.read_text(encoding="utf-8")))
    tab.locator("section#sources").wait_for()
    read(tab, unread(tab))
    for handle in handles(tab):
        answers(tab, handle)
    assert tab.errors == []
    assert [url for url in tab.outside if "mathjax" not in url.lower()] == []


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The code of the first lab as a notebook."""
    name, folder = f"{LAB.parent.name}/{LAB.stem[:2]}", tmp_path_factory.mktemp("exported")
    (file,) = data("lab", "export", name, "--to", str(folder))["files"]
    made = json.loads(Path(file).read_text(encoding="utf-8"))["cells"]
    return ["".join(one["source"]) for one in made if one["cell_type"] == "code"]


def test_a_lab_is_read_and_moved_in_jupyterlab(page: Any, jupyter: Any, cells: list[str]) -> None:
    page.set_viewport_size({"width": 1300, "height": 9000})  # JupyterLab draws what is in sight
    page.goto(jupyter(cells))
    page.locator(".jp-CodeCell .cm-content").first.click()
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").first.wait_for(
        state="attached"
    )
    for _ in cells:
        page.keyboard.press("Shift+Enter")
    page.locator(".sources").wait_for()
    assert page.locator("[class*=instrument-]").count() == 0
    answer(page.locator(".predict-a .mw-ask"), keyboard=True)
    page.locator(".instrument-a .js-plotly-plot .main-svg").first.wait_for()
    page.locator(".break-a .mw").wait_for()
    assert page.locator(".instrument-b").count() == 0
    before = page.locator(".part-c").inner_text()
    page.locator(".track select").select_option(index=1)
    page.wait_for_function("old => document.querySelector('.part-c').innerText !== old", arg=before)
    failed = "[data-mime-type='application/vnd.jupyter.error'], .jp-mod-error, .lab-error"
    stderr = "[data-mime-type='application/vnd.jupyter.stderr']"
    assert page.locator(f"{failed}, {stderr}").all_inner_texts() == []
    assert page.errors == []


def test_readers_of_one_class_do_not_see_each_others_answers(chromium: Any, tmp_path: Path) -> None:
    lab = f"{LAB.parent.name}/{LAB.stem[:2]}"
    with served(HOME=str(tmp_path)) as server:
        pages = [chromium.new_context().new_page() for _ in range(2)]
        for page in pages:
            page.set_default_timeout(60_000)
            page.goto(f"http://{server.host}/{lab}/")
            page.locator("section#sources").wait_for()
        one, other = pages
        answer(one.locator(".mw-ask[id=predict-a]"), keyboard=True)
        one.locator("section#instrument-a").wait_for()
        for _ in range(2):
            assert "predict-a" in waiting(other)
            assert instruments(other) == []
            other.reload()
            other.locator("section#sources").wait_for()
        one.reload()  # a reader's own browser has the answer
        one.locator("section#instrument-a").wait_for()
        for page in pages:
            page.context.close()
    assert not (tmp_path / ".mlsysim").exists()
