"""Whatever is damaged in the ledger or in what is kept beside it, a command says so in one line."""

import json
import random
import shutil
import sqlite3
from contextlib import closing

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from forecast.errors import ForecastError
from forecast.issue.check import diagnose_last, verify
from forecast.issue.issued import recall
from forecast.judge.score import score
from forecast.ledger.schema import SEALED
from forecast.project.memory import Memo
from forecast.project.project import Project
from forecast.publish.charts import network_chart, scores_of
from forecast.record.reports import list_reports
from forecast.record.resolutions import question_states
from forecast.study.analyses import contributions_of
from forecast.study.last_issue import held_issue
from tests.cli.terminal import without_traceback

#: Words that a column may hold after a disk or a person has been at it.
DAMAGE = [b"\xff\xfe\x80", "", "{", "[]", "null", "0", "{}", '{"a": NaN}', "\x00", 7, -1.5, "zzz",
          b"", "[" * 5000, '"x"']  # fmt: skip
CELLS = sorted(
    (table.name, column.name)
    for table in SEALED
    for column in table.columns
)  # fmt: skip


def damage(place, table, column, value):
    """Change cells as a failing disk or a database browser would, with the guards off."""
    with closing(sqlite3.connect(place)) as connection:
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("PRAGMA foreign_keys = OFF")
        given_value = "CAST(? AS TEXT)" if isinstance(value, bytes) else "?"
        try:
            connection.execute(f"UPDATE OR IGNORE {table} SET {column} = {given_value}", (value,))
        except sqlite3.IntegrityError:
            return
        connection.commit()


VERBS = {
    "verify": verify,
    "diagnose": diagnose_last,
    "events list": list_reports,
    "resolve": question_states,
    "score": score,
    "recall": recall,
    "stand": held_issue,
    "network": lambda project: network_chart(recall(project), None, project),
    "scores": lambda project: scores_of(project, recall(project)),
}


@seed(13)
@settings(
    max_examples=60,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.sampled_from(CELLS), st.sampled_from(DAMAGE), st.sampled_from(sorted(VERBS)))
def test_a_damaged_cell_is_an_error_of_one_line_or_no_harm(project, cell, value, verb):
    place = project / ".forecast" / "ledger.sqlite"
    whole = project.parent / "whole.sqlite"
    if not whole.exists():
        with closing(sqlite3.connect(place)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
        shutil.copy(place, whole)
    for leftover in (project / ".forecast").glob("ledger.sqlite-*"):
        leftover.unlink()
    shutil.copy(whole, place)
    damage(place, *cell, value)
    said = ""
    try:
        VERBS[verb](Project(project))
    except ForecastError as error:
        said = str(error)
    assert "\n" not in said.strip()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE model SET content = '{}'",
        "UPDATE model SET content = replace(content, 'label', 'lable')",
        "DELETE FROM model",
    ],
)
@pytest.mark.parametrize(
    "command", [("check", "--fit"), ("chart", "network"), ("watch",)], ids=" ".join
)
def test_beliefs_that_were_damaged_are_named(project, forecast, change, command):
    with closing(sqlite3.connect(project / ".forecast" / "ledger.sqlite")) as connection:
        for action in ("update", "delete"):
            connection.execute(f"DROP TRIGGER model_no_{action}")
        connection.execute(change)
        connection.commit()
    done = forecast(*command)
    assert done.code == 1
    assert len(without_traceback(done).strip().splitlines()) == 1


def test_a_number_that_was_changed_to_another_is_not_read(project, forecast):
    """A readable lie is worse than damage: 0.9 in place of what was issued."""
    with closing(sqlite3.connect(project / ".forecast" / "ledger.sqlite")) as connection:
        connection.execute("DROP TRIGGER issued_forecast_no_update")
        connection.execute(
            "UPDATE issued_forecast SET payload = replace(payload, '\"probability\":0', "
            "'\"probability\":1')"
        )
        connection.commit()
    done = forecast("chart", "panel")
    assert done.code == 1
    assert "was changed from outside" in without_traceback(done)


@pytest.mark.parametrize("spoil", [
    lambda text: text[: len(text) // 2],
    lambda _: "",
    lambda _: "[]",
    lambda _: "{}",
    lambda _: "null",
    lambda _: '{"content_hash": 1, "value": {}}',
    lambda _: "[" * 100_000,
    lambda text: text.replace("1", "2"),
    lambda text: json.dumps({**json.loads(text), "more": 1}),
])  # fmt: skip
def test_what_was_kept_and_damaged_counts_as_not_kept(project, spoil):
    here = Project(project)
    memo = Memo(here, "thing", ("a" * 16,), by="forecast.project.memory")
    memo.keep({"rows": [1, 2, 3]})
    assert memo.kept() == {"rows": [1, 2, 3]}
    (file,) = (project / ".forecast" / "analyses").glob("*-thing.json")
    file.write_text(spoil(file.read_text("utf-8")), "utf-8")
    assert memo.kept() is None
    assert memo.remembered(lambda: [1, 2], plain=list, read=list) == [1, 2]
    memo.place.write_text(spoil(memo.place.read_text("utf-8")), "utf-8")
    assert memo.remembered(lambda: [1, 2], plain=list, read=list) == [1, 2]


@pytest.mark.parametrize("name", ["thing-ceasefire", "other-talks"])
def test_what_was_kept_of_another_node_or_kind_counts_as_not_kept(project, name):
    """A file that was copied over another is whole, and says something else."""
    here, of, by = Project(project), ("a" * 16,), "forecast.project.memory"
    one, other = (Memo(here, each, of, by=by) for each in ("thing-talks", name))
    one.keep({"node": "talks"})
    other.keep({"node": name})
    shutil.copy(one.place, other.place)
    assert one.kept() == {"node": "talks"}
    assert other.kept() is None


def test_a_damaged_analysis_is_worked_out_again_in_silence(project):
    here = Project(project)
    issue = recall(here)
    first = contributions_of(here, issue)
    for file in (project / ".forecast" / "analyses").iterdir():
        noise = random.Random(13).randbytes(200)
        file.write_bytes(noise)
    assert contributions_of(here, issue) == first


def test_another_posterior_in_place_of_the_last_is_not_read(project, forecast):
    """Swapped files do not have the hashes they were recorded with."""
    one, two, *_ = sorted((project / ".forecast" / "posteriors").iterdir())
    shutil.copy(one, two.with_suffix(".passing"))
    shutil.copy(two, one)
    two.with_suffix(".passing").replace(two)
    done = forecast("check", "--fit")
    assert done.code == 1
    assert "forecast run" in without_traceback(done)


def test_a_full_disk_is_said(project, forecast, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("forecast.ledger.database.prepare_file", full)
    done = forecast("events", "list")
    assert done.code == 1
    assert "no space is left" in without_traceback(done)
