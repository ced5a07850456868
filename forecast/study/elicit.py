"""Elicit: from what experts answered to priors, and these in the place of those of the file."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pydantic import Field

from forecast import files
from forecast.beliefs import Beliefs, inspect
from forecast.beliefs.elicitation import COLUMNS, Answer, Pooled, askable, pooled
from forecast.beliefs.places import grids_of, read_body
from forecast.beliefs.tables import column_name
from forecast.beliefs.values import Pool
from forecast.errors import BeliefsError, OutputError, Problem
from forecast.escaping import csv_rows
from forecast.issue.check import ReadJudgement
from forecast.result import Fraction, Result

if TYPE_CHECKING:
    from forecast.analysis.prior_check import Implied

__all__ = [
    "Elicited",
    "RevisedJudgement",
    "append_answer",
    "elicit",
    "put",
    "revised_text",
    "template",
    "write_priors",
]

_DIGITS = 6
_DRAWS = 1000


_Interval = tuple[Fraction, Fraction]


class ExpertInterval(Result):
    """One coherent answer of an expert."""

    expert: str
    interval: _Interval


class PooledPrior(Result):
    """One prior, and what its experts said of it."""

    prior: str = Field(description="its name in a file of answers")
    kind: str = Field(
        description="`rate` (probability within a period) or `share` (of a state at the start)"
    )
    question: str = Field(description="as it is asked")
    before: _Interval = Field(
        description="the prior as it stands, central 90 %; the same number twice for a share"
    )
    pooled: _Interval
    experts: tuple[ExpertInterval, ...] = Field(description="one coherent answer for each expert")
    notes: tuple[str, ...] = Field(description="what was made coherent, and who disagrees")


class ExpertAlone(Result):
    """What the answers of one expert alone imply."""

    expert: str
    probability: Fraction


class RevisedJudgement(ReadJudgement):
    """What the priors imply for one judgement of the brief, before and after."""

    before: Fraction = Field(description="implied by the priors as they stand")
    after: Fraction = Field(description="implied with the pooled answers")
    lo80: Fraction
    hi80: Fraction
    verdict: str = Field(
        description="`agrees`, `below` or `above`: `after` against the brief's reading"
    )
    alone: tuple[ExpertAlone, ...] = Field(
        description="with the answers of one expert alone; empty where there is only one"
    )

    @classmethod
    def of(cls, before: Implied, after: Implied, alone: Mapping[str, float]) -> Self:
        """Set what the priors imply before and after side by side."""
        return cls(
            **cls.read(after),
            before=before.band.probability,
            after=after.band.probability,
            lo80=after.band.lo80,
            hi80=after.band.hi80,
            verdict=after.verdict,
            alone=[ExpertAlone(expert=name, probability=p) for name, p in alone.items()],
        )


class Elicitation(Result):
    """What experts' answers make of the priors."""

    pool: str = Field(description="`log_odds` or `linear`")
    extremise: float = Field(description="factor on the pooled log odds; 1 leaves them")
    written: str | None = Field(description="name of the file that was written")
    priors: tuple[PooledPrior, ...] = Field(
        description="one for each prior that was answered, in the order of the file"
    )
    implied: tuple[RevisedJudgement, ...] = Field(
        description="one for each judgement of the brief, with no report seen"
    )


@dataclass(frozen=True)
class Elicited:
    """Pooled answers, and what they imply.

    Attributes
    ----------
    beliefs : Beliefs
        As they stand.
    revised : Beliefs
        With the pooled answers.
    priors : list of Pooled
    implied : sequence of RevisedJudgement
        One for each judgement of the brief.
    method, extremise
        How answers were pooled.
    """

    beliefs: Beliefs
    revised: Beliefs
    priors: Sequence[Pooled]
    implied: Sequence[RevisedJudgement]
    method: Pool
    extremise: float

    def result(self, written: Path | None) -> Elicitation:
        """Say what was found, and where it was written."""
        return Elicitation(
            pool=self.method,
            extremise=self.extremise,
            written=None if written is None else written.name,
            priors=[
                PooledPrior(
                    prior=each.asked.name,
                    kind=each.asked.kind,
                    question=each.asked.text,
                    before=each.asked.interval,
                    pooled=each.interval,
                    experts=[
                        ExpertInterval(expert=name, interval=ends)
                        for name, ends in each.experts.items()
                    ],
                    notes=each.notes,
                )
                for each in self.priors
            ],
            implied=self.implied,
        )


