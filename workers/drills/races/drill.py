"""Races of people and machines, judged by what each was told and by what was bought."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.marketplaces.pax8.simulator import Pax8Simulator
from workers.drills.inprocess import Wishes, inside
from workers.drills.races.actors import Theatre
from workers.drills.races.cases import Plan, groups, some
from workers.drills.races.tally import Tally, meet
from workers.drills.races.world import World
from workers.drills.report import Form, Report, Setting
from workers.drills.seams import SeamedAccount, seamed_parts
from workers.drills.virtual import VirtualClock, virtual_database
from workers.embedded import EmbeddedPostgres, claim

_DATABASE = "races"
_SHARE = 12
_TOLD = 25


@contextmanager
def open_world(folder: Path, seed: int) -> Iterator[World]:
    """A server of its own, and a Quoteway over it."""
    clock = VirtualClock()
    with claim(folder / "data") as data, EmbeddedPostgres(data, durable=False) as server:
        url = virtual_database(server, _DATABASE)
        theatre = Theatre(server.url_of("postgres"), _DATABASE)
        wishes = Wishes(
            settings={"QUOTEWAY_CREATE_COMPANIES": "always", "QUOTEWAY_MARKETPLACES__PAX8__SETTLE_SECONDS": "10"},
            parts=seamed_parts(theatre),
            around=lambda account: SeamedAccount(theatre, account),
            connections=3,
        )
        simulator = Pax8Simulator(clock, seed)
        simulator.knobs.calls_per_minute = None
        try:
            with inside(url, simulator, clock, wishes) as made:
                yield World(made, theatre)
        finally:
            theatre.close()


def drill(setting: Setting) -> Report:
    """Full: every case. Short: a seeded part, with each act and each step of a worker in it."""
    chosen = groups()
    if setting.form is Form.SHORT:
        chosen = some(chosen, _SHARE, setting.seed)
    with open_world(setting.folder, setting.seed) as world:
        tally = Tally()
        plan = Plan(world)
        for number, group in enumerate(chosen, 1):
            meet(world, plan, group, tally)
            if number % _TOLD == 0:
                setting.tell(f"{number} of {len(chosen)} meetings, {tally.cases} races")
    return tally.report(len(chosen))
