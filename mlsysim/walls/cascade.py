"""A device that listens, and asks for more only when something wakes it: energy of an answer, days of a battery."""

from __future__ import annotations

from ..core.graph import Paper, equation
from ..core.inputs import given
from . import ingestion as ingestion  # it declares the size of a sample

PARK_2015 = Paper(
    "Park et al.",
    2015,
    "Big/Little Deep Neural Network for Ultra Low Power Inference",
    "doi:10.1109/CODESISSS.2015.7331375",
)
given("protocol_growth", "", r"g", "Energy of a transfer over that of its payload alone")
given("listen_energy", "J", r"E_l", "Energy of one decision on the device")
given("wake_chance", "", r"p_w", "Share of the decisions that ask for more")
given("window_time", "s", r"T", "Time from one decision to the next")


@equation("J", r"E_s = g\,e_B\,b", rises="byte_energy sample_bytes protocol_growth")
def sent_energy(byte_energy, sample_bytes, protocol_growth):
    """Energy to send one sample by radio."""
    return protocol_growth * byte_energy * sample_bytes


@equation(
    "J",
    r"E_l + p_w E_s",
    PARK_2015.at("abstract: the little network runs first, the big one where that is not enough"),
    rises="listen_energy wake_chance sent_energy",
)
def cascade_energy(listen_energy, wake_chance, sent_energy):
    """Energy of one decision: the small device always, the large one when it is woken."""
    return listen_energy + wake_chance * sent_energy


@equation("s", r"E_b T/E", rises="battery_energy window_time", falls="cascade_energy")
def battery_lifetime(battery_energy, window_time, cascade_energy):
    """Time that a battery lasts at one decision after another, nothing else drawn."""
    return battery_energy * window_time / cascade_energy
