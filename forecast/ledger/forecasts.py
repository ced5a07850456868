"""Issued forecasts and the beliefs they stand for; the same forecast is issued once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, insert, not_, select

from forecast.errors import LedgerError
from forecast.ledger.cases import own
from forecast.ledger.database import Database, last_recorded
from forecast.ledger.faults import intact_row
from forecast.ledger.hashing import canonical_json, content_hash, plain, text_hash
from forecast.ledger.moments import day, moment, stamp
from forecast.ledger.records import IssuedForecast, ModelRecord
from forecast.ledger.schema import ID_DIGITS, issued_forecast, model, posterior, sealed

__all__ = ["FORECAST_CONTENT", "ForecastLog", "ModelLog", "require_model"]


class ModelLog(Database):
    """The part of the ledger that holds models."""

    def record_model(self, *, fingerprint: str, content: object) -> ModelRecord:
        """Record the beliefs a fingerprint stands for; the first content recorded is kept.

        Raises
        ------
        LedgerError
            If the content has no JSON form or the database cannot be written.
        """
        # not sorted: the order of nodes is part of a model
        text = json.dumps(plain(content, where="model"), ensure_ascii=False, allow_nan=False)
        same = select(model).where(self.own(model), model.c.fingerprint == fingerprint)
        with self.writing() as (connection, now):
            if connection.execute(same).first() is None:
                row = {
                    "fingerprint": fingerprint,
                    "content": text,
                    "content_hash": text_hash(text),
                    "recorded_at": now,
                }
                connection.execute(insert(model), sealed(model, row, case=self.case))
            return _model(connection.execute(same).one(), place=self.place)

    def model(self, fingerprint: str) -> ModelRecord | None:
        """Return the beliefs a fingerprint stands for; None if they were never recorded."""
        with self.reading() as connection:
            row = connection.execute(
                select(model).where(self.own(model), model.c.fingerprint == fingerprint)
            ).first()
        return None if row is None else _model(row, place=self.place)


def require_model(connection: Connection, fingerprint: str, *, place: str) -> None:
    """Refuse to go on with a model that was not recorded.

    Raises
    ------
    LedgerError
        If it was not.
    """
    mine = own(connection, model)
    known = select(model.c.fingerprint).where(mine, model.c.fingerprint == fingerprint)
    if connection.scalar(known) is None:
        raise LedgerError(f"{place}: unknown model {fingerprint!r}; record_model comes first")


def _model(row: Row[Any], *, place: str) -> ModelRecord:
    with intact_row(place, model, row, f"model {row.fingerprint}"):
        return ModelRecord(row.fingerprint, json.loads(row.content), moment(row.recorded_at))


#: What makes two issued forecasts the same.
FORECAST_CONTENT = ("as_of", "model_fingerprint", "evidence_fingerprint", "settings", "payload")


class ForecastLog(Database):
    """The part of the ledger that holds issued forecasts."""

    def issue(
        self,
        *,
        as_of: date,
        model_fingerprint: str,
        evidence_fingerprint: str,
        settings: Mapping[str, object],
        payload: Mapping[str, object],
        posterior_id: str | None = None,
        recorded_by: datetime | None = None,
    ) -> IssuedForecast:
        """Record a forecast as published; the same one again returns what was issued first.

        Parameters
        ----------
        as_of : date
            The day up to which reports were seen.
        settings, payload : mapping
            How it was made, and what it says.
        posterior_id : str, optional
            The posterior it was read from.
        recorded_by : datetime, optional
            The ledger as it was read; the default is everything recorded before this forecast.

        Raises
        ------
        LedgerError
            If the model or the posterior was not recorded first, something has no JSON form, or
            the database cannot be written.
        """
        content = {
            "as_of": day(as_of, where="as_of"),
            "model_fingerprint": model_fingerprint,
            "evidence_fingerprint": evidence_fingerprint,
            "settings": canonical_json(settings, where="settings"),
            "payload": canonical_json(payload, where="payload"),
        }
        identity = content_hash(content)
        same = self._issues(None).where(issued_forecast.c.content_hash == identity)
        with self.writing() as (connection, now):
            if connection.execute(same).first() is None:
                _require(connection, model_fingerprint, posterior_id, place=self.place)
                seen = stamp(recorded_by) if recorded_by else last_recorded(connection)
                row = {
                    **content,
                    "id": identity[:ID_DIGITS],
                    "issued_at": now,
                    "recorded_by": seen,
                    "posterior_id": posterior_id,
                    "content_hash": identity,
                }
                connection.execute(
                    insert(issued_forecast), sealed(issued_forecast, row, case=self.case)
                )
            return _issue(connection.execute(same).one(), place=self.place)

    def issues(self, *, model_fingerprint: str | None = None) -> list[IssuedForecast]:
        """Return all issued forecasts in the order they were issued."""
        statement = self._issues(model_fingerprint).order_by(issued_forecast.c.issued_at)
        with self.reading() as connection:
            rows = connection.execute(statement).all()
        return [_issue(row, place=self.place) for row in rows]

    def last_issue(
        self,
        *,
        as_of: date | None = None,
        model_fingerprint: str | None = None,
    ) -> IssuedForecast | None:
        """Return the forecast with the latest ``as_of``, and of these the one issued last.

        Parameters
        ----------
        as_of : date, optional
            Only forecasts as of this day or earlier.
        model_fingerprint : str, optional
            Only forecasts from this model.
        """
        columns = issued_forecast.c
        statement = self._issues(model_fingerprint)
        if as_of is not None:
            statement = statement.where(columns.as_of <= day(as_of, where="as_of"))
        return self._first(statement.order_by(columns.as_of.desc(), columns.issued_at.desc()))

    def issue_before(
        self, issued: IssuedForecast, *, alike: Sequence[Mapping[str, object]]
    ) -> IssuedForecast | None:
        """Return what was issued before a forecast, as of its day or an earlier one.

        Parameters
        ----------
        issued : IssuedForecast
        alike : sequence of mapping
            Settings with which its beliefs and evidence are the same forecast as of its day, which
            is none before it.
        """
        columns = issued_forecast.c
        same = and_(
            columns.as_of == day(issued.as_of, where="as_of"),
            columns.model_fingerprint == issued.model_fingerprint,
            columns.evidence_fingerprint == issued.evidence_fingerprint,
            columns.settings.in_([canonical_json(one, where="settings") for one in alike]),
        )
        statement = self._issues(None).where(
            columns.issued_at < stamp(issued.issued_at),
            columns.as_of <= day(issued.as_of, where="as_of"),
            not_(same),
        )
        return self._first(statement.order_by(columns.as_of.desc(), columns.issued_at.desc()))

    def find_issue(
        self,
        *,
        as_of: date,
        model_fingerprint: str,
        evidence_fingerprint: str,
        settings: Mapping[str, object],
    ) -> IssuedForecast | None:
        """Return the last forecast issued for exactly this day, model, evidence and settings."""
        columns = issued_forecast.c
        statement = self._issues(model_fingerprint).where(
            columns.as_of == day(as_of, where="as_of"),
            columns.evidence_fingerprint == evidence_fingerprint,
            columns.settings == canonical_json(settings, where="settings"),
        )
        return self._first(statement.order_by(columns.issued_at.desc()))

    def _issues(self, model_fingerprint: str | None) -> Select[Any]:
        statement = select(issued_forecast).where(self.own(issued_forecast))
        if model_fingerprint is None:
            return statement
        return statement.where(issued_forecast.c.model_fingerprint == model_fingerprint)

    def _first(self, statement: Select[Any]) -> IssuedForecast | None:
        with self.reading() as connection:
            row = connection.execute(statement.limit(1)).first()
        return None if row is None else _issue(row, place=self.place)


def _require(
    connection: Connection, model_fingerprint: str, posterior_id: str | None, *, place: str
) -> None:
    require_model(connection, model_fingerprint, place=place)
    if posterior_id is None:
        return
    known = select(posterior.c.id).where(own(connection, posterior), posterior.c.id == posterior_id)
    if connection.scalar(known) is None:
        raise LedgerError(
            f"{place}: unknown posterior {posterior_id!r}; record_posterior comes first"
        )


def _issue(row: Row[Any], *, place: str) -> IssuedForecast:
    with intact_row(place, issued_forecast, row, f"issued forecast {row.id}"):
        return IssuedForecast(
            row.id,
            moment(row.issued_at),
            date.fromisoformat(row.as_of),
            None if row.recorded_by is None else moment(row.recorded_by),
            row.model_fingerprint,
            row.evidence_fingerprint,
            row.posterior_id,
            json.loads(row.settings),
            json.loads(row.payload),
            row.content_hash,
        )
