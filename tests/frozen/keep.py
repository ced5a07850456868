"""Type a command, take out what differs from run to run, and compare it with what was kept."""

from __future__ import annotations

import contextlib
import datetime as dt
import difflib
import hashlib
import io
import json
import math
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest

from forecast.cli import forecast, main
from tests.cli.terminal import Finished

__all__ = ["KEPT", "Keeper", "commands", "no_sampler", "plain", "spoken", "typed"]

KEPT = Path(__file__).parent / "kept"

#: Where the sampler lives: the one line to edit when that module moves.
SAMPLING = "forecast.inference.sampling"

#: Lists longer than this are kept as three of their rows and a digest of every column.
LONG = 12
SIGNIFICANT = 9
TOLERANCE = 1e-6

_VARYING = (
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?"), "<moment>"),
    (
        re.compile(r"(\d{1,2}\s+)?[A-Z][a-z]+\s+\d{4}\s+at\s+\d\d:\d\d:\d\d\s+UTC"),
        "<moment>",
    ),
    (re.compile(r"(?<=\bModel )\d+\.\d+\.\d+(?=, run )"), "<version>"),
    (re.compile(r"\b([Ii]ssue|Issued as|run)(\s+)[0-9a-f]{7}\b"), r"\1\2<issue>"),
    (re.compile(r"(?<![0-9a-f])(?=[0-9]*[a-f])(?=[a-f]*\d)[0-9a-f]{12,64}(?![0-9a-f])"), "<hash>"),
)


@contextlib.contextmanager
def no_sampler() -> Iterator[None]:
    """Let draws from the priors stand for the posterior: the same on every machine."""
    from forecast.inference.sampling import versions
    from tests.docs.test_schema import priors_as_posterior

    def fit(self, evidence, settings, **_):
        return priors_as_posterior(self._encoding, evidence, settings)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{SAMPLING}.fit", priors_as_posterior)
        patch.setattr(f"{SAMPLING}.Sampler.fit", fit)
        patch.setattr(f"{SAMPLING}.versions", lambda: dict.fromkeys(versions(), "some version"))
        yield


class _Screen(io.StringIO):
    """A terminal of 80 columns without colours (`COLUMNS` and `TERM` say so)."""

    def isatty(self) -> bool:
        return True


def typed(line: str, *, screen: bool = False, said: str = "") -> Finished:
    """Run a command line in this process, in a pipe or on a terminal of 80 columns."""
    out, err, code = (_Screen() if screen else io.StringIO()), io.StringIO(), 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "80")
        patch.setenv("TERM", "dumb")
        patch.delenv("FORECAST_LEDGER", raising=False)
        patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(said.encode()), "utf-8"))
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                main(shlex.split(line))
            except SystemExit as leaving:
                code = leaving.code if isinstance(leaving.code, int) else bool(leaving.code)
    return Finished(int(code), out.getvalue(), err.getvalue())


def commands(group: click.Command = forecast, words: tuple[str, ...] = ()) -> Iterator[str]:
    """Give the words of every command there is, hidden ones aside."""
    yield " ".join(words)
    if isinstance(group, click.Group):
        for name, command in group.commands.items():
            if not command.hidden:
                yield from commands(command, (*words, name))


def plain(text: str) -> str:
    """Take folders, moments, today, ids of issues and hashes out of a text."""
    text = text.replace(str(Path.cwd()), "<here>")
    for pattern, name in _VARYING:
        text = pattern.sub(name, text)
    now = dt.datetime.now(dt.UTC).date()
    for day in (now, now - dt.timedelta(days=1)):  # a run may begin before midnight
        text = text.replace(str(day), "<today>")
        text = text.replace(f"{day.day} {day:%B %Y}", "<today>")
    return text


def spoken(line: str, done: Finished) -> str:
    """Write a command and all it said as one text."""
    parts = [f"$ forecast {line}\n", done.out]
    parts += ["--- on the error stream\n", done.err] if done.err else []
    return plain("".join(parts).rstrip("\n") + f"\n--- exit code {done.code}\n")


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, f"{path}[]")
    else:
        yield path, value


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _digest(values: list[Any]) -> dict[str, Any]:
    """Sum numbers, plainly and by place, so that each of them matters; hash the rest."""
    numbers = [(place, v) for place, v in enumerate(values, 1) if _is_number(v)]
    out: dict[str, Any] = {"count": len(values)}
    if numbers:
        out["sum"] = math.fsum(v for _, v in numbers)
        out["sum_by_place"] = math.fsum(place / len(values) * v for place, v in numbers)
    if len(numbers) < len(values):
        rest = json.dumps(["#" if _is_number(v) else v for v in values])
        out["words"] = hashlib.sha256(rest.encode()).hexdigest()[:8]
    return out


