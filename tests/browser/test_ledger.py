"""The Ledger in real pages: written at once, read by a second connection, back after a reload, never lost silently."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from mlsysim_widgets import entries
from notebooks import notebook

PAGE = notebook(
    """
boxes = {"reflection-a": "What surprised you?", "decision": ("Where?", ["here", "there"])}
book = mlsysim_widgets.Ledger("vol1/05", boxes=boxes)
twin = mlsysim_widgets.Ledger("vol1/05", boxes={"reflection-b": "What would you change?"})
other = mlsysim_widgets.Ledger("vol1/06", boxes={"reflection-a": "And here?"})
scale = {"unit": "x", "low": 1, "high": 100, "answer": 1.6}
question = mlsysim_widgets.Predict("How many times faster?", id="predict-a", ledger=book, **scale)
asked = mo.ui.anywidget(question)
mo.vstack([asked, *map(mo.ui.anywidget, (book, twin, other))])
""",
    """
mo.md(f"<b id='seen'>{asked.value['committed']}</b>")
""",
)
SECOND = """() => new Promise((done, failed) => {
  const asked = indexedDB.open("mlsysim", 1);
  asked.onerror = () => failed(asked.error);
  asked.onsuccess = () => {
    const all = asked.result.transaction("ledger").objectStore("ledger").getAll();
    all.onerror = () => failed(all.error);
    all.onsuccess = () => { asked.result.close(); done(all.result); };
  };
})"""


@pytest.fixture(scope="module")
def address(marimo: Any) -> str:
    return marimo(PAGE)


def box(page: Any, nth: int, name: str) -> Any:
    return page.locator(".mw-led").nth(nth).locator(f"[data-id={name}]").first


def open_page(page: Any, address: str) -> None:
    page.goto(address)
    page.locator(".mw-led").nth(2).wait_for()


def told(page: Any, words: str, nth: int = 0) -> None:
    page.locator(".mw-led").nth(nth).get_by_text(words).first.wait_for()


def stored(page: Any) -> dict[tuple[str, str], Any]:
    """What a connection of its own finds in the browser's database."""
    return {entries.key(entry): entry for entry in page.evaluate(SECOND)}


def predict(page: Any) -> None:
    form = page.locator("#predict-a")
    form.locator("[data-name=typed]").fill("8")
    form.get_by_label("fairly sure").check()
    form.get_by_role("button", name="This is my answer").click()
    form.get_by_text("You said 8x; it is 1.6x. That is 5 times too high.").wait_for()


def test_what_is_said_is_in_the_database_and_back_after_a_reload(page: Any, address: str) -> None:
    open_page(page, address)
    predict(page)
    box(page, 0, "reflection-a").fill("Bytes, not operations.")
    box(page, 0, "decision").select_option("there")
    told(page, "3 answers kept in this browser")
    found = stored(page)
    assert found["vol1/05", "predict-a"]["value"] == 8
    assert found["vol1/05", "predict-a"]["factor"] == 5
    assert found["vol1/05", "predict-a"]["confidence"] == "fairly sure"
    assert found["vol1/05", "reflection-a"]["value"] == "Bytes, not operations."
    assert found["vol1/05", "decision"]["value"] == "there"
    for entry in found.values():
        jsonschema.validate(entry, entries.ENTRY)

    page.reload()
    page.locator(".mw-led").nth(2).wait_for()
    page.locator("#predict-a").get_by_text("You said 8x; it is 1.6x.").wait_for()
    page.wait_for_function("() => document.querySelector('#seen')?.innerText === 'True'")
    told(page, "3 answers kept in this browser")
    assert box(page, 0, "reflection-a").input_value() == "Bytes, not operations."
    assert box(page, 0, "decision").input_value() == "there"
    assert stored(page) == found
    assert page.errors == []
    assert [url for url in page.outside if "mathjax" not in url.lower()] == []


