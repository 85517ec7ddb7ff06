"""What AppXite's answers mean to us, as they come and where they lack something."""

from dataclasses import replace
from decimal import Decimal

import pytest

from pipeline.domain.catalogue import PriceKind, Verdict
from pipeline.domain.company import CompanyStatus
from pipeline.domain.errors import IncompleteScan, NotFound, Refused, Unreadable
from pipeline.domain.terms import BillingTerm
from pipeline.marketplaces.appxite.simulator import catalogue, customers, offers
from tests.contracts.appxite_case import a_line
from tests.contracts.fakes import MemoryKnownOrders
from tests.marketplaces.appxite.buying import Bench

TWO = (a_line(1, catalogue.DEFENDER.id, 5), a_line(2, catalogue.MANAGED_VOICE.id, 2))


@pytest.fixture
def bench() -> Bench:
    return Bench()


def verdicts(bench: Bench, ref: str) -> list[tuple[str, Verdict]]:
    states = [line.state for line in bench.shop().order(ref).lines]
    return [(state.status_word, state.verdict) for state in states if state is not None]


@pytest.mark.parametrize(
    ("word", "verdict"),
    [
        ("provision_started", Verdict.IN_PROGRESS),
        ("Provisioning Started", Verdict.IN_PROGRESS),
        ("In progress", Verdict.IN_PROGRESS),
        ("provision_finished", Verdict.LIVE),
        ("Provisioning Finished", Verdict.LIVE),
        ("provision_failed", Verdict.FAILED),
        ("pending_approval", Verdict.WAITS_FOR_APPROVAL),
        ("Pending approval", Verdict.WAITS_FOR_APPROVAL),
        ("rejected", Verdict.FAILED),
        ("Cancelled", Verdict.FAILED),
        ("provision_suspended", Verdict.UNKNOWN),
        ("Completed with errors", Verdict.UNKNOWN),
    ],
)
def test_a_status_means_the_same_in_each_of_its_spellings(bench: Bench, word: str, verdict: Verdict) -> None:
    ref = bench.bought()
    bench.case.say(ref, word)

    assert verdicts(bench, ref) == [(word, verdict)]


def test_each_item_has_its_own_status(bench: Bench) -> None:
    ref = bench.bought(bench.purchase(*TWO))
    bench.case.pass_time(30)

    assert [verdict for _, verdict in verdicts(bench, ref)] == [Verdict.LIVE, Verdict.WAITS_FOR_APPROVAL]


def test_where_only_the_order_has_a_status_it_is_each_items(bench: Bench) -> None:
    bench.knobs.status_on = "order"
    ref = bench.bought(bench.purchase(*TWO))
    bench.world.decide(bench.world.bought[0], approve=True)
    bench.case.pass_time(30)

    assert [verdict for _, verdict in verdicts(bench, ref)] == [Verdict.LIVE, Verdict.LIVE]


def test_where_only_the_order_has_a_status_and_it_is_mixed_nobody_knows_which_line_failed(bench: Bench) -> None:
    bench.knobs.status_on = "order"
    bench.world.walk_next(offers.automated(), offers.failing())
    ref = bench.bought(bench.purchase(TWO[0], a_line(2, catalogue.DEFENDER.id, 1)))
    bench.case.pass_time(30)

    assert set(verdicts(bench, ref)) == {("Completed with errors", Verdict.UNKNOWN)}


def test_where_only_the_items_have_a_status_that_is_enough(bench: Bench) -> None:
    bench.knobs.status_on = "items"
    ref = bench.bought()
    bench.case.pass_time(30)

    assert verdicts(bench, ref) == [("provision_finished", Verdict.LIVE)]


def test_an_order_is_read_with_what_was_bought_and_for_whom(bench: Bench) -> None:
    ref = bench.bought(bench.purchase(*TWO))

    order = bench.shop().order(ref)

    assert (order.id, order.company_id) == (ref, customers.CONTOSO.id)
    assert [(line.product_id, line.quantity, line.billing_term) for line in order.lines] == [
        (catalogue.DEFENDER.id, Decimal(5), BillingTerm.MONTHLY),
        (catalogue.MANAGED_VOICE.id, Decimal(2), BillingTerm.MONTHLY),
    ]
    state = order.lines[0].state
    assert state is not None
    assert state.id.startswith(f"{ref}/")
    assert bench.shop().subscription(state.id) == state


def test_a_cart_is_no_order(bench: Bench) -> None:
    write = bench.in_cart()

    with pytest.raises(NotFound, match=r"still has .* as a cart"):
        bench.shop().order(write.basket)
    with pytest.raises(NotFound):
        bench.shop().subscription(f"{write.basket}/anything")


def test_an_order_without_its_organisation_is_told_how_orders_are_named(bench: Bench) -> None:
    with pytest.raises(NotFound, match="named <organisation id>/<order id> here"):
        bench.shop().order(bench.bought().rpartition("/")[2])


def test_an_order_of_another_organisation_is_not_found(bench: Bench) -> None:
    order_id = bench.bought().rpartition("/")[2]

    with pytest.raises(NotFound):
        bench.shop().order(f"{customers.TAILSPIN.id}/{order_id}")


def test_an_answer_with_another_order_is_unreadable(bench: Bench) -> None:
    ref = bench.bought()
    body = {"OrderId": "another", "OrderItems": []}
    bench.simulator.faults.add(match=("GET", "/orders/{orderId}"), kind="wrong_content", body=body)

    with pytest.raises(Unreadable, match="another order"):
        bench.shop().order(ref)


