"""Listening, sending and asking for more: joules of one answer and days of a battery, by hand and from records."""

from __future__ import annotations

from random import Random

import pytest

import mlsysim
from mlsysim.core.graph import solve
from mlsysim.core.units import convert
from mlsysim.walls import WALLS

assert WALLS  # importing them declares every equation
SOUND = {"sample_bytes": 32000.0, "protocol_growth": 1.0}


def one(symbol: str, **given: float) -> float:
    return solve((symbol,), given, {})[symbol]


def test_a_second_of_sound_by_bluetooth_is_256_kilobits_at_14_nanojoules() -> None:
    radio = mlsysim.Systems.Radios.BLE_1M["byte_energy"].value
    assert one("sent_energy", byte_energy=radio, **SOUND) == pytest.approx(256e3 * 14.4e-9)


def test_the_neural_chip_decides_at_what_mlperf_tiny_measured() -> None:
    seen = mlsysim.Literature.Energy.Syntiant_Keyword["decision_energy"]
    assert (seen.given, seen.unit, seen.kind) == (43.802, "uJ", "measured")


def test_a_battery_lasts_its_joules_over_the_watts() -> None:
    cell = convert(0.675, "Wh", "J")
    for energy, days in ((3.6864e-3, 7.63), (43.802e-6, 642), (43.802e-6 + 3.6864e-5, 349)):
        given = {"battery_energy": cell, "window_time": 1.0, "cascade_energy": energy}
        assert one("battery_lifetime", **given) / 86400 == pytest.approx(days, rel=0.002)


def test_a_cascade_between_never_and_always() -> None:
    given = {"listen_energy": 2.0, "sent_energy": 5.0}
    assert one("cascade_energy", wake_chance=0.0, **given) == 2
    assert one("cascade_energy", wake_chance=1.0, **given) == 7


def test_simulated_answers_take_the_energy_of_the_closed_form() -> None:
    chance, drawn, wake = Random(2), 100_000, 0.03
    spent = sum(1.0 + (40.0 if chance.random() < wake else 0.0) for _ in range(drawn)) / drawn
    asked = one("cascade_energy", listen_energy=1.0, wake_chance=wake, sent_energy=40.0)
    assert spent == pytest.approx(asked, abs=3 * 40 * (wake * (1 - wake) / drawn) ** 0.5)