def template(beliefs: Beliefs) -> str:
    """Write a file of answers to be filled in, one row a prior.

    The priors as they stand are left out: an expert who sees a number is drawn to it.
    """
    asked = askable(beliefs).values()
    return csv_rows(
        [[*COLUMNS, "question"], *(["", "", one.name, "", "", "", one.text] for one in asked)]
    )


def append_answer(path: Path, cells: Mapping[str, str]) -> None:
    """Add one answer to a file of answers, which is made where it is missing.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    fresh = not path.exists() or (path.is_file() and path.stat().st_size == 0)
    columns, ended = (COLUMNS, True) if fresh else _held(path)
    try:
        with path.open("a", encoding="utf-8", newline="") as stream:
            if not ended:
                stream.write("\n")
            row = [cells.get(name, "") for name in columns]
            stream.write(csv_rows([columns, row] if fresh else [row]))
    except OSError as error:
        why = files.refusal(error, "name another file")
        raise OutputError(f"{path}: cannot be written {why}") from None


def _held(path: Path) -> tuple[Sequence[str], bool]:
    """Return the columns of a file of answers, and whether its last line is ended.

    Raises
    ------
    OutputError
        If no row can be added to it as it is.
    """
    body = read_body(path)
    if isinstance(body, Problem):
        raise OutputError(str(body))
    grids = grids_of(str(path), body)
    if isinstance(grids, Problem):
        raise OutputError(str(grids))
    if grids[0].delimiter != "," or grids[0].notes or grids[0].problems:
        allowed = "name a CSV file with commas, in UTF-8"
        raise OutputError(f"{path}: no answer can be added to it; {allowed}")
    columns = [column_name(name) for name in grids[0].heading]
    return columns or list(COLUMNS), body.endswith((b"\n", b"\r"))


def elicit(
    beliefs: Beliefs,
    answers: Sequence[Answer],
    *,
    method: Pool = "log_odds",
    extremise: float = 1.0,
    seed: int = 1,
) -> Elicited:
    """Make answers coherent, pool them, and work out what they imply for the judgements.

    Parameters
    ----------
    beliefs : Beliefs
        As they stand.
    answers : sequence of Answer
        From `forecast.beliefs.elicitation.read_answers`.
    method, extremise
        See `forecast.beliefs.elicitation.pooled`.
    seed : int
        Of the draws from the priors, the same before and after.

    Raises
    ------
    BeliefsError
        If the answers cannot be used together.
    """
    found = pooled(beliefs, answers, method=method, extremise=extremise)
    revised = _with(beliefs, found, method=method, extremise=extremise)
    experts = dict.fromkeys(answer.expert for answer in answers)
    alone = {}
    for expert in experts if len(experts) > 1 else ():
        own = [answer for answer in answers if answer.expert == expert]
        only = pooled(beliefs, own, method=method)
        alone[expert] = _implied(_with(beliefs, only, method=method, extremise=1.0), seed)
    before, after = _implied(beliefs, seed), _implied(revised, seed)
    implied = [
        RevisedJudgement.of(
            was, now, {name: each[i].band.probability for name, each in alone.items()}
        )
        for i, (was, now) in enumerate(zip(before, after, strict=True))
    ]
    return Elicited(beliefs, revised, found, implied, method, extremise)


def _implied(beliefs: Beliefs, seed: int) -> list[Implied]:
    from forecast.analysis.prior_check import implied_judgements
    from forecast.inference.encoding import encode

    return implied_judgements(encode(beliefs), seed=seed, draws=_DRAWS)


def _with(beliefs: Beliefs, found: Sequence[Pooled], *, method: Pool, extremise: float) -> Beliefs:
    """Put pooled answers in the place of the priors they are about."""
    values = beliefs.model_dump(mode="json", by_alias=True)
    put(values, found, method=method, extremise=extremise)
    return Beliefs.model_validate(values)


def put(values: Any, answered: Sequence[Pooled], *, method: Pool, extremise: float) -> None:
    """Write pooled answers into plain values, or into a YAML document that keeps its comments."""
    shares: dict[tuple[str | int, ...], list[Pooled]] = {}
    for each in answered:
        place = values
        if each.asked.kind == "share":
            shares.setdefault(each.asked.path[:-2], []).append(each)
            for step in each.asked.path[:-1]:
                place = place[step]
            place[each.asked.path[-1]] = round(each.interval[0], _DIGITS)
            continue
        for step in each.asked.path:
            place = place[step]
        place["probability"] = _stated(each, method, extremise)
        place["source"], place["rationale"] = _said(each.answers, method, extremise)
    for path, states in shares.items():
        place = values
        for step in path:
            place = place[step]
        names = place["probabilities"]
        last = str(states[-1].asked.path[-1])  # rounding is made up for here
        names[last] = round(1.0 - sum(names[s] for s in names if s != last), _DIGITS)
        answers = [answer for state in states for answer in state.answers]
        place["source"], place["rationale"] = _said(answers, method, 1.0)


def _stated(each: Pooled, method: Pool, extremise: float) -> Any:
    """Write the experts' own intervals, unless only the result can say it."""
    if extremise != 1.0:
        return [round(end, _DIGITS) for end in each.interval]
    experts = {name: [round(end, _DIGITS) for end in pair] for name, pair in each.experts.items()}
    return {"pool": method, "experts": experts}


