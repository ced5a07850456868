"""Identity by content: one canonical text for a value, its SHA-256, and that of the evidence.

Two values that say the same have the same text, whatever the order of their keys, so a repeat can
be recognised and a changed row found out.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time
from enum import Enum
from itertools import pairwise
from pathlib import Path

from forecast.errors import LedgerError
from forecast.ledger.moments import day

__all__ = [
    "canonical_json",
    "content_hash",
    "content_of",
    "evidence_fingerprint",
    "file_hash",
    "plain",
    "text_hash",
]

type Json = bool | int | float | str | list[Json] | dict[str, Json] | None

_AS_IS = frozenset({str, int, bool, type(None)})
_BLOCK = 1 << 20


def plain(value: object, *, where: str = "content") -> Json:
    """Turn a value into what JSON can say: dates as ISO text, tuples and arrays as lists.

    Raises
    ------
    LedgerError
        For a number that is not finite, a key that is not text, or a type with no JSON form.

    Examples
    --------
    >>> plain({"on": date(2024, 6, 19), "states": ("token", "sustained")})
    {'on': '2024-06-19', 'states': ['token', 'sustained']}
    """
    if type(value) in _AS_IS:
        return value  # type: ignore[return-value]
    if isinstance(value, Enum):
        return plain(value.value, where=where)
    if isinstance(value, float):
        if math.isfinite(value):
            return float(value)
        raise LedgerError(f"{where}: cannot record the number {float(value)}; allowed: finite")
    if isinstance(value, Mapping):
        return _plain_mapping(value, where)
    if isinstance(value, (list, tuple)):
        return [plain(item, where=f"{where}[{i}]") for i, item in enumerate(value)]
    return _plain_scalar(value, where)


def _plain_mapping(value: Mapping[str, object], where: str) -> dict[str, Json]:
    for key in value:
        if not isinstance(key, str):
            raise LedgerError(f"{where}: cannot record the key {key!r}; allowed: text")
    return {str(key): plain(item, where=f"{where}.{key}") for key, item in value.items()}


def _plain_scalar(value: object, where: str) -> Json:
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, Path):
        return value.as_posix()
    if isinstance(value, (set, frozenset)):
        return sorted((plain(item, where=where) for item in value), key=canonical_json)
    if isinstance(value, (str, int)):
        return str(value) if isinstance(value, str) else int(value)
    if callable(tolist := getattr(value, "tolist", None)):
        return plain(tolist(), where=where)
    return _plain_mapping(content_of(value, where=where), where)


def content_of(value: object, *, where: str = "content") -> Mapping[str, object]:
    """Return what a mapping, a dataclass, a pydantic model or a record with ``content`` says.

    Fields of a dataclass that take no part in its equality (where it was read) are left out, and
    so are fields marked ``sparse`` that have their default: they came later, and a row without them
    keeps its hash.

    Raises
    ------
    LedgerError
        If the value is none of these.

    Examples
    --------
    >>> content_of({"report_id": "R1"})
    {'report_id': 'R1'}
    """
    if isinstance(value, Mapping):
        return value
    if isinstance(content := getattr(value, "content", None), Mapping):
        return content
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: said
            for field in dataclasses.fields(value)
            if field.compare
            and not ((said := getattr(value, field.name)) == field.default and _sparse(field))
        }
    if callable(dump := getattr(value, "model_dump", None)):
        dumped: Mapping[str, object] = dump(mode="json", by_alias=True)
        return dumped
    raise LedgerError(
        f"{where}: cannot record a {type(value).__name__}; "
        "allowed: text, numbers, dates, and lists, mappings and dataclasses of these"
    )


def _sparse(field: dataclasses.Field[object]) -> bool:
    return bool(field.metadata.get("sparse"))


def canonical_json(value: object, *, where: str = "content") -> str:
    """Write a value as the one JSON text that stands for it: keys sorted, no spaces.

    Raises
    ------
    LedgerError
        If the value has no JSON form; see `plain`.

    Examples
    --------
    >>> canonical_json({"b": 1.0, "a": date(2024, 6, 19)})
    '{"a":"2024-06-19","b":1.0}'
    """
    return json.dumps(
        plain(value, where=where),
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    )


def text_hash(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8, as 64 hexadecimal digits.

    Raises
    ------
    LedgerError
        If the text holds half a character (a lone surrogate) and so has no UTF-8 form.
    """
    try:
        return hashlib.sha256(text.encode()).hexdigest()
    except UnicodeEncodeError as error:
        raise LedgerError(
            f"cannot record text with the half character {text[error.start]!r} in it; "
            "save the file as UTF-8"
        ) from None


