"""Beliefs, the posteriors fitted to them, the forecasts issued, and what each day would have said.

The draws of a posterior lie in files, checked when read. A file is written under a passing name,
flushed to the disk and hashed; then, under the write lock, it takes its name and its row is added.
A crash leaves at worst a file without a row, which `PosteriorLog.sweep` removes.
"""

from __future__ import annotations

import json
import logging
import os
import re
import secrets
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, TypedDict, Unpack

from sqlalchemy import Connection, Row, Select, and_, not_, select

from forecast.errors import LedgerError
from forecast.ledger.database import Database, explained
from forecast.ledger.hashing import (
    canonical_json,
    content_hash,
    day,
    file_hash,
    moment,
    plain,
    stamp,
    text_hash,
)
from forecast.ledger.records import HistoryPoint, IssuedForecast, ModelRecord, PosteriorRecord
from forecast.ledger.schema import ID_DIGITS, history_point, issued_forecast, model, posterior
from forecast.ledger.versions import Log

__all__ = [
    "FORECAST_CONTENT",
    "POSTERIOR_CONTENT",
    "HistoryLog",
    "IssueLog",
    "ModelLog",
    "PosteriorLog",
    "written",
]


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


_OURS = re.compile(rf"(writing-)?[0-9a-f]{{{ID_DIGITS}}}\.[A-Za-z0-9]+")


@contextmanager
def written(folder: Path, write: Callable[[Path], object], *, suffix: str) -> Iterator[Path]:
    """Give a file that ``write`` completed, on the disk, under a passing name.

    Raises
    ------
    LedgerError
        If the folder or the file cannot be written, or ``write`` left no file.
    """
    file = folder / f"writing-{secrets.token_hex(ID_DIGITS // 2)}{suffix}"
    with explained(str(folder)):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        with explained(str(file)):
            write(file)
            if not file.is_file():
                raise LedgerError(f"{file}: the posterior was not written; allowed: one file")
            _flush(file)
        yield file
    finally:
        file.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except PermissionError:
        if path.is_dir():  # Windows does not open folders; it needs no flush for names
            return
        raise
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _file_problem(record: PosteriorRecord) -> str | None:
    """Return what is wrong with a posterior's file, in one line; None if it is whole."""
    try:
        found = file_hash(record.path)
    except OSError as error:
        return f"{record.path}: the posterior file cannot be read ({error.strerror})"
    if found != record.file_hash:
        return f"{record.path}: the posterior file was changed after it was recorded"
    return None


def _remove_orphans(folder: Path, *, named: Collection[str], older_than: timedelta) -> list[str]:
    """Remove files that have a name of ours, no row, and no recent change; return their names."""
    limit = time.time() - older_than.total_seconds()
    removed = []
    for file in sorted(folder.iterdir()) if folder.is_dir() else []:
        orphan = _OURS.fullmatch(file.name) and f"{folder.name}/{file.name}" not in named
        if orphan and file.is_file() and file.stat().st_mtime <= limit:
            file.unlink()
            removed.append(file.name)
    return removed


#: What a posterior's id is the hash of.
POSTERIOR_CONTENT = (
    "model_fingerprint",
    "evidence_fingerprint",
    "as_of",
    "settings",
    "versions",
    "diagnostics",
    "file_hash",
)
_SUFFIX = re.compile(r"\.[A-Za-z0-9]+")
_logger = logging.getLogger(__name__)


