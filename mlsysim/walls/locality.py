"""Wall 10, locality: what the topology and the distance leave of a link."""

from __future__ import annotations

from ..core.elementwise import log2, maximum, minimum, over
from ..core.graph import Paper, constant, equation, option
from ..core.inputs import given
from .wall import Case, Verdict, wall

DALLY_2004 = Paper(
    "Dally and Towles", 2004, "Principles and Practices of Interconnection Networks", "Elsevier"
)
LEISERSON_1985 = Paper(
    "Leiserson", 1985, "Fat-Trees: Universal Networks", "doi:10.1109/TC.1985.6312192"
)
ALFARES_2008 = Paper(
    "Al-Fares, Loukissas and Vahdat",
    2008,
    "A Scalable, Commodity Data Center Network Architecture",
    "doi:10.1145/1402958.1402967",
)
KIM_2008 = Paper(
    "Kim et al.",
    2008,
    "Technology-Driven, Highly-Scalable Dragonfly Topology",
    "doi:10.1109/ISCA.2008.19",
)
WANG_2023 = Paper("Wang et al.", 2023, "Rail-only", "arXiv:2307.12169")
SI_2019 = Paper("BIPM", 2019, "The International System of Units, 9th edition", "SI Brochure")
CORNING = Paper("Corning", 2014, "SMF-28e+ optical fiber", "product information")
TPU_PAGES = Paper("Google", 2026, "Cloud TPU documentation", "v5e and v6e pages")
ITU_2003 = Paper("ITU-T", 2003, "One-way transmission time", "Recommendation G.114")
TORUS, CUT = DALLY_2004.at("ch. 5, torus networks"), DALLY_2004.at("sec. 3.1")
DRAGONFLY, TREE = KIM_2008.at("sec. 3.1, a = 2p = 2h"), ALFARES_2008.at("sec. 2.2")
GRID = "topology=ring|torus2d|torus3d|hypercube"
given("fabric_nodes", "", r"N", "Chips or hosts that the fabric joins")
given("cable_length", "m", r"\ell", "Length of the way through the cables")
option("topology", "fat-tree", "rail", "dragonfly", "ring", "torus2d", "torus3d", "hypercube")
constant(
    "light_speed", 299792458.0, "m/s", r"c", SI_2019.at("sec. 2.2"), "Speed of light in vacuum"
)
constant(
    "fibre_index",
    1.4682,
    "",
    r"n_g",
    CORNING.at("effective group index at 1,550 nm"),
    "Speed of light in vacuum over that in fibre",
)


# ---- shapes
@equation("", r"d = 1", when="topology=ring")
def fabric_dims():
    """Dimensions of a ring."""
    return 1.0


@equation("", r"d = 2", when="topology=torus2d")
def fabric_dims():
    """Dimensions of a flat torus."""
    return 2.0


@equation("", r"d = 3", when="topology=torus3d")
def fabric_dims():
    """Dimensions of a torus in space."""
    return 1.0 + 2


@equation("", r"d = \log_2 N", TORUS, when="topology=hypercube", rises="fabric_nodes")
def fabric_dims(fabric_nodes):
    """Dimensions of a hypercube, a torus with sides of two."""
    return log2(fabric_nodes)


@equation("", r"k = N^{1/d}", TORUS, rises="fabric_nodes", falls="fabric_dims")
def torus_side(fabric_nodes, fabric_dims):
    """Nodes along one side of a torus of equal sides."""
    return fabric_nodes ** over(1, fabric_dims)


@equation("", r"p = (n_p + 1)/4", DRAGONFLY, rises="switch_ports")
def router_nodes(switch_ports):
    """Nodes on one router of a balanced dragonfly, whose groups have twice as many routers."""
    return (switch_ports + 1) / 2 / 2


@equation("", r"n_p^3/4", TREE, when="topology=fat-tree", rises="switch_ports")
def fabric_limit(switch_ports):
    """Most nodes that three levels of equal switches join at full bandwidth."""
    return switch_ports * (switch_ports / 2) ** 2


@equation("", r"2p^2(2p^2+1)", DRAGONFLY, when="topology=dragonfly", rises="router_nodes")
def fabric_limit(router_nodes):
    """Most nodes that a balanced dragonfly joins."""
    return 2 * router_nodes**2 * (2 * router_nodes**2 + 1)


# ---- bandwidth: what is left to each node when all send across the middle
@equation("", r"y = 1", LEISERSON_1985.at("abstract"), when="topology=fat-tree|rail")
def bisection_share():
    """Share of the bandwidth of half the nodes that crosses the middle: switches without loss give all."""
    return 1.0


@equation("", r"y = \min(1, 2/(dk))", TORUS, when=GRID, falls="fabric_dims torus_side")
def bisection_share(fabric_dims, torus_side):
    """Share of the bandwidth of half the nodes, each with 2d links, that crosses the middle of a torus."""
    return minimum(over(2, fabric_dims * torus_side), 1.0)


@equation("", r"g = N/(2p^2)", DRAGONFLY, rises="fabric_nodes", falls="router_nodes")
def fabric_groups(fabric_nodes, router_nodes):
    """Groups of a balanced dragonfly."""
    return fabric_nodes / (2 * router_nodes**2)


