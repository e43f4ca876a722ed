"""Layer C: where a system stands: its grid, its building, its prices."""

from __future__ import annotations

from ..core.records import RecordType, field

GRID = RecordType(
    "Grid",
    "C",
    "An electricity grid or region",
    (
        field("grid_carbon_intensity", "gCO2e/J", r"I", "Carbon of a unit of electricity"),
        field("electricity_price", "USD/J", r"c_e", "Price of a unit of electricity"),
        field("low_carbon_share", "", r"x_l", "Share of low-carbon generation"),
        field("renewables_share", "", r"x_r", "Share of renewable generation"),
        field("carbon_free_share", "", r"x_0", "Share of hours or energy that is carbon free"),
        field("data_year", "", "y", "Year of the data"),
    ),
    {
        "basis": ("life-cycle", "operational"),
        "country": (),
        "provider": (),
        "location": (),
        "aliases": (),
    },
)
FACILITY = RecordType(
    "Facility",
    "C",
    "A data centre or an operator's fleet of them",
    (
        field("pue", "", r"\mathrm{PUE}", "Energy of the building over energy of the machines"),
        field("wue", "m**3/J", r"\mathrm{WUE}", "Water on site per unit of energy of the machines"),
        field(
            "offsite_wue",
            "m**3/J",
            r"\mathrm{WUE}_{off}",
            "Water at the power plants per unit of energy",
        ),
        field("building_price", "USD/W", r"c_b", "Price of the building per watt of the machines"),
        field("building_lifetime", "s", r"T_b", "Years over which the building is paid"),
        field("staff_cost_rate", "USD/s", r"c_s", "Staff for one accelerator and time"),
        field(
            "maintenance_rate",
            "1/s",
            r"x_m",
            "Maintenance of a year over the price of the machines",
        ),
        field("chip_lifetime", "s", r"T_l", "Years over which the machines are paid"),
    ),
    {"operator": (), "location": (), "aliases": ()},
)
