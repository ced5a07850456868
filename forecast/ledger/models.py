"""Models: the beliefs that a fingerprint stands for."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from forecast.errors import LedgerError
from forecast.ledger.cases import own
from forecast.ledger.database import Database
from forecast.ledger.faults import intact_row
from forecast.ledger.hashing import plain, text_hash
from forecast.ledger.moments import moment
from forecast.ledger.records import ModelRecord
from forecast.ledger.tables import model, sealed

__all__ = ["ModelLog", "require_model"]


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
