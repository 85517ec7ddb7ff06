"""What a preview says that an order costs, and what it does not say for certain."""

from decimal import Decimal
from typing import Any

import pytest

from pipeline.abilities import Passed, RefusedPayload
from pipeline.domain.errors import Unavailable, Unreadable
from pipeline.domain.money import Money
from pipeline.marketplaces.limio.options import Billing, Taxes
from pipeline.marketplaces.limio.previews import refusal, total
from pipeline.marketplaces.limio.simulator import LimioSimulator, catalogue
from pipeline.marketplaces.reply import parse
from tests.marketplaces.limio.buying import PREVIEW, Shop

ZUORA = '{"success":true,"previewResult":{"currency":"EUR","invoices":[%s]}}'
TWO = ZUORA % '{"amount":10.10,"amountWithoutTax":9},{"amount":5,"amountWithoutTax":4.5}'
STRIPE = '{"object":"invoice","currency":"%s","total":%s,"tax":200}'

TOTALS: dict[str, tuple[str, Billing, Taxes, str | None]] = {
    "Zuora's invoices together": (TWO, Billing.AUTO, Taxes.INCLUDED, "15.10 EUR"),
    "the same without taxes": (TWO, Billing.ZUORA, Taxes.EXCLUDED, "13.50 EUR"),
    "nothing to pay is a price": (ZUORA % '{"amount":0}', Billing.AUTO, Taxes.INCLUDED, "0.00 EUR"),
    "no invoice is none": (ZUORA % "", Billing.AUTO, Taxes.INCLUDED, None),
    "an invoice without its amount": (ZUORA % '{"amount":1},{}', Billing.AUTO, Taxes.INCLUDED, None),
    "an amount in words": (ZUORA % '{"amount":"ten"}', Billing.AUTO, Taxes.INCLUDED, None),
    "an amount that is true": (ZUORA % '{"amount":true}', Billing.AUTO, Taxes.INCLUDED, None),
    "taxes that are not told apart": (ZUORA % '{"amount":1}', Billing.AUTO, Taxes.EXCLUDED, None),
    "a credit": (ZUORA % '{"amount":-1}', Billing.AUTO, Taxes.INCLUDED, None),
    "no currency": ('{"previewResult":{"invoices":[{"amount":1}]}}', Billing.AUTO, Taxes.INCLUDED, None),
    "invoices that are none": ('{"previewResult":{"invoices":{}}}', Billing.ZUORA, Taxes.INCLUDED, None),
    "Stripe's hundredths": (STRIPE % ("usd", 3500), Billing.AUTO, Taxes.INCLUDED, "35.00 USD"),
    "without taxes": (STRIPE % ("usd", 3500), Billing.STRIPE, Taxes.EXCLUDED, "33.00 USD"),
    "yen have no hundredths": (STRIPE % ("jpy", 3500), Billing.AUTO, Taxes.INCLUDED, "3500.00 JPY"),
    "dinars have thousandths": (STRIPE % ("kwd", 3500), Billing.AUTO, Taxes.INCLUDED, "3.50 KWD"),
    "half a cent": (STRIPE % ("usd", 3500.5), Billing.AUTO, Taxes.INCLUDED, None),
    "a currency that is none": (STRIPE % ("", 3500), Billing.AUTO, Taxes.INCLUDED, None),
    "another plug-in": ('{"summary":["5 at USD 35.00"]}', Billing.AUTO, Taxes.INCLUDED, None),
    "the other plug-in's form": (STRIPE % ("usd", 3500), Billing.ZUORA, Taxes.INCLUDED, None),
}


@pytest.mark.parametrize(("content", "billing", "taxes", "told"), TOTALS.values(), ids=TOTALS.keys())
def test_a_total_is_read_for_certain_or_not_at_all(
    content: str, billing: Billing, taxes: Taxes, told: str | None
) -> None:
    read = total(parse(content.encode()), billing, taxes)

    assert (str(read) if read is not None else None) == told


FAILED: dict[str, tuple[Any, tuple[str, ...]]] = {
    "with reasons": (
        {"success": False, "reasons": [{"code": 5, "message": "No such rate plan"}]},
        ("No such rate plan",),
    ),
    "without": ({"success": False}, ("the billing service could not calculate it, and gives no reason",)),
    "it did not": ({"success": True}, ()),
    "it says nothing of it": ({}, ()),
}


@pytest.mark.parametrize(("content", "words"), FAILED.values(), ids=FAILED.keys())
def test_a_preview_may_have_failed_with_a_good_status(content: Any, words: tuple[str, ...]) -> None:
    assert refusal(content) == words


@pytest.mark.parametrize("plugin", ["zuora", "stripe"])
def test_a_dry_run_tells_the_total_of_the_billing_service(simulator: LimioSimulator, plugin: Any) -> None:
    simulator.knobs.billing_plugin = plugin
    shop = Shop(simulator)

    passed = shop.open().rehearse(shop.ready((catalogue.BACKUP.id, 5), (catalogue.RETENTION.id, 2)))

    assert passed == Passed(Money(amount=Decimal("40.0"), currency="USD"))
    assert simulator.world.bought == []


def test_a_total_that_nobody_can_read_is_none_and_not_nothing(simulator: LimioSimulator) -> None:
    simulator.knobs.billing_plugin = "other"
    shop = Shop(simulator)

    assert shop.open().rehearse(shop.ready()) == Passed(None)


def test_a_preview_of_the_purchases_own_bytes_is_asked_for(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    wanted, marketplace = shop.ready(), shop.open()
    marketplace.rehearse(wanted)
    marketplace.send(wanted, float("inf"))

    previewed, bought = [one for one in shop.exchanges if one.path in ("/partner/order/preview", "/partner/order")]
    assert previewed.sent == bought.sent


def test_a_bad_gateway_may_pass_by_itself_and_is_no_refusal(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    wanted = shop.ready()
    shop.fault("502", PREVIEW)

    with pytest.raises(Unavailable):
        shop.open().rehearse(wanted)
    assert isinstance(shop.open().rehearse(wanted), Passed)


def test_a_refused_preview_is_told_in_limios_words(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    wanted = shop.ready()
    shop.fault("400", PREVIEW)

    assert shop.open().rehearse(wanted) == RefusedPayload(("Something went wrong",))


def test_a_preview_that_failed_with_a_good_status_is_a_refusal(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    wanted = shop.ready()
    shop.fault("wrong_content", PREVIEW, body={"success": False, "reasons": [{"message": "No such rate plan"}]})

    assert shop.open().rehearse(wanted) == RefusedPayload(("No such rate plan",))


def test_a_preview_that_is_no_object_cannot_be_read(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    wanted = shop.ready()
    shop.fault("wrong_content", PREVIEW, body=["35.00"])

    with pytest.raises(Unreadable):
        shop.open().rehearse(wanted)
