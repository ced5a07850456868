"""Fingerprints: what a computed thing is a function of, so that nothing stale is taken for it.

Code counts for what it says: comments, docstrings and layout change no print. A module stands for
all that it imports, also inside its functions, and for the data files that these modules read. What
a file says is kept in the user's cache folder by its size and time of change, as Python keeps its
bytecode, so that a quick command reads no source.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, is_dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import ast

__all__ = ["code_fingerprint", "modules_behind", "value_fingerprint"]

_ROOT = Path(__file__).parent
_DIGITS = 16

#: Libraries that numbers and pictures come from; those that the code at hand imports count.
_LIBRARIES = ("matplotlib", "numba", "numpy", "nutpie", "pymc", "pytensor", "scipy")


class _Source(NamedTuple):
    """What one file of the package says."""

    stamp: list[int]  # time of change and size
    print: str
    reads: bool = False  # whether it reads files of its package
    imports: Sequence[Sequence[str]] = ()  # module and name
    types: Sequence[Sequence[str]] = ()  # imported for types only, or lazily by a package


@cache
def code_fingerprint(*modules: str, within: tuple[str, ...] = ("forecast",)) -> str:
    """Fingerprint of modules, of all that they import, of the data these read, and of libraries.

    Parameters
    ----------
    modules : str
        Full names.
    within : tuple of str
        Packages in which imports are followed.
    """
    said: list[list[str]] = []
    libraries: set[str] = set()
    for module in sorted(modules_behind(*modules, within=within)):
        place = _place(module)
        source = _source(place)
        said.append([module, source.print])
        libraries.update(name.partition(".")[0] for name, _ in source.imports)
        if source.reads:
            said += [[one, _source(one).print] for one in _data(place.rpartition("/")[0])]
    said += [[name, version(name)] for name in _LIBRARIES if name in libraries]
    _keep()
    return sha256(json.dumps(said).encode()).hexdigest()[:_DIGITS]


@cache
def modules_behind(*modules: str, within: tuple[str, ...] = ("forecast",)) -> frozenset[str]:
    """Name modules of the package with all that they import, inside functions too."""
    found: set[str] = set()
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            for name, what in _source(_place(module)).imports:
                waiting += _holders(name, what, within)
    return frozenset(found)


@cache
def _holders(module: str, name: str, within: tuple[str, ...]) -> list[str]:
    """Give the modules that a name comes from, past the packages that only pass it on."""
    if not f"{module}.".startswith(tuple(f"{one}." for one in within)):
        return []
    if name and (inner := f"{module}.{name}") and _place(inner) in _files():
        return [inner]
    source = _source(_place(module))
    passed = (*source.imports, *source.types) if _place(module).endswith("__init__.py") else ()
    origins = [origin for origin, passes in passed if passes == name]
    if not origins:
        return [module]
    return [one for origin in origins for one in _holders(origin, name, within)]


@cache
def _place(module: str) -> str:
    """Give the file of a module, below the package."""
    place = "/".join(module.split(".")[1:])
    package = f"{place}/__init__.py".removeprefix("/")
    return package if package in _files() else f"{place}.py"


@cache
def _files() -> dict[str, list[int]]:
    """Stamp of every file below the package."""
    found, waiting = {}, [str(_ROOT)]
    while waiting:
        for one in os.scandir(waiting.pop()):
            if not one.is_dir():
                about = one.stat()
                place = one.path[len(str(_ROOT)) + 1 :].replace(os.sep, "/")
                found[place] = [about.st_mtime_ns, about.st_size]
            elif one.name != "__pycache__":
                waiting.append(one.path)
    return found


@cache
def _data(folder: str) -> list[str]:
    """List the files below a package that are not Python."""
    return sorted(one for one in _files() if one.startswith(f"{folder}/") and one[-3:] != ".py")


@cache
def _kept() -> Path:
    import platformdirs

    folder = platformdirs.user_cache_path("living-forecast", appauthor=False)
    reader = Path(__file__).read_bytes()  # another version of it may read otherwise
    about = _print(str(_ROOT).encode() + reader)
    return folder / f"sources-{sys.implementation.cache_tag}-{about}.json"


@cache
def _known() -> dict[str, _Source]:
    """Return what files said when they were read last."""
    try:
        rows = json.loads(_kept().read_text("utf-8"))
        return {str(place): _Source(*row) for place, row in rows.items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}


_news: list[str] = []


def _keep() -> None:
    """Write what was read; where that cannot be, it is read again next time."""
    if _news:
        _news.clear()
        passing = _kept().with_suffix(f".{os.getpid()}")
        with suppress(OSError):
            passing.parent.mkdir(parents=True, exist_ok=True)
            passing.write_text(json.dumps(_known()), "utf-8")
            passing.replace(_kept())


def _source(place: str) -> _Source:
    stamp, known = _files()[place], _known().get(place)
    if known is None or known.stamp != stamp:
        body = (_ROOT / place).read_bytes()
        known = _said(body, stamp) if place.endswith(".py") else _Source(stamp, _print(body))
        _known()[place] = known
        _news.append(place)
    return known


def _print(body: bytes) -> str:
    return sha256(body).hexdigest()[:_DIGITS]


def _said(body: bytes, stamp: list[int]) -> _Source:
    """Take apart what a module says."""
    import ast

    tree = ast.parse(body)
    nodes = [*ast.walk(tree)]
    unused = {
        id(inner)
        for node in nodes
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    imports: dict[tuple[str, str], None] = {}
    types: dict[tuple[str, str], None] = {}
    for node in nodes:
        (types if id(node) in unused else imports).update(dict.fromkeys(_imported(node)))
        _undocument(node)
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    reads = bool(names & {"resources", "__file__"})
    return _Source(stamp, _print(ast.dump(tree).encode()), reads, [*imports], [*types])


def _imported(node: ast.AST) -> list[tuple[str, str]]:
    """Give module and name of what an import takes from the package or a numerical library."""
    import ast

    taken: list[tuple[str, str]] = []
    if isinstance(node, ast.Import):
        taken = [(alias.name, "") for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        taken = [(node.module or "", alias.name) for alias in node.names]
    return [one for one in taken if one[0].partition(".")[0] in ("forecast", *_LIBRARIES)]


def _undocument(node: ast.AST) -> None:
    """Take the docstring out of a module, class or function, and other texts that do nothing."""
    import ast

    body = getattr(node, "body", None)
    if isinstance(body, list):
        body[:] = [
            one
            for one in body
            if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
        ]


def value_fingerprint(*values: object) -> str:
    """SHA-256 of values by content: arrays by type, shape and bytes, dataclasses by their fields.

    Raises
    ------
    TypeError
        For a value of another kind.

    Examples
    --------
    >>> value_fingerprint({"a": 1.5}, ["b"]) == value_fingerprint({"a": 1.5}, ("b",))
    True
    >>> value_fingerprint(1) == value_fingerprint(1.0)
    False
    """
    digest = sha256()
    for part in _parts(values):
        digest.update(len(part).to_bytes(8))
        digest.update(part)
    return digest.hexdigest()


def _parts(value: Any) -> Iterator[bytes]:
    if value is None or isinstance(value, (bool, int, float, str)):
        yield repr(value).encode()
    elif hasattr(value, "dtype"):
        yield f"{value.dtype.str}{value.shape}".encode()
        yield value.tobytes()
    elif is_dataclass(value):
        yield from _parts({one.name: getattr(value, one.name) for one in fields(value)})
    elif isinstance(value, Mapping):
        yield from _parts(sorted(value.items()))
    elif isinstance(value, Sequence):
        yield f"[{len(value)}".encode()
        for one in value:
            yield from _parts(one)
    else:
        raise TypeError(f"no fingerprint of a {type(value).__name__}")
