"""Read ``priors.yaml``: everything that is wrong with it at once, each with its line.

Each faulty place is filled with something harmless. What is then found wrong *because of* such a
place is not the author's mistake and is left unsaid; so the places are remembered.

What pydantic found is said to the person who wrote the file; editors get the schema.
"""

from __future__ import annotations

import copy
import difflib
import hashlib
import json
import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from forecast.beliefs.coherence import coherence
from forecast.beliefs.literals import as_float, read_numbers
from forecast.beliefs.places import Document, Location, dotted, overlap, read_document
from forecast.beliefs.schema import Beliefs, SourceMemory
from forecast.errors import BeliefsError, Problem
from forecast.names import nearest

__all__ = [
    "Fault",
    "entries",
    "faults",
    "fingerprint",
    "inspect",
    "json_schema",
    "load",
    "recovered",
    "schema_at",
    "shared_schema",
]


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


#: What pydantic adds and an editor has no use for.
_NOISE = {"title", "discriminator"}


def json_schema() -> dict[str, Any]:
    """Describe a brief's file as a JSON Schema (2020-12).

    It knows every key, which are required, and what may stand there; what only the whole file can
    tell, such as whether a named state exists, is left to :func:`forecast.beliefs.inspect`.

    Examples
    --------
    >>> json_schema()["required"]
    ['brief', 'nodes', 'indicators']
    """
    schema: dict[str, Any] = _cleaned(Beliefs.model_json_schema())
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A brief's conclusions as beliefs",
        **schema,
    }


@cache
def shared_schema() -> dict[str, Any]:
    """Make the schema once, for reading only."""
    return json_schema()


