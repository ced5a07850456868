"""One tree of errors: catch one, or catch them all.

::

    ForecastError                 exit code 1: the user's input
    ├── BeliefsError (ValueError)     the brief's file does not say what it must
    ├── ReportsError (ValueError)     a row in events/ cannot be used
    ├── LedgerError (OSError)         the database or a posterior file cannot be used
    ├── EvidenceError (ValueError)    the reports contradict the model outright
    ├── OutputError (OSError)         a result cannot be written where it should go
    ├── DocumentError (ValueError)    a document asks for what there is not, or cannot be read
    ├── ArgumentError (ValueError)    an argument is missing, or one too many
    └── StatisticsError (RuntimeError)  exit code 3: the statistics refuse

Exit codes that are no error's: 0 done, 2 usage (click), `ALERT_CODE`, 130 interrupted, 141 nobody
reads what is printed any more.

Every message is one line that says where, what came, and what is allowed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

__all__ = [
    "ALERT_CODE",
    "ArgumentError",
    "BeliefsError",
    "DocumentError",
    "EvidenceError",
    "ForecastError",
    "LedgerError",
    "OutputError",
    "Problem",
    "ReportsError",
    "StatisticsError",
]


#: Exit code of an update that raised or cleared an alert.
ALERT_CODE = 4


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong in a file: where it is, what came, what is allowed.

    Attributes
    ----------
    file : str
        The file as the user named it.
    line : int
        Line number from 1; 0 where the file as a whole is meant.
    where : str
        Path inside the file, such as ``nodes.arms_trade.hazards[0].to``.
    came : str
        What is wrong with what came.
    allowed : str
        What would be right, with the nearest spelling where there is one.
    severity : {"error", "warning"}
        A warning does not stop a run.

    Examples
    --------
    >>> str(Problem("priors.yaml", 12, "nodes.a", "unknown state 'braeks'", "try 'breaks'"))
    "priors.yaml:12: nodes.a: unknown state 'braeks'; try 'breaks'"
    """

    file: str
    line: int
    where: str
    came: str
    allowed: str = ""
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        parts = [place, self.where, self.came] if self.where else [place, self.came]
        text = ": ".join(parts)
        return f"{text}; {self.allowed}" if self.allowed else text


class ForecastError(Exception):
    """Anything this package refuses to do; the message is for the user."""

    exit_code: ClassVar[int] = 1


class _ProblemsError(ForecastError):
    """An error that carries every problem found, not only the first."""

    def __init__(self, message: str, *, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class BeliefsError(_ProblemsError, ValueError):
    """You edited priors.yaml (or a like file) and it cannot be used as it stands."""


class ReportsError(_ProblemsError, ValueError):
    """You added reports or coverage and some rows cannot be used; none was stored."""


class LedgerError(ForecastError, OSError):
    """The memory of the project cannot be read or written."""


class EvidenceError(ForecastError, ValueError):
    """You entered evidence that no state of the model can produce."""


class OutputError(ForecastError, OSError):
    """You named a place for results that cannot be written to."""


class DocumentError(_ProblemsError, ValueError):
    """You named a document that cannot be read or asks for what the forecast does not hold."""


class ArgumentError(ForecastError, ValueError):
    """You left out an argument that is needed, or gave two of which one is meant.

    Parameters
    ----------
    text : str
        The message, each argument in braces: Python names it bare, the terminal as an option.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text.replace("{", "").replace("}", ""))
        self.text = text


class StatisticsError(ForecastError, RuntimeError):
    """The fit did not pass its checks, so no forecast is shown."""

    exit_code: ClassVar[int] = 3