def _said(answers: Sequence[Answer], method: Pool, extremise: float) -> tuple[str, str]:
    """Say who was asked, when, and what they answered and why."""
    when = dict.fromkeys(f"{answer.expert}, {answer.on}" for answer in answers)
    how = f"; pooled ({method.replace('_', ' ')})" if len(when) > 1 else ""
    pushed = f", extremised by {extremise:g}" if extremise != 1.0 else ""
    reasons = " ".join(
        f"{answer.expert} ({answer.prior}: {answer.said}): {answer.rationale.rstrip('.')}."
        for answer in answers
    )
    return f"Elicited from {'; '.join(when)}{how}{pushed}.", reasons


def revised_text(path: Path, elicited: Elicited) -> str:
    """Return the file of beliefs with the pooled answers in it; its comments are kept."""
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 100
    yaml.indent(mapping=2, sequence=4, offset=2)
    said = path.read_bytes().decode("utf-8-sig")
    document = yaml.load(said)
    put(document, elicited.priors, method=elicited.method, extremise=elicited.extremise)
    for each in elicited.priors:
        if each.asked.kind == "rate":
            _in_one_line(document, each)
    out = io.StringIO()
    yaml.dump(document, out)
    return out.getvalue().replace("\n", "\r\n") if "\r\n" in said else out.getvalue()


def _in_one_line(document: Any, each: Pooled) -> None:
    """Write intervals as ``[0.1, 0.3]``, as people do."""
    from ruamel.yaml.comments import CommentedSeq

    def flow(ends: list[float]) -> Any:
        out = CommentedSeq(ends)
        out.fa.set_flow_style()
        return out

    place = document
    for step in each.asked.path:
        place = place[step]
    stated = place["probability"]
    if isinstance(stated, list):
        place["probability"] = flow(stated)
    else:
        stated["experts"] = {name: flow(ends) for name, ends in stated["experts"].items()}


def write_priors(source: Path, target: Path, elicited: Elicited) -> Path:
    """Write the revised beliefs to a file, checked as `forecast check` would.

    Raises
    ------
    BeliefsError
        If what would be written cannot be read again; nothing is changed then.
    OutputError
        If the file cannot be written.
    """
    text = revised_text(source, elicited)
    with files.beside(target) as passing:
        passing.write_bytes(text.encode())
        _, problems = inspect(passing)
        errors = [problem for problem in problems if problem.severity == "error"]
        if errors:
            raise BeliefsError(f"the answers do not fit the file: {errors[0].came}")
        files.put(passing, target)
    return target
