"""Every dimension name, once.

===================  ==============================================================
``chain``, ``draw``  posterior draws, as ArviZ names them
``step``             a step of the grid; step t covers the days up to its date
``date``             the day at the end of a step, as results are dated
``scenario``         a what-if scenario; the first is the baseline
``node``             a scenario node
``node_state``       every state of every node, as ``node.state``
``hazard``           a transition of a node, as ``node: origin > target``
``coupling``         a coupling between nodes
``indicator``        an indicator that has a rate (presence or count)
``level_term``       shift and slope of the level that rates have in common
``ratio``            how much rarer an indicator is, as ``indicator | node.state``
``count_indicator``  an indicator of kind count
``indicator_level``  a level of a value indicator, as ``indicator | node.state``
``value_indicator``  an indicator of kind value
``level_motion``     a parameter of a level that moves, as ``node: parameter``
===================  ==============================================================
"""

from __future__ import annotations

from typing import Final

CHAIN: Final = "chain"
DRAW: Final = "draw"
STEP: Final = "step"
DATE: Final = "date"
SCENARIO: Final = "scenario"
NODE: Final = "node"
NODE_STATE: Final = "node_state"
HAZARD: Final = "hazard"
COUPLING: Final = "coupling"
INDICATOR: Final = "indicator"
LEVEL_TERM: Final = "level_term"
RATIO: Final = "ratio"
COUNT_INDICATOR: Final = "count_indicator"
LEVEL: Final = "indicator_level"
VALUE_INDICATOR: Final = "value_indicator"
MOTION: Final = "level_motion"
