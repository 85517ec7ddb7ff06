"""The short form of the drill with the forgetful broker and the database monkey."""

from workers.drills.house import fresh_folder
from workers.drills.monkey.drill import drill
from workers.drills.report import Form, Setting


def test_nothing_is_lost_or_doubled_when_the_broker_forgets_and_the_database_is_cut_off() -> None:
    with fresh_folder() as folder:
        report = drill(Setting(Form.SHORT, 1, folder))

    assert report.broken() == [], "\n".join(report.evidence)
