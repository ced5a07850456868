"""Models and the posteriors fitted to them; the draws lie in files in ``posteriors/``.

A file is written under a passing name, flushed to the disk and hashed; then, under the write lock,
it takes its name and its row is added. A crash leaves at worst a file without a row, which
`PosteriorLog.sweep` removes.
"""

from __future__ import annotations

import json
import logging
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Row, Select, insert, select

from forecast.errors import LedgerError
from forecast.ledger.database import Database
from forecast.ledger.faults import explained, unreadable_row
from forecast.ledger.hashing import canonical_json, content_hash, file_hash, text_hash
from forecast.ledger.moments import day, moment
from forecast.ledger.records import ModelRecord, PosteriorRecord
from forecast.ledger.tables import model, posterior, sealed

__all__ = ["PosteriorLog"]

_ID_DIGITS = 16
_OURS = re.compile(r"(writing-)?[0-9a-f]{16}\.[A-Za-z0-9]+")
_SUFFIX = re.compile(r"\.[A-Za-z0-9]+")
_logger = logging.getLogger(__name__)


class PosteriorLog(Database):
    """The part of the ledger that holds models and posteriors."""

    def record_model(self, *, fingerprint: str, content: object) -> ModelRecord:
        """Record the beliefs a fingerprint stands for; the first content recorded is kept.

        Raises
        ------
        LedgerError
            If the content has no JSON form or the database cannot be written.
        """
        text = canonical_json(content, where="model")
        same = select(model).where(model.c.fingerprint == fingerprint)
        with self.writing() as (connection, now):
            if connection.execute(same).first() is None:
                row = {
                    "fingerprint": fingerprint,
                    "content": text,
                    "content_hash": text_hash(text),
                    "recorded_at": now,
                }
                connection.execute(insert(model), sealed(model, row))
            return _model(connection.execute(same).one(), place=self.place)

    def model(self, fingerprint: str) -> ModelRecord | None:
        """Return the beliefs a fingerprint stands for; None if they were never recorded."""
        with self.reading() as connection:
            row = connection.execute(select(model).where(model.c.fingerprint == fingerprint)).first()
        return None if row is None else _model(row, place=self.place)

    def record_posterior(
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
            How it was fitted, the seed too; `find_posterior` asks for exactly these.
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
            Whatever ``write`` raises comes through, and nothing is recorded.
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
        with self._written(write, suffix=suffix) as file:
            return self._keep(file, {**content, "file_hash": file_hash(file)})

    def find_posterior(
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
        statement = _posteriors(model_fingerprint).where(
            posterior.c.evidence_fingerprint == evidence_fingerprint,
            posterior.c.settings == canonical_json(settings, where="settings"),
        )
        for record in self._records(statement):
            if (problem := file_problem(record)) is None:
                return record
            warn(f"{problem}; it will be fitted again")
        return None

    def posteriors(
        self,
        *,
        model_fingerprint: str | None = None,
        as_of: date | None = None,
        warn: Callable[[str], object] = _logger.warning,
    ) -> list[PosteriorRecord]:
        """Return the posteriors whose files are whole, the last recorded first.

        Parameters
        ----------
        model_fingerprint : str, optional
            Only those of this model.
        as_of : date, optional
            Only those that saw no report after this day.
        warn : callable
            Told in one line of each file that is missing or changed.
        """
        statement = _posteriors(model_fingerprint)
        if as_of is not None:
            statement = statement.where(posterior.c.as_of <= day(as_of, where="as_of"))
        whole = []
        for record in self._records(statement):
            if (problem := file_problem(record)) is None:
                whole.append(record)
            else:
                warn(f"{problem}; it is passed over")
        return whole

    def sweep(self, *, older_than: timedelta = timedelta(hours=1)) -> list[str]:
        """Remove posterior files that no row names, left by a crash; return their names.

        Only files named as the ledger names them are touched, and only those older than
        ``older_than``, because another process may be writing one now.
        """
        folder = self.posteriors_folder
        limit = time.time() - older_than.total_seconds()
        removed = []
        with self.writing() as (connection, _), explained(str(folder)):
            named = set(connection.scalars(select(posterior.c.file_name)))
            for file in sorted(folder.iterdir()) if folder.is_dir() else []:
                ours = _OURS.fullmatch(file.name) and file.is_file()
                orphan = f"{folder.name}/{file.name}" not in named
                if ours and orphan and file.stat().st_mtime <= limit:
                    file.unlink()
                    removed.append(file.name)
        return removed

    @contextmanager
    def _written(self, write: Callable[[Path], object], *, suffix: str) -> Iterator[Path]:
        """Give a file that is complete and on the disk, under a passing name."""
        folder = self.posteriors_folder
        file = folder / f"writing-{secrets.token_hex(_ID_DIGITS // 2)}{suffix}"
        with explained(str(folder)):
            folder.mkdir(parents=True, exist_ok=True)
        try:
            write(file)
            with explained(str(file)):
                _flush(file)
            yield file
        finally:
            file.unlink(missing_ok=True)

    def _keep(self, file: Path, content: dict[str, str | None]) -> PosteriorRecord:
        key = content_hash(content)[:_ID_DIGITS]
        folder = self.posteriors_folder
        final = folder / f"{key}{file.suffix}"
        same = select(posterior).where(posterior.c.id == key)
        row = {"id": key, **content, "file_name": f"{folder.name}/{final.name}"}
        with self.writing() as (connection, now):
            _require_model(connection.scalar, content["model_fingerprint"], place=self.place)
            # the same draws again: the file heals one that was lost, the row is there
            file.replace(final)
            _flush(folder)
            if connection.execute(same).first() is None:
                row["recorded_at"] = now
                connection.execute(insert(posterior), sealed(posterior, row))
            found = connection.execute(same).one()
        return _posterior(found, folder=folder, place=self.place)

    def _records(self, statement: Select[Any]) -> list[PosteriorRecord]:
        with self.reading() as connection:
            rows = connection.execute(statement).all()
        if not rows:
            return []
        folder = self.posteriors_folder
        return [_posterior(row, folder=folder, place=self.place) for row in rows]


def file_problem(record: PosteriorRecord) -> str | None:
    """Return what is wrong with a posterior's file, in one line; None if it is whole."""
    try:
        found = file_hash(record.path)
    except OSError as error:
        return f"{record.path}: the posterior file cannot be read ({error.strerror})"
    if found != record.file_hash:
        return f"{record.path}: the posterior file was changed after it was recorded"
    return None


def _require_model(
    scalar: Callable[[Select[Any]], object], fingerprint: str | None, *, place: str
) -> None:
    if scalar(select(model.c.fingerprint).where(model.c.fingerprint == fingerprint)) is None:
        raise LedgerError(f"{place}: unknown model {fingerprint!r}; record_model comes first")


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


def _posteriors(model_fingerprint: str | None) -> Select[Any]:
    statement = select(posterior).order_by(posterior.c.recorded_at.desc())
    if model_fingerprint is None:
        return statement
    return statement.where(posterior.c.model_fingerprint == model_fingerprint)


def _model(row: Row[Any], *, place: str) -> ModelRecord:
    with unreadable_row(place, f"model {row.fingerprint}"):
        return ModelRecord(row.fingerprint, json.loads(row.content), moment(row.recorded_at))


def _posterior(row: Row[Any], *, folder: Path, place: str) -> PosteriorRecord:
    with unreadable_row(place, f"posterior {row.id}"):
        return PosteriorRecord(
            row.id,
            row.model_fingerprint,
            row.evidence_fingerprint,
            None if row.as_of is None else date.fromisoformat(row.as_of),
            json.loads(row.settings),
            json.loads(row.versions),
            json.loads(row.diagnostics),
            folder.parent / row.file_name,
            row.file_hash,
            moment(row.recorded_at),
        )
