"""Open a Word document that may be anything: damaged, encrypted, or made to fill the memory."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from lxml.etree import LxmlError

from forecast.errors import DocumentError

__all__ = ["opened", "readable", "saved"]

_MOST: Final = 5_000  # parts
_LARGEST: Final = 300_000_000  # letters, unpacked
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FAULTS = (LxmlError, LookupError, AttributeError, TypeError, ValueError, RecursionError,
           zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError)  # fmt: skip


@contextmanager
def readable(name: str) -> Iterator[None]:
    """Turn whatever a damaged document does to its reader into one line.

    Raises
    ------
    DocumentError
    """
    from docx.opc.exceptions import OpcError

    try:
        yield
    except DocumentError:
        raise
    except (OpcError, *_FAULTS) as error:
        part = getattr(error, "filename", None) or ""
        raise DocumentError(
            f"{name}: is no Word document, or a damaged one"
            f"{f' ({part})' if str(part).startswith('/word') else ''}; save it as .docx again"
        ) from None


def opened(body: bytes, name: str) -> Any:
    """Open a document with docxtpl.

    Raises
    ------
    DocumentError
        If it is no Word document, is encrypted or damaged, or unpacks to too much.
    """
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.oxml.ns import qn
    from docxtpl import DocxTemplate

    if body.startswith(_OLE):
        raise DocumentError(
            f"{name}: is encrypted, or a .doc under another name; save it as .docx without password"
        )
    with readable(name):
        _require_small(body, name)
        template = DocxTemplate(io.BytesIO(body))
        template.init_docx()
        document: Any = template.docx
        for rel in document.part.package.rels.values():
            if rel.reltype.endswith("/metadata/core-properties"):  # of some programs another kind
                rel._reltype = RELATIONSHIP_TYPE.CORE_PROPERTIES  # noqa: SLF001
        bodies = document.element.findall(qn("w:body"))
        if len(bodies) != 1 or not len(document.sections):
            raise ValueError(name)
    return template


def _require_small(body: bytes, name: str) -> None:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        parts = archive.infolist()
    if len(parts) > _MOST or sum(part.file_size for part in parts) > _LARGEST:
        raise DocumentError(
            f"{name}: unpacks to {len(parts):,} parts of {sum(p.file_size for p in parts):,} "
            f"letters; allowed are {_MOST:,} and {_LARGEST:,}"
        )
    if any(part.flag_bits & 1 for part in parts):
        raise DocumentError(f"{name}: is encrypted; save it without password")


def saved(document: Any) -> bytes:
    """Write a document; two parts of one name, which zip would take with a warning, are a fault."""
    names = [str(part.partname) for part in document.part.package.iter_parts()]
    if len(set(names)) < len(names):
        raise ValueError(names)
    held, out = io.BytesIO(), io.BytesIO()
    document.save(held)
    with zipfile.ZipFile(held) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            about = zipfile.ZipInfo(part.filename)  # without the time: the same, renewed again
            about.external_attr, about.compress_type = part.external_attr, zipfile.ZIP_DEFLATED
            new.writestr(about, old.read(part))
    return out.getvalue()
