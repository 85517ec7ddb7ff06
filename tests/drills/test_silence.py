"""Long silence, in its short form."""

from __future__ import annotations

from workers.drills.house import fresh_folder
from workers.drills.report import Form, Setting
from workers.drills.silence.drill import drill


def test_parked_orders_cost_no_memory_and_no_messages_and_start_in_time_when_they_wake() -> None:
    with fresh_folder() as folder:
        report = drill(Setting(Form.SHORT, 1, folder))

    assert report.broken() == []
