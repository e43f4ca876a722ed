"""What a mean hides: percentiles of times whose logarithm is normal."""

from __future__ import annotations

from ..core.elementwise import exp, normal_point
from ..core.graph import Paper, equation
from ..core.inputs import given
from . import tail as tail  # it declares the share that a percentile covers

NIST_2012 = Paper(
    "NIST and SEMATECH", 2012, "e-Handbook of Statistical Methods", "doi:10.18434/M32189"
)

given("mean_latency", "s", r"\bar t", "Mean time from request to answer")
given("log_spread", "", r"\sigma", "Standard deviation of the natural logarithm of the times")


@equation(
    "s",
    r"\bar t\,e^{z_q\sigma - \sigma^2/2}",
    NIST_2012.at("sec. 1.3.6.6.9"),
    rises="mean_latency percentile_share",
)
def lognormal_percentile(mean_latency, log_spread, percentile_share):
    """Time below which such a share of the answers comes, when the times are lognormal with this mean."""
    return mean_latency * exp(log_spread * (normal_point(percentile_share) - log_spread / 2))
