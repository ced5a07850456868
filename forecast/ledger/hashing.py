"""How values are written: days and moments as text that sorts, content as one text, its SHA-256.

Two values that say the same have the same text, whatever the order of their keys, so a repeat can
be recognised and a changed row found out.

`glimpse` looks at the reports of a ledger without opening it, quickly and writing nothing, for a
shell that completes ids while somebody types. SQLite only, by the standard library alone.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from forecast.errors import LedgerError

__all__ = [
    "Glimpsed",
    "canonical_json",
    "content_hash",
    "content_of",
    "day",
    "file_hash",
    "glimpse",
    "moment",
    "plain",
    "stamp",
    "stamp_after",
    "text_hash",
    "texts_hash",
    "utc_now",
]


type Json = bool | int | float | str | list[Json] | dict[str, Json] | None

_AS_IS = frozenset({str, int, bool, type(None)})
#: What stands in a row: JSON writes it at once, days by what they call themselves.
_FLAT, _TEXT = _AS_IS | {date, float}, frozenset({str})
_written = json.JSONEncoder(
    sort_keys=True,
    separators=(",", ":"),
    ensure_ascii=False,
    allow_nan=False,
    default=date.isoformat,
).encode
_BLOCK = 1 << 20
_TICK = timedelta(microseconds=1)


def plain(value: object, *, where: str = "content") -> Json:
    """Turn a value into what JSON can say: dates as ISO text, tuples and arrays as lists.

    Raises
    ------
    LedgerError
        For a number that is not finite, a key that is not text, or a type with no JSON form.

    Examples
    --------
    >>> plain({"on": date(2024, 6, 19), "states": ("token", "sustained")})
    {'on': '2024-06-19', 'states': ['token', 'sustained']}
    """
    if type(value) in _AS_IS:
        return value  # type: ignore[return-value]
    if isinstance(value, Enum):
        return plain(value.value, where=where)
    if isinstance(value, float):
        if math.isfinite(value):
            return float(value)
        raise LedgerError(f"{where}: cannot record the number {float(value)}; allowed: finite")
    if isinstance(value, Mapping):
        return _plain_mapping(value, where)
    if isinstance(value, (list, tuple)):
        return [plain(item, where=f"{where}[{i}]") for i, item in enumerate(value)]
    return _plain_scalar(value, where)


def _plain_mapping(value: Mapping[str, object], where: str) -> dict[str, Json]:
    for key in value:
        if not isinstance(key, str):
            raise LedgerError(f"{where}: cannot record the key {key!r}; allowed: text")
    return {str(key): plain(item, where=f"{where}.{key}") for key, item in value.items()}


def _plain_scalar(value: object, where: str) -> Json:
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, Path):
        return value.as_posix()
    if isinstance(value, (set, frozenset)):
        return sorted((plain(item, where=where) for item in value), key=canonical_json)
    if isinstance(value, (str, int)):
        return str(value) if isinstance(value, str) else int(value)
    if callable(tolist := getattr(value, "tolist", None)):
        return plain(tolist(), where=where)
    return _plain_mapping(content_of(value, where=where), where)


def content_of(value: object, *, where: str = "content") -> Mapping[str, object]:
    """Return what a mapping, a dataclass, a pydantic model or a record with ``content`` says.

    Fields of a dataclass that take no part in its equality (where it was read) are left out, and
    so are fields marked ``sparse`` that have their default: they came later, and a row without them
    keeps its hash.

    Raises
    ------
    LedgerError
        If the value is none of these.

    Examples
    --------
    >>> content_of({"report_id": "R1"})
    {'report_id': 'R1'}
    """
    if isinstance(value, Mapping):
        return value
    if isinstance(content := getattr(value, "content", None), Mapping):
        return content
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        every, sparse = _fields(type(value))
        said = {name: getattr(value, name) for name in every}
        for name, default in sparse:
            if said[name] == default:
                del said[name]
        return said
    if callable(dump := getattr(value, "model_dump", None)):
        dumped: Mapping[str, object] = dump(mode="json", by_alias=True)
        return dumped
    raise LedgerError(
        f"{where}: cannot record a {type(value).__name__}; "
        "allowed: text, numbers, dates, and lists, mappings and dataclasses of these"
    )


@cache
def _fields(kind: type[Any]) -> tuple[tuple[str, ...], tuple[tuple[str, object], ...]]:
    """Name the fields that are compared, and those left out where they have their default."""
    every = [field for field in dataclasses.fields(kind) if field.compare]
    sparse = tuple((each.name, each.default) for each in every if each.metadata.get("sparse"))
    return tuple(each.name for each in every), sparse


def canonical_json(value: object, *, where: str = "content") -> str:
    """Write a value as the one JSON text that stands for it: keys sorted, no spaces.

    Raises
    ------
    LedgerError
        If the value has no JSON form; see `plain`.

    Examples
    --------
    >>> canonical_json({"b": 1.0, "a": date(2024, 6, 19)})
    '{"a":"2024-06-19","b":1.0}'
    """
    return _written(value if _is_row(value) else plain(value, where=where))


def _is_row(value: object) -> bool:
    """Whether it is a list, or a mapping by texts, of nothing but what JSON writes at once."""
    if type(value) is dict:
        return _TEXT.issuperset(map(type, value)) and _is_row(list(value.values()))
    if type(value) is not list or not _FLAT.issuperset(map(type, value)):
        return False
    return all(math.isfinite(one) for one in value if type(one) is float)


def text_hash(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8, as 64 hexadecimal digits.

    Raises
    ------
    LedgerError
        If the text holds half a character (a lone surrogate) and so has no UTF-8 form.
    """
    return texts_hash((text,))


