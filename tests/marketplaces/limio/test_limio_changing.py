"""A change of offer at Limio: an order for a subscription that is there, on the way of any purchase."""

import json
from typing import Any

import pytest

from pipeline.domain.errors import Refused
from pipeline.domain.outcome import Ask, WaitUntil
from pipeline.domain.question import QuestionKind
from pipeline.domain.stage import Stage
from pipeline.marketplaces.limio.options import Options
from pipeline.marketplaces.limio.payload import compose
from pipeline.marketplaces.limio.simulator import LimioSimulator, catalogue, customers
from pipeline.marketplaces.limio.simulator.records import Subscription
from tests.marketplaces.limio.buying import SUBMIT, a_purchase
from tests.marketplaces.limio.test_limio_walk import RESENDS, Trip, of, trip

BACKUP, RETENTION = catalogue.BACKUP.id, catalogue.RETENTION.id


def subscribed(simulator: LimioSimulator, customer: str = customers.CONTOSO.id, word: str = "active") -> Subscription:
    """Five of the backup."""
    world = simulator.world
    made = world.subscribe(world.customers[customer], [world.item(BACKUP, 5)])
    world.set_status(made.id, word)
    return made


def changing(simulator: LimioSimulator, **line: Any) -> tuple[Trip, Subscription]:
    mine = subscribed(simulator)
    values: dict[str, Any] = {"quantity": 8, "changes": mine.id}
    return trip(simulator, of(BACKUP, **(values | line))), mine


def holds(simulator: LimioSimulator, mine: Subscription) -> list[tuple[str, int]]:
    return [(one.offer_id, one.quantity) for one in mine.items(simulator.world.now)]


@pytest.mark.parametrize(
    ("line", "contents"),
    [({}, [(BACKUP, 8)]), ({"product_id": RETENTION, "quantity": 2}, [(RETENTION, 2)])],
    ids=["more of the same offer", "another offer"],
)
def test_a_subscription_is_changed_by_one_order_and_no_other_is_made(
    simulator: LimioSimulator, line: dict[str, Any], contents: list[tuple[str, int]]
) -> None:
    way, mine = changing(simulator)
    way.walk.change(quote=way.walk.order.quote.model_copy(update={"lines": _with(way, line)}))
    before = len(simulator.world.subscriptions)

    way.until(Stage.NOTIFY)

    assert not [one for one in way.walk.outcomes if isinstance(one, WaitUntil) and one.questions]
    (order,) = simulator.world.bought
    assert (order.kind, order.subscription) == ("change_offer", mine)
    assert order.external_id == way.walk.order.reference
    assert holds(simulator, mine) == contents
    assert len(simulator.world.subscriptions) == before


def _with(way: Trip, line: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(one.model_copy(update=line) for one in way.walk.order.lines)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_change_whose_answer_is_lost_is_ordered_once(simulator: LimioSimulator, when: str) -> None:
    way, mine = changing(simulator)
    way.walk.change(policy=RESENDS)
    way.shop.fault("reset", SUBMIT, when=when)

    way.until(Stage.NOTIFY)

    assert way.bought == 1
    assert holds(simulator, mine) == [(BACKUP, 8)]


@pytest.mark.parametrize(
    ("where", "named", "words"),
    [
        ({}, "sub-nowhere", "shows no such subscription"),
        ({"customer": customers.TAILSPIN_ONE_PARENT.id}, "", "another company's"),
        ({"word": "cancelled"}, "", "that subscription is cancelled"),
    ],
    ids=["it is not there", "it is another customer's", "it has ended"],
)
def test_a_subscription_that_cannot_be_the_one_is_asked_about(
    simulator: LimioSimulator, where: dict[str, str], named: str, words: str
) -> None:
    mine = subscribed(simulator, **where)
    way = trip(simulator, of(BACKUP, changes=named or mine.id))

    outcome = way.until(Stage.SUBMIT)

    assert isinstance(outcome, Ask)
    assert outcome.questions[-1].kind is QuestionKind.SUBSCRIPTION
    assert words in outcome.questions[-1].text
    assert not simulator.world.bought


def test_two_lines_that_change_one_subscription_are_asked_about(simulator: LimioSimulator) -> None:
    mine = subscribed(simulator)
    way = trip(simulator, of(BACKUP, changes=mine.id), of(RETENTION, "2", changes=mine.id))

    outcome = way.until(Stage.SUBMIT)

    assert isinstance(outcome, Ask)
    assert "nobody says which of them holds" in outcome.questions[-1].text


def test_a_purchase_names_no_subscription_and_an_order_changes_one_only(simulator: LimioSimulator) -> None:
    options = Options()
    plain = a_purchase(simulator)
    changed = plain.lines[0].model_copy(update={"changes": "sub-1"})

    assert "forSubscription" not in json.loads(compose(plain, options).body)
    assert json.loads(compose(plain.model_copy(update={"lines": (changed,)}), options).body)["forSubscription"] == {
        "id": "sub-1"
    }
    with pytest.raises(Refused, match="changes one subscription, or makes one"):
        compose(plain.model_copy(update={"lines": (changed, plain.lines[0])}), options)
