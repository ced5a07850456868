"""Rank plots: what is drawn is the distribution of the ranks, and a failure can be seen."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from forecast.charts import ranks, style
from forecast.charts.data import ChartRefusal, Stamp

DAY = dt.date(2024, 7, 1)
STAMP = Stamp(DAY, "simulated records", "ranks", "0.1.0", "0123456789", 3, 2)


def values(*, doubted: tuple[str, ...] = (), panels: int = 5) -> ranks.Ranks:
    """Panels of two quantities each, of which the first of the first is far off."""
    rng = np.random.default_rng(1)
    made = {
        f"block_{n}": {name: rng.integers(0, 100, 50).tolist() for name in ("one", "two")}
        for n in range(panels)
    }
    made["block_0"]["one"] = rng.integers(0, 40, 50).tolist()
    z = np.arange(1, 100) / 100
    return ranks.Ranks("validation", DAY, made, 99, z - 0.18, z + 0.18, doubted)


def test_a_curve_is_the_share_of_ranks_below_less_the_uniform_one() -> None:
    """Fifty ranks of 0 to 39: all of them lie below 40, where four tenths should."""
    curve = values().curve([*range(40), *range(10)])
    assert curve[39] == pytest.approx(1 - 0.4)
    assert curve[9] == pytest.approx(20 / 50 - 0.1)


def test_curves_outside_the_band_are_counted_and_said() -> None:
    """The one that is far off leaves the band, and the subtitle says how many do."""
    assert values().outside() == 1
    made = ranks.chart(values(), stamp=STAMP)
    said = " ".join(t.get_text() for t in made.figure.texts).replace("\n", " ")
    assert "1 leave it" in said
    assert "none of 10 quantities fails" in said


def test_what_fails_is_thick_and_red() -> None:
    """One line of the first panel differs in colour and width, and the title counts it."""
    made = ranks.chart(values(doubted=("block_0 one",)), stamp=STAMP)
    assert "1 of 10 quantities fails" in made.alt.title
    lines = {line.get_label(): line for line in made.figure.axes[0].lines}
    assert lines["_one"].get_color() == style.COLOURS[1]
    assert lines["_one"].get_linewidth() > lines["_two"].get_linewidth()


@pytest.mark.parametrize("panels", [1, 3, 12])
def test_any_number_of_panels_can_be_read(panels: int) -> None:
    """One panel, a full row and a full page pass the checks of the standard."""
    made = ranks.chart(values(panels=panels), stamp=STAMP)
    assert len(made.figure.axes) == panels
    assert len(made.data["rank"]) == 99
    assert len(made.data) == 3 + 2 * panels


def test_nothing_is_drawn_without_ranks_or_with_another_band() -> None:
    """A refusal says what is missing."""
    good = values()
    with pytest.raises(ChartRefusal, match="no ranks"):
        ranks.Ranks("x", DAY, {}, 99, good.low, good.high)
    with pytest.raises(ChartRefusal, match="99"):
        ranks.Ranks("x", DAY, good.panels, 99, good.low[1:], good.high[1:])
    with pytest.raises(ChartRefusal, match="as of"):
        ranks.chart(good, stamp=Stamp(dt.date(2024, 7, 2), "s", "r", "0", "0", 1, 1))
