"""Key-less exactly-once, in its short form."""

from __future__ import annotations

from workers.drills.house import fresh_folder
from workers.drills.keyless.drill import drill
from workers.drills.report import Form, Setting


def test_nothing_is_bought_twice_and_nothing_wrongly_adopted_at_a_marketplace_without_a_key() -> None:
    with fresh_folder() as folder:
        report = drill(Setting(Form.SHORT, 1, folder))

    assert report.broken() == [], "\n".join(report.evidence)
