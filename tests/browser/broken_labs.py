"""Labs that are broken on purpose: what is wrong, and what the check of a lab must say of it."""

from __future__ import annotations

from pathlib import Path

from notebooks import notebook

LAB = Path(__file__).parents[2] / "labs" / "vol1" / "00_start.py"
GATED = "    kit.gate(predict_a)\n"
SHOWN = '    mo.vstack([kit.equation("op_memory_time"), '
#: By name: the text that is replaced in the lab, what stands there instead, and words of the refusal.
BREAKAGES = {
    "raises": (GATED, f'{GATED}    raise ValueError("broken on purpose")\n', "broken on purpose"),
    "dead": (SHOWN, f'{SHOWN}mo.ui.slider(1, 9, label="Dead"), ', "nothing on the page follows"),
    "early": (f"{GATED}    _bytes", "    _bytes", "drawn before an answer"),
    "outside": (SHOWN, f'{SHOWN}mo.md("![](https://example.com/a.png)"), ', "example.com"),
    "unloaded": (
        "import marimo as mo",
        "import marimo as mo, mlsysim_nowhere",
        "ModuleNotFoundError",
    ),
}
#: The pages: one whose cell fails at once, and the lab with each breakage.
NAMES = ["broken", *(f"broken-{name}" for name in BREAKAGES)]


def sources() -> list[str]:
    """The source of each page."""
    text = LAB.read_text(encoding="utf-8")
    made = [notebook('mo.md("before")', 'raise ValueError("broken on purpose")')]
    for old, new, _ in BREAKAGES.values():
        assert old in text, f"{LAB.name} no longer has {old!r}"
        made.append(text.replace(old, new, 1))
    return made
