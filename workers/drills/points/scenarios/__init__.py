"""
The scenarios by name: each way through the stages that writes differently, at each marketplace, each door, the clock,
each act, and what is done for a tool.
"""

from __future__ import annotations

from workers.drills.points.scenarios import (
    appxite,
    asked,
    cancelled,
    changed,
    doors,
    filled,
    flexportal,
    limio,
    spanning,
    tools,
    ways,
)

_PARTS = (ways, doors, asked, filled, cancelled, changed, tools, appxite, flexportal, limio, spanning)
SCENARIOS = {scenario.name: scenario for part in _PARTS for scenario in part.SCENARIOS}
WARM = spanning.SPANNING
"""It uses all that there is: what a process imports for it, and fetches once, is there for the others."""
