"""
A whole Quoteway in one process, on virtual time: the real stages, runner, store, inbox and desk, with simulated
marketplaces behind the real adapters. Only the broker is not there: whoever drives it says which delivery comes when.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import cast

import httpx
from sqlalchemy import Engine

from pipeline.marketplaces import AccountConfig, SharedBreaker, factory
from pipeline.marketplaces.account import HttpAccount
from pipeline.marketplaces.pax8.simulator import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Pax8Simulator
from pipeline.ports import Account, Breaker, Budget, Purpose, Tokens
from pipeline.runner import Time
from pipeline.store.breakers import StoredBreakers
from pipeline.store.cipher import Cipher, new_key
from pipeline.store.database import Database
from workers.bootstrap import Application, Parts
from workers.drills.virtual import VirtualClock, keep_time
from workers.settings import load_settings


class Unlimited:
    """A budget that allows every call."""

    def take(self, account: str, purpose: Purpose) -> timedelta | None:
        del account, purpose
        return None

    def used(self, account: str) -> tuple[int, int] | None:
        del account
        return 0, 0


@dataclass(frozen=True, slots=True)
class Inside:
    """What a world is made of. `clock` is that of the database, of the process and of the simulator."""

    clock: VirtualClock
    simulator: Pax8Simulator
    application: Application


@dataclass(frozen=True, slots=True)
class Wishes:
    """
    How an in-process Quoteway differs from the plain one. `settings` are variables, as an administrator sets them.

    `parts` may have seams. The account in them is not used: the ones that call the simulators in-process are, and
    `around` may lay seams around those. `apart` is how far the process's own clock is ahead of the database's.
    """

    settings: Mapping[str, str] = field(default_factory=dict)
    parts: Parts = field(default_factory=Parts)
    around: Callable[[Account], Account] = lambda account: account
    connections: int = 1
    apart: timedelta = timedelta(0)


Answers = Callable[[httpx.Request], httpx.Response]


@contextmanager
def inside(
    url: str,
    simulator: Pax8Simulator,
    clock: VirtualClock,
    wishes: Wishes | None = None,
    answers: Answers | None = None,
) -> Iterator[Inside]:
    """
    Everything put together over a database of `virtual_database` and a simulator with the same clock. `answers` is who
    takes the calls, where there are more marketplaces than that one.
    """
    wishes = wishes or Wishes()
    parts = virtual_parts(wishes, answers or simulator, clock)
    settings = load_settings({**variables(url), **wishes.settings}, None)
    with Application.open(settings, pool_size=wishes.connections, parts=parts) as application:
        yield Inside(clock, simulator, application)


def virtual_parts(wishes: Wishes, answers: Answers, clock: VirtualClock) -> Parts:
    """The parts of an application on this clock, whose calls are answered in-process: by a simulator, say."""
    made: list[Database] = []

    def database(engine: Engine, cipher: Cipher) -> Database:
        keep_time(engine, clock)
        made.append(wishes.parts.database(engine, cipher))
        return made[-1]

    def now() -> datetime:
        return clock.now() + wishes.apart

    def account(config: AccountConfig, tokens: Tokens, budget: Budget, _breaker: Breaker) -> Account:
        breaker = SharedBreaker(StoredBreakers(made[-1]), now=now, clock=clock.boottime)
        made_by = cast(type[HttpAccount], factory(config.marketplace))
        transport = httpx.MockTransport(answers)
        return wishes.around(made_by(config, tokens, budget, breaker, transport, clock.boottime, now))

    return replace(
        wishes.parts,
        database=database,
        account=account,
        budget=lambda _settings, _url, _head: Unlimited(),
        time=Time(clock.boottime, clock.pause),
    )


def variables(url: str) -> dict[str, str]:
    """The settings of an application over this database that sells at Pax8, with an encryption key of its own."""
    pax8 = "QUOTEWAY_MARKETPLACES__PAX8__"
    return {
        **foundation(url),
        f"{pax8}BASE_URL": "http://pax8.simulator/v1",
        f"{pax8}CLIENT_ID": DEMO_CLIENT_ID,
        f"{pax8}CLIENT_SECRET": DEMO_CLIENT_SECRET,
    }


def foundation(url: str) -> dict[str, str]:
    """The same without a marketplace."""
    return {
        "QUOTEWAY_DATABASE_URL": url,
        "QUOTEWAY_REDIS_URL": "unix:///nowhere",
        "QUOTEWAY_ENCRYPTION_KEYS": new_key(),
        "QUOTEWAY_SOURCES__SHOP__KIND": "generic",
        "QUOTEWAY_SOURCES__SHOP__SECRETS": "bearer:shop-secret-for-drills",
    }
