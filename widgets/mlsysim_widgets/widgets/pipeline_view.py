"""A pipeline's step in time: what each stage does, where it idles, and what it must keep."""

from __future__ import annotations

from typing import Any

import traitlets

from mlsysim import WALLS, InputError
from mlsysim.core.graph import solve
from mlsysim.core.text import plain

from ..hover import percent
from ..schedule import FORWARD, idle_share, order, schedule
from .base import Widget

#: The most of each count, and of blocks, that make a picture.
LIMITS = {"pp": 32, "microbatches": 128, "virtual_stages": 8}
MOST = 4096
WORDS = {"pp": "stages", "microbatches": "micro-batches", "virtual_stages": "pieces on a stage"}


class PipelineView(Widget):
    """See the bubble of a pipeline as stages, micro-batches and pieces of a stage change.

    `PipelineView(pp, microbatches, virtual_stages)`: the edges of the picture are dragged, or the arrow keys used.
    """

    EXAMPLE = "PipelineView(4, 8)"
    #: What the page sends.
    pp = traitlets.Int(4).tag(sync=True)
    microbatches = traitlets.Int(8).tag(sync=True)
    virtual_stages = traitlets.Int(1).tag(sync=True)
    #: The most of each.
    limits = traitlets.Dict(LIMITS).tag(sync=True)
    #: What is drawn: counts, the end of the step, micro-batches kept by each stage, and blocks:
    #: stage, start, end, micro-batch, chunk, backward.
    picture = traitlets.Dict().tag(sync=True)
    #: The answer: text, and the shares in it.
    marker = traitlets.Dict().tag(sync=True)

    def __init__(
        self, pp: int = 4, microbatches: int = 8, virtual_stages: int = 1, **more: Any
    ) -> None:
        super().__init__(**more)
        self.pp, self.microbatches, self.virtual_stages = pp, microbatches, virtual_stages
        self.observe(self.answer, list(LIMITS))
        self.recompute()

    @traitlets.validate(*LIMITS)
    def _counted(self, proposal: Any) -> int:
        name, value = proposal.trait.name, proposal.value
        if not 1 <= value <= LIMITS[name]:
            raise traitlets.TraitError(
                f"{name}: {value} {WORDS[name]} are not from 1 to {LIMITS[name]}"
            )
        return value

    def recompute(self) -> None:
        counts = {name: getattr(self, name) for name in LIMITS}
        blocks = 2 * self.pp * self.microbatches * self.virtual_stages
        if blocks > MOST:
            said = " x ".join(f"{count} {WORDS[name]}" for name, count in counts.items())
            self.marker = {**self.marker, "counts": list(counts.values())}
            raise InputError(f"{said}: {blocks:,} blocks are more than the {MOST:,} of a picture")
        made = schedule(*counts.values())
        kept = [held(stage, *counts.values()) for stage in range(self.pp)]
        self.picture = {
            **counts,
            "end": max(block.end for block in made),
            "held": kept,
            "blocks": [
                [
                    b.stage,
                    round(b.start, 4),
                    round(b.end, 4),
                    b.microbatch,
                    b.chunk,
                    int(b.kind != FORWARD),
                ]
                for b in made
            ],
        }
        self.marker = self._said(counts, kept, idle_share(made))

    def _said(self, counts: dict[str, int], kept: list[float], drawn: float) -> dict[str, Any]:
        assert WALLS  # declares the equations
        share = solve(["bubble_share"], counts)["bubble_share"]
        text = (
            f"{_counted('stage', self.pp)} and {_counted('micro-batch', self.microbatches)}: "
            f"idle for {percent(share, 1)} of the working time. "
            f"Stage 1 keeps the activations of {plain(kept[0])} micro-batches"
            f"{f', stage {self.pp} of {plain(kept[-1])}' if self.pp > 1 else ''}."
        )
        if drawn > share + 1e-9:
            text += (
                f" As drawn it idles for {percent(drawn, 1)}: {self.microbatches} micro-batches "
                f"are no multiple of {self.pp} stages."
            )
        return {"text": text, "bubble": share, "drawn": drawn, "counts": list(counts.values())}


def held(stage: int, pp: int, microbatches: int, virtual_stages: int = 1) -> float:
    """The most micro-batches whose activations a stage keeps at once; a piece of a stage counts as its part."""
    now = most = 0
    for kind, _, _ in order(stage, pp, microbatches, virtual_stages):
        now += 1 if kind == FORWARD else -1
        most = max(most, now)
    return most / virtual_stages


def _counted(word: str, count: int) -> str:
    return f"{count} {word}{'' if count == 1 else 'es' if word.endswith('ch') else 's'}"
