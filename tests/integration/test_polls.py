"""Polls on the database's own rows: what they are told, and which calls they may use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from pipeline.domain.catalogue import Subscription, Verdict
from pipeline.domain.order import Policy
from pipeline.domain.stage import Stage
from pipeline.moves import Rules
from pipeline.operations.cancelling import cancel
from pipeline.operations.desk import Desk
from pipeline.ports import Purpose
from pipeline.store import announcements
from tests.cancelling_market import Cancels
from tests.integration.running import Bench, a_bench, nothing

MANUAL = ("PendingManual", Verdict.WAITS_FOR_MARKETPLACE)


@dataclass
class Waits(Cancels):
    """Whatever is bought waits for a person there. `since` is how old lists might be, as they were asked for."""

    tells_with_order: bool = False
    since: list[tuple[datetime, datetime]] = field(default_factory=list)

    def waiting(self, sought: Mapping[str, str], since: datetime, now: datetime) -> Mapping[str, Subscription]:
        self.since.append((since, now))
        return {key: self.subscribed[key] for key in sought}


@pytest.fixture
def shop() -> Waits:
    shop = Waits(provisions=MANUAL)
    shop.sells("backup").knows("company")
    return shop


@pytest.fixture
def bench(database_url: str, shop: Waits) -> Iterator[Bench]:
    with a_bench(database_url, marketplace=shop) as one:
        yield one


def at_poll(bench: Bench) -> UUID:
    """An order that has been polled once."""
    order = bench.order()
    row = bench.go(order)
    assert (row.stage, row.state) == (Stage.POLL_STATUS, "waiting")
    return order


def poll(bench: Bench, order: UUID) -> None:
    bench.make_due(order)
    bench.go(order, nothing)


def test_nothing_that_was_read_before_an_announcement_answers_a_poll_after_it(bench: Bench, shop: Waits) -> None:
    order = at_poll(bench)
    poll(bench, order)
    with bench.database.transaction() as connection:
        announcements.note(connection, "pax8")

    poll(bench, order)

    (before, then), (since, now) = shop.since
    assert before < then
    assert since == now, "the announcement covers the second after it"


def test_what_another_marketplace_announces_changes_nothing(bench: Bench, shop: Waits) -> None:
    order = at_poll(bench)
    with bench.database.transaction() as connection:
        announcements.note(connection, "limio")

    poll(bench, order)

    ((since, now),) = shop.since
    assert since < now


def test_polls_may_use_only_the_calls_that_are_theirs(bench: Bench) -> None:
    order = at_poll(bench)
    bench.account.opened.clear()

    poll(bench, order)

    assert bench.account.opened == [Purpose.POLL]


def test_what_a_person_wants_cancelled_does_not_stand_behind_polls(bench: Bench) -> None:
    order = at_poll(bench)
    rules = Rules(timedelta(hours=24), timedelta(seconds=60))
    desk = Desk(bench.database, {"pax8": bench.account}, {"pax8": Policy()}, rules)
    row = bench.row(order)
    cancel(desk, row.ref, row.version, "not wanted any more", actor="dana")
    bench.account.opened.clear()

    poll(bench, order)

    assert set(bench.account.opened) == {Purpose.WORK}
