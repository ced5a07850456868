import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import create_engine, inspect

from forecast.errors import LedgerError
from forecast.ledger import Ledger, database
from forecast.ledger.schema import MIGRATIONS, Migration, metadata
from tests.ledger.samples import ids, report
from tests.ledger.writers import retract_as_nobody

PAGE = 4096


def filled(place, count=300):
    with Ledger.open(place) as ledger:
        rows = [report(f"R{i:03}", summary="long " * 50) for i in range(count)]
        ledger.reports.sync(rows, origin="events")


def refusal(place, **options):
    with pytest.raises(LedgerError) as caught, Ledger.open(place, **options) as ledger:
        ledger.reports.latest()
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_ledger_is_made_with_its_folder_and_keeps_what_it_is_told(place):
    with Ledger.open(place) as ledger:
        ledger.reports.sync([report()], origin="events")
    with Ledger.open(f"sqlite:///{place}", create=False) as ledger:
        assert ids(ledger.reports.latest()) == ["R1"]


def test_a_ledger_that_must_be_there_and_is_not_is_not_made(place):
    assert refusal(place, create=False).endswith("it is made by the first run")
    assert not place.parent.exists()


def test_every_connection_is_safe_against_a_crash(place):
    with Ledger.open(place) as ledger, ledger.reading() as connection:
        said = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    full = 2
    assert said == {
        "journal_mode": "wal",
        "synchronous": full,
        "foreign_keys": 1,
        "busy_timeout": 30_000,
    }


def test_the_migrations_make_exactly_the_tables_the_code_queries(place):
    Ledger.open(place).close()
    engine = create_engine(f"sqlite:///{place}")
    there = inspect(engine)
    assert set(there.get_table_names()) == set(metadata.tables)
    for name, table in metadata.tables.items():
        columns = {c["name"]: (str(c["type"]), c["nullable"]) for c in there.get_columns(name)}
        assert columns == {c.name: (str(c.type), c.nullable) for c in table.columns}
        keys = there.get_pk_constraint(name)["constrained_columns"]
        assert keys == [c.name for c in table.primary_key.columns]
        assert {i["name"] for i in there.get_indexes(name)} == {i.name for i in table.indexes}
        foreign = {
            (column, f["referred_table"])
            for f in there.get_foreign_keys(name)
            for column in f["constrained_columns"]
        }
        assert foreign == {(f.parent.name, f.column.table.name) for f in table.foreign_keys}
    engine.dispose()


def test_each_migration_is_recorded_once(place):
    for _ in range(2):
        Ledger.open(place).close()
    with closing(sqlite3.connect(place)) as connection:
        numbers = connection.execute("SELECT number, name FROM migration").fetchall()
    assert numbers == [(step.number, step.name) for step in MIGRATIONS]


def test_a_migration_that_fails_halfway_leaves_nothing(place, monkeypatch):
    filled(place, 1)

    def half(connection):
        connection.exec_driver_sql("CREATE TABLE half (x TEXT)")
        connection.exec_driver_sql("CREATE TABLE model (x TEXT)")

    with monkeypatch.context() as patch:
        steps = (*MIGRATIONS, Migration(MIGRATIONS[-1].number + 1, "breaks off", half))
        patch.setattr("forecast.ledger.schema.MIGRATIONS", steps)
        assert "table model already exists" in refusal(place)
    with Ledger.open(place) as ledger:
        assert ids(ledger.reports.latest()) == ["R000"]
        with ledger.reading() as connection:
            assert not inspect(connection).has_table("half")


def test_a_folder_in_place_of_the_file_is_refused(tmp_path):
    assert "is a folder; allowed: a file" in refusal(tmp_path)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("x")
    assert "choose another place" in refusal(tmp_path / "file" / "ledger.sqlite")


def test_a_file_that_is_no_database_is_left_as_it_is(place):
    place.parent.mkdir()
    place.write_text("report_id,event_id\n" * 100)
    assert "damaged (file is not a database); move it and posteriors/ away" in refusal(place)
    assert place.read_text() == "report_id,event_id\n" * 100


def test_an_empty_file_becomes_a_ledger(place):
    place.parent.mkdir()
    place.touch()
    filled(place, 1)


@pytest.mark.parametrize("keep", [0.3, 0.9])
def test_a_ledger_cut_short_is_refused_and_left_as_it_is(place, keep):
    filled(place)
    whole = place.read_bytes()
    short = whole[: int(len(whole) * keep)]
    place.write_bytes(short)
    assert "the ledger is damaged" in refusal(place)
    assert place.read_bytes() == short


def test_a_ledger_overwritten_in_the_middle_is_refused_and_verify_says_so(place):
    filled(place)
    spoilt = bytearray(place.read_bytes())
    for page in range(0, len(spoilt), PAGE):
        if b"long long" in spoilt[page : page + PAGE]:
            spoilt[page : page + PAGE] = b"\xff" * PAGE
    place.write_bytes(spoilt)
    assert "the ledger is damaged" in refusal(place)
    with Ledger.open(place) as ledger:
        assert any("damaged" in problem for problem in ledger.verify())


def test_a_lost_table_is_named(place):
    filled(place, 1)
    with closing(sqlite3.connect(place)) as connection:
        connection.execute("DROP TABLE retraction")
    assert "has lost a part (no such table: retraction); move it" in refusal(place)


def test_a_ledger_of_a_newer_version_is_refused_and_left_as_it_is(place):
    filled(place, 1)
    with closing(sqlite3.connect(place)) as connection, connection:
        connection.execute("INSERT INTO migration VALUES (99, 'from the future', 'then')")
    before = place.read_bytes()
    known = MIGRATIONS[-1].number
    said = f"written by a newer version of forecast (schema 99, this one knows {known})"
    assert said in refusal(place)
    assert place.read_bytes() == before


def test_the_database_of_another_program_is_refused_and_left_as_it_is(place):
    place.parent.mkdir()
    with closing(sqlite3.connect(place)) as connection, connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    assert "not a ledger (it holds the table 'bookmarks')" in refusal(place)
    with closing(sqlite3.connect(place)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
    assert tables == [("bookmarks",)]


def test_a_lock_that_is_not_let_go_is_said_and_nothing_is_half_written(place, monkeypatch):
    filled(place, 1)
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    with (
        closing(sqlite3.connect(place, isolation_level=None)) as other,
        Ledger.open(place) as ledger,
    ):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match="another process held the ledger"):
            ledger.reports.sync([report("R2")], origin="events")
        assert ids(ledger.reports.latest()) == ["R000"]
        other.execute("ROLLBACK")
        assert ledger.reports.sync([report("R2")], origin="events").new == ("R2",)


@pytest.mark.parametrize("mode", [0o555, 0o000], ids=["read only", "closed"])
@pytest.mark.parametrize("there", [True, False], ids=["there", "not there"])
def test_a_folder_that_cannot_be_written_is_said_in_one_line(processes, tmp_path, mode, there):
    folder = tmp_path / "project"
    folder.mkdir()
    place = folder / "ledger.sqlite"
    if there:
        filled(place, 1)
    for parent in (tmp_path, *tmp_path.parents[:2]):
        parent.chmod(0o755)
    folder.chmod(mode)
    ours, theirs = processes.Pipe(duplex=False)
    process = processes.Process(target=retract_as_nobody, args=(place, theirs))
    process.start()
    process.join(timeout=60)
    folder.chmod(0o755)
    [line] = ours.recv().splitlines()
    assert "the ledger cannot be written" in line
    assert line.endswith("or choose another place")


def only_readable(monkeypatch):
    """Take the right to write away from whoever runs the tests, root too."""
    monkeypatch.setattr(database.os, "access", lambda _path, mode: mode == database.os.R_OK)


def test_a_ledger_that_cannot_be_written_is_read(place, monkeypatch):
    """What would change nothing succeeds, and what would is refused in one line."""
    filled(place, 2)
    before = {path.name: path.read_bytes() for path in place.parent.iterdir()}
    only_readable(monkeypatch)
    with Ledger.open(place) as ledger:
        assert ids(ledger.reports.latest()) == ["R000", "R001"]
        assert ledger.verify() == []
        same = [one.content for one in ledger.reports.latest()]
        assert ledger.reports.sync(same, origin="events").known == ("R000", "R001")
        with pytest.raises(LedgerError, match=r"cannot be written \(attempt to write a readonly"):
            ledger.reports.sync([*same, report("R2")], origin="events")
        assert ids(ledger.reports.latest()) == ["R000", "R001"]
    assert {path.name: path.read_bytes() for path in place.parent.iterdir()} == before


def test_a_ledger_that_is_being_written_is_read_by_who_may_not_write(place, monkeypatch):
    """What its writer has not put into the file itself yet is seen."""
    with Ledger.open(place) as writer:
        writer.reports.sync([report("R1")], origin="events")
        assert place.with_name(f"{place.name}-wal").stat().st_size
        only_readable(monkeypatch)
        with Ledger.open(place) as reader:
            assert ids(reader.reports.latest()) == ["R1"]


def test_a_url_that_is_none_is_refused_without_its_password():
    message = refusal("postgresql+psycopg://me:secret@[::x/ledger")
    assert "is not a database URL; allowed: a path, sqlite:///path" in message
    assert "secret" not in message


@pytest.mark.parametrize("place", ["\udcff.db", "postgresql://u\udcffs:secret@host/ledger"])
def test_an_address_that_is_not_utf8_is_refused_without_its_password(place):
    assert refusal(place) == "the address of the ledger is not UTF-8; write it anew"


def test_a_path_need_not_be_utf8(tmp_path):
    with Ledger.open(tmp_path / "\udcff.db") as ledger:
        assert ledger.reports.latest() == []


def test_a_driver_that_is_not_there_is_named_without_the_password():
    message = refusal("oracle+nodriver://me:secret@host/ledger")
    assert "the driver is not installed" in message
    assert "secret" not in message


def test_text_that_is_not_utf8_is_refused(ledger):
    with pytest.raises(LedgerError, match="not UTF-8"):
        ledger.reports.retract("\udcff", reason="x")


def test_ledgers_in_memory_know_nothing_of_each_other():
    with Ledger.open(":memory:") as one, Ledger.open("sqlite://") as other:
        one.reports.sync([report()], origin="events")
        assert other.reports.latest() == []
