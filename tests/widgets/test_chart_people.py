"""A thousand people of each group: the counts are those of the rates, and every person is drawn once."""

from collections import Counter

import pytest
from mlsysim_widgets import theme
from mlsysim_widgets.charts.people import counted
from mlsysim_widgets.gallery import made

from mlsysim import InputError

pytestmark = pytest.mark.native
RATES = {"precision_share": 0.8, "miss_chance": 0.2}


@pytest.mark.parametrize("share", [0.05, 0.1, 0.3, 0.5])
def test_counts_give_the_rates_back(share):
    own = counted({"base_share": share, **RATES})
    assert sum(own) == 1000
    assert own.rightly + own.missed == pytest.approx(1000 * share)
    assert own.rightly / (own.rightly + own.wrongly) == pytest.approx(0.8, abs=0.01)
    assert own.missed / (own.rightly + own.missed) == pytest.approx(0.2)


def test_rates_of_which_one_is_no_share_are_refused():
    with pytest.raises(InputError, match="false_positive_chance"):
        counted({"base_share": 0.5, "precision_share": 0.1, "miss_chance": 0.2})


@pytest.mark.parametrize("look", [*theme.PALETTES])
def test_every_person_is_drawn_once(look):
    theme.use(look)
    figure = made("people")
    theme.use("")
    drawn = Counter(one for row in figure.data[0].z for one in row if one is not None)
    assert drawn == {0: 320, 1: 80, 2: 80, 3: 1520}
    assert "240 flagged rightly, 60 missed, 60 flagged wrongly" in theme.alt(figure)
    assert len(figure.layout.title.text) <= 42, "a phone shows no more"
