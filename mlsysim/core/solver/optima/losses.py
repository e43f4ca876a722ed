"""Why one layout is slower than another: which terms of its step are longer, exactly, so that the shares add up.

A training step is a mean, in the logarithm, of two estimates (wall 3), and each is a sum of terms. The logarithm of the
ratio of two sums is the sum of the differences of their terms over the logarithmic mean of the sums (Ang 2005).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import expm1, log
from typing import Any

from ...graph import CONSTANTS, At, Wanted, solve

Terms = dict[str, float]
#: Shares of a step below this are not told.
LEAST = 0.0005
ONCE = {"recompute": "none"}
PLAIN = ("pass_time", "busy_time", "slowest_share", "hop_time", "fixed_time")
ONLY_TRAINED = (
    "microbatches",
    "bubble_share",
    "context_time",
    "exposed_link_time",
    "update_time",
    "compute_time",
    "memory_time",
    "rule_share",
)
TRAINED: dict[str, Wanted] = {
    **{name: name for name in (*PLAIN, *ONLY_TRAINED)},
    "busy_once": At("busy_time", **ONCE),
    "compute_once": At("compute_time", **ONCE),
    "memory_once": At("memory_time", **ONCE),
}
SERVED: dict[str, Wanted] = {name: name for name in PLAIN}


def terms(given: Mapping[str, Any], options: Mapping[str, str]) -> list[tuple[float, Terms]]:
    """The estimates of a step: the weight of each in the logarithm, and its terms in seconds."""
    if options["phase"] != "training":
        return [(1.0, _served(solve(SERVED, given, options), given))]
    got, weight = solve(TRAINED, given, options), CONSTANTS["blend_share"].value
    count, pp = got["microbatches"], given["pp"]
    padding = 1 - given["batch"] / (count * given["microbatch"] * given["dp"])
    return [
        (1 - weight, _kernels(got, count, pp, padding)),
        (weight, _rule(got, count, pp, padding)),
    ]


def _kernels(got: Mapping[str, float], count: float, pp: float, padding: float) -> Terms:
    """Terms of the step that is built from its kernels."""
    slow, work = count * got["slowest_share"], count * got["busy_once"] / pp
    exposed, context = got["pass_time"] - got["busy_time"], got["context_time"]
    stage = got["pass_time"] * got["slowest_share"] + got["hop_time"]
    return {
        "kernels": work * (1 - padding),
        "batch that does not divide": work * padding,
        "slowest stage": slow * got["busy_once"] - work,
        "recomputation": slow * (got["busy_time"] - got["busy_once"]),
        "collectives inside layers": slow * (exposed - context),
        "context gathers": slow * context,
        "hand-overs between stages": count * got["hop_time"],
        "pipeline bubble": count * got["bubble_share"] * stage,
        "exposed gradients": got["exposed_link_time"],
        "optimiser": got["update_time"],
        "fixed costs": got["fixed_time"],
    }


def _rule(got: Mapping[str, float], count: float, pp: float, padding: float) -> Terms:
    """Terms of the step by its arithmetic alone."""
    whole = max(got["compute_time"] / got["rule_share"], got["memory_time"])
    once = max(got["compute_once"] / got["rule_share"], got["memory_once"])
    work = count * once / pp
    return {
        "kernels": work * (1 - padding),
        "batch that does not divide": work * padding,
        "recomputation": count * (whole - once) / pp,
        "pipeline bubble": count * whole * got["bubble_share"] / pp,
    }


def _served(got: Mapping[str, float], given: Mapping[str, Any]) -> Terms:
    """Terms of a step of inference."""
    stages = got["slowest_share"] * given["pp"]
    return {
        "kernels": got["busy_time"],
        "slowest stage": got["busy_time"] * (stages - 1),
        "collectives inside layers": (got["pass_time"] - got["busy_time"]) * stages,
        "hand-overs between stages": got["hop_time"],
        "fixed costs": got["fixed_time"],
    }


def shares(
    one: Iterable[tuple[float, Terms]], other: Iterable[tuple[float, Terms]]
) -> dict[str, float]:
    """What each term adds to one step over the other, as a share of the other; the shares add up to the difference."""
    found: dict[str, float] = {}
    for (weight, mine), (_, theirs) in zip(one, other):
        mean = _mean(sum(mine.values()), sum(theirs.values()))
        for name in mine:
            found[name] = found.get(name, 0.0) + weight * (mine[name] - theirs[name]) / mean
    total = sum(found.values())
    scale = expm1(total) / total if total else 1.0
    return {name: part * scale for name, part in found.items()}


def _mean(a: float, b: float) -> float:
    """The logarithmic mean of two positive numbers."""
    return a if a == b else (a - b) / log(a / b)


def words(found: Mapping[str, float], most: int = 4) -> str:
    """Shares in words, the largest first: "pipeline bubble +3.1%, collectives inside layers -0.4%"."""
    told = sorted((abs(part), name) for name, part in found.items() if abs(part) >= LEAST)
    return ", ".join(f"{name} {percent(found[name])}" for _, name in told[::-1][:most])


def percent(part: float) -> str:
    """A difference in percent, with its sign."""
    size = abs(part)
    digits = 2 if size < LEAST else 1 if size < 0.1 else 0
    return f"{100 * part:+.{digits}f}%"
