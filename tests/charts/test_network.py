"""The network diagram: what stands where, what an arrow says, and what cannot be drawn."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.charts import neighbourhood, network, style
from forecast.charts import ring as rings
from forecast.charts.data import ChartRefusal
from forecast.charts.ring import Coupling, Network, Node, ratio

from . import network_samples, samples

VALUES = network_samples.network()


def said(chart) -> str:
    return " ".join(text.get_text() for ax in chart.figure.axes for text in ax.texts)


@pytest.mark.parametrize("size", style.SIZES)
def test_a_network_fits_every_size_with_a_row_for_each_link(size):
    chart = network.chart(VALUES, stamp=samples.STAMP, size=size)
    assert chart.name == "all__network"
    assert len(chart.data["kind"]) == 3 + 5 + 5
    assert len(chart.alt.short) <= 250


@pytest.mark.parametrize("size", style.SIZES)
@pytest.mark.parametrize("node", ["arms", "tech"])
def test_a_node_fits_every_size_with_its_indicators_by_name(node, size):
    chart = neighbourhood.chart(VALUES.around(node), stamp=samples.STAMP, size=size)
    assert chart.name == f"{node}__network"
    assert VALUES.pointing_at(node)[0].label in said(chart)


@pytest.mark.parametrize("count", [1, 2, 4, 8, 12])
def test_networks_of_one_to_twelve_nodes_are_drawn_on_a_page(count):
    values = network_samples.ring(count)
    chart = network.chart(values, stamp=samples.STAMP, size="page")
    assert said(chart).count("yes 50%") == count
    one = neighbourhood.chart(values.around("n0"), stamp=samples.STAMP, size="page")
    assert "12 indicators" in one.alt.title


def test_two_nodes_take_the_height_of_a_row():
    two = network_samples.network(nodes=network_samples.NODES[:2], pointers=(),
                                  couplings=network_samples.COUPLINGS[:1])  # fmt: skip
    chart = network.chart(two, stamp=samples.STAMP)
    wide, high = chart.figure.get_size_inches()
    assert high < 0.45 * wide


def test_what_has_no_room_is_refused_in_one_line():
    with pytest.raises(ChartRefusal, match="13 nodes on a diagram; at most 12") as caught:
        network.chart(network_samples.ring(13), stamp=samples.STAMP, size="page")
    assert "\n" not in str(caught.value)
    with pytest.raises(ChartRefusal, match="no room to stand apart"):
        network.chart(network_samples.ring(12), stamp=samples.STAMP, size="a4-column")


def test_directions_differ_in_dash_and_the_ratio_stands_on_the_arrow():
    chart = network.chart(VALUES, stamp=samples.STAMP)
    arrows = [line for line in chart.figure.axes[0].lines if line.get_label() == "_coupling"]
    looks = {line.get_color(): line._unscaled_dash_pattern for line in arrows}
    assert len(arrows) == len(VALUES.couplings)
    assert len(set(looks)) == len(set(map(str, looks.values()))) == 3
    for words in ("none to limited ×1.3–4.5", "×0.4–1", "×0.5–2"):  # noqa: RUF001
        assert words in said(chart)


def test_the_words_and_the_table_say_what_happens_to_the_headline_and_not_to_the_rate():
    """Failed mediation ends a ceasefire sooner: a factor above 1 that lowers."""
    nodes = (Node("truce", "Ceasefire", "holds", 0.6, ("fighting", "holds")),
             Node("talks", "Mediation", "failed", 0.3, ("under way", "failed")))  # fmt: skip
    leaving = Coupling("talks", "truce", "failed", "fighting", 2.0, 4.0, "lowers")
    values = network_samples.network(nodes=nodes, couplings=(leaving,), pointers=())
    for made in (network.chart(values, stamp=samples.STAMP),
                 neighbourhood.chart(values.around("truce"), stamp=samples.STAMP)):  # fmt: skip
        assert "Mediation (failed) lowers Ceasefire: holds" in made.alt.long
        assert "dashed, blue: lowers it" in made.alt.long.lower()
        (arrow,) = [line for line in made.figure.axes[0].lines if line.get_label() == "_coupling"]
        assert arrow.get_color() == style.BLUE
        assert [d for d in made.data["direction"] if d] == ["lowers"]
    assert "to fighting ×2–4" in said(network.chart(values, stamp=samples.STAMP))  # noqa: RUF001


def test_the_title_counts_the_indicators_seen_as_the_source_line_does():
    chart = network.chart(VALUES, stamp=samples.STAMP)
    words = " ".join(text.get_text() for text in chart.figure.texts).replace("\u00a0", " ")
    words = " ".join(words.split())
    assert f"({samples.STAMP.indicators} seen)" in words
    assert f"{samples.STAMP.indicators} indicators seen" in words


@pytest.mark.parametrize(
    ("ends", "printed"),
    [((3, 120), "×3–120"), ((1e-5, 2000), "×0.00001–2,000"), ((1.01, 1.04), "×1.01–1.04"),  # noqa: RUF001
     ((0.98, 1.02), "×0.98–1.02"), ((100, 101), "×100–101"), ((0.5, 1.0), "×0.5–1")],  # noqa: RUF001
)  # fmt: skip
def test_a_ratio_is_printed_in_plain_digits_with_its_ends_apart(ends, printed):
    assert ratio(*ends) == printed


def test_a_link_to_an_unknown_node_and_a_ratio_of_nothing_are_refused():
    with pytest.raises(ChartRefusal, match="names 'moon', which is no node"):
        network_samples.network(couplings=(Coupling("arms", "moon", "on", "up", 1, 2, "raises"),))
    with pytest.raises(ChartRefusal, match="must be above 0"):
        network_samples.network(couplings=(Coupling("arms", "tech", "on", "up", 0, 2, "raises"),))


def test_the_surroundings_of_a_node_keep_only_its_links():
    around = VALUES.around("tech")
    assert {(c.parent, c.child) for c in around.couplings} == {("arms", "tech"), ("pact", "tech")}
    assert {p.indicator for p in around.pointers} == {"launch"}


@settings(max_examples=40, deadline=None)
@given(count=st.integers(2, 9), data=st.data())
def test_no_order_of_few_boxes_has_fewer_crossings(count, data):
    """The chosen order is compared with random ones; up to six boxes it is the best of all."""
    ends = st.integers(0, count - 1)
    links = data.draw(st.lists(st.tuples(ends, ends), max_size=8))
    places = rings.spots(count, width=100.0, height=60.0)
    chosen = rings.order(count, links, places)
    assert sorted(chosen) == list(range(count))
    other = data.draw(st.permutations(range(count)))
    if count <= 6:
        assert crossings(chosen, links, places) <= crossings(list(other), links, places)


def crossings(order, links, places) -> int:
    """Count crossings by the orientation of triangles, not by the order on the ring."""

    def turn(a, b, c):
        return np.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))

    lines = sorted({tuple(sorted((order[a], order[b]))) for a, b in links if a != b})
    count = 0
    for one, two in combinations(lines, 2):
        if set(one) & set(two):
            continue
        (a, b), (c, d) = ((places[i], places[j]) for i, j in (one, two))
        count += bool(turn(a, b, c) != turn(a, b, d) and turn(c, d, a) != turn(c, d, b))
    return count


def test_an_unlinked_node_is_drawn_alone():
    lone = Network("all", "x", samples.AS_OF, (Node("a", "Alone", "yes", 0.3, ("no", "yes")),))
    assert "30%" in said(network.chart(lone, stamp=samples.STAMP))
    assert "Alone" in said(neighbourhood.chart(lone.around("a"), stamp=samples.STAMP))
