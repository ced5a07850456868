"""The tables as the code queries them; `forecast.ledger.migrations` creates them.

=================  ====================================================  ======================
table              one row is                                            key
=================  ====================================================  ======================
migration          a change of the schema that was applied               number
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

Rows are only ever added. ``recorded_at`` (``issued_at`` for a forecast) is later in every
transaction than in the one before; ``row_hash`` seals all other columns of its row.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from forecast.ledger.hashing import canonical_json, text_hash

__all__ = [
    "ID_DIGITS",
    "SEALED",
    "alert_version",
    "applied_file",
    "coverage_version",
    "history_point",
    "issued_forecast",
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


def _text(name: str, *constraints: ForeignKey, nullable: bool = False) -> Column[str]:
    return Column(name, Text, *constraints, nullable=nullable)


def _integer(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False)


migration = Table(
    "migration",
    metadata,
    _integer("number"),
    _text("name"),
    _text("applied_at"),
    PrimaryKeyConstraint("number"),
)

report_version = Table(
    "report_version",
    metadata,
    _text("report_id"),
    _integer("version"),
    _text("content"),
    _text("content_hash"),
    _text("occurred_on"),
    _text("reported_on"),
    _text("recorded_at"),
    _text("origin"),
    _text("row_hash"),
    PrimaryKeyConstraint("report_id", "version"),
    Index("report_version_recorded_at", "recorded_at"),
)

retraction = Table(
    "retraction",
    metadata,
    _text("report_id"),
    _text("recorded_at"),
    _integer("retracted"),  # 1: it is withdrawn; 0: it stands again
    _text("origin", nullable=True),  # the synchronised origin; null: by hand
    _text("reason"),
    _text("row_hash"),
    PrimaryKeyConstraint("report_id", "recorded_at"),
    Index("retraction_recorded_at", "recorded_at"),
)


def _of_origins(name: str) -> Table:
    """Describe a table whose rows are all that one origin holds."""
    return Table(
        name,
        metadata,
        _text("origin"),
        _integer("version"),
        _text("content"),
        _text("content_hash"),
        _text("recorded_at"),
        _text("row_hash"),
        PrimaryKeyConstraint("origin", "version"),
        Index(f"{name}_recorded_at", "recorded_at"),
    )


coverage_version = _of_origins("coverage_version")
source_version = _of_origins("source_version")
verdict_version = _of_origins("verdict_version")

model = Table(
    "model",
    metadata,
    _text("fingerprint"),
    _text("content"),
    _text("content_hash"),
    _text("recorded_at"),
    _text("row_hash"),
    PrimaryKeyConstraint("fingerprint"),
    Index("model_recorded_at", "recorded_at"),
)

posterior = Table(
    "posterior",
    metadata,
    _text("id"),
    _text("model_fingerprint", ForeignKey("model.fingerprint")),
    _text("evidence_fingerprint"),
    _text("as_of", nullable=True),
    _text("settings"),
    _text("versions"),
    _text("diagnostics"),
    _text("file_name"),
    _text("file_hash"),
    _text("recorded_at"),
    _text("row_hash"),
    PrimaryKeyConstraint("id"),
    Index("posterior_fingerprints", "model_fingerprint", "evidence_fingerprint"),
    Index("posterior_recorded_at", "recorded_at"),
)

issued_forecast = Table(
    "issued_forecast",
    metadata,
    _text("id"),
    _text("issued_at"),
    _text("as_of"),
    _text("recorded_by", nullable=True),
    _text("model_fingerprint", ForeignKey("model.fingerprint")),
    _text("evidence_fingerprint"),
    _text("posterior_id", ForeignKey("posterior.id"), nullable=True),
    _text("settings"),
    _text("payload"),
    _text("content_hash"),
    _text("row_hash"),
    PrimaryKeyConstraint("id"),
    UniqueConstraint("content_hash"),
    Index("issued_forecast_as_of", "as_of"),
    Index("issued_forecast_issued_at", "issued_at"),
)

resolution = Table(
    "resolution",
    metadata,
    _text("question"),
    _integer("version"),
    _text("content"),
    _text("content_hash"),
    _text("resolved_on"),
    _text("recorded_at"),
    _text("row_hash"),
    PrimaryKeyConstraint("question", "version"),
    Index("resolution_recorded_at", "recorded_at"),
)

history_point = Table(
    "history_point",
    metadata,
    _text("id"),
    _text("as_of"),
    _text("model_fingerprint", ForeignKey("model.fingerprint")),
    _text("evidence_fingerprint"),
    _text("settings"),
    _text("base"),  # the fit whose draws stand before this point, or "prior"
    _text("posterior_id", ForeignKey("posterior.id"), nullable=True),
    _text("payload"),
    _text("recorded_at"),
    _text("row_hash"),
    PrimaryKeyConstraint("id"),
    Index("history_point_recorded_at", "recorded_at"),
)

alert_version = Table(
    "alert_version",
    metadata,
    _text("alert"),
    _integer("version"),
    _text("content"),
    _text("content_hash"),
    _text("as_of"),
    _text("recorded_at"),
    _text("row_hash"),
    PrimaryKeyConstraint("alert", "version"),
    Index("alert_version_recorded_at", "recorded_at"),
)

applied_file = Table(
    "applied_file",
    metadata,
    _text("name"),
    _text("file_hash"),
    _text("recorded_at"),
    _text("row_hash"),
    PrimaryKeyConstraint("name", "file_hash", "recorded_at"),
    Index("applied_file_recorded_at", "recorded_at"),
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


def sealed(table: Table, row: Mapping[str, object]) -> dict[str, object]:
    """Return the row with its ``row_hash``: the SHA-256 of the table's name and all other columns.

    Examples
    --------
    >>> row = sealed(model, {"fingerprint": "f", "content": "{}", "content_hash": "h",
    ...                      "recorded_at": "2024-06-19T12:00:00.000000Z"})
    >>> row == sealed(model, row)
    True
    """
    values = [row[column.name] for column in table.columns if column.name != "row_hash"]
    return {**row, "row_hash": text_hash(canonical_json([table.name, *values]))}
