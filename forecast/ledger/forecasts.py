"""Beliefs, the forecasts issued from them, and what would have been published on each day."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypedDict, Unpack

from sqlalchemy import Connection, Row, Select, and_, not_, select

from forecast.errors import LedgerError
from forecast.ledger.database import Database
from forecast.ledger.hashing import (
    canonical_json,
    content_hash,
    day,
    moment,
    plain,
    stamp,
    text_hash,
)
from forecast.ledger.records import HistoryPoint, IssuedForecast, ModelRecord
from forecast.ledger.schema import ID_DIGITS, history_point, issued_forecast, model, posterior
from forecast.ledger.versions import Log

__all__ = ["FORECAST_CONTENT", "HistoryLog", "IssueLog", "ModelLog"]


class PointKey(TypedDict):
    """What a point of history is a function of; `base` is the fit before it, or ``prior``."""

    as_of: date
    model_fingerprint: str
    evidence_fingerprint: str
    settings: Mapping[str, object]
    base: str


class ModelLog(Log[ModelRecord]):
    """Beliefs, by their fingerprints."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, model, "model")

    def record(self, *, fingerprint: str, content: object) -> ModelRecord:
        """Record the beliefs a fingerprint stands for; the first content recorded is kept.

        Raises
        ------
        LedgerError
            If the content has no JSON form or the database cannot be written.
        """
        # not sorted: the order of nodes is part of a model
        text = json.dumps(plain(content, where="model"), ensure_ascii=False, allow_nan=False)
        said = {"content": text, "content_hash": text_hash(text)}
        with self.database.writing() as (connection, now):
            if connection.execute(self.of(fingerprint)).first() is None:
                self.write(connection, fingerprint=fingerprint, **said, recorded_at=now)
            return self.value(connection.execute(self.of(fingerprint)).one())

    def find(self, fingerprint: str) -> ModelRecord | None:
        """Return the beliefs a fingerprint stands for; None if they were never recorded."""
        return self.first(self.of(fingerprint))

    def all(self) -> list[ModelRecord]:
        """Return the beliefs that were ever recorded, the first ones first."""
        return self.read(self.select().order_by(model.c.recorded_at))

    def require(self, connection: Connection, fingerprint: str) -> None:
        """Refuse to go on with a model that was not recorded.

        Raises
        ------
        LedgerError
            If it was not.
        """
        if connection.execute(self.of(fingerprint)).first() is None:
            raise LedgerError(
                f"{self.database.place}: unknown model {fingerprint!r}; models.record comes first"
            )

    def _value(self, row: Row[Any]) -> ModelRecord:
        return ModelRecord(row.fingerprint, json.loads(row.content), moment(row.recorded_at))


#: What makes two issued forecasts the same.
FORECAST_CONTENT = ("as_of", "model_fingerprint", "evidence_fingerprint", "settings", "payload")


class IssueLog(Log[IssuedForecast]):
    """Forecasts as they were published; the same forecast is issued once."""

    def __init__(self, database: Database, models: ModelLog) -> None:
        super().__init__(database, issued_forecast, "issued forecast")
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
        same = self.select(issued_forecast.c.content_hash == identity)
        with self.database.writing() as (connection, now):
            if connection.execute(same).first() is None:
                self._require(connection, model_fingerprint, posterior_id)
                last = self.database.last_recorded(connection)
                row = {
                    **content,
                    "id": identity[:ID_DIGITS],
                    "issued_at": now,
                    "recorded_by": stamp(recorded_by) if recorded_by else last,
                    "posterior_id": posterior_id,
                    "content_hash": identity,
                }
                self.write(connection, **row)
            return self.value(connection.execute(same).one())

    def all(self, *, model_fingerprint: str | None = None) -> list[IssuedForecast]:
        """Return all issued forecasts in the order they were issued."""
        return self.read(self._of(model_fingerprint).order_by(issued_forecast.c.issued_at))

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
        statement = self._of(model_fingerprint)
        if as_of is not None:
            statement = statement.where(columns.as_of <= day(as_of, where="as_of"))
        return self.first(statement.order_by(columns.as_of.desc(), columns.issued_at.desc()))

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
        statement = self.select(
            columns.issued_at < stamp(issued.issued_at),
            columns.as_of <= day(issued.as_of, where="as_of"),
            not_(same),
        )
        return self.first(statement.order_by(columns.as_of.desc(), columns.issued_at.desc()))

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
        statement = self._of(model_fingerprint).where(
            columns.as_of == day(as_of, where="as_of"),
            columns.evidence_fingerprint == evidence_fingerprint,
            columns.settings == canonical_json(settings, where="settings"),
        )
        return self.first(statement.order_by(columns.issued_at.desc()))

    def _of(self, model_fingerprint: str | None) -> Select[Any]:
        if model_fingerprint is None:
            return self.select()
        return self.select(issued_forecast.c.model_fingerprint == model_fingerprint)

    def _require(
        self, connection: Connection, model_fingerprint: str, posterior_id: str | None
    ) -> None:
        self._models.require(connection, model_fingerprint)
        if posterior_id is None:
            return
        mine = self.database.own(posterior), posterior.c.id == posterior_id
        if connection.scalar(select(posterior.c.id).where(*mine)) is None:
            raise LedgerError(
                f"{self.database.place}: unknown posterior {posterior_id!r}; "
                "posteriors.record comes first"
            )

    def _value(self, row: Row[Any]) -> IssuedForecast:
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


class HistoryLog(Log[HistoryPoint]):
    """What would have been published on each day, kept so that it is computed once."""

    def __init__(self, database: Database, models: ModelLog) -> None:
        super().__init__(database, history_point, "point of history")
        self._models = models

    def find(self, **key: Unpack[PointKey]) -> HistoryPoint | None:
        """Return the point of exactly this day, model, evidence, settings and earlier fit."""
        return self.first(self.of(_point(**key)["id"]))

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
        said: dict[str, Any] = {
            **_point(**key),
            "posterior_id": posterior_id,
            "payload": canonical_json(payload, where="payload"),
        }
        with self.database.writing() as (connection, now):
            if connection.execute(self.of(said["id"])).first() is None:
                self._models.require(connection, key["model_fingerprint"])
                self.write(connection, **said, recorded_at=now)

    def _value(self, row: Row[Any]) -> HistoryPoint:
        return HistoryPoint(
            row.id,
            date.fromisoformat(row.as_of),
            row.posterior_id,
            json.loads(row.payload),
            moment(row.recorded_at),
        )


def _point(**key: Unpack[PointKey]) -> dict[str, str]:
    content = {
        "as_of": day(key["as_of"], where="as_of"),
        "model_fingerprint": key["model_fingerprint"],
        "evidence_fingerprint": key["evidence_fingerprint"],
        "settings": canonical_json(key["settings"], where="settings"),
        "base": key["base"],
    }
    return {"id": content_hash(content)[:ID_DIGITS], **content}
