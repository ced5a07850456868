"""Which case a project is, and what the ledger holds of it, read at one door.

A case is stated in ``priors.yaml``, or else kept beside its memory.
A folder that is moved or renamed keeps its case, and so does a project whose title is edited. A
copy, and a clone by somebody else, is a case of its own, unless ``priors.yaml`` states which it is.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from forecast.beliefs import Beliefs, CaseName, Report, Source, Verdict
from forecast.beliefs.identity import unified
from forecast.beliefs.places import Document, read_document
from forecast.errors import BeliefsError, LedgerError
from forecast.files import refusal
from forecast.ledger import Ledger
from forecast.ledger.records import READ

__all__ = [
    "HeldReports",
    "follow_sources",
    "held_beliefs",
    "kept_case",
    "last_case",
    "of_another",
    "read_held",
    "read_reports",
    "remembered",
    "stated_case",
]


#: Where more than one report in so many changed, all are read anew.
_FEW = 10
#: What nothing is worked out from where sources are learnt of, which may be known by an address.
_UNSOURCED = tuple(name for name in READ if name != "source_url")

_NAME_OF_FILE = "case.json"

_SAID = re.compile(r"\bcase\b[\"']?\s*:")
_NAME: TypeAdapter[str] = TypeAdapter(CaseName)


def stated_case(priors: Path) -> str | None:
    """Return the ``case`` that a file of beliefs states, whatever else is in it.

    Raises
    ------
    BeliefsError
        If what it states is no name of a case.
    """
    try:
        text = priors.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    if not _SAID.search(text):
        return None
    document = read_document(priors)
    if not isinstance(document, Document) or not isinstance(document.data, dict):
        return None
    said = document.data.get("case")
    if said is None:
        return None
    try:
        return _NAME.validate_python(said)
    except ValidationError:
        raise BeliefsError(
            f"{priors}: case: {said!r} came; allowed: small letters, digits, '.', '_' and '-', "
            "such as border-2026"
        ) from None


def last_case(memory: Path) -> str:
    """Return the case that is kept in a project, empty where there is none that can be read."""
    try:
        return _read(memory / _NAME_OF_FILE)[0]
    except (OSError, ValueError, TypeError, LookupError):
        return ""


def of_another(ledger: Path | None, root: Path) -> bool:
    """Whether a ledger lies where another project has its own."""
    if ledger is None or ledger.parent.name != ".forecast":
        return False
    home = ledger.parent.resolve().parent
    return home != root.resolve() and (home / "priors.yaml").exists()


def kept_case(memory: Path, root: Path) -> str:
    """Return the case that is kept in a project, or keep a new one.

    Parameters
    ----------
    memory : Path
        The folder it is kept in.
    root : Path
        The folder of the project: where another folder holds the same case, this is a copy of it.

    Raises
    ------
    LedgerError
        If it cannot be read or kept.
    """
    place, here = memory / _NAME_OF_FILE, str(root.resolve())
    try:
        case, folder = _read(place)
    except FileNotFoundError:
        case, folder = "", here
    except (OSError, ValueError, TypeError, LookupError):
        raise LedgerError(
            f"{place}: cannot be read, so which case of the shared ledger this is is not known; "
            "restore it, state the case in priors.yaml, or delete it to begin a new one"
        ) from None
    if case and folder == here:
        return case
    if case and last_case(Path(folder) / memory.name) != case:  # moved
        return _keep(place, case, here, anew=False)
    return _keep(place, f"case-{secrets.token_hex(8)}", here, anew=not case)


def _read(place: Path) -> tuple[str, str]:
    try:
        found = json.loads(place.read_text("utf-8"))
    except RecursionError:
        raise ValueError(f"{place} is nested too deeply") from None
    return _NAME.validate_python(found["case"]), str(found["folder"])


def _keep(place: Path, case: str, folder: str, *, anew: bool) -> str:
    """Keep a case and return it, or the one that another process has kept meanwhile."""
    passing = place.with_name(f"{place.name}.{secrets.token_hex(4)}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        passing.write_text(json.dumps({"case": case, "folder": folder}), "utf-8")
        try:
            if anew:
                os.link(passing, place)  # unlike a replacement it fails where one is there
            else:
                passing.replace(place)
        finally:
            passing.unlink(missing_ok=True)
    except FileExistsError:
        return _read(place)[0]
    except OSError as error:
        raise LedgerError(
            f"{place}: which case of the shared ledger this is cannot be kept "
            f"{refusal(error, 'make it writable, or state the case in priors.yaml')}"
        ) from None
    return case


def held_beliefs(content: Mapping[str, object] | None) -> Beliefs:
    """Read what a model fingerprint stands for.

    Raises
    ------
    LedgerError
        If the ledger does not hold it, or holds what this version cannot read.
    """
    if content is None:
        raise LedgerError(
            "the ledger does not hold the beliefs of this forecast; run: forecast run"
        )
    try:
        return Beliefs.model_validate(content)
    except ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"]))
        raise LedgerError(
            f"the beliefs of this forecast cannot be read ({place}: {error.errors()[0]['msg']}); "
            "they were recorded by another version of forecast; make them anew with: forecast run"
        ) from None


@dataclass(frozen=True, eq=False)
class HeldReports:
    """The reports that stood at a moment, as they are recorded.

    Attributes
    ----------
    rows : sequence of Report
        By day of report, then id.
    recorded_by : datetime.datetime or None
        The moment; None for an empty ledger.
    without : tuple of str
        Texts that were left empty.
    """

    rows: Sequence[Report]
    recorded_by: dt.datetime | None
    without: tuple[str, ...] = ()

    def at(self, ledger: Ledger, moment: dt.datetime | None) -> HeldReports:
        """Give those of another moment: what changed between the two is read, and nothing else."""
        if moment is None or self.recorded_by is None:
            return _held(ledger, moment, self.without)
        changed = ledger.reports.changed(self.recorded_by, moment)
        if not changed:
            return replace(self, recorded_by=moment)
        if len(changed) > len(self.rows) // _FEW:
            return _held(ledger, moment, self.without)
        kept = [row for row in self.rows if row.report_id not in changed]
        kept += ledger.reports.held(recorded_by=moment, only=changed, without=self.without)
        kept.sort(key=attrgetter("reported_on", "report_id"))
        return HeldReports(kept, moment, self.without)


def _held(ledger: Ledger, moment: dt.datetime | None, without: tuple[str, ...]) -> HeldReports:
    return HeldReports(ledger.reports.held(recorded_by=moment, without=without), moment, without)


def read_held(
    ledger: Ledger, beliefs: Beliefs, *, recorded_by: dt.datetime | None, texts: bool = True
) -> HeldReports:
    """Read the reports that stood at a moment; what only people read of them, or not."""
    left = _UNSOURCED if beliefs.source_memory.on else READ
    return _held(ledger, recorded_by, () if texts else left)


def read_reports(
    ledger: Ledger,
    beliefs: Beliefs,
    *,
    recorded_by: dt.datetime | None,
    near: HeldReports | None = None,
) -> list[Report]:
    """Read the reports that stood at a moment, with what was recorded of their sources by then.

    Parameters
    ----------
    near : HeldReports, optional
        Reports of another moment, from which only what changed between is read anew.
    """
    if near is None:
        near = read_held(ledger, beliefs, recorded_by=recorded_by)
    reports = unified(near.at(ledger, recorded_by).rows)
    return remembered(reports, ledger, beliefs, recorded_by=recorded_by)


def remembered(
    reports: Sequence[Report],
    ledger: Ledger,
    beliefs: Beliefs,
    *,
    recorded_by: dt.datetime | None,
) -> list[Report]:
    """Give reports what was learnt of their sources, if that is on; else give them as they are."""
    verdicts = _verdicts(ledger, beliefs, recorded_by)
    if not verdicts:
        return list(reports)
    from forecast.inference.remembering import remember

    ever = ledger.reports.held(recorded_by=recorded_by, withdrawn=True, without=_UNSOURCED)
    judged = {report.report_id: report for report in unified(ever)}
    sources = ledger.sources.latest(recorded_by=recorded_by)
    return remember(reports, sources, verdicts, beliefs, judged=judged)


def _verdicts(ledger: Ledger, beliefs: Beliefs, recorded_by: dt.datetime | None) -> list[Verdict]:
    """Give the verdicts by which sources are learnt of; none where that is off."""
    return ledger.sources.verdicts(recorded_by=recorded_by) if beliefs.source_memory.on else []


def follow_sources(ledger: Ledger, sources: Sequence[Source], *, origin: str) -> tuple[str, ...]:
    """Give reports that are only in the ledger the letter their source has now.

    Rows of ``events/``, which is the origin, take it whenever they are read.

    Returns
    -------
    tuple of str
        Ids of the reports that were revised, sorted.
    """
    letters = {source.source_id: source.reliability for source in sources}
    if not letters:
        return ()
    revised = []
    for record in list(ledger.reports.elsewhere(origin)):
        report = record.report
        letter = letters.get(report.source_id, report.reliability)
        if report.inherits and letter != report.reliability:
            ledger.reports.add([replace(report, reliability=letter)], origin=record.origin)
            revised.append(report.report_id)
    return tuple(sorted(revised))
