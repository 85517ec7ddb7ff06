"""An accepted quote changes a subscription, from the webhook to the end, also when answers get lost."""

from typing import Any

import pytest

from pipeline.marketplaces.pax8.simulator import catalogue
from tests.flow.house import House, asking, done, line, questions, quote, rests
from workers.bootstrap import Application

CHANGE = ("PUT", "/v1/subscriptions/{subscriptionId}")


def subscribed(house: House, customer: Any) -> Any:
    with house.simulator.locked():
        world = house.simulator.world
        return world.subscribe(customer.id, world.products[catalogue.BACKUP.id], 5, "Monthly")


def test_a_quote_changes_a_subscription_and_buys_nothing(house: House, application: Application) -> None:
    customer = house.customer()
    mine = subscribed(house, customer)
    house.start_worker()

    wanted = quote([line(quantity=8, changes=mine.id)], customer=customer)
    order = house.wait(application, house.accept(application, wanted), done)

    assert (mine.quantity, len(mine.past)) == (8, 1)
    assert not house.bought(customer.id)
    assert (order["marketplace_order_id"], order["lines"][0]["verdict"]) == (mine.id, "live")


@pytest.mark.parametrize(
    ("when", "again", "stands"),
    [("after", "false", (8, 1)), ("before", "true", (8, 1))],
    ids=["the answer is lost", "the request is lost, and absent ones are sent again"],
)
def test_a_loss_is_healed_without_a_second_change(
    when: str, again: str, stands: tuple[int, int], house: House, application: Application
) -> None:
    customer = house.customer()
    mine = subscribed(house, customer)
    house.simulator.faults.add(match=CHANGE, containing=mine.id, kind="reset", when=when)
    house.start_worker(QUOTEWAY_MARKETPLACES__PAX8__RESEND_WHEN_ABSENT=again)

    wanted = quote([line(quantity=8, changes=mine.id)], customer=customer)
    house.wait(application, house.accept(application, wanted), done, 60)

    assert (mine.quantity, len(mine.past)) == stands


def test_a_lost_request_is_asked_about(house: House, application: Application) -> None:
    customer = house.customer()
    mine = subscribed(house, customer)
    house.simulator.faults.add(match=CHANGE, containing=mine.id, kind="reset", when="before")
    house.start_worker()

    wanted = quote([line(quantity=8, changes=mine.id)], customer=customer)
    order = house.wait(application, house.accept(application, wanted), rests, 60)

    assert asking(order)
    assert "It still stands as it did" in questions(order)
    assert not mine.past
