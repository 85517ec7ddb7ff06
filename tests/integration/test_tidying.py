"""Throwing away what orders have left in baskets: the errand, on the database's own rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text, update

from events.errands import Errands
from pipeline.domain.catalogue import PlacedOrder
from pipeline.domain.claim import Answer, AnswerClass, Closing, DropBasket
from pipeline.domain.order import Policy
from pipeline.domain.stage import Stage
from pipeline.moves import Rules
from pipeline.operations import acting
from pipeline.operations.desk import Desk
from pipeline.operations.tidying import Tidying
from pipeline.store import journal
from pipeline.store.tables import CLAIMS, ERRANDS, ORDERS
from pipeline.testing import FakeMarketplace, FakeWithBaskets
from tests.integration.running import Bench, a_bench

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
REFUSED = Answer(AnswerClass.REJECTED, details=("It is locked.",), status=409)
UNKNOWN = Answer(AnswerClass.UNKNOWN, details=("the connection broke",))


class House(Bench):
    """`shop` sells from baskets."""

    shop: FakeWithBaskets
    desk: Desk
    errands: Errands

    def furnish(self, shop: FakeWithBaskets) -> None:
        self.shop = shop
        rules = Rules(timedelta(hours=24), timedelta(seconds=60))
        self.desk = Desk(self.database, {"pax8": self.account}, {"pax8": Policy()}, rules)
        self.errands = Errands(self.database, {}, {}, "", tidying=Tidying(self.desk))
        self.errands.begin()

    def with_a_basket(self) -> UUID:
        """An order that stands before its purchase, with what it wants in a basket."""
        order = self.order()
        self.go(order, lambda stage: stage is not Stage.SUBMIT)
        assert len(self.claims(order)) == 1
        return order

    def cancel(self, order: UUID) -> None:
        row = self.row(order)
        acting.cancel(self.desk, row.ref, row.version, "the customer has withdrawn", actor="dana")

    def change(self, order: UUID, kind: str = "fill_basket", **values: Any) -> None:
        """As if this claim of the order were so."""
        with self.database.transaction() as connection:
            chosen = (CLAIMS.c.order_id == order) & (CLAIMS.c.kind == kind)
            connection.execute(update(CLAIMS).where(chosen).values(values))

    def tidy(self) -> str:
        return self.errands.run(self.errand().id)

    def errand(self) -> Any:
        with self.database.transaction() as connection:
            due = (ERRANDS.c.due_at - func.clock_timestamp()).label("due_in")
            return connection.execute(select(ERRANDS, due)).one()

    def told(self, order: UUID) -> list[tuple[str, str]]:
        """What its timeline says of baskets that were left."""
        with self.database.transaction() as connection:
            entries = journal.read(connection, self.database, order)
        return [(one.outcome, one.notes[0]) for one in entries if one.outcome.startswith("basket_")]

    def drops(self) -> int:
        return sum(isinstance(write, DropBasket) for write in self.shop.sent)


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    shop = FakeWithBaskets()
    shop.sells("backup").knows("company")
    with a_bench(database_url, marketplace=shop) as bench:
        made = House(bench.database, shop, bench.account, bench.runner)
        made.furnish(shop)
        yield made


def test_what_a_cancelled_order_has_in_a_basket_is_thrown_away_and_told_of(house: House) -> None:
    order = house.with_a_basket()
    (basket,) = house.shop.baskets
    house.tidy()
    assert house.drops() == 0

    house.cancel(order)

    assert house.errand().due_in <= timedelta(seconds=1)
    assert house.tidy() == "1 thrown away"
    assert not house.shop.baskets
    assert house.told(order) == [
        ("basket_dropped", f"What this order left in basket {basket} at Pax8 was thrown away.")
    ]
    assert house.row(order).state == "cancelled"


def test_a_repeat_does_nothing_and_the_next_one_is_a_day_later(house: House) -> None:
    house.cancel(house.with_a_basket())
    house.tidy()

    assert house.tidy() == "0 thrown away"

    assert house.drops() == 1
    assert timedelta(hours=23) < house.errand().due_in <= timedelta(hours=24)


def test_an_order_that_never_had_a_basket_hurries_nothing(house: House) -> None:
    order = house.order()
    house.tidy()

    house.cancel(order)

    assert house.errand().due_in > timedelta(hours=23)


def test_what_was_bought_from_is_left_alone(house: House) -> None:
    order = house.order()
    assert house.go(order).state == "done"

    assert house.tidy() == "0 thrown away"

    assert house.drops() == 0
    assert len(house.shop.baskets) == 1
    assert house.told(order) == []


@pytest.mark.parametrize("closing", [Closing.CANCELLED, Closing.RESENT, Closing.ABSENT])
def test_what_may_have_been_bought_from_is_left_alone(house: House, closing: Closing) -> None:
    order = house.with_a_basket()
    house.shop.answers.append(UNKNOWN)
    house.go(order)
    house.change(order, "place_order", closing=closing, closed_at=datetime.now(UTC))
    house.cancel(order)

    house.tidy()

    assert house.drops() == 0
    assert len(house.shop.baskets) == 1


def test_what_was_refused_as_a_purchase_is_thrown_away(house: House) -> None:
    order = house.with_a_basket()
    house.shop.answers.append(REFUSED)
    house.go(order)
    house.cancel(order)

    assert house.tidy() == "1 thrown away"


def test_what_somebody_bought_by_hand_is_left_and_told_of_once(house: House) -> None:
    order = house.with_a_basket()
    (basket,) = house.shop.baskets
    house.shop.placed["order-7"] = PlacedOrder("order-7", "company", ())
    house.shop.bought_from["order-7"] = basket
    house.cancel(order)

    assert house.tidy() == "0 thrown away"
    house.tidy()

    assert house.drops() == 0
    assert house.told(order) == [
        ("basket_left", "Order order-7 was made from a basket of this order, and not by Quoteway.")
    ]


def test_what_cannot_be_thrown_away_is_told_of_once(house: House) -> None:
    order = house.with_a_basket()
    (basket,) = house.shop.baskets
    house.shop.answers.append(REFUSED)
    house.cancel(order)

    house.tidy()
    house.tidy()

    assert house.drops() == 1
    assert house.told(order) == [
        ("basket_left", f"Basket {basket} was not thrown away (It is locked). Nothing was bought from it.")
    ]


def test_a_marketplace_that_does_not_answer_is_asked_again_later(house: House) -> None:
    order = house.with_a_basket()
    house.shop.answers.append(UNKNOWN)
    house.cancel(order)

    assert house.tidy() == "Pax8 did not answer about a basket that was left."

    assert timedelta() < house.errand().due_in <= timedelta(seconds=30)
    assert house.errand().faults == 1
    assert house.told(order) == []
    assert house.tidy() == "1 thrown away"


@pytest.mark.parametrize(("age", "thrown_away"), [(HOUR, 1), (MINUTE, 0)], ids=["has shown", "may yet show"])
def test_one_whose_answer_was_lost_is_looked_for_once_it_must_have_shown(
    house: House, age: timedelta, thrown_away: int
) -> None:
    order = house.with_a_basket()
    house.cancel(order)
    closed = text(f"now() - interval '{age.total_seconds()} seconds'")
    house.change(order, closing=Closing.ABSENT, marketplace_id=None, closed_at=closed)

    assert house.tidy() == f"{thrown_away} thrown away"

    assert len(house.shop.baskets) == 1 - thrown_away


def test_one_that_cannot_be_found_is_given_up(house: House) -> None:
    order = house.with_a_basket()
    house.cancel(order)
    house.shop.baskets.clear()
    house.change(order, closing=Closing.ABSENT, marketplace_id=None, closed_at=text("now() - interval '1 day'"))

    house.tidy()
    house.tidy()

    assert house.shop.calls["find_basket"] == 1
    assert house.told(order) == []


def test_a_failed_order_keeps_its_basket_for_it_may_be_tried_again(house: House) -> None:
    order = house.with_a_basket()
    with house.database.transaction() as connection:
        connection.execute(update(ORDERS).where(ORDERS.c.id == order).values(state="failed", due_at=None))

    house.tidy()

    assert len(house.shop.baskets) == 1


def test_more_than_one_errand_can_see_to_are_seen_to_by_the_next(house: House) -> None:
    for _ in range(21):
        house.cancel(house.with_a_basket())

    assert house.tidy() == "20 thrown away"

    assert house.errand().due_in <= timedelta()
    assert house.tidy() == "1 thrown away"
    assert not house.shop.baskets


def test_where_nothing_is_sold_from_baskets_there_is_no_such_errand(house: House) -> None:
    house.account.marketplace = FakeMarketplace()

    assert house.errands.wanted() == []
