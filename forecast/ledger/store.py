"""The ledger: all its parts in one value.

::

    with Ledger.open(".forecast/ledger.sqlite") as ledger:
        ledger.sync_reports(reports, origin="events")
        ledger.reports(as_of=date(2024, 7, 1))

=====================  =====================================================================
reports, coverage      sync_reports, reports, report_versions, retract, restore;
                       sync_coverage, coverage; add_reports, take_in, applied_files
models, posteriors     record_model, model; record_posterior, find_posterior, posterior,
                       posteriors, sweep
forecasts              issue, issues, last_issue, issue_before, find_issue
sources                sync_sources, sources; add_verdict, verdicts
resolutions            resolve, resolutions, resolution_versions
history                find_point, record_point
alerts                 say, last_words, alert_versions
trust                  verify, sizes, recorded_until
=====================  =====================================================================
"""

from __future__ import annotations

from forecast.ledger.alerts import AlertLog
from forecast.ledger.forecasts import ForecastLog
from forecast.ledger.history import HistoryLog
from forecast.ledger.incoming import IncomingLog
from forecast.ledger.resolutions import ResolutionLog
from forecast.ledger.sources import SourceLog
from forecast.ledger.verification import Verification

__all__ = ["Ledger"]


class Ledger(
    IncomingLog, SourceLog, ForecastLog, ResolutionLog, Verification, HistoryLog, AlertLog
):
    """The memory of a project: append-only, and readable as it stood at any moment.

    Two times are kept apart: when a report became known to the world (``reported_on``, asked for
    with ``as_of``) and when it was written here (``recorded_at``, asked for with ``recorded_by``).

    Examples
    --------
    >>> row = {"report_id": "R1", "occurred_on": "2024-06-19", "reported_on": "2024-06-20"}
    >>> with Ledger.open(":memory:") as ledger:
    ...     first = ledger.sync_reports([row], origin="events")
    ...     again = ledger.sync_reports([row], origin="events")
    ...     first.new, again.known, again.changed
    (('R1',), ('R1',), False)
    """
