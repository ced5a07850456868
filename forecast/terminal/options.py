"""Options that several commands share, and the names a shell may offer while somebody types.

Names are read as they are typed: quickly, out of what can be read. A project that is broken further
down still offers what stands above; nothing is checked, written, or complained of.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from forecast.escaping import line, uncell
from forecast.names import folded, nearest
from forecast.project.sampler import SamplerSettings

__all__ = [
    "Day",
    "OneOf",
    "Period",
    "as_json",
    "chain_options",
    "charts_option",
    "cluster_option",
    "crowd_option",
    "day_option",
    "files_too",
    "issued_option",
    "known_option",
    "matching",
    "names_of",
    "offered",
    "out_option",
    "project_option",
    "seed_option",
]


_Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
_Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


class Day(click.ParamType[dt.date]):
    """A calendar day, written 2024-07-01."""

    name = "YYYY-MM-DD"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> dt.date:
        """Read the day, or say how one is written."""
        from forecast.beliefs.days import read_day

        try:
            return read_day(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Period(click.ParamType[float]):
    """A period in days, written ``26 weeks`` or ``2y``."""

    name = "PERIOD"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read the period, or say how one is written."""
        from forecast.beliefs.literals import days

        try:
            return days(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


class OneOf(click.Choice[str]):
    """One of a few words; a misspelt one is told the nearest."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        """Say what came, and what was probably meant."""
        said = super().get_invalid_choice_message(value, ctx)
        hint = nearest(str(value), self.choices)
        return f"{said.rstrip('.')}; {hint}" if hint else said


def project_option() -> _Decorator:
    """Name the folder of the project."""
    return click.option(
        "--project",
        "folder",
        type=click.Path(file_okay=False, path_type=Path),
        default=Path(),
        help="Folder with priors.yaml and events/ [default: this one].",
    )


def day_option(name: str, text: str, *, required: bool = False) -> _Decorator:
    """Ask for a day."""
    return click.option(name, type=Day(), required=required, help=text)


def as_json() -> _Decorator:
    """Print the result as JSON."""
    return click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


def issued_option() -> _Decorator:
    """Name the forecast that is meant, by its day."""
    return day_option("--as-of", "The forecast issued for this day [default: the latest].")


def known_option(before: str = "") -> _Decorator:
    """Name the day up to which the record is known."""
    text = "only reports known by this day are seen [default: end of the record]."
    return day_option("--as-of", f"{before}{text}" if before else text.capitalize())


def chain_options() -> _Decorator:
    """Ask how long the chains of a fit are."""

    def both(command: Callable[..., Any]) -> Callable[..., Any]:
        for name, what in (("tune", "Warm-up"), ("draws", "Draws")):
            command = click.option(
                f"--{name}",
                type=click.IntRange(100, 100_000),
                default=getattr(SamplerSettings, name),
                show_default=True,
                help=f"{what} of each chain.",
            )(command)
        return command

    return both


def cluster_option() -> _Decorator:
    """Name a cluster to do the jobs, instead of processes of this machine."""
    return click.option(
        "--cluster",
        metavar="ADDRESS",
        help="Dask scheduler whose workers do the jobs, such as tcp://HOST:8786 [default: "
        "processes of this machine].",
    )


def crowd_option() -> _Decorator:
    """Name the file of a crowd or a market, to be compared with."""
    return click.option(
        "--crowd",
        type=click.Path(dir_okay=False, path_type=Path),
        help="CSV file of a crowd or a market: question, date, probability; source, sd "
        "[default: events/crowd.csv].",
    )


def seed_option(of: str, *, most: int = 2**32 - 1) -> _Decorator:
    """Ask for the seed of what is drawn by chance."""
    seeds = click.IntRange(0, most)
    return click.option(
        "--seed", type=seeds, default=SamplerSettings.seed, show_default=True, help=f"Seed of {of}."
    )


def out_option(what: str = "charts") -> _Decorator:
    """Name the folder results are written to."""
    return click.option(
        "--out",
        type=click.Path(file_okay=False, path_type=Path),
        default=Path("out"),
        help=f"Folder for {what} [default: out].",
    )


def charts_option() -> _Decorator:
    """Leave out the charts, and whatever else is written."""
    return click.option("--no-charts", is_flag=True, help="Print only; write nothing to --out.")


def matching(ctx: click.Context, kind: str, begin: str, *, of: str = "") -> list[CompletionItem]:
    """Give the names of the project that begin so, for a shell to complete.

    Where there is no project, or none that can be read, there is nothing to offer.
    """
    found: dict[str, str] = {}
    with suppress(Exception):  # a traceback would stand in the middle of what somebody types
        found = offered(Path(ctx.params.get("folder") or ""), kind, of=of)
    begin = folded(begin)
    return [
        CompletionItem(name, help=about or None)
        for name, about in found.items()
        if folded(name).startswith(begin)
    ]


def names_of(*kinds: str) -> _Completer:
    """Complete names of these kinds; those that were given already are not offered again."""

    def complete(
        ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        given = ctx.params.get(str(param.name)) if param.multiple or param.nargs < 0 else ()
        found = [item for kind in kinds for item in matching(ctx, kind, incomplete)]
        return [item for item in found if item.value not in (given or ())]

    return complete


def files_too(complete: _Completer | None = None) -> _Completer:
    """Complete names and, where none begins so, files."""

    def both(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        found = [] if complete is None else complete(ctx, param, incomplete)
        return found or [CompletionItem(incomplete, type="file")]

    return both


#: Names of a section of ``priors.yaml``, each with the texts that stand under its keys.
type _Entries = Mapping[str, Mapping[str, list[str]]]

#: What is worth offering, and can be typed without quotes.
_TYPED = re.compile(r"\w[\w.:/+,@=-]*")
_MOST_BYTES = 2_000_000
_MOST_ROWS = 20_000
_DEEPEST = 30
_LONGEST = 70
_SECTIONS = {
    "node": "nodes",
    "question": "questions",
    "sum": "questions",
    "indicator": "indicators",
    "supposed": "indicators",
}
#: Names that are cells of a file in ``events/``: the files, the column, and what tells of it.
_COLUMNS = {
    "source": ("sources.csv", "source_id", "label"),
    "event": ("*.csv", "event_id", "summary"),
    "lineage": ("*.csv", "lineage", "summary"),
}
#: Blocks of parameters with a presence, a count and a value among the indicators.
_BLOCKS = {
    "presence": ("log_rate", "rarity"),
    "count": ("log_rate", "rarity", "log_dispersion"),
    "value": ("level", "log_spread"),
}


def offered(root: Path, kind: str, *, of: str = "") -> dict[str, str]:
    """Give the names of one kind, each with a few words about it.

    Parameters
    ----------
    root : Path
        Folder of the project.
    kind : str
        ``node``, ``question``, ``sum`` (a question about one), ``indicator``, ``state``,
        ``assumed`` (a node in a state), ``supposed`` (an indicator reported), ``block`` (of
        parameters), ``scenario``, ``report``, ``retracted`` (a report), ``event``, ``lineage`` or
        ``source``.
    of : str
        The node whose states, or the question of whose node.
    """
    found = _read(root, kind, of)
    return {name: _short(about) for name, about in found if _TYPED.fullmatch(name)}


def _read(root: Path, kind: str, of: str) -> Iterator[tuple[str, str]]:
    if kind == "scenario":
        return ((path.stem, "") for path in sorted((root / "scenarios").glob("*.yaml")))
    if kind in _COLUMNS:
        files, *columns = _COLUMNS[kind]
        found = sorted((root / "events").glob(files))
        return (row for file in found for row in _column(file, *columns))
    if kind in {"report", "retracted"}:
        return _reports(root, retracted=kind == "retracted")
    sections = _outline(root / "priors.yaml")
    nodes, questions = sections.get("nodes", {}), sections.get("questions", {})
    if kind == "block":
        return ((name, "") for name in _blocks(sections))
    if kind in {"assumed", "state"}:
        asked = [of, *_texts(questions, of, "node")] if kind == "state" else nodes
        held = ((name, state) for name in asked for state in _texts(nodes, name, "states"))
        return ((f"{name}={state}@" if kind == "assumed" else state, "") for name, state in held)
    entries = sections.get(_SECTIONS[kind], {})
    names = [n for n in entries if n and (kind != "sum" or "sum" in _texts(entries, n, "mode"))]
    at = "@" if kind == "supposed" else ""
    return ((f"{name}{at}", _about(entries, name)) for name in names)


def _blocks(sections: Mapping[str, _Entries]) -> dict[str, None]:
    """Name the blocks of parameters that the last fit of these beliefs has."""
    indicators = sections.get("indicators", {})
    rated = [name for name, entry in indicators.items() if name and "marks" not in entry]
    kinds = [(*_texts(indicators, name, "kind"), "presence")[0] for name in rated]
    coupled = ["log_hazard_ratio"] if any(sections.get("couplings", {})) else []
    known = (name for kind in kinds for name in _BLOCKS.get(kind, ()))
    return dict.fromkeys(("initial", "log_hazard", *coupled, *known))


def _texts(entries: _Entries, name: str, key: str) -> list[str]:
    return entries.get(name, {}).get(key, [])


def _about(entries: _Entries, name: str) -> str:
    said = [_texts(entries, name, key) for key in ("text", "label", "description")]
    return next((texts[0] for texts in said if texts), "")


def _outline(file: Path) -> dict[str, dict[str, dict[str, list[str]]]]:
    """Read a YAML file three levels deep, as far as it can be read."""
    sections: dict[str, dict[str, dict[str, list[str]]]] = {}
    for path, text in _scalars(file):
        section, name, key = (*path[:3], "", "")[:3]
        entry = sections.setdefault(section, {}).setdefault(name, {})
        if len(path) <= 3:
            entry.setdefault(key, []).append(text)
    return sections


def _scalars(file: Path) -> Iterator[tuple[tuple[str, ...], str]]:
    """Give the texts of a YAML file, each with the keys that lead to it.

    Events of the parser are followed, not a tree built: repetition costs nothing.
    """
    import yaml

    keys: list[str | None] = []  # one for each mapping or list around; that of a list is none
    lists: list[bool] = []
    for event in _events(file):
        text = str(event.value) if isinstance(event, yaml.ScalarEvent) else None
        begins = isinstance(event, yaml.CollectionStartEvent)
        if isinstance(event, yaml.CollectionEndEvent):
            keys.pop()
            lists.pop()
        elif lists and not lists[-1] and keys[-1] is None:
            if text is None:
                return  # a key that is no name, and no file of beliefs
            keys[-1] = text
            continue
        elif text is not None and keys and keys[0] is not None:
            yield tuple(key for key in keys if key is not None), text
        if begins:
            keys.append(None)
            lists.append(isinstance(event, yaml.SequenceStartEvent))
        elif lists and not lists[-1]:
            keys[-1] = None


def _events(file: Path) -> Iterator[Any]:
    """Give what begins, stands and ends in a YAML file, until it cannot be read or is too deep."""
    import yaml

    loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
    depth = 0
    with suppress(yaml.YAMLError):
        for event in yaml.parse(_beginning(file), Loader=loader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST:
                return
            if isinstance(event, (yaml.NodeEvent, yaml.CollectionEndEvent)):
                yield event


def _beginning(file: Path) -> str:
    if not file.is_file():
        return ""
    with file.open("rb") as stream:
        return stream.read(_MOST_BYTES).decode("utf-8-sig", errors="replace")


def _column(file: Path, name: str, *about: str) -> Iterator[tuple[str, str]]:
    rows = csv.DictReader(_beginning(file).splitlines())
    for row in islice(rows, _MOST_ROWS):
        if row.get(name):
            yield uncell(str(row[name])), " ".join(str(row.get(key) or "") for key in about)


def _reports(root: Path, *, retracted: bool) -> Iterator[tuple[str, str]]:
    """Give the reports of ``events/`` and of the ledger, those that stand or those that do not."""
    from forecast.ledger.hashing import glimpse

    memory = root / ".forecast"
    said = os.environ.get("FORECAST_LEDGER", "")
    ledger = Path(said.removeprefix("sqlite:///")) if said else memory / "ledger.sqlite"
    known = glimpse(ledger, _cases(root, memory), alone=not said) if ledger.is_file() else []
    gone = {one.report_id for one in known if not one.stands}
    found = {one.report_id: one.about for one in known}
    if not retracted:
        for file in sorted((root / "events").glob("*.csv")):
            for name, about in _column(file, "report_id", "reported_on", "summary"):
                found.setdefault(name, about)
    return ((name, found[name]) for name in sorted(found) if (name in gone) is retracted)


def _cases(root: Path, memory: Path) -> list[str]:
    """Give what the case of a project may be called: as stated, or else as kept."""
    stated = _outline(root / "priors.yaml").get("case", {}).get("", {}).get("", [])
    try:
        kept = [str(json.loads((memory / "case.json").read_text("utf-8"))["case"])]
    except (OSError, ValueError, TypeError, LookupError):
        kept = []
    return stated or kept


def _short(about: str) -> str:
    text = line(about)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1].rstrip()}…"
