"""Read ``priors.yaml``: everything that is wrong with it at once, each with its line.

Each faulty place is filled with something harmless. What is then found wrong *because of* such a
place is not the author's mistake and is left unsaid; so the places are remembered.
"""

from __future__ import annotations

import copy
import difflib
import hashlib
import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from forecast.beliefs.coherence import coherence
from forecast.beliefs.messages import Fault, faults, schema_at
from forecast.beliefs.places import Location, overlap, read_document
from forecast.beliefs.schema import Beliefs, SourceMemory
from forecast.errors import BeliefsError, Problem

__all__ = ["fingerprint", "inspect", "load", "recovered"]

_PASSES = 8
_PROBABILITY = [0.4, 0.6]
_UNFILLABLE = object()
#: Keys by which the kind of an indicator is recognised when its name is wrong.
_TELLING = {"levels": "value", "mean": "count", "per": "count"}


def recovered(data: dict[str, Any]) -> tuple[Beliefs | None, list[Fault], set[Location]]:
    """Read what can be read.

    Returns
    -------
    beliefs : Beliefs or None
        As complete as the file allows; None when it is beyond repair.
    found : list of Fault
        Everything wrong with the file's shape.
    filled : set of tuple
        Places whose content is not the author's.
    """
    found: list[Fault] = []
    filled: set[Location] = set()
    data = copy.deepcopy(data)
    for _ in range(_PASSES):
        try:
            beliefs = Beliefs.model_validate(data, by_alias=True, by_name=False)
        except ValidationError as error:
            said = faults(error)
            # What is wrong in or because of a place we filled is not the author's mistake.
            found += [f for f in said if not any(overlap(f.path, place) for place in filled)]
            for fault in said:
                filled |= _mend(data, fault)
        else:
            return beliefs, _without_echoes(found), filled
    return None, _without_echoes(found), filled


def _without_echoes(found: list[Fault]) -> list[Fault]:
    """Leave out the words a file could not use because its scale was misspelt."""
    if all(fault.path != ("brief", "scale") for fault in found):
        return found
    return [fault for fault in found if "is not a word of the scale" not in fault.came]


def _mend(data: dict[str, Any], fault: Fault) -> set[Location]:
    """Fill or remove one faulty place; return the places later checks must not rely on."""
    holder = _holder(data, fault.path)
    last = fault.path[-1] if fault.path else None
    if fault.kind == "extra_forbidden" or fault.on_key:
        if isinstance(holder, dict):
            holder.pop(last, None)
        return {fault.path} if fault.on_key else _meant(fault.path)
    if fault.kind == "union_tag" and isinstance(holder, dict):
        holder["kind"] = next((kind for key, kind in _TELLING.items() if key in holder), "presence")
        return {fault.path}
    schema = schema_at(fault.path, data)
    value = schema.get("default", _placeholder(schema))
    if value is _UNFILLABLE or not _put(holder, last, value):
        return {fault.path}
    return set() if value == "-" else {fault.path}


def _meant(path: Location) -> set[Location]:
    """Return the place a misspelt key was probably meant for, which now stands empty."""
    known = schema_at(path[:-1], {}).get("properties", ())
    return {(*path[:-1], key) for key in difflib.get_close_matches(str(path[-1]), known, n=1)}


def _holder(data: Any, path: Location) -> Any:
    for step in path[:-1]:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _put(holder: Any, last: str | int | None, value: Any) -> bool:
    if isinstance(holder, dict) and last is not None:
        holder[last] = value
        return True
    if isinstance(holder, list) and isinstance(last, int):
        if last < len(holder):
            holder[last] = value
        else:
            holder.append(value)
        return True
    return False


def _placeholder(schema: dict[str, Any]) -> Any:
    """Return something harmless that fits a schema."""
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    makers = {
        "string": _text,
        "number": lambda s: max(0.5, s.get("minimum", 0.5)),
        "integer": lambda s: s.get("minimum", 1),
        "boolean": lambda _: True,
        "array": _array,
        "object": _object,
    }
    maker = makers.get(schema.get("type", ""))
    return _UNFILLABLE if maker is None else maker(schema)


def _text(schema: dict[str, Any]) -> str:
    if schema.get("format") == "date":
        return "2000-01-01"
    pattern = schema.get("pattern", "")
    if "days" in pattern:
        return "1 day"
    return "unnamed" if pattern else "-"


def _array(schema: dict[str, Any]) -> Any:
    if "prefixItems" in schema:
        return [1.0, 2.0]
    if schema.get("items", {}).get("type") == "number":
        return _PROBABILITY
    return [f"unnamed_{place}" for place in range(schema.get("minItems", 0))]


def _object(schema: dict[str, Any]) -> Any:
    if "experts" in schema.get("properties", {}):
        return _PROBABILITY
    if "properties" not in schema:
        return _UNFILLABLE if schema.get("minProperties") else {}
    return {}


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


#: What came later, with what holds where it is not given.
_LATER = (
    ("nodes", "moves_like", None),
    ("indicators", "rates_like", None),
    ("indicators", "open", False),
    ("questions", "at_least", 1),
    ("questions", "prior", None),
)


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
    for name in ("learning", "follow_through", "rates"):
        if getattr(beliefs, name) is None:
            values.pop(name)
    for part, key, before in _LATER:
        for entry in values.get(part, {}).values():
            if key in entry and entry[key] == before:
                entry.pop(key)  # likewise
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
