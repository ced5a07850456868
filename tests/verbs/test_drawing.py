"""What `forecast run` writes where a chart cannot be drawn."""

from __future__ import annotations

import datetime as dt
import json
from types import SimpleNamespace

import pytest

from forecast.charts.data import ChartRefusal
from forecast.issue import charts as drawing

ISSUE = SimpleNamespace()  # only drawing and telling look into it, and both are replaced


@pytest.fixture
def refused(monkeypatch) -> set[str]:
    """Nodes whose chart is refused; the others are drawn as empty files."""
    nodes: set[str] = set()

    def draw_one(issue, kind, node, out, *, size, formats):
        if node in nodes:
            raise ChartRefusal("no glyph for 'x'")
        out.mkdir(exist_ok=True)
        ends = (*(f".{name}" for name in formats), ".csv", ".alt.txt")
        paths = [out / f"{node or 'all'}__{kind}{end}" for end in ends]
        for path in paths:
            path.touch()
        return paths

    told = {"judgements": [{"node": "arms"}, {"node": "truce"}]}
    monkeypatch.setattr(drawing, "draw_one", draw_one)
    monkeypatch.setattr(drawing, "issue_json", lambda _: json.loads(json.dumps(told)))
    return nodes


def test_a_refused_chart_is_told_and_leaves_the_others_and_the_numbers(refused, tmp_path):
    refused.add("truce")
    written, left = drawing.write_outputs(ISSUE, tmp_path)
    assert left == ["truce__trajectory: no glyph for 'x'"]
    assert {path.name for path in written} >= {
        "arms__trajectory.png", "all__panel.svg", "forecast.json"
    }  # fmt: skip
    assert "truce__trajectory.png" not in {path.name for path in tmp_path.iterdir()}
    assert not [name for name in json.loads((tmp_path / "forecast.json").read_text())["files"]
                if name.startswith("truce")]  # fmt: skip


def test_a_folder_with_every_chart_is_held_and_one_that_lacks_some_is_drawn_again(
    refused, tmp_path
):
    """Once the font is there, the missing chart is drawn."""
    refused.add("truce")
    drawing.write_outputs(ISSUE, tmp_path)
    assert drawing.write_outputs(ISSUE, tmp_path)[1]
    refused.clear()
    written, left = drawing.write_outputs(ISSUE, tmp_path)
    assert (len(written), left) == (13, [])
    refused.add("arms")  # would be refused, were it drawn again
    again, left = drawing.write_outputs(ISSUE, tmp_path)
    assert (set(again), left) == (set(written), [])


def test_charts_call_a_lineage_by_the_source_it_is_all_of(monkeypatch):
    """`us-gov` is printed as the name of its source, and no other part is renamed."""
    from forecast.study import charts as tornado_chart
    from forecast.study import charts as weights_chart

    names = {"us-gov": "US government", "time": "never"}
    stamp = SimpleNamespace(as_of=dt.date(2024, 1, 2))
    row = {"node": "a", "label": "A: yes", "proposition": "It is.", "lo80": 0.1, "hi80": 0.9}
    issue = SimpleNamespace(payload={"judgements": [row]})
    drawn = []
    for module, chart in ((weights_chart, "weights"), (tornado_chart, "tornado")):
        monkeypatch.setattr(module, "look", lambda _: (None, stamp))
        monkeypatch.setattr(
            f"forecast.charts.{chart}.chart", lambda values, **_: drawn.append(values)
        )
    parts = [{"label": "us-gov", "decibans": 10.0, "kind": "reports"},
             {"label": "time", "decibans": 0.0051, "kind": "time"}]  # fmt: skip
    explained = {"node": "a", "before": 0.5, "after": 0.909, "since": "2023-12-01", "parts": parts}
    weights_chart.weights_chart(issue, explained, names=names)
    sources = [SimpleNamespace(lineage=name, without=SimpleNamespace(probability=p))
               for name, p in (("us-gov", 0.3), ("kremlin", 0.4))]  # fmt: skip
    studied = SimpleNamespace(node="a", label="A: yes", probability=0.5, inputs=(), span="prior",
                              sources=sources, lo80=0.1, hi80=0.9)  # fmt: skip
    tornado_chart.tornado_chart(issue, studied, names=names)
    bars, swings = drawn
    assert [one.label for one in bars.weights][:2] == ["US government", "time"]
    assert [one.label for one in swings.swings] == ["Source: US government", "Source: kremlin"]
