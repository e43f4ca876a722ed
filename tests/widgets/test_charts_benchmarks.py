"""The charts of what a score leaves out show what the core says."""

from __future__ import annotations

import pytest
from mlsysim_widgets import theme
from mlsysim_widgets.charts import CHARTS
from mlsysim_widgets.charts.benchmarks import WARM, sampled

from mlsysim.core.graph import solve

pytestmark = pytest.mark.native


@pytest.mark.parametrize("name", ["warming", "answers"])
def test_an_example_is_drawn_in_every_theme_and_says_numbers(name):
    try:
        for look in theme.PALETTES:
            theme.use(look)
            figure = eval(CHARTS[name].example, {name: CHARTS[name].function})
            assert any(letter.isdigit() for letter in theme.alt(figure))
            assert figure.layout.meta["theme"] == look
            assert len(figure.layout.title.text) <= 42
            assert all(trace.hovertemplate for trace in figure.data)
    finally:
        theme.use("")


def test_the_case_warms_as_the_core_says_and_stays_at_its_limit():
    case, steps, speed = CHARTS["warming"].function(WARM, air=25).data
    rise = solve(("temperature_rise",), {**WARM, "duration": 60.0}, {})["temperature_rise"]
    assert case.y[list(case.x).index(60)] == pytest.approx(25 + rise)
    assert max(case.y) == 45
    for x, y in zip(steps.x, steps.y):
        assert y == pytest.approx(case.y[list(case.x).index(x)], rel=0.005)
    assert (speed.y[0], speed.y[-1]) == (100, pytest.approx(62.5))


def test_all_answers_are_counted_and_their_percentile_is_that_of_the_equation():
    (bars,) = CHARTS["answers"].function(0.05, 1.0).data
    times = sampled(0.05, 1.0)
    assert sum(bars.y) == len(times)
    given = {"mean_latency": 0.05, "log_spread": 1.0, "percentile_share": 0.99}
    late = solve(("lognormal_percentile",), given, {})["lognormal_percentile"]
    assert times[int(0.99 * len(times))] == pytest.approx(late, rel=0.03)
