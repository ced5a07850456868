"""A folder whose files are applied as they land, each once and only when it is whole."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Literal

from pydantic import Field

from forecast.beliefs import tables
from forecast.errors import ForecastError, LedgerError, ReportsError
from forecast.issue.arrivals import Came, bring_back, file_key, read_sources, set_aside
from forecast.issue.update import Update, remember, update
from forecast.project.project import Project
from forecast.project.sampler import Reporter, SamplerSettings
from forecast.result import Result

__all__ = ["ENDINGS", "FileResult", "Inbox"]

#: Files with another ending are left alone, so that one can be written under another name first.
ENDINGS = (*tables.ENDINGS, ".jsonl")

#: A file without a newline at its end may have been cut in a row: it must be quiet so much longer.
_CUT = 5.0
#: How many times the quiet period one pass waits for a file that is still written to.
_PATIENCE = 10.0
_LONGEST_WAIT = 1.0

#: A fault of ours in one file does not end the watch over all others.
_UNFORESEEN = (
    OSError,
    MemoryError,
    AssertionError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)

#: Size, time of change in nanoseconds, and number of a file.
type Mark = tuple[int, int, int]


class FileOutcome(Result):
    """What became of one file."""

    file: str | None = Field(
        description="null where there was no new file, and only time and alerts were looked at"
    )
    state: str = Field(
        description="`applied`; `looked`; `refused` (nothing was stored); `failed` (stored, but "
        "there is no forecast); `unfinished` (still written to)"
    )
    error: str | None = Field(description="why it could not be used")
    problems: tuple[str, ...] = Field(description="every bad row, with file and line")
    update: Update | None = Field(
        description="as [`forecast update --json`](#forecast-update-file---json) prints it; null "
        "where it could not be used"
    )


@dataclass(frozen=True)
class FileResult:
    """What became of one file.

    Attributes
    ----------
    file : Path or None
        None where only the time that passed and alerts were looked at.
    state : {"applied", "looked", "refused", "failed", "unfinished"}
        ``refused``: nothing of it was stored; ``failed``: it was stored, but there is no forecast;
        ``unfinished``: it was written to all the time, and is left for the next call.
    update : Update or None
    error : ForecastError or None
    aside : Path or None
        Where a refused file lies now, with the reason beside it.
    """

    file: Path | None
    state: Literal["applied", "looked", "refused", "failed", "unfinished"]
    update: Update | None = None
    error: ForecastError | None = None
    aside: Path | None = None

    def result(self) -> FileOutcome:
        """Say what became of it."""
        problems = getattr(self.error, "problems", ())
        return FileOutcome(
            file=None if self.file is None else str(self.file),
            state=self.state,
            error=None if self.error is None else str(self.error),
            problems=[str(problem) for problem in problems if problem.severity == "error"],
            update=self.update,
        )


class Inbox:
    """A folder that files land in.

    Parameters
    ----------
    project : Project
        Where the files are applied.
    folder : Path
        The folder; folders inside it are not looked into.
    settle : float
        Seconds a file must have stayed as it is to count as whole.
    sampler : SamplerSettings, optional
        Should a new fit be needed.
    reporting : callable, optional
        Gives a context for each update, with a `Reporter` that is told how it goes, or None.

    Raises
    ------
    ForecastError
        If there is no such folder.
    """

    def __init__(
        self,
        project: Project,
        folder: Path,
        *,
        settle: float = 1.0,
        sampler: SamplerSettings | None = None,
        reporting: Callable[[], AbstractContextManager[Reporter | None]] = nullcontext,
    ) -> None:
        self._project, self._folder, self._settle = project, folder, settle
        self._sampler, self._reporting = sampler, reporting
        self._seen: dict[Path, tuple[Mark, float]] = {}
        self._done: dict[Path, Mark] = {}
        self._refused: dict[Path, tuple[Mark, object]] = {}
        self._aside: dict[Path, tuple[Path, object]] = {}
        self._looked = False
        self._marks()

    def once(self) -> Iterator[FileResult]:
        """Apply what is there, waiting for files that are still written to, but not for ever.

        Yields
        ------
        FileResult
            One for each file that was not applied before; one without a file if there was none.

        Raises
        ------
        LedgerError
            If the ledger cannot be used.
        """
        give_up = time.monotonic() + _PATIENCE * max(self._settle, 0.1)
        while True:
            yield from self._apply()
            waiting = self._unfinished()
            if not waiting or time.monotonic() > give_up:
                break
            time.sleep(self._pause)
        for path in waiting:
            yield FileResult(path, "unfinished")
        yield from self._first_look()

    def follow(self, stop: Event) -> Iterator[FileResult]:
        """Apply what is there and what lands later, until `stop` is set.

        Yields
        ------
        FileResult
            As in `once`; a file that was refused is set aside, and tried again when ``priors.yaml``
            or ``events/`` changes.

        Raises
        ------
        LedgerError
            If the ledger cannot be used.
        ForecastError
            If the folder is gone.
        """
        from watchfiles import watch

        landed = watch(
            self._folder,
            watch_filter=None,
            recursive=False,
            debounce=200,
            rust_timeout=int(1000 * self._pause),
            yield_on_timeout=True,  # not every file system tells of changes
            raise_interrupt=False,
            stop_event=stop,
        )
        yield from self._apply(stop)
        if not stop.is_set():
            yield from self._first_look()
        for _ in landed:
            yield from self._apply(stop)

    @property
    def _pause(self) -> float:
        return min(_LONGEST_WAIT, max(0.05, self._settle / 2.0))

    def _first_look(self) -> Iterator[FileResult]:
        """Look at time and alerts where no file gave occasion to."""
        if not self._looked:
            yield self._updated(None, [])

    def _marks(self) -> dict[Path, Mark]:
        """Return the files there are, the oldest first; empty ones are not begun yet."""
        try:
            paths = [p for p in self._folder.iterdir() if _is_report_file(p)]
        except OSError as error:
            raise ForecastError(
                f"{self._folder}: cannot be watched ({error.strerror}); name a folder that is there"
            ) from None
        marks = {path: mark for path in paths if (mark := _mark(path)) is not None and mark[0]}
        return dict(sorted(marks.items(), key=lambda item: (item[1][1], item[0].name)))

    def _new(self) -> dict[Path, Mark]:
        """Return the files that have not been dealt with as they are now."""
        context = self._context()
        for path, (place, before) in list(self._aside.items()):
            if before != context:
                del self._aside[path]
                bring_back(place, path)
        return {
            path: mark
            for path, mark in self._marks().items()
            if self._done.get(path) != mark and self._refused.get(path) != (mark, context)
        }

    def _unfinished(self) -> list[Path]:
        return [path for path, mark in self._new().items() if not self._whole(path, mark)]

    def _whole(self, path: Path, mark: Mark) -> bool:
        """Whether a file has stayed as it is for long enough, by its own time or by ours."""
        before = self._seen.get(path)
        if before is None or before[0] != mark:
            self._seen[path] = before = (mark, time.monotonic())
        quiet = max(time.monotonic() - before[1], time.time() - mark[1] / 1e9)
        return quiet >= self._settle * (1.0 if _ends_in_newline(path) else _CUT)

    def _context(self) -> object:
        """Return what else decides whether a file can be read."""
        rows = (p for p in self._project.events.glob("*") if p.suffix.lower() in tables.ENDINGS)
        others = [self._project.priors, *sorted(rows)]
        return tuple((path.name, _mark(path)) for path in others)

    def _apply(self, stop: Event | None = None) -> Iterator[FileResult]:
        """Apply every file that is new and whole."""
        for path, mark in self._new().items():
            if stop is not None and stop.is_set():
                return
            if self._whole(path, mark):
                yield from self._try(path, mark)

    def _try(self, path: Path, mark: Mark) -> Iterator[FileResult]:
        try:
            source = read_sources([str(path)], None)
        except ForecastError as error:
            if _mark(path) == mark:
                yield self._refuse(path, mark, error)
            return
        except _UNFORESEEN as error:
            yield self._refuse(path, mark, _fault(path, error))
            return
        if _mark(path) != mark:  # it was written to while it was read
            return
        if self._known(file_key(*source[0])):
            self._done[path] = mark
            return
        found = self._updated(path, source)
        if found.state == "refused" and found.error is not None:
            yield self._refuse(path, mark, found.error)
            return
        self._done[path] = mark
        yield found

    def _refuse(self, path: Path, mark: Mark, error: ForecastError) -> FileResult:
        """Set a file aside; it stays where the fault may be that of ``priors.yaml``."""
        context = self._context()
        self._refused[path] = (mark, context)
        aside = set_aside(path, error) if isinstance(error, ReportsError) else None
        if aside is not None:
            self._aside[path] = (aside, context)
        return FileResult(path, "refused", error=error, aside=aside)

    def _known(self, key: tuple[str, str]) -> bool:
        """Whether a file was applied as it is: under its name last, or under another name."""
        with self._project.ledger() as ledger:
            applied = [(each.name, each.file_hash) for each in ledger.applied_files()]
        mine = [file_hash for name, file_hash in applied if name == key[0]]
        return mine[-1] == key[1] if mine else key[1] in {file_hash for _, file_hash in applied}

    def _updated(self, path: Path | None, sources: list[Came]) -> FileResult:
        try:
            with self._reporting() as told:
                done = update(self._project, sources, sampler=self._sampler, reporter=told)
        except LedgerError:
            raise
        except ForecastError as error:
            stored = path is None or self._known(file_key(*sources[0]))
            return FileResult(path, "failed" if stored else "refused", error=error)
        except _UNFORESEEN as error:
            stored = path is None or self._known(file_key(*sources[0]))
            fault = _fault(path or self._folder, error)
            return FileResult(path, "failed" if stored else "refused", error=fault)
        self._looked = True
        return FileResult(path, "looked" if path is None else "applied", update=done)

    def remember(self, outcome: FileResult) -> None:
        """Record the alerts of an outcome, once they were said."""
        if outcome.update is not None:
            remember(self._project, outcome.update.alerts, as_of=outcome.update.as_of)


def _fault(path: Path, error: Exception) -> ReportsError:
    came = f"could not be taken in ({type(error).__name__}: {error})"
    return ReportsError(f"{path}: {came}")


def _is_report_file(path: Path) -> bool:
    hidden = path.name.startswith((".", "~$"))
    return path.suffix.lower() in ENDINGS and not hidden and path.is_file()


def _mark(path: Path) -> Mark | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns, found.st_ino


def _ends_in_newline(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            file.seek(-1, 2)
            return file.read(1) in {b"\n", b"\r"}
    except OSError:
        return False
