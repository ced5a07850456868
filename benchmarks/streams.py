"""Rolling forecasts of streams: what the two stream tasks share.

A forecast at the end of step t uses the numbers to step t and rates learnt from them; rates are
learnt anew every so many steps, by the mode of the posterior and a Normal around it: NUTS would
take far longer for a table of this size.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from forecast.beliefs import Beliefs
from forecast.beliefs.first_model import first_model
from forecast.beliefs.series_files import Series
from forecast.inference.encoding import Encoding, encode
from forecast.inference.laplace import approximate
from forecast.inference.tracking import step_log_likelihood
from forecast.network import Evidence, Propagator, filtered, forecast
from forecast.network.filtering import sum_below
from forecast.scoring.calibration import corp
from forecast.scoring.scorecard import block_bootstrap

#: Folder of the tasks' data, which are not part of the repository.
FOLDER = os.environ.get("FORECAST_TASK_DATA", "")
DRAWS = 40
#: Probabilities are clipped to this distance from 0 and 1 in the log score.
CLIP = 1e-6


def task_file(name: str) -> Path:
    """Find a file of the tasks, or say how to give it."""
    path = Path(FOLDER) / name
    if not FOLDER or not path.is_file():
        raise FileNotFoundError(f"{name} is not there: set FORECAST_TASK_DATA to the tasks' folder")
    return path


@dataclass(frozen=True)
class Variant:
    """What is tried: a first model, or one changed in one or two choices.

    Attributes
    ----------
    states : int or None
        Of a ladder with a hazard for each move; None is a level that moves.
    speeds : int
        Of a level.
    jumps : bool
        Whether a level may jump to any other state, or drifts to its neighbours only.
    half_life : float or None
        Years after which a week counts half in learning the rates.
    stretch : float
        Unit of the asinh scale, times that of the first model (values only).
    """

    states: int | None = None
    speeds: int = 2
    jumps: bool = True
    half_life: float | None = None
    stretch: float = 1.0

    def __str__(self) -> str:
        """Name it in a table."""
        kept = "nothing" if self.half_life is None else f"half in {self.half_life:g} years"
        unit = "" if self.stretch == 1.0 else f", unit times {self.stretch:g}"
        if self.states is None:
            return f"level, {self.speeds} speed{'s' * (self.speeds > 1)}, forgets {kept}{unit}"
        jumps = "with" if self.jumps else "without"
        return f"{self.states} states, {jumps} jumps, forgets {kept}{unit}"


def stream_encoding(series: Series, variant: Variant) -> Encoding:
    """Encode the first model that `forecast init --from-series` writes, changed as asked."""
    text = first_model([series], states=variant.states, source="Task", stretch=variant.stretch)
    content = yaml.safe_load(text)
    for node in content["nodes"].values():
        if variant.states is None:
            node["level"]["speeds"] = variant.speeds
            continue
        rank = {state: number for number, state in enumerate(node["states"])}
        node["hazards"] = [
            h for h in node["hazards"] if variant.jumps or abs(rank[h["from"]] - rank[h["to"]]) == 1
        ]
    if variant.half_life is not None:
        said = {"source": "Task", "rationale": "A variant to be compared."}
        content["learning"] = {"half_life": f"{variant.half_life:g} years", **said}
    return encode(Beliefs.model_validate(content))


def evidence(encoding: Encoding, values: Sequence[float]) -> Evidence:
    """One number a step, as the ledger would give them."""
    (indicator,) = encoding.beliefs.indicators.values()
    read = getattr(indicator, "read", float)
    steps = np.arange(len(values))
    return Evidence(
        pattern=np.zeros(len(values)),
        detection=np.zeros((1, 1)),
        cell_step=steps,
        cell_indicator=np.zeros(len(values)),
        cell_value=np.array([read(float(value)) for value in values]),
        cell_exposure=np.ones(len(values)),
    ).discounted(encoding.keep)


def rolling(
    encoding: Encoding,
    courses: Sequence[Sequence[float]],
    *,
    first: int,
    last: int,
    every: int,
) -> Iterator[tuple[int, int, Propagator, np.ndarray]]:
    """Yield (course, t, propagator, state probabilities after step t) for t from first to last."""
    learnt = None
    for begin in range(first, last + 1, every):
        known = [evidence(encoding, course[: begin + 1]) for course in courses]
        learnt = approximate(encoding, known, start=learnt)
        rates = learnt.draw(DRAWS, seed=1)
        propagator = Propagator(encoding.components[0].tables, rates, step=encoding.step)
        end = min(begin + every, last + 1)
        for number, course in enumerate(courses):
            states = filtered(propagator, evidence(encoding, course[:end])).probability
            for t in range(begin, end):
                yield number, t, propagator, states[t]


def value_below(
    propagator: Propagator, now: np.ndarray, edge: float, *, lead: int, unit: float | None
) -> np.ndarray:
    """Probability that the one value so many steps ahead is at or below a number, draw by draw."""
    before = forecast(propagator, now, steps=lead - 1)[-1] if lead > 1 else now
    return sum_below(propagator, before, 0, steps=1, edge=edge, unit=unit, courses=1, seed=1)


def one_step(
    encoding: Encoding, courses: Sequence[Sequence[float]], first: int, *, every: int = 52
) -> np.ndarray:
    """Log probability or density of each number from `first` on, given those before it.

    Of values it is the density in the units of the series.
    """
    (indicator,) = encoding.beliefs.indicators.values()
    last, out = len(courses[0]), []
    learnt = None
    for begin in range(first, last, every):
        known = [evidence(encoding, course[:begin]) for course in courses]
        learnt = approximate(encoding, known, start=learnt)
        rates, end = learnt.draw(DRAWS, seed=begin), min(begin + every, last)
        for course in courses:
            logs = step_log_likelihood(encoding, rates, evidence(encoding, course[:end]))[begin:]
            most = logs.max(axis=1)
            found = most + np.log(np.exp(logs - most[:, None]).mean(axis=1))
            if getattr(indicator, "asinh", None) is not None:
                found -= 0.5 * np.log(indicator.asinh**2 + np.square(course[begin:end]))
            out.append(found)
    return np.concatenate(out)


def scores(probability: np.ndarray, outcome: np.ndarray) -> dict[str, float]:
    """Brier score, log score and area under the ROC curve."""
    p, y = np.clip(probability, CLIP, 1 - CLIP), np.asarray(outcome, float)
    order = np.argsort(np.argsort(p, kind="stable"), kind="stable") + 1.0
    for value in np.unique(p):  # ties share their mean rank
        order[p == value] = order[p == value].mean()
    yes = y.sum()
    auc = (order[y == 1].sum() - yes * (yes + 1) / 2) / (yes * (len(y) - yes))
    return {
        "n": len(y),
        "base_rate": y.mean(),
        "brier": ((p - y) ** 2).mean(),
        "log_loss": -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean(),
        "auc": auc,
    }


def compared(
    ours: np.ndarray, rivals: Mapping[str, np.ndarray], outcome: np.ndarray, weeks: np.ndarray
) -> str:
    """Write differences (ours less theirs) week by week, as Markdown.

    The 90 % interval resamples blocks of 13 weeks. Miscalibration and discrimination are the parts
    of the Brier score after isotonic recalibration (CORP).
    """
    out = [
        "| against | log score | 90 % | Brier | 90 % | miscalibration | discrimination |",
        "|---|---|---|---|---|---|---|",
    ]
    mine = corp(ours, outcome)
    for name, theirs in rivals.items():
        its, cells = corp(theirs, outcome), []
        for rule in (_log_scores, _brier_scores):
            gap = rule(ours, outcome) - rule(theirs, outcome)
            found = block_bootstrap(gap, weeks, block=13)
            cells += [f"{found.mean:+.4f}", f"{found.low:+.4f} to {found.high:+.4f}"]
        out.append(
            f"| {name} | {' | '.join(cells)} | {mine.mcb:.4f}, theirs {its.mcb:.4f} "
            f"| {mine.dsc:.4f}, theirs {its.dsc:.4f} |"
        )
    return "\n".join([*out, ""])


def _log_scores(probability: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    p, y = np.clip(probability, CLIP, 1 - CLIP), np.asarray(outcome, float)
    return -(y * np.log(p) + (1 - y) * np.log(1 - p))


def _brier_scores(probability: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    return (probability - outcome) ** 2


def table(target: str, rows: dict[str, dict[str, float]]) -> str:
    """Write one target as Markdown, best Brier score first."""
    out = [f"**{target}**", "", "| forecast | Brier | log score | AUC |", "|---|---|---|---|"]
    for name, row in sorted(rows.items(), key=lambda item: item[1]["brier"]):
        auc = f"{row['auc']:.4f}" if "auc" in row else ""
        out.append(f"| {name} | {row['brier']:.4f} | {row['log_loss']:.4f} | {auc} |")
    return "\n".join([*out, ""])


def read_task(name: str) -> dict:
    """Read the rules and the baselines of a task."""
    return json.loads(task_file(name).read_text("utf-8"))


def choose(variants: Sequence[Variant], tried: Callable[[Variant], np.ndarray]) -> Variant:
    """Print how each variant forecasts the last training years step by step, and return the best.

    The best has the highest mean log score of the next number. Test years are not looked at.
    """
    print("| variant | log score of the next number |\n|---|---|")
    found: dict[Variant, float] = {}
    for variant in variants:
        found[variant] = float(tried(variant).mean())
        print(f"| {variant} | {found[variant]:.4f} |", flush=True)
    best = max(found, key=lambda variant: found[variant])
    print(f"\nchosen: {best}\n")
    return best
