"""The scenarios by name: each way through the stages that writes differently, each door, the clock, each act."""

from __future__ import annotations

from workers.drills.points.scenarios import asked, doors, ways

SCENARIOS = {scenario.name: scenario for scenario in (*ways.SCENARIOS, *doors.SCENARIOS, *asked.SCENARIOS)}
