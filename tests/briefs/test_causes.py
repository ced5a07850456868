"""Why a judgement moved: parts in points that add up, and what was looked for in vain."""

import datetime as dt
import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.analysis.explanation import Part
from forecast.beliefs.sources import Source, origins
from forecast.briefs import causes
from forecast.briefs.facts import Change, Missed
from forecast.publish.gather import grouped
from tests.briefs.samples import facts, judgement, vocabulary

shares = st.lists(st.floats(-0.2, 0.2), min_size=1, max_size=12)


@given(shares)
def test_printed_points_add_up_and_are_less_than_a_point_from_the_parts(parts):
    total = sum(parts)
    found = causes.whole_points(parts, total)
    assert sum(found) == round(100 * total)
    assert all(abs(100 * p - x) < 1 + 1e-6 for p, x in zip(parts, found, strict=True))


def test_two_lineages_each_way_are_named_and_all_parts_add_up():
    path = [0.30, 0.32, 0.40, 0.50, 0.53, 0.48, 0.44, 0.43, 0.43]
    kinds = ["silence", "time", *["reports"] * 7]
    names = ["Rates", "Time", "a", "b", "c", "d", "e", "f", "g"]
    parts = [Part(n, k, 0.0, p) for n, k, p in zip(names, kinds, path, strict=True)]
    found = dict(grouped(parts, 0.28))
    assert {name for name in found if name.startswith("new")} == {
        "new reports from b", "new reports from a", "new reports from d", "new reports from e",
        "new reports from others",
    }  # fmt: skip
    assert found["the passage of time, silence included"] == pytest.approx(0.04)
    assert found["new reports from others"] == pytest.approx(0.03 - 0.01)
    assert sum(found.values()) == pytest.approx(0.43 - 0.28)


def moved():
    parts = (("new reports from kremlin", 0.162), ("new reports from others", 0.04),
             ("time passing", -0.058))  # fmt: skip
    missed = (Missed("A launch", 0.41, -0.02),)
    return Change(dt.date(2024, 5, 1), 0.54, parts, ("R3",), missed)


def test_the_sentence_of_a_change_holds_its_causes_its_reports_and_what_did_not_come():
    held = facts(judgement(before=replace(moved(), parts=(), missed=())))
    words = vocabulary(held, explain=lambda: {"talks": moved()})
    text = "".join(p for p in words.change_sentence("talks").parts if isinstance(p, str))
    assert (
        "+14 points. The rise reflects new reports (kremlin +16, others +4), partly offset by "
        "time passing (\N{MINUS SIGN}6)." in text
    )
    assert "Envoys met for the 3th time" in text
    assert (
        "not reported: “A launch” (chance of a report by now 41%; its absence alone moves the "
        "estimate by \N{MINUS SIGN}2 points)." in text
    )
    short = words.key_judgements().items[0].parts[-1]
    assert short.endswith("+14 points, most of all by new reports (kremlin +16).")


def test_a_first_issue_tells_the_causes_since_the_brief():
    one = judgement(p=0.684, at_brief=0.54)
    words = vocabulary(facts(one), explain=lambda: {"talks": moved()})
    text = words.what_changed().items[0].parts[0]
    assert "54% on 1 January 2024, 68% now (+14 points)" in text
    rise = "The rise reflects new reports (kremlin +16, others +4), partly offset by "
    assert f"{rise}time passing (\N{MINUS SIGN}6)." in text


def test_without_an_explanation_nothing_is_claimed():
    text = "".join(map(str, vocabulary().change_sentence("talks").parts))
    assert "(new reports" not in text
    assert "not reported" not in text


def test_parts_in_a_brief_add_up_to_its_change_and_are_those_of_explain(project, forecast):
    """Every bullet of what changed, against `forecast explain --since-issue`."""
    assert forecast("brief", "new", "brief.md").code == 0
    text = (project / "brief.md").read_text("utf-8").replace("\N{MINUS SIGN}", "-")
    value = json.loads(forecast("run", "--draws", 400, "--no-charts", "--json").out)
    rows = re.findall(r"^\| (.*) \|$", text, re.MULTILINE)
    cells = {row.split(" | ")[0]: row.split(" | ") for row in rows}
    told = text.partition("forecast.what_changed()")[2].partition("/forecast")[0]
    bullets = re.findall(r"^- (.*)$", told, re.MULTILINE)
    assert len(bullets) == len(value["judgements"])
    for row, bullet in zip(value["judgements"], bullets, strict=True):
        assert bullet.startswith(row["label"])
        split = re.search(
            r"The (?:rise|fall)[^.]* reflects [^.]*\.|[^.]* offset each other", bullet
        )
        sizes = [int(x) for x in re.findall(r"[ (]([+-]\d+)\b", split[0])] if split else []
        assert sum(sizes) == int(cells[row["label"]][4])
        node = row["node"]
        found = json.loads(forecast("explain", node, "--since-issue", "--no-charts", "--json").out)
        path = [found["before"], *(part["probability"] for part in found["parts"])]
        kinds = [part["kind"] for part in found["parts"]]
        moved = sum(path[n + 1] - path[n] for n, k in enumerate(kinds) if k in {"silence", "time"})
        shown = re.search(r"silence included \(([+-]\d+)\)", bullet)
        assert abs((int(shown[1]) if shown else 0) - 100 * moved) < 1


def test_the_causes_are_worked_out_once_for_an_issue(project, forecast, monkeypatch):
    assert forecast("brief", "new", "a.md").code == 0
    assert len(list((project / ".forecast" / "analyses").glob("*-causes.json"))) >= 1
    monkeypatch.setattr("forecast.study.explain.explain_every", None)
    assert forecast("brief", "new", "b.md").code == 0
    first, second = ((project / name).read_text("utf-8") for name in ("a.md", "b.md"))
    assert second == first.replace("a_files", "b_files")


def test_only_a_lineage_that_is_all_of_a_source_takes_its_name():
    def source(name, *lineages):
        return Source(source_id=name, label=name.upper(), reliability="B", lineages=lineages,
                      source="desk", rationale="ours")  # fmt: skip

    sources = [source("alone", "us-gov"), source("two", "a", "b"), source("any", "tass-*")]
    assert origins(sources) == {"us-gov": "ALONE"}
