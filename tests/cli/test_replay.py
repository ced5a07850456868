"""An as-of date replayed later gives the identical number, whatever came in between."""

import itertools
import json
import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cli.projects import EARLY, ledger
from tests.cli.test_alerts import RULES
from tests.cli.test_updates import (  # noqa: F401 - nothing here may sample
    _no_fit,
    after,
    row,
    told,
    write,
)

#: Reports of the same days, two of them copies of one event, one of them worth nothing.
SAME_DAY = [
    row(1),
    row(2, lineage="desk").replace("E-N2", "E-N1"),
    row(3, lineage="wire", grade="C3").replace("E-N3", "E-N1"),
    row(4, indicator="shelling_reported", grade="B3"),
    row(5, indicator="shelling_reported", grade="F6"),
]

LATE = [
    row(8, indicator="shelling_reported", grade="A1", day="2024-06-20"),
    row(9, day="2024-06-25"),
]
#: Of everything that shows a past date: how it is asked for, the date last.
REPLAYS = {
    "run": ("run", "--no-charts"),
    "update": ("update", "--dry-run"),
    "events": ("events", "list"),
    "explain": ("explain", "ceasefire", "--no-charts"),
    "ask": ("ask", "ceasefire reaches broken by 2026-12-31", "--no-charts"),
    "watch": ("watch",),
    "whatif": ("whatif", "--do", "talks=stalled@2024-05-01", "--no-charts"),
    "sensitivity": ("sensitivity", "ceasefire", "--no-charts"),
}


def replayed(forecast, words):
    """Ask for the early day, and leave out what is said of the record as it is today.

    That is how much of it is still unseen, where it stood before an update, and alerts, which have
    nothing to say of a day before their last word (`test_alerts` replays them).
    """
    found = told(forecast, *words, "--as-of", EARLY)
    if isinstance(found.get("issue"), dict):
        found["issue"].pop("unseen", None)
    for name in ("as_of_before", "alerts"):
        found.pop(name, None)
    for move in found["judgements"] if words[0] == "update" else ():
        del move["before"], move["word_before"]
    return found


@pytest.fixture
def ruled(project):
    with (project / "priors.yaml").open("a", encoding="utf-8") as file:
        file.write(RULES)
    return project


@pytest.mark.parametrize("verb", REPLAYS)
def test_later_reports_corrections_and_retractions_change_no_past_number(verb, ruled, forecast):
    """Canaries of the best grade, dated after the day, in whatever state they are."""
    words = REPLAYS[verb]
    first = replayed(forecast, words)
    told(forecast, "update", write(ruled, *LATE), "--dry-run")
    forecast("update", write(ruled, *LATE))
    assert replayed(forecast, words) == first
    forecast("update", write(ruled, LATE[0].replace("A,1", "C,3")))
    told(forecast, "events", "retract", "N9", "--reason", "Withdrawn")
    assert replayed(forecast, words) == first


@pytest.mark.parametrize("verb", ["explain", "ask", "watch", "whatif", "sensitivity"])
def test_what_was_issued_is_read_as_it_was_though_its_report_is_withdrawn(verb, ruled, forecast):
    """The ledger gives back the evidence as it stood when the forecast was issued."""
    words = REPLAYS[verb]
    first = replayed(forecast, words)
    told(forecast, "events", "retract", "R001", "--reason", "Withdrawn")
    assert replayed(forecast, words) == first
    fresh = told(forecast, "update", "--as-of", EARLY, "--dry-run")
    before = {move["node"]: move["before"] for move in fresh["judgements"]}
    assert after(fresh) != before, "the retraction should move a new reading of that day"


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(order=st.permutations(SAME_DAY), cuts=st.sets(st.integers(1, len(SAME_DAY) - 1), max_size=2))
def test_reports_of_the_same_dates_may_come_in_any_order_and_number_of_files(
    order, cuts, history, tmp_path_factory, monkeypatch, capsys
):
    from tests.cli.terminal import in_this_process

    def forecast(*arguments):
        return in_this_process(arguments, capsys)

    project = shutil.copytree(history / "project", tmp_path_factory.mktemp("order") / "project")
    monkeypatch.chdir(project)
    together = after(told(forecast, "update", write(project, *SAME_DAY), "--dry-run"))
    edges = [0, *sorted(cuts), len(order)]
    for first, last in itertools.pairwise(edges):
        found = told(forecast, "update", write(project, *order[first:last]))
    assert after(found) == pytest.approx(together, abs=1e-9)
    with ledger(project) as book:
        assert {r.version for r in book.reports.latest() if r.origin == "update"} == {1}


def test_of_several_files_no_row_is_stored_where_one_row_is_bad(project, forecast):
    """Every bad row of every file is listed, and good reports and coverage wait with them."""
    good = write(project, row(1), name="good.csv")
    bad = write(project, row(2), row(3, grade="B9"), name="bad.csv")
    looked = project / "looked.csv"
    looked.write_text(
        "indicator,from,to,detection,source,rationale\n*,2024-07-01,2024-07-08,0.3,Desk,Read\n"
        "*,2024-07-09,2024-07-08,1.5,Desk,Read\n",
        "utf-8",
    )
    lines = project / "more.jsonl"
    lines.write_text('{"report_id": "N7"}\nno json\n', "utf-8")
    before = _held(project)
    done = forecast("update", good, bad, str(looked), str(lines))
    assert (done.code, done.out) == (1, "")
    for place in ("bad.csv:3: ", "looked.csv:3: ", "more.jsonl:1: ", "more.jsonl:2: "):
        assert place in done.err
    assert "good.csv" not in done.err
    assert _held(project) == before


def _held(project):
    with ledger(project) as book:
        assert book.verify() == []
        ids = [r.report_id for r in book.reports.latest()]
        return ids, len(book.coverage.latest()), book.applied_files(), book.recorded_until()


def test_the_json_of_an_update_says_the_same_of_one_record(project, forecast):
    """Where nothing came in between, a second call prints the very same."""
    file = write(project, *SAME_DAY)
    told(forecast, "update", file)
    first = forecast("update", file, "--json").out
    assert json.loads(first)["known"] == [f"N{number}" for number in range(1, 6)]
    assert forecast("update", file, "--json").out == first
