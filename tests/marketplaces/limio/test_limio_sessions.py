"""Checkout sessions before a purchase: still there, still ours, and never bought from twice."""

from dataclasses import replace

from pipeline.abilities import BasketGone, Passed, RefusedPayload
from pipeline.domain.claim import PlaceOrder
from pipeline.marketplaces.limio.simulator import LimioSimulator, catalogue, customers
from tests.marketplaces.limio.buying import ADA, Shop, in_time

BASKET = ("GET", "/api/partner/checkout/{basketId}")


def test_a_session_is_looked_at_unless_this_very_stage_has_opened_it(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    wanted, opened = shop.ready(), shop.open()
    assert wanted.filled is not None
    ref = opened.send(wanted.filled, in_time()).ref or ""
    assert isinstance(opened.rehearse(wanted.model_copy(update={"basket": ref})), Passed)
    assert shop.calls(BASKET) == 0

    assert isinstance(shop.open().rehearse(wanted), Passed)
    assert shop.calls(BASKET) == 1


def test_a_session_that_is_no_longer_there_is_gone(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    wanted = shop.ready()
    simulator.world.baskets.clear()

    assert shop.open().rehearse(wanted) == BasketGone()


def refilled(simulator: LimioSimulator, wanted: PlaceOrder, **changed: object) -> None:
    simulator.world.baskets[wanted.basket].order |= changed


def test_a_session_that_holds_something_else_now_is_gone(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    wanted, other = shop.ready(), shop.ready()
    offer = {"id": catalogue.BACKUP.id, "version": catalogue.BACKUP.version}
    refilled(simulator, wanted, orderItems=[{"offer": offer, "quantity": 50}])
    refilled(simulator, other, external_id="QW-OTHER")

    assert shop.open().rehearse(wanted) == BasketGone()
    assert shop.open().rehearse(other) == BasketGone()


def test_a_session_that_was_bought_from_is_never_replaced(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    wanted = shop.ready()
    shop.open().send(wanted, in_time())
    refused = shop.open().rehearse(wanted)

    assert isinstance(refused, RefusedPayload)
    assert f"Something was bought from checkout session {wanted.basket} already" in refused.details[0]


def test_every_attempt_of_one_purchase_names_the_same_session(simulator: LimioSimulator) -> None:
    """A tenant that takes a session once refuses the second attempt, or answers with the first one's order."""
    shop = Shop(simulator)
    simulator.knobs.repeated_basket = "same_order"
    wanted = shop.ready()
    first, second = shop.open().send(wanted, in_time()), shop.open().send(wanted, in_time())
    assert first.ref == second.ref
    assert len(simulator.world.bought) == 1

    simulator.knobs.repeated_basket = "refused"
    third = shop.open().send(wanted, in_time())
    assert "already completed" in third.details[0]
    assert len(simulator.world.bought) == 1


def test_an_order_in_the_name_of_another_customer_than_the_chosen_one_is_refused(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    chosen = shop.ready(company_id=customers.LADA.id)
    refused = shop.open().rehearse(chosen)

    assert isinstance(refused, RefusedPayload)
    assert customers.LADA.id in refused.details[0]
    assert not {ADA.email, customers.LADA.email} & set(refused.details[0].split())


def test_a_customer_whom_the_order_makes_is_nobody_else(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)

    assert isinstance(shop.open().rehearse(shop.ready(company_id="new-0123456789abcdef")), Passed)


def test_of_a_customer_of_another_name_who_took_the_address_meanwhile_nothing_is_bought(
    simulator: LimioSimulator,
) -> None:
    shop = Shop(simulator)
    buyer = ADA.model_copy(update={"name": "Proseware"})

    refused = shop.open().rehearse(shop.ready(company_id="new-0123456789abcdef", buyer=buyer))

    assert isinstance(refused, RefusedPayload)
    assert f"by now that is Contoso ({customers.CONTOSO.id}), not Proseware" in refused.details[0]


def test_between_two_customers_of_one_address_limio_would_choose_so_nothing_is_bought(
    simulator: LimioSimulator,
) -> None:
    shop = Shop(simulator)
    known = simulator.world.by_email(customers.CONTOSO.email)
    assert known is not None
    simulator.world.customers["cus-2"] = replace(known, id="cus-2", company="Contoso Retail")

    refused = shop.open().rehearse(shop.ready(company_id="cus-2"))

    assert isinstance(refused, RefusedPayload)
    assert "2 customers have that address" in refused.details[0]


def test_a_chosen_customer_whose_address_cannot_be_read_is_not_taken_on_trust(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    wanted = shop.ready(company_id=customers.LADA.id)
    simulator.world.customers[customers.LADA.id].email = ""

    assert isinstance(shop.open().rehearse(wanted), RefusedPayload)
