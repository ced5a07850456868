"""`forecast events add`: one report by hand, by the rules of the files."""

import json
import subprocess

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from forecast.beliefs import Source, load
from forecast.project.project import Project
from forecast.record.reports import ask_for_report, known_reports
from tests.cli.projects import edit, ledger
from tests.cli.terminal import command, environment, without_traceback

GIVEN = {
    "--indicator": "shelling_reported",
    "--occurred": "2024-06-10",
    "--reported": "2024-06-11",
    "--grade": "B2",
    "--event": "E-shelling-2",
    "--lineage": "monitors",
    "--summary": "Monitors counted three impacts, and one more",
    "--source-title": "Example monitors' report",
}


def words(**changes):
    """Return the options of a report, with some changed or left out (None)."""
    given = GIVEN | {f"--{name.replace('_', '-')}": text for name, text in changes.items()}
    return [word for pair in given.items() if pair[1] is not None for word in pair]


def add(forecast, *more, **changes):
    done = forecast("events", "add", *words(**changes), *more, "--json")
    assert (done.code, done.err) == (0, "")
    return json.loads(done.out)


def listed(forecast):
    return json.loads(forecast("events", "list", "--json").out)["reports"]


def test_it_stands_beside_the_rows_of_the_folder_and_stays(fresh, forecast):
    added = add(forecast)
    assert added["state"] == "new"
    for _ in range(2):
        rows = listed(forecast)
        assert [row["report_id"] for row in rows[:-1]] == ["R001", "R003", "R002"]
        assert rows[-1] == added["report"]
    assert rows[-1]["use"] == "evidence"


def test_the_same_again_adds_nothing_and_another_word_is_another_report(fresh, forecast):
    first = add(forecast)
    again = add(forecast)
    assert again == {**first, "state": "known"}
    other = add(forecast, summary="Monitors counted four impacts")
    assert other["report"]["report_id"] != first["report"]["report_id"]
    assert len(listed(forecast)) == 5


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"indicator": "shelling"}, "--indicator: unknown indicator 'shelling'; did you mean"),
        ({"occurred": "10 June"}, "--occurred: '10 June' is not a date; write it as"),
        ({"reported": "2024-06-09"}, "--reported: 2024-06-09 is before it occurred"),
        ({"reported": "2999-01-01"}, "--reported: 2999-01-01 is after today"),
        ({"grade": "G2"}, "--grade: 'G' is not allowed; write a letter from A to F"),
        ({"grade": "B22"}, "--grade: '22' is not allowed"),
        ({"value": "3"}, "--value: shelling_reported is a presence and has none"),
        ({"lineage": None}, "--lineage: is empty; it is required"),
        ({"source_title": None}, "--source-title: no source; give a title"),
        ({"use": "guess"}, "--use: 'guess' is not allowed; write evidence or prior"),
        ({"occurred": "2023-06-01", "reported": "2023-06-02"}, "--use: evidence reported on"),
        ({"id": "R001"}, "'R001' is another report, reported 2024-02-07; give another --id"),
    ],
    ids=str,
)
def test_what_the_reader_refuses_is_refused_and_nothing_is_stored(changes, said, fresh, forecast):
    done = forecast("events", "add", *words(**changes))
    assert done.code == 1
    assert said in without_traceback(done)
    assert len(listed(forecast)) == 3


def test_everything_that_is_missing_is_told_at_once(fresh, forecast):
    done = forecast("events", "add", "--indicator", "shelling_reported")
    assert done.code == 1
    for option in ("--occurred", "--reported", "--grade", "--event", "--lineage", "--summary"):
        assert done.err.count(f"{option}: is empty") == 1


def test_a_correction_changes_what_is_given_and_the_unchanged_row_does_not_undo_it(fresh, forecast):
    done = forecast("events", "add", "--correct", "R002", "--grade", "C3")
    assert done.out == "R002: corrected (shelling_reported, C3, reported 2024-04-18)\n"
    row = next(row for row in listed(forecast) if row["report_id"] == "R002")
    assert (row["reliability"], row["credibility"], row["lineage"]) == ("C", 3, "monitors")
    edit(fresh / "events" / "reports.csv", "counted a dozen impacts", "counted ten impacts")
    row = next(row for row in listed(forecast) if row["report_id"] == "R002")
    assert (row["reliability"], "ten impacts" in row["summary"]) == ("B", True)
    with ledger(fresh) as held:
        letters = [one.content["reliability"] for one in held.reports.versions("R002")]
        assert letters == ["B", "C", "B"]
        assert held.verify() == []


def test_a_correction_of_a_retracted_report_does_not_bring_it_back(fresh, forecast):
    forecast("events", "retract", "R002", "--reason", "x")
    done = forecast("events", "add", "--correct", "R002", "--grade", "C3")
    assert "stays retracted; forecast events restore R002" in done.out
    assert [row["report_id"] for row in listed(forecast)] == ["R001", "R003"]


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--correct", "R02", "--grade", "C3"), 1, "unknown report 'R02'; did you mean"),
        (("--correct", "R002"), 2, "--correct needs what to change"),
        (("--correct", "R002", "--id", "R003"), 2, "not both"),
    ],
)
def test_a_correction_of_nothing_is_refused(options, code, said, fresh, forecast):
    done = forecast("events", "add", *options)
    assert done.code == code
    assert said in done.err


def test_two_processes_at_once_add_both_and_double_nothing(fresh, forecast):
    """Each adds a report of its own and one that the other adds, too, to a ledger not yet made."""
    running = [
        subprocess.Popen(
            command("events", "add", *words(summary=summary)),
            cwd=fresh,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for summary in ("one", "two", "both", "both")
    ]
    for process in running:
        _, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, b"")
    added = [row["summary"] for row in listed(forecast) if row["report_id"].startswith("A-")]
    assert sorted(added) == ["both", "one", "two"]
    with ledger(fresh) as held:
        assert held.verify() == []
        for row in held.reports.latest():
            assert len(held.reports.versions(row.report_id)) == 1


