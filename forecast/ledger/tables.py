"""The tables as the code queries them; `forecast.ledger.migrations` creates them.

=================  ====================================================  ======================
table              one row is                                            key
=================  ====================================================  ======================
migration          a change of the schema that was applied               number
known_case         a project that has entered, and its case              name
report_version     a report as it read when it was recorded              report_id, version
retraction         a word on whether a report stands; the last counts    report_id, recorded_at
coverage_version   all coverage windows of one origin                    origin, version
model              the beliefs a fingerprint stands for                  fingerprint
posterior          draws from one fit, kept in a file beside the ledger  id
issued_forecast    a forecast as it was published                        id
history_point      what would have been published on a day               id
resolution         what was said about the outcome of a question          question, version
source_version     all sources of one origin                              origin, version
verdict_version    all verdicts on reports of one origin                  origin, version
alert_version      what was last said of an alert                         alert, version
applied_file       a file whose rows were added                           name, file_hash,
                                                                          recorded_at
=================  ====================================================  ======================

Rows are only ever added. Every row belongs to one case: ``case_id`` comes before the key, and is
empty for rows from before there were cases. ``recorded_at`` (``issued_at`` for a forecast) is
later in every transaction of a case than in the one before; ``row_hash`` seals all other columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Row,
    Table,
    Text,
    UniqueConstraint,
)

from forecast.errors import LedgerError
from forecast.ledger.hashing import canonical_json, text_hash

__all__ = [
    "ID_DIGITS",
    "SEALED",
    "alert_version",
    "applied_file",
    "coverage_version",
    "history_point",
    "intact",
    "issued_forecast",
    "known_case",
    "metadata",
    "migration",
    "model",
    "posterior",
    "report_version",
    "resolution",
    "retraction",
    "sealed",
    "source_version",
    "verdict_version",
]

#: An id of a posterior or a forecast is the beginning of the hash of its content.
ID_DIGITS = 16

metadata = MetaData()


def _text(name: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, Text, nullable=nullable)


def _integer(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False)


def _key(*names: str) -> PrimaryKeyConstraint:
    return PrimaryKeyConstraint("case_id", *names)


def _of(column: str, parent: str, key: str) -> ForeignKeyConstraint:
    """Name a row of the same case."""
    return ForeignKeyConstraint(["case_id", column], [f"{parent}.case_id", f"{parent}.{key}"])


migration = Table(
    "migration",
    metadata,
    _integer("number"),
    _text("name"),
    _text("applied_at"),
    PrimaryKeyConstraint("number"),
)

known_case = Table(
    "known_case",
    metadata,
    _text("name"),
    _text("case_id"),
    _text("recorded_at"),
    _text("row_hash"),
    PrimaryKeyConstraint("name"),
)

report_version = Table(
    "report_version",
    metadata,
    _text("case_id"),
    _text("report_id"),
    _integer("version"),
    _text("content"),
    _text("content_hash"),
    _text("occurred_on"),
    _text("reported_on"),
    _text("recorded_at"),
    _text("origin"),
    _text("row_hash"),
    _key("report_id", "version"),
    Index("report_version_recorded_at", "case_id", "recorded_at"),
)

retraction = Table(
    "retraction",
    metadata,
    _text("case_id"),
    _text("report_id"),
    _text("recorded_at"),
    _integer("retracted"),  # 1: it is withdrawn; 0: it stands again
    _text("origin", nullable=True),  # the synchronised origin; null: by hand
    _text("reason"),
    _text("row_hash"),
    _key("report_id", "recorded_at"),
    Index("retraction_recorded_at", "case_id", "recorded_at"),
)


def _of_origins(name: str) -> Table:
    """Describe a table whose rows are all that one origin holds."""
    return Table(
        name,
        metadata,
        _text("case_id"),
        _text("origin"),
        _integer("version"),
        _text("content"),
        _text("content_hash"),
        _text("recorded_at"),
        _text("row_hash"),
        _key("origin", "version"),
        Index(f"{name}_recorded_at", "case_id", "recorded_at"),
    )


coverage_version = _of_origins("coverage_version")
source_version = _of_origins("source_version")
verdict_version = _of_origins("verdict_version")

model = Table(
    "model",
    metadata,
    _text("case_id"),
    _text("fingerprint"),
    _text("content"),
    _text("content_hash"),
    _text("recorded_at"),
    _text("row_hash"),
    _key("fingerprint"),
    Index("model_recorded_at", "case_id", "recorded_at"),
)

posterior = Table(
    "posterior",
    metadata,
    _text("case_id"),
    _text("id"),
    _text("model_fingerprint"),
    _text("evidence_fingerprint"),
    _text("as_of", nullable=True),
    _text("settings"),
    _text("versions"),
    _text("diagnostics"),
    _text("file_name"),
    _text("file_hash"),
    _text("recorded_at"),
    _text("row_hash"),
    _key("id"),
    _of("model_fingerprint", "model", "fingerprint"),
    Index("posterior_fingerprints", "case_id", "model_fingerprint", "evidence_fingerprint"),
    Index("posterior_recorded_at", "case_id", "recorded_at"),
)

issued_forecast = Table(
    "issued_forecast",
    metadata,
    _text("case_id"),
    _text("id"),
    _text("issued_at"),
    _text("as_of"),
    _text("recorded_by", nullable=True),
    _text("model_fingerprint"),
    _text("evidence_fingerprint"),
    _text("posterior_id", nullable=True),
    _text("settings"),
    _text("payload"),
    _text("content_hash"),
    _text("row_hash"),
    _key("id"),
    UniqueConstraint("case_id", "content_hash"),
    _of("model_fingerprint", "model", "fingerprint"),
    _of("posterior_id", "posterior", "id"),
    Index("issued_forecast_as_of", "case_id", "as_of"),
    Index("issued_forecast_issued_at", "case_id", "issued_at"),
)

resolution = Table(
    "resolution",
    metadata,
    _text("case_id"),
    _text("question"),
    _integer("version"),
    _text("content"),
    _text("content_hash"),
    _text("resolved_on"),
    _text("recorded_at"),
    _text("row_hash"),
    _key("question", "version"),
    Index("resolution_recorded_at", "case_id", "recorded_at"),
)

history_point = Table(
    "history_point",
    metadata,
    _text("case_id"),
    _text("id"),
    _text("as_of"),
    _text("model_fingerprint"),
    _text("evidence_fingerprint"),
    _text("settings"),
    _text("base"),  # the fit whose draws stand before this point, or "prior"
    _text("posterior_id", nullable=True),
    _text("payload"),
    _text("recorded_at"),
    _text("row_hash"),
    _key("id"),
    _of("model_fingerprint", "model", "fingerprint"),
    _of("posterior_id", "posterior", "id"),
    Index("history_point_recorded_at", "case_id", "recorded_at"),
)

alert_version = Table(
    "alert_version",
    metadata,
    _text("case_id"),
    _text("alert"),
    _integer("version"),
    _text("content"),
    _text("content_hash"),
    _text("as_of"),
    _text("recorded_at"),
    _text("row_hash"),
    _key("alert", "version"),
    Index("alert_version_recorded_at", "case_id", "recorded_at"),
)

applied_file = Table(
    "applied_file",
    metadata,
    _text("case_id"),
    _text("name"),
    _text("file_hash"),
    _text("recorded_at"),
    _text("row_hash"),
    _key("name", "file_hash", "recorded_at"),
    Index("applied_file_recorded_at", "case_id", "recorded_at"),
)

SEALED = (
    report_version,
    retraction,
    coverage_version,
    model,
    posterior,
    issued_forecast,
    resolution,
    history_point,
    source_version,
    verdict_version,
    alert_version,
    applied_file,
)


def sealed(table: Table, row: Mapping[str, object], *, case: str) -> dict[str, object]:
    """Return the row of a case with its ``row_hash``: the SHA-256 of table and all other columns.

    An empty case is left out, as in rows from before there were cases, which keep their hashes.

    Examples
    --------
    >>> row = sealed(model, {"fingerprint": "f", "content": "{}", "content_hash": "h",
    ...                      "recorded_at": "2024-06-19T12:00:00.000000Z"}, case="")
    >>> row == sealed(model, row, case="")
    True
    """
    whole = {**row, "case_id": case}
    left = {"row_hash"} if case else {"row_hash", "case_id"}
    values = [whole[column.name] for column in table.columns if column.name not in left]
    return {**whole, "row_hash": text_hash(canonical_json([table.name, *values]))}


def intact(table: Table, row: Row[Any]) -> bool:
    """Whether a whole row is as it was sealed; what has no JSON form was never recorded."""
    try:
        return bool(sealed(table, row._asdict(), case=row.case_id)["row_hash"] == row.row_hash)
    except LedgerError:
        return False
