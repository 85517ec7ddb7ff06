"""How far an order at Limio is: by its own status, and once it is complete by its subscription."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from pipeline.domain.catalogue import Subscription, Verdict
from pipeline.domain.errors import Unavailable, Unreadable
from pipeline.marketplaces.limio.simulator import LimioSimulator, catalogue, customers, offers
from tests.marketplaces.limio.buying import LIST, READ, Shop

BACKUP, RETENTION = catalogue.BACKUP.id, catalogue.RETENTION.id


def states(shop: Shop, ref: str) -> list[Subscription]:
    found = [line.state for line in shop.open().order(ref).lines]
    assert all(one is not None for one in found)
    return [one for one in found if one is not None]


def told(shop: Shop, ref: str) -> tuple[str, Verdict]:
    state = states(shop, ref)[0]
    return state.status_word, state.verdict


COURSES: dict[str, tuple[str, str, Verdict]] = {
    "all went well": ("smooth", "active", Verdict.LIVE),
    "a step that is not critical failed": ("crm_failed", "active", Verdict.LIVE),
    "stopped half way": (
        "half_done",
        "failed at billing-subscription: Upstream service returned an error",
        Verdict.FAILED,
    ),
    "failed at once": (
        "failed_at_once",
        "failed at billing-account: Upstream service returned an error",
        Verdict.FAILED,
    ),
    "never done": ("never_done", "processing", Verdict.IN_PROGRESS),
    "complete and never active": ("never_active", "pending", Verdict.IN_PROGRESS),
    "cancelled after all": ("cancelled", "cancelled", Verdict.FAILED),
    "a word that nobody knows": ("unknown_word", "awaiting_allocation", Verdict.UNKNOWN),
}


@pytest.mark.parametrize(("course", "word", "verdict"), COURSES.values(), ids=COURSES.keys())
def test_a_line_is_as_far_as_the_order_and_its_subscription_say(
    simulator: LimioSimulator, course: str, word: str, verdict: Verdict
) -> None:
    shop = Shop(simulator)
    simulator.world.run_next(offers.COURSES[course])
    ref = shop.buy()
    simulator.clock.advance(60)

    assert told(shop, ref) == (word, verdict)


def test_an_order_is_followed_from_pending_to_active_by_lines_of_the_same_name(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    ref = shop.buy((BACKUP, 5), (RETENTION, 2))
    seen = []
    for _ in range(4):
        seen.append([(one.id, one.status_word, one.product_id, one.quantity) for one in states(shop, ref)])
        simulator.clock.advance(2)

    words = [[word for _, word, _, _ in one] for one in seen]
    assert words == [["pending"] * 2, ["processing"] * 2, ["processing"] * 2, ["active"] * 2]
    lines = [(f"{ref}/1", BACKUP, Decimal(5)), (f"{ref}/2", RETENTION, Decimal(2))]
    assert all([(key, offer, quantity) for key, _, offer, quantity in one] == lines for one in seen)
    assert {one.company_id for one in states(shop, ref)} == {customers.CONTOSO.id}


def test_a_complete_order_without_a_subscription_is_not_live(simulator: LimioSimulator) -> None:
    simulator.knobs.subscription_read_lag = timedelta(minutes=5)
    shop = Shop(simulator)
    ref = shop.buy()
    simulator.clock.advance(60)

    assert told(shop, ref) == ("complete without a subscription that can be read", Verdict.IN_PROGRESS)
    simulator.clock.advance(300)
    assert told(shop, ref) == ("active", Verdict.LIVE)


def test_the_subscription_of_another_order_does_not_make_ours_live(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    simulator.world.run_next(offers.NEVER_ACTIVE)
    first = shop.buy()
    second = shop.buy(reference="QW-2")
    simulator.clock.advance(60)

    assert (told(shop, first)[0], told(shop, second)[0]) == ("pending", "active")


def test_a_subscription_that_holds_something_else_than_ordered_says_so(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    ref = shop.buy((BACKUP, 5), (RETENTION, 2))
    simulator.clock.advance(60)
    made = simulator.world.bought[0].subscription
    assert made is not None
    made.contents.append((simulator.world.now, (simulator.world.item(BACKUP, 4),)))

    held = [(one.product_id, one.quantity) for one in states(shop, ref)]
    assert held == [(BACKUP, Decimal(4)), ("", None)]


def test_two_lines_of_one_offer_each_get_their_own_quantity(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    ref = shop.buy((BACKUP, 5), (BACKUP, 2))
    simulator.clock.advance(60)
    made = simulator.world.bought[0].subscription
    assert made is not None
    made.contents.append((simulator.world.now, made.items(simulator.world.now)[::-1]))

    assert [one.quantity for one in states(shop, ref)] == [Decimal(5), Decimal(2)]


def test_a_failed_order_has_failed_whether_or_not_anybody_may_read_why(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    simulator.world.run_next(offers.HALF_DONE)
    ref = shop.buy()
    simulator.clock.advance(60)
    shop.fault("403", LIST)

    assert told(shop, ref) == ("failed", Verdict.FAILED)
    assert len(simulator.world.half_done) == 1


@pytest.mark.parametrize("newest_first", [True, False])
def test_of_several_steps_that_failed_the_one_that_stopped_this_order_is_told(
    simulator: LimioSimulator, newest_first: bool
) -> None:
    simulator.knobs.newest_first = newest_first
    shop = Shop(simulator)
    crm, billing = (
        offers.Plugin(name, critical=critical, outcome="fails", message=f"{name} is down")
        for name, critical in (("crm", False), ("billing", True))
    )
    simulator.world.run_next(
        offers.FAILED_AT_ONCE, offers.Course((offers.BILLING_ACCOUNT, crm, billing)), offers.HALF_DONE
    )
    refs = [shop.buy(reference=f"QW-{nth}") for nth in range(3)]
    simulator.clock.advance(60)

    assert told(shop, refs[1]) == ("failed at billing: billing is down", Verdict.FAILED)
    assert shop.calls(READ) == 3  # the order and the two steps


def test_why_it_failed_is_asked_again_where_limio_did_not_answer(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    simulator.world.run_next(offers.HALF_DONE)
    ref = shop.buy()
    simulator.clock.advance(60)
    shop.fault("502", LIST)

    with pytest.raises(Unavailable):
        shop.open().order(ref)


def test_the_words_of_a_failed_step_are_short_and_name_nobody(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    failing = offers.Plugin(
        "billing-account", outcome="fails", message=f"No account for ada@contoso.example {'x ' * 99}"
    )
    simulator.world.run_next(offers.Course((failing,)))
    ref = shop.buy()
    simulator.clock.advance(60)

    word, _ = told(shop, ref)
    assert word.startswith("failed at billing-account: No account for •••")
    assert len(word) < 130


def test_a_word_of_ones_own_tenant_may_be_told_by_an_option(simulator: LimioSimulator) -> None:
    shop = Shop(simulator, {"order_words": "Awaiting_Allocation:under way; stopped:failed"})
    ref = shop.buy()
    simulator.world.set_order_status(ref, "awaiting_allocation")
    assert told(shop, ref) == ("awaiting_allocation", Verdict.IN_PROGRESS)

    simulator.world.set_order_status(ref, "stopped")
    assert told(shop, ref) == ("stopped", Verdict.FAILED)


def test_a_word_of_a_subscription_that_nobody_knows_is_told_as_it_is(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    ref = shop.buy()
    simulator.clock.advance(60)
    made = simulator.world.bought[0].subscription
    assert made is not None
    simulator.world.set_status(made.id, "on_hold")

    assert told(shop, ref) == ("on_hold", Verdict.UNKNOWN)


def test_a_subscription_is_read_by_its_reference_where_the_tenant_can(simulator: LimioSimulator) -> None:
    simulator.knobs.reads_by_reference = True
    shop = Shop(simulator, {"subscription_by_reference": "yes"})
    ref = shop.buy()
    simulator.clock.advance(60)

    assert told(shop, ref) == ("active", Verdict.LIVE)
    assert (shop.calls(READ), shop.calls(LIST)) == (2, 0)


def ref_of_another(simulator: LimioSimulator) -> None:
    made = simulator.world.bought[0].subscription
    assert made is not None
    made.order_id = "order-of-somebody-else"


def no_reference(simulator: LimioSimulator) -> None:
    simulator.world.bought[0].subscription = None


@pytest.mark.parametrize("change", [ref_of_another, no_reference], ids=["by its reference", "by its order"])
def test_a_subscription_is_known_by_its_reference_or_by_the_order_that_it_names(
    simulator: LimioSimulator, change: Callable[[LimioSimulator], None]
) -> None:
    shop = Shop(simulator)
    ref = shop.buy()
    change(simulator)
    simulator.clock.advance(60)

    assert told(shop, ref) == ("active", Verdict.LIVE)


def test_a_subscription_that_its_reference_does_not_find_is_not_there_yet(simulator: LimioSimulator) -> None:
    shop = Shop(simulator, {"subscription_by_reference": "yes"})
    ref = shop.buy()
    simulator.clock.advance(60)

    assert told(shop, ref) == ("complete without a subscription that can be read", Verdict.IN_PROGRESS)


BARE: dict[str, tuple[dict[str, Any], Verdict]] = {
    "no status and no subscription": ({}, Verdict.IN_PROGRESS),
    "a status of nothing": ({"status": None}, Verdict.IN_PROGRESS),
    "a subscription and no status": ({"subscriptionReference": "S-1"}, Verdict.IN_PROGRESS),
}


@pytest.mark.parametrize(("fields", "verdict"), BARE.values(), ids=BARE.keys())
def test_an_order_that_says_little_of_itself_is_not_live(
    simulator: LimioSimulator, fields: dict[str, Any], verdict: Verdict
) -> None:
    shop = Shop(simulator)
    ref = shop.buy()
    body = {"id": ref, "data": {"orderItems": [{"offer": {"id": BACKUP}}]}, **fields}
    shop.fault("wrong_content", READ, body=body)

    assert told(shop, ref)[1] is verdict


def test_what_an_order_does_not_say_that_it_holds_its_subscription_says(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    ref = shop.buy((BACKUP, 5), (RETENTION, 2))
    simulator.clock.advance(60)
    shop.fault("wrong_content", READ, body={"id": ref})

    assert [(one.product_id, one.quantity, one.status_word) for one in states(shop, ref)] == [
        (BACKUP, Decimal(5), "active"),
        (RETENTION, Decimal(2), "active"),
    ]


def test_an_order_that_does_not_say_what_it_holds_cannot_be_read(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    ref = shop.buy()
    shop.fault("wrong_content", READ, body={"id": ref, "status": "pending"})

    with pytest.raises(Unreadable, match="says nothing of what was ordered"):
        shop.open().order(ref)
