"""Crash points: a process that falls at any of them changes nothing about how its orders end."""

from workers.drills.house import fresh_folder
from workers.drills.points.drill import drill
from workers.drills.report import Form, Setting


def test_an_order_ends_the_same_wherever_its_process_was_killed_or_frozen() -> None:
    with fresh_folder() as folder:
        report = drill(Setting(Form.SHORT, 1, folder))

    assert report.broken() == [], report.evidence
