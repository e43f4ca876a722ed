"""The README shows what the program prints. `python tests/test_readme.py` writes it anew."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import mlsysim
from mlsysim.cli.walls import unmodelled
from mlsysim.validation import guide, layouts
from mlsysim.validation.rows import read_rows
from mlsysim.validation.score import by_kind, by_source, scores
from mlsysim.validation.score import macro as each_once

pytestmark = pytest.mark.native
README = Path(__file__).parents[1] / "README.md"


def generated() -> dict[str, str]:
    """Each marked block of the README and what belongs there."""
    evaluation = mlsysim.SystemEvaluator.evaluate(None, "Llama3_8B", "H100", batch_size=32)
    card = f"`mlsysim eval Llama3_8B H100 --batch-size 32` prints:\n\n```text\n{evaluation.scorecard()}\n```"
    rows = "".join(
        f"| {number} | {wall.name} | {wall.domain} | {wall.question} | {wall.paper} |\n"
        for number, wall in sorted(mlsysim.WALLS.items())
    )
    table = f"| # | wall | domain | question | source |\n|---|---|---|---|---|\n{rows.rstrip()}"
    left_out = "".join(f"- {line}\n" for line in unmodelled()).rstrip()
    return {
        "scorecard": card,
        "walls": table,
        "validation": errors(),
        "layouts": layouts.table(),
        "guide": guide.table(),
        "not modelled": left_out,
    }


def errors() -> str:
    """How far predictions are from the measurements of the package, each source once."""
    scored = scores(read_rows())
    sources = by_source(scored)
    told = ["| kind | rows | predicted | factor | two constants | in the 80 % interval |"]
    told.append("|---|---|---|---|---|---|")
    for own in by_kind(scored):
        parts = [line for line in sources if line.kind == own.kind]
        factor, rule = each_once(parts), each_once(parts, "two constants")
        told.append(
            f"| {own.kind} | {own.rows} | {own.covered} | {factor:.2f} | {rule:.2f} | {own.inside:.0%} |"
        )
    return "\n".join(told)


def expected(text: str) -> str:
    for name, block in generated().items():
        marked = rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
        text = re.sub(marked, lambda m, b=block: f"{m[1]}{b}\n{m[2]}", text, flags=re.S)
    return text


def test_readme_shows_what_the_program_prints() -> None:
    text = README.read_text(encoding="utf-8")
    assert text == expected(text), "run `python tests/test_readme.py`"


def test_readme_names_only_commands_that_exist() -> None:
    from mlsysim.cli.app import COMMANDS

    named = set(
        re.findall(r"mlsysim (?:--output json )?([a-z]+) ", README.read_text(encoding="utf-8"))
    )
    assert named
    assert named <= set(COMMANDS)


if __name__ == "__main__":
    README.write_text(expected(README.read_text(encoding="utf-8")), encoding="utf-8")
