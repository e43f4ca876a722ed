"""Which micro-batch a pipeline works on, where and when: one forward, one backward, plain or interleaved.

The order of each stage is fixed (Narayanan 2021, sec. 2.2); a block starts when its stage is free and what it needs is
there. Hand-overs take no time of their own.
"""

from __future__ import annotations

from typing import NamedTuple

from mlsysim import InputError

FORWARD, BACKWARD = "forward", "backward"
#: Blocks that a schedule may have; more is no picture.
MOST = 200_000


class Block(NamedTuple):
    """A micro-batch in one piece of the model on one stage, from start to end."""

    stage: int
    start: float
    end: float
    microbatch: int
    chunk: int
    kind: str


Task = tuple[str, int, int]  # kind, micro-batch, chunk


def schedule(
    pp: int, microbatches: int, virtual_stages: int = 1, forward: float = 1.0, backward: float = 2.0
) -> list[Block]:
    """The blocks of one step as they start. `forward` and `backward` are what a whole stage takes for a micro-batch."""
    counts = {"pp": pp, "microbatches": microbatches, "virtual_stages": virtual_stages}
    for name, count in counts.items():
        if isinstance(count, bool) or count != int(count) or count < 1:
            raise InputError(f"{name}: {count!r} is not a whole number from 1")
    for name, time in (("forward", forward), ("backward", backward)):
        if not 0 < time < float("inf"):
            raise InputError(f"{name}: {time!r} must be above 0")
    pp, microbatches, virtual_stages = int(pp), int(microbatches), int(virtual_stages)
    if pp * microbatches * virtual_stages * 2 > MOST:
        raise InputError(f"schedule: more than {MOST:,} blocks")
    times = {FORWARD: forward / virtual_stages, BACKWARD: backward / virtual_stages}
    orders = [order(stage, pp, microbatches, virtual_stages) for stage in range(pp)]
    return _placed(orders, virtual_stages, times)


def order(stage: int, pp: int, microbatches: int, virtual_stages: int = 1) -> list[Task]:
    """What a stage does, one after the other: some forward, then one forward and one backward in turn, then the rest.

    Interleaved stages take as many micro-batches as there are stages through a piece, then through the next; places
    that a last group leaves empty are passed over.
    """
    groups = range(0, microbatches, pp if virtual_stages > 1 else 1)
    size = groups.step
    ahead = [(g + i, chunk) for g in groups for chunk in range(virtual_stages) for i in range(size)]
    back = [(microbatch, virtual_stages - 1 - chunk) for microbatch, chunk in ahead]
    first = pp - stage - 1
    if virtual_stages > 1:
        first = 2 * first + (virtual_stages - 1) * pp
    first = min(first, len(ahead))
    result = [(FORWARD, *task) for task in ahead[:first]]
    for there, here in zip(ahead[first:], back):
        result += [(FORWARD, *there), (BACKWARD, *here)]
    result += [(BACKWARD, *task) for task in back[len(ahead) - first :]]
    return [task for task in result if task[1] < microbatches]


def _placed(orders: list[list[Task]], chunks: int, times: dict[str, float]) -> list[Block]:
    """Every task at its time: each stage in its order, each task after what it needs."""
    done: dict[tuple[int, Task], float] = {}
    free, at = [0.0] * len(orders), [0] * len(orders)
    blocks: list[Block] = []
    total = sum(map(len, orders))
    while len(blocks) < total:
        before = len(blocks)
        for stage, tasks in enumerate(orders):
            while at[stage] < len(tasks):
                task = tasks[at[stage]]
                need = _need(stage, task, len(orders), chunks)
                if need is not None and need not in done:
                    break
                start = max(free[stage], done[need] if need else 0.0)
                end = done[stage, task] = free[stage] = start + times[task[0]]
                blocks.append(Block(stage, start, end, task[1], task[2], task[0]))
                at[stage] += 1
        if len(blocks) == before:
            raise RuntimeError("no stage can go on")  # the tests try every small pipeline
    return sorted(blocks, key=lambda block: (block.start, block.stage))


def _need(stage: int, task: Task, stages: int, chunks: int) -> tuple[int, Task] | None:
    """What must be done before a task: the piece of the model before it, or after it on the way back."""
    kind, microbatch, chunk = task
    step = 1 if kind == FORWARD else -1
    place = chunk * stages + stage - step
    if 0 <= place < stages * chunks:
        return place % stages, (kind, microbatch, place // stages)
    return None if kind == FORWARD else (stage, (FORWARD, microbatch, chunk))


def idle_share(blocks: list[Block]) -> float:
    """Idle time of all stages over their working time, from the start of the step to its end."""
    stages = 1 + max(block.stage for block in blocks)
    work = sum(block.end - block.start for block in blocks)
    return stages * max(block.end for block in blocks) / work - 1.0
