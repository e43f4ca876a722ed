"""Wall 7, tail latency: what the slowest requests see as the load grows."""

from __future__ import annotations

from ..core.elementwise import INF, above, exp, expm1, log, log1p, maximum, minimum, over
from ..core.graph import At, Paper, equation, option
from ..core.inputs import given
from ..papers import ALLEN_1990, HILLIER_2010
from .fragility import ERLANG_1917, erlang_b
from .wall import Case, Verdict, wall

KINGMAN_1962 = Paper(
    "Kingman", 1962, "On Queues in Heavy Traffic", "doi:10.1111/j.2517-6161.1962.tb00465.x"
)
DEAN_2013 = Paper("Dean and Barroso", 2013, "The Tail at Scale", "doi:10.1145/2408776.2408794")
MARKOV = HILLIER_2010.at("sec. 17.6")
HEDGE, FANOUT = DEAN_2013.at("hedged requests"), DEAN_2013.at("fig. 1")
given("arrival_rate", "1/s", r"\lambda", "Requests that arrive a second")
given("service_time", "s", r"S", "Mean time that a server spends on one request, or on one batch")
given("service_variation", "", r"c_s", "Deviation of the service time over its mean")
given("arrival_variation", "", r"c_a", "Deviation of the time between arrivals over its mean")
given("servers", "", r"c", "Servers")
given("percentile_share", "", r"q", "Share of the requests that a percentile covers, such as 0.99")
given("fanout", "", r"n_f", "Servers that must all answer before a request is done")
given("slow_chance", "", r"\epsilon", "Chance that one server is slow")
given("hedge_share", "", r"h", "Share of the requests that are sent to a second server")
option("queue", "mmc", "ggc", "batch")

ROUNDS = 12  # Newton on ln P, whose slope only rises or only falls: it converges from its asymptote
LEAST, STEADY = 1e-100, 1e-9  # they stand for 0 where 0 would be divided by


def _percentile(queue_time, wait_chance, service_time, percentile_share):
    """Time that a share of requests stays below: an exponential service after an exponential wait, if any."""
    wait = maximum(over(queue_time, wait_chance), LEAST * service_time)
    target, slow = -log1p(-percentile_share), maximum(service_time / wait, LEAST)
    first, second = maximum(1 - slow, 0.0), maximum(slow - 1, 0.0)
    gap, rate = maximum(first + second, LEAST), minimum(slow, 1.0)
    time = maximum((target + log(above(slow, 1, 1.0, 0.0) + wait_chance / gap)) / rate, 0.0)
    least = minimum(slow, 1 - wait_chance)
    for _ in range(ROUNDS):
        left = exp(-first * time) - wait_chance * expm1(-gap * time) / gap
        hazard = maximum(1 - wait_chance * exp(-second * time) / left, least)
        time = time + over(target - rate * time + log(left), hazard)
    return above(over(1, queue_time), 0, time * service_time, INF)


# ---- load and mean
@equation("", r"a = \lambda S", MARKOV, when="queue=mmc|ggc", rises="arrival_rate service_time")
def offered_load(arrival_rate, service_time):
    """Servers that would be busy if none had to wait."""
    return arrival_rate * service_time


@equation(
    "",
    r"a = \lambda S/B",
    MARKOV,
    when="queue=batch",
    rises="arrival_rate service_time",
    falls="batch",
)
def offered_load(arrival_rate, service_time, batch):
    """Servers that would be busy with full batches if none had to wait."""
    return arrival_rate * service_time / batch


@equation("", r"\rho = a/c", MARKOV, rises="offered_load", falls="servers")
def server_load(offered_load, servers):
    """Work that arrives over what the servers can do; from 1 on the queue grows without end."""
    return offered_load / servers


@equation("", r"1 - \rho", rises="servers", falls="offered_load")
def server_idle_share(offered_load, servers):
    """Share of the time that a server has nothing to do."""
    return maximum(1 - offered_load / servers, 0.0)


