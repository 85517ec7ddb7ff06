"""Seeded worlds: all rules hold in some hundred of them, one seed is one world, and a failing one is made short."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from pipeline.marketplaces.simulated import Simulated
from workers.drills.house import fresh_folder
from workers.drills.report import Form, Setting
from workers.drills.worlds.drill import drill, one_world
from workers.drills.worlds.plan import Plan, Step, What, plan
from workers.drills.worlds.shrink import shrunk


def test_all_rules_hold_in_three_hundred_worlds() -> None:
    with fresh_folder() as folder:
        report = drill(Setting(Form.SHORT, 0, folder))

    assert report.broken() == [], "\n".join(report.evidence)


def test_half_of_the_worlds_have_pax8_alone_and_the_others_each_of_the_others_or_several() -> None:
    kinds = Counter(plan(seed).markets for seed in range(1000))

    assert 400 < kinds[(Simulated.PAX8,)] < 600
    assert all(kinds[(one,)] > 50 for one in Simulated)
    assert kinds[tuple(Simulated)] > 10


def test_some_quotes_span_all_marketplaces() -> None:
    spans = {tuple(line.marketplace for line in one.lines) for seed in range(300) for one in plan(seed).messages}

    assert tuple(Simulated) in spans


@pytest.mark.parametrize("markets", [(Simulated.PAX8,), tuple(Simulated)], ids=["Pax8 alone", "all four"])
def test_a_seed_is_the_same_world_each_time(markets: tuple[Simulated, ...]) -> None:
    seed = next(seed for seed in count(7) if plan(seed).markets == markets)
    with fresh_folder() as folder:
        first = one_world(seed, _empty(folder / "1"))
        again = one_world(seed, _empty(folder / "2"))

    assert first.trace == again.trace
    assert first.wrong == again.wrong == []


@pytest.mark.parametrize("seed", range(20))
def test_a_failing_plan_is_made_as_short_as_what_fails(seed: int) -> None:
    def fails(candidate: Plan) -> bool:
        kinds = [step.what for step in candidate.steps]
        return What.LOSE in kinds and What.REPRICE in kinds[kinds.index(What.LOSE) :]

    long = plan(seed)
    long = replace(long, steps=(*long.steps, Step(What.LOSE), *long.steps, Step(What.REPRICE), *long.steps))

    short = shrunk(long, fails, most=1000)

    assert [step.what for step in short.steps] == [What.LOSE, What.REPRICE]
    assert len(short.messages) == 1


def _empty(folder: Path) -> Path:
    folder.mkdir(mode=0o711)
    return folder
