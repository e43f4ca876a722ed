"""Heat: one warm body that stores heat and sheds it, until its limit holds the power down."""

from __future__ import annotations

from ..core.elementwise import above, exp, log, minimum, over
from ..core.graph import Paper, equation
from ..core.inputs import given

INCROPERA_2002 = Paper(
    "Incropera and DeWitt",
    2002,
    "Fundamentals of Heat and Mass Transfer, 5th edition",
    "ISBN 978-0-471-38650-6",
)
LUMPED = INCROPERA_2002.at("ch. 5, an electronic device on a heat sink")
given("heat_power", "W", r"P", "Power that a device turns into heat")
given("thermal_resistance", "K/W", r"R_\theta", "Rise for each watt, when it rises no further")
given("heat_capacitance", "J/K", r"C_\theta", "Heat that warms a device by one kelvin")
given("heat_room", "K", r"\Delta T", "Rise above the air that a device may have")


@equation("s", r"\tau = R_\theta C_\theta", LUMPED, rises="thermal_resistance heat_capacitance")
def heating_time(thermal_resistance, heat_capacitance):
    """Time in which a device comes within 1/e of where its temperature settles."""
    return thermal_resistance * heat_capacitance


@equation(
    "K",
    r"P R_\theta\,(1 - e^{-t/\tau})",
    LUMPED,
    rises="heat_power thermal_resistance duration",
    falls="heating_time",
)
def temperature_rise(heat_power, thermal_resistance, heating_time, duration):
    """Rise above the air after a time of constant power, from cold."""
    return heat_power * thermal_resistance * (1 - exp(-duration / heating_time))


@equation(
    "",
    r"\min\left(1, \frac{\Delta T}{P R_\theta}\right)",
    LUMPED,
    rises="heat_room",
    falls="heat_power thermal_resistance",
)
def sustained_share(heat_room, heat_power, thermal_resistance):
    """Share of its power that a device keeps for ever: what it sheds at its limit."""
    return minimum(1.0, over(heat_room, heat_power * thermal_resistance))


@equation(
    "s",
    r"-\tau\ln\left(1 - \frac{\Delta T}{P R_\theta}\right)",
    LUMPED,
    rises="heating_time sustained_share",
)
def throttle_time(heating_time, sustained_share):
    """Time of constant power, from cold, until the limit is reached; for ever where it never is."""
    return heating_time * log(over(1.0, 1 - sustained_share))


@equation(
    "",
    r"\frac{t' + s\,(t - t')}{t},\ t' = \min(t, t_\theta)",
    rises="throttle_time sustained_share",
)
def scored_share(duration, throttle_time, sustained_share):
    """Share of full speed that a run of such a length reports, if speed follows power."""
    full = minimum(duration, throttle_time)
    return (full + sustained_share * (duration - full)) / duration


def stepped(heat_power, thermal_resistance, heat_capacitance, heat_room, seconds, step=1.0):
    """Rise and share of power at every step from cold: full power below the limit, there what is shed."""
    rise, kept, rows = 0.0, heat_room / thermal_resistance, []
    for _ in range(int(seconds / step) + 1):
        power = above(heat_room, rise, heat_power, minimum(heat_power, kept))
        rows.append((rise, power / heat_power))
        warmer = rise + step * (power - rise / thermal_resistance) / heat_capacitance
        rise = minimum(warmer, heat_room)
    return rows
