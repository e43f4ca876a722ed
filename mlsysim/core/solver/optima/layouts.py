"""Every legal layout of a model on its chips: ranks of every kind, micro-batches and schedules."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from math import isqrt
from typing import NamedTuple

from ....layout import count_of, divisors
from ....scenario import Scenario
from ...graph import OPTIONS

#: What a layout is made of, and the options that choose among equations.
DEGREES = ("tp", "cp", "pp", "dp", "ep")
COLUMNS = (*DEGREES, "microbatch", "virtual_stages")
SETTINGS = ("zero", "recompute")
LAYERED, CUT = ("transformer", "encoder", "ssm"), ("transformer", "encoder")


class Space(NamedTuple):
    """What a model and its plan allow."""

    chips: int
    batch: int
    layers: int
    tps: list[int]
    cps: list[int]
    pps: list[int]
    experts: int
    domain: float
    fixed: dict[str, int]
    training: bool
    tables: bool


def space_of(scenario: Scenario) -> Space:
    """The bounds of a search; degrees that the plan gives stay fixed."""
    asked, family = scenario.plan.parallelism, scenario.family
    chips, layers, heads = (count_of(scenario, name) for name in ("chips", "layers", "heads"))
    every = divisors(chips) if family in LAYERED else [1]
    cut = every if scenario.training and family in CUT else [1]
    named = (name for name in COLUMNS if name in asked.model_fields_set)
    return Space(
        chips,
        count_of(scenario, "batch"),
        layers,
        [n for n in every if family == "ssm" or heads % n == 0],
        [n for n in cut if n == 1 or scenario.given["seq_len"] % (2 * n) == 0],
        [n for n in every if n <= layers],
        count_of(scenario, "experts") if scenario.options["mlp"] == "moe" else 1,
        scenario.given["scaleup_domain"],
        {name: n for name in named if (n := getattr(asked, name)) is not None},
        scenario.training,
        family == "dlrm",
    )


def degrees(space: Space) -> list[tuple[int, ...]]:
    """Tensor, context, pipeline, data and expert ranks, the least split first."""

    def free(name: str, choices: list[int], tp: int = 1) -> list[int]:
        if name in space.fixed:
            return [n for n in choices if n == space.fixed[name]]
        return [n for n in choices if n == 1 or _whole(tp * n, space)]

    found = []
    for tp, pp in product(free("tp", space.tps), _pipelines(space)):
        for cp in free("cp", space.cps, tp):
            dp, rest = divmod(space.chips, tp * cp * pp)
            if rest or space.fixed.get("dp", dp) != dp:
                continue
            shared = [n for n in divisors(dp * cp) if space.experts % n == 0]
            eps = [dp] if space.tables else free("ep", shared, tp)
            found += [(tp, cp, pp, dp, ep) for ep in eps]
    return sorted(found, key=lambda d: (d[0] * d[1] * d[2], *d))


def _pipelines(space: Space) -> list[int]:
    return [n for n in space.pps if space.fixed.get("pp", n) == n]


def _whole(span: int, space: Space) -> bool:
    """Whether groups of neighbours lie within a scale-up domain each, or are larger than one.

    Groups of 6 in nodes of 8 would straddle nodes: the wires of the graph know no such group.
    """
    return space.chips <= space.domain or span > space.domain or space.domain % span == 0


@lru_cache(maxsize=1024)
def sizes(share: int) -> tuple[int, ...]:
    """The smallest micro-batch for each number of micro-batches that a share of the batch can be cut into.

    A larger one with as many micro-batches computes and holds more in each, padding included, and saves nothing.
    """
    counts = range(1, isqrt(share) + 2)
    # small sizes each give a number of their own; above the root each small number has one smallest size
    candidates = sorted({*counts, *(-(-share // m) for m in counts)})
    smallest: dict[int, int] = {}
    for size in candidates:
        smallest.setdefault(-(-share // size), size)
    return tuple(smallest.values())


def rows(space: Space, chosen: list[tuple[int, ...]]) -> Iterator[tuple[int, ...]]:
    """The columns of every layout with some degrees.

    An interleaved schedule takes whole rounds of micro-batches and cuts a stage into equal pieces: its bubble follows
    the largest. Where the plan gives both the stages and their pieces, it is believed.
    """
    stages, micro = space.fixed.get("virtual_stages"), space.fixed.get("microbatch")
    for tp, cp, pp, dp, ep in chosen:
        share = -(-space.batch // dp)
        even = _pieces(-(-space.layers // pp)) if space.training and pp > 1 else [1]
        if stages is not None:
            as_asked = pp == 1 or "pp" in space.fixed or stages in even
            even = [stages] if as_asked else []
        for size in ((micro,) if micro else sizes(share)) if space.training else (1,):
            count = -(-share // size)
            for v in even:
                if v == 1 or pp == 1 or ("pp" in space.fixed and v == stages) or count % pp == 0:
                    yield tp, cp, pp, dp, ep, size, v


@lru_cache(maxsize=1024)
def _pieces(layers: int) -> list[int]:
    """Numbers of equal pieces that a stage can be cut into."""
    return divisors(layers)


def settings(scenario: Scenario) -> list[dict[str, str]]:
    """Every stage of ZeRO and every recomputation that the plan leaves open."""
    if not scenario.training:
        return [{"zero": "0", "recompute": "none"}]
    asked = scenario.plan.parallelism
    zeros = OPTIONS["zero"] if asked.zero is None else [str(asked.zero)]
    recomputes = OPTIONS["recompute"] if asked.recompute is None else [asked.recompute]
    return [dict(zip(SETTINGS, pair)) for pair in product(zeros, recomputes)]
