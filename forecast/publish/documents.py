"""Begin, fill, renew and check documents, each with what it is from.

`provenance` says where a document is from: its stamp, and whether its numbers can be had again.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from hashlib import sha256
from pathlib import Path

from pydantic import Field

from forecast.briefs import markdown, stamps
from forecast.briefs.facts import Stamp
from forecast.briefs.markdown import GONE, Changed, Filled, outline
from forecast.briefs.notes import Style, csl_json
from forecast.briefs.regions import evaluate
from forecast.briefs.stamps import MOVED, Shown, gone, moved
from forecast.briefs.text_reading import concealed, looks
from forecast.briefs.vocabulary import Vocabulary
from forecast.errors import DocumentError, ForecastError, OutputError
from forecast.issue.issued import recall
from forecast.issue.run import Issue, issue_before, run
from forecast.ledger import SyncResult
from forecast.project.project import Project
from forecast.project.sampler import Reporter, SamplerSettings, Silent
from forecast.publish.exports import (
    OTHERWISE,
    Rendered,
    again,
    ending,
    export,
    in_word,
    read_bytes,
    read_text,
    record_of,
    require_regions,
    text_to_word,
    write_whole,
)
from forecast.publish.figures import agrees, behind, drawer, in_step, write_figure
from forecast.publish.gather import explainer, gather, looker, stamp_of, with_news
from forecast.record.resolutions import known_outcomes
from forecast.result import Moment, Result

__all__ = [
    "EXPORTS",
    "TEXTS",
    "UNSEEN",
    "Check",
    "DocumentCheck",
    "Origin",
    "Provenance",
    "Rendered",
    "check",
    "compared",
    "folder_of",
    "new",
    "provenance",
    "refresh",
    "render",
    "vocabulary",
]


#: Endings of documents that are text with placeholders.
TEXTS = (".md", ".qmd")
#: Endings of documents that are made from such a text and hold a record of what they show.
EXPORTS = (".html", ".pdf")
WORD = ".docx"
#: Name of the record beside a text: its stamp, and every placeholder with what it gave.
RECORD = "run.json"

#: What a check of each kind of document does not look at, to be said with its result.
UNSEEN = {
    ".md": "a style sheet in a file of its own, and the author's own words",
    ".qmd": "a style sheet in a file of its own, and the author's own words",
    ".docx": "shapes laid over a page, other colours and sizes, and the author's own words",
    ".html": "the author's own words",
    ".pdf": "the description of the file, and other attachments",
}


class ChangedRegion(Result):
    """A region of a document that says something else than the forecast."""

    line: int = Field(description="from 1; 0 where the format has no lines")
    placeholder: str = Field(
        description="or the page of a PDF whose text is another than when it was set"
    )
    old: str = Field(description="what stands in the document")
    new: str = Field(description="what the forecast says")


class UnfilledPlace(Result):
    """A placeholder that was never filled."""

    line: int
    placeholder: str


class DocumentCheck(Result):
    """Whether a document still agrees with the forecast."""

    document: str = Field(description="the file as it was named")
    agrees: bool = Field(description="whether nothing below was found")
    as_of: dt.date = Field(description="of the forecast it is compared with")
    issue: str = Field(description="its id")
    regions: int = Field(description="how many regions and placeholders were compared")
    changed: tuple[ChangedRegion, ...] = Field(description="regions that say something else")
    waiting: tuple[UnfilledPlace, ...] = Field(description="placeholders that were never filled")
    figures: tuple[str, ...] = Field(
        description="charts that are missing, show other numbers, or are other pictures"
    )
    faults: tuple[str, ...] = Field(
        description="what is wrong with the document as a whole, such as that the list of its "
        "regions is gone"
    )
    behind: tuple[str, ...] = Field(
        description="what changed in `priors.yaml`, `events/` or the program since that forecast "
        "was issued"
    )


@dataclass(frozen=True)
class Check:
    """Whether a document agrees with the forecast, and where not.

    Attributes
    ----------
    document : Path
    stamp : Stamp
        Of the forecast it is compared with.
    regions : int
        How many regions were compared.
    changed : list of Changed
        Those that say something else.
    figures : list of str
        What is wrong with its charts.
    waiting : list of (int, str)
        Placeholders that were never filled.
    behind : list of str
        What changed in the files since that forecast was issued.
    faults : list of str
        What is wrong with the document as a whole.
    """

    document: Path
    stamp: Stamp
    regions: int
    changed: list[Changed]
    figures: list[str]
    waiting: list[tuple[int, str]]
    behind: list[str]
    faults: Sequence[str] = ()

    @property
    def agrees(self) -> bool:
        """Whether there is something to compare, and nothing is wrong."""
        wrong = self.changed or self.figures or self.waiting or self.behind or self.faults
        return bool(self.regions) and not wrong

    @property
    def result(self) -> DocumentCheck:
        """What was found, as ``--json`` prints it."""
        return DocumentCheck(
            document=str(self.document),
            agrees=self.agrees,
            as_of=self.stamp.as_of,
            issue=self.stamp.issue,
            regions=self.regions,
            changed=[
                ChangedRegion(line=c.line, placeholder=c.wanted, old=c.old, new=c.new)
                for c in self.changed
            ],
            waiting=[UnfilledPlace(line=line, placeholder=said) for line, said in self.waiting],
            figures=self.figures,
            faults=self.faults,
            behind=self.behind,
        )


def new(project: Project, path: Path, *, style: Style = "chicago", force: bool = False) -> Rendered:
    """Write a follow-on brief, filled with the forecast issued last.

    Parameters
    ----------
    project : Project
    path : Path
        A Markdown, Quarto, Word, HTML or PDF file; without an ending, Markdown.
    style : {"chicago", "house"}
        Of the notes.
    force : bool
        Whether a file that is there may be replaced.

    Raises
    ------
    OutputError
        If the file is there already.
    """
    path = path if path.suffix else path.with_name(f"{path.name}{TEXTS[0]}")
    _require(path, (*TEXTS, WORD, *EXPORTS))
    if path.exists() and not force:
        raise OutputError(f"{path}: is there already; name another file, or say --force")
    words = vocabulary(project, _shown(project), style)
    return _made(outline(words.facts), words, path, source=path)


def render(
    project: Project,
    source: Path,
    target: Path,
    *,
    as_of: dt.date | None = None,
    style: Style = "chicago",
    house: Path | None = None,
) -> Rendered:
    """Fill a document of the user's own; the source stays as it is.

    Parameters
    ----------
    project : Project
    source, target : Path
        The document with placeholders, and where the filled one goes.
    as_of : date, optional
        Of the forecast to show; by default the latest.
    style : {"chicago", "house"}
        Of the notes.
    house : Path, optional
        A Word document whose styles a text takes that becomes a Word document.

    Raises
    ------
    DocumentError, OutputError, LedgerError
        What the user can mend, with its place.
    """
    if ending(source) == WORD:
        _require(target, (WORD,))
        return from_word(project, source, target, _shown(project, as_of), style)
    _require(source, (*TEXTS, WORD))
    _require(target, (*TEXTS, *EXPORTS, WORD))
    text = read_text(source)
    words = vocabulary(project, _shown(project, as_of), style)
    return _made(text, words, target, source=source, house=house)


def refresh(
    project: Project,
    path: Path,
    *,
    as_of: dt.date | None = None,
    style: Style = "chicago",
    reporter: Reporter | None = None,
) -> Rendered:
    """Renew every region of a document in place; everything else stays byte for byte.

    If the files of the project moved on since the forecast was issued, it is issued anew first.

    Raises
    ------
    DocumentError, OutputError, ForecastError
        What the user can mend; the document stays as it is then.
    """
    _require(path, (*TEXTS, WORD))
    if ending(path) == WORD:
        require_regions(path)
        issue = _current(project, as_of, reporter or Silent())
        return from_word(project, path, path, issue, style)
    text = read_text(path)
    issue = _current(project, as_of, reporter or Silent())
    words = vocabulary(project, issue, style)
    filled = _fill(text, words, path)
    _look_for_all(filled, text, path)
    if not filled.regions:
        raise DocumentError(f"{path}: has no region to renew; fill it with: forecast brief render")
    return _write(filled, words, path)


def check(
    project: Project, path: Path, *, as_of: dt.date | None = None, style: Style = "chicago"
) -> Check:
    """Compare a document with the forecast issued last, and that with the files.

    Raises
    ------
    DocumentError
        If the document cannot be read or asks for what there is not.
    """
    _require(path, (*TEXTS, *EXPORTS, WORD))
    issue = in_step(project, recall(project, as_of=as_of), as_of=as_of)
    words = vocabulary(project, issue, style)
    filled = compared(path, words)
    folder = path.parent / folder_of(path)
    kept = filled.figures if ending(path) in TEXTS else []
    wrong = [said for said in (agrees(figure, folder) for figure in kept) if said]
    return Check(
        document=path,
        stamp=stamp_of(issue.issued),
        regions=len(filled.regions),
        changed=filled.changed,
        figures=[*wrong, *filled.pictures],
        waiting=filled.waiting,
        behind=behind(project, issue, as_of=as_of),
        faults=filled.faults,
    )


def from_word(project: Project, source: Path, target: Path, issue: Issue, style: Style) -> Rendered:
    """Fill a Word document, or renew it."""
    words = vocabulary(project, issue, style)
    body, filled = in_word(read_bytes(source), words, name=str(source))
    if not filled.regions:
        raise DocumentError(f"{source}: asks for nothing; write placeholders into it")
    return Rendered(
        [write_whole(target, body)], words.facts.stamp, len(filled.regions), filled.changed
    )


def compared(path: Path, words: Vocabulary) -> Filled:
    """Fill a document again in memory, to see what of it would change.

    Raises
    ------
    DocumentError
        If nothing in it is the forecast's.
    """
    if ending(path) in EXPORTS:
        return again(path, partial(evaluate, vocabulary=words))
    if ending(path) == WORD:
        filled = in_word(read_bytes(path), words, name=str(path))[1]
    else:
        text = read_text(path)
        filled = _fill(text, words, path)
        _look_for_all(filled, text, path)
    if not filled.regions:
        raise DocumentError(f"{path}: has no region to compare; nothing in it is the forecast's")
    return filled


def _look_for_all(filled: Filled, text: str, path: Path) -> None:
    """Find what a text was written with, by the record beside it, and shows no more."""
    record = path.parent / folder_of(path) / RECORD
    known = stamps.read_record(record)
    look = looks(text, name=str(path))
    shown = [said for said, _ in filled.regions]
    if known is not None:
        written = [said for said, _ in known[1]]
        filled.changed += [Changed(0, one, GONE, "a region") for one in gone(written, shown)]
        first = moved(written, shown)
        filled.faults += [] if first is None else [MOVED.format(first)]
        if (said := stamps.from_text(text)) is not None and said.issue != known[0].issue:
            filled.faults.append(f"carries two stamps that differ, in it and in {record}")
        _compare_looks(filled, known[2], Shown((), _pictures(filled, record.parent), look))
    elif len(filled.waiting) < len(filled.regions) or record.exists() or stamps.from_text(text):
        filled.faults.append(
            f"which regions it was written with is not known, for {record} "
            f"{'cannot be read' if record.exists() else 'is missing'}; renew it with: "
            "forecast brief refresh"
        )
    filled.faults += concealed(text, name=str(path))


def _compare_looks(filled: Filled, then: Shown | None, now: Shown) -> None:
    if then is None or then.looks != now.looks:
        filled.faults.append(OTHERWISE.format("look at them, and renew it: forecast brief refresh"))
    if then is not None and sorted(then.pictures) != sorted(now.pictures):
        filled.pictures.append("a picture is another than was put there, or is gone")


def _pictures(filled: Filled, folder: Path) -> list[str]:
    """Fingerprint of the picture of every figure, as it lies beside a text."""
    places = [folder / f"{figure.name}.png" for figure in filled.figures]
    held = [one.read_bytes() if one.is_file() else b"" for one in places]
    return [sha256(body).hexdigest()[:16] for body in held]


def _shown(project: Project, as_of: dt.date | None = None) -> Issue:
    """Return the forecast issued last, or the earlier one that the files have gone back to."""
    issue = recall(project, as_of=as_of)
    try:
        return in_step(project, issue, as_of=as_of)
    except ForecastError:
        return issue  # files that cannot be read are told by a check


def _current(project: Project, as_of: dt.date | None, told: Reporter) -> Issue:
    """Return the forecast issued last, or issue one where the files have moved on."""
    issue = in_step(project, recall(project, as_of=as_of), as_of=as_of)
    if not behind(project, issue, as_of=as_of):
        return issue
    held = issue.issued.settings
    names = ("draws", "tune", "chains", "seed")
    sampler = SamplerSettings(**{name: int(str(held[name])) for name in names if name in held})
    return run(project, as_of=as_of, sampler=sampler, reporter=told)


def vocabulary(project: Project, issue: Issue, style: Style) -> Vocabulary:
    """Gather what the placeholders of a document can say about one issue."""
    issue = with_news(issue)
    facts = gather(project, issue)
    look, explain = looker(project, facts, issue), explainer(project, facts, issue)
    return Vocabulary(facts, drawer(project, issue), style, cache(look), cache(explain))


def _made(
    text: str, words: Vocabulary, target: Path, *, source: Path, house: Path | None = None
) -> Rendered:
    """Fill a text, and write it in the format its name asks for."""
    filled = _fill(text, words, target, source=source)
    if not filled.regions:
        raise DocumentError(
            f"{source}: asks for nothing; write placeholders such as "
            '{{ forecast.probability("NODE") }}'
        )
    if ending(target) == WORD:
        return text_to_word(text, words, target, source=source, house=house)
    if ending(target) in EXPORTS:
        return export(filled, words.facts, target, source=source)
    return _write(filled, words, target)


def _fill(text: str, words: Vocabulary, path: Path, *, source: Path | None = None) -> Filled:
    return markdown.fill(
        text,
        partial(evaluate, vocabulary=words),
        name=str(source or path),
        folder=folder_of(path),
        quarto=ending(path) == ".qmd",
    )


def folder_of(path: Path) -> str:
    """Name of the folder with the figures and the record of a text, beside it: each has its own."""
    return f"{path.stem}_qmd_files" if ending(path) == ".qmd" else f"{path.stem}_files"


def _write(filled: Filled, words: Vocabulary, path: Path) -> Rendered:
    """Write the figures and the record, and the document last."""
    folder = path.parent / folder_of(path)
    written = [one for figure in filled.figures for one in write_figure(figure, folder)]
    stamp = words.facts.stamp
    shown = Shown((), _pictures(filled, folder), looks(filled.text, name=str(path)))
    record = stamps.record(stamp, filled.regions, shown)
    written.append(write_whole(folder / RECORD, record.encode()))
    keys = {note.key for note in filled.notes}
    sources = [item for item in csl_json(words.facts.sources) if item["id"] in keys]
    body = json.dumps(sources, indent=1, ensure_ascii=False)
    written.append(write_whole(folder / "notes.csl.json", body.encode()))
    written.append(write_whole(path, filled.text.encode()))
    return Rendered(written, stamp, len(filled.regions), filled.changed)


def _require(path: Path, allowed: Sequence[str]) -> None:
    if ending(path) not in allowed:
        came = path.suffix or "no ending"
        raise DocumentError(f"{path}: {came} came; allowed: {', '.join(allowed)}")


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