def _cleaned(schema: Any, *, names: bool = False) -> Any:
    """Strip noise; `names` says that the keys are a user's, not the schema's."""
    if isinstance(schema, list):
        return [_cleaned(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if names:
        return {key: _cleaned(value) for key, value in schema.items()}
    kept = {
        key: _cleaned(value, names=key in {"properties", "$defs", "patternProperties"})
        for key, value in schema.items()
        if key not in _NOISE and not (key == "default" and value is None)
    }
    if "description" in kept:  # the first paragraph; the rest is for readers of the code
        kept["description"] = " ".join(kept["description"].split("\n\n")[0].split())
    if "patternProperties" in kept:
        kept["additionalProperties"] = False
    return kept


#: Where a union was decided, pydantic names the branch in the path; files have no such step.
_BRANCHES = {"presence", "move", "count", "value", "everywhere", "by_state"}

_KINDS = {
    "string_type": "text",
    "float_type": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "model_type": "a mapping",
    "dict_type": "a mapping",
    "model_attributes_type": "a mapping",
    "tuple_type": "a list",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing in a file that has the wrong shape.

    Attributes
    ----------
    path : tuple
        Where it is, or would be.
    kind : str
        Pydantic's name for it.
    came, allowed : str
        The two halves of the message.
    on_key : bool
        The key is wrong, not what stands under it.
    """

    path: Location
    kind: str
    came: str
    allowed: str
    on_key: bool = False

    def of(self, model: type[BaseModel]) -> Fault:
        """Say of a file other than a brief's which keys it has, and that one is missing."""
        if self.kind == "missing":
            return replace(self, allowed="add it")
        if self.kind != "extra_forbidden":
            return self
        known = [field.alias or name for name, field in model.model_fields.items()]
        return replace(self, allowed=_one_of(self.path[-1], known))

    def problem(self, document: Document) -> Problem:
        """Return the fault as it is reported."""
        line, came = document.line(self.path), document.as_written(self.path, self.came)
        return Problem(document.file, line, dotted(self.path), came, self.allowed)


def faults(error: ValidationError) -> list[Fault]:
    """Every fault in a validation error, each said once."""
    said = map(_fault, entries(error))
    return list({(fault.path, fault.kind): fault for fault in said}.values())


def entries(error: ValidationError) -> list[ErrorDetails]:
    """Give what pydantic found, without what only follows from it.

    It counts only the good entries of a list, and so calls a list with a bad one too short.
    """
    found = error.errors(include_url=False)
    inside = {entry["loc"][:n] for entry in found for n in range(len(entry["loc"]))}
    return [entry for entry in found if entry["type"] != "too_short" or entry["loc"] not in inside]


def schema_at(path: Location, data: Any) -> dict[str, Any]:
    """JSON Schema of the place a path leads to; empty where there is none.

    `data` are the file's values; they decide between the kinds of indicator.
    """
    schema = _resolved(shared_schema(), data)
    for step in path:
        data = _inside(data, step)
        schema = _resolved(_child(schema, step), data)
    return schema


def _fault(entry: Mapping[str, Any]) -> Fault:
    kind, value = entry["type"], entry["input"]
    steps = [step for step in entry["loc"] if step != "[key]"]
    path = tuple(step for place, step in enumerate(steps) if not _is_branch(steps, place))
    if kind.startswith("union_tag"):
        kind, path = (
            ("union_tag", (*path, "kind")) if isinstance(value, dict) else ("dict_type", path)
        )
    came, allowed = _said(kind, value, path, entry)
    return Fault(path, kind, came, allowed, on_key="[key]" in entry["loc"] or kind == "invalid_key")


def _is_branch(steps: list[str | int], place: int) -> bool:
    of_kind = place == 2 and steps[0] == "indicators"
    of_rarer = place > 2 and steps[place - 1] == "rarer" and steps[0] == "indicators"
    return (of_kind or of_rarer) and steps[place] in _BRANCHES


def _said(kind: str, value: Any, path: Location, entry: Mapping[str, Any]) -> tuple[str, str]:
    if kind == "value_error":
        came, _, allowed = entry["msg"].removeprefix("Value error, ").partition("; ")
        return came, allowed
    if kind in _KINDS:
        pair = kind == "tuple_type" and "prefixItems" in schema_at(path, {})
        wanted = "[low, high]" if pair else _KINDS[kind]
        return f"{_shown(value)} stands where {wanted} should", _instead(wanted, value)
    if kind in _SPEAKERS:
        return _SPEAKERS[kind](value, path, entry.get("ctx", {}))
    return f"{_shown(value)}: {entry['msg'][:1].lower()}{entry['msg'][1:]}", ""


def _instead(wanted: str, value: Any) -> str:
    """Say how to write what was wanted."""
    if wanted in _WRITTEN:
        single, otherwise = _WRITTEN[wanted]
        return single if isinstance(value, str | int | float) and value != "" else otherwise
    if wanted == "true or false":
        said = str(value).lower()
        truth = {"true": _YES, "false": _NO}
        return next((f"write {name}" for name, words in truth.items() if said in words), "")
    if wanted == "[low, high]":
        match = _PAIR.fullmatch(value.strip()) if isinstance(value, str) else None
        if match is None:
            return "write two numbers in brackets"
        low, high = (_number(f"{one}{match[3]}") for one in match.group(1, 2))
        return f"write [{low:.10g}, {high:.10g}]"
    return _as_number(value, whole="whole" in wanted) if "number" in wanted else ""


_KEYS = "write its keys under it, each as KEY: VALUE"
#: How to write a thing, where a single value came and where anything else did.
_WRITTEN = {
    "text": ("put it in quotes", "write one, in quotes if it begins with a sign"),
    "a mapping": (_KEYS, _KEYS),
    "a list": ("put it in brackets", "write [A, B], or one a line, each after a dash"),
}
_YES, _NO = {"true", "yes", "on", "y", "1"}, {"false", "no", "off", "n", "0"}
_PAIR = re.compile(
    r"\[?\s*(\d*\.?\d+)\s*%?\s*(?:-|\u2013|to|,)\s*(\d*\.?\d+)\s*(%?)\s*\]?", re.ASCII
)


def _number(text: str) -> float:
    return as_float(read_numbers([text], shares=True).texts[0])


def _as_number(value: Any, *, whole: bool) -> str:
    """Say how a number has to be written, where what came is one."""
    number = _number(value) if isinstance(value, str) else value
    usable = isinstance(number, float) and math.isfinite(number)
    if usable and (not whole or number.is_integer()):
        return f"write {number:.0f}" if whole else f"write {number:.10g}"
    return f"write one {'whole ' if whole else ''}number"


def _missing(_value: Any, path: Location, _ctx: Mapping[str, Any]) -> tuple[str, str]:
    if path[-1] in {"source", "rationale"}:
        return "is missing", "every prior says where it comes from and why"
    return "is missing", "add it"


def _unknown_key(_value: Any, path: Location, _ctx: Mapping[str, Any]) -> tuple[str, str]:
    known = list(schema_at(path[:-1], {}).get("properties", ()))
    return f"unknown key {str(path[-1])!r}", _one_of(path[-1], known)


def _one_of(key: str | int, known: Collection[str]) -> str:
    return nearest(str(key), known) or f"the keys here are {', '.join(known)}"


def _bad_name(value: Any, _path: Location, _ctx: Mapping[str, Any]) -> tuple[str, str]:
    return f"{_shown(value)} is not a name", "use a-z, 0-9 and _, beginning with a letter"


def _not_listed(value: Any, _path: Location, ctx: Mapping[str, Any]) -> tuple[str, str]:
    return f"unknown value {_shown(value)}", re.sub(
        r"'(\S+)'", r"\1", f"write {ctx.get('expected', '')}"
    )


def _unknown_kind(value: Any, _path: Location, _ctx: Mapping[str, Any]) -> tuple[str, str]:
    return f"unknown kind {_shown(value.get('kind'))}", "write presence, count or value"


def _too_few(value: Any, _path: Location, ctx: Mapping[str, Any]) -> tuple[str, str]:
    count = ctx.get("min_length", 1)
    return f"{_shown(value)} has too few entries", f"at least {count}"


def _too_many(value: Any, _path: Location, ctx: Mapping[str, Any]) -> tuple[str, str]:
    return f"{_shown(value)} has too many entries", f"at most {ctx.get('max_length')}"


def _out_of_range(value: Any, _path: Location, ctx: Mapping[str, Any]) -> tuple[str, str]:
    words = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}
    limit = next((f"{words[key]} {ctx[key]:g}" for key in words if key in ctx), "finite")
    return f"{_shown(value)} is out of range", f"must be {limit}"


_SPEAKERS: dict[str, Callable[[Any, Location, Mapping[str, Any]], tuple[str, str]]] = {
    "missing": _missing,
    "extra_forbidden": _unknown_key,
    "string_too_short": lambda *_: ("is empty", "write at least a word"),
    "string_pattern_mismatch": _bad_name,
    "literal_error": _not_listed,
    "union_tag": _unknown_kind,
    "too_short": _too_few,
    "too_long": _too_many,
    **dict.fromkeys(
        ("greater_than", "greater_than_equal", "less_than", "less_than_equal", "finite_number"),
        _out_of_range,
    ),
}


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _resolved(schema: dict[str, Any], data: Any) -> dict[str, Any]:
    """Follow references, and choose the branch of a union that fits the data."""
    while "$ref" in schema:
        schema = shared_schema()["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    branches = [_resolved(branch, data) for branch in schema.get("oneOf", schema.get("anyOf", ()))]
    branches = [branch for branch in branches if "type" in branch]
    if "type" in schema or not branches:
        return schema
    return next((branch for branch in branches if _fits(branch, data)), branches[0])


def _fits(schema: dict[str, Any], data: Any) -> bool:
    keys = schema.get("properties", {})
    kind = keys.get("kind", {}).get("const")
    if kind is not None:
        fits = isinstance(data, dict) and data.get("kind", "presence") == kind
        return fits and ("marks" in keys) == ("marks" in data)
    kinds: Iterable[type] = {"object": (dict,), "array": (list,), "string": (str,)}.get(
        schema["type"], ()
    )
    return isinstance(data, tuple(kinds))


def _child(schema: dict[str, Any], step: str | int) -> dict[str, Any]:
    if isinstance(step, int):
        items = schema.get("prefixItems")
        chosen = items[min(step, len(items) - 1)] if items else schema.get("items", {})
    elif step in schema.get("properties", {}):
        chosen = schema["properties"][step]
    else:
        chosen = next(iter(schema.get("patternProperties", {}).values()), {})
    return dict(chosen)


def _inside(data: Any, step: str | int) -> Any:
    if isinstance(data, dict):
        return data.get(step)
    if isinstance(data, list) and isinstance(step, int) and step < len(data):
        return data[step]
    return None
