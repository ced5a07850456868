"""History: what would have been published on each day, kept so that it is computed once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date

from sqlalchemy import insert, select

from forecast.ledger.database import Database
from forecast.ledger.faults import intact_row
from forecast.ledger.forecasts import require_model
from forecast.ledger.hashing import canonical_json, content_hash
from forecast.ledger.moments import day, moment
from forecast.ledger.records import HistoryPoint
from forecast.ledger.schema import ID_DIGITS, history_point, sealed

__all__ = ["HistoryLog"]


class HistoryLog(Database):
    """The part of the ledger that holds the honest history."""

    def find_point(
        self,
        *,
        as_of: date,
        model_fingerprint: str,
        evidence_fingerprint: str,
        settings: Mapping[str, object],
        base: str,
    ) -> HistoryPoint | None:
        """Return the point of exactly this day, model, evidence, settings and earlier fit."""
        key = _key(as_of, model_fingerprint, evidence_fingerprint, settings, base)
        statement = select(history_point).where(
            self.own(history_point), history_point.c.id == key["id"]
        )
        with self.reading() as connection:
            row = connection.execute(statement).first()
        if row is None:
            return None
        with intact_row(self.place, history_point, row, f"point of history {row.id}"):
            return HistoryPoint(
                row.id,
                date.fromisoformat(row.as_of),
                row.posterior_id,
                json.loads(row.payload),
                moment(row.recorded_at),
            )

    def record_point(
        self,
        *,
        as_of: date,
        model_fingerprint: str,
        evidence_fingerprint: str,
        settings: Mapping[str, object],
        base: str,
        posterior_id: str | None,
        payload: Mapping[str, object],
    ) -> None:
        """Record a point; one that another process recorded first stands.

        Raises
        ------
        LedgerError
            If the model was not recorded first, or the database cannot be written.
        """
        key = _key(as_of, model_fingerprint, evidence_fingerprint, settings, base)
        values = {
            **key,
            "posterior_id": posterior_id,
            "payload": canonical_json(payload, where="payload"),
        }
        same = select(history_point.c.id).where(
            self.own(history_point), history_point.c.id == key["id"]
        )
        with self.writing() as (connection, now):
            if connection.execute(same).first() is None:
                require_model(connection, model_fingerprint, place=self.place)
                row = sealed(history_point, {**values, "recorded_at": now}, case=self.case)
                connection.execute(insert(history_point), row)


def _key(
    as_of: date,
    model_fingerprint: str,
    evidence_fingerprint: str,
    settings: Mapping[str, object],
    base: str,
) -> dict[str, str]:
    content = {
        "as_of": day(as_of, where="as_of"),
        "model_fingerprint": model_fingerprint,
        "evidence_fingerprint": evidence_fingerprint,
        "settings": canonical_json(settings, where="settings"),
        "base": base,
    }
    return {"id": content_hash(content)[:ID_DIGITS], **content}
