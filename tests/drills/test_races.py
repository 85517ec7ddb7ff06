"""Races of people and machines, in their short form."""

from pathlib import Path

from tests.servers import fresh_folder
from workers.drills.races.drill import drill
from workers.drills.report import Form, Setting


def test_whoever_comes_first_nothing_is_bought_twice_or_forgotten_and_everybody_is_told_the_truth() -> None:
    with fresh_folder() as folder:
        report = drill(Setting(Form.SHORT, 1, Path(folder)))

    assert report.broken() == [], "\n".join(report.evidence)
