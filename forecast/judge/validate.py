"""Simulate worlds, let the engine learn from each, and judge how well it knows what is true.

Every simulation is kept as soon as it is done, one line a simulation, under a name that stands for
the model, the code and the seed. A run that was stopped goes on where it was, and more simulations
add to those there are.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from forecast.beliefs import Beliefs, load
from forecast.errors import OutputError
from forecast.files import refusal
from forecast.fingerprints import code_fingerprint
from forecast.ledger.hashing import content_hash
from forecast.project.jobs import Crew
from forecast.project.project import today
from forecast.project.sampler import Reporter, Silent

if TYPE_CHECKING:
    from forecast.inference.encoding import Encoding
    from forecast.validation.assessing import Assessment
    from forecast.validation.simulating import Fit, Simulation

__all__ = ["Plan", "Validation", "bundled", "validate"]

Method = Literal["nuts", "laplace"]

_OTHERS = 5  # as many times fewer simulations of the other lengths of record
_FACTORS = (0.5, 2, 8)  # these lengths, relative to the first


@dataclass(frozen=True)
class Plan:
    """What is to be simulated.

    Attributes
    ----------
    simulations, steps : int
        Simulated worlds, and steps of the record of each.
    seed : int
        The same seed gives the same worlds and, on the same versions, the same draws.
    lengths : bool
        Whether records of half, twice and eight times the length are simulated too.
    method : {"nuts", "laplace"}
        How the posterior is drawn.
    """

    simulations: int = 200
    steps: int = 26
    seed: int = 1
    lengths: bool = True
    method: Method = "nuts"

    def tasks(self) -> list[tuple[int, int]]:
        """List steps and number of every simulation."""
        out = [(self.steps, number) for number in range(self.simulations)]
        for factor in _FACTORS if self.lengths else ():
            steps = max(2, round(factor * self.steps))
            out += [(steps, number) for number in range(-(-self.simulations // _OTHERS))]
        return out


@dataclass(frozen=True, eq=False)
class Validation:
    """A plan, and what came of it.

    Attributes
    ----------
    plan : Plan
    beliefs : Beliefs
        The model that was simulated from.
    own : bool
        Whether it is the user's, not the bundled one.
    simulations, longer : list of Simulation
        Of the plan's length of record, and of the others.
    assessment : Assessment
    on : date
        Day of the last simulation.
    fingerprint : str
        Of model, code, seed and method.
    engine : str
        Fingerprint of the engine's code.
    fresh : int
        Simulations made now; the others were there.
    """

    plan: Plan
    beliefs: Beliefs
    own: bool
    simulations: Sequence[Simulation]
    longer: Sequence[Simulation]
    assessment: Assessment
    on: dt.date
    fingerprint: str
    engine: str
    fresh: int


def bundled() -> Path:
    """File of the invented model that holds every feature of the engine."""
    return Path(str(resources.files("forecast.validation") / "data" / "strait.yaml"))


def validate(
    plan: Plan,
    *,
    memory: Path,
    model: Path | None = None,
    crew: Crew | None = None,
    reporter: Reporter | None = None,
) -> Validation:
    """Simulate, fit and judge; simulations that are there already are not made again.

    Parameters
    ----------
    plan : Plan
    memory : Path
        Folder that simulations are kept in.
    model : Path, optional
        A ``priors.yaml``; by default the bundled model.
    crew : Crew, optional
        Who simulates; what is found does not depend on it.
    reporter : Reporter, optional

    Returns
    -------
    Validation

    Raises
    ------
    BeliefsError
        With every problem of the model.
    OutputError
        If simulations cannot be kept.
    """
    told = reporter or Silent()
    beliefs = load(model or bundled())
    fingerprint = content_hash([beliefs.model_dump(mode="json"), _engine(), plan.seed, plan.method])
    kept = _Kept(memory / f"{fingerprint[:16]}.jsonl")
    tasks = plan.tasks()
    missing = [task for task in tasks if task not in kept.found]
    told.stage("simulating (the first one compiles the model)")
    done = (crew or Crew()).each(
        _Simulated(beliefs, plan), missing, reporter=told, before=len(tasks) - len(missing)
    )
    for _, found in done:
        kept.add(found)
    return _judged(plan, beliefs, kept, tasks, fingerprint, own=model is not None,
                   fresh=len(missing))  # fmt: skip


def _judged(
    plan: Plan,
    beliefs: Beliefs,
    kept: _Kept,
    tasks: Iterable[tuple[int, int]],
    fingerprint: str,
    *,
    own: bool,
    fresh: int,
) -> Validation:
    from forecast.validation.assessing import assess

    chosen = [kept.found[task] for task in tasks]
    simulations = [one for one, _ in chosen if one.steps == plan.steps]
    longer = [one for one, _ in chosen if one.steps != plan.steps]
    return Validation(
        plan, beliefs, own, simulations, longer, assess(simulations, longer),
        max(on for _, on in chosen), fingerprint, _engine(), fresh,
    )  # fmt: skip


def _engine() -> str:
    """Fingerprint of the code that simulates, fits and ranks."""
    return code_fingerprint("forecast.validation.simulating", "forecast.validation.simulating")


class _Kept:
    """Simulations on disk, one line each; a line that was cut off is passed over."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.found: dict[tuple[int, int], tuple[Simulation, dt.date]] = {}
        for row in _rows(path):
            try:
                one, on = _read(row)
            except (LookupError, TypeError, ValueError, AttributeError):
                continue  # damaged: it is simulated again
            self.found[one.steps, one.number] = one, on

    def add(self, one: Simulation) -> None:
        """Keep a simulation."""
        day = today()
        self.found[one.steps, one.number] = one, day
        line = json.dumps({"on": day.isoformat(), **asdict(one)})
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(f"{line}\n")
        except OSError as error:
            way_out = "simulations are kept there; name another folder with --project"
            why = refusal(error, way_out)
            raise OutputError(f"{self.path}: cannot be written {why}") from error


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    if not path.is_file():
        return
    text = path.read_text("utf-8", errors="replace")
    if text and not text.endswith("\n"):
        path.write_text(f"{text}\n", "utf-8")  # so that the next line is not joined to the stump
    for line in text.splitlines():
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict):
            yield row


