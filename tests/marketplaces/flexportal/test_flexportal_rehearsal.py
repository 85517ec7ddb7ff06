"""What stands in for a dry run: the order held against what FlexPortal says just now."""

from typing import Any

import pytest

from pipeline.abilities import Passed, RefusedPayload, Rehearses
from pipeline.domain.claim import PurchaseLine
from pipeline.marketplaces.flexportal.simulator import catalogue, customers
from tests.contracts.flexportal_case import FlexPortalCase, a_buyer, a_device
from tests.contracts.simulated import ready

NEW = "new-0123456789abcdef"


def rehearsed(
    case: FlexPortalCase, *lines: PurchaseLine, company_id: str = customers.CONTOSO.id, **buyer: str
) -> Passed | RefusedPayload:
    changed: dict[str, Any] = {"company_id": company_id}
    if lines:
        changed["lines"] = lines
    if buyer:
        changed["buyer"] = a_buyer(**buyer)
    marketplace = case.open()
    assert isinstance(marketplace, Rehearses)
    found = marketplace.rehearse(ready(marketplace, case.wanted("QW-1").model_copy(update=changed)))
    assert case.calls("purchase") == 0
    assert isinstance(found, Passed | RefusedPayload)
    return found


@pytest.fixture
def case() -> FlexPortalCase:
    return FlexPortalCase()


def the_words(found: Passed | RefusedPayload) -> str:
    assert isinstance(found, RefusedPayload), found
    (detail,) = found.details
    return detail


def test_what_flexportal_offers_passes(case: FlexPortalCase) -> None:
    assert rehearsed(case) == Passed()


@pytest.mark.parametrize(
    ("sku", "months", "sentence"),
    [
        ("NO-SUCH", 12, "VARIANT_NOT_FOUND: item 1 (NO-SUCH): FlexPortal has no such SKU"),
        (catalogue.SCANNER_INACTIVE, 12, "VARIANT_INACTIVE: item 1 (SCANNER-2): its status is 'inactive'"),
        (
            catalogue.LAPTOP_14,
            18,
            "INVALID_CONTRACT_LENGTH: item 1 (LAPTOP-14): 18 months. FlexPortal does not offer this contract length",
        ),
    ],
)
def test_what_flexportal_would_refuse_is_refused_in_its_words(
    case: FlexPortalCase, sku: str, months: int, sentence: str
) -> None:
    assert the_words(rehearsed(case, a_device(1, sku, 1, months))).startswith(sentence)


def test_all_that_is_wrong_is_told_at_once(case: FlexPortalCase) -> None:
    found = rehearsed(case, a_device(1, "NO-SUCH", 1, 12), a_device(2, catalogue.PHONE, 1, 36))

    assert isinstance(found, RefusedPayload)
    assert len(found.details) == 2


def test_the_variants_are_read_afresh_and_not_from_before(case: FlexPortalCase) -> None:
    marketplace = case.open()
    assert isinstance(marketplace, Rehearses)
    marketplace.product(catalogue.LAPTOP_14)
    offer = case.simulator.world.offer(catalogue.LAPTOP_14)
    assert offer is not None
    offer[1].status = "inactive"

    assert isinstance(marketplace.rehearse(case.purchase()), RefusedPayload)


def test_an_order_that_would_go_to_another_customer_is_refused(case: FlexPortalCase) -> None:
    """FlexPortal goes by the address alone: the company that was decided on would not be asked."""
    found = rehearsed(case, email=customers.FABRIKAM_SHARED_MAILBOX.email)

    assert the_words(found) == (
        "the order's e-mail address is that of customer cust_fabrikam at FlexPortal, not of cust_contoso"
    )


def test_an_order_that_would_make_a_second_customer_of_a_known_one_is_refused(case: FlexPortalCase) -> None:
    found = rehearsed(case, email="ada.lovelace@contoso.example")

    assert the_words(found).startswith("customer cust_contoso at FlexPortal has another e-mail address")


def test_a_new_customer_is_made_by_the_order(case: FlexPortalCase) -> None:
    assert rehearsed(case, company_id=NEW, email="new@proseware.example") == Passed()


