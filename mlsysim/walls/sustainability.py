"""Wall 18, sustainability: how much energy, carbon and water."""

from __future__ import annotations

from ..core.elementwise import maximum, minimum
from ..core.graph import constant, equation
from ..papers import GREEN_GRID_2011, GUPTA_2022, ML_ENERGY_2025, PATTERSON_2021
from .wall import Case, Verdict, wall

FIT = ML_ENERGY_2025.at("leaderboard v3, 20 rows on H100 and B200: median error 1.11 in power")
constant(
    "draw_floor",
    0.65,
    "",
    r"u_0",
    FIT,
    "Power of a busy accelerator over its design power, before its arithmetic",
    "estimate",
)
constant(
    "draw_per_mfu",
    1.25,
    "",
    r"u_c",
    FIT,
    "Added power over design power per share of the peak rate",
    "estimate",
)
constant(
    "draw_per_mbu",
    0.21,
    "",
    r"u_m",
    FIT,
    "Added power over design power per share of the bandwidth",
    "estimate",
)
constant(
    "idle_draw_share",
    0.10,
    "",
    r"u_i",
    FIT.at("idle H100 and A100 read 50 to 70 W"),
    "Power of an idle accelerator over its design power",
    "estimate",
)


@equation("", r"u = \min(1, u_0 + u_c\,\mathrm{MFU} + u_m\,\mathrm{MBU})", FIT, rises="mfu mbu")
def draw_share(draw_floor, draw_per_mfu, draw_per_mbu, mfu, mbu):
    """Power of a busy accelerator over its design power."""
    return minimum(draw_floor + draw_per_mfu * mfu + draw_per_mbu * mbu, 1)


@equation("W", r"P_c = P (u x + u_i (1-x))", rises="tdp draw_share")
def chip_power(tdp, draw_share, idle_draw_share, utilisation):
    """Mean power of one accelerator, busy for a share of the time."""
    return tdp * (draw_share * utilisation + idle_draw_share * (1 - utilisation))


@equation("W", r"P_h = P_n/n_a - P", rises="node_power", falls="tdp")
def host_power(node_power, accelerators_per_node, tdp):
    """Power of processors, memory, network and fans for one accelerator."""
    return maximum(node_power / accelerators_per_node - tdp, 0.0)


@equation("W", r"P_{it} = n (P_c + P_h)", rises="chips chip_power host_power")
def it_power(chips, chip_power, host_power):
    """Mean power of all machines."""
    return chips * (chip_power + host_power)


@equation("J", r"E_{it} = P_{it} t", PATTERSON_2021.at("sec. 2.1"), rises="it_power duration")
def it_energy(it_power, duration):
    """Energy of the machines."""
    return it_power * duration


@equation("J", r"E = E_{it}\,\mathrm{PUE}", PATTERSON_2021.at("sec. 2.1"), rises="it_energy pue")
def energy(it_energy, pue):
    """Energy of machines and building."""
    return it_energy * pue


@equation(
    "gCO2e", r"K_o = E I", PATTERSON_2021.at("sec. 2.1"), rises="energy grid_carbon_intensity"
)
def operational_carbon(energy, grid_carbon_intensity):
    """Carbon of the electricity, by the grid's own intensity."""
    return energy * grid_carbon_intensity


@equation(
    "gCO2e",
    r"K_e = n K_1 t/T_l",
    GUPTA_2022.at("eq. 1"),
    rises="chips chip_embodied_carbon duration",
    falls="chip_lifetime",
)
def embodied_carbon(chips, chip_embodied_carbon, duration, chip_lifetime):
    """Carbon of making the accelerators, for the share of their life that is used."""
    return chips * chip_embodied_carbon * duration / chip_lifetime


@equation("m**3", r"V = E_{it}\,\mathrm{WUE}", GREEN_GRID_2011.at("eq. 1"), rises="it_energy wue")
def water(it_energy, wue):
    """Water on site, per energy of the machines and not of the building."""
    return it_energy * wue


@equation(
    "J", r"e_t", PATTERSON_2021.at("sec. 2.1"), rises="it_power pue", falls="token_rate utilisation"
)
def token_energy(it_power, pue, token_rate, utilisation):
    """Energy of one token."""
    return it_power * pue / (token_rate * utilisation)


@equation(
    "J",
    r"e_s",
    PATTERSON_2021.at("sec. 2.1"),
    rises="it_power pue",
    falls="sample_rate utilisation",
)
def sample_energy(it_power, pue, sample_rate, utilisation):
    """Energy of one sample."""
    return it_power * pue / (sample_rate * utilisation)


HOUR = 3600.0
wall(
    18,
    "Sustainability",
    "operations",
    "How much energy, carbon and water?",
    belief="Efficient chips make a small footprint, wherever they run.",
    chart="carbon",
    lab="vol2/15",
    paper=PATTERSON_2021,
    verdicts=[Verdict("target", "operational_carbon", "carbon")],
    symbols="operational_carbon energy it_energy water embodied_carbon token_energy sample_energy "
    "chip_power host_power",
    cases=[
        Case(
            "energy",
            {"it_energy": 10000 * 330.0 * 14.8 * 24 * HOUR, "pue": 1.1},
            {},
            1287e6 * HOUR,
            0.01,
            PATTERSON_2021.at("table 4, GPT-3: 10,000 V100 at 330 W for 14.8 days"),
            "GPT-3's training energy, 1,287 MWh",
        ),
        Case(
            "operational_carbon",
            {"energy": 1287e6 * HOUR, "grid_carbon_intensity": 0.429 / HOUR},
            {},
            552.1e6,
            0.005,
            PATTERSON_2021.at("table 4, GPT-3: 0.429 kg/kWh"),
            "GPT-3's training carbon, 552.1 t",
        ),
    ],
)
