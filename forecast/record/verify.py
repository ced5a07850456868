"""Look whether the ledger is still what was written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from forecast.project.project import Project

__all__ = ["Verified", "verify"]


@dataclass(frozen=True, slots=True)
class Verified:
    """What was looked at, and what is wrong with it.

    Attributes
    ----------
    place : str
        Where the ledger is.
    case : str
        Whose rows were looked at, where the ledger holds several cases by name.
    rows : dict of str to int
        Rows of each table whose hashes were derived again; posteriors with their files.
    problems : tuple of str
        One line each; none when all is well.
    """

    place: str
    case: str
    rows: dict[str, int]
    problems: tuple[str, ...]

    def plain(self) -> dict[str, Any]:
        """Plain values; see docs/schema.md."""
        return {
            "ledger": self.place,
            "case": self.case,
            "looked_at": self.rows,
            "problems": list(self.problems),
        }


def verify(project: Project) -> Verified:
    """Derive every hash of the ledger again, and those of the posterior files.

    Raises
    ------
    LedgerError
        If there is no ledger, or it cannot be opened.
    """
    with project.ledger(create=False) as ledger:
        return Verified(ledger.place, ledger.case, ledger.sizes(), tuple(ledger.verify()))