@equation(
    "",
    r"C = \frac{B}{1-\rho(1-B)}",
    ERLANG_1917.at("delayed calls"),
    rises="offered_load",
    falls="servers",
)
def wait_chance(offered_load, servers):
    """Chance that a request must wait because all servers are busy."""
    lost = erlang_b(offered_load, servers)
    return over(lost, 1 - minimum(offered_load / servers, 1.0) * (1 - lost))


@equation(
    "s",
    r"\frac{C S}{c(1-\rho)}",
    MARKOV,
    when="queue=mmc",
    rises="wait_chance service_time",
    falls="servers server_idle_share",
)
def queue_time(wait_chance, service_time, servers, server_idle_share):
    """Mean time in the queue; M/M/1 with one server."""
    return over(wait_chance * service_time, servers * server_idle_share)


@equation(
    "s",
    r"\frac{C S}{c(1-\rho)}\frac{c_a^2+c_s^2}{2}",
    ALLEN_1990.at("sec. 5.3.5, Allen and Cunneen; Kingman 1961 with one server"),
    when="queue=ggc",
    rises="wait_chance service_time arrival_variation service_variation",
    falls="servers server_idle_share",
    valid="exact for M/M/c, and for M/G/1 after Pollaczek and Khinchine",
)
def queue_time(
    wait_chance, service_time, servers, server_idle_share, arrival_variation, service_variation
):
    """Mean time in the queue, an approximation; M/G/1 with one server and arrivals at random."""
    spread = (arrival_variation**2 + service_variation**2) / 2
    return over(wait_chance * service_time * spread, servers * server_idle_share)


@equation(
    "s",
    r"\frac{C S}{c(1-\rho)}\frac{1/B+c_s^2}{2}",
    ALLEN_1990.at("sec. 5.3.5; B requests at random are 1/B as variable as one"),
    when="queue=batch",
    rises="wait_chance service_time service_variation",
    falls="servers server_idle_share batch",
)
def queue_time(wait_chance, service_time, servers, server_idle_share, batch, service_variation):
    """Mean time that a full batch spends in the queue."""
    spread = (1 / batch + service_variation**2) / 2
    return over(wait_chance * service_time * spread, servers * server_idle_share)


@equation("s", r"\frac{B-1}{2\lambda}", rises="batch", falls="arrival_rate")
def forming_time(batch, arrival_rate):
    """Mean time that a request waits for its batch to fill."""
    return (batch - 1) / (2 * arrival_rate)


@equation("s", r"W + S", when="queue=mmc|ggc", rises="queue_time service_time")
def sojourn_time(queue_time, service_time):
    """Mean time from the arrival of a request to its end."""
    return queue_time + service_time


@equation(
    "s",
    r"\frac{B-1}{2\lambda} + W + S",
    when="queue=batch",
    rises="forming_time queue_time service_time",
)
def sojourn_time(forming_time, queue_time, service_time):
    """Mean time from the arrival of a request to its end: its batch fills, waits and is served."""
    return forming_time + queue_time + service_time


# ---- percentiles
@equation(
    "s",
    r"t:\ P(T > t) = 1 - q",
    HILLIER_2010.at("sec. 17.6, P(W > t)"),
    when="queue=mmc",
    rises="queue_time service_time percentile_share",
)
def sojourn_percentile(queue_time, wait_chance, service_time, percentile_share):
    """Time from arrival to end that this share of the requests stays below."""
    return _percentile(queue_time, wait_chance, service_time, percentile_share)


@equation(
    "s",
    r"S(1-c_s)^+ + t:\ P(T > t) = 1 - q",
    KINGMAN_1962.at("waits are nearly exponential"),
    when="queue=ggc",
    rises="queue_time service_time percentile_share",
    valid="within 12 % of simulations at p95 and p99; above a service variation of 1 for the tail only",
)
def sojourn_percentile(queue_time, wait_chance, service_time, service_variation, percentile_share):
    """Time from arrival to end that this share of the requests stays below: service is fixed in part."""
    fixed = service_time * maximum(1 - service_variation, 0.0)
    varied = service_time * maximum(service_variation, STEADY)
    return fixed + _percentile(queue_time, wait_chance, varied, percentile_share)