def content_hash(value: object) -> str:
    """Return the SHA-256 of a value's canonical JSON.

    Examples
    --------
    >>> content_hash({"a": 1, "b": 2}) == content_hash({"b": 2, "a": 1})
    True
    """
    return text_hash(canonical_json(value))


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, as ``sha256sum`` prints it."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


_FORMAT = 1  # changes when the document below changes its meaning
_WHO = ("event_id", "lineage", "indicator", "use", "reliability")

type _Window = tuple[int, int, float | None]  # first day, day after the last, detection


def evidence_fingerprint(
    reports: Iterable[object], coverage: Iterable[object], *, as_of: date | None = None
) -> str:
    """Return the SHA-256 of what reports and coverage tell inference.

    Of a report that is: event, lineage, both days, indicator, grade, use, value, exposure, and what
    was learnt of its source, where anything was; of coverage: the detection probability of each
    indicator on each day. What only people read (summary, source, note) changes nothing; nor does
    the order of reports, nor that of windows unless they overlap, where the later one holds.

    Parameters
    ----------
    reports : iterable of Report, ReportRecord or mapping
    coverage : iterable of CoverageWindow, CoverageRecord or mapping
        In order: a later window overrides an earlier one of the same indicator.
    as_of : date, optional
        Leave out reports after this day, and end all coverage on it: a week of silence more is
        other evidence, a week in which nobody looked is not.

    Raises
    ------
    LedgerError
        If a day or a number cannot be read.

    Examples
    --------
    >>> window = {"indicator": "*", "starts_on": "2024-01-01", "ends_on": "2024-01-31",
    ...           "detection": 0.3, "source": "desk", "rationale": "weekly reading"}
    >>> print_ = evidence_fingerprint([], [window])
    >>> print_ == evidence_fingerprint([], [{**window, "rationale": "other words"}])
    True
    >>> print_ == evidence_fingerprint([], [{**window, "detection": 0.4}])
    False
    """
    limit = None if as_of is None else date.fromisoformat(day(as_of, where="as_of"))
    told = [{**_told(content_of(report)), **_learnt(report, limit)} for report in reports]
    if limit is not None:
        told = [row for row in told if str(row["reported_on"]) <= limit.isoformat()]
    windows: dict[str, list[_Window]] = defaultdict(list)
    for item in coverage:
        content = content_of(item)
        first, last = _date(content, "starts_on"), _date(content, "ends_on")
        last = last if limit is None else min(last, limit)
        if first <= last:
            chance = _number(content.get("detection"))
            window = (first.toordinal(), last.toordinal() + 1, chance)
            windows[str(content["indicator"])].append(window)
    document = {
        "format": _FORMAT,
        "reports": sorted(told, key=canonical_json),
        "coverage": {name: _effective(rows) for name, rows in windows.items()},
    }
    return content_hash(document)


def _told(content: Mapping[str, object]) -> dict[str, object]:
    exposure = _number(content.get("exposure"))
    return {
        **{name: str(content.get(name)) for name in _WHO},
        "credibility": str(content.get("credibility")),
        "occurred_on": _date(content, "occurred_on"),
        "reported_on": _date(content, "reported_on"),
        "value": _number(content.get("value")),
        "exposure": 1.0 if exposure is None else exposure,
    }


def _learnt(report: object, limit: date | None) -> dict[str, object]:
    """Say what was learnt of a report's source; where nothing was, the print stays as it was."""
    learnt = [
        [day.isoformat(), truth]
        for day, truth in getattr(report, "learnt", ())
        if limit is None or day <= limit
    ]
    return {"learnt": learnt} if learnt else {}


def _effective(windows: Sequence[_Window]) -> list[list[object]]:
    """Cut overlapping windows into stretches that do not overlap; equal neighbours are one."""
    cuts = sorted({cut for first, after, _ in windows for cut in (first, after)})
    stretches: list[list[object]] = []
    for begin, end in pairwise(cuts):
        chances = [chance for first, after, chance in windows if first <= begin < after]
        if not chances:
            continue
        if stretches and stretches[-1][1:] == [begin, chances[-1]]:
            stretches[-1][1] = end
        else:
            stretches.append([begin, end, chances[-1]])
    return stretches


def _date(content: Mapping[str, object], name: str) -> date:
    return date.fromisoformat(day(content.get(name), where=name))


def _number(value: object) -> float | None:
    return None if value is None or value == "" else float(str(value))
