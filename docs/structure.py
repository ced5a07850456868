"""Print how the package is built: modules, lines, longest chain of imports; list every cycle.

An import inside a function counts as one at the top; one for types alone does too::

    .venv/bin/python docs/structure.py
"""
# ruff: noqa: INP001

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from forecast.terminal.console import say

__all__ = ["Structure", "read"]

PACKAGE = Path(__file__).resolve().parents[1] / "forecast"


@dataclass(frozen=True)
class Structure:
    """A package as modules and the arrows between them.

    Attributes
    ----------
    lines : dict of str to int
        Of each module.
    arrows : dict of str to set of str
        The modules that each module imports.
    """

    lines: dict[str, int]
    arrows: dict[str, set[str]]

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
        {name: len(text.splitlines()) for name, text in texts.items()},
        {name: _imported(ast.parse(text), files) - {name} for name, text in texts.items()},
    )


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
        f"{len(built.lines)} modules, {sum(built.lines.values()):,} lines, "
        f"{arrows / len(built.lines):.1f} arrows a module, longest chain of imports "
        f"{len(built.chain)}:"
    )
    say("\n".join(f"  {module}" for module in built.chain))
    for cycle in built.cycles:
        say(f"cycle: {' > '.join(cycle)}")
