"""Any number of an evaluation, folded out down to the lines of its sources."""

from __future__ import annotations

from typing import Any

import traitlets

from mlsysim import InputError
from mlsysim.core.graph import Rows
from mlsysim.core.solver.question import PlanQuestion, question_of
from mlsysim.core.text import plain
from mlsysim.core.trace import Step

from ..labels import told
from .base import Widget


class ExplainTree(Widget):
    """Any number, folded out down to the lines of its sources.

    `ExplainTree(evaluation, "tpot_ms")`; another metric may be chosen in the page. All lines of a metric are sent
    once; the page makes a branch when it is opened. `step` is the line that the reader stands on.
    """

    EXAMPLE = 'ExplainTree(mlsysim.Scenarios.Train405B, "carbon_t")'
    metric = traitlets.Unicode("").tag(sync=True)
    #: The metrics that may be chosen: name and words.
    choices = traitlets.List().tag(sync=True)
    #: Each line: depth, name, what it stands for, value, meaning, source, options, the line whose branch it repeats.
    lines = traitlets.List().tag(sync=True)
    sources = traitlets.List().tag(sync=True)
    #: The line that the reader stands on.
    picked = traitlets.Int(0).tag(sync=True)

    def __init__(self, subject: Any, metric: str = "", **more: Any):
        question = question_of(subject)
        if not isinstance(question, PlanQuestion):
            raise InputError("ExplainTree: it needs a plan with a model and a chip")
        self._evaluation = question.evaluation
        known = [m for m in self._evaluation.metrics if m.name not in self._evaluation.unasked]
        self._names = {name: m.name for m in known for name in (m.path, m.symbol, m.name)}
        self._steps: list[Step] = []
        super().__init__(**more)
        self.choices = [[m.name, m.words] for m in known]
        first = next((m.name for m in known if m.headline and m.lens == "performance"), "")
        self.observe(self.answer, "metric")
        self.metric = metric or first
        if self.metric not in self._names.values():
            words = self._steps[0].meaning or self.metric
            self.choices = [*self.choices, [self.metric, words]]

    @property
    def step(self) -> Step:
        """The line that the reader stands on: its value, unit, meaning and source."""
        return self._steps[self.picked]

    @traitlets.validate("metric")
    def _known(self, proposal: Any) -> str:
        name = self._names.get(proposal.value, proposal.value)
        try:
            self._evaluation.explain(name)
        except (InputError, LookupError) as error:
            raise traitlets.TraitError(str(error)) from None
        return name

    @traitlets.validate("picked")
    def _there(self, proposal: Any) -> int:
        if not 0 <= proposal.value < max(len(self._steps), 1):
            raise traitlets.TraitError(f"picked: {proposal.value} is not one of the lines")
        return proposal.value

    def recompute(self) -> None:
        self._steps = self._evaluation.explain(self.metric)
        numbers: dict[str, int] = {"": 0}
        first: dict[int, int] = {}
        lines = []
        for index, step in enumerate(self._steps):
            source = numbers.setdefault(step.source, len(numbers))
            again = first.setdefault(step.slot, index) if step.repeated else index
            if not step.repeated:
                first.setdefault(step.slot, index)
            role, meaning, options = step.role, step.meaning, step.context
            lines.append(
                [step.depth, step.name, role, shown(step), meaning, source, options, again]
            )
        self.picked = 0
        self.sources = list(numbers)
        self.lines = lines


def shown(step: Step) -> str:
    """The value of a line for people; of a column how many rows and from where to where."""
    value = step.value
    if hasattr(value, "_asdict"):
        return ", ".join(f"{key} {plain(item)}" for key, item in value._asdict().items())
    if isinstance(value, Rows) and value and all(isinstance(item, (int, float)) for item in value):
        low, high = told(min(value), step.unit), told(max(value), step.unit)
        many = f"{len(value)} rows"
        return f"{many} of {low}" if low == high else f"{many}, {low} to {high}"
    return told(value, step.unit)