# ---- many servers for one request, two servers for one request
@equation("", r"q^{1/n_f}", FANOUT, rises="percentile_share fanout")
def leaf_share(percentile_share, fanout):
    """Share of its answers that each server must give in time."""
    return percentile_share ** (1 / fanout)


@equation(
    "s",
    r"T_{q^{1/n_f}}",
    FANOUT,
    rises="leaf_percentile",
    leaf_percentile=At("sojourn_percentile", percentile_share="leaf_share"),
)
def fanout_percentile(leaf_percentile):
    """Time that this share of the requests stays below when the slowest of many servers decides."""
    return leaf_percentile


@equation("", r"1 - (1-\epsilon)^{n_f}", FANOUT, rises="slow_chance fanout")
def fanout_slow_chance(slow_chance, fanout):
    """Chance that at least one of the servers that a request needs is slow."""
    return 1 - (1 - slow_chance) ** fanout


@equation("", r"1 - (1+h)\rho", HEDGE)
def hedged_idle_share(server_load, hedge_share):
    """Share of the time that a server has nothing to do when some requests are sent twice."""
    return maximum(1 - server_load * (1 + hedge_share), 0.0)


@equation(
    "s",
    r"\frac{S}{1-(1+h)\rho}\ln\frac{1}{h}",
    HEDGE,
    rises="service_time",
    falls="hedged_idle_share hedge_share",
)
def hedge_delay(service_time, hedged_idle_share, hedge_share):
    """Time after which a request is sent to a second server, each with a queue of its own (M/M/1)."""
    return over(service_time * -log(hedge_share), hedged_idle_share)


@equation(
    "s",
    r"\frac{S}{1-(1+h)\rho}\min\left(L, \frac{L + \ln(1/h)}{2}\right),\ L = \ln\frac{1}{1-q}",
    HEDGE,
    rises="service_time percentile_share",
    falls="hedged_idle_share hedge_share",
)
def hedged_percentile(service_time, hedged_idle_share, hedge_share, percentile_share):
    """Time that this share of the requests stays below when the first of two answers counts."""
    alone = -log1p(-percentile_share)
    return over(service_time * minimum(alone, (alone - log(hedge_share)) / 2), hedged_idle_share)


HOUR, MMC = 3600.0, {"queue": "mmc"}
ONE = {"arrival_rate": 2 / HOUR, "service_time": HOUR / 3, "servers": 1.0}
DOCTORS = HILLIER_2010.at("sec. 17.6, County Hospital: 2 patients an hour, 20 minutes each")
wall(
    7,
    "Tail latency",
    "node",
    "What does the slowest 1 % see as load grows?",
    belief="A service that is idle half of the time answers every request at once.",
    chart="tail",
    lab="vol1/13",
    paper=DEAN_2013,
    verdicts=[
        Verdict("capacity", "server_load", "servers"),
        Verdict("target", "sojourn_percentile", "slowest requests"),
    ],
    symbols="sojourn_percentile sojourn_time queue_time server_load wait_chance forming_time "
    "fanout_percentile fanout_slow_chance hedged_percentile hedge_delay",
    cases=[
        Case(
            "fanout_slow_chance",
            {"slow_chance": 0.01, "fanout": 100.0},
            {},
            0.63,
            0.01,
            FANOUT,
            "1 % of answers slow, 100 servers",
        ),
        Case("sojourn_time", ONE, MMC, HOUR, 0.001, DOCTORS, "One doctor: an hour in all"),
        Case(
            "queue_time",
            {**ONE, "servers": 2.0},
            MMC,
            HOUR / 24,
            0.001,
            DOCTORS,
            "Two doctors: 2.5 minutes in the queue",
        ),
    ],
)
