"""No secret of an address is shown, and no address becomes a folder."""

from __future__ import annotations

import pytest

from forecast.errors import LedgerError
from forecast.ledger import Ledger
from forecast.ledger.places import name_of, url_of

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
