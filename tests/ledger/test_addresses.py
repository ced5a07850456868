"""No secret of an address is shown, and no address becomes a folder."""

from __future__ import annotations

import traceback

import pytest
from sqlalchemy.exc import OperationalError

from forecast.errors import LedgerError
from forecast.ledger import Ledger
from forecast.ledger.database import explained, name_of, secrets_of, url_of

TYPOS = [
    *("postgres:/u:hunter2@host/db", "postgresql//u:hunter2@host/db", "postgesql://u:hunter2@h/d"),
    *("postgresql:u:hunter2@host/db", "postgres:///u:hunter2@host:x/db", "u:hunter2@host/db"),
    *("postgresql+psycopg:/u:hunter2@h/d", "host=h password=hunter2", "me@host/db?x=hunter2"),
    *(
        "u:hunter2@host://db",
        "http://u:hunter2@host/db",
        "/tmp?password=hunter2",
        "//u:hunter2@h/d",
    ),
    *("postgresql+psycopg://u:hunter2@h:port/d", "postgres://u:hunter2@h/d", "file:hunter2"),
]


@pytest.mark.parametrize("address", TYPOS)
def test_a_mistyped_address_is_refused_in_a_line_without_its_secret(
    address: str, tmp_path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LedgerError) as caught:
        Ledger.open(address)
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("query", ["password", "sslpassword", "passfile", "options"])
def test_what_a_place_is_called_holds_neither_password_nor_query(query: str) -> None:
    name = name_of(url_of(f"postgresql+psycopg://u:hunter2@host/db?{query}=hunter2"))
    assert name == "postgresql+psycopg://u:***@host/db"


@pytest.mark.parametrize(
    "place", ["ledger.sqlite", "a/b.sqlite", "/a/me@corp/l.sqlite", ":memory:"]
)
def test_a_path_stays_a_path(place: str) -> None:
    assert url_of(place).database == place


@pytest.mark.parametrize(
    "said",
    [
        'connection to "postgresql+psycopg://u:hunt%40er2@host/db?sslpassword=hid+den" failed',
        'missing "=" after "hunt@er2" in connection info string',
        "password=hunt%40er2 sslpassword=hid+den is wrong",
        "sslpassword 'hid den'",
    ],
)
def test_a_driver_that_repeats_the_address_is_repeated_without_its_secrets(said: str) -> None:
    """In the message, and in the traceback that a user of the Python interface sees."""
    url = url_of("postgresql+psycopg://u:hunt%40er2@host/db?sslpassword=hid+den")
    with pytest.raises(LedgerError) as caught, explained("here", secrets=secrets_of(url)):
        raise OperationalError("SELECT 1", None, Exception(said))
    shown = "".join(traceback.format_exception(caught.value))
    for secret in ("hunt@er2", "hunt%40er2", "hid den", "hid+den"):
        assert secret not in shown
    assert "***" in str(caught.value)


def test_a_disk_that_may_be_full_is_no_reason_to_move_a_ledger_away() -> None:
    with pytest.raises(LedgerError, match="if it is full") as caught, explained("here"):
        raise OperationalError("SELECT 1", None, Exception("disk I/O error"))
    assert "move it" not in str(caught.value)


def test_a_server_that_has_no_such_database_has_lost_no_part_of_a_ledger() -> None:
    said = 'connection failed: connection to server at "::1", port 1 failed: "nodb" does not exist'
    with pytest.raises(LedgerError, match="is no connection") as caught, explained("here"):
        raise OperationalError("SELECT 1", None, Exception(said))
    assert "move it" not in str(caught.value)


def test_a_driver_that_repeats_the_address_while_connecting_shows_no_secret(monkeypatch) -> None:
    address = "postgresql+psycopg://u:hunter2@host/db"

    class Engine:
        url = url_of(address)

        def connect(self) -> None:
            raise OperationalError("connect", None, Exception(f"invalid dsn: {address}"))

        def dispose(self) -> None:
            """Nothing was opened."""

    monkeypatch.setattr("forecast.ledger.database.connect", lambda _: Engine())
    with pytest.raises(LedgerError) as caught:
        Ledger.open(address)
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (
            "postgres://u:hunter2@h/d",
            "'postgres' is no kind of database; did you mean 'postgresql'?",
        ),
        ("PostgreSQL://u:hunter2@h/d", "did you mean 'postgresql'?"),
        ("Sqlite:///x", "did you mean 'sqlite'?"),
        ("https://u:hunter2@h/d", "write sqlite or postgresql+psycopg"),
        ("sqlite:///x?password=hunter2", "has nothing behind a question mark; leave it out"),
    ],
)
def test_another_kind_of_address_is_told_what_was_meant(
    address: str, said: str, tmp_path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LedgerError) as caught:
        Ledger.open(address)
    assert said in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []
