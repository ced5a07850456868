import shutil
import sqlite3
from contextlib import closing
from datetime import date

import pytest

from forecast.errors import LedgerError
from forecast.ledger import Ledger
from forecast.ledger.schema import metadata
from tests.ledger.samples import alert_row, announced, outcome_of, report, source, verdict, window


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """A ledger with something in every table."""
    place = tmp_path_factory.mktemp("original") / "ledger.sqlite"
    with Ledger.open(place).enter("border") as ledger:
        ledger.reports.sync([report("R1"), report("R2")], origin="events")
        ledger.reports.sync([report("R1", summary="edited")], origin="events")
        ledger.reports.sync([report("R1", summary="again")], origin="events")
        ledger.coverage.sync([window()], origin="events")
        ledger.models.record(fingerprint="m1", content={"nodes": {}})
        fit = ledger.posteriors.record(
            model_fingerprint="m1",
            evidence_fingerprint="e1",
            settings={},
            write=lambda path: path.write_bytes(b"draws"),
        )
        ledger.issues.record(
            as_of=date(2024, 7, 1),
            model_fingerprint="m1",
            evidence_fingerprint="e1",
            settings={},
            payload={"p": 0.25},
            posterior_id=fit.id,
        )
        for outcome in ("no", "yes", "void"):
            ledger.resolutions.record([outcome_of("q1", outcome)])
        for note in ("told", "told again", "and again"):
            ledger.announcements.record([announced(note=note)], origin="events")
        for said in ("confirmed", "refuted", "open"):
            ledger.sources.sync([source(note=said)], [verdict(said=said)], origin="events")
        for version, word in enumerate(("watched", "raised", "cleared")):
            ledger.alerts.record([alert_row("a1", version, word)], as_of=date(2024, 6, 30))
        ledger.take_in([report("R3")], [window("a")], origin="update", files=[("new.csv", "h1")])
        ledger.history.record(
            as_of=date(2024, 6, 30),
            model_fingerprint=fit.model_fingerprint,
            evidence_fingerprint="e" * 64,
            settings={"seed": 1},
            base="prior",
            posterior_id=None,
            payload={"judgements": {}},
        )
    return place


@pytest.fixture
def full(original, place):
    """A copy of it that a test can spoil."""
    shutil.copytree(original.parent, place.parent)
    return place


def spoil(place, *statements):
    """Change a ledger as someone with a database browser would: guards off, guards on."""
    with closing(sqlite3.connect(place, isolation_level=None)) as connection:
        guards = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall()
        for name, _ in guards:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            assert connection.execute(statement).rowcount != 0
        for _, sql in guards:
            connection.execute(sql)


def problems(place):
    with Ledger.open(place).enter("border") as ledger:
        return ledger.verify()


def test_a_ledger_nobody_touched_is_well(full):
    assert problems(full) == []


@pytest.mark.parametrize(
    "action", ["UPDATE {table} SET {column} = {column}", "DELETE FROM {table}"]
)
@pytest.mark.parametrize("table", sorted(metadata.tables))
def test_no_row_can_be_changed_or_removed(full, table, action):
    column = next(iter(metadata.tables[table].columns)).name
    with closing(sqlite3.connect(full)) as connection:
        before = connection.execute(f"SELECT * FROM {table}").fetchall()
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(action.format(table=table, column=column))
        assert connection.execute(f"SELECT * FROM {table}").fetchall() == before
    assert before


CHANGES = [
    (table.name, column.name)
    for table in metadata.sorted_tables
    if table.name != "migration"
    for column in table.columns
    if not column.foreign_keys
]


@pytest.mark.parametrize(("table", "column"), CHANGES)
def test_a_change_of_any_cell_is_found(full, table, column):
    spoil(
        full,
        "PRAGMA foreign_keys = OFF",
        f"UPDATE {table} SET {column} = CASE WHEN typeof({column}) = 'integer' "
        f"THEN 1 - {column} + 2 * ({column} > 1) ELSE coalesce({column}, '') || ' ' END "
        f"WHERE rowid = (SELECT max(rowid) FROM {table})"
        if column != "version"
        else f"UPDATE {table} SET version = version + 1 "
        f"WHERE rowid = (SELECT max(rowid) FROM {table})",
    )
    said = "belongs to no case" if column == "case_id" and table != "known_case" else "was changed"
    found = problems(full)
    assert any(f"{table} " in p and said in p for p in found), found


