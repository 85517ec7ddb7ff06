"""Races of people and machines, judged by what each was told and by what was bought."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.marketplaces.appxite.simulator.templates import write_templates
from pipeline.marketplaces.simulated import Simulated
from workers.drills.inprocess import Wishes, inside
from workers.drills.races.actors import Theatre
from workers.drills.races.cases import Plan, groups, some
from workers.drills.races.shops import Shops
from workers.drills.races.tally import Tally, meet
from workers.drills.races.world import SHOP, World
from workers.drills.report import Form, Report, Setting
from workers.drills.seams import SeamedAccount, seamed_parts
from workers.drills.switchboard import account_settings
from workers.drills.virtual import VirtualClock, virtual_database
from workers.embedded import EmbeddedPostgres, claim
from workers.settings import variable

_DATABASE = "races"
_SETTLE = "10"
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
            settings={**_accounts(folder / "templates"), "QUOTEWAY_CREATE_COMPANIES": "always"},
            parts=seamed_parts(theatre),
            around=lambda account: SeamedAccount(theatre, account),
            connections=3,
        )
        shops = Shops(clock, seed)
        try:
            with inside(url, shops.pax8, clock, wishes, shops.answers) as made:
                yield World(made, theatre, shops)
        finally:
            theatre.close()


def _accounts(templates: Path) -> dict[str, str]:
    """At all marketplaces, Pax8 where a line names none; the devices of FlexPortal are ours to hand out."""
    write_templates(templates)
    return {
        **account_settings(Simulated, templates, settle_seconds=_SETTLE),
        variable("marketplaces", Simulated.FLEXPORTAL, "options"): "strategy=allocate",
        variable("sources", SHOP, "default_marketplace"): Simulated.PAX8.value,
    }


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
