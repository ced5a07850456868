"""The stamp of a document, read back: which forecast it shows."""

from __future__ import annotations

import codecs
import datetime as dt
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forecast.briefs.facts import Stamp

__all__ = ["Shown", "from_record", "from_text", "read_record", "record", "shown_in"]

_ISSUE = r"Issue ([0-9a-f]{16}),\s+model ([0-9a-f]{16}), evidence ([0-9a-f]{16})\."
_LINE = re.compile(rf"As of (\d{{4}}-\d\d-\d\d) \(UTC\)\. Issued at (\S+?)\. {_ISSUE}")
#: The same as documents print it, in days of readers.
_PRINTED = re.compile(
    rf"As of (\d+ \w+ \d{{4}}) \(UTC\)\. Issued on (\d+ \w+ \d{{4}} at [\d:]{{8}}) UTC\. {_ISSUE}"
)


def from_text(text: str) -> Stamp | None:
    """Read a stamp out of the words of a document; None if there is none.

    Examples
    --------
    >>> from_text("no stamp here") is None
    True
    """
    said = " ".join(text.split())
    found, printed = _LINE.search(said), _PRINTED.search(said)
    try:
        if found is not None:
            as_of, issued = dt.date.fromisoformat(found[1]), dt.datetime.fromisoformat(found[2])
            return Stamp(as_of, issued, *found.groups()[2:])
        if printed is not None:
            day = dt.datetime.strptime(printed[1], "%d %B %Y").replace(tzinfo=dt.UTC).date()
            moment = dt.datetime.strptime(printed[2], "%d %B %Y at %H:%M:%S").replace(tzinfo=dt.UTC)
            return Stamp(day, moment, *printed.groups()[2:])
    except ValueError:
        pass
    return None


@dataclass(frozen=True, slots=True)
class Shown:
    """What a document shows: the text of its pages, and fingerprints of its pictures in order.

    A text and a page of the web have their words in their regions and none here. The looks are a
    fingerprint of all that is neither text nor plain markup; in a PDF, of everything.
    """

    pages: Sequence[str] = ()
    pictures: Sequence[str] = ()
    looks: str = ""


def record(stamp: Stamp, regions: Iterable[tuple[str, str]], shown: Shown | None = None) -> str:
    """JSON that goes into an export: the stamp, what every placeholder gave, and what it shows."""
    value: dict[str, Any] = {
        "as_of": stamp.as_of.isoformat(),
        "issued_at": stamp.issued_at.isoformat(),
        "issue": stamp.issue,
        "model_fingerprint": stamp.model,
        "evidence_fingerprint": stamp.evidence,
        "regions": [{"placeholder": said, "text": text} for said, text in regions],
    }
    if shown is not None:
        value["pages"], value["pictures"] = list(shown.pages), list(shown.pictures)
        value["looks"] = shown.looks
    return json.dumps(value, indent=1, ensure_ascii=False)


def shown_in(text: str) -> Shown | None:
    """Read what a record says the export shows; None if it says nothing."""
    try:
        value = json.loads(text)
        pages, pictures = ([str(p) for p in value[name]] for name in ("pages", "pictures"))
        return Shown(pages, pictures, str(value["looks"]))
    except (ValueError, TypeError, LookupError, RecursionError):
        return None


def read_record(path: Path) -> tuple[Stamp, list[tuple[str, str]], Shown | None] | None:
    """Read the record that stands beside a text; None if there is none, or none of ours."""
    try:
        text = path.read_bytes().removeprefix(codecs.BOM_UTF8).decode()
    except (OSError, UnicodeDecodeError):
        return None
    found = from_record(text)
    return None if found is None else (*found, shown_in(text))


def from_record(text: str) -> tuple[Stamp, list[tuple[str, str]]] | None:
    """Read what `record` wrote; None if it is something else."""
    try:
        value: Any = json.loads(text)
        stamp = Stamp(
            dt.date.fromisoformat(value["as_of"]),
            dt.datetime.fromisoformat(value["issued_at"]),
            value["issue"],
            value["model_fingerprint"],
            value["evidence_fingerprint"],
        )
        regions = [(str(row["placeholder"]), str(row["text"])) for row in value["regions"]]
        if not all(isinstance(one, str) for one in (stamp.issue, stamp.model, stamp.evidence)):
            return None
    except (ValueError, TypeError, LookupError, RecursionError):
        return None
    return stamp, regions
