"""Event data others coded by machine or by hand (GDELT, ICEWS, POLECAT, ACLED), row by row.

Rows are read in bounded memory, mapped to indicators by a file the user edits, and collapsed where
they are mirrors or repeats of one another. Every row is accounted for in a :class:`Tally`.
"""

from forecast.importers.collecting import Collector
from forecast.importers.formats import FORMATS, Format
from forecast.importers.mapping import EventMapping, Rule, Seen, load_mapping, shipped_mapping
from forecast.importers.packed import Held, Plan, Tally, Week

__all__ = [
    "FORMATS",
    "Collector",
    "EventMapping",
    "Format",
    "Held",
    "Plan",
    "Rule",
    "Seen",
    "Tally",
    "Week",
    "load_mapping",
    "shipped_mapping",
]
