"""Wall 17, capital: what it costs, line by line."""

from __future__ import annotations

from ..core.elementwise import above
from ..core.graph import equation
from ..core.inputs import given
from ..papers import BARROSO_2018, DEEPSEEK_V3, STRUBELL_2019
from .wall import Case, Verdict, wall

DEPRECIATION = BARROSO_2018.at("sec. 6.1")
given("carbon_tax", "USD/gCO2e", r"\tau", "Price of emitted carbon, on top of every other cost")


@equation("", r"n/n_a", rises="chips", falls="accelerators_per_node")
def node_count(chips, accelerators_per_node):
    """Nodes that hold the chips."""
    return chips / accelerators_per_node


@equation(
    "USD", r"C_1 n t/T_l", DEPRECIATION, rises="chips chip_price duration", falls="chip_lifetime"
)
def chip_cost(chips, chip_price, duration, chip_lifetime):
    """Accelerators, for the share of their life that is used."""
    return chips * chip_price * duration / chip_lifetime


@equation(
    "USD",
    r"C_h n/n_a\, t/T_l",
    DEPRECIATION,
    rises="host_price node_count duration",
    falls="chip_lifetime",
)
def host_cost(node_count, host_price, duration, chip_lifetime):
    """Hosts, for the share of their life that is used."""
    return node_count * host_price * duration / chip_lifetime


@equation(
    "USD",
    r"C_n n\, t/T_l",
    DEPRECIATION,
    rises="chips network_price duration",
    falls="chip_lifetime",
)
def network_cost(chips, node_count, network_price, duration, chip_lifetime):
    """Switches, cables and optics; one node needs none."""
    return above(node_count, 1, chips * network_price * duration / chip_lifetime, 0.0)


@equation("W", r"P_d = n(P + P_h)", rises="chips tdp host_power")
def design_power(chips, tdp, host_power):
    """Power that the building must be able to supply to the machines."""
    return chips * (tdp + host_power)


@equation(
    "USD",
    r"c_b P_d t/T_b",
    BARROSO_2018.at("sec. 6.1"),
    rises="design_power building_price duration",
    falls="building_lifetime",
)
def building_cost(design_power, building_price, duration, building_lifetime):
    """Building, power supply and cooling, for the share of their life that is used."""
    return design_power * building_price * duration / building_lifetime


@equation("USD", r"c_e E", BARROSO_2018.at("sec. 6.2"), rises="energy electricity_price")
def power_cost(energy, electricity_price):
    """Electricity of machines and building."""
    return energy * electricity_price


@equation(
    "USD",
    r"x_m (C_1 n + C_h n/n_a) t",
    BARROSO_2018.at("sec. 6.2"),
    rises="maintenance_rate chip_price host_price duration",
)
def maintenance_cost(maintenance_rate, chips, chip_price, node_count, host_price, duration):
    """Repair and support, as a share of the price of the machines and time."""
    return maintenance_rate * (chips * chip_price + node_count * host_price) * duration


@equation("USD", r"c_s n t", BARROSO_2018.at("sec. 6.2"), rises="staff_cost_rate chips duration")
def staff_cost(staff_cost_rate, chips, duration):
    """People who run the machines."""
    return staff_cost_rate * chips * duration


@equation("USD", r"c_r n t", BARROSO_2018.at("sec. 6.4"), rises="rent_price chips duration")
def rent_cost(rent_price, chips, duration):
    """Accelerators at a price per hour, everything included."""
    return rent_price * chips * duration


@equation(
    "USD",
    r"\mathrm{TCO}",
    BARROSO_2018.at("sec. 6"),
    when="money=own",
    rises="chip_cost host_cost network_cost building_cost power_cost maintenance_cost staff_cost",
)
def tco(
    chip_cost, host_cost, network_cost, building_cost, power_cost, maintenance_cost, staff_cost
):
    """All cost lines; not known when a price is missing."""
    return (
        chip_cost
        + host_cost
        + network_cost
        + building_cost
        + power_cost
        + maintenance_cost
        + staff_cost
    )


@equation("USD", r"\mathrm{TCO}", when="money=rent", rises="rent_cost")
def tco(rent_cost):
    """The rent."""
    return rent_cost


@equation("USD", r"\tau K_o", rises="operational_carbon carbon_tax")
def carbon_cost(operational_carbon, carbon_tax):
    """Tax on the carbon of the electricity."""
    return operational_carbon * carbon_tax


@equation("USD", r"\mathrm{TCO} + \tau K_o", rises="tco carbon_cost")
def taxed_cost(tco, carbon_cost):
    """All costs, and the tax on the carbon of the electricity."""
    return tco + carbon_cost


@equation("USD", r"c_t", rises="tco", falls="token_rate duration utilisation")
def token_cost(tco, token_rate, duration, utilisation):
    """Cost of one token."""
    return tco / (token_rate * duration * utilisation)


@equation("USD", r"c_q", rises="tco", falls="sample_rate duration utilisation")
def sample_cost(tco, sample_rate, duration, utilisation):
    """Cost of one sample."""
    return tco / (sample_rate * duration * utilisation)


HOUR = 3600.0
wall(
    17,
    "Capital",
    "operations",
    "What does it cost?",
    belief="The price of the chips is the price of the system.",
    chart="tco",
    lab="vol2/14",
    paper=BARROSO_2018,
    verdicts=[Verdict("target", "tco", "cost")],
    symbols="tco chip_cost host_cost network_cost building_cost power_cost maintenance_cost "
    "staff_cost rent_cost token_cost sample_cost carbon_cost taxed_cost",
    cases=[
        Case(
            "rent_cost",
            {"rent_price": 2.0 / HOUR, "chips": 2048.0, "duration": 2788e3 / 2048 * HOUR},
            {},
            5.576e6,
            0.001,
            DEEPSEEK_V3.at("table 1: 2,788 thousand H800 hours at 2 USD"),
            "DeepSeek-V3's training cost, 5.576 million USD",
        ),
        Case(
            "rent_cost",
            {"rent_price": 1.46 / HOUR, "chips": 8.0, "duration": 84 * HOUR},
            {},
            981.0,
            0.001,
            STRUBELL_2019.at("table 3, upper bound; footnote: P100 at 1.46 USD/h"),
            "Transformer big on 8 P100 for 84 hours",
        ),
    ],
)
