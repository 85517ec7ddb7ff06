"""
The scenarios by name: each way through the stages that writes differently, each door, the clock, each act, and what is
done for a tool.
"""

from __future__ import annotations

from workers.drills.points.scenarios import asked, doors, filled, tools, ways

SCENARIOS = {
    scenario.name: scenario
    for scenario in (*ways.SCENARIOS, *doors.SCENARIOS, *asked.SCENARIOS, *filled.SCENARIOS, *tools.SCENARIOS)
}
