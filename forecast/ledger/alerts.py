"""Alerts: what was said of each rule, and when, so that nothing is said twice."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, func, insert, select

from forecast.ledger.database import Database
from forecast.ledger.faults import intact_row
from forecast.ledger.hashing import canonical_json, text_hash
from forecast.ledger.moments import day, moment, stamp
from forecast.ledger.records import AlertRecord
from forecast.ledger.schema import alert_version, sealed

__all__ = ["AlertLog"]

_FIELDS = ("word", "rule", "probability", "certainty", "reference")


class AlertLog(Database):
    """The part of the ledger that remembers which alerts stand."""

    def say(self, rows: Iterable[Mapping[str, Any]], *, as_of: date) -> list[str]:
        """Record what was said of alerts, in one transaction.

        Parameters
        ----------
        rows : iterable of mapping
            ``alert``, the ``version`` this one follows (0 for the first), and what an
            `AlertRecord` holds. Where another process has said something since, that stands.
        as_of : datetime.date
            The day up to which reports were seen.

        Returns
        -------
        list of str
            Names of the alerts that were written.
        """
        written = []
        on = day(as_of, where="as_of")
        with self.writing() as (connection, now):
            for row in rows:
                mine = self.own(alert_version), alert_version.c.alert == row["alert"]
                last = connection.scalar(select(func.max(alert_version.c.version)).where(*mine))
                if (last or 0) != row["version"]:
                    continue
                text = canonical_json({**{name: row[name] for name in _FIELDS}, "as_of": on})
                values = {
                    "alert": row["alert"],
                    "version": row["version"] + 1,
                    "content": text,
                    "content_hash": text_hash(text),
                    "as_of": on,
                    "recorded_at": now,
                }
                connection.execute(
                    insert(alert_version), sealed(alert_version, values, case=self.case)
                )
                written.append(str(row["alert"]))
        return written

    def alert_versions(
        self, *, as_of: date | None = None, recorded_by: datetime | None = None
    ) -> list[AlertRecord]:
        """Return everything that was said of alerts, in that order.

        Parameters
        ----------
        as_of : date, optional
            Only what was said of this day or earlier ones.
        recorded_by : datetime, optional
            The ledger as it stood at this moment; the default is now.
        """
        columns = alert_version.c
        statement = select(alert_version).where(self.own(alert_version))
        statement = statement.order_by(columns.recorded_at, columns.alert)
        if as_of is not None:
            statement = statement.where(columns.as_of <= day(as_of, where="as_of"))
        if recorded_by is not None:
            statement = statement.where(columns.recorded_at <= stamp(recorded_by))
        with self.reading() as connection:
            rows = connection.execute(statement).all()
        return [_record(row, place=self.place) for row in rows]

    def last_words(self, *, recorded_by: datetime | None = None) -> dict[str, AlertRecord]:
        """Return what was said last of each alert, now or when the ledger stood as it did then."""
        return {record.alert: record for record in self.alert_versions(recorded_by=recorded_by)}


def _record(row: Row[Any], *, place: str) -> AlertRecord:
    with intact_row(place, alert_version, row, f"version {row.version} of alert {row.alert}"):
        said = json.loads(row.content)
        return AlertRecord(
            alert=row.alert,
            version=row.version,
            **{name: said[name] for name in _FIELDS},
            as_of=date.fromisoformat(row.as_of),
            recorded_at=moment(row.recorded_at),
        )