def texts_hash(parts: Iterable[str]) -> str:
    """Return the SHA-256 of a text that comes in parts, as `text_hash`."""
    digest = hashlib.sha256()
    for text in parts:
        try:
            digest.update(text.encode())
        except UnicodeEncodeError as error:
            raise LedgerError(
                f"cannot record text with the half character {text[error.start]!r} in it; "
                "save the file as UTF-8"
            ) from None
    return digest.hexdigest()


def content_hash(value: object) -> str:
    """Return the SHA-256 of a value's canonical JSON.

    Examples
    --------
    >>> content_hash({"a": 1, "b": 2}) == content_hash({"b": 2, "a": 1})
    True
    """
    return text_hash(canonical_json(value))


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, as ``sha256sum`` prints it."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def utc_now() -> datetime:
    """Return this moment in UTC."""
    return datetime.now(UTC)


def stamp(value: datetime) -> str:
    """Write a moment in UTC with microseconds, always 27 characters wide.

    Raises
    ------
    LedgerError
        If the moment has no time zone: the ledger does not guess one.

    Examples
    --------
    >>> stamp(datetime(2024, 6, 19, 12, tzinfo=UTC))
    '2024-06-19T12:00:00.000000Z'
    """
    if value.tzinfo is None:
        raise LedgerError(f"the moment {value.isoformat()} has no time zone; allowed: UTC or any")
    text = value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    return f"{text}Z"


def moment(text: str) -> datetime:
    """Read a moment that `stamp` wrote.

    Examples
    --------
    >>> moment("2024-06-19T12:00:00.000000Z").isoformat()
    '2024-06-19T12:00:00+00:00'
    """
    return datetime.fromisoformat(text)


def stamp_after(now: datetime, last: str | None) -> str:
    """Write a moment, moved past the last one recorded where the clock has not moved on.

    So every transaction of a ledger has a moment of its own, in the order they were written, even
    when the machine's clock is set back.

    Examples
    --------
    >>> stamp_after(datetime(2024, 1, 1, tzinfo=UTC), "2024-06-19T12:00:00.000000Z")
    '2024-06-19T12:00:00.000001Z'
    """
    text = stamp(now)
    if last is None or text > last:
        return text
    return stamp(moment(last) + _TICK)


def day(value: object, *, where: str) -> str:
    """Write a day as ISO text; read one from a date, a moment or ISO text.

    Raises
    ------
    LedgerError
        If the value is not a day.

    Examples
    --------
    >>> day("2024-06-19", where="occurred_on"), day(date(2024, 6, 19), where="as_of")
    ('2024-06-19', '2024-06-19')
    """
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise LedgerError(f"{where}: {value!r} is not a day; allowed: YYYY-MM-DD") from None


_PATIENCE = 0.2
_REPORTS = """
SELECT report_id, max(version), reported_on, CASE WHEN json_valid(content)
    THEN json_extract(content, '$.summary') END
FROM report_version WHERE {own} GROUP BY report_id ORDER BY report_id"""
_RETRACTED = "SELECT report_id, retracted FROM retraction WHERE {own} ORDER BY recorded_at"


@dataclass(frozen=True, slots=True)
class Glimpsed:
    """A report as it is offered: whether it stands, and what it says."""

    report_id: str
    stands: bool
    about: str


def glimpse(file: Path, names: Sequence[str], *, alone: bool) -> list[Glimpsed]:
    """Look which reports a ledger holds for a case.

    Parameters
    ----------
    file : Path
        The database.
    names : sequence of str
        What the case may be called; the first that has entered counts.
    alone : bool
        Whether the ledger is the project's own: rows without a case are then its own, too.

    Raises
    ------
    sqlite3.Error
        If it cannot be read.
    """
    # a connection to a journal leaves files behind, unless the file is taken as it stands
    journal = Path(f"{file}-wal")
    as_it_stands = not (journal.exists() and journal.stat().st_size)
    query = "immutable=1" if as_it_stands else "mode=ro"
    address = f"file:{quote(str(file.resolve()))}?{query}"
    with closing(sqlite3.connect(address, uri=True, timeout=_PATIENCE)) as connection:
        case = _case(connection, names)
        if case is None:
            if not alone:
                return []
            case = ""
        columns = connection.execute("SELECT name FROM pragma_table_info('report_version')")
        has_cases = ("case_id",) in columns.fetchall()
        own, asked = ("case_id = ?", (case,)) if has_cases else ("true", ())
        gone = dict(connection.execute(_RETRACTED.format(own=own), asked).fetchall())
        rows = connection.execute(_REPORTS.format(own=own), asked).fetchall()
    return [
        Glimpsed(str(name), not gone.get(name), f"{day} {summary or ''}".strip())
        for name, _, day, summary in rows
    ]


def _case(connection: sqlite3.Connection, names: Sequence[str]) -> str | None:
    try:
        known = dict(connection.execute("SELECT name, case_id FROM known_case").fetchall())
    except sqlite3.OperationalError:  # a ledger from before there were cases
        return None
    return next((str(known[name]) for name in names if name in known), None)