def test_several_on_one_page_keep_what_the_others_said(page: Any, address: str) -> None:
    open_page(page, address)
    box(page, 0, "reflection-a").fill("one")
    box(page, 2, "reflection-a").fill("two")
    box(page, 1, "reflection-b").fill("three")
    for nth in range(3):
        told(page, "3 answers kept in this browser", nth)
    found = {name: entry["value"] for name, entry in stored(page).items()}
    assert found == {
        ("vol1/05", "reflection-a"): "one",
        ("vol1/06", "reflection-a"): "two",
        ("vol1/05", "reflection-b"): "three",
    }
    page.locator(".mw-led").nth(2).get_by_text("From other labs: 2").wait_for()


def test_two_pages_that_change_one_answer_keep_both(page: Any, address: str) -> None:
    open_page(page, address)
    box(page, 0, "decision").select_option("here")
    told(page, "1 answer kept")
    second = page.context.new_page()
    open_page(second, address)
    second.locator(".mw-led").nth(0).get_by_text("1 answer kept").wait_for()
    box(second, 0, "decision").select_option("there")
    both = "entry.value === 'there' && entry.before !== undefined"
    second.wait_for_function(
        f"async () => {{ const [entry] = await ({SECOND})(); return {both}; }}"
    )
    for _ in range(100):
        (entry,) = stored(page).values()
        if "before" in entry:
            break
        page.wait_for_timeout(100)
    assert [answer["value"] for answer in entry["before"]] == ["here"]
    for _ in range(50):
        if box(page, 0, "decision").input_value() == "there":
            break
        page.wait_for_timeout(100)
    assert box(page, 0, "decision").input_value() == "there"


REFUSED = """() => {
  IDBObjectStore.prototype.put = function () { throw new DOMException("the disk is full", "QuotaExceededError"); };
}"""


def test_a_write_that_fails_is_said_aloud_and_tried_again(page: Any, address: str) -> None:
    page.add_init_script(f"globalThis.wasPut = IDBObjectStore.prototype.put; ({REFUSED})()")
    open_page(page, address)
    box(page, 0, "reflection-a").fill("Will it stay?")
    alarm = page.locator(".mw-led").nth(0).get_by_role("alert").first
    alarm.get_by_text("This browser does not keep what you said").wait_for()
    assert "Export it" in alarm.inner_text()
    assert stored(page) == {}
    page.evaluate("() => { IDBObjectStore.prototype.put = globalThis.wasPut; }")
    box(page, 0, "reflection-a").fill("It will.")
    told(page, "1 answer kept in this browser")
    assert alarm.inner_text() == ""
    assert stored(page)["vol1/05", "reflection-a"]["value"] == "It will."


def test_a_browser_without_a_database_says_so(page: Any, address: str) -> None:
    page.add_init_script(
        "IDBFactory.prototype.open = () => { throw new DOMException('no storage here', 'SecurityError'); }"
    )
    open_page(page, address)
    told(page, "This browser does not keep what you said (SecurityError: no storage here)")


def test_a_file_is_exported_imported_and_forgotten(page: Any, address: str, tmp_path: Path) -> None:
    open_page(page, address)
    predict(page)
    page.locator(".mw-led").nth(0).get_by_label("Your name").fill("Ada")
    page.locator(".mw-led").nth(0).get_by_label("Your name").press("Enter")
    told(page, "1 answer kept")
    with page.expect_download() as waited:
        page.locator(".mw-led").nth(0).get_by_role("button", name="Export").click()
    file = tmp_path / "ledger.json"
    waited.value.save_as(file)
    document = json.loads(file.read_text(encoding="utf-8"))
    jsonschema.validate(document, entries.SCHEMA)
    assert document["entries"][0]["value"] == 8

    forget = page.locator(".mw-led").nth(0).get_by_role("button", name="forget")
    page.locator(".mw-led").nth(0).get_by_role("button", name="Forget this lab").click()
    assert len(stored(page)) >= 1
    forget.click()
    told(page, "Nothing said yet")
    assert ("vol1/05", "predict-a") not in stored(page)

    page.locator(".mw-led").nth(0).locator("input[type=file]").set_input_files(file)
    told(page, "1 answer kept")
    assert stored(page)["vol1/05", "predict-a"]["value"] == 8
    (tmp_path / "wrong.json").write_text('{"format": "other"}', encoding="utf-8")
    page.locator(".mw-led").nth(0).locator("input[type=file]").set_input_files(
        tmp_path / "wrong.json"
    )
    told(page, "file: version is missing")
