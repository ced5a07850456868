"""Whether the rows of a file say anything at all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from forecast.errors import ReportsError
from forecast.importers.dating import why_undated
from forecast.importers.formats import Format
from forecast.importers.tally import Tally

__all__ = ["Use"]

#: No code has one digit, nor two beyond 20: these were 05 and 042.
_WITHOUT_ZERO: Final = re.compile(r"[1-9]|2[1-9]|[3-9]\d", re.ASCII)


@dataclass(slots=True)
class Use:
    """How far the rows of one file could be used."""

    read: int
    dated: int = 0
    no_day: tuple[str, str] | None = None
    no_code: tuple[str, str] | None = None
    codeless: int = 0

    def undated(self, text: str, place: str) -> None:
        """Remember the first row without a day."""
        self.no_day = self.no_day or (text, place)

    def uncoded(self, code: str, place: str, form: Format) -> None:
        """Count a row of another code book, and remember the first.

        Raises
        ------
        ReportsError
            Where a spreadsheet took codes for numbers: 020 would be read as 20, a graver thing.
        """
        if form.codes == "cameo" and _WITHOUT_ZERO.fullmatch(code.strip()):
            raise ReportsError(
                f"{place}: {code!r} is no code of CAMEO; a spreadsheet has taken the zeros off, as "
                f"of 0{code.strip()}, and all codes of the file are wrong: use the file as it came"
            )
        self.codeless += 1
        self.no_code = self.no_code or (code, place)

    def require(self, file: str, tally: Tally, form: Format) -> None:
        """Refuse a file of which no row says anything."""
        read = tally.read - self.read
        rows = f"its {read} rows" if read > 1 else "its rows"
        if not read:
            tally.remark("file holds no row", file)
        elif not self.dated and self.no_day is not None:
            text, place = self.no_day
            why = why_undated(text)
            raise ReportsError(f"{file}: none of {rows} could be dated: {place}: {why}")
        elif not self.dated:
            raise ReportsError(f"{file}: none of {rows} has the cells of {form.title}")
        elif self.codeless == self.dated and self.no_code is not None:
            code, place = self.no_code
            raise ReportsError(
                f"{file}: none of {rows} has a code of {form.codes.upper()}: {place}: {code!r}"
            )