def asked(project, keys, given=None):
    """Type keys at the prompts."""
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        pipe.send_text(f"{keys}\x03")  # Ctrl-C, should a prompt wait for more
        beliefs = load(project / "priors.yaml")
        return ask_for_report(given or {}, beliefs, known_reports(Project(project)))


WIPE = "\x15"  # Ctrl-U
TYPED = {
    "indicator": "shelling_reported",
    "occurred_on": "2024-06-10",
    "reported_on": "2024-06-11",
    "use": "",  # as offered
    "grade": "B2",
    "event_id": "E-2",
    "lineage": "monitors",
    "summary": "Three impacts",
    "source_title": "Example report",
    "source_url": "",
    "note": "",
}


def keys(**changes):
    return "".join(f"{text}\r" for text in (TYPED | changes).values())


def test_the_prompts_give_the_cells_of_a_row(fresh):
    cells = asked(fresh, keys())
    assert cells["reliability"] + cells["credibility"] == "B2"
    assert (cells["use"], cells["summary"]) == ("evidence", "Three impacts")
    assert "value" not in cells, "a presence has none, so it is not asked for"


def test_what_came_as_an_option_is_not_asked_for(fresh):
    given = {"indicator": "envoys_meet", "reliability": "A", "credibility": "1"}
    rest = [text for name, text in TYPED.items() if name not in {"indicator", "grade"}]
    cells = asked(fresh, "".join(f"{text}\r" for text in rest), given)
    assert cells == {**asked(fresh, keys()), **given}


@pytest.mark.parametrize(
    ("column", "wrong"),
    [
        ("indicator", "shelling"),
        ("occurred_on", "yesterday"),
        ("reported_on", "2024-06-01"),
        ("grade", "B9"),
        ("lineage", ""),
    ],
)
def test_a_wrong_answer_is_not_taken(column, wrong, fresh):
    """The prompt stays until it is wiped and answered rightly."""
    right = TYPED[column]
    assert asked(fresh, keys(**{column: f"{wrong}\r{WIPE}{right}"})) == asked(fresh, keys())


def test_no_source_at_all_is_asked_for_a_note(fresh):
    cells = asked(fresh, keys(source_title="", note="\rheard on the radio"))
    assert cells["note"] == "heard on the radio"


def test_where_there_are_sources_a_digit_is_grade_enough(fresh):
    """The source is asked for before the grade, which may leave the letter to it."""
    owner = Source(
        source_id="desk", label="Desk", reliability="C", source="ours", rationale="example"
    )
    typed = dict(TYPED)
    rest = [(name, typed[name]) for name in typed if name != "grade"]
    place = [name for name, _ in rest].index("use") + 1
    answers = [
        text for _, text in [*rest[:place], ("source", "desk"), ("grade", "2"), *rest[place:]]
    ]
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        pipe.send_text("".join(f"{text}\r" for text in answers) + "\x03")
        beliefs = Project(fresh).beliefs()
        cells = ask_for_report({}, beliefs, known_reports(Project(fresh)), [owner])
    assert (cells["source_id"], cells["reliability"], cells["credibility"]) == ("desk", "", "2")


ANNOUNCED = (
    *("events", "add", "--announced", "--indicator", "envoys_meet", "--class", "dated"),
    *("--told", "2024-06-01", "--from", "2024-06-20", "--to", "2024-06-30", "--grade", "B1"),
    *("--source-title", "Invented", "--id", "N1"),
)


def test_an_announcement_is_added_listed_and_settled(fresh, forecast):
    done = forecast(*ANNOUNCED)
    assert done.out.startswith("N1: added (envoys_meet, dated, B1, told 2024-06-01, kept with ")
    assert forecast(*ANNOUNCED).out.startswith("N1: known already; nothing was written")
    (row,) = json.loads(forecast("events", "list", "--json").out)["announcements"]
    assert (row["starts_on"], row["status"]) == ("2024-06-20", "")
    kept = ("events", "add", "--announced", "--correct", "n1", "--status", "kept")
    assert forecast(*kept, "--known", "2024-06-21").out.startswith("N1: corrected (envoys_meet")
    asked = ("events", "list", "--json", "--as-of")
    day_before, on_it = (
        json.loads(forecast(*asked, day).out)["announcements"][0]
        for day in ("2024-06-20", "2024-06-21")
    )
    assert (day_before["status"], on_it["status"]) == ("", "kept")
    assert day_before["kept"] == pytest.approx(0.64043, abs=1e-5)
    assert on_it["kept"] is None
    assert "2024-06-20 to 2024-06-30" in forecast("events", "list").out
    assert "announcements" not in json.loads(
        forecast("events", "list", "--indicator", "shelling_reported", "--json").out
    )


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--lineage", "x"), "--lineage is of reports; leave it out"),
        (("--told", "soon"), "--told: 'soon' is not a date"),
        (("--status", "kept"), "--known: is empty, but there is a status"),
        (("--correct", "N9"), "there is no announcement 'N9'"),
        (("--told", "2099-01-01", "--to", "2099-02-01"), "--told: 2099-01-01 is after today"),
    ],
)
def test_a_wrong_announcement_is_one_line_that_names_the_option(fresh, forecast, more, said):
    done = forecast(*ANNOUNCED, *more)
    assert done.code != 0
    assert said in done.err


def test_options_of_announcements_are_refused_for_a_report(fresh, forecast):
    assert "--status goes with --announced" in forecast("events", "add", "--status", "kept").err
