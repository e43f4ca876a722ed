"""What a reader does on a lab's page, and what must then be seen. Nothing here knows what a lab is about."""

from __future__ import annotations

import re
import time
from typing import Any

#: The controls of a lab: marimo's own, and those of its widgets; not the questions, the ledger, or a choice to decide.
OWN = "marimo-slider [role=slider], marimo-dropdown select"
WIDGET = ".mw:not(.mw-ask):not(.mw-led)"
HANDLE = "input[type=range], [role=slider]"
UNANSWERED = ".mw-ask:has(fieldset:enabled)"
CHART = ".js-plotly-plot:has(.main-svg)"
DRAWN = f"{CHART}, .mw svg, .mw button, table, img, marimo-ui-element"
#: All that a lab shows, as text: what stands in its cells' outputs, and the geometry of its pictures. The control that
#: is moved and what belongs to it, marked `data-moved`, say nothing: a slider's own number always follows it.
SEEN = """() => {
  const seen = [];
  const shapes = "path, rect, circle, line, polygon, text, g";
  const ways = ["d", "x", "y", "cx", "cy", "r", "x1", "x2", "y1", "y2", "width", "height", "points", "transform"];
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) seen.push(node.data.trim());
    if (node.nodeType !== Node.ELEMENT_NODE) return;
    if (node.matches("script, style, select, [data-moved]")) return;
    if (node.matches(shapes)) ways.forEach((way) => seen.push(node.getAttribute(way)));
    [...(node.shadowRoot?.childNodes ?? []), ...node.childNodes].forEach(walk);
  };
  document.querySelectorAll(".output").forEach(walk);
  return seen.filter(Boolean).join("|");
}"""
#: Mark a control with what repeats its value: marimo's element around it, or its line in a widget.
MARK = """node => {
  const host = node.getRootNode().host;
  const own = host?.matches("marimo-slider, marimo-dropdown") ? host : node.closest("label");
  for (const one of [own, node.closest("svg") ? null : node]) one?.setAttribute("data-moved", "");
}"""
UNMARK = "node => document.querySelectorAll('[data-moved]').forEach((one) => one.removeAttribute('data-moved'))"


def opened(tab: Any, address: str) -> float:
    """The seconds until a page has run all its cells or failed."""
    began = time.monotonic()
    tab.goto(address)
    tab.locator("html[data-site]").wait_for(timeout=180_000)
    return time.monotonic() - began


def sound(tab: Any) -> None:
    """Assert that nothing failed and that no other host was asked."""
    raised = [text for text in tab.said if '"type":"exception"' in text]
    assert not raised, raised
    unfaulted(tab)
    assert tab.locator("html").get_attribute("data-site") == "ready"
    assert not tab.errors, tab.errors
    assert not tab.outside, tab.outside


def unfaulted(tab: Any) -> None:
    fault = tab.locator(".site-fault").all_inner_texts()
    assert not fault, fault


def said(question: Any) -> str:
    """What stands below a question once it is answered."""
    return question.locator(".mw-answer").inner_text().removeprefix("Being computed")


def by_keyboard(question: Any) -> None:
    """Set an answer by the keyboard alone, whatever the kind, and commit it."""
    keys = question.page.keyboard
    question.locator("form").wait_for()  # what is not visible yet takes no focus
    if question.locator("input[type=number]").count():
        question.locator("input[type=range]").focus()
        for _ in range(20):
            keys.press("ArrowRight")
    elif question.locator("svg[role=application]").count():
        question.locator("svg[role=application]").focus()
        for key in ["ArrowUp", *["ArrowRight"] * 100]:
            keys.press(key)
    else:
        question.locator(".mw-ask-options input").first.focus()
        keys.press("Space")
    question.locator("button.mw-main").focus()
    keys.press("Enter")


def answer(question: Any, keyboard: bool = False) -> None:
    """Answer a question and wait until it is said what is right."""
    if keyboard:
        by_keyboard(question)
    else:
        question.get_by_role("button", name="Show me").click()
    until(question.page, lambda: said(question), "an answered question says nothing")
    assert question.locator(".mw-error").inner_text() == ""
    assert keyboard != said(question).startswith("Not predicted")


def until(tab: Any, true: Any, what: str, seconds: float = 60) -> None:
    """Wait for something to be true, or fail with what is wrong."""
    end = time.monotonic() + seconds
    while not true():
        unfaulted(tab)
        assert time.monotonic() < end, f"{what}, for {seconds:g} s"
        tab.wait_for_timeout(100)


def waiting(tab: Any) -> dict[str, str]:
    """The questions that are not answered yet, and the part of each."""
    ids = tab.locator(UNANSWERED).evaluate_all("all => all.map((one) => one.id)")
    return {one: part_of(one) for one in ids}


def part_of(question: str) -> str:
    part = re.match(r"predict-([a-z])(?![a-z])", question)
    assert part, f"{question} is a question of no part"
    return part[1]


