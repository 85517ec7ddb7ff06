"""
The scenarios by name: each way through the stages that writes differently, each door, the clock, each act, and what is
done for a tool.
"""

from __future__ import annotations

from workers.drills.points.scenarios import asked, cancelled, changed, doors, filled, tools, ways

SCENARIOS = {
    scenario.name: scenario
    for part in (ways, doors, asked, filled, cancelled, changed, tools)
    for scenario in part.SCENARIOS
}
