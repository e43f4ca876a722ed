"""A service of replicas, each a queue for its slots: what the slowest requests see. Walls 4, 5 and 7 meet here."""

from __future__ import annotations

from ..core.elementwise import log, maximum, over
from ..core.graph import At, equation
from ..papers import BARROSO_2018, HILLIER_2010
from .batching import YU_2022
from .tail import KINGMAN_1962, wait_chance

STEPS = YU_2022.at("sec. 3.1")
WAIT = HILLIER_2010.at("sec. 17.6, P(W_q > t) of M/M/s")


@equation("1/s", r"\lambda/d", rises="arrival_rate", falls="dp")
def replica_arrival_rate(arrival_rate, dp):
    """Requests that arrive a second at one replica; they are sent at random, each replica has its own queue."""
    return arrival_rate / dp


@equation("", r"B/d", rises="batch", falls="dp")
def replica_slots(batch, dp):
    """Requests that one replica serves together at most."""
    return batch / dp


@equation(
    "s",
    r"T_1",
    STEPS,
    rises="prefill_step",
    prefill_step=At("step_time", phase="prefill", batch="dp"),
)
def prompt_time(prefill_step):
    """Time to prefill one prompt on a replica; others are prefilled on the other replicas."""
    return prefill_step


@equation(
    "s",
    r"\mathrm{TPOT} + \frac{b\,T_1}{o}",
    YU_2022.at("sec. 3.1, by Little's law"),
    rises="tpot replica_slots prompt_time",
    falls="output_len",
)
def served_tpot(tpot, replica_slots, prompt_time, output_len):
    """Time per output token of a request when every slot is taken: prompts are prefilled between the steps."""
    return tpot + over(replica_slots * prompt_time, output_len)


@equation("s", r"W = o\,\mathrm{TPOT}_b", STEPS, rises="output_len served_tpot")
def slot_time(output_len, served_tpot):
    """Time that a request holds its slot when every slot is taken."""
    return output_len * served_tpot


@equation(
    "", r"\rho = \lambda_1 W/b", rises="replica_arrival_rate slot_time", falls="replica_slots"
)
def slot_load(replica_arrival_rate, slot_time, replica_slots):
    """Requests that arrive over those that full slots end; from 1 on the queue grows without end."""
    return replica_arrival_rate * slot_time / replica_slots


@equation("", r"1 - \rho")
def slot_idle_share(slot_load):
    """Share of the slots that are free on average."""
    return maximum(1 - slot_load, 0.0)


@equation("", r"C(b, \rho b)", WAIT)
def slot_wait_chance(slot_load, replica_slots):
    """Chance that a request must wait because every slot is taken."""
    return wait_chance(slot_load * replica_slots, replica_slots)


@equation(
    "s",
    r"\frac{W}{b(1-\rho)}\ln^+\frac{C}{1-q}",
    WAIT,
    rises="slot_wait_chance slot_time percentile_share",
    falls="replica_slots slot_idle_share",
    valid="answers of random length; shorter waits where all are alike",
)
def slot_wait_percentile(
    slot_wait_chance, slot_time, replica_slots, slot_idle_share, percentile_share
):
    """Time that this share of the requests waits at most for a slot."""
    mean = over(slot_time, replica_slots * slot_idle_share)
    return mean * maximum(log(over(slot_wait_chance, 1 - percentile_share)), 0.0)


@equation("", r"\rho_1 = \lambda_1 T_1", rises="replica_arrival_rate prompt_time")
def prompt_load(replica_arrival_rate, prompt_time):
    """Prompts that arrive at a replica over those that it can prefill."""
    return replica_arrival_rate * prompt_time


@equation("", r"1 - \rho_1")
def prompt_idle_share(prompt_load):
    """Share of the time in which a replica prefills nothing."""
    return maximum(1 - prompt_load, 0.0)


@equation(
    "s",
    r"T_1 + \frac{T_1}{2(1-\rho_1)}\ln^+\frac{\rho_1}{1-q}",
    KINGMAN_1962.at("waits are nearly exponential; their mean after Pollaczek and Khinchine"),
    rises="prompt_time prompt_load percentile_share",
    falls="prompt_idle_share",
    valid="prompts of one length; at p99 of simulations 20 % too long at load 0.3, 13 % at 0.6, right at 0.9",
)
def prompt_percentile(prompt_time, prompt_load, prompt_idle_share, percentile_share):
    """Time from a slot to the first token that this share of the requests stays below: prompts wait for prompts."""
    mean = over(prompt_time, 2 * prompt_idle_share)
    return prompt_time + mean * maximum(log(over(prompt_load, 1 - percentile_share)), 0.0)


@equation(
    "s",
    r"t_b + t_1",
    rises="slot_wait_percentile prompt_percentile",
    valid="by the union bound at most twice 1 - q of the requests are later; far fewer where one of the waits is short",
)
def ttft_percentile(slot_wait_percentile, prompt_percentile):
    """Time to the first token that this share of the requests stays below, waits included."""
    return slot_wait_percentile + prompt_percentile


@equation(
    "USD",
    r"\frac{C}{\lambda o t}",
    BARROSO_2018.at("sec. 6"),
    rises="tco",
    falls="arrival_rate output_len duration",
)
def served_token_cost(tco, arrival_rate, output_len, duration):
    """Cost of one token that is asked for and written, whatever the service could write."""
    return over(tco, arrival_rate * output_len * duration)
