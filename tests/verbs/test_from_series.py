"""`forecast init --from-series`: a model of one's own numbers that checks without a warning."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from forecast.beliefs import inspect, read_events
from forecast.beliefs.first_model import ladder
from forecast.beliefs.series_files import read_series
from forecast.errors import ReportsError
from forecast.inference.encoding import encode
from forecast.inference.observations import observe
from forecast.project.start import start_from_series


def weekly(path, rows=40, *, head="date,incidents,trade", bom=""):
    """Counts that rise half way, and values; one week has no count."""
    rng = np.random.default_rng(1)
    lines = [head]
    for n in range(rows):
        day = dt.date(2023, 1, 2) + dt.timedelta(days=7 * n)
        count = "" if n == 7 else rng.poisson(2 if n < rows // 2 else 9)
        lines.append(f"{day},{count},{-5 + rng.normal(0, 2):.2f}")
    path.write_text(bom + "\n".join(lines) + "\n", "utf-8")
    return path


@pytest.mark.parametrize("states", [4, 8])
def test_what_is_written_has_no_problem(states, tmp_path):
    """Not even a warning; every number is there, and a missing one says nothing."""
    start_from_series(tmp_path / "p", weekly(tmp_path / "w.csv"), states=states)
    beliefs, problems = inspect(tmp_path / "p" / "priors.yaml")
    assert problems == []
    watched = {each.node for each in beliefs.alerts.values()}
    assert watched == set(beliefs.nodes)
    kinds = {name: each.kind for name, each in beliefs.indicators.items()}
    assert kinds == {"incidents": "count", "trade": "value"}
    assert {len(node.states) for node in beliefs.nodes.values()} == {states}
    reports, coverage = read_events(tmp_path / "p" / "events", beliefs=beliefs)
    assert len(reports) == 79
    seen = observe(encode(beliefs), reports, coverage, as_of=dt.date(2023, 10, 8))
    cells = set(zip(seen.cell_step.tolist(), seen.cell_indicator.tolist(), strict=True))
    assert cells == {(s, k) for s in range(40) for k in (0, 1)} - {(7, 0)}


def test_the_ladder_has_room_beyond_the_data(tmp_path):
    """Its ends lie outside what was seen, its levels rise."""
    for each in read_series(weekly(tmp_path / "w.csv")):
        levels = ladder([each], states=6).levels
        assert list(levels) == sorted(levels)
        assert levels[0] < np.quantile(each.values, 0.1)
        assert levels[-1] > np.mean(each.values)


def test_far_outliers_are_read_on_an_asinh_scale(tmp_path):
    """Others are not."""
    path = weekly(tmp_path / "w.csv")
    assert ladder(read_series(path)[1:], states=6).asinh is None
    text = path.read_text("utf-8").replace("2023-01-02,", "2023-01-02,1,-900\n2022-12-26,", 1)
    path.write_text(text, "utf-8")
    assert ladder(read_series(path)[1:], states=6).asinh > 0


@pytest.mark.parametrize("number", ["0", "-3.5"])
def test_numbers_that_never_change_make_a_model_too(number, tmp_path):
    """Counts of nothing, and a value that stands still."""
    days = [dt.date(2023, 1, 2) + dt.timedelta(days=7 * n) for n in range(25)]
    (tmp_path / "w.csv").write_text("date,n\n" + "".join(f"{d},{number}\n" for d in days), "utf-8")
    start_from_series(tmp_path / "p", tmp_path / "w.csv", states=6)
    assert inspect(tmp_path / "p" / "priors.yaml")[1] == []


def test_a_byte_order_mark_and_groups_are_read(tmp_path):
    """A column 'series' gives each group streams of its own."""
    path = tmp_path / "w.csv"
    days = [dt.date(2023, 1, 2) + dt.timedelta(days=7 * n) for n in range(25)]
    rows = "".join(f"{day},{who},{n % 5}\n" for n, day in enumerate(days) for who in ("A-B", "C"))
    path.write_text("\ufeffweek,series,n\n" + rows, "utf-8")
    assert [(each.group, len(each.values)) for each in read_series(path)] == [
        ("a_b", 25),
        ("c", 25),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no column 'date'"),
        ("when,n\n2023-01-01,1\n", "no column 'date'"),
        ("date\n2023-01-01\n", "no column of numbers"),
        ("date,n,N\n2023-01-01,1,2\n", "two columns of one name"),
        ("date,n\n2023-01-01,many\n", "is not a number"),
        ("date,n\n01/02/2023,1\n", "is not a date"),
        ("date,n\n2023-01-01,1\n2023-01-01,2\n", "stands twice"),
        ("date,n\n2023-01-01,1,2\n", "has 3 cells"),
        ("date,n\n2023-01-01,\n", "holds no number"),
        ("date,n\n2023-01-01,5\n", "at least 20"),
    ],
)
def test_what_cannot_be_used_is_said(text, said, tmp_path):
    """With its line, before anything is written."""
    (tmp_path / "w.csv").write_text(text, "utf-8")
    with pytest.raises(ReportsError, match=said):
        start_from_series(tmp_path / "p", tmp_path / "w.csv", states=6)
    assert not (tmp_path / "p").exists()


def pairs(path, *, groups=("north", "south")):
    """The same counts of several pairs of countries."""
    rng, lines = np.random.default_rng(2), ["series,week,conflict"]
    for number, group in enumerate(groups):
        for n in range(30):
            day = dt.date(2023, 1, 2) + dt.timedelta(days=7 * n)
            lines.append(f"{group},{day},{rng.poisson(1 + 4 * number)}")
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def test_pooled_streams_share_one_ladder_and_one_set_of_rates(tmp_path):
    """The file says so, checks without a warning, and has rates for one stream only."""
    start_from_series(tmp_path / "p", pairs(tmp_path / "w.csv"), states=4, pool=True)
    beliefs, problems = inspect(tmp_path / "p" / "priors.yaml")
    assert problems == []
    assert [each.rates_like for each in beliefs.indicators.values()] == [None, "north_conflict"]
    assert [each.moves_like for each in beliefs.nodes.values()] == [None, "north_conflict_level"]
    shared = encode(beliefs).priors
    start_from_series(tmp_path / "q", pairs(tmp_path / "w.csv", groups=("north",)), states=4)
    alone = encode(inspect(tmp_path / "q" / "priors.yaml")[0]).priors
    for block, (_, found) in shared.blocks.items():
        assert len(found) == len(alone.blocks[block][1])


def test_nothing_to_pool_is_said(tmp_path):
    """Where every column is of one series, --pool would do nothing."""
    with pytest.raises(ReportsError, match="nothing to pool"):
        start_from_series(tmp_path / "p", weekly(tmp_path / "w.csv"), states=4, pool=True)