def test_a_customer_who_has_appeared_meanwhile_is_the_new_one(case: FlexPortalCase) -> None:
    case.simulator.world.customer("new@proseware.example", "Proseware")

    assert rehearsed(case, company_id=NEW, email="new@proseware.example", name="ProseWare") == Passed()


def test_a_customer_of_another_name_who_took_the_address_meanwhile_is_not_bought_for(case: FlexPortalCase) -> None:
    case.simulator.world.customer("it@shared.example", "Fabrikam")

    found = rehearsed(case, company_id=NEW, email="it@shared.example", name="Proseware")

    assert "is by now that of Fabrikam" in the_words(found)


def test_an_inactive_customer_is_refused(case: FlexPortalCase) -> None:
    who = customers.NORTHWIND_INACTIVE

    found = rehearsed(case, company_id=who.id, email=who.email)

    assert the_words(found) == "customer cust_northwind is inactive at FlexPortal. Have it made active there"


def test_an_address_of_two_customers_is_refused(case: FlexPortalCase) -> None:
    case.simulator.world.customer(customers.CONTOSO.email.upper(), "Contoso Branch")

    assert the_words(rehearsed(case)).startswith("2 customers at FlexPortal have the order's e-mail address")


def laptop(**details: str) -> PurchaseLine:
    return a_device(1, catalogue.LAPTOP_14, 1, 12, **details)


def the_laptop_of(case: FlexPortalCase, who: str) -> tuple[str, str]:
    """Its order and its subscription."""
    order = case.simulator.world.orders_of(who)[0]
    return order.id, order.rental_ids[0]


def test_an_extension_and_an_upgrade_of_ones_own_pass(case: FlexPortalCase) -> None:
    who = customers.TAILSPIN_ONE_LAPTOP
    order, rental = the_laptop_of(case, who.id)

    for line in (laptop(originalOrderId=order, extensionMonths="6"), laptop(previousRentalId=rental)):
        assert rehearsed(case, line, company_id=who.id, email=who.email) == Passed()


@pytest.mark.parametrize(
    ("details", "key", "words"),
    [
        ({"originalOrderId": "ord_none", "extensionMonths": "6"}, "originalOrderId", "FlexPortal has no ord_none"),
        ({"originalOrderId": "THEIRS"}, "extensionMonths", "extensionMonths is required for an extension"),
        ({"originalOrderId": "THEIRS", "extensionMonths": "six"}, "extensionMonths", "must be a whole number"),
        ({"extensionMonths": "6"}, "originalOrderId", "originalOrderId is required for an extension"),
        ({"previousRentalId": "sub_none"}, "previousRentalId", "FlexPortal has no sub_none"),
    ],
)
def test_a_detail_that_does_not_fit_is_asked_for_again(
    case: FlexPortalCase, details: dict[str, str], key: str, words: str
) -> None:
    who = customers.TAILSPIN_ONE_LAPTOP
    order, _ = the_laptop_of(case, who.id)
    given = {name: order if value == "THEIRS" else value for name, value in details.items()}

    found = rehearsed(case, laptop(**given), company_id=who.id, email=who.email)

    assert isinstance(found, RefusedPayload)
    assert found.fields == ((1, key),)
    assert words in the_words(found)


def test_nobody_extends_or_replaces_what_is_another_customers(case: FlexPortalCase) -> None:
    order, rental = the_laptop_of(case, customers.TAILSPIN_ONE_LAPTOP.id)

    for line in (laptop(originalOrderId=order, extensionMonths="6"), laptop(previousRentalId=rental)):
        assert "is not this customer's" in the_words(rehearsed(case, line))


def test_a_subscription_that_has_ended_is_not_replaced(case: FlexPortalCase) -> None:
    who = customers.TAILSPIN_ONE_LAPTOP
    _, rental = the_laptop_of(case, who.id)
    case.simulator.world.end(rental, "ended_completed")

    found = rehearsed(case, laptop(previousRentalId=rental), company_id=who.id, email=who.email)

    assert the_words(found) == f"previousRentalId: {rental} is not active"
