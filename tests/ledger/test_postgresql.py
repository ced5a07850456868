"""The same ledger on a server; runs where FORECAST_POSTGRESQL_URL names one (needs psycopg)."""

import os
import re
import secrets
from datetime import date

import pytest
from sqlalchemy import create_engine, inspect, make_url, text
from sqlalchemy.exc import DBAPIError

from forecast.errors import LedgerError
from forecast.ledger import Ledger, SyncResult
from forecast.ledger.schema import metadata
from tests.ledger.samples import ids, report, window
from tests.ledger.test_cases import BEFORE_CASES, tell, told
from tests.ledger.writers import write_side_by_side

SERVER = os.environ.get("FORECAST_POSTGRESQL_URL", "")

pytestmark = pytest.mark.skipif(not SERVER, reason="FORECAST_POSTGRESQL_URL names no server")


@pytest.fixture
def url():
    """The URL of a database that is there for one test only."""
    name = f"forecast_{secrets.token_hex(4)}"
    server = create_engine(SERVER, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(SERVER).set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


def test_the_migrations_make_the_tables_the_code_queries(url):
    Ledger.open(url).close()
    engine = create_engine(url)
    there = inspect(engine)
    assert set(there.get_table_names()) == set(metadata.tables)
    for name, table in metadata.tables.items():
        columns = {c["name"]: (str(c["type"]), c["nullable"]) for c in there.get_columns(name)}
        assert columns == {c.name: (str(c.type), c.nullable) for c in table.columns}
    engine.dispose()


def test_the_whole_story_is_told_on_a_server_too(url, tmp_path):
    with Ledger.open(url, folder=tmp_path) as ledger:
        rows = [report("R1"), report("b"), report("Z")]
        assert ledger.reports.sync(rows, origin="events").new == ("R1", "Z", "b")
        then = ledger.recorded_until()
        edited = ledger.reports.sync([report("R1", note="edited"), rows[1]], origin="events")
        assert edited == SyncResult(known=("b",), revised=("R1",), withdrawn=("Z",))
        ledger.coverage.sync([window()], origin="events")
        ledger.reports.retract("b", reason="denied")
        assert ids(ledger.reports.latest()) == ["R1"]
        assert ids(ledger.reports.latest(recorded_by=then)) == ["R1", "Z", "b"]
        ledger.models.record(fingerprint="m1", content={})
        key = {"model_fingerprint": "m1", "evidence_fingerprint": "e1", "settings": {}}
        fit = ledger.posteriors.record(**key, write=lambda path: path.write_bytes(b"draws"))
        assert ledger.posteriors.find(**key) == fit
        issued = ledger.issues.record(
            **key, as_of=date(2024, 7, 1), payload={"p": 0.5}, posterior_id=fit.id
        )
        assert ledger.issues.last() == issued
        assert ledger.verify() == []


def test_no_row_can_be_changed_on_a_server_either(url):
    with Ledger.open(url) as ledger:
        ledger.reports.sync([report()], origin="events")
    engine = create_engine(url)
    for name in metadata.tables:
        for statement in (f"DELETE FROM {name}", f"TRUNCATE {name} CASCADE"):
            with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
                connection.execute(text(statement))
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE report_version DISABLE TRIGGER ALL"))
        connection.execute(text("UPDATE report_version SET origin = 'elsewhere'"))
    engine.dispose()
    with Ledger.open(url) as ledger:
        assert ledger.verify() == [
            "report_version: the guard report_version_append_only is gone, so rows can be changed",
            "report_version R1 1: the row was changed after it was recorded",
        ]


def test_two_processes_at_once_lose_and_double_nothing_on_a_server(url, processes):
    turns = 20
    start = processes.Barrier(2)
    writers = [
        processes.Process(target=write_side_by_side, args=(url, name, turns, start))
        for name in ("one", "two")
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=60)
        assert writer.exitcode == 0
    with Ledger.open(url) as ledger:
        assert ledger.verify() == []
        assert len(ledger.reports.versions("one")) == len(ledger.reports.versions("two")) == turns
        for turn in range(turns):
            assert len(ledger.reports.versions(f"shared-{turn}")) == 1
        assert sorted(r.payload["turn"] for r in ledger.issues.all()) == list(range(turns))


def test_posteriors_need_a_folder_to_lie_in(url):
    with Ledger.open(url) as ledger:
        ledger.models.record(fingerprint="m1", content={})
        with pytest.raises(LedgerError, match=r"open it with folder=\.\.\."):
            ledger.posteriors.record(
                model_fingerprint="m1",
                evidence_fingerprint="e1",
                settings={},
                write=lambda path: path.write_bytes(b"draws"),
            )


def test_a_server_that_does_not_answer_is_one_line_without_the_password():
    url = make_url(SERVER).set(port=1, username="me", password="secret")
    with pytest.raises(LedgerError) as caught:
        Ledger.open(url.render_as_string(hide_password=False))
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_two_cases_on_a_server_do_not_meet(url, tmp_path):
    for name in ("border", "harbour"):
        with Ledger.open(url, folder=tmp_path / name).enter(name) as ledger:
            tell(ledger, name)
    for name in ("border", "harbour"):
        with Ledger.open(url, folder=tmp_path / name).enter(name) as ledger:
            assert told(ledger) == {name}
            assert ledger.verify() == []


def as_of_then(statement):
    """Put what others refer to first: tables, their rows and their indexes."""
    kinds = ("CREATE TABLE", "INSERT", "CREATE INDEX")
    named = re.search(r'(?:TABLE|INTO) "?(\w+)', statement)
    order = ("model", "posterior")
    place = order.index(named[1]) if named and named[1] in order else len(order)
    return next(i for i, kind in enumerate(kinds) if statement.startswith(kind)), place


def test_a_server_from_before_cases_is_brought_up_to_date(url, tmp_path):
    """Made as it was made then, with something in every table, and guarded."""
    script = BEFORE_CASES.read_text("utf-8").split(";\n")
    made = [one for one in script if re.match("CREATE TABLE|CREATE INDEX|INSERT", one)]
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in sorted(made, key=as_of_then):
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql(
            "CREATE FUNCTION forecast_append_only() RETURNS trigger AS "
            "$$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$ LANGUAGE plpgsql"
        )
        for name in inspect(connection).get_table_names():
            connection.exec_driver_sql(
                f"CREATE TRIGGER {name}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
                f"ON {name} FOR EACH STATEMENT EXECUTE FUNCTION forecast_append_only()"
            )
    engine.dispose()
    with Ledger.open(url, folder=tmp_path).enter("border") as first:
        assert ids(first.reports.latest()) == ["R1", "R3"]
        assert first.issues.last().payload == {"p": 0.25}
        assert min(first.sizes().values()) >= 1
        assert [one for one in first.verify() if "posterior file cannot be read" not in one] == []
    with Ledger.open(url, folder=tmp_path).enter("harbour") as second:
        assert second.reports.latest() == []
        assert second.verify() == []
