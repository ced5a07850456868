"""Options that several commands share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from forecast.names import folded, nearest
from forecast.project.sampler import SamplerSettings

__all__ = [
    "Day",
    "OneOf",
    "Period",
    "as_json",
    "chain_options",
    "charts_option",
    "crowd_option",
    "day_option",
    "files_too",
    "issued_option",
    "known_option",
    "matching",
    "names_of",
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
        from forecast.beliefs.periods import days

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
    from forecast.terminal.names import offered

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
