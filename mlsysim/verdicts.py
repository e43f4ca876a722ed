"""Every wall that applies to an evaluation, what it says, and which one binds in each domain."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .core.graph import NoEquation, plan
from .core.symbols import SYMBOLS
from .walls import WALLS, Verdict, Wall

if TYPE_CHECKING:
    from .evaluation import Evaluation

#: Terms that belong to one pass or micro-batch, not to a whole step.
OF_A_PASS = ("compute_time", "memory_time", "launch_time", "link_time")


class Judgement(NamedTuple):
    """A wall's verdict: its value, and how close to binding it is (share of the step, load, fraction lost)."""

    wall: Wall
    verdict: Verdict
    value: float
    weight: float
    unit: str

    def to_dict(self) -> dict[str, object]:
        """Plain data; None where not known."""
        known = self.value == self.value and abs(self.value) != float("inf")
        return {
            "number": self.wall.number,
            "name": self.wall.name,
            "domain": self.wall.domain,
            "form": self.verdict.form,
            "symbol": self.verdict.symbol,
            "words": self.verdict.words,
            "value": self.value if known else None,
            "unit": self.unit or "1",
            "state": self.state,
        }

    @property
    def state(self) -> str:
        """holds, broken or not known; a time is neither, it has a share."""
        if self.value != self.value:
            return "not known"
        if self.verdict.form == "capacity":
            return "broken" if self.value > 1 else "holds"
        return f"{self.weight:.0%} of the step" if self.verdict.form == "time" else "no target"


def judgements(evaluation: Evaluation) -> list[Judgement]:
    """The verdicts of every wall whose symbols the scenario has."""
    given, options = evaluation.scenario.given, evaluation.scenario.options
    found = []
    for _, wall in sorted(WALLS.items()):
        for verdict in wall.verdicts:
            if verdict.mode not in ("", evaluation.scenario.plan.workload.mode):
                continue
            whole = "pass_time" if verdict.symbol in OF_A_PASS else "step_time"
            wanted = {name: name for name in {verdict.symbol, whole}}
            try:
                chosen = plan(wanted, given, options)
            except NoEquation:
                continue
            slots = chosen.run(given)
            value, total = (slots[chosen.wanted[name]] for name in (verdict.symbol, whole))
            share = value / total if verdict.form == "time" and total else 0.0
            weight = {"capacity": value, "loss": 1 - value}.get(verdict.form, share)
            found.append(Judgement(wall, verdict, value, weight, SYMBOLS[verdict.symbol].unit))
    return found


def binding(found: list[Judgement]) -> dict[str, Judgement]:
    """In each domain, the wall that weighs most; targets that nobody set do not bind."""
    result: dict[str, Judgement] = {}
    for item in found:
        known = item.verdict.form != "target" and item.weight > 0
        best = result.get(item.wall.domain)
        if known and (best is None or item.weight > best.weight):
            result[item.wall.domain] = item
    return result
