"""What a file is, told by how it begins, where a table of text was meant."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Collection

__all__ = ["WORKBOOK", "inside", "is_workbook", "strange", "workbook_part"]

#: A workbook of Excel since 2007.
WORKBOOK = ".xlsx"

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_SAVE = "save it as .xlsx or as CSV (UTF-8)"
_BEGINS = (
    (b"%PDF", "is a PDF", "a table has to be CSV or .xlsx"),
    (b"\x1f\x8b", "is packed (gzip)", "unpack it first"),
    (b"7z\xbc\xaf", "is packed (7z)", "unpack it first"),
    (b"Rar!", "is packed (rar)", "unpack it first"),
    (b"BZh", "is packed (bzip2)", "unpack it first"),
    (b"\xfd7zXZ", "is packed (xz)", "unpack it first"),
    (b"PAR1", "is a Parquet file", "save it as CSV (UTF-8)"),
    (b"SQLite format 3", "is a database", "save the table as CSV (UTF-8)"),
    (b"\x89PNG", "is a picture", "a table has to be CSV or .xlsx"),
    (b"\xff\xd8\xff", "is a picture", "a table has to be CSV or .xlsx"),
    (b"GIF8", "is a picture", "a table has to be CSV or .xlsx"),
    (b"{\\rtf", "is a text document (RTF)", "a table has to be CSV or .xlsx"),
)
_OLD = b"\xd0\xcf\x11\xe0"
#: Names of streams by which a file of that kind is told; those of a password come first.
_STREAMS = (
    ("EncryptedPackage", "is a file with a password", "take the password off in Excel"),
    ("WordDocument", "is an old Word file (.doc)", "copy its table into a sheet, and " + _SAVE),
    ("PowerPoint Document", "is an old PowerPoint file (.ppt)", _SAVE),
    ("Workbook", "is an old Excel file (.xls)", _SAVE),
)
_OLD_KIND = ("is an old Excel or Word file, or one with a password", _SAVE)
_PART = re.compile(r"(?:[^/]+/)*workbook\d*\.xml", re.IGNORECASE)
_INSIDE = (
    ("xl/workbook.bin", "is a binary Excel file (.xlsb)", _SAVE),
    ("word/", "is a Word document", "copy its table into a sheet, and " + _SAVE),
    ("ppt/", "is a PowerPoint document", "copy its table into a sheet, and " + _SAVE),
    ("Index/", "is a file of Numbers or Pages", "export it as .xlsx or as CSV (UTF-8)"),
    ("Index.zip", "is a file of Numbers or Pages", "export it as .xlsx or as CSV (UTF-8)"),
)
_MARKUP = (
    (b"<!doctype html", "is an HTML page"),
    (b"<html", "is an HTML page"),
    (b"<head", "is an HTML page"),
    (b"<table", "is an HTML page"),
    (b"<?xml", "is an XML file"),
)


def is_workbook(body: bytes) -> bool:
    """Whether a file is a workbook that can be read, whatever its name."""
    return body.startswith(_ZIP) and bool(workbook_part(_members(body)))


def workbook_part(names: Collection[str]) -> str:
    """Name the part of an archive that lists the sheets of a workbook; empty where there is none.

    Examples
    --------
    >>> workbook_part(["xl/workbook2.xml", "xl/styles.xml"]), workbook_part(["workbook.xml.txt"])
    ('xl/workbook2.xml', '')
    """
    return next((name for name in sorted(names) if _PART.fullmatch(name)), "")


def strange(body: bytes) -> tuple[str, str] | None:
    """Say what a file is that can be neither text nor a workbook, and what to do; or None.

    Examples
    --------
    >>> strange(b"%PDF-1.7")
    ('is a PDF', 'a table has to be CSV or .xlsx')
    >>> strange(b"date,count") is None
    True
    """
    for start, came, allowed in _BEGINS:
        if body.startswith(start):
            return came, allowed
    if body.startswith(_OLD):
        names = (each for each in _STREAMS if each[0].encode("utf-16-le") in body)
        return next(((came, allowed) for _, came, allowed in names), _OLD_KIND)
    if body.startswith(_ZIP):
        return inside(_members(body)) or ("is packed (zip)", "unpack it first")
    start = body[:512].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for tag, came in _MARKUP:
        if start.startswith(tag):
            return came, "download the table itself, as CSV (UTF-8) or .xlsx"
    return None


def inside(names: Collection[str]) -> tuple[str, str] | None:
    """Say what an archive with these members is, and what to do, where it is a document."""
    for part, came, allowed in _INSIDE:
        if any(name.startswith(part) for name in names):
            return came, allowed
    if {"mimetype", "content.xml"} <= set(names):
        return "is an OpenDocument file (.ods or .odt)", _SAVE
    return None


def _members(body: bytes) -> set[str]:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return set()