@equation(
    "",
    r"y = \min\left(1, \frac{g}{2(g-1)}\right)",
    DRAGONFLY,
    when="topology=dragonfly",
    falls="fabric_groups",
)
def bisection_share(fabric_groups):
    """Share of the bandwidth of half the nodes that crosses the middle: about half, on global links."""
    return minimum(over(fabric_groups, 2 * (fabric_groups - 1)), 1.0)


@equation(
    "byte/s", r"B_l y/o", CUT, rises="link_bandwidth bisection_share", falls="oversubscription"
)
def effective_bandwidth(link_bandwidth, bisection_share, oversubscription):
    """Bandwidth that each node keeps when all of them send across the middle."""
    return link_bandwidth * bisection_share / oversubscription


@equation("byte/s", r"\frac{N}{2} B_l y/o", CUT, rises="fabric_nodes effective_bandwidth")
def bisection_bandwidth(fabric_nodes, effective_bandwidth):
    """Bandwidth between two halves of the fabric, one direction."""
    return fabric_nodes / 2 * effective_bandwidth


# ---- hops between switches, or between the chips of a network without switches
@equation("", r"d k/4", TORUS, when=GRID, rises="fabric_dims torus_side")
def mean_hops(fabric_dims, torus_side):
    """Links on the shortest way, on average, where sides have an even length."""
    return fabric_dims * torus_side / 2 / 2


@equation(
    "",
    r"2\left(1 - \frac{n_p}{2N}\right) + 2\left(1 - \frac{n_p^2}{4N}\right)",
    TREE,
    when="topology=fat-tree",
    rises="fabric_nodes",
    falls="switch_ports",
)
def mean_hops(fabric_nodes, switch_ports):
    """Links between switches on the way, on average: up and down one level to leave a switch, two a pod."""
    leaf = switch_ports / 2
    return 2 * maximum(1 - leaf / fabric_nodes, 0.0) + 2 * maximum(1 - leaf**2 / fabric_nodes, 0.0)


@equation(
    "",
    r"2\left(1 - \frac{n_a n_p}{2N}\right) + 1 - \frac{1}{n_a}",
    WANG_2023.at("sec. 3"),
    when="topology=rail",
    rises="fabric_nodes",
    falls="switch_ports",
)
def mean_hops(fabric_nodes, switch_ports, accelerators_per_node):
    """Links between switches on the way, on average, and a hop inside a node to change rails."""
    joined = accelerators_per_node * switch_ports / 2
    return 2 * maximum(1 - joined / fabric_nodes, 0.0) + 1 - 1 / accelerators_per_node


@equation(
    "",
    r"\left(1-\frac1g\right)\left(3-\frac1p\right) + \frac1g\left(1-\frac{1}{2p}\right)",
    DRAGONFLY,
    when="topology=dragonfly",
    rises="fabric_groups",
)
def mean_hops(fabric_groups, router_nodes):
    """Links between routers on a direct way, on average: at most one local, one global, one local."""
    away, local = maximum(1 - 1 / fabric_groups, 0.0), 1 - 1 / (2 * router_nodes)
    return away * (1 + 2 * local) + (1 - away) * local


# ---- distance
@equation("s", r"\ell n_g/c", CORNING.at("group index"), rises="cable_length")
def flight_time(cable_length, fibre_index, light_speed):
    """Time that light takes through fibre, one way; no link is faster."""
    return cable_length * fibre_index / light_speed


@equation("s", r"\bar h \alpha_h + \ell n_g/c", rises="mean_hops hop_latency flight_time")
def path_latency(mean_hops, hop_latency, flight_time):
    """Latency of the switches and cables on the way, on average."""
    return mean_hops * hop_latency + flight_time


POD = {"fabric_nodes": 256.0, "oversubscription": 1.0}
wall(
    10,
    "Locality",
    "data",
    "What does the topology leave of the link?",
    belief="A link of 400 Gbit/s gives 400 Gbit/s to whomever one talks to.",
    chart="bisection",
    lab="vol2/03",
    paper=DALLY_2004,
    verdicts=[Verdict("loss", "bisection_share", "bandwidth across the middle of the fabric")],
    symbols="effective_bandwidth bisection_share bisection_bandwidth mean_hops path_latency flight_time fabric_limit",
    cases=[
        *(
            Case(
                "bisection_bandwidth",
                {**POD, "link_bandwidth": each},
                {"topology": "torus2d"},
                printed,
                0.001,
                TPU_PAGES.at(f"{name}: bisection bandwidth per pod"),
                f"TPU {name}, torus of 16 x 16",
            )
            for name, each, printed in (("v5e", 200e9, 1.6e12), ("v6e", 400e9, 3.2e12))
        ),
        Case(
            "fabric_limit",
            {"switch_ports": 48.0},
            {"topology": "fat-tree"},
            27648.0,
            0.001,
            ALFARES_2008.at("sec. 1"),
            "Switches of 48 ports",
        ),
        Case(
            "fabric_limit",
            {"switch_ports": 7.0},
            {"topology": "dragonfly"},
            72.0,
            0.001,
            KIM_2008.at("fig. 5"),
            "Routers of 7 ports",
        ),
        Case(
            "flight_time",
            {"cable_length": 1000.0},
            {},
            5e-6,
            0.03,
            ITU_2003.at("table A.1"),
            "A kilometre of fibre, 5 us",
        ),
    ],
)
