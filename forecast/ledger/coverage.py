"""Coverage: who looked for what, and when, as each origin said it at each moment.

The order of windows is part of what an origin says, so a version holds all of them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from forecast.ledger.database import Database
from forecast.ledger.faults import intact_row, unreadable_row
from forecast.ledger.hashing import canonical_json
from forecast.ledger.moments import moment
from forecast.ledger.origins import latest_versions, record_origin, rows_text
from forecast.ledger.records import CoverageRecord, SyncResult
from forecast.ledger.tables import coverage_version

__all__ = ["CoverageLog"]


class CoverageLog(Database):
    """The part of the ledger that holds coverage windows."""

    def sync_coverage(self, windows: Iterable[object], *, origin: str) -> SyncResult:
        """Record the coverage windows an origin holds now; a second time adds nothing.

        Parameters
        ----------
        windows : iterable of CoverageWindow, CoverageRecord or mapping
            All windows of the origin, in order.
        origin : str
            The folder or file they come from.

        Returns
        -------
        SyncResult
            Windows are named ``indicator first..last``, by days; a window with the same name and
            other content is revised.

        Raises
        ------
        LedgerError
            If a window has no JSON form or the database cannot be written.
        """
        text = rows_text(windows, origin=origin)
        with self.writing() as (connection, now):
            before = record_origin(connection, coverage_version, text, origin=origin, now=now)
        with unreadable_row(self.place, f"coverage of {origin}"):
            return _compare(_named(text), [_named(content) for content in before])

    def coverage(self, *, recorded_by: datetime | None = None) -> list[CoverageRecord]:
        """Return the coverage windows by origin, each origin's in its order.

        Parameters
        ----------
        recorded_by : datetime, optional
            The ledger as it stood at this moment; the default is now.
        """
        with self.reading() as connection:
            latest = latest_versions(connection, coverage_version, recorded_by=recorded_by)
        records = []
        for origin, row in latest.items():
            with intact_row(
                self.place, coverage_version, row, f"version {row.version} of coverage {origin}"
            ):
                recorded_at = moment(row.recorded_at)
                records += [
                    CoverageRecord(origin, position, content, recorded_at)
                    for position, content in enumerate(json.loads(row.content))
                ]
        return records


def _named(text: str) -> dict[str, str]:
    """Give each window a name, numbered from the second of the same name on."""
    windows: dict[str, str] = {}
    seen: Counter[str] = Counter()
    for window in json.loads(text):
        name = f"{window.get('indicator')} {window.get('starts_on')}..{window.get('ends_on')}"
        seen[name] += 1
        windows[name if seen[name] == 1 else f"{name} ({seen[name]})"] = canonical_json(window)
    return windows


def _compare(windows: Mapping[str, str], before: list[dict[str, str]]) -> SyncResult:
    last = before[-1] if before else {}
    ever = {name for version in before for name in version}
    return SyncResult(
        new=tuple(sorted(windows.keys() - ever)),
        known=tuple(sorted(name for name, text in windows.items() if last.get(name) == text)),
        revised=tuple(
            sorted(name for name, text in windows.items() if last.get(name, text) != text)
        ),
        withdrawn=tuple(sorted(last.keys() - windows.keys())),
        restored=tuple(sorted((windows.keys() & ever) - last.keys())),
    )