def instruments(tab: Any) -> list[str]:
    """The parts whose instrument is on the page."""
    ids = tab.locator("section[id^=instrument-]").evaluate_all("all => all.map((one) => one.id)")
    return [one.removeprefix("instrument-") for one in ids]


def unread(tab: Any) -> set[str]:
    """Assert that nothing is drawn before an answer; the parts of the lab."""
    parts = set(waiting(tab).values())
    assert "a" in parts
    assert not instruments(tab), f"the instruments of {instruments(tab)} are drawn before an answer"
    until(tab, tab.locator(".mw-led").count, "there is no ledger before an answer")
    settled(tab)
    drawn = tab.locator(f"{CHART}, {WIDGET}").count()
    assert drawn == 0, f"{drawn} charts and widgets are drawn before an answer"
    return parts


def read(tab: Any, parts: set[str]) -> None:
    """Answer every question there is or comes, the first by the keyboard, until every part's instrument is drawn."""
    asked: list[str] = []
    while left := waiting(tab) or (
        settled(tab) and waiting(tab)
    ):  # some questions come after an answer
        parts |= set(left.values())
        first = next(iter(left))
        assert asked.count(first) < 2, f"{first} is asked again and again"
        answer(tab.locator(f'.mw-ask[id="{first}"]'), keyboard=not asked)
        asked.append(first)
        early = set(instruments(tab)) & set(waiting(tab).values())
        assert not early, f"the instruments of {early} are drawn before an answer"
    assert sorted(parts) == [chr(ord("a") + i) for i in range(len(parts))]
    for part in sorted(parts):
        drawn = tab.locator(f"section#instrument-{part}").locator(DRAWN)
        until(tab, drawn.count, f"the instrument of part {part} is not drawn")
    until(tab, lambda: tab.locator(CHART).count() >= 2, "fewer than two charts are drawn")
    assert tab.locator(WIDGET).count(), "there is no widget to move"
    assert tab.locator("section#sources").is_visible()


def settled(tab: Any, seconds: float = 30) -> str:
    """All that is shown, when it no longer changes of itself."""
    end, before, now = time.monotonic() + seconds, "", tab.evaluate(SEEN)
    while before != now:
        assert time.monotonic() < end, f"the page has not come to rest in {seconds:g} s"
        tab.wait_for_timeout(300)
        before, now = now, tab.evaluate(SEEN)
    return now


def handles(tab: Any) -> list[Any]:
    """What can be moved: each control of marimo, and the first of each widget."""
    widgets = tab.locator(WIDGET)
    firsts = [widgets.nth(i).locator(HANDLE) for i in range(widgets.count())]
    own = tab.locator(OWN)
    return [own.nth(i) for i in range(own.count())] + [one.first for one in firsts if one.count()]


def move(handle: Any) -> list[Any]:
    """Ways to move a control, the gentle one first."""
    if handle.evaluate("node => node.matches('select')"):
        now = handle.input_value()
        options = handle.locator("option").evaluate_all("all => all.map((one) => one.value)")
        return [lambda to=to: handle.select_option(to) for to in options if to != now]
    keys = (["ArrowRight"] * 3, ["ArrowLeft"] * 6, ["End"], ["Home"])
    return [lambda way=way: [handle.press(key) for key in way] for way in keys]


def answers(tab: Any, handle: Any, seconds: float = 10) -> float:
    """Move a control until something else on the page changes, and stays changed; the seconds that it took."""
    handle.evaluate(MARK)
    chosen = handle.input_value() if handle.evaluate("node => node.matches('select')") else None
    try:
        before, name = settled(tab), handle.evaluate("node => node.outerHTML.slice(0, 120)")
        began, ways = time.monotonic(), move(handle)
        for way in ways:
            way()
            end = time.monotonic() + seconds / len(ways)
            while time.monotonic() < end:
                tab.wait_for_timeout(100)
                if tab.evaluate(SEEN) != before:
                    took = time.monotonic() - began
                    if settled(tab) != before:
                        return took
        raise AssertionError(f"nothing on the page follows {name} in {seconds:g} s")
    finally:
        tab.evaluate(UNMARK)
        if chosen is not None:  # a choice may leave nothing for the next control to change
            handle.select_option(chosen)


def check(tab: Any, address: str) -> dict[str, float]:
    """Read a lab as a reader does: open, answer, move all that moves; the seconds of each."""
    took = {"open": opened(tab, address)}
    sound(tab)
    began = time.monotonic()
    read(tab, unread(tab))
    took["answer"] = time.monotonic() - began
    movable = handles(tab)
    assert movable, "nothing on the page can be moved"
    took["slowest move"] = max(answers(tab, handle) for handle in movable)
    sound(tab)
    took["all"] = time.monotonic() - began + took["open"]
    return took
