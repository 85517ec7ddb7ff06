"""The simulated Pax8 answers as the restated contract says, on every route."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from jsonschema import validate

from pipeline.marketplaces.pax8.simulator import Line, Pax8Simulator, catalogue, customers
from pipeline.marketplaces.pax8.simulator.routes import HANDLERS
from tests.contracts.pax8_requests import CONTOSO, buy, company, complaints, contact, credentials, e3, line, order
from tests.contracts.pax8_shapes import ANSWERS, COMPANY_NEEDS, CONTACT_NEEDS, DELETES, ERROR, LINE_NEEDS, TOKEN

NOWHERE = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def simulator() -> Pax8Simulator:
    return Pax8Simulator()


@pytest.fixture
def client(simulator: Pax8Simulator) -> Iterator[httpx.Client]:
    with simulator.client() as client:
        yield client


BODIES: dict[str, Any] = {
    "POST /v1/companies": company(contacts=[contact("Admin")]),
    "PATCH /v1/companies/{companyId}": {"website": "https://contoso.example"},
    "POST /v1/companies/{companyId}/contacts": contact(),
    "PUT /v1/companies/{companyId}/contacts/{contactId}": contact("Admin"),
    "POST /v1/orders": order(e3(), orderedBy="Pax8 Partner", orderedByUserEmail="ops@example.com"),
    "POST /v1/orders?isMock=true": order(e3()),
    "PUT /v1/subscriptions/{subscriptionId}": {"quantity": 7},
}


def send(simulator: Pax8Simulator, client: httpx.Client, label: str) -> httpx.Response:
    """The call of that name, about things that there are."""
    bought = buy(client, e3())
    ids = {
        "{companyId}": CONTOSO,
        "{contactId}": simulator.world.contact(simulator.world.companies[CONTOSO], {}).id,
        "{productId}": catalogue.M365_E3.id,
        "{orderId}": bought["id"],
        "{subscriptionId}": bought["lineItems"][0]["subscriptionId"],
    }
    method, path = label.split(" ")
    for name, value in ids.items():
        path = path.replace(name, value)
    return client.request(method, path.removeprefix("/v1"), json=BODIES.get(label))


@pytest.mark.parametrize("label", ANSWERS)
def test_each_answer_has_the_shape_that_the_contract_gives_it(
    label: str, simulator: Pax8Simulator, client: httpx.Client
) -> None:
    answer = send(simulator, client, label)

    assert answer.status_code == 200, answer.text
    validate(answer.json(), ANSWERS[label])


@pytest.mark.parametrize("label", sorted(DELETES))
def test_a_deletion_is_answered_without_a_body(label: str, simulator: Pax8Simulator, client: httpx.Client) -> None:
    answer = send(simulator, client, label)

    assert (answer.status_code, answer.content) == (204, b"")


def test_every_route_of_the_simulator_is_held_to_the_contract() -> None:
    assert set(HANDLERS) == set(ANSWERS) | DELETES


@pytest.mark.parametrize("product", catalogue.PRODUCTS, ids=lambda product: product.name)
@pytest.mark.parametrize("part", ["", "/pricing", "/dependencies", "/provision-details"])
def test_every_product_of_the_catalogue_reads_as_the_contract_says(
    product: Any, part: str, client: httpx.Client
) -> None:
    answer = client.get(f"/products/{product.id}{part}")

    validate(answer.json(), ANSWERS[f"GET /v1/products/{{productId}}{part}"])


def test_every_customer_of_the_demo_reads_as_the_contract_says(client: httpx.Client) -> None:
    answer = client.get("/companies", params={"size": 200}).json()

    validate(answer, ANSWERS["GET /v1/companies"])
    assert {one["status"] for one in answer["content"]} == {"Active", "Inactive", "Deleted"}


@pytest.mark.parametrize(
    "path",
    [
        f"/companies/{NOWHERE}",
        f"/companies/{NOWHERE}/contacts",
        f"/companies/{CONTOSO}/contacts/{NOWHERE}",
        f"/products/{NOWHERE}",
        f"/products/{NOWHERE}/pricing",
        f"/products/{NOWHERE}/dependencies",
        f"/products/{NOWHERE}/provision-details",
        f"/orders/{NOWHERE}",
        f"/subscriptions/{NOWHERE}",
        "/nothing-of-that-kind",
    ],
)
def test_what_is_not_there_is_a_404_in_the_envelope(path: str, client: httpx.Client) -> None:
    answer = client.get(path)

    assert answer.status_code == answer.json()["status"] == 404
    validate(answer.json(), ERROR)


@pytest.mark.parametrize("field", sorted(COMPANY_NEEDS))
def test_a_company_lacking_a_required_field_is_refused_by_its_name(field: str, client: httpx.Client) -> None:
    answer = client.post("/companies", json=company(**{field: None}))

    validate(answer.json(), ERROR)
    assert complaints(answer) == [f"{field} is required"]


@pytest.mark.parametrize("field", sorted(CONTACT_NEEDS))
def test_a_contact_lacking_a_required_field_is_refused_by_its_name(field: str, client: httpx.Client) -> None:
    answer = client.post(f"/companies/{CONTOSO}/contacts", json=contact(**{field: ""}))

    assert complaints(answer) == [f"{field} is required"]


@pytest.mark.parametrize("field", sorted(LINE_NEEDS))
def test_a_line_lacking_a_required_field_is_refused_by_its_name(field: str, client: httpx.Client) -> None:
    lacking = {name: value for name, value in line().items() if name != field}

    answer = client.post("/orders", json=order(lacking))

    validate(answer.json(), ERROR)
    assert any(complaint.startswith(field) for complaint in complaints(answer))


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"'], ids=["empty", "half", "a list", "a text"])
def test_a_body_that_is_no_object_is_a_400(body: bytes, client: httpx.Client) -> None:
    answer = client.post("/orders", content=body)

    assert answer.status_code == 400
    validate(answer.json(), ERROR)


@pytest.mark.parametrize("query", ["size=0", "size=201", "size=ten", "page=-1", "sort=phone", "status=Sleepy"])
def test_a_query_outside_of_the_contract_is_a_400(query: str, client: httpx.Client) -> None:
    assert client.get(f"/companies?{query}").status_code == 400


def test_pages_have_ten_rows_unless_asked_for_more_and_nest_their_counters(client: httpx.Client) -> None:
    first = client.get("/companies").json()
    second = client.get("/companies", params={"page": 1, "size": 15}).json()

    assert len(first["content"]) == 10
    assert first["page"] == {"size": 10, "totalElements": 20, "totalPages": 2, "number": 0}
    assert len(second["content"]) == 5
    assert customers.CONTOSO.name not in {one["name"] for one in first["content"]}


def test_companies_are_filtered_and_sorted_but_never_by_name(client: httpx.Client) -> None:
    def names(**query: str) -> list[str]:
        return [one["name"] for one in client.get("/companies", params={"size": 200, **query}).json()["content"]]

    assert names(status="Deleted") == ["Litware, Inc."]
    assert names(country="CA") == []
    assert names(billOnBehalfOfEnabled="true") == []
    assert names(sort="name,desc")[0] == "Wingtip Toys"
    assert len(names(name="Contoso", externalId="CUST-1001")) == 20


def test_a_token_is_asked_for_with_four_fields_and_its_refusal_has_an_envelope_of_its_own(
    simulator: Pax8Simulator,
) -> None:
    with httpx.Client(transport=httpx.MockTransport(simulator), base_url="http://pax8.test/v1") as client:
        good = client.post("/token", json=credentials(simulator))
        refusals = [
            client.post("/token", json=credentials(simulator, **{name: "x"})) for name in credentials(simulator)
        ]
        with_token = client.get("/products", headers={"authorization": f"Bearer {good.json()['access_token']}"})

    validate(good.json(), TOKEN)
    assert with_token.status_code == 200
    assert {(one.status_code, one.json()["error"]) for one in refusals} == {(401, "access_denied")}
    assert (simulator.tokens.issued, simulator.tokens.refused) == (1, 4)


def test_tokens_end_by_the_clock_and_by_revocation(simulator: Pax8Simulator, client: httpx.Client) -> None:
    simulator.clock.advance(86_399)
    before = client.get("/products").status_code
    simulator.clock.advance(1)
    expired = client.get("/products")
    renewed = {"authorization": f"Bearer {simulator.tokens.issue()}"}
    again = client.get("/products", headers=renewed).status_code
    simulator.tokens.revoke()

    assert (before, expired.status_code, again) == (200, 401, 200)
    assert client.get("/products", headers=renewed).status_code == 401
    validate(expired.json(), ERROR)


def test_a_key_that_may_read_can_be_forbidden_to_order(simulator: Pax8Simulator, client: httpx.Client) -> None:
    simulator.knobs.may_order = False

    assert client.get("/orders").status_code == 200
    assert client.post("/orders", json=order()).status_code == 403
    assert simulator.world.bought == []


def test_more_than_the_limit_of_successful_calls_a_minute_is_a_429(
    simulator: Pax8Simulator, client: httpx.Client
) -> None:
    simulator.knobs.calls_per_minute = 3
    statuses = [client.get(path).status_code for path in ("/orders/x", "/orders", "/orders", "/orders", "/orders")]
    refused = client.get("/orders")
    simulator.knobs.tells_retry_after = True
    told = client.get("/orders").headers["retry-after"]
    simulator.clock.advance(60)

    assert statuses == [404, 200, 200, 200, 429]
    assert refused.json() == {"message": "Rate limit exceeded", "status": 429}
    assert "retry-after" not in refused.headers
    assert told == "60"
    assert client.get("/orders").status_code == 200


def test_products_are_found_by_text_and_by_vendor(client: httpx.Client) -> None:
    def names(**query: str) -> set[str]:
        return {one["name"] for one in client.get("/products", params=query).json()["content"]}

    assert names(search="365 e3") == {"Microsoft 365 E3"}
    assert names(vendorName="Lookout") == {"Migration Onboarding", "Network Monitoring Site Licence"}
    assert names(search="nothing") == set()


def test_orders_are_listed_oldest_first_so_that_thousands_stand_before_the_newest_one(
    simulator: Pax8Simulator, client: httpx.Client
) -> None:
    simulator.world.seed_orders(CONTOSO, 3000, Line(catalogue.BACKUP.id, 1, "Monthly"))
    bought = buy(client, line())
    last = client.get("/orders", params={"companyId": CONTOSO, "size": 200, "page": 15}).json()

    assert last["page"] == {"size": 200, "totalElements": 3001, "totalPages": 16, "number": 15}
    assert [one["id"] for one in last["content"]] == [bought["id"]]
    assert [one.id for one in simulator.world.bought] == [bought["id"]]