def _read(row: dict[str, Any]) -> tuple[Simulation, dt.date]:
    from forecast.validation.simulating import Simulation

    on = dt.date.fromisoformat(row.pop("on"))
    moments = {name: (error, spread) for name, (error, spread) in row["moments"].items()}
    return Simulation(**row | {"moments": moments, "events": _pairs(row["events"])}), on


def _pairs(events: Mapping[str, Any]) -> dict[str, tuple[float, bool]]:
    return {name: (float(p), bool(yes)) for name, (p, yes) in events.items()}


@dataclass(frozen=True)
class _Simulated:
    """Simulates one task after the other, with a model that is compiled once."""

    beliefs: Beliefs
    plan: Plan

    def __call__(self, task: tuple[int, int]) -> Simulation:
        from forecast.validation.simulating import Design, simulate

        steps, number = task
        design = Design.of(self.beliefs, steps)
        return simulate(self._encoding, design, self._fit, number, seed=self.plan.seed)

    def __reduce__(self) -> tuple[type[_Simulated], tuple[Beliefs, Plan]]:
        return type(self), (self.beliefs, self.plan)  # what is compiled stays where it is

    @cached_property
    def _encoding(self) -> Encoding:
        from forecast.inference.encoding import encode

        # simulated worlds do not change, and rates that forget are unsure on purpose
        return encode(self.beliefs.model_copy(update={"learning": None}))

    @cached_property
    def _fit(self) -> Fit:
        from forecast.inference.quick import levels_alone
        from forecast.validation.simulating import Laplace, Nuts

        quick = self.plan.method == "laplace" or levels_alone(self.beliefs)
        return (Laplace if quick else Nuts)(self._encoding)
