"""Charts of steps, links and pipelines: their numbers are those of the core."""

from __future__ import annotations

from itertools import pairwise

import pytest
from mlsysim_widgets.schedule import BACKWARD, FORWARD, idle_share, schedule

from mlsysim import WALLS, InputError
from mlsysim.core.graph import solve

pytestmark = pytest.mark.native


# ---- the schedule
def bubble(pp: int, microbatches: int, virtual_stages: int) -> float:
    assert WALLS  # declares the equations
    given = {"pp": pp, "microbatches": microbatches, "virtual_stages": virtual_stages}
    return solve(["bubble_share"], given)["bubble_share"]


@pytest.mark.parametrize("times", [(1.0, 2.0), (1.0, 1.0), (0.7, 2.1)])
@pytest.mark.parametrize("pp", [1, 2, 3, 4, 8])
def test_idle_time_of_a_schedule_is_the_bubble_of_the_core(pp, times):
    for microbatches in range(1, 20):
        idle = idle_share(schedule(pp, microbatches, 1, *times))
        assert idle == pytest.approx(bubble(pp, microbatches, 1), abs=1e-9)
    for virtual_stages in (2, 3, 4):
        for microbatches in (pp, 2 * pp, 5 * pp):  # what interleaving is made for
            idle = idle_share(schedule(pp, microbatches, virtual_stages, *times))
            expected = bubble(pp, microbatches, virtual_stages)
            assert idle == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("virtual_stages", [1, 2, 3])
@pytest.mark.parametrize("pp", [1, 2, 4, 5])
def test_a_schedule_runs_every_piece_once_and_in_order(pp, virtual_stages):
    for microbatches in range(1, 14):
        blocks = schedule(pp, microbatches, virtual_stages)
        at = {(b.kind, b.microbatch, b.chunk * pp + b.stage): b for b in blocks}
        assert len(at) == len(blocks) == 2 * pp * virtual_stages * microbatches
        for (kind, microbatch, place), block in at.items():
            before = (kind, microbatch, place + (-1 if kind == FORWARD else 1))
            if before in at:
                assert at[before].end <= block.start + 1e-9
            elif kind == BACKWARD:
                assert at[FORWARD, microbatch, place].end <= block.start + 1e-9
        for stage in range(pp):
            own = [b for b in blocks if b.stage == stage]
            assert all(a.end <= b.start + 1e-9 for a, b in pairwise(own))
        assert idle_share(blocks) >= bubble(pp, microbatches, virtual_stages) - 1e-9


@pytest.mark.parametrize(
    ("counts", "said"),
    [((0, 4), "pp: 0"), ((2, 1.5), "microbatches: 1.5"), ((1000, 1000), "more than 200,000")],
)
def test_a_schedule_refuses_what_is_none(counts, said):
    with pytest.raises(InputError, match=said):
        schedule(*counts)
