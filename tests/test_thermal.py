"""The heat of one body: its limits, its sums, and the same curve stepped second by second."""

from __future__ import annotations

from math import exp, inf

import pytest

from mlsysim.core.graph import solve
from mlsysim.walls.thermal import stepped

FANLESS = {"heat_power": 8.0, "thermal_resistance": 4.0, "heat_capacitance": 30.0}
ASKED = ("throttle_time", "sustained_share")


def heated(*symbols: str, **given: float) -> dict[str, float]:
    return solve(symbols, {**FANLESS, "heat_room": 20.0, **given}, {})


def test_a_device_on_a_heat_sink_warms_as_in_the_textbook() -> None:
    # 60 W settle 80 K above the air; 0.31 kg of aluminium at 918 J/(kg K); five minutes after it is switched on
    sink = {"heat_power": 60.0, "thermal_resistance": 80 / 60, "heat_capacitance": 0.31 * 918}
    rise = heated("temperature_rise", **sink, duration=300.0)["temperature_rise"]
    assert rise == pytest.approx(80 * (1 - exp(-300 / (80 / 60 * 0.31 * 918))))
    settled = heated("temperature_rise", **sink, duration=1e5)["temperature_rise"]
    assert settled == pytest.approx(80.0)


def test_after_one_heating_time_63_percent_of_the_rise_is_done() -> None:
    own = heated("heating_time", "temperature_rise", duration=120.0)
    assert own["heating_time"] == pytest.approx(120.0)
    assert own["temperature_rise"] / (8.0 * 4.0) == pytest.approx(0.632, abs=5e-4)


def test_at_the_time_of_the_limit_the_rise_is_the_room() -> None:
    late = heated(*ASKED)["throttle_time"]
    rise = heated("temperature_rise", duration=late)["temperature_rise"]
    assert rise == pytest.approx(20.0)


def test_a_device_that_sheds_what_it_draws_never_slows() -> None:
    assert heated(*ASKED, heat_power=5.0) == {"throttle_time": inf, "sustained_share": 1.0}
    assert heated("scored_share", heat_power=5.0, duration=600.0)["scored_share"] == 1.0


def test_a_device_with_no_room_slows_at_once_and_to_nothing() -> None:
    assert heated(*ASKED, heat_room=0.0) == {"throttle_time": 0.0, "sustained_share": 0.0}


@pytest.mark.parametrize("power", [3.0, 6.0, 8.0, 15.0])
def test_steps_of_a_second_follow_the_closed_form(power: float) -> None:
    own = {**FANLESS, "heat_power": power}
    rows, room = stepped(**own, heat_room=20.0, seconds=600), 20.0
    late = heated(*ASKED, heat_power=power)
    for second in (30, 60, 120, 300, 600):
        closed = heated("temperature_rise", heat_power=power, duration=float(second))
        expected = min(closed["temperature_rise"], room)
        assert rows[second][0] == pytest.approx(expected, rel=0.005)
    slowed = [second for second, (_, share) in enumerate(rows) if share < 1]
    assert rows[-1][1] == pytest.approx(late["sustained_share"], rel=0.005)
    assert bool(slowed) == (late["throttle_time"] < 600)
    if slowed:
        assert slowed[0] == pytest.approx(late["throttle_time"], abs=1.0)


@pytest.mark.parametrize("length", [60.0, 118.0, 300.0, 600.0])
def test_the_score_of_a_run_is_the_mean_of_its_seconds(length: float) -> None:
    rows = stepped(**FANLESS, heat_room=20.0, seconds=length, step=0.1)[:-1]
    score = heated("scored_share", duration=length)["scored_share"]
    assert sum(share for _, share in rows) / len(rows) == pytest.approx(score, rel=0.005)
