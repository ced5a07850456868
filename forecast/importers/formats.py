"""Columns of the four formats and what each of them means here."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from forecast.beliefs.days import Order, day_in

__all__ = ["FORMATS", "Format", "columns_at", "day_of", "plain"]

_GDELT2: Final = (
    "GLOBALEVENTID SQLDATE MonthYear Year FractionDate "
    + " ".join(
        f"Actor{side}{name}"
        for side in (1, 2)
        for name in (
            *("Code", "Name", "CountryCode", "KnownGroupCode", "EthnicCode", "Religion1Code"),
            *("Religion2Code", "Type1Code", "Type2Code", "Type3Code"),
        )
    )
    + " IsRootEvent EventCode EventBaseCode EventRootCode QuadClass GoldsteinScale NumMentions "
    "NumSources NumArticles AvgTone "
    + " ".join(
        f"{side}Geo_{name}"
        for side in ("Actor1", "Actor2", "Action")
        for name in (
            *("Type", "FullName", "CountryCode", "ADM1Code", "ADM2Code", "Lat", "Long"),
            "FeatureID",
        )
    )
    + " DATEADDED SOURCEURL"
).split()
#: GDELT 1.0 has no second administrative division, and no address before April 2013.
_GDELT1: Final = tuple(name for name in _GDELT2 if not name.endswith("ADM2Code"))


@dataclass(frozen=True, slots=True)
class Format:
    """A format of event data: which columns hold what.

    Attributes
    ----------
    name, title : str
    codes : str
        Code book: ``cameo``, ``plover`` or ``acled``.
    row_id, occurred : str
        Columns of the id and of the day of the event.
    reported : str
        Column of the day the row was known; empty where the format has none.
    code : tuple of str
        Columns of the code, joined by ``>`` where there are two.
    actors : pair of tuples of str
        Columns that name either actor: code, country, name.
    places : tuple of str
        Columns of the country it happened in.
    article : tuple of str
        Columns that tell one article, or story, from another. Where those that are neither its
        publisher nor its day are empty, the row names none.
    text, source, url : str
        Columns of a description, the publisher and the address; empty where there is none.
    headers : tuple of tuple of str
        Columns of files without a heading, the usual ones first; empty where the first line names
        them.
    quoted : bool
        CSV with quotes; otherwise one row is one line, cells separated by tabs.
    counted_by : str
        ``reported`` or ``occurred``: the day that puts a row in a week.
    """

    name: str
    title: str
    codes: str
    row_id: str
    occurred: str
    code: tuple[str, ...]
    actors: tuple[tuple[str, ...], tuple[str, ...]]
    places: tuple[str, ...]
    article: tuple[str, ...]
    reported: str = ""
    text: str = ""
    source: str = ""
    url: str = ""
    headers: tuple[tuple[str, ...], ...] = ()
    quoted: bool = False
    counted_by: str = "reported"

    @property
    def header(self) -> tuple[str, ...]:
        """Columns of files without a heading, as they usually are."""
        return self.headers[0] if self.headers else ()

    @property
    def headed(self) -> bool:
        """Whether files have a heading."""
        return not self.headers

    @property
    def needed(self) -> tuple[str, ...]:
        """Every column that a file must have."""
        named = (self.row_id, self.occurred, *self.code, *self.actors[0], *self.actors[1])
        always = (*named, *self.places, *self.article)
        return tuple(name for name in always if all(name in one for one in self.headers))


_GDELT: Final = Format(
    name="gdelt2",
    title="GDELT 2.0 event files",
    codes="cameo",
    row_id="GLOBALEVENTID",
    occurred="SQLDATE",
    reported="DATEADDED",
    code=("EventCode",),
    actors=(
        ("Actor1Code", "Actor1CountryCode", "Actor1Name"),
        ("Actor2Code", "Actor2CountryCode", "Actor2Name"),
    ),
    places=("ActionGeo_CountryCode",),
    article=("SOURCEURL",),
    url="SOURCEURL",
    headers=(tuple(_GDELT2),),
)
FORMATS: Final = {
    each.name: each
    for each in (
        _GDELT,
        replace(
            _GDELT,
            name="gdelt1",
            title="GDELT 1.0 event files",
            headers=(_GDELT1, _GDELT1[:-1]),
        ),
        Format(
            name="icews",
            title="ICEWS coded event data",
            codes="cameo",
            row_id="Event ID",
            occurred="Event Date",
            code=("CAMEO Code",),
            actors=(("Source Name", "Source Country"), ("Target Name", "Target Country")),
            places=("Country",),
            article=("Story ID",),
            text="Event Text",
            source="Publisher",
        ),
        Format(
            name="polecat",
            title="POLECAT",
            codes="plover",
            row_id="Event ID",
            occurred="Event Date",
            reported="Publication Date",
            code=("Event Type", "Event Mode"),
            actors=(("Actor Name", "Actor Country"), ("Recipient Name", "Recipient Country")),
            places=("Country",),
            article=(
                *("Source", "Publication Date"),
                *("Story People", "Story Organizations", "Story Locations"),
            ),
            source="Source",
        ),
        Format(
            name="acled",
            title="ACLED exports",
            codes="acled",
            row_id="event_id_cnty",
            occurred="event_date",
            reported="timestamp",
            code=("event_type", "sub_event_type"),
            actors=(("actor1",), ("actor2",)),
            places=("country",),
            article=("event_id_cnty",),
            text="notes",
            source="source",
            quoted=True,
            counted_by="occurred",
        ),
    )
}

_DIGITS: Final = re.compile(r"(\d{8})(?:\d{6})?")
_SECONDS: Final = re.compile(r"(\d{9,10})(?:\.0*)?")
_EARLIEST: Final = 1900


def day_of(text: str, order: Order | None = None) -> dt.date | None:
    """Read a day as one of the formats writes it; None where it is none.

    Parameters
    ----------
    text : str
    order : {"day first", "month first"} or None
        Of days with the year last; without it there are none.

    Examples
    --------
    >>> [str(day_of(t)) for t in ("20180101000000", "2018-06-01", "30 June 2022", "1657041386.0")]
    ['2018-01-01', '2018-06-01', '2022-06-30', '2022-07-05']
    >>> str(day_of("30-06-2022", "day first")), day_of("20181301"), day_of("yesterday")
    ('2022-06-30', None, None)
    """
    text = text.strip()
    try:
        if found := _DIGITS.fullmatch(text):
            day: dt.date | None = dt.datetime.strptime(found[1], "%Y%m%d").date()  # noqa: DTZ007
        elif found := _SECONDS.fullmatch(text):
            day = dt.datetime.fromtimestamp(int(found[1]), dt.UTC).date()
        elif text[10:11] in {"T", " "} and text[:4].isdigit():  # as it is written, in any zone
            day = day_in(text[:10], order)
        else:
            day = day_in(text, order)
    except (ValueError, OverflowError):
        return None
    return day if day is not None and day.year >= _EARLIEST else None


def plain(name: str) -> str:
    """Heading without case, blanks and signs, so that ``Event ID`` is ``event_id``."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def columns_at(form: Format, header: Sequence[str]) -> dict[str, int]:
    """Position of each column of a heading, under the name the format gives it."""
    found = {plain(name): number for number, name in reversed(list(enumerate(header)))}
    optional = (form.reported, form.text, form.source, form.url)
    wanted = {name for name in (*form.needed, *optional) if name}
    return {name: found[plain(name)] for name in wanted if plain(name) in found}
