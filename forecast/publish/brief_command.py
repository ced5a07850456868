"""``forecast brief``: documents that show the forecast and stay in step with it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from forecast.terminal.console import print_json, reporting, say
from forecast.terminal.options import OneOf, as_json, issued_option, project_option

if TYPE_CHECKING:
    from forecast.briefs.markdown import Changed

__all__ = ["brief"]

_DOCUMENT = click.Path(dir_okay=False, path_type=Path)
_style = click.option(
    "--notes",
    "style",
    type=OneOf(["chicago", "house"]),
    default="chicago",
    show_default=True,
    help="Style of the notes on sources.",
)


@click.group()
def brief() -> None:
    """Put the forecast into documents, and keep them true.

    \b
    Example:
      forecast brief new follow-on.md
    """


@brief.command()
@click.argument("document", type=_DOCUMENT, default="brief.md")
@project_option()
@_style
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def new(document: Path, folder: Path, style: str, force: bool) -> None:
    """Write a follow-on brief, filled with the forecast issued last.

    DOCUMENT ends in .md, .qmd, .docx, .html or .pdf; without an ending it is Markdown. The charts
    of a text, their data and the sources as CSL-JSON go into a folder beside it. Edit a text or a
    Word document freely outside the marked regions.

    \b
    Example:
      forecast brief new follow-on.md --notes house
    """
    from forecast.project.project import Project
    from forecast.publish.documents import new as begin

    with reporting() as told:
        if told is not None:
            told.stage("writing the brief")
        done = begin(Project(folder), document, style=_styled(style), force=force)
    for path in done.written:
        say(path)


@brief.command()
@click.argument("source", type=_DOCUMENT)
@click.argument("target", type=_DOCUMENT, required=False)
@project_option()
@issued_option()
@_style
@click.option("--template", "house", type=_DOCUMENT, help="Word document whose styles to use.")
def render(
    source: Path,
    target: Path | None,
    folder: Path,
    as_of: dt.date | None,
    style: str,
    house: Path | None,
) -> None:
    """Fill the placeholders of a document of your own.

    SOURCE holds placeholders such as {{ forecast.probability("talks") }}; what is outside them
    goes to TARGET byte for byte. Without TARGET, SOURCE itself is filled. A TARGET that ends in
    .html or .pdf is one file with everything inside; a text may also become a .docx.

    \b
    Examples:
      forecast brief render template.md follow-on.md
      forecast brief render follow-on.md follow-on.pdf
    """
    from forecast.project.project import Project
    from forecast.publish.documents import render as fill

    with reporting() as told:
        if told is not None:
            told.stage("filling the document")
        done = fill(
            Project(folder),
            source,
            target or source,
            as_of=as_of,
            style=_styled(style),
            house=house,
        )
    for path in done.written:
        say(path)


@brief.command()
@click.argument("document", type=_DOCUMENT)
@project_option()
@issued_option()
@_style
def refresh(document: Path, folder: Path, as_of: dt.date | None, style: str) -> None:
    """Renew every region of a document in place.

    What stands outside the regions is left byte for byte. If priors.yaml or events/ changed since
    the forecast was issued, it is issued anew first.

    \b
    Example:
      forecast brief refresh follow-on.md
    """
    from forecast.project.project import Project
    from forecast.publish.documents import refresh as renew

    with reporting() as told:
        done = renew(Project(folder), document, as_of=as_of, style=_styled(style), reporter=told)
    for one in done.changed:
        say(_told(document, one))
    say(f"{document}: {len(done.changed)} of {done.regions} regions changed")


@brief.command()
@click.argument("document", type=_DOCUMENT)
@project_option()
@issued_option()
@_style
@as_json()
def check(document: Path, folder: Path, as_of: dt.date | None, style: str, as_json: bool) -> None:
    """Tell whether a document still agrees with the forecast; exit 1 if not.

    Lists every number, word, sentence and chart that differs, old and new, and every change of
    priors.yaml and events/ since the forecast was issued.

    \b
    Example:
      forecast brief check follow-on.md
    """
    from forecast.project.project import Project
    from forecast.publish.documents import check as compare

    found = compare(Project(folder), document, as_of=as_of, style=_styled(style))
    if as_json:
        print_json(found.result.plain())
    else:
        _print_check(found)
    if not found.agrees:
        raise click.exceptions.Exit(1)


@brief.command()
@click.argument("document", type=_DOCUMENT)
@project_option()
@_style
@as_json()
def provenance(document: Path, folder: Path, style: str, as_json: bool) -> None:
    """Tell which forecast a document shows, and fill it again from that very issue.

    Reads the stamp of a Markdown, Quarto, HTML or PDF document: as of, issued at, issue,
    fingerprints. Exits 1 if a number, word or sentence is not what that issue gives.

    \b
    Example:
      forecast brief provenance follow-on.pdf
    """
    from forecast.project.project import Project
    from forecast.publish.documents import provenance as trace

    found = trace(Project(folder), document, style=_styled(style))
    value = found.result.plain()
    if as_json:
        print_json(value)
    else:
        for name, said in value.items():
            say(f"{name.replace('_', ' ')}: {said}")
        for one in found.differs:
            say(f"{_where(document, one)}: {one.apart()[0]} is not from it")
    for said in found.faults:
        say(f"{document}: {said}", err=as_json)
    if found.differs or found.faults:
        raise click.exceptions.Exit(1)


def _print_check(found: object) -> None:
    from forecast.beliefs.words import counted
    from forecast.publish.documents import UNSEEN, Check

    assert isinstance(found, Check)
    place = str(found.document)
    for one in found.changed:
        say(_told(found.document, one))
    for line, said in found.waiting:
        say(f"{place}:{line}: {said}: not filled yet; forecast brief refresh fills it")
    for said in (*found.faults, *found.figures):
        say(f"{place}: {said}")
    for said in found.behind:
        say(f"the forecast is behind its files: {said}")
    if found.agrees:
        agree = f"{counted(found.regions, 'region')} agree{'s' if found.regions == 1 else ''}"
        say(f"{place}: {agree} with issue {found.stamp.issue[:7]} as of {found.stamp.as_of}")
        say(f"not looked at: {UNSEEN[found.document.suffix.lower()]}")


def _told(document: Path, one: Changed) -> str:
    """Say where a region differs, old and new."""
    old, new = one.apart()
    return f"{_where(document, one)}: {old} -> {new}"


def _where(document: Path, one: Changed) -> str:
    line = f":{one.line}" if one.line else ""
    return f"{document}{line}: {one.wanted}"


def _styled(style: str) -> Literal["chicago", "house"]:
    return "house" if style == "house" else "chicago"
