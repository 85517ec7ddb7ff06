"""The short form of the kill drill."""

from workers.drills.house import fresh_folder
from workers.drills.kills.drill import drill
from workers.drills.report import Form, Setting


def test_nothing_is_lost_or_doubled_when_processes_are_killed_and_frozen_under_load() -> None:
    with fresh_folder() as folder:
        report = drill(Setting(Form.SHORT, 1, folder))

    assert report.broken() == [], "\n".join([*report.evidence, *report.details["strikes"]])
