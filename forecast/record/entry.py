"""Ask for the cells of one report on the terminal, each checked as it is typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click
from prompt_toolkit import prompt
from prompt_toolkit.completion import WordCompleter
from prompt_toolkit.document import Document
from prompt_toolkit.validation import ValidationError, Validator

from forecast.beliefs import Beliefs, Report, Source
from forecast.errors import ReportsError
from forecast.record.reports import checked

__all__ = ["ask_for_report", "grade_cells"]

_QUESTIONS = {
    "indicator": "Indicator",
    "occurred_on": "Occurred on, such as 2024-06-19",
    "reported_on": "Reported on",
    "use": "Use",
    "source_id": "Source, an id of events/sources.csv, or empty",
    "grade": "Grade, a letter A-F and a digit 1-6",
    "event_id": "Event, the same for every report of one happening",
    "lineage": "Lineage, the origin it shares with its copies",
    "value": "Value",
    "summary": "Summary, one sentence",
    "source_title": "Title of the source",
    "source_url": "Address of the source",
    "note": "Note",
}
_GRADE = ("reliability", "credibility")
_OF_A_SOURCE = "Grade, a digit 1-6 with the letter of its source, or a letter too"
_COMPLETED = frozenset({"event_id", "lineage", "source_title", "source_url"})


def ask_for_report(
    given: Mapping[str, str],
    beliefs: Beliefs,
    known: Sequence[Report],
    sources: Sequence[Source] = (),
) -> dict[str, str]:
    """Ask for what was not given.

    Parameters
    ----------
    given : mapping of str to str
        Cells that came as options.
    beliefs : Beliefs
    known : sequence of Report
        Offered for completion, in this order.
    sources : sequence of Source
        Whose letters it may take; without any, no source is asked for.

    Returns
    -------
    dict of str to str
        The cells given, and those asked for.
    """
    cells = dict(given)
    for column, text in _QUESTIONS.items():
        kind = beliefs.indicators.get(cells.get("indicator", ""))
        if column == "value" and kind is not None and kind.kind == "presence":
            continue
        if column == "source_id" and not sources:
            continue
        if all(cells.get(name) for name in _columns(column)[-1:]):
            continue
        try:
            said = prompt(
                f"{_OF_A_SOURCE if column == 'grade' and cells.get('source_id') else text}: ",
                default="evidence" if column == "use" else "",
                completer=_completer(column, beliefs, known, sources),
                validator=_Check(column, cells, beliefs, sources),
                validate_while_typing=False,
            )
        except EOFError:
            raise click.Abort from None
        cells.update(_cells(column, said))
    return cells


def grade_cells(text: str) -> dict[str, str]:
    """Split a grade into its cells; a digit alone leaves the letter to the report's source.

    Examples
    --------
    >>> grade_cells("B2"), grade_cells("2")
    ({'reliability': 'B', 'credibility': '2'}, {'reliability': '', 'credibility': '2'})
    """
    if len(text) == 1 and text.isdigit():
        return {"reliability": "", "credibility": text}
    return {"reliability": text[:1], "credibility": text[1:]}


def _columns(column: str) -> tuple[str, ...]:
    return _GRADE if column == "grade" else (column,)


def _cells(column: str, said: str) -> dict[str, str]:
    text = said.strip()
    return grade_cells(text) if column == "grade" else {column: text}


def _completer(
    column: str, beliefs: Beliefs, known: Sequence[Report], sources: Sequence[Source]
) -> WordCompleter:
    labels: dict[str, str] = {}
    words: list[str] = []
    if column == "indicator":
        labels = {name: entry.label for name, entry in beliefs.indicators.items()}
        words = list(labels)
    elif column == "source_id":
        labels = {one.source_id: f"{one.reliability}, {one.label}" for one in sources}
        words = list(labels)
    elif column == "use":
        words = ["evidence", "prior"]
    elif column in _COMPLETED:
        words = [word for word in dict.fromkeys(getattr(one, column) for one in known) if word]
    # a title has blanks in it, so what was typed is compared with the whole of it
    return WordCompleter(
        words, meta_dict=labels, ignore_case=True, match_middle=True, sentence=True
    )


class _Check(Validator):
    """Checks the answer to one question by the rules for the whole report."""

    def __init__(
        self,
        column: str,
        cells: Mapping[str, str],
        beliefs: Beliefs,
        sources: Sequence[Source] = (),
    ) -> None:
        self._column, self._cells, self._beliefs = column, cells, beliefs
        self._sources = sources
        # only after the last of the three questions is it known that no source is given at all
        later = {"source_title": (), "source_url": (), "note": ("source_title",)}
        self._about: tuple[str, ...] = later.get(column, _columns(column))

    def validate(self, document: Document) -> None:
        try:
            cells = {**self._cells, **_cells(self._column, document.text)}
            checked(cells, self._beliefs, known_sources=self._sources)
        except ReportsError as error:
            for problem in error.problems:
                if problem.where in self._about:
                    said = f"{problem.came}; {problem.allowed}" if problem.allowed else problem.came
                    raise ValidationError(len(document.text), said) from None
