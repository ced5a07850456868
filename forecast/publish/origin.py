"""Where a document is from: its stamp, and whether its numbers can be had again."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from forecast.briefs import stamps
from forecast.briefs.facts import Stamp
from forecast.briefs.markdown import Changed
from forecast.briefs.notes import Style
from forecast.errors import DocumentError
from forecast.issue.run import Issue, issue_before
from forecast.ledger import SyncResult
from forecast.project.project import Project
from forecast.publish.documents import EXPORTS, RECORD, WORD, compared, folder_of, vocabulary
from forecast.publish.exports import record_of
from forecast.publish.texts import ending, read_bytes, read_text
from forecast.record.resolutions import known_outcomes
from forecast.result import Moment, Result

__all__ = ["Origin", "Provenance", "provenance"]


class Provenance(Result):
    """Which forecast a document shows."""

    document: str = Field(description="the file as it was named")
    as_of: dt.date = Field(description="of the forecast it shows")
    issued_at: Moment
    issue: str = Field(description="its id")
    model_fingerprint: str = Field(description="as stamped; the first 16 digits in a text")
    evidence_fingerprint: str
    regions: int
    reproduced: int = Field(description="regions that this very issue gives")
    faults: tuple[str, ...] = Field(
        exclude=True, description="what is wrong with the document as a whole"
    )
    agrees: bool = Field(exclude=True, description="whether all of it is from its issue")


@dataclass(frozen=True)
class Origin:
    """Which forecast a document shows, and what of it was reproduced.

    Attributes
    ----------
    document : Path
    stamp : Stamp
    regions : int
    differs : list of Changed
        Regions that the very issue of the stamp does not give, or that are gone.
    faults : list of str
        What is wrong with the document as a whole.
    """

    document: Path
    stamp: Stamp
    regions: int
    differs: list[Changed]
    faults: list[str]

    @property
    def result(self) -> Provenance:
        """What was found, as ``--json`` prints it."""
        stamp = self.stamp
        lost = sum(one.wanted.startswith("forecast.") for one in self.differs)
        return Provenance(
            document=str(self.document),
            as_of=stamp.as_of,
            issued_at=stamp.issued_at,
            issue=stamp.issue,
            model_fingerprint=stamp.model,
            evidence_fingerprint=stamp.evidence,
            regions=self.regions,
            reproduced=self.regions - lost,
            faults=self.faults,
            agrees=not (self.differs or self.faults),
        )


def provenance(project: Project, path: Path, *, style: Style = "chicago") -> Origin:
    """Read a document's stamp, take that issue out of the ledger, and fill the document again.

    Raises
    ------
    DocumentError
        If it has no stamp, or the ledger never issued what it names.
    """
    stamp = _stamp(path)
    with project.ledger(create=False) as ledger:
        found = [one for one in ledger.issues.all() if one.id == stamp.issue]
        if not found:
            raise DocumentError(
                f"{path}: shows issue {stamp.issue} as of {stamp.as_of}, which this project's "
                "ledger never issued; name its project with --project"
            )
        before = issue_before(ledger, found[0])
        outcomes = known_outcomes(ledger, as_of=found[0].as_of)
    issue = Issue(found[0], before, SyncResult(), fresh=False, unseen=0, outcomes=outcomes)
    filled = compared(path, vocabulary(project, issue, style))
    return Origin(path, stamp, len(filled.regions), filled.changed, filled.faults)


def _stamp(path: Path) -> Stamp:
    if ending(path) in EXPORTS:
        return record_of(path)[0]
    if ending(path) == WORD:
        from forecast.briefs.word import stamp_text

        text = stamp_text(read_bytes(path), name=str(path))
    else:
        text = read_text(path)
    stamp = stamps.from_text(text)
    if stamp is None:
        found = stamps.read_record(path.parent / folder_of(path) / RECORD)
        stamp = None if found is None else found[0]
    if stamp is None:
        raise DocumentError(f"{path}: has no stamp; write {{{{ forecast.stamp() }}}} into it")
    return stamp
