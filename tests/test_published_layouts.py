"""Layouts that were published, beside the best that the search finds for the same chips, batch and software."""

from __future__ import annotations

import pytest

from mlsysim.core.solver.optima.layouts import degrees, rows, space_of
from mlsysim.scenario import Scenario
from mlsysim.validation.layouts import NEAR, Compared, Layout, compared, read_layouts

pytestmark = pytest.mark.native
LAYOUTS = read_layouts()


def _name(layout: Layout) -> str:
    return layout.name


@pytest.mark.parametrize("row", compared(), ids=lambda row: row.layout.name)
def test_a_published_layout_is_near_the_best_or_the_reason_is_given(row: Compared) -> None:
    fits = row.memory_load <= 1
    assert row.ratio >= 1 or not fits
    assert row.layout.reason or (row.ratio <= NEAR and fits)
    assert row.ratio <= 1.2


@pytest.mark.parametrize("layout", LAYOUTS, ids=_name)
def test_a_published_layout_is_one_of_those_that_are_compared(layout: Layout) -> None:
    space = space_of(Scenario(layout.plan({})))
    names = ("tp", "cp", "pp", "dp", "ep", "microbatch", "virtual_stages")
    wanted = {name: layout.published[name] for name in names if name in layout.published}
    found = (dict(zip(names, row)) for row in rows(space, degrees(space)))
    assert any(wanted.items() <= one.items() for one in found)


def test_there_are_many_layouts_of_training_and_some_of_serving() -> None:
    training = [x for x in LAYOUTS if x.workload.get("mode") == "training"]
    assert len(training) >= 8
    assert len(LAYOUTS) - len(training) >= 3
    assert all(x.source and x.place for x in LAYOUTS)
    assert len({x.source for x in LAYOUTS}) >= 8


def test_the_median_layout_is_further_from_the_best_than_the_published_one() -> None:
    """A comparison that any layout would pass shows nothing."""
    assert sum(row.usual > NEAR for row in compared()) >= len(compared()) - 3
    assert sum(row.usual >= row.ratio for row in compared()) == len(compared())


TRAINED = [x for x in LAYOUTS if x.workload.get("mode") == "training"]


@pytest.mark.parametrize("layout", TRAINED, ids=_name)
def test_it_is_near_by_the_estimate_from_kernels_alone_too(layout: Layout) -> None:
    """Six tenths of a step's logarithm are an estimate by arithmetic, which sees few differences between layouts."""
    from mlsysim.validation.layouts import compare

    alone = compare(layout._replace(inputs={**layout.inputs, "blend_share": 0.0}))
    assert alone.ratio <= NEAR + 0.005
