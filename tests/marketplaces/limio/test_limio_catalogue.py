"""Offers in their current version, customers by exactly their address."""

from decimal import Decimal

import pytest

from pipeline.domain.catalogue import PriceKind
from pipeline.domain.company import CompanyStatus
from pipeline.domain.errors import IncompleteScan, NotFound
from pipeline.domain.terms import BillingTerm
from pipeline.marketplaces.limio.simulator import LimioSimulator, catalogue, customers, offers
from tests.marketplaces.limio.buying import Shop

BACKUP = catalogue.BACKUP
CONTOSO = customers.CONTOSO.id
OFFERS = ("GET", "/api/offers/v2")


def test_an_offer_is_read_with_the_version_of_today(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    before = shop.open().product(BACKUP.id)
    after_that = simulator.world.reprice(BACKUP.id, price=Decimal("8.00"))
    after = shop.open().product(BACKUP.id)

    assert (before.id, before.name, before.variant) == (BACKUP.id, BACKUP.name, BACKUP.version)
    assert (after.variant, after.withdrawn) == (after_that.version, "")


def test_one_stage_reads_an_offer_once_and_the_next_one_afresh(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    opened = shop.open()
    opened.product(BACKUP.id), opened.prices(BACKUP.id, "cus-1"), opened.dependencies(BACKUP.id)
    assert shop.calls(OFFERS) == 1

    shop.open().product(BACKUP.id)
    assert shop.calls(OFFERS) == 2


NOT_OURS = {"another partner's": catalogue.SOVEREIGN.id, "the shop's": catalogue.SHOP_ONLY.id, "nobody's": "f" * 40}


@pytest.mark.parametrize("offer_id", NOT_OURS.values(), ids=NOT_OURS.keys())
def test_what_is_not_sold_to_this_partner_is_not_found(simulator: LimioSimulator, offer_id: str) -> None:
    with pytest.raises(NotFound, match=offer_id):
        Shop(simulator).open().product(offer_id)


def test_a_tenant_that_ignores_the_filter_is_read_on_and_compared(simulator: LimioSimulator) -> None:
    world = simulator.world
    for nth in range(150):
        world.offers[f"{nth:040x}"] = offers.Offer(f"{nth:040x}", f"Offer {nth:03d}", Decimal(1))
    wanted = f"{149:040x}"
    shop = Shop(simulator)
    page = {"hits": 1, "items": [{"id": BACKUP.id, "version": "v", "name": "Another"}]}
    shop.fault("wrong_content", OFFERS, body=page)

    with pytest.raises(NotFound):
        shop.open().product(wanted)
    assert shop.open().product(wanted).name == "Offer 149"


def test_an_offer_without_a_version_cannot_be_ordered(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    shop.fault("wrong_content", OFFERS, body={"items": [{"id": BACKUP.id, "name": "Backup"}]})

    assert shop.open().product(BACKUP.id).withdrawn == "has no published version at Limio, so it cannot be ordered"


def test_an_offer_is_found_by_its_name_or_by_the_attribute_that_is_set_for_it(simulator: LimioSimulator) -> None:
    by_name, by_attribute = Shop(simulator).open(), Shop(simulator, {"sku_attribute": "display_name__limio"}).open()

    assert [one.id for one in by_name.products_by_sku(BACKUP.name)] == [BACKUP.id]
    assert [one.id for one in by_attribute.products_by_sku(BACKUP.name)] == [BACKUP.id]
    assert [*by_name.products_by_sku("Cloud Backup"), *by_name.products_by_sku("")] == []
    assert Shop(simulator, {"sku_attribute": "sku"}).open().products_by_sku(BACKUP.name) == []


def test_the_whole_catalogue_is_read_page_by_page(simulator: LimioSimulator) -> None:
    for nth in range(250):
        simulator.world.offers[f"{nth:040x}"] = offers.Offer(f"{nth:040x}", f"Offer {nth:03d}", Decimal(1))
    shop = Shop(simulator)

    assert [one.id for one in shop.open().products_by_sku("Offer 249")] == [f"{249:040x}"]
    assert shop.calls(OFFERS) == 3


def test_list_prices_tell_the_billing_terms(simulator: LimioSimulator) -> None:
    opened = Shop(simulator).open()
    monthly, yearly = opened.prices(BACKUP.id, "cus-1")[0], opened.prices(catalogue.FIREWALL.id, "cus-1")[0]

    assert (monthly.billing_term, monthly.rates[0].cost) == (BillingTerm.MONTHLY, Decimal("7.00"))
    assert yearly.billing_term is BillingTerm.ANNUAL
    assert opened.prices(catalogue.MAILBOX_UK.id, "cus-1")[0].kind is PriceKind.OTHER  # in pounds


def test_an_add_on_needs_one_of_the_offers_that_it_names(simulator: LimioSimulator) -> None:
    opened = Shop(simulator).open()

    assert [one.product_ids for one in opened.dependencies(catalogue.RETENTION.id).constraints] == [{BACKUP.id}]
    assert opened.dependencies(BACKUP.id).constraints == ()
    elsewhere = Shop(simulator, {"requires_attribute": ""}).open()
    assert elsewhere.dependencies(catalogue.RETENTION.id).constraints == ()


def test_an_offer_asks_for_no_details(simulator: LimioSimulator) -> None:
    assert Shop(simulator).open().fields(BACKUP.id) == ()


def test_a_customer_is_one_of_exactly_this_address(simulator: LimioSimulator) -> None:
    grace = simulator.world.customer("Grace@Proseware.Example", "Proseware")
    opened = Shop(simulator).open()

    assert [one.id for one in opened.customers(customers.CONTOSO.email)] == [customers.CONTOSO.id]
    assert [one.id for one in opened.customers("grace@proseware.example")] == [grace.id]
    assert [one.id for one in opened.customers(" ADA@Contoso.Example ")] == [customers.CONTOSO.id]
    assert [*opened.customers("contoso.example"), *opened.customers(""), *opened.customers("x@y.example")] == []


def test_the_address_that_is_asked_for_is_kept_nowhere(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    shop.fault("404", ("GET", "/api/partner/customer"), skip=1)
    shop.open().customers(customers.CONTOSO.email)
    with pytest.raises(NotFound) as missing:
        shop.open().customers(customers.CONTOSO.email)

    assert "contoso.example" not in f"{shop.exchanges} {missing.value.sentence}"


def test_two_customers_of_one_address_are_both_told(simulator: LimioSimulator) -> None:
    twin = simulator.world.customer(customers.CONTOSO.email, "Contoso Twin")

    found = Shop(simulator).open().customers(customers.CONTOSO.email)
    assert {one.id for one in found} == {customers.CONTOSO.id, twin.id}


def test_customers_are_read_to_the_end_of_their_list(simulator: LimioSimulator) -> None:
    for nth in range(120):
        simulator.world.customer(f"ada@contoso.example.{nth}.example")
    last = simulator.world.customer("ada@contoso.example", "Contoso Last")

    assert last.id in {one.id for one in Shop(simulator).open().customers("ada@contoso.example")}


def test_a_list_of_customers_that_does_not_add_up_is_an_error(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    body = {"items": [{"id": "cus-1", "data": {"email": "ada@contoso.example"}}], "hits": 2}
    shop.fault("wrong_content", ("GET", "/api/partner/customer"), body=body, times=2)

    with pytest.raises(IncompleteScan, match="it counts 2 and gave 1"):
        shop.open().customers("ada@contoso.example")


def test_a_customer_without_a_word_for_it_may_order_and_one_of_another_word_is_asked_about(
    simulator: LimioSimulator,
) -> None:
    shop = Shop(simulator)
    read = ("GET", "/api/objects/{service}/{path_type}/{id}")
    shop.fault("wrong_content", read, body={"id": CONTOSO, "name": "Contoso"})
    shop.fault("wrong_content", read, body={"id": CONTOSO, "status": "suspended"})

    assert shop.open().company(CONTOSO).status is CompanyStatus.ACTIVE
    assert shop.open().company(CONTOSO).status is CompanyStatus.UNKNOWN
