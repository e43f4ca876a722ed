"""The widgets in JupyterLab: shown, moved, read by Python, and a reply of Python shown."""

from __future__ import annotations

from typing import Any

import pytest

CELLS = [
    """
import mlsysim_widgets as w
plan = {"workload": {"name": "Llama3_8B"}, "hardware": {"name": "H100"}}
e = w.Explorer(plan, "tpot_ms", sliders=["batch_size", "seq_len"])
e""",
    'print("seen", e.values["batch_size"], round(e.marker["y"], 6))',
    'e.values = {**e.values, "batch_size": 1.0}\nprint("set")',
]


@pytest.fixture(scope="module")
def address(jupyter: Any) -> str:
    return jupyter(CELLS)


def run_next(page: Any) -> None:
    """Run the chosen cell and choose the one below."""
    page.keyboard.press("Shift+Enter")


def output(page: Any, cell: int) -> Any:
    return page.locator(".jp-CodeCell").nth(cell).locator(".jp-OutputArea-output")


def test_a_slider_in_jupyterlab_moves_python_and_python_moves_the_slider(
    page: Any, address: str
) -> None:
    page.goto(address)
    page.locator(".jp-CodeCell .cm-content").first.click()
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").first.wait_for(
        state="attached"
    )
    run_next(page)
    slider = page.locator("input[data-name=batch_size]")
    slider.wait_for()
    answer = page.locator(".mw-answer").inner_text()
    assert "Wall 2 (Memory) binds" in answer
    slider.focus()
    for _ in range(60):
        slider.press("ArrowRight")
    page.wait_for_function("t => document.querySelector('.mw-answer').innerText !== t", arg=answer)
    moved = page.locator("label:has(input[data-name=batch_size]) output").inner_text()
    page.locator(".jp-CodeCell .cm-content").nth(1).click()
    run_next(page)
    output(page, 1).get_by_text("seen").wait_for()
    _, batch, _ = output(page, 1).inner_text().split()
    assert float(batch) == float(moved.replace(",", "")) > 1
    run_next(page)
    output(page, 2).get_by_text("set").wait_for()
    page.wait_for_function(
        "() => document.querySelector('label:has(input[data-name=batch_size]) output').innerText === '1'"
    )
    assert page.locator(".mw-answer").inner_text() == answer
    assert page.errors == []
