"""Replicas, batch and chips of a service that keep percentile targets at least cost, under continuous batching."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ....layout import DEGREES, check, divisors
from ....metrics import METRICS, Metric, resolve
from ....plan import Plan, read_plan
from ....scenario import Scenario
from ...elementwise import numpy_or_none
from ...errors import InputError
from ...graph import solve
from ..keys import with_values
from .optimum import FITS, Bound, Optimum, bounds_of, front_metrics, optimum

#: Written tokens of a request where a plan does not say; the largest batch and replica that are tried.
USUAL_OUTPUT, MOST_SLOTS, MOST_REPLICAS = 256, 1024, 2**20
#: The scenario that replicas are made from.
ONE_CHIP = {"accelerators": 1, "batch_size": 1, "prefill_batch": 1}
TTFT = Metric("", "ttft_percentile_ms", "ttft_percentile", "ms", "Time to the first token")
TPOT = Metric("", "served_tpot_ms", "served_tpot", "ms", "Time per output token at full batch")
LOAD = Metric("", "slot_load", "slot_load", "", "Requests that arrive over those that fit")
CHIPS = Metric("", "accelerators", "chips", "", "Chips")
TOKEN = Metric(
    "", "usd_per_mtoken", "served_token_cost", "USD", "Cost of a million tokens asked for"
)
TCO, MEMORY = resolve("tco_usd", METRICS), resolve("memory_load", METRICS)
SHOWN = (CHIPS, TTFT, TPOT, LOAD, MEMORY, TCO, TOKEN)
FRONT = "tco_usd,ttft_percentile_ms"
CHOICES = ("replicas", "tp", "pp", "batch")


def batching(
    plan: Plan | Mapping[str, Any],
    *,
    ttft: float,
    tpot: float,
    qps: float,
    percentile: float = 0.99,
    most_chips: int = 16,
    objective: str = "tco_usd",
    front: str = FRONT,
    top: int = 10,
) -> Optimum:
    """The cheapest service for `qps` requests a second.

    `ttft` (s) is kept by a share `percentile` of the requests, `tpot` (s) by all: it holds with every slot taken.
    A replica is `tp` x `pp` chips, at most `most_chips`, and serves up to `batch` requests together; each has its own
    queue. Compared are all layouts and batches, each with the fewest replicas that keep the targets.
    """
    np = numpy_or_none()
    if np is None:
        raise InputError("batching: needs numpy")
    for name, value in (("ttft", ttft), ("tpot", tpot), ("qps", qps)):
        if not 0 < value < float("inf"):
            raise InputError(f"{name}: {value!r} must be above 0")
    if not 0 < percentile < 1:
        raise InputError(f"percentile: {percentile!r} must lie between 0 and 1, such as 0.99")
    plan = plan if isinstance(plan, Plan) else read_plan(dict(plan))
    most = _owned(plan)
    told = f"{percentile * 100:g} % get the first token in time"
    notes = [f"requests go to replicas at random, each has a queue of its own; {told}"]
    if not plan.workload.output_len:
        plan = read_plan(with_values(plan, {"output_len": USUAL_OUTPUT}))
        notes.append(f"no output_len is given: a request writes {USUAL_OUTPUT} tokens")
    scenario = Scenario(read_plan(with_values(plan, ONE_CHIP)))
    if scenario.training or not scenario.language:
        raise InputError("batching: only a language model that is served has first and next tokens")
    check(scenario)
    given = {**scenario.given, "arrival_rate": qps, "percentile_share": percentile}
    metric = resolve(objective, (*SHOWN, *METRICS))
    bounds = [Bound(TTFT, "max", ttft * 1e3), Bound(TPOT, "max", tpot * 1e3), FITS]
    if most is not None:
        bounds.append(Bound(CHIPS, "max", float(most)))
    bounds += bounds_of(plan)
    axes = front_metrics(front, (*SHOWN, *METRICS), "front")
    shown = tuple(dict.fromkeys((*SHOWN, *(b.metric for b in bounds), metric, *axes)))
    points = _points(scenario, plan, most_chips)
    with np.errstate(all="ignore"):
        columns = _answers(given, scenario.options, points, ttft, shown)
    order = np.argsort(
        columns[TTFT.name], kind="stable"
    )  # of equally cheap ones the one that answers first
    return optimum(
        "batching",
        f"{scenario.model.id} on {scenario.chip.id}: {qps:g} requests a second of {scenario.given['seq_len']:,.0f} "
        f"tokens in and {scenario.given['output_len']:,.0f} out",
        {name: column[order] for name, column in columns.items()},
        objective=metric,
        choices=CHOICES,
        metrics=shown,
        bounds=bounds,
        front_of=axes,
        top=top,
        why=lambda row, best: _why(row, best, metric),
        notes=[*notes, *scenario.notes],
        best_of_each="layout",
    )


def _owned(plan: Plan) -> int | None:
    """The chips that a plan says there are."""
    hardware = plan.hardware
    if hardware.accelerators or not hardware.nodes:
        return hardware.accelerators
    return int(Scenario(plan).given["chips"])


def _points(scenario: Scenario, plan: Plan, most_chips: int) -> dict[str, Any]:
    """Every layout of a replica with every batch."""
    import numpy as np

    asked, given = plan.parallelism, scenario.given
    heads = int(given["heads"]) if given.get("heads", 0) > 0 else most_chips
    layers = int(given["layers"])
    splits = [
        (tp, pp)
        for tp in ([asked.tp] if asked.tp else divisors(heads))
        for pp in ([asked.pp] if asked.pp else range(1, layers + 1))
        if tp * pp <= most_chips
    ]
    if not splits:
        raise InputError(f"batching: no layout of at most {most_chips} chips exists")
    batches = np.arange(1.0, MOST_SLOTS + 1)
    tp, pp = (np.repeat(np.array(column, float), len(batches)) for column in zip(*splits))
    return {"tp": tp, "pp": pp, "batch": np.tile(batches, len(splits))}


def _answers(
    given: dict[str, Any],
    options: Mapping[str, str],
    points: Mapping[str, Any],
    ttft: float,
    shown: tuple[Metric, ...],
) -> dict[str, Any]:
    """The columns of all points, with the fewest replicas that keep the first token in time."""
    import numpy as np

    one = dict.fromkeys(DEGREES, 1.0) | {"virtual_stages": 1.0}
    slots = points["batch"]
    fixed = {**given, **one, "tp": points["tp"], "pp": points["pp"]}
    settled = {**options, "zero": "0", "recompute": "none"}
    alone = {**fixed, "batch": slots, "prefill_batch": 1.0, "chips": points["tp"] * points["pp"]}
    first = solve(("prompt_time", "slot_time"), alone, settled)
    shape = slots.shape
    prompt, slot = (np.broadcast_to(first[n], shape) for n in ("prompt_time", "slot_time"))
    rate, share = given["arrival_rate"], given["percentile_share"]
    queue = {"arrival_rate": rate, "percentile_share": share}

    def late(replicas: Any, at: Any) -> Any:
        known = {**queue, "prompt_time": prompt[at], "slot_time": slot[at], "dp": replicas}
        known["batch"] = slots[at] * replicas
        return solve(("ttft_percentile",), known, settled)["ttft_percentile"]

    least = np.floor(rate * slot / slots) + 1
    replicas = _fewest(late, least, ttft, (prompt <= ttft) & (least < MOST_REPLICAS))
    chips = replicas * points["tp"] * points["pp"]
    whole = {**fixed, "dp": replicas, "chips": chips, "batch": slots * replicas}
    whole["prefill_batch"] = replicas
    found = solve({m.symbol for m in shown}, whole, settled)
    columns = {m.name: np.broadcast_to(found[m.symbol] * m.scale, shape) for m in shown}
    # a million tokens that are asked for
    columns[TOKEN.name] = columns[TOKEN.name] * 1e6
    never = prompt > ttft  # more replicas only take the wait away, not the prefill itself
    columns[TTFT.name] = np.where(never, prompt * TTFT.scale, columns[TTFT.name])
    layout = points["tp"] * 1e6 + points["pp"]
    return {**columns, **points, "replicas": replicas, "layout": layout}


def _fewest(late: Any, least: Any, target: float, possible: Any) -> Any:
    """The smallest counts, from `least` on, at which `late` is within the target: it falls as counts grow."""
    import numpy as np

    low, high = least - 1, least.copy()
    open_ = np.flatnonzero(possible)
    while open_.size:  # double until it holds
        held = late(high[open_], open_) <= target
        low[open_[~held]] = high[open_[~held]]
        high[open_[~held]] *= 2
        open_ = open_[~held & (high[open_] <= MOST_REPLICAS)]
    open_ = np.flatnonzero(possible & (high - low > 1))
    while open_.size:  # halve between
        middle = np.floor((low[open_] + high[open_]) / 2)
        held = late(middle, open_) <= target
        high[open_[held]], low[open_[~held]] = middle[held], middle[~held]
        open_ = open_[high[open_] - low[open_] > 1]
    return high


def _why(row: Mapping[str, Any], best: Mapping[str, Any], metric: Metric) -> str:
    more = row[metric.name] / best[metric.name] - 1
    chips = row[CHIPS.name] - best[CHIPS.name]
    words = f"{more:+.1%} {metric.name}" if abs(more) >= 5e-4 else f"the same {metric.name}"
    return f"{words}, {chips:+,} chips" if chips else f"{words}, a later first token"
