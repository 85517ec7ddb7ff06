"""Orders at the simulated Pax8: what is checked, what comes back, and what does not."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any, Literal

import httpx
import pytest

from pipeline.marketplaces.pax8.simulator import Origin, Pax8Simulator, catalogue, customers, products
from pipeline.marketplaces.pax8.simulator.pricing import per_unit, total
from tests.contracts.pax8_requests import CONTOSO, TENANT, buy, complaints, details, e3, line, order

BACKUP, PHONE = catalogue.BACKUP.id, catalogue.TEAMS_PHONE.id
ONE_PARENT, TWO_PARENTS = customers.TAILSPIN_ONE_PARENT.id, customers.WINGTIP_TWO_PARENTS.id
OTHER_TENANT = {name: value for name, value in TENANT.items() if name != "msDomain"}


@pytest.fixture
def simulator() -> Pax8Simulator:
    return Pax8Simulator()


@pytest.fixture
def client(simulator: Pax8Simulator) -> Iterator[httpx.Client]:
    with simulator.client() as client:
        yield client


def parent(simulator: Pax8Simulator, company_id: str = ONE_PARENT) -> str:
    return simulator.world.subscriptions_by_company[company_id][0].id


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no company": ({"lineItems": [line()]}, "companyId is required"),
    "a company id that is none": (order(company_id="contoso"), "companyId must be a UUID"),
    "an unknown company": (order(company_id=BACKUP), "companyId: company not found"),
    "an inactive company": (order(company_id=customers.NORTHWIND_INACTIVE.id), "companyId: company is inactive"),
    "a deleted company": (order(company_id=customers.LITWARE_DELETED.id), "companyId: company is deleted"),
    "no lines": ({"companyId": CONTOSO, "lineItems": []}, "lineItems must hold at least one line"),
    "lines that are no list": ({"companyId": CONTOSO, "lineItems": 7}, "lineItems must hold at least one line"),
    "an unknown product": (order(line(CONTOSO)), "productId: product not found"),
    "one number twice": (order(line(), line()), "lineItemNumber 1 is used more than once"),
    "no line number": (order(line(lineItemNumber=None)), "lineItemNumber is required and must be a whole number"),
    "a stranger's word for who orders": (
        order(orderedBy="Pax8Partner"),
        "orderedBy must be one of Pax8 Partner, Customer, Pax8",
    ),
    "an address that is none": (order(orderedByUserEmail="ops"), "orderedByUserEmail must be an e-mail address"),
    **{
        f"quantity {given!r}": (order(line(quantity=given)), "quantity must be a whole number above 0")
        for given in (0, -1, 2.5, "5", "ten", True, [5])
    },
    "more than the last range": (
        order(line(catalogue.SITE_LICENCE.id, quantity=251, billingTerm="Annual")),
        "quantity is outside of the ranges on sale",
    ),
    "a quote's word for a term": (
        order(line(billingTerm="1 Year")),
        "billingTerm must be one of Monthly, Annual, 2-Year, 3-Year, One-Time, Trial, Activation",
    ),
    "a term that is not on sale": (order(line(billingTerm="2-Year")), "billingTerm is not offered for this product"),
    "no commitment": (order(e3(commitmentTermId=None)), "commitmentTermId is required"),
    "the wrong spelling of a commitment": (
        order(e3(commitmentTermId=None, commitmentTermID=catalogue.E3_ONE_YEAR.id)),
        "commitmentTermId is required",
    ),
    "another product's commitment": (
        order(e3(commitmentTermId=catalogue.PREMIUM_ONE_YEAR.id)),
        "commitmentTermId is not offered for this product",
    ),
    "a commitment shorter than the term": (
        order(e3(billingTerm="3-Year")),
        "commitmentTermId: the commitment is shorter than the billing term",
    ),
    "a start in the future": (
        order(line(provisionStartDate="2026-02-01T00:00:00.000-0600")),
        "provisionStartDate: scheduled orders are not supported",
    ),
    "no parent": (
        order(line(PHONE)),
        "parentSubscriptionId or parentLineItemNumber is required: Requires a base plan",
    ),
    "a parent line that is not there": (
        order(line(PHONE, parentLineItemNumber=9)),
        "parentLineItemNumber refers to no line of this order",
    ),
    "itself for a parent": (
        order(line(PHONE, parentLineItemNumber=1)),
        "parentLineItemNumber leads back to the line itself",
    ),
    "parents in a circle": (
        order(line(PHONE, parentLineItemNumber=2), line(PHONE, 2, parentLineItemNumber=1)),
        "parentLineItemNumber leads back to the line itself",
    ),
    "a parent of the wrong product": (
        order(line(), line(PHONE, 2, parentLineItemNumber=1)),
        "parentLineItemNumber is of a product that does not satisfy: Requires a base plan",
    ),
    "a parent where none belongs": (
        order(e3(), line(number=2, parentLineItemNumber=1)),
        "parent is not allowed: the product depends on no other",
    ),
    "one of two constraints": (
        order(e3(), line(catalogue.COMPLIANCE.id, 2, parentLineItemNumber=1)),
        "product dependency is not satisfied: Requires the backup",
    ),
    "a detail that was not asked for": (
        order(line(provisioningDetails=details({"colour": "blue"}))),
        "provisioningDetails[colour] is not a detail of this product",
    ),
    "details as a map": (
        order(e3(provisioningDetails=TENANT)),
        "provisioningDetails must be a list of objects with key and values",
    ),
    "a value that is no list": (
        order(e3(provisioningDetails=[{"key": "msDomain", "values": "x"}])),
        "provisioningDetails must be a list of objects with key and values",
    ),
    "a value almost among the possible ones": (
        order(e3(provisioningDetails=details(TENANT | {"msCustExists": "No, a Microsoft tenant"}))),
        "provisioningDetails[msCustExists] is not one of the possible values",
    ),
    "two values for one": (
        order(e3(provisioningDetails=[*details(OTHER_TENANT), {"key": "msDomain", "values": ["a", "b"]}])),
        "provisioningDetails[msDomain] takes exactly one value",
    ),
    "a date that is none": (
        order(e3(provisioningDetails=details(TENANT | {"mca2020EffectiveDate": "15/01/2026"}))),
        "provisioningDetails[mca2020EffectiveDate] does not have the expected format",
    ),
    "what only the prose requires": (
        order(e3(provisioningDetails=details(OTHER_TENANT))),
        "provisioningDetails[msDomain] is required",
    ),
    "the other half of the prose": (
        order(e3(provisioningDetails=details(TENANT | {"msCustExists": catalogue.HAS_A_TENANT}))),
        "provisioningDetails[msTenantId] is required",
    ),
}


@pytest.mark.parametrize("mock", [True, False], ids=["rehearsed", "bought"])
@pytest.mark.parametrize("why", REFUSED)
def test_an_order_is_refused_for(why: str, mock: bool, simulator: Pax8Simulator, client: httpx.Client) -> None:
    content, complaint = REFUSED[why]

    answer = client.post("/orders", params={"isMock": mock}, json=content)

    assert complaint in complaints(answer)
    assert simulator.world.bought == []


def test_a_complaint_says_which_line_it_is_about(client: httpx.Client) -> None:
    answer = client.post("/orders", json=order(line(), line(number=2, quantity=0)))

    assert [detail["instance"] for detail in answer.json()["details"]] == ["/lineItems/1"]


@pytest.mark.parametrize("status", ["Cancelled", "PendingCancel"])
def test_a_parent_that_is_going_is_no_parent(status: str, simulator: Pax8Simulator, client: httpx.Client) -> None:
    simulator.world.set_status(parent(simulator), status)
    child = line(PHONE, parentSubscriptionId=parent(simulator))

    answer = client.post("/orders", json=order(child, company_id=ONE_PARENT))

    assert complaints(answer) == [f"parentSubscriptionId: subscription is {status}"]


def test_another_companys_parent_is_no_parent(simulator: Pax8Simulator, client: httpx.Client) -> None:
    child = line(PHONE, parentSubscriptionId=parent(simulator, TWO_PARENTS))

    answer = client.post("/orders", json=order(child, company_id=ONE_PARENT))

    assert complaints(answer) == ["parentSubscriptionId: subscription not found for this company"]


def test_two_ways_to_name_a_parent_are_one_too_many(simulator: Pax8Simulator, client: httpx.Client) -> None:
    child = line(PHONE, 2, parentSubscriptionId=parent(simulator), parentLineItemNumber=1)

    answer = client.post("/orders", json=order(e3(), child, company_id=ONE_PARENT))

    assert complaints(answer) == ["parentSubscriptionId and parentLineItemNumber must not both be given"]


def test_an_add_on_is_bought_for_a_live_parent(simulator: Pax8Simulator, client: httpx.Client) -> None:
    child = line(PHONE, parentSubscriptionId=parent(simulator))
    bought = buy(client, child, company_id=ONE_PARENT)

    made = client.get(f"/subscriptions/{bought['lineItems'][0]['subscriptionId']}").json()
    assert made["parentSubscriptionId"] == parent(simulator)


def test_an_add_on_is_bought_with_its_parent_which_may_stand_after_it(client: httpx.Client) -> None:
    bought = buy(client, line(PHONE, parentLineItemNumber=2), e3(2))
    child, base = (client.get(f"/subscriptions/{one['subscriptionId']}").json() for one in bought["lineItems"])

    assert child["parentSubscriptionId"] == base["id"]


def test_a_rehearsal_makes_nothing_and_its_id_is_of_nothing(simulator: Pax8Simulator, client: httpx.Client) -> None:
    rehearsed = client.post("/orders", params={"isMock": "true"}, json=order()).json()

    assert simulator.world.orders == []
    assert simulator.world.writes == []
    assert client.get(f"/orders/{rehearsed['id']}").status_code == 404
    assert simulator.traffic.calls["POST /v1/orders?isMock=true"] == 1
    assert simulator.traffic.calls["POST /v1/orders"] == 0


def test_what_was_bought_is_kept_and_read_back_without_the_references_that_were_sent(
    simulator: Pax8Simulator, client: httpx.Client
) -> None:
    bought = buy(client, e3(7), line(number=8), orderedBy="Pax8 Partner", orderedByUserEmail="ops+1@example.com")
    read = client.get(f"/orders/{bought['id']}").json()

    assert read == bought
    assert (read["orderedBy"], read["orderedByUserEmail"]) == ("Pax8Partner", "ops+1@example.com")
    assert simulator.world.bought[0].contents == Counter(
        {
            (catalogue.M365_E3.id, 5, "Monthly", catalogue.E3_ONE_YEAR.id): 1,
            (BACKUP, 5, "Monthly", None): 1,
        }
    )
    assert simulator.world.writes == ["POST orders"]


def test_a_repeated_order_is_bought_again(simulator: Pax8Simulator, client: httpx.Client) -> None:
    assert buy(client)["id"] != buy(client)["id"]
    assert len(simulator.world.bought) == 2


@pytest.mark.parametrize(("gap", "has"), [("absent", False), ("null", True)])
def test_subscription_ids_may_come_later(
    gap: Literal["absent", "null"], has: bool, simulator: Pax8Simulator, client: httpx.Client
) -> None:
    simulator.knobs.subscription_id_delay, simulator.knobs.subscription_id_gap = timedelta(seconds=30), gap
    bought = buy(client)
    simulator.clock.advance(30)
    later = client.get(f"/orders/{bought['id']}").json()["lineItems"][0]

    assert ("subscriptionId" in bought["lineItems"][0]) is has
    assert bought["lineItems"][0].get("subscriptionId") is None
    assert later["subscriptionId"] in simulator.world.subscriptions


def test_a_line_may_never_get_a_subscription(simulator: Pax8Simulator, client: httpx.Client) -> None:
    simulator.world.walk_next(products.automated(), products.NO_SUBSCRIPTION)
    bought = buy(client, line(), line(number=2))

    assert ["subscriptionId" in one for one in bought["lineItems"]] == [True, False]


def test_the_list_and_the_single_read_lag_each_for_itself(simulator: Pax8Simulator, client: httpx.Client) -> None:
    simulator.knobs.order_list_lag, simulator.knobs.order_read_lag = timedelta(seconds=20), timedelta(seconds=5)
    bought = buy(client)

    def seen() -> tuple[int, int]:
        rows: int = client.get("/orders", params={"companyId": CONTOSO}).json()["page"]["totalElements"]
        return rows, client.get(f"/orders/{bought['id']}").status_code

    steps = [seen()]
    for seconds in (5, 15):
        simulator.clock.advance(seconds)
        steps.append(seen())

    assert steps == [(0, 404), (0, 200), (1, 200)]


def test_a_stranger_can_buy_the_very_same(simulator: Pax8Simulator, client: httpx.Client) -> None:
    simulator.knobs.stranger_probability = 1.0
    buy(client)
    simulator.world.stranger_order(CONTOSO, [{"product_id": BACKUP, "quantity": 5, "billing_term": "Monthly"}])

    assert [one.origin for one in simulator.world.orders] == [Origin.API, Origin.STRANGER, Origin.STRANGER]
    assert len({tuple(one.contents.items()) for one in simulator.world.orders}) == 1
    assert client.get("/orders", params={"companyId": CONTOSO}).json()["page"]["totalElements"] == 3


def test_differences_of_production_can_be_switched(simulator: Pax8Simulator, client: httpx.Client) -> None:
    simulator.knobs.order_status, simulator.knobs.one_time_reads_as = "Processing", "1-Time"
    simulator.knobs.unknown_fields, simulator.knobs.ordered_by_reads_as = False, {}
    bought = buy(client, line(catalogue.ONBOARDING.id, billingTerm="One-Time"), orderedBy="Pax8 Partner")

    assert (bought["status"], bought["orderedBy"]) == ("Processing", "Pax8 Partner")
    assert bought["lineItems"][0]["billingTerm"] == "1-Time"
    assert "salesChannel" not in bought


def test_the_date_of_an_order_is_a_day_somewhere_else(simulator: Pax8Simulator, client: httpx.Client) -> None:
    simulator.clock.advance(timedelta(hours=20))

    assert simulator.world.now.date().isoformat() == "2026-01-16"
    assert buy(client)["createdDate"] == "2026-01-15"


@pytest.mark.parametrize(
    ("product", "term", "quantity", "cost", "unit"),
    [
        (catalogue.BACKUP, "Monthly", 3, "13.50", "4.50"),
        (catalogue.ENDPOINT_VOLUME, "Monthly", 24, "72.00", "3.00"),
        (catalogue.ENDPOINT_VOLUME, "Monthly", 25, "62.50", "2.50"),
        (catalogue.ENDPOINT_VOLUME, "Monthly", 5000, "10000.00", "2.00"),
        (catalogue.STORAGE_TIERED, "Monthly", 100, "10.00", "0.10"),
        (catalogue.STORAGE_TIERED, "Monthly", 1100, "87.00", "0.08"),
        (catalogue.SITE_LICENCE, "Annual", 50, "900.00", "18.00"),
        (catalogue.SITE_LICENCE, "Annual", 60, "1500.00", "25.00"),
    ],
    ids=["flat", "volume below", "volume above", "volume open", "first tier", "three tiers", "rate", "next rate"],
)
def test_each_type_of_price_adds_up_its_own_way(
    product: products.Product, term: str, quantity: int, cost: str, unit: str
) -> None:
    row = product.rows(term, None)[0]

    assert (total(row, quantity), per_unit(row, quantity)) == (Decimal(cost), Decimal(unit))


def test_bounds_of_a_range_come_as_numbers_as_null_and_not_at_all(client: httpx.Client) -> None:
    rates = client.get(f"/products/{catalogue.ENDPOINT_VOLUME.id}/pricing").json()["content"][0]["rates"]

    assert [("startQuantityRange" in rate, rate.get("endQuantityRange", "unset")) for rate in rates] == [
        (False, 24),
        (True, 99),
        (True, None),
    ]


def test_a_price_can_rise_for_one_company(simulator: Pax8Simulator, client: httpx.Client) -> None:
    simulator.world.reprice(BACKUP, factor=Decimal("1.1"), company_id=CONTOSO)
    simulator.world.reprice(PHONE, cost=Decimal("9.99"))

    def cost(product_id: str, **query: str) -> float:
        rows = client.get(f"/products/{product_id}/pricing", params=query).json()["content"]
        found: float = rows[0]["rates"][0]["partnerBuyRate"]
        return found

    assert (cost(BACKUP, companyId=CONTOSO), cost(BACKUP), cost(PHONE)) == (4.95, 4.5, 9.99)
