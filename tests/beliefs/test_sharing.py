"""What shares rates must name something, and state the same as it."""

from __future__ import annotations

import hashlib
import json

import pytest

from forecast.beliefs import fingerprint, inspect
from forecast.beliefs.first_model import first_model
from forecast.beliefs.series_files import read_series
from tests.verbs.test_from_series import pairs


@pytest.fixture
def pooled(tmp_path):
    """A file in which one stream has the rates of another."""
    series = read_series(pairs(tmp_path / "pairs.csv", groups=("north", "south", "west")))
    return first_model(series, states=4, source="invented", pool=True)


def problems(tmp_path, text):
    """Messages of what is wrong with a file."""
    path = tmp_path / "priors.yaml"
    path.write_text(text, "utf-8")
    return [problem for problem in inspect(path)[1] if problem.severity != "warning"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("rates_like: north_conflict ", "rates_like: nord_conflict ", "unknown indicator"),
        ("moves_like: north_conflict_level ", "moves_like: nowhere ", "unknown node"),
        ("rates_like: north_conflict ", "rates_like: south_conflict ", "shares with itself"),
        (
            "moves_like: north_conflict_level ",
            "moves_like: west_conflict_level ",
            "none of its own",
        ),
        ("dispersion: [1.0, 20.0] ", "dispersion: [1.0, 21.0] ", "states other kind, numbers"),
        ("within: 28 days", "within: 29 days", "states other states or hazards"),
    ],
)
def test_a_wrong_reference_is_one_line(pooled, tmp_path, old, new, said):
    """It says which is meant, at the line where it stands."""
    assert problems(tmp_path, pooled) == []
    at = pooled.index("  south_conflict_level:") if "level" in old or "within" in old else None
    at = pooled.index("  south_conflict:") if at is None else at
    found = problems(tmp_path, pooled[:at] + pooled[at:].replace(old, new, 1))
    assert [said in str(problem) for problem in found] == [True]
    assert found[0].line > 0


def test_a_file_without_sharing_prints_as_before(river):
    """The fingerprint of a file that uses none of this is what it was before there was any."""
    values = river.model_dump(
        mode="json", by_alias=True, exclude={"alerts", "source_memory", "case"}
    )
    for later in ("learning", "follow_through", "rates"):
        assert values.pop(later) is None
    for entry in (*values["nodes"].values(), *values["indicators"].values()):
        assert entry.pop("moves_like" if "states" in entry else "rates_like") is None
    for indicator in values["indicators"].values():
        assert not indicator.pop("open", False)
    for question in values["questions"].values():
        assert question.pop("at_least") == 1
        assert question.pop("prior") is None
    values["node_order"] = list(river.nodes)
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert fingerprint(river) == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("learning: {half_life: 3 days, source: s, rationale: r}\n", "less than one step"),
        ("learning: {half_life: 2 years}\n", "source"),
        ("learning: {halflife: 2 years, source: s, rationale: r}\n", "halflife"),
    ],
)
def test_a_wrong_half_life_is_said(pooled, tmp_path, text, said):
    """It is a period of a step or more, with its source and its reason."""
    found = problems(tmp_path, pooled + "\n" + text)
    assert any(said in str(problem) for problem in found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rates: {}\n", "common_level"),
        ("rates: {common_level: {shift: 1.0}}\n", "source"),
        ("rates: {common_level: {shift: 0, source: s, rationale: r}}\n", "shift"),
        ("rates: {common_level: {slope: 4.0, source: s, rationale: r}}\n", "slope"),
        ("rates: {common_level: {shift: .nan, source: s, rationale: r}}\n", "shift"),
        ("rates: {common_level: {shfit: 1.0, source: s, rationale: r}}\n", "shfit"),
        ("rates: {common_level: {of: detections, source: s, rationale: r}}\n", "reports"),
        ("rates: {common_level: {source: s, rationale: r}}\n", "two or more presence"),
    ],
)
def test_a_wrong_common_level_is_one_line(pooled, tmp_path, text, said):
    """It has two widths, a source and a reason; and counts alone have no level in common."""
    found = problems(tmp_path, pooled + "\n" + text)
    assert any(said in str(problem) for problem in found)
    assert all("\n" not in str(problem) for problem in found)
