"""Files that could not be taken in, in a folder of their own, each with the reason beside it."""

from __future__ import annotations

from pathlib import Path

from forecast.errors import ForecastError

__all__ = ["REFUSED", "bring_back", "reason_of", "set_aside"]

#: Folder inside a watched one.
REFUSED = "refused"


def set_aside(path: Path, error: ForecastError) -> Path | None:
    """Move a file into the folder ``refused``, and write why; None where that cannot be done.

    A file of the same name that lies there stays: the new one gets a number.
    """
    folder = path.parent / REFUSED
    try:
        folder.mkdir(exist_ok=True)
        place = folder / path.name
        number = 1
        while place.exists():
            number += 1
            place = folder / f"{path.stem}-{number}{path.suffix}"
        problems = getattr(error, "problems", ()) or (error,)
        reason_of(place).write_text("".join(f"{each}\n" for each in problems), "utf-8")
        return path.replace(place)
    except OSError:  # a folder that is read-only: the file stays where it is
        return None


def bring_back(place: Path, path: Path) -> bool:
    """Move a file back to where it landed, unless another one is there; say whether it was."""
    try:
        if path.exists() or not place.exists():
            return False
        place.replace(path)
        reason_of(place).unlink(missing_ok=True)
    except OSError:
        return False
    return True


def reason_of(place: Path) -> Path:
    """Return the file that says why one was set aside."""
    return place.with_name(f"{place.name}.why.txt")
