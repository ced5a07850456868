"""Print how the package is built: modules, lines by kind and room, chain of imports, cycles.

ARCHITECTURE.md takes its numbers from here, and a test compares them. An import inside a function
counts as one at the top; one for types alone does too::

    .venv/bin/python docs/structure.py
"""
# ruff: noqa: INP001

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from forecast.terminal.console import say

__all__ = ["KINDS", "Structure", "read"]

KINDS = ("code", "docstrings", "blank", "imports and lists of names", "comments")
PACKAGE = Path(__file__).resolve().parents[1] / "forecast"


@dataclass(frozen=True)
class Structure:
    """A package as modules and the arrows between them.

    Attributes
    ----------
    kinds : dict of str to Counter
        Lines of each module, by kind; a blank line in a docstring is one of the docstring.
    arrows : dict of str to set of str
        The modules that each module imports.
    """

    kinds: dict[str, Counter[str]]
    arrows: dict[str, set[str]]

    @cached_property
    def lines(self) -> int:
        """Of all modules."""
        return sum(of.total() for of in self.kinds.values())

    @cached_property
    def rooms(self) -> dict[str, Counter[str]]:
        """Lines of each room by kind; what stands beside the rooms is in ``forecast``."""
        folders = {name.split(".")[1] for name in self.kinds if name.count(".") > 1}
        found: dict[str, Counter[str]] = {}
        for name, of in self.kinds.items():
            top, _, rest = name.partition(".")
            room = rest.partition(".")[0]
            found.setdefault(room if room in folders else top, Counter()).update(of)
        return dict(sorted(found.items()))

    @cached_property
    def cycles(self) -> list[list[str]]:
        """Chains of imports that come back to where they began."""
        return self._walked[1]

    @cached_property
    def chain(self) -> list[str]:
        """The longest chain of imports, from the top down."""
        return self._walked[0]

    @cached_property
    def _walked(self) -> tuple[list[str], list[list[str]]]:
        longest: dict[str, list[str]] = {}
        cycles: list[list[str]] = []

        def below(module: str, above: list[str]) -> list[str]:
            if module in above:
                cycles.append([*above[above.index(module) :], module])
                return []
            if module not in longest:
                path = [*above, module]
                found = [below(one, path) for one in sorted(self.arrows[module])]
                longest[module] = [module, *max(found, key=len, default=[])]
            return longest[module]

        return max((below(module, []) for module in sorted(self.arrows)), key=len), cycles


def read(package: Path) -> Structure:
    """Read the modules of a package, and what each imports of it."""
    files = {_named(path, package): path for path in sorted(package.rglob("*.py"))}
    texts = {name: path.read_text("utf-8") for name, path in files.items()}
    return Structure(
        {name: _counted(text) for name, text in texts.items()},
        {name: _imported(ast.parse(text), files) - {name} for name, text in texts.items()},
    )


def _counted(text: str) -> Counter[str]:
    spans = dict(_spans(ast.parse(text)))
    found: Counter[str] = Counter()
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        kind = "comments" if bare.startswith("#") else "code" if bare else "blank"
        found[spans.get(number, kind)] += 1
    return found


def _spans(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the numbers of lines that are docstrings, imports or lists of names."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(tree):
        kind, whole = KINDS[3], node
        if isinstance(node, documented) and ast.get_docstring(node) is not None:
            kind, whole = KINDS[1], node.body[0]
        elif not (
            isinstance(node, ast.Import | ast.ImportFrom)
            or (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__")
        ):
            continue
        yield from ((number, kind) for number in range(whole.lineno, (whole.end_lineno or 0) + 1))


def _named(path: Path, package: Path) -> str:
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(tree: ast.Module, known: dict[str, Path]) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):  # ruff refuses relative imports
            inner = {f"{node.module}.{each.name}" for each in node.names}
            found |= (inner & known.keys()) or {str(node.module)}
    return found & known.keys()


if __name__ == "__main__":
    built = read(PACKAGE)
    arrows = sum(len(found) for found in built.arrows.values())
    say(
        f"{len(built.arrows)} modules, {built.lines:,} lines, "
        f"{arrows / len(built.arrows):.1f} arrows a module, longest chain of imports "
        f"{len(built.chain)}:"
    )
    say("\n".join(f"  {module}" for module in built.chain))
    say(f"{'':12}" + "".join(f"{kind.partition(' ')[0]:>12}" for kind in KINDS))
    total = sum(built.rooms.values(), Counter())
    for room, of in [*built.rooms.items(), ("all", total)]:
        say(f"{room:12}" + "".join(f"{of[kind]:12,}" for kind in KINDS))
    for cycle in built.cycles:
        say(f"cycle: {' > '.join(cycle)}")
