"""Revise ``priors.yaml``: experts' answers in the place of the priors they are about."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecast import files
from forecast.beliefs import inspect
from forecast.beliefs.elicitation import Answer
from forecast.beliefs.expert_pooling import Pooled
from forecast.beliefs.pooling import Pool
from forecast.errors import BeliefsError

if TYPE_CHECKING:
    from forecast.workflow.eliciting import Elicited

__all__ = ["put", "revised_text", "write_priors"]

_DIGITS = 6


def put(values: Any, found: Sequence[Pooled], *, method: Pool, extremise: float) -> None:
    """Write pooled answers into plain values, or into a YAML document that keeps its comments."""
    shares: dict[tuple[str | int, ...], list[Pooled]] = {}
    for each in found:
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