def test_a_content_changed_together_with_its_seal_is_found(full):
    """Someone who knows how a row is sealed still has to change the content's own hash."""
    with Ledger.open(full).enter("border") as ledger, ledger.reading() as connection:
        row = connection.exec_driver_sql("SELECT * FROM model").mappings().one()
    from forecast.ledger.schema import model, sealed

    forged = sealed(model, {**row, "content": '{"nodes": {"a": {}}}'}, case="border")
    spoil(
        full, f"UPDATE model SET content = '{forged['content']}', row_hash = '{forged['row_hash']}'"
    )
    [problem] = problems(full)
    assert problem == "model m1: the content does not have the hash it was recorded with"


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        (
            "DELETE FROM report_version WHERE report_id = 'R1' AND version = 2",
            "report_version R1: version 2 is missing",
        ),
        (
            "DELETE FROM report_version WHERE report_id = 'R2'",
            "retraction R2: the report it speaks of is missing",
        ),
        ("DELETE FROM model", "posterior: a row names something in model that is not there"),
    ],
)
def test_a_missing_row_is_found_by_what_hangs_on_it(full, statement, problem):
    spoil(full, statement)
    assert problem in problems(full)


def test_a_missing_guard_is_found(full):
    with closing(sqlite3.connect(full)) as connection:
        connection.execute("DROP TRIGGER model_no_update")
    assert problems(full) == ["model: the guard model_no_update is gone, so rows can be changed"]


def test_a_changed_posterior_file_is_found(full):
    [file] = (full.parent / "posteriors").iterdir()
    file.write_bytes(b"drawn")
    [problem] = problems(full)
    assert problem == f"{file}: the posterior file was changed after it was recorded"


@pytest.mark.parametrize(
    ("statement", "read"),
    [
        (
            "UPDATE report_version SET content = '{' WHERE version = 3",
            lambda ledger: ledger.reports.latest(),
        ),
        ("UPDATE report_version SET recorded_at = 'then'", lambda ledger: ledger.reports.latest()),
        ("UPDATE coverage_version SET content = '{'", lambda ledger: ledger.coverage.latest()),
        (
            "UPDATE coverage_version SET origin = x'ff' WHERE rowid = 1",
            lambda ledger: ledger.coverage.latest(),
        ),
        (
            "UPDATE source_version SET origin = x'ff' WHERE rowid = 1",
            lambda ledger: ledger.sources.latest(),
        ),
        ("UPDATE model SET content = '{'", lambda ledger: ledger.models.find("m1")),
        ("UPDATE posterior SET diagnostics = ''", lambda ledger: list(ledger.posteriors.whole())),
        ("UPDATE issued_forecast SET payload = '['", lambda ledger: ledger.issues.all()),
        ("UPDATE alert_version SET content = '{'", lambda ledger: ledger.alerts.versions()),
        ("UPDATE applied_file SET recorded_at = 'then'", lambda ledger: ledger.applied_files()),
    ],
)
def test_a_row_that_cannot_be_read_is_named_and_verify_still_answers(full, statement, read):
    spoil(full, statement)
    with Ledger.open(full).enter("border") as ledger:
        with pytest.raises(LedgerError, match="was changed from outside and cannot be read"):
            read(ledger)
        assert ledger.verify() != []


@pytest.mark.parametrize("column", ["report_id", "origin", "content_hash", "version"])
def test_a_version_whose_columns_are_no_text_is_named_by_who_writes_after_it(full, column):
    spoil(full, f"UPDATE report_version SET {column} = x'ff00' WHERE version = 3")
    with (
        Ledger.open(full).enter("border") as ledger,
        pytest.raises(LedgerError, match="was changed from outside"),
    ):
        ledger.reports.sync([report("R1"), report("R9")], origin="events")
