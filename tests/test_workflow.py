"""How a team works through its loop, held to the laws that the equations restate."""

from __future__ import annotations

from math import inf

import pytest

from mlsysim.core.graph import solve
from mlsysim.walls import workflow as workflow  # it declares the equations

LUCK = {"success_chance": 0.1, "cut_share": 0.05}
HOURS = (40.0, 200.0, 160.0, 80.0, 40.0, 40.0)


def ask(symbol: str, **given: object) -> float:
    return solve((symbol,), given, {})[symbol]


@pytest.mark.parametrize("growth", [1.0, 2.0, 36.6, inf])
def test_where_people_stay_as_slow_the_gain_is_amdahls(growth: float) -> None:
    own = {"people_time": 1800.0, "run_time": 2700.0, "people_growth": 1.0, "run_growth": growth}
    step = {"memory_time": 1800.0, "compute_time": 2700.0, "rate_growth": growth}
    assert ask("loop_gain", **own) == pytest.approx(ask("growth_speedup", **step), rel=1e-12)


def test_both_parts_faster_by_as_much_is_a_loop_faster_by_as_much() -> None:
    own = {"people_time": 1800.0, "run_time": 2700.0, "people_growth": 4.0, "run_growth": 4.0}
    assert ask("loop_gain", **own) == pytest.approx(4.0)


def test_after_the_excess_loops_the_two_teams_are_level() -> None:
    more = ask("excess_loops", start_error_share=0.10, rival_error_share=0.05, **LUCK)
    ends = [
        ask("loop_error_share", start_error_share=start, period_loops=loops, **LUCK)
        for start, loops in ((0.05, 13.0), (0.10, 13.0 + more))
    ]
    assert ends[0] == pytest.approx(ends[1], rel=1e-12)


def test_loops_that_never_succeed_never_close_a_gap() -> None:
    never = {"success_chance": 0.0, "cut_share": 0.05}
    assert ask("excess_loops", start_error_share=0.1, rival_error_share=0.05, **never) == inf


def redone(limit: int, found: int, kept: int = -1) -> float:
    rows = tuple((float(i), hours, float(i == kept)) for i, hours in enumerate(HOURS))
    given = {"work_stages": rows, "limit_step": float(limit), "found_step": float(found)}
    return ask("redone_work_time", **given)


@pytest.mark.parametrize("limit", range(len(HOURS)))
@pytest.mark.parametrize("found", range(len(HOURS)))
def test_what_is_redone_is_a_walk_from_the_limit_to_where_it_is_found(
    limit: int, found: int
) -> None:
    assert redone(limit, found) == sum(HOURS[limit : found + 1])


def test_a_stage_that_is_kept_lowers_the_price_by_exactly_its_own_hours() -> None:
    assert redone(2, 5) - redone(2, 5, kept=3) == HOURS[3]
    assert redone(2, 5) == redone(2, 5, kept=0)
