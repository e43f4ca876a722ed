"""Wall 16, multi-tenant: how long a job waits, and what sharing a cluster costs."""

from __future__ import annotations

from ..core.elementwise import above, ceil, floor, maximum, over, total, weighted
from ..core.graph import Paper, equation, option, table
from ..core.inputs import given
from ..papers import ALLEN_1990, HILLIER_2010
from .fragility import ERLANG_1917, at_least, erlang_b
from .tail import wait_chance
from .wall import Case, Verdict, wall

FEITELSON_1992 = Paper(
    "Feitelson and Rudolph",
    1992,
    "Gang Scheduling Performance Benefits for Fine-Grain Synchronization",
    "doi:10.1016/0743-7315(92)90014-E",
)
JEON_2019 = Paper(
    "Jeon et al.",
    2019,
    "Analysis of Large-Scale Multi-Tenant GPU Clusters for DNN Training Workloads",
    "arXiv:1901.05758",
)
GHODSI_2011 = Paper(
    "Ghodsi et al.",
    2011,
    "Dominant Resource Fairness: Fair Allocation of Multiple Resource Types",
    "USENIX NSDI 11",
)
DRF, GANG = GHODSI_2011.at("sec. 4.1"), JEON_2019.at("sec. 3.1")
IVERSEN_2010 = Paper("Iversen", 2010, "Teletraffic Engineering and Network Planning", "DTU")
given("job_rate", "1/s", r"\lambda_j", "Jobs that arrive in a unit of time")
given("job_time", "s", r"t_j", "Time that a job runs, on average")
given("job_variation", "", r"c_j", "Deviation of that time over its mean")
given("job_chips", "", r"n_j", "Accelerators that a job must have all at once")
given(
    "preempt_rate",
    "1/s",
    r"\lambda_p",
    "Times that a job is thrown out, in a unit of the time that it runs",
)
given("start_rate", "1/s", r"\lambda_s", "Instances that are asked for in a unit of time")
given("cold_start_time", "s", r"t_0", "Time to start an instance that is not ready")
given("warm_pool", "", r"w", "Instances that are kept ready; one that is taken is replaced")
option("preemption", "warned", "killed")
table(
    "tenants",
    task_cores=("", "Processor cores of one task"),
    task_mem_bytes=("byte", "Host memory of one task"),
    task_chips=("", "Accelerators of one task"),
)


# ---- waiting for a gang of chips
@equation(
    "", r"m = \lfloor n/n_j \rfloor", FEITELSON_1992.at("sec. 1"), rises="chips", falls="job_chips"
)
def job_slots(chips, job_chips):
    """Jobs that run at once when each has all its chips."""
    return floor(chips / job_chips)


@equation("", r"a_j = \lambda_j t_j", rises="job_rate job_time")
def job_load(job_rate, job_time):
    """Jobs that would run at once if none had to wait."""
    return job_rate * job_time


@equation("", r"\rho = a_j/m", rises="job_load", falls="job_slots")
def cluster_load(job_load, job_slots):
    """Jobs that want to run over jobs that can; from 1 the queue grows without end."""
    return job_load / job_slots


@equation("", r"\max(0, 1-\rho)", ALLEN_1990.at("sec. 5.2"), rises="job_slots", falls="job_load")
def idle_share(job_load, job_slots):
    """Share of the places for jobs that is free."""
    return maximum(1 - over(job_load, job_slots), 0.0)


@equation("", r"C(m, a_j)", ALLEN_1990.at("sec. 5.2.3"), rises="job_load", falls="job_slots")
def job_wait_chance(job_load, job_slots):
    """Chance that a job must wait because every place is taken."""
    return wait_chance(job_load, job_slots)


@equation(
    "s",
    r"\frac{C(m, a_j)\,t_j}{m(1-\rho)}\,\frac{1 + c_j^2}{2}",
    ALLEN_1990.at("Allen-Cunneen approximation, arrivals at random"),
    rises="job_wait_chance job_time job_variation",
    falls="job_slots idle_share",
)
def job_wait_time(job_wait_chance, job_time, job_variation, job_slots, idle_share):
    """Time that a job waits in a common queue, on average; without end from load 1."""
    return over(job_wait_chance * job_time * (1 + job_variation**2) / 2, job_slots * idle_share)


@equation(
    "",
    r"\sum_{i=n_j}^{n_a} \binom{n_a}{i} (1-\rho)^i \rho^{n_a-i}",
    GANG,
    rises="accelerators_per_node idle_share",
    falls="job_chips",
)
def gang_chance(job_chips, accelerators_per_node, idle_share):
    """Chance that a node has room for a whole job, when the free chips lie scattered at random."""
    return at_least(job_chips, accelerators_per_node, idle_share)


@equation("", r"1 - \frac{\lfloor n_a/n_j\rfloor n_j}{n_a}", GANG)
def fragment_share(job_chips, accelerators_per_node):
    """Share of the chips that stay idle when jobs of this size fill the nodes as tightly as they can."""
    inside = floor(accelerators_per_node / job_chips) * job_chips / accelerators_per_node
    across = job_chips / (ceil(job_chips / accelerators_per_node) * accelerators_per_node)
    return 1 - above(job_chips, accelerators_per_node, across, inside)


