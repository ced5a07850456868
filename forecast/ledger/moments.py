"""Days and moments as the ledger writes them: text that sorts as time does."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from forecast.errors import LedgerError

__all__ = ["day", "moment", "stamp", "stamp_after", "utc_now"]

_TICK = timedelta(microseconds=1)


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
