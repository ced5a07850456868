"""Names of classes mean one thing."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "forecast"
#: Names that two modules still share; shorten the list, never add to it.
SHARED = frozenset(
    {"Answer", "Asked", "Band", "Chart", "Comparison", "Coupling", "Document", "Drawn"}
    | {"Grid", "Laplace", "Layout", "Learnt", "Move", "Network", "Node", "Origin"}
    | {"Outlook", "Part", "Place", "Plan", "Record", "Reliability", "Said", "Scale"}
    | {"Scenario", "Scored", "Seen", "Series", "Sheet", "Stamp", "Standing", "Swing"}
    | {"Table", "Tally", "Wanted", "Watched", "Weights", "WordRecord"}
)


def test_no_more_public_classes_share_a_name() -> None:
    """One name, one meaning; what was told apart stays so."""
    found = defaultdict(set)
    for path in PACKAGE.rglob("*.py"):
        if path.parent.name != "api":  # its classes have the names of what they wrap
            for each in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(each, ast.ClassDef) and not each.name.startswith("_"):
                    found[each.name].add(path)
    assert {name for name, places in found.items() if len(places) > 1} <= SHARED
