"""Beliefs, the forecasts issued from them, and what would have been published on each day."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypedDict, Unpack

from sqlalchemy import Connection, Row, Select, and_, insert, not_, select

from forecast.errors import LedgerError
from forecast.ledger.database import Database
from forecast.ledger.hashing import canonical_json, content_hash, plain, text_hash
from forecast.ledger.moments import day, moment, stamp
from forecast.ledger.records import HistoryPoint, IssuedForecast, ModelRecord
from forecast.ledger.schema import (
    ID_DIGITS,
    history_point,
    issued_forecast,
    model,
    posterior,
    sealed,
)

__all__ = ["FORECAST_CONTENT", "HistoryLog", "IssueLog", "ModelLog"]


class PointKey(TypedDict):
    """What a point of history is a function of; `base` is the fit before it, or ``prior``."""

    as_of: date
    model_fingerprint: str
    evidence_fingerprint: str
    settings: Mapping[str, object]
    base: str


class ModelLog:
    """Beliefs, by their fingerprints."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, *, fingerprint: str, content: object) -> ModelRecord:
        """Record the beliefs a fingerprint stands for; the first content recorded is kept.

        Raises
        ------
        LedgerError
            If the content has no JSON form or the database cannot be written.
        """
        # not sorted: the order of nodes is part of a model
        text = json.dumps(plain(content, where="model"), ensure_ascii=False, allow_nan=False)
        row = {"fingerprint": fingerprint, "content": text, "content_hash": text_hash(text)}
        with self._database.writing() as (connection, now):
            found = self._row(connection, fingerprint)
            if found is None:
                whole = sealed(model, {**row, "recorded_at": now}, case=self._database.case)
                connection.execute(insert(model), whole)
                found = self._row(connection, fingerprint)
            return self._record(found)

    def find(self, fingerprint: str) -> ModelRecord | None:
        """Return the beliefs a fingerprint stands for; None if they were never recorded."""
        with self._database.reading() as connection:
            row = self._row(connection, fingerprint)
        return None if row is None else self._record(row)

    def all(self) -> list[ModelRecord]:
        """Return the beliefs that were ever recorded, the first ones first."""
        mine = select(model).where(self._database.own(model)).order_by(model.c.recorded_at)
        with self._database.reading() as connection:
            rows = connection.execute(mine).all()
        return [self._record(row) for row in rows]

    def require(self, connection: Connection, fingerprint: str) -> None:
        """Refuse to go on with a model that was not recorded.

        Raises
        ------
        LedgerError
            If it was not.
        """
        if self._row(connection, fingerprint) is None:
            raise LedgerError(
                f"{self._database.place}: unknown model {fingerprint!r}; models.record comes first"
            )

    def _row(self, connection: Connection, fingerprint: str) -> Any:
        mine = self._database.own(model), model.c.fingerprint == fingerprint
        return connection.execute(select(model).where(*mine)).first()

    def _record(self, row: Row[Any]) -> ModelRecord:
        with self._database.intact(model, row, f"model {row.fingerprint}"):
            return ModelRecord(row.fingerprint, json.loads(row.content), moment(row.recorded_at))


#: What makes two issued forecasts the same.
FORECAST_CONTENT = ("as_of", "model_fingerprint", "evidence_fingerprint", "settings", "payload")


class IssueLog:
    """Forecasts as they were published; the same forecast is issued once."""

    def __init__(self, database: Database, models: ModelLog) -> None:
        self._database = database
        self._models = models

    def record(
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
        with self._database.writing() as (connection, now):
            if connection.execute(same).first() is None:
                self._require(connection, model_fingerprint, posterior_id)
                last = self._database.last_recorded(connection)
                row = {
                    **content,
                    "id": identity[:ID_DIGITS],
                    "issued_at": now,
                    "recorded_by": stamp(recorded_by) if recorded_by else last,
                    "posterior_id": posterior_id,
                    "content_hash": identity,
                }
                whole = sealed(issued_forecast, row, case=self._database.case)
                connection.execute(insert(issued_forecast), whole)
            return self._issue(connection.execute(same).one())

    def all(self, *, model_fingerprint: str | None = None) -> list[IssuedForecast]:
        """Return all issued forecasts in the order they were issued."""
        statement = self._issues(model_fingerprint).order_by(issued_forecast.c.issued_at)
        with self._database.reading() as connection:
            rows = connection.execute(statement).all()
        return [self._issue(row) for row in rows]

    def last(
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

    def before(
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

    def find(
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
        statement = select(issued_forecast).where(self._database.own(issued_forecast))
        if model_fingerprint is None:
            return statement
        return statement.where(issued_forecast.c.model_fingerprint == model_fingerprint)

    def _first(self, statement: Select[Any]) -> IssuedForecast | None:
        with self._database.reading() as connection:
            row = connection.execute(statement.limit(1)).first()
        return None if row is None else self._issue(row)

    def _require(
        self, connection: Connection, model_fingerprint: str, posterior_id: str | None
    ) -> None:
        self._models.require(connection, model_fingerprint)
        if posterior_id is None:
            return
        mine = self._database.own(posterior), posterior.c.id == posterior_id
        if connection.scalar(select(posterior.c.id).where(*mine)) is None:
            raise LedgerError(
                f"{self._database.place}: unknown posterior {posterior_id!r}; "
                "posteriors.record comes first"
            )

    def _issue(self, row: Row[Any]) -> IssuedForecast:
        with self._database.intact(issued_forecast, row, f"issued forecast {row.id}"):
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


class HistoryLog:
    """What would have been published on each day, kept so that it is computed once."""

    def __init__(self, database: Database, models: ModelLog) -> None:
        self._database = database
        self._models = models

    def find(self, **key: Unpack[PointKey]) -> HistoryPoint | None:
        """Return the point of exactly this day, model, evidence, settings and earlier fit."""
        with self._database.reading() as connection:
            row = connection.execute(self._of(_point(**key)["id"])).first()
        if row is None:
            return None
        with self._database.intact(history_point, row, f"point of history {row.id}"):
            return HistoryPoint(
                row.id,
                date.fromisoformat(row.as_of),
                row.posterior_id,
                json.loads(row.payload),
                moment(row.recorded_at),
            )

    def record(
        self,
        *,
        posterior_id: str | None,
        payload: Mapping[str, object],
        **key: Unpack[PointKey],
    ) -> None:
        """Record a point; one that another process recorded first stands.

        Raises
        ------
        LedgerError
            If the model was not recorded first, or the database cannot be written.
        """
        said = {
            **_point(**key),
            "posterior_id": posterior_id,
            "payload": canonical_json(payload, where="payload"),
        }
        with self._database.writing() as (connection, now):
            if connection.execute(self._of(str(said["id"]))).first() is None:
                self._models.require(connection, key["model_fingerprint"])
                row = sealed(history_point, {**said, "recorded_at": now}, case=self._database.case)
                connection.execute(insert(history_point), row)

    def _of(self, point: str) -> Select[Any]:
        mine = self._database.own(history_point), history_point.c.id == point
        return select(history_point).where(*mine)


def _point(**key: Unpack[PointKey]) -> dict[str, str]:
    content = {
        "as_of": day(key["as_of"], where="as_of"),
        "model_fingerprint": key["model_fingerprint"],
        "evidence_fingerprint": key["evidence_fingerprint"],
        "settings": canonical_json(key["settings"], where="settings"),
        "base": key["base"],
    }
    return {"id": content_hash(content)[:ID_DIGITS], **content}
