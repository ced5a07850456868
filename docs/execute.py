"""Run a notebook top to bottom and keep what it shows, without what names a machine or a moment.

docs/refresh.py and the tests use it.
"""
# ruff: noqa: INP001

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from PIL import Image

__all__ = ["executed", "write"]

_COLOURS = 64  # enough for lines and bands; a third of the size
_LONGEST = 900  # seconds of a cell: it may have to fit


def executed(path: Path, folder: Path) -> Any:
    """Run a notebook in a folder and return it with its outputs.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell fails.
    """
    book = nbformat.read(path, as_version=4)
    client = NotebookClient(
        book,
        timeout=_LONGEST,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute()
    for cell in book.cells:
        cell.metadata = {}
        if cell.cell_type == "code":
            cell.outputs = [_cleaned(one) for one in cell.outputs if one.get("name") != "stderr"]
    book.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return book


def write(book: Any, path: Path) -> None:
    """Write a notebook as Git should see it."""
    nbformat.validate(book)
    nbformat.write(book, path)


def _cleaned(output: Any) -> Any:
    data = output.get("data", {})
    if "xr-wrap" in data.get("text/html", ""):
        del data["text/html"]  # xarray names its parts anew every time; its text says the same
    if "image/png" in data:
        data["image/png"] = _smaller(data["image/png"])
        data.pop("text/plain", None)  # the address of an object
    return output


def _smaller(png: str) -> str:
    buffer = io.BytesIO()
    with Image.open(io.BytesIO(base64.b64decode(png))) as image:
        small = image.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
        small.save(buffer, "PNG", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode()