def test_subscriptions_are_enabled_or_have_ended(bench: Bench) -> None:
    bench.bought()
    bench.case.pass_time(30)
    shop = bench.shop()
    (one,) = shop.subscriptions(customers.CONTOSO.id)

    assert (one.product_id, one.quantity, one.verdict) == (catalogue.DEFENDER.id, Decimal(5), Verdict.LIVE)
    assert shop.subscription(one.id) == one
    bench.world.set_status(bench.world.bought[0].items[0].id, "cancelled")
    assert shop.subscription(one.id).verdict is Verdict.FAILED
    assert shop.subscriptions(customers.CONTOSO.id, "another") == []


def test_organisations_are_new_active_blocked_or_something_unheard_of(bench: Bench) -> None:
    bench.world.organisation("Odd Ltd", state="Hibernating")
    found = {company.name: company for company in bench.shop().companies()}

    assert found["Northwind Traders"].status is CompanyStatus.NEW
    assert found["Litware, Inc."].status is CompanyStatus.BLOCKED
    assert (found["Contoso"].status, found["Contoso"].external_id) == (CompanyStatus.ACTIVE, "CUST-1001")
    assert (found["Odd Ltd"].status, found["Odd Ltd"].status_word) == (CompanyStatus.UNKNOWN, "Hibernating")


def test_prices_are_those_of_the_templates_for_this_organisation(bench: Bench) -> None:
    bench.world.reprice(
        catalogue.EXCHANGE.id, price=Decimal("3.50"), organisation_id=customers.TAILSPIN.id, new_ids=False
    )

    prices = bench.shop().prices(catalogue.EXCHANGE.id, customers.TAILSPIN.id)

    told = sorted((str(price.billing_term), price.commitment_months, price.rates[0].cost) for price in prices)
    assert told == [
        ("Annual", 12, Decimal("3.50")),
        ("Monthly", 1, Decimal("3.50")),
        ("Monthly", 12, Decimal("3.50")),
    ]
    assert bench.shop().prices(catalogue.EXCHANGE.id, customers.CONTOSO.id)[0].rates[0].cost != Decimal("3.50")


def test_a_price_in_another_currency_is_none_to_compare(bench: Bench) -> None:
    bench.knobs.currency = "EUR"

    (monthly, *_) = bench.shop().prices(catalogue.DEFENDER.id, customers.CONTOSO.id)

    assert (monthly.kind, monthly.rates) == (PriceKind.OTHER, ())


def test_a_product_is_read_with_its_prices_once_for_one_company(bench: Bench) -> None:
    shop = bench.shop()

    product = shop.product_for(catalogue.DEFENDER.id, customers.CONTOSO.id)
    shop.prices(catalogue.DEFENDER.id, customers.CONTOSO.id)

    assert product.variant.split() == sorted(plan.id for plan in catalogue.DEFENDER.plans)
    assert bench.simulator.traffic.calls["GET /offers/{offerId}/pricing-plan"] == 1


def test_a_template_of_which_another_term_is_still_on_sale_is_refused_by_its_own_line(bench: Bench) -> None:
    monthly, annual = catalogue.DEFENDER.plans
    bench.world.prices.change(catalogue.DEFENDER, None, (annual,))
    shop = bench.shop()

    product = shop.product_for(catalogue.DEFENDER.id, customers.CONTOSO.id)

    assert (product.withdrawn, product.variant) == ("", annual.id)
    line = a_line(1, catalogue.DEFENDER.id, 5).model_copy(update={"variant": product.variant})
    with pytest.raises(Refused, match=f"mail-defence-monthly.json has price {monthly.id}"):
        shop.compose(bench.purchase(line))
    other = shop.compose(bench.purchase(line.model_copy(update={"billing_term": BillingTerm.ANNUAL})))
    assert annual.id in other.body


def test_a_price_that_is_billed_in_another_way_now_is_no_longer_the_templates(bench: Bench) -> None:
    (plan,) = catalogue.MANAGED_VOICE.plans
    bench.world.prices.change(catalogue.MANAGED_VOICE, None, (replace(plan, frequency="Annual", months=12),))

    product = bench.shop().product_for(catalogue.MANAGED_VOICE.id, customers.CONTOSO.id)

    assert f"its template has price {plan.id} (managed-voice-monthly.json)" in product.withdrawn


def test_an_offer_that_is_gone_is_not_found(bench: Bench) -> None:
    del bench.world.offers[catalogue.DEFENDER.id]

    with pytest.raises(NotFound):
        bench.shop().product_for(catalogue.DEFENDER.id, customers.CONTOSO.id)


def test_slots_are_asked_for_by_name_and_say_what_happens_without_an_answer(bench: Bench) -> None:
    location, tier, host = bench.shop().fields(catalogue.VIRTUAL_SERVER.id)

    assert (location.label, location.possible_values) == ("Data centre", ("Dublin", "Virginia"))
    assert tier.description == "Without an answer it is Standard."
    assert (host.possible_values, host.description) == ((), "It may be left out.")


def test_a_list_that_shifts_while_it_is_read_has_each_order_once(bench: Bench) -> None:
    bench.world.seed_orders(customers.CONTOSO.id, 150, catalogue.DEFENDER.id)
    bench.case.between(bench.case.stranger_buys)

    found = bench.shop().new_orders(customers.CONTOSO.id, MemoryKnownOrders())

    assert len(found) == len({order.id for order in found}) == 151


def test_a_list_whose_counter_never_agrees_is_incomplete(bench: Bench) -> None:
    body = {"Items": [], "TotalCount": 3}
    bench.simulator.faults.add(match=("GET", "/customers"), kind="wrong_content", body=body, times=None)

    with pytest.raises(IncompleteScan, match="it counts 3 and gave 0"):
        bench.shop().companies()
