"""The parallel layout of a scenario: given, or the feasible one of highest throughput."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from .core.elementwise import greatest
from .core.errors import InputError
from .core.points import at_points
from .scenario import Scenario

DEGREES = ("tp", "pp", "dp", "ep", "microbatch")


def divisors(n: int) -> list[int]:
    """Divisors of a count, ascending."""
    small = [d for d in range(1, int(n**0.5) + 1) if n % d == 0]
    return small + [n // d for d in reversed(small) if d * d != n]


def count_of(scenario: Scenario, name: str) -> int:
    """A count of a scenario; 1 where it has none."""
    value = scenario.given.get(name, 1.0)
    return int(value) if value == value else 1


def check(scenario: Scenario) -> None:
    """Refuse an impossible shape, whatever the rest of the layout."""
    asked, chips = scenario.plan.parallelism, int(scenario.given["chips"])
    layered = scenario.family in ("transformer", "encoder", "ssm")
    heads, layers = count_of(scenario, "heads"), count_of(scenario, "layers")
    if not layered:
        for name in ("tp", "pp"):
            if (getattr(asked, name) or 1) > 1:
                raise InputError(
                    f"parallelism.{name}: {scenario.model.id} has no uniform layers to split; only dp applies"
                )
    if asked.tp and scenario.family != "ssm" and heads % asked.tp:
        raise InputError(
            f"parallelism.tp: {asked.tp} does not divide the {heads} heads of {scenario.model.id}"
        )
    if asked.pp and asked.pp > layers:
        raise InputError(
            f"parallelism.pp: {asked.pp} stages are more than the {layers} layers of {scenario.model.id}"
        )
    _check_context(scenario)
    given = {name: n for name in ("tp", "cp", "pp", "dp") if (n := getattr(asked, name))}
    made = 1
    for degree in given.values():
        made *= degree
    if chips % made or ({"tp", "pp", "dp"} <= set(given) and made != chips):
        text = " x ".join(f"{name} {degree}" for name, degree in given.items())
        raise InputError(f"parallelism: {text} = {made:,} does not fit {chips:,} accelerators")
    shared = scenario.options["mlp"] == "moe" or scenario.family == "dlrm"
    if asked.ep and asked.ep > 1 and not shared:
        raise InputError(f"parallelism.ep: {scenario.model.id} has no experts")
    if (
        asked.ep
        and shared
        and scenario.family != "dlrm"
        and count_of(scenario, "experts") % asked.ep
    ):
        raise InputError(
            f"parallelism.ep: {asked.ep} does not divide the "
            f"{count_of(scenario, 'experts')} experts of {scenario.model.id}"
        )


def _check_context(scenario: Scenario) -> None:
    """Refuse to cut sequences where that is not modelled, or into pieces that are not even."""
    cp = scenario.plan.parallelism.cp or 1
    if cp == 1:
        return
    if not (scenario.training and scenario.family in ("transformer", "encoder")):
        raise InputError(
            f"parallelism.cp: {cp} must be 1: only the training of transformers cuts sequences"
        )
    if scenario.given["seq_len"] % (2 * cp):
        raise InputError(
            f"parallelism.cp: {cp} ranks do not take a head and a tail chunk each "
            f"of {scenario.given['seq_len']:,.0f} tokens"
        )


def candidates(scenario: Scenario) -> Iterator[tuple[int, ...]]:
    """Degrees of every layout that the plan leaves open, the least split first; sequences are cut only if asked."""
    asked = scenario.plan.parallelism
    cp = asked.cp or 1
    chips = int(scenario.given["chips"]) // cp
    layered = scenario.family in ("transformer", "encoder", "ssm")
    heads, layers, batch = (
        count_of(scenario, "heads"),
        count_of(scenario, "layers"),
        int(greatest(scenario.given["batch"])),
    )
    experts = count_of(scenario, "experts") if scenario.options["mlp"] == "moe" else 1
    splits = [
        (tp, pp, chips // (tp * pp))
        for tp, pp in product(divisors(chips) if layered else [1], repeat=2)
        if chips % (tp * pp) == 0
        and pp <= layers
        and (scenario.family == "ssm" or heads % tp == 0 or not layered)
    ]
    for tp, pp, dp in sorted(splits, key=lambda split: (split[0] * split[1], split[1])):
        if any(
            want not in (None, have)
            for want, have in ((asked.tp, tp), (asked.pp, pp), (asked.dp, dp))
        ):
            continue
        eps = (
            [dp]
            if scenario.family == "dlrm"
            else [e for e in divisors(dp * cp) if experts % e == 0]
        )
        share = -(-batch // dp)
        sizes = (
            [asked.microbatch]
            if asked.microbatch
            else [b for b in (1, 2, 4, 8, 16, 32, 64, 128, 256, share) if b <= share]
        )
        for ep in eps:
            if asked.ep in (None, ep):
                yield from (
                    (tp, pp, dp, ep, b) for b in (sorted(set(sizes)) if scenario.training else [1])
                )


def settings(scenario: Scenario) -> list[dict[str, str]]:
    """The options of every layout that the plan leaves open."""
    if not scenario.training:
        return [{"zero": "0", "recompute": "none"}]
    asked = scenario.plan.parallelism
    zeros = [str(asked.zero)] if asked.zero is not None else ["1", "3"]
    recomputes = [asked.recompute] if asked.recompute else ["selective", "full"]
    return [dict(zip(("zero", "recompute"), pair)) for pair in product(zeros, recomputes)]


def choose(scenario: Scenario) -> int:
    """Fix the layout; says how many were compared. When none fits, the one that is nearest to fitting."""
    check(scenario)
    asked = scenario.plan.parallelism
    rows = list(candidates(scenario))
    if not rows:
        raise InputError(
            f"parallelism: no layout with {asked.model_dump(exclude_none=True)} "
            f"exists on {scenario.given['chips']:,.0f} accelerators"
        )
    choices = settings(scenario)
    found = []
    for options in choices:
        times, loads = _evaluate(scenario, rows, options)
        for row, time, load in zip(rows, times, loads):
            found.append((judged(time, load), row, options))
    _, row, options = min(found, key=lambda entry: entry[0])
    scenario.lay(options, **dict(zip(DEGREES, row)))
    return len(rows) * len(choices)


def judged(time: float, load: float) -> tuple[bool, float]:
    """What a layout is judged by, the least being chosen: its time if it fits, else how far it is from fitting."""
    return (False, time) if load <= 1 else (True, load)


def _evaluate(
    scenario: Scenario, rows: list[tuple[int, ...]], options: dict[str, str]
) -> tuple[Any, Any]:
    """Step time and memory load of every row; a few are faster one by one."""
    if len(rows) == 1 and scenario.given["chips"] == 1:
        return [0.0], [0.0]
    both, columns = ("step_time", "memory_load"), dict(zip(DEGREES, zip(*rows)))
    found = at_points(both, scenario.given, {**scenario.options, **options}, columns, few=20)
    return found["step_time"], found["memory_load"]
