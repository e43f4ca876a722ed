"""Wall 21, sensitivity: which input moves the answer most. `core.solver.sensitivity` asks it of any symbol."""

from __future__ import annotations

from ..core.elementwise import maximum, minimum, over
from ..core.graph import Paper, equation
from ..core.inputs import given
from ..papers import WILLIAMS_2009
from .wall import Case, Verdict, wall

AMDAHL_1967 = Paper(
    "Amdahl",
    1967,
    "Validity of the Single Processor Approach to Achieving Large Scale Computing Capabilities",
    "doi:10.1145/1465482.1465560",
)
PATTERSON_2013 = Paper(
    "Patterson and Hennessy",
    2013,
    "Computer Organization and Design, 5th edition",
    "ISBN 978-0-12-407726-3",
)
HENNESSY_2011 = Paper(
    "Hennessy and Patterson",
    2011,
    "Computer Architecture: A Quantitative Approach, 5th edition",
    "ISBN 978-0-12-383872-8",
)
LAW = AMDAHL_1967.at("text")
given("rate_growth", "", r"g", "Factor by which the peak rate grows")


@equation(
    "",
    r"\frac{\partial \ln T}{\partial \ln R} = -\frac{T_c}{T_c + T_m}",
    LAW,
    rises="memory_time",
    falls="compute_time",
)
def rate_elasticity(compute_time, memory_time):
    """Change of a step's time for a change of the peak rate, both relative, where arithmetic and bytes add."""
    return -compute_time / (compute_time + memory_time)


@equation(
    "",
    r"\frac{\partial \ln T}{\partial \ln B_m} = -\frac{T_m}{T_c + T_m}",
    LAW,
    rises="compute_time",
    falls="memory_time",
)
def bandwidth_elasticity(compute_time, memory_time):
    """Change of a step's time for a change of the memory bandwidth, both relative, where both add."""
    return -memory_time / (compute_time + memory_time)


@equation(
    "", r"\frac{T_c + T_m}{T_c/g + T_m}", LAW, rises="compute_time rate_growth", falls="memory_time"
)
def growth_speedup(compute_time, memory_time, rate_growth):
    """Times that a step is faster when only its arithmetic is."""
    return (compute_time + memory_time) / (compute_time / rate_growth + memory_time)


@equation("", r"1 + T_c/T_m", LAW, rises="compute_time", falls="memory_time")
def growth_limit(compute_time, memory_time):
    """Times that a step is faster when its arithmetic takes no time."""
    return 1 + over(compute_time, memory_time)


@equation("", r"\frac{\max(T_c, T_m)}{\min(T_c, T_m)}", WILLIAMS_2009.at("sec. 3"))
def binding_growth(compute_time, memory_time):
    """Factor by which the resource that binds can grow before the other one does."""
    return over(maximum(compute_time, memory_time), minimum(compute_time, memory_time))


MULTIPLY, WAIT = (
    {"compute_time": 80.0, "memory_time": 20.0},
    {"compute_time": 0.4, "memory_time": 0.6},
)
PROGRAM = PATTERSON_2013.at("sec. 1.10: 80 of 100 s are multiplication")
FASTER, SERVER = {"rate_growth": 16.0}, HENNESSY_2011.at("sec. 1.9, first example")
wall(
    21,
    "Sensitivity",
    "analysis",
    "Which input moves the answer most?",
    belief="Twice the peak rate makes a step twice as fast.",
    chart="tornado",
    lab="vol2/17",
    paper=AMDAHL_1967,
    verdicts=[Verdict("target", "growth_speedup", "speedup")],
    symbols="rate_elasticity bandwidth_elasticity growth_speedup growth_limit binding_growth",
    cases=[
        Case("growth_speedup", {**MULTIPLY, **FASTER}, {}, 4.0, 0.001, PROGRAM, "multiply 16x: 4x"),
        Case("growth_limit", MULTIPLY, {}, 5.0, 0.001, PROGRAM, "and never more than 5x"),
        Case(
            "growth_speedup",
            {**WAIT, "rate_growth": 10.0},
            {},
            1.56,
            0.002,
            SERVER,
            "40 % 10x: 1.56x",
        ),
    ],
)