class PosteriorLog(Log[PosteriorRecord]):
    """The fits, the latest first, as far as their files are whole."""

    def __init__(self, database: Database, models: ModelLog) -> None:
        super().__init__(database, posterior, "posterior")
        self._models = models

    def record(
        self,
        *,
        model_fingerprint: str,
        evidence_fingerprint: str,
        settings: Mapping[str, object],
        write: Callable[[Path], object],
        versions: Mapping[str, object] | None = None,
        diagnostics: Mapping[str, object] | None = None,
        as_of: date | None = None,
        suffix: str = ".nc",
    ) -> PosteriorRecord:
        """Keep the draws of one fit: a file written by ``write``, and a row that describes it.

        Parameters
        ----------
        settings : mapping
            How it was fitted, the seed too; `find` asks for exactly these.
        write : callable
            Called once with the path to write to; the path ends in ``suffix``.
        versions, diagnostics : mapping, optional
            Package versions, and what the sampler's checks said.
        as_of : date, optional
            The day up to which reports were seen.

        Raises
        ------
        LedgerError
            If the model was not recorded first, or the file or the row cannot be written.
            Whatever else ``write`` raises comes through; nothing is recorded then.
        """
        if not _SUFFIX.fullmatch(suffix):
            raise LedgerError(f"posterior: the suffix {suffix!r} came; allowed: such as '.nc'")
        content = {
            "model_fingerprint": model_fingerprint,
            "evidence_fingerprint": evidence_fingerprint,
            "as_of": None if as_of is None else day(as_of, where="as_of"),
            "settings": canonical_json(settings, where="settings"),
            "versions": canonical_json(versions or {}, where="versions"),
            "diagnostics": canonical_json(diagnostics or {}, where="diagnostics"),
        }
        with written(self.database.posteriors_folder, write, suffix=suffix) as file:
            return self._keep(file, {**content, "file_hash": file_hash(file)})

    def find(
        self,
        *,
        model_fingerprint: str,
        evidence_fingerprint: str,
        settings: Mapping[str, object],
        warn: Callable[[str], object] = _logger.warning,
    ) -> PosteriorRecord | None:
        """Return the last posterior for exactly this model, evidence and settings, if it is whole.

        A file that is missing or changed counts as absent; ``warn`` is told in one line.
        """
        statement = self._latest(model_fingerprint).where(
            posterior.c.evidence_fingerprint == evidence_fingerprint,
            posterior.c.settings == canonical_json(settings, where="settings"),
        )
        return next(self._checked(statement, warn=warn, then="it will be fitted again"), None)

    def get(
        self, posterior_id: str | None, *, warn: Callable[[str], object] = _logger.warning
    ) -> PosteriorRecord | None:
        """Return the posterior of an id, if it is there and its file is whole.

        ``warn`` is told in one line of a file that is missing or changed.
        """
        return next(self._checked(self.of(posterior_id), warn=warn, then="it is passed over"), None)

    def whole(
        self,
        *,
        model_fingerprint: str | None = None,
        as_of: date | None = None,
        warn: Callable[[str], object] = _logger.warning,
    ) -> Iterator[PosteriorRecord]:
        """Give the posteriors whose files are whole, the latest first, each checked when reached.

        ``next(ledger.posteriors.whole(as_of=today), None)`` is the one to update from.

        Parameters
        ----------
        model_fingerprint : str, optional
            Only those of this model.
        as_of : date, optional
            Only those that saw no report after this day, the latest day first; without it, the
            last recorded first.
        warn : callable
            Told in one line of each file that is missing or changed.
        """
        statement = self._latest(model_fingerprint)
        if as_of is not None:
            seen = posterior.c.as_of
            statement = statement.where(seen <= day(as_of, where="as_of"))
            statement = statement.order_by(None)
            statement = statement.order_by(seen.desc(), posterior.c.recorded_at.desc())
        yield from self._checked(statement, warn=warn, then="it is passed over")

    def sweep(self, *, older_than: timedelta = timedelta(hours=1)) -> list[str]:
        """Remove posterior files that no row names, left by a crash; return their names.

        Only files named as the ledger names them are touched, and only those older than
        ``older_than``, because another process may be writing one now.
        """
        folder = self.database.posteriors_folder
        with self.database.writing() as (connection, _):
            # of all cases: several may keep their files in one folder
            named = set(connection.scalars(select(posterior.c.file_name)))
            return _remove_orphans(folder, named=named, older_than=older_than)

    def problems(self) -> list[str]:
        """List, one line each, the files that are missing or were changed."""
        found = [_file_problem(record) for record in self.read(self._latest(None))]
        return [problem for problem in found if problem is not None]

    def _keep(self, file: Path, content: dict[str, str | None]) -> PosteriorRecord:
        key = content_hash(content)[:ID_DIGITS]
        folder = self.database.posteriors_folder
        final = folder / f"{key}{file.suffix}"
        same = self.of(key)
        row = {"id": key, **content, "file_name": f"{folder.name}/{final.name}"}
        with self.database.writing() as (connection, now):
            self._models.require(connection, str(content["model_fingerprint"]))
            # the same draws again: the file heals one that was lost, the row is there
            file.replace(final)
            _flush(folder)
            if connection.execute(same).first() is None:
                self.write(connection, **row, recorded_at=now)
            found = connection.execute(same).one()
        return self.value(found)

    def _latest(self, model_fingerprint: str | None) -> Select[Any]:
        statement = self.select().order_by(posterior.c.recorded_at.desc())
        if model_fingerprint is None:
            return statement
        return statement.where(posterior.c.model_fingerprint == model_fingerprint)

    def _checked(
        self, statement: Select[Any], *, warn: Callable[[str], object], then: str
    ) -> Iterator[PosteriorRecord]:
        for record in self.read(statement):
            if (problem := _file_problem(record)) is None:
                yield record
            else:
                warn(f"{problem}; {then}")

    def _value(self, row: Row[Any]) -> PosteriorRecord:
        return PosteriorRecord(
            row.id,
            row.model_fingerprint,
            row.evidence_fingerprint,
            None if row.as_of is None else date.fromisoformat(row.as_of),
            json.loads(row.settings),
            json.loads(row.versions),
            json.loads(row.diagnostics),
            self.database.posteriors_folder.parent / row.file_name,
            row.file_hash,
            moment(row.recorded_at),
        )
