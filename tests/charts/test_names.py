"""Long names that begin alike: they stay apart, and no number beside one is ever cut."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import permutations
from types import SimpleNamespace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from forecast.charts import (
    comparison,
    fan,
    heat,
    icons,
    neighbourhood,
    network,
    panel,
    rows,
    side_by_side,
    text,
    tornado,
    weights,
)
from forecast.charts.data import Mark
from forecast.charts.fan import Fan
from forecast.charts.heat import Cell, Heat, Strip
from forecast.charts.ring import Coupling, Node, Pointer
from forecast.charts.side_by_side import Scenario
from forecast.charts.tornado import Swing
from forecast.charts.weights import Weight

from . import network_samples, row_samples, samples

SCALED = {"scale": samples.ICD203, "stamp": samples.STAMP}
NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight")
SIZES = ("a4", "a4-column")


def long(number: str) -> str:
    """Invent a name of 115 letters; only one word of it is its own."""
    return (
        f"The national coalition government of the northern provinces under chair {number} "
        "formally ratifies the amended treaty"
    )


NAMES = tuple(long(number) for number in NUMBERS)


def printed(figure) -> list[str]:
    """Texts inside the axes, on one line each."""
    found = [t.get_text() for ax in figure.axes for t in ax.texts]
    return [" ".join(words.replace("\u00a0", " ").split()) for words in found]


def names_in(figure) -> str:
    """All that is printed, since a name may take several lines, each a text of its own."""
    return " ".join(printed(figure))


def told(figure, names=NUMBERS) -> list[str]:
    """Which of the words that tell names apart are printed."""
    words = set(names_in(figure).replace("…", " ").replace(":", " ").split())
    return [name for name in names if name in words]


def row(number: int, p: float, kind: str = "state"):
    return row_samples.outcome(NAMES[number], p, kind)


NODES = tuple(
    Node(f"n{n}", name, long("quorum"), p, (long("quorum"), long("deadlock")))
    for n, (name, p) in enumerate(zip(NAMES[:5], (0.004, 0.996, 0.5, 0.37, 0.12), strict=True))
)
COUPLINGS = tuple(
    Coupling(f"n{n}", f"n{(n + 1) % 5}", long("quorum"), long("deadlock"), 1.1, 3.0, "raises")
    for n in range(5)
)
POINTERS = tuple(Pointer(f"i{n}", name, "n0", 1.1, 2.0 + n) for n, name in enumerate(NAMES))
NETWORK = network_samples.network(nodes=NODES, couplings=COUPLINGS, pointers=POINTERS)


def states(**how):
    shares = (0.004, 0.01, 0.2, 0.3, 0.4, 0.086)
    outcomes = tuple(row(n, p) for n, p in enumerate(shares))
    return comparison.chart(row_samples.comparison(outcomes), **SCALED, **how)


def scenarios(**how):
    outcomes = (row_samples.outcome("Baseline", 0.3, "baseline"),
                *(row(n, 0.35 + 0.1 * n, "do") for n in range(4)))  # fmt: skip
    return comparison.chart(row_samples.scenarios(outcomes), **SCALED, **how)


def contributions(**how):
    parts = tuple(Weight(name, 3.0 - n) for n, name in enumerate(NAMES[:3]))
    return weights.chart(row_samples.weights(parts), **SCALED, **how)


def swings(**how):
    found = tuple(Swing(NAMES[n], 0.2 - n / 50, 0.3, "1%", "9%") for n in range(3))
    return tornado.chart(row_samples.tornado(found), **SCALED, **how)


def strips(**how):
    cells = (Cell("silence"), Cell("report", 0.5))
    starts = (samples.BEGIN, samples.BEGIN + dt.timedelta(days=30))
    found = tuple(Strip(name, cells) for name in NAMES[:3])
    values = Heat("all", "All", samples.AS_OF, starts, found)
    return heat.chart(values, stamp=samples.STAMP, **how)


def marks(**how):
    arrays = tuple(zip(NAMES[:3], (0.004, 0.24, 0.996), strict=True))
    return icons.chart(row_samples.icons(arrays), **SCALED, **how)


def whole(**how):
    return network.chart(NETWORK, stamp=samples.STAMP, **how)


def around(**how):
    return neighbourhood.chart(NETWORK.around("n0"), stamp=samples.STAMP, **how)


def beside(**how):
    others = [Scenario(name, samples.node(marks=(), rise=5.5 - n))
              for n, name in enumerate(NAMES[:3])]  # fmt: skip
    return side_by_side.chart(samples.node(marks=()), others, name="if", **SCALED, **how)


def panels(**how):
    values = [samples.node(name=f"n{n}", label=name, rise=2.0 + n)
              for n, name in enumerate(NAMES[:6])]  # fmt: skip
    return SimpleNamespace(figure=panel.figure(values, **SCALED, **how))


#: How each kind is drawn with long names, and how many of them.
KINDS = {states: 6, scenarios: 4, contributions: 3, swings: 3, strips: 3, marks: 3, whole: 5,
         around: 3, beside: 3, panels: 6}  # fmt: skip


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", KINDS)
def test_names_that_begin_alike_keep_what_tells_them_apart(kind, size):
    """`chart` measures that no text leaves the page or runs into another before it returns."""
    shown = 0 if (kind, size) == (beside, "a4-column") else KINDS[kind]  # it has room for one
    assert set(NUMBERS[:shown]) <= set(told(kind(size=size).figure))


@pytest.mark.parametrize("size", SIZES)
def test_no_probability_is_cut_from_a_box_of_the_network(size):
    made = whole(size=size)
    said = names_in(made.figure)
    for node in NODES:
        assert f" {text.percent(node.p)}" in said
    frame = made.figure.axes[0].get_window_extent()
    for words in made.figure.axes[0].texts:
        box = words.get_window_extent()
        assert box.x0 >= frame.x0 - 1
        assert box.x1 <= frame.x1 + 1


@pytest.mark.parametrize("size", SIZES)
def test_a_node_keeps_its_probability_and_its_factors_whatever_its_states_are_called(size):
    said = names_in(around(size=size).figure)
    assert "<1%" in said
    assert said.count("×1.1–") >= (8 if size == "a4" else 4)  # noqa: RUF001
    if size == "a4":
        assert said.count("×1.1–3") >= 2  # noqa: RUF001


@pytest.mark.parametrize("size", SIZES)
def test_the_count_above_an_array_of_marks_is_never_cut(size):
    said = printed(marks(size=size).figure)
    assert [words.rpartition(": ")[2] for words in said] in (
        ["fewer than 1 in 100", "24 in 100", "more than 99 in 100"],
        ["<1%", "24%", ">99%"],
    )


@pytest.mark.parametrize("count", [1, 2, 7, 12])
def test_networks_of_long_names_are_drawn_on_a_page(count):
    ring = network_samples.ring(count)
    nodes = tuple(replace(n, label=f"{NAMES[0]} {i}", headline=NAMES[1], p=0.996)
                  for i, n in enumerate(ring.nodes))  # fmt: skip
    made = network.chart(replace(ring, nodes=nodes), stamp=samples.STAMP, size="page")
    assert names_in(made.figure).count(">99%") == count


def test_an_end_of_a_tornado_is_labelled_so_that_it_says_something_or_not_at_all():
    ends = ("The ministry confirms the lower figure", "The ministry confirms the upper figure")
    found = (Swing("An input", 0.1, 0.5, *ends), Swing("Another", 0.2, 0.3, "odds halved", "2"))
    wide = tornado.chart(row_samples.tornado(found), **SCALED)
    said = names_in(wide.figure)
    assert "lower" in said
    assert "upper" in said
    long_ends = tuple(f"{words} of the harvest" for words in ends)
    found = (Swing("An input", 0.1, 0.5, *long_ends), found[1])
    narrow = tornado.chart(row_samples.tornado(found), **SCALED, size="a4-column")
    cut = [words for words in printed(narrow.figure) if "…" in words]
    assert not [words for words in cut if len(words) < 9]
    assert not {"The…", "The ministry…"} & set(printed(narrow.figure))
    assert narrow.data["low_input"][0] == long_ends[0]


def test_a_title_names_which_of_the_scenarios_it_speaks_of():
    made = scenarios(size="a4-column")
    (title,) = (t.get_text() for t in made.figure.texts if t.get_label() == "title")
    assert "four" in title.split()


def test_the_title_of_a_fan_gives_value_and_interval_of_one_day():
    values = samples.node()
    made = fan.chart(Fan(values), **SCALED)
    (title,) = (t.get_text() for t in made.figure.texts if t.get_label() == "title")
    title = " ".join(title.replace("\u00a0", " ").split())
    now, ends = values.value, values.interval80
    assert title.endswith(f"({text.percent(now)}), 80% interval {text.interval(*ends)}, "
                          "on 31 Dec 2024")  # fmt: skip
    (below,) = (t.get_text() for t in made.figure.texts if t.get_label() == "subtitle")
    last = text.interval(float(values.lo80[-1]), float(values.hi80[-1]))
    assert f"80% interval {last} on 31 Dec 2025" in " ".join(below.replace("\u00a0", " ").split())


def test_reports_in_the_key_are_told_apart_too():
    found = [Mark(dt.date(2024, 1, day + 1), name) for day, name in enumerate(NAMES)]
    said = text.key(found, of=len(found))
    assert all(f" {number} " in said or f" {number}…" in said for number in NUMBERS)


WORD = st.text("abcdefgh", min_size=1, max_size=9)
NAME = st.lists(WORD, min_size=1, max_size=12).map(" ".join)


@settings(max_examples=200, deadline=None)
@given(start=NAME, ends=st.lists(NAME, min_size=2, max_size=5, unique=True),
       room=st.integers(12, 60))  # fmt: skip
@example(start="조선민주주의인민공화국외무성대변인담화", ends=["하나", "둘"], room=12)
@example(start="a", ends=["b", "b c"], room=12)
def test_a_cut_name_fits_and_is_no_other_name_s(start, ends, room):
    names = [f"{start} {end}" for end in ends]
    cut = [text.told_apart(name, names, lambda said: len(said) <= room) for name in names]
    assert all(len(each) <= room for each in cut)
    if len(names) == 2 and not any(one.startswith(other) for one, other in permutations(names)):
        assert cut[0] != cut[1]


@settings(max_examples=30, deadline=None)
@given(label=NAME, number=st.sampled_from([">99%", "24 in 100", "×0.15–0.6"]),  # noqa: RUF001
       width=st.floats(16, 60))  # fmt: skip
def test_what_stands_after_a_shortened_name_is_never_cut(label, number, width):
    (line,) = rows.shorten(label, width=width, points=8, after=f" {number}")
    assert line.endswith(number)
    assert text.measure(line, points=8) <= width + 1e-6


def test_the_type_of_a_name_is_never_below_what_may_be_printed():
    for kind in KINDS:
        for ax in kind(size="a4-column").figure.axes:
            assert all(float(t.get_fontsize()) >= 6.5 - 1e-9 for t in ax.texts)
