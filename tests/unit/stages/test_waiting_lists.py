"""Polls that lists answer: which calls are made, and that nothing is missed for the want of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from pipeline.abilities import Cancellable
from pipeline.domain.catalogue import Subscription, Verdict
from pipeline.domain.facts import Cancelling
from pipeline.domain.outcome import Advance
from pipeline.testing import NOON, FakeMarketplace, Walk
from tests.unit.stages.test_poll_status import (
    LIVE,
    MANUAL,
    PENDING,
    becomes,
    bought,
    progress,
    told_by_the_order,
    waits,
)

SECOND = timedelta(seconds=1)


@dataclass
class WithLists(FakeMarketplace):
    """Its lists show what is in `shown`. `looked` is what they were asked for, and how old they might be."""

    shown: dict[str, Subscription] = field(default_factory=dict)
    looked: list[tuple[Mapping[str, str], timedelta]] = field(default_factory=list)
    tells_with_order: bool = False

    def waiting(self, sought: Mapping[str, str], since: datetime, now: datetime) -> Mapping[str, Subscription]:
        self._count("waiting")
        self.looked.append((sought, now - since))
        return {key: one for key, one in self.shown.items() if key in sought}

    def cancellable(self, placed: object) -> Sequence[Cancellable]:
        del placed
        return [Cancellable("s1", "subscription s1", refused="it is not the day for it")]

    def shows(self, *subscriptions: str) -> None:
        self.shown = {key: self.subscribed[key] for key in subscriptions}


def at_lists(*statuses: tuple[str, Verdict] | None) -> tuple[Walk, WithLists]:
    market = WithLists()
    walk, _ = bought(*statuses, at=market)
    return walk, market


def calls_of_the_next_poll(walk: Walk, market: FakeMarketplace) -> dict[str, int]:
    market.calls.clear()
    walk.run()
    return dict(market.calls)


def test_right_after_the_purchase_no_list_is_asked() -> None:
    walk, market = at_lists(MANUAL)

    assert calls_of_the_next_poll(walk, market) == {"order": 1, "subscription": 1}


def test_an_order_whose_subscriptions_are_known_is_not_read_again() -> None:
    walk, market = at_lists(MANUAL)
    walk.run()

    assert calls_of_the_next_poll(walk, market) == {"waiting": 1, "subscription": 1}


def test_it_is_read_as_long_as_one_of_its_lines_has_no_subscription() -> None:
    walk, market = at_lists(MANUAL, None)
    walk.run()

    assert calls_of_the_next_poll(walk, market) == {"waiting": 1, "order": 1, "subscription": 1}


def test_what_a_list_shows_unchanged_needs_no_call_of_its_own() -> None:
    walk, market = at_lists(MANUAL, PENDING)
    walk.run()
    market.shows("s1", "s2")

    assert calls_of_the_next_poll(walk, market) == {"waiting": 1}
    assert market.looked[-1][0] == {"s1": "PendingManual", "s2": "PendingAutomated"}
    assert progress(walk).status_word == "PendingManual"


def test_what_is_not_shown_is_read_by_itself() -> None:
    walk, market = at_lists(MANUAL)
    walk.run()
    becomes(market, "s1", LIVE)

    assert isinstance(walk.run(), Advance)


def test_what_a_list_shows_changed_is_read_by_itself() -> None:
    walk, market = at_lists(MANUAL)
    walk.run()
    becomes(market, "s1", LIVE)
    market.shows("s1")
    becomes(market, "s1", PENDING)

    assert calls_of_the_next_poll(walk, market) == {"waiting": 1, "subscription": 1}
    assert progress(walk).status_word == "PendingAutomated", "what was read by itself counts"


def test_what_is_live_is_still_read_by_itself() -> None:
    walk, market = at_lists(LIVE, MANUAL)
    walk.run()
    market.shows("s1", "s2")

    assert calls_of_the_next_poll(walk, market) == {"waiting": 1, "subscription": 1}
    assert market.looked[-1][0] == {"s2": "PendingManual"}


def test_what_else_a_list_says_of_a_subscription_counts_too() -> None:
    walk, market = at_lists(MANUAL)
    walk.run()
    market.shows("s1")
    market.shown["s1"] = replace(market.shown["s1"], quantity=Decimal(9))

    waits(walk.run())

    assert progress(walk).quantity == Decimal(9)


def test_a_person_who_wants_it_cancelled_has_it_read_fresh() -> None:
    walk, market = at_lists(MANUAL)
    walk.run()
    market.shows("s1")
    wish = Cancelling(by="dana", reason="not wanted", at=walk.order.now)
    walk.change(facts=walk.order.facts.learn(cancelling=wish))

    assert calls_of_the_next_poll(walk, market) == {"order": 1, "subscription": 1}


def test_where_the_order_tells_it_is_read_unless_all_its_lines_are_shown() -> None:
    walk, market = at_lists(MANUAL, PENDING)
    market.tells_with_order = True
    walk.run()
    market.shows("s1")
    assert calls_of_the_next_poll(walk, market) == {"waiting": 1, "order": 1, "subscription": 1}

    market.shows("s1", "s2")

    assert calls_of_the_next_poll(walk, market) == {"waiting": 1}


def test_a_marketplace_without_such_lists_is_read_as_ever() -> None:
    walk, market = told_by_the_order(MANUAL)
    walk.run()

    assert calls_of_the_next_poll(walk, market) == {"order": 1}


@pytest.mark.parametrize(
    ("polls", "age"),
    [(0, 1.25), (4, 15), (6, 60), (8, 60), (1000, 60)],
    ids=["5 s between polls", "a minute", "five minutes", "half an hour", "the thousandth"],
)
def test_a_list_is_no_older_than_a_part_of_the_time_between_two_polls(polls: int, age: float) -> None:
    walk, market = at_lists(MANUAL)
    walk.run()

    walk.change(polls=polls).run()

    assert market.looked[-1][1] == age * SECOND


@pytest.mark.parametrize(
    ("announced", "age"), [(-90, 60), (-10, 10), (0, 0), (1, 0)], ids=["long ago", "lately", "now", "up to a moment on"]
)
def test_a_list_from_before_an_announcement_is_not_used(announced: int, age: int) -> None:
    walk, market = at_lists(MANUAL)
    walk.run()

    walk.change(polls=8, announced_at=NOON + announced * SECOND).run()

    assert market.looked[-1][1] == age * SECOND


def test_a_quantity_that_a_list_does_not_tell_is_as_it_was() -> None:
    walk, market = at_lists(MANUAL)
    walk.run()
    market.shows("s1")
    market.shown["s1"] = replace(market.shown["s1"], product_id="", quantity=None)

    assert waits(walk.run()).facts is None
    assert progress(walk).quantity == Decimal(10)
