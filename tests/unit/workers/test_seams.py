"""Behind seams a marketplace is what it was: stages look for its abilities, and find the same ones."""

from __future__ import annotations

import pytest

from pipeline import abilities
from pipeline.ports import Purpose
from tests.contracts.adapters import CASES
from workers.drills.seams import SeamedAccount

ABILITIES = [each for each in vars(abilities).values() if getattr(each, "_is_runtime_protocol", False)]


def test_all_abilities_are_looked_at() -> None:
    assert abilities.Rehearses in ABILITIES
    assert abilities.BuysFromBaskets in ABILITIES


@pytest.mark.parametrize("name", sorted(CASES))
def test_seams_hide_none_of_a_marketplaces_abilities_and_lend_it_none(name: str) -> None:
    case = CASES[name]()

    seamed = SeamedAccount(lambda _crossing: None, case.account).open(Purpose.WORK, lambda _exchange: None)

    assert abilities_of(seamed) == abilities_of(case.open()) != []


def abilities_of(marketplace: object) -> list[str]:
    return [each.__name__ for each in ABILITIES if isinstance(marketplace, each)]
