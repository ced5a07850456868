"""Processes that write to a ledger, and say so after each commit; a test may kill them."""

import os
from datetime import date

from forecast.errors import LedgerError
from forecast.ledger import Ledger
from tests.ledger.samples import report, window

ROWS = 5
NOBODY = 65534


def write_until_killed(place, name, said):
    """Synchronise, fit and issue without end, and acknowledge each when it is committed."""
    said.send(("started", 0, ""))
    with Ledger.open(place) as ledger:
        ledger.models.record(fingerprint="m1", content={})
        for turn in range(1, 1_000_000):
            rows = [report(f"{name}-{i}", summary=f"turn {turn}") for i in range(ROWS)]
            ledger.reports.sync(rows, origin=name)
            said.send(("synced", turn, name))
            fit = ledger.posteriors.record(
                model_fingerprint="m1",
                evidence_fingerprint=f"{name} {turn}",
                settings={},
                write=lambda path, turn=turn: path.write_bytes(b"draws" * 1000 * turn),
            )
            said.send(("fitted", turn, fit.id))
            issued = ledger.issues.record(
                as_of=date(2024, 7, 1),
                model_fingerprint="m1",
                evidence_fingerprint=f"{name} {turn}",
                settings={},
                payload={"turn": turn},
                posterior_id=fit.id,
            )
            said.send(("issued", turn, issued.id))


def write_side_by_side(place, name, turns, start):
    """Write what the other process writes too, and what only this one writes."""
    start.wait()
    with Ledger.open(place) as ledger:
        ledger.models.record(fingerprint="m1", content={})
        for turn in range(turns):
            ledger.reports.sync([report(f"shared-{turn}")], origin=f"shared-{turn}")
            ledger.reports.sync([report(name, summary=f"turn {turn}")], origin=name)
            ledger.issues.record(
                as_of=date(2024, 7, 1),
                model_fingerprint="m1",
                evidence_fingerprint="e1",
                settings={},
                payload={"turn": turn},
            )


def take_in_side_by_side(place, name, turns, start):
    """Take in files with a report and a window of one's own, and a window that both have."""
    start.wait()
    with Ledger.open(place) as ledger:
        for turn in range(turns):
            ledger.take_in(
                [report(f"{name}-{turn}")],
                [window(f"{name}_{turn}"), window(f"shared_{turn}")],
                origin="update",
                files=[(f"{name}-{turn}.csv", "hash")],
            )


def retract_as_nobody(place, said):
    """Try to write as a user without rights (root may write everywhere), and tell the answer."""
    with Ledger.open(":memory:") as ledger:
        ledger.reports.latest()  # loads what is loaded late, while it can still be read
    if os.geteuid() == 0:
        os.seteuid(NOBODY)
    try:
        with Ledger.open(place) as ledger:
            ledger.reports.retract("R000", reason="x")
    except LedgerError as error:
        said.send(str(error))
    else:
        said.send("written")
