"""Stretch the dimensions, time by two, data by an eighth, and every output must follow its unit."""

from __future__ import annotations

import pytest

from mlsysim.core.graph import OPTIONS, Equation, Plan
from mlsysim.core.symbols import SYMBOLS
from mlsysim.core.units import DIMENSIONS

from .samples import (
    ALL,
    LEAVES,
    RECORD_ROWS,
    SEED,
    STRUCTURE,
    Sampler,
    answers,
    graphs,
    is_bundle,
    label,
    same,
)

DRAWS = 6
GRAPHS = graphs()


#: All dimensions at once, by powers of two that no small product of others equals.
TOGETHER = dict(zip(DIMENSIONS, (2.0**n for n in (1, -3, 7, -12, 19, -31, 41, -55, 67, -71))))
SCALES = [*({dimension: factor} for dimension in DIMENSIONS for factor in (4.0, 0.125)), TOGETHER]


@pytest.mark.parametrize("equation", [e for e in ALL if not is_bundle(e)], ids=label)
def test_the_output_of_every_equation_follows_its_unit(equation: Equation) -> None:
    for draw in range(DRAWS):
        plain = Sampler(SEED + draw)
        before = equation(**plain.inputs(equation))
        for scale in SCALES:
            stretched = Sampler(SEED + draw, scale)
            after = equation(**stretched.inputs(equation))
            expected = stretched.stretched(before, equation.symbol)
            assert same(after, expected, 1e-9), f"with {scale}: {after}, not {expected}"


@pytest.mark.parametrize(
    ("options", "plan"),
    GRAPHS,
    ids=[" ".join(options[k] for k in STRUCTURE) for options, _ in GRAPHS],
)
def test_every_step_of_a_whole_graph_follows_its_unit(options: dict[str, str], plan: Plan) -> None:
    _hold(plan)


@pytest.mark.parametrize(("name", "plan"), answers(), ids=[name for name, _ in answers()])
def test_the_answer_of_every_wall_follows_its_unit(name: str, plan: Plan | None) -> None:
    assert plan is not None, f"no options give {name}"
    _hold(plan)


def _hold(plan: Plan) -> None:
    """Every step of a plan on stretched inputs against the step on plain ones."""

    def run(scale: dict[str, float]) -> tuple[Sampler, list]:
        sampler = Sampler(SEED, scale)
        leaves = {name: sampler.value(name) for name in sorted(plan.leaves)}
        return sampler, plan.run(sampler.ordered(leaves))

    _, before = run({})
    sampler, after = run(TOGETHER)
    for slot, call in plan.made_by.items():
        if not is_bundle(call.equation):
            expected = sampler.stretched(before[slot], call.equation.symbol)
            assert same(after[slot], expected, 1e-9), call.equation


@pytest.mark.parametrize("equation", [e for e in ALL if is_bundle(e)], ids=label)
def test_an_equation_of_no_unit_only_ties_its_inputs_together(equation: Equation) -> None:
    given = Sampler(SEED).inputs(equation)
    assert tuple(equation(**given)) == tuple(given.values())


def test_the_whole_graphs_reach_training_and_inference_of_every_family() -> None:
    reached = {(options["family"], options["phase"]) for options, _ in GRAPHS}
    lacking = [
        f"{family} {kind}"
        for family in OPTIONS["family"]
        for kind, phases in (("training", {"training"}), ("inference", {"decode", "pass"}))
        if not any((family, phase) in reached for phase in phases)
    ]
    assert not lacking


def test_every_input_of_the_whole_graphs_is_a_symbol() -> None:
    reached = {name for _, plan in GRAPHS for name in plan.leaves}
    assert reached <= set(SYMBOLS) | set(RECORD_ROWS)
    assert len(reached & LEAVES) > 60