def _thin(value: Any) -> Any:
    """Shorten long lists, round numbers, and take out of texts what differs from run to run."""
    if isinstance(value, dict):
        return {plain(key): _thin(inner) for key, inner in value.items()}
    if isinstance(value, list) and len(value) > LONG:
        columns: dict[str, list[Any]] = {}
        for path, leaf in _leaves(value):
            columns.setdefault(path, []).append(plain(leaf) if isinstance(leaf, str) else leaf)
        rows = {f"[{n}]": _thin(value[n]) for n in (0, len(value) // 2, len(value) - 1)}
        return {
            "length": len(value),
            "rows": rows,
            "columns": {path: _thin(_digest(leaves)) for path, leaves in columns.items()},
        }
    if isinstance(value, list):
        return [_thin(inner) for inner in value]
    if isinstance(value, float) and math.isfinite(value):
        return float(f"{value:.{SIGNIFICANT}g}")
    return plain(value) if isinstance(value, str) else value


def _differences(kept: Any, came: Any, path: str = "") -> Iterator[str]:
    """Name every path at which two values differ."""
    if isinstance(kept, list) and isinstance(came, list):
        kept, came = ({f"[{n}]": v for n, v in enumerate(each)} for each in (kept, came))
    if isinstance(kept, dict) and isinstance(came, dict):
        for key in {**kept, **came}:
            place = f"{path}{'' if key.startswith('[') else '.'}{key}".removeprefix(".")
            if key in kept and key in came:
                yield from _differences(kept[key], came[key], place)
            else:
                yield f"{place}: is {'gone' if key in kept else 'new'}"
    elif _is_number(kept) and _is_number(came):
        if not math.isclose(kept, came, rel_tol=TOLERANCE, abs_tol=TOLERANCE):
            yield f"{path}: was {kept!r}, is {came!r}"
    elif type(kept) is not type(came) or kept != came:
        yield f"{path}: was {kept!r}, is {came!r}"


def _read(text: str) -> Any:
    """Read what ``--json`` printed: one value, or one a line."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return [json.loads(line) for line in text.splitlines()]


@dataclass(frozen=True)
class Keeper:
    """Compares with the files in ``kept/``, or renews those that differ.

    Attributes
    ----------
    renew : bool
        Whether ``--renew`` was typed.
    """

    renew: bool

    def text(self, name: str, came: str) -> None:
        """Compare a text, character by character."""
        path = KEPT / name
        kept = path.read_text("utf-8") if path.exists() else None
        if kept == came:
            return
        if self.renew:
            self._write(path, came)
            return
        assert kept is not None, (
            f"kept/{name} is missing; write it with: pytest tests/frozen --renew"
        )
        lines = difflib.unified_diff(
            kept.splitlines(), came.splitlines(), "was", "is", lineterm="", n=1
        )
        pytest.fail(f"kept/{name} says otherwise:\n" + "\n".join([*lines][:60]), pytrace=False)

    def values(self, name: str, came: Any) -> None:
        """Compare plain values: numbers within 1e-6, all else exactly."""
        came, path = _thin(came), KEPT / name
        kept = json.loads(path.read_text("utf-8")) if path.exists() else None
        found = [*_differences(kept, came)]
        if not found:
            return
        if self.renew:
            self._write(path, json.dumps(came, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
            return
        assert path.exists(), f"kept/{name} is missing; write it with: pytest tests/frozen --renew"
        more = [f"and {len(found) - 40} more"] if len(found) > 40 else []
        pytest.fail("\n".join([f"kept/{name} says otherwise:", *found[:40], *more]), pytrace=False)

    def json(self, name: str, done: Finished) -> None:
        """Compare what a command with ``--json`` printed, its errors and its exit code."""
        said = {"printed": _read(done.out), "errors": done.err.splitlines(), "exit_code": done.code}
        self.values(name, said)

    def none_left_over(self, folder: str, names: set[str]) -> None:
        """Require that every file of a folder belongs to a test; ``--renew`` deletes the others."""
        there = {str(path.relative_to(KEPT / folder)) for path in (KEPT / folder).rglob("*.*")}
        if self.renew:
            for name in there - names:
                (KEPT / folder / name).unlink()
            return
        assert there == names

    @staticmethod
    def _write(path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="")
