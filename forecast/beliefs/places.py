"""Where things stand in a YAML file: lines of paths, repeated keys, unreadable text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from forecast.beliefs.composing import compose
from forecast.beliefs.containers import strange
from forecast.beliefs.grids import read_body
from forecast.beliefs.texts import decode
from forecast.errors import Problem

__all__ = ["Document", "Location", "dotted", "read_document", "read_text"]

#: Keys and list positions that lead to a place, such as ``("nodes", "arms", "hazards", 0)``.
Location = tuple[str | int, ...]

_QUOTES = "put quotes around a text"
#: What a message of YAML means for somebody who writes a text.
_HINTS = {
    "mapping values are not allowed": f"{_QUOTES} with a colon in it",
    "character '\\t'": "indent with blanks, not with tabs",
    "that cannot start any token": f"{_QUOTES} that begins with such a sign",
    "undefined alias": f"{_QUOTES} that begins with *",
    "expected <block end>, but found '<scalar>'": "put the whole text into one pair of quotes",
    "expected ',' or ": f"close the bracket, or {_QUOTES} with a bracket or a colon in it",
}


class _PlainDates(SafeConstructor):
    """Leaves dates as text, so that a wrong one is reported like any other wrong value."""


_PlainDates.add_constructor(
    "tag:yaml.org,2002:timestamp", lambda _constructor, node: str(node.value)
)


def dotted(path: Location) -> str:
    """Path as it is printed: ``nodes.arms.hazards[0].to``."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


class Document:
    """A YAML file that was read, with the line of everything in it.

    Attributes
    ----------
    file : str
        The file as the user named it.
    data : Any
        Plain values.
    """

    def __init__(self, file: str, data: Any, root: Node) -> None:
        self.file = file
        self.data = data
        self._root = root

    def line(self, path: Location) -> int:
        """Line of the place a path leads to, or of the last part of it that exists."""
        node, line = self._root, 0
        for step in path:
            found = _child(node, step)
            if found is None:
                break
            line, node = found
        return line

    def duplicates(self) -> list[Problem]:
        """Every key that stands twice in one mapping."""
        problems: list[Problem] = []
        for path, mapping in _mappings(self._root, (), set()):
            first: dict[str, int] = {}
            for key, _ in mapping.value:
                line = key.start_mark.line + 1
                if key.value in first:
                    where = dotted((*path, str(key.value)))
                    came = f"key {str(key.value)!r} already stands on line {first[key.value]}"
                    problems.append(Problem(self.file, line, where, came, "keep one of them"))
                elif isinstance(key.value, str):
                    first[key.value] = line
        return problems


def read_text(path: Path) -> str | Problem:
    """Read a UTF-8 file, with or without a byte-order mark, or say why it cannot be read."""
    body = read_body(path)
    if isinstance(body, Problem):
        return body
    if (said := strange(body)) is not None:
        return Problem(str(path), 0, "", said[0], "a file of text is meant")
    text = decode(str(path), body)
    if isinstance(text, Problem):
        return text
    if text.encoding != "UTF-8":
        allowed = f"save it as UTF-8 (it may be {text.encoding})"
        line = text.text.count("\n", 0, _first_strange(text.text)) + 1
        return Problem(str(path), line, "", "is not UTF-8 text", allowed)
    return text.text


def _first_strange(text: str) -> int:
    return next((place for place, c in enumerate(text) if not c.isascii()), 0)


def read_document(path: Path) -> Document | Problem:
    """Read a YAML file, or say in one problem why it cannot be read."""
    text = read_text(path)
    if isinstance(text, Problem):
        return text
    try:
        return _parse(str(path), text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        reason = " ".join(str(part) for part in (error.context, error.problem) if part)
    except YAMLError as error:
        line = text.count("\n", 0, getattr(error, "position", 0)) + 1
        reason = str(error).splitlines()[0]
    except ValueError as error:
        line, reason = 0, str(error)
    except RecursionError:
        line, reason = 0, "it is nested too deeply"
    allowed = next((hint for sign, hint in _HINTS.items() if sign in reason), "")
    return Problem(str(path), line, "", f"is not readable YAML: {reason}", allowed)


def _parse(file: str, text: str) -> Document | Problem:
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = _PlainDates
    yaml.allow_duplicate_keys = True  # they are reported by Document, all at once
    root = compose(yaml, text)
    if not isinstance(root, MappingNode):
        came = "is empty" if root is None else "is not a mapping at the top"
        return Problem(file, 0, "", came, "see `forecast init` for a file to start from")
    return Document(file, yaml.constructor.construct_document(root), root)


def _child(node: Node, step: str | int) -> tuple[int, Node] | None:
    if isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
        item = node.value[step]
        return item.start_mark.line + 1, item
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key.start_mark.line + 1, value
    return None


def _mappings(node: Node, path: Location, seen: set[int]) -> Iterator[tuple[Location, MappingNode]]:
    if id(node) in seen:  # an alias leads back to what was already looked at
        return
    seen.add(id(node))
    if isinstance(node, MappingNode):
        yield path, node
        for key, value in node.value:
            yield from _mappings(value, (*path, str(key.value)), seen)
    elif isinstance(node, SequenceNode):
        for position, item in enumerate(node.value):
            yield from _mappings(item, (*path, position), seen)
