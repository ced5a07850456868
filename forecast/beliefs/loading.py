"""Read ``priors.yaml``: everything that is wrong with it at once, each with its line."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from forecast.beliefs.coherence import coherence
from forecast.beliefs.places import read_document
from forecast.beliefs.recovery import recovered
from forecast.beliefs.schema import Beliefs, SourceMemory
from forecast.errors import BeliefsError, Problem

__all__ = ["fingerprint", "inspect", "load"]

#: What is read by people only.
_TEXTS = {
    "author",
    "claim",
    "criteria",
    "description",
    "fallback",
    "house",
    "label",
    "proposition",
    "quote",
    "rationale",
    "resolved",
    "source",
    "text",
    "title",
    "word",
}


def load(path: Path | str) -> Beliefs:
    """Read a brief's file.

    Raises
    ------
    BeliefsError
        When anything is wrong with it; ``problems`` lists everything, each with its line.
    """
    beliefs, problems = inspect(path)
    errors = [problem for problem in problems if problem.severity == "error"]
    if beliefs is None or errors:
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        raise BeliefsError(f"{errors[0]}{more}", problems=problems)
    return beliefs


def inspect(path: Path | str) -> tuple[Beliefs | None, list[Problem]]:
    """Read a brief's file and list everything that is wrong with it.

    Returns
    -------
    beliefs : Beliefs or None
        None when there is an error; warnings alone leave the beliefs usable.
    problems : list of Problem
        Sorted by line, errors and warnings.
    """
    document = read_document(Path(path))
    if isinstance(document, Problem):
        return None, [document]
    beliefs, found, filled = recovered(document.data)
    problems = document.duplicates() + [fault.problem(document) for fault in found]
    if beliefs is not None:
        findings = [finding for finding in coherence(beliefs) if not finding.void(filled)]
        problems += [finding.problem(document) for finding in findings]
    problems = sorted(set(problems))
    usable = beliefs is not None and all(p.severity == "warning" for p in problems)
    return (beliefs if usable else None), problems


def fingerprint(beliefs: Beliefs, *, texts: bool = True) -> str:
    """SHA-256 of what is believed, whatever the file looks like.

    Comments, formatting, equal ways to write a period and the order of mappings change nothing;
    the order of the nodes does, because a step of time is applied node by node in that order.
    Alerts and the case are left out: they say when to speak and whose ledger it is, not what is
    believed.

    Parameters
    ----------
    beliefs : Beliefs
    texts : bool
        False leaves out what only people read (quotes, sources, rationales, questions), so that
        equal prints mean equal mathematics.
    """
    values = beliefs.model_dump(mode="json", by_alias=True, exclude={"alerts", "case"})
    if not texts:
        values = _numbers(values)
        values.pop("questions", None)
    if beliefs.source_memory == SourceMemory():
        values.pop("source_memory")  # it came later, and prints without it stay as they were
    for question in values.get("questions", {}).values():
        if question["at_least"] == 1:
            question.pop("at_least")  # likewise
    if beliefs.learning is None:
        values.pop("learning")
    for part, key in (("nodes", "moves_like"), ("indicators", "rates_like")):
        for entry in values[part].values():
            if entry[key] is None:
                entry.pop(key)
    values["node_order"] = list(beliefs.nodes)
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _numbers(values: Any) -> Any:
    if isinstance(values, dict):
        kept = (
            (k, v) for k, v in values.items() if not (k in _TEXTS and isinstance(v, str | None))
        )
        return {key: _numbers(value) for key, value in kept}
    return [_numbers(item) for item in values] if isinstance(values, list) else values