# ---- fair shares of several resources
@equation(
    "",
    r"u_i = \max_r d_{ir}/R_r",
    DRF,
    each="tenants",
    rises="task_cores task_mem_bytes task_chips",
    falls="node_count host_cores host_mem_capacity chips",
)
def task_share(
    task_cores, task_mem_bytes, task_chips, node_count, host_cores, host_mem_capacity, chips
):
    """Share of the cluster that one task takes of the resource of which it takes most."""
    of_hosts = maximum(task_cores / host_cores, task_mem_bytes / host_mem_capacity) / node_count
    return maximum(of_hosts, task_chips / chips)


@equation("", r"1/u_i", DRF, each="tenants", falls="task_share")
def share_tasks(task_share):
    """Tasks that would take all of the resource of which they take most."""
    return over(1, task_share)


@equation(
    "",
    r"x = 1/\max_r \sum_i \frac{d_{ir}}{u_i R_r}",
    DRF,
    rises="node_count host_cores host_mem_capacity chips",
    falls="task_cores task_mem_bytes task_chips",
)
def dominant_share(
    task_cores,
    task_mem_bytes,
    task_chips,
    share_tasks,
    node_count,
    host_cores,
    host_mem_capacity,
    chips,
):
    """Share that every tenant gets of the resource of which it takes most, once one resource is used up."""
    cores = weighted(task_cores, share_tasks) / host_cores
    memory = weighted(task_mem_bytes, share_tasks) / host_mem_capacity
    return over(
        1, maximum(maximum(cores, memory) / node_count, weighted(task_chips, share_tasks) / chips)
    )


@equation("", r"x/u_i", each="tenants", rises="dominant_share share_tasks")
def tenant_tasks(dominant_share, share_tasks):
    """Tasks that a tenant runs."""
    return dominant_share * share_tasks


@equation("", r"\sum_i x/u_i", rises="tenant_tasks")
def fair_tasks(tenant_tasks):
    """Tasks that all tenants run."""
    return total(tenant_tasks)


# ---- being thrown out, and starting
@equation("s", r"t_p = S/B + R", when="preemption=warned", rises="save_time restart_time")
def preempt_time(save_time, restart_time):
    """Time that a job loses when it is thrown out with time to save."""
    return save_time + restart_time


@equation("s", r"t_p = t_w + R", when="preemption=killed", rises="rework_time restart_time")
def preempt_time(rework_time, restart_time):
    """Time that a job loses when it is thrown out at once: also the work since the last checkpoint."""
    return rework_time + restart_time


@equation("", r"1/(1 + \lambda_p t_p)", falls="preempt_rate preempt_time")
def preempt_kept_share(preempt_rate, preempt_time):
    """Share of the time that a job keeps although it is thrown out now and then."""
    return 1 / (1 + preempt_rate * preempt_time)


@equation(
    "",
    r"E_w(\lambda_s t_0)",
    ERLANG_1917.at("loss formula"),
    rises="start_rate cold_start_time",
    falls="warm_pool",
)
def cold_chance(start_rate, cold_start_time, warm_pool):
    """Chance that no instance is ready when one is asked for."""
    return erlang_b(start_rate * cold_start_time, warm_pool)


@equation("s", r"E_w t_0", rises="cold_chance cold_start_time")
def start_time(cold_chance, cold_start_time):
    """Time until an instance answers, on average."""
    return cold_chance * cold_start_time


HOUR, GB = 3600.0, 1e9
NODE = {"node_count": 1.0, "host_cores": 9.0, "host_mem_capacity": 18 * GB, "chips": 1.0}
SHARED = {**NODE, "tenants": ((1.0, 4 * GB, 0.0), (3.0, 1 * GB, 0.0))}
EXAMPLE = GHODSI_2011.at("sec. 4.1: 9 cores, 18 GB; tasks of 1 core, 4 GB and 3 cores, 1 GB")
wall(
    16,
    "Multi-tenant",
    "fleet",
    "How long does a job wait?",
    belief="While chips are idle, no job has to wait.",
    chart="queue",
    lab="vol2/08",
    paper=JEON_2019,
    verdicts=[
        Verdict("capacity", "cluster_load", "jobs"),
        Verdict("target", "job_wait_time", "time in the queue"),
        Verdict("loss", "preempt_kept_share", "time kept in spite of preemption"),
    ],
    symbols="job_wait_time cluster_load job_slots fragment_share gang_chance dominant_share tenant_tasks "
    "fair_tasks preempt_time preempt_kept_share cold_chance start_time",
    cases=[
        Case("dominant_share", SHARED, {}, 2 / 3, 1e-6, EXAMPLE, "Two tenants, 2/3 each"),
        Case("fair_tasks", SHARED, {}, 3.0 + 2.0, 1e-6, EXAMPLE, "Two tenants, 3 and 2 tasks"),
        Case(
            "job_wait_time",
            {
                "job_rate": 2 / HOUR,
                "job_time": HOUR / 3,
                "job_variation": 1.0,
                "chips": 2.0,
                "job_chips": 1.0,
            },
            {},
            HOUR / 24,
            0.001,
            HILLIER_2010.at("sec. 17.6, County Hospital with two doctors"),
            "Two an hour, 20 minutes each, two servers: 1/24 h",
        ),
        Case(
            "cold_chance",
            {"start_rate": 4.461, "cold_start_time": 1.0, "warm_pool": 10.0},
            {},
            0.01,
            0.01,
            IVERSEN_2010.at("table of Erlang B: 10 channels, 1 %"),
            "4.461 replacements under way, 10 ready",
        ),
    ],
)
