"""
What cannot be ordered as it came: the sender or the operator reads a clear sentence, and nothing is ordered.

What a sender is told at once goes over the real door, what an operator is asked through a real worker.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from standardwebhooks import Webhook

from pipeline.marketplaces.pax8.simulator import catalogue, customers
from tests.flow.conftest import house_of_a_module
from tests.flow.house import BEARER, SIGNING, House, Json, asking, done, line, questions, quote, rests, until
from tests.servers import Databases
from workers.bootstrap import Application
from workers.embedded import EmbeddedValkey

NOWHERE = "00000000-0000-4000-8000-000000000000"
TENANT = {
    "msCustExists": [catalogue.HAS_A_TENANT],
    "msTenantId": ["contoso"],
    "mca2020FirstName": ["Dana"],
    "mca2020LastName": ["Reyes"],
    "mca2020Email": ["dana@example.com"],
    "mca2020EffectiveDate": ["2026-11-21"],
}


def e3(number: int = 1, **more: Any) -> Json:
    return line(number, catalogue.M365_E3, commitment="1-Year", provisioning=TENANT, **more)


@dataclass(frozen=True)
class Asked:
    """Lines that a person is asked about, and what is said."""

    name: str
    lines: tuple[Json, ...]
    says: tuple[str, ...]
    customer: Json = field(default_factory=dict)
    company: customers.Customer | None = None


ASKED = (
    Asked(
        "an unknown product",
        (line() | {"product_id": NOWHERE},),
        (f"Pax8 has no product with the id {NOWHERE}", "or cancel"),
    ),
    Asked(
        "an unknown SKU",
        (line() | {"product_id": None, "sku": "NO-SUCH-SKU"},),
        ("Pax8 has no product with the SKU NO-SUCH-SKU",),
    ),
    Asked(
        "an unknown billing term",
        (line(billing_term="Fortnightly"),),
        ("billing term 'Fortnightly' is none that is known", "Pax8 offers Monthly and Annual"),
    ),
    Asked(
        "a billing term that is not offered",
        (line(billing_term="3-Year"),),
        ("Cloud Backup Standard is not offered with the billing term 3-Year",),
    ),
    Asked("no billing term", (line(billing_term=None),), ("the quote names no billing term",)),
    Asked(
        "a commitment that is not offered",
        (e3() | {"commitment": "5-Year"},),
        ("the commitment '5-Year' is not offered", "1-Year and 3-Year"),
    ),
    Asked(
        "a commitment that is shorter than the billing term",
        (e3(billing_term="3-Year"),),
        ("the commitment '1-Year' is not offered, or not just once, for Microsoft 365 E3 billed 3-Year",),
    ),
    Asked(
        "a value that is not among the possible ones",
        (e3() | {"provisioning": TENANT | {"msCustExists": ["yes"]}},),
        ("needs 'Is there a Microsoft tenant for this customer?'", "Possible values", catalogue.HAS_A_TENANT),
    ),
    Asked(
        "an answer to a question that the product does not ask",
        (line(provisioning={"colour": ["red"]}),),
        ("the quote answers 'colour', which the product does not ask",),
    ),
    Asked(
        "a detail that only the dry run misses",
        (e3() | {"provisioning": TENANT | {"mca2020EffectiveDate": ["yesterday"]}},),
        ("mca2020EffectiveDate", "Pax8 refused it"),
    ),
    Asked(
        "another currency than the account's",
        (line(unit_cost={"amount": "4.50", "currency": "EUR"}),),
        ("The account at Pax8 is billed in USD", "in EUR", "order anyway"),
    ),
    Asked(
        "a price that has risen",
        (line(unit_cost={"amount": "4.00", "currency": "USD"}),),
        ("4.50", "4.00"),
    ),
    Asked(
        "an add-on whose base plan is not there",
        (line(product=catalogue.TEAMS_PHONE),),
        ("Microsoft Teams Phone", "Microsoft 365 E3"),
    ),
    Asked(
        "a parent line that is no possible parent",
        (line(), line(2, catalogue.TEAMS_PHONE, parent_line="1")),
        ("Microsoft Teams Phone",),
    ),
    Asked(
        "a parent subscription that is not there",
        (line(product=catalogue.TEAMS_PHONE, parent_subscription=NOWHERE),),
        ("Microsoft Teams Phone",),
    ),
    Asked(
        "a parent of what needs none",
        (e3(), line(2, parent_line="1")),
        ("Cloud Backup Standard depends on no other product",),
    ),
    Asked(
        "a quantity that no price covers",
        (line(product=catalogue.SITE_LICENCE, billing_term="Annual", quantity=251),),
        ("251",),
    ),
    Asked("a deleted company", (line(),), ("Litware, Inc.", "was deleted"), company=customers.LITWARE_DELETED),
    Asked(
        "a deleted company that the quote names",
        (line(),),
        ("Litware, Inc.", "was deleted", "though the quote names its id"),
        {"marketplace_ids": {"pax8": customers.LITWARE_DELETED.id}},
    ),
    Asked(
        "a company that is not there",
        (line(),),
        (f"Pax8 has no company with the id {NOWHERE}, though the quote names its id",),
        {"marketplace_ids": {"pax8": NOWHERE}},
    ),
    Asked(
        "a customer who is nobody",
        (line(),),
        ("Pax8 has no company for Nobody Ltd", "Answer 'create'"),
        {"ref": "NOBODY", "external_id": "NOBODY", "name": "Nobody Ltd"},
    ),
    Asked(
        "a customer who may be either of two",
        (line(),),
        ("Pax8 has 2 companies with the name and country", customers.FABRIKAM.id, customers.FABRIKAM_AGAIN.id),
        company=customers.FABRIKAM,
    ),
)


@pytest.fixture(scope="module")
def opened(
    tmp_path_factory: pytest.TempPathFactory, template_database: Databases, valkey_server: EmbeddedValkey
) -> Iterator[tuple[House, Application]]:
    folder = tmp_path_factory.mktemp("bad")
    with house_of_a_module(folder, template_database, valkey_server) as (house, application):
        house.start_worker()
        yield house, application


@pytest.fixture(scope="module")
def begun(opened: tuple[House, Application]) -> Mapping[str, str]:
    """Ids of the quotes, by the cases' names."""
    house, application = opened
    return {case.name: house.accept(application, _quote(house, case)) for case in ASKED}


def _quote(house: House, case: Asked) -> Json:
    wanted = quote(case.lines, case.company or house.customer())
    wanted["customer"] |= case.customer
    return wanted


@pytest.mark.parametrize("case", ASKED, ids=lambda case: case.name)
def test_a_person_is_asked_about(case: Asked, opened: tuple[House, Application], begun: Mapping[str, str]) -> None:
    house, application = opened

    order = house.wait(application, begun[case.name], rests, 60)

    assert asking(order), order
    assert all(words in questions(order) for words in case.says), questions(order)
    assert order["attempts"] == []
    assert house.bought() == []


@pytest.fixture(scope="module")
def door(opened: tuple[House, Application]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=opened[0].start_web(), timeout=30) as client:
        yield client


def event(*lines: Json, **changes: Any) -> bytes:
    wanted = quote(lines, customers.CONTOSO)
    return json.dumps({"type": "quote.accepted", "data": wanted, **changes}).encode()


def signed(body: bytes, secret: str = SIGNING, age: timedelta = timedelta()) -> dict[str, str]:
    moment, ident = datetime.now(UTC) - age, f"msg_{uuid4().hex}"
    return {
        "webhook-id": ident,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(ident, moment, body.decode()),
    }


OTHER = "whsec_c29tZSBvdGhlciBzZWNyZXQgb2Ygc29tZWJvZHk="
NOT_GENUINE: tuple[tuple[str, Callable[[bytes], dict[str, str]]], ...] = (
    ("no signature", lambda _: {}),
    ("another's signature", lambda body: signed(body, OTHER)),
    ("the signature of another body", lambda _: signed(b"{}")),
    ("a stale timestamp", lambda body: signed(body, age=timedelta(minutes=6))),
    ("a timestamp to come", lambda body: signed(body, age=timedelta(minutes=-6))),
    ("another connection's bearer", lambda _: {"authorization": f"Bearer {BEARER}"}),
)
UNREADABLE: tuple[tuple[str, bytes, str], ...] = (
    ("no JSON", b"{", "JSON"),
    ("no object", b"[]", ""),
    ("no lines", event(line()).replace(b'"lines": [', b'"lines": [], "was": ['), "lines"),
    ("a type that is not taken here", event(line(), type="ticket.updated"), "type"),
    ("a quantity of 0", event(line() | {"quantity": 0}), "quantity"),
    ("a quantity below 0", event(line() | {"quantity": -1}), "quantity"),
    ("a quantity of 2.5", event(line() | {"quantity": 2.5}), "quantity"),
    ("a quantity of ten in letters", event(line() | {"quantity": "ten"}), "quantity"),
    ("a quantity of true", event(line() | {"quantity": True}), "quantity"),
    ("a line without a product", event(line() | {"product_id": None}), "product_id"),
    ("money that is no string", event(line(unit_cost={"amount": 4.5, "currency": "USD"})), "amount"),
    ("two lines of one id", event(line(), line()), "id"),
    ("a parent line that does not exist", event(line(parent_line="7")), "7"),
    ("a line that is its own parent", event(line(parent_line="1")), "1"),
    ("lines that are each other's parents", event(line(parent_line="2"), line(2, parent_line="1")), "parent"),
)


@pytest.mark.parametrize(("name", "headers"), NOT_GENUINE, ids=[name for name, _ in NOT_GENUINE])
def test_what_is_not_genuine_is_refused(
    name: str, headers: Callable[[bytes], dict[str, str]], door: httpx.Client, opened: tuple[House, Application]
) -> None:
    body = event(line())

    answer = door.post("/in/crm", content=body, headers=headers(body))

    assert answer.status_code == 401, name
    assert answer.json()["detail"][0]["msg"] == "The signature, its timestamp or the secret is wrong."
    _nothing_came_of_it(opened)


@pytest.mark.parametrize(("name", "body", "about"), UNREADABLE, ids=[name for name, _, _ in UNREADABLE])
def test_what_does_not_read_is_explained(
    name: str, body: bytes, about: str, door: httpx.Client, opened: tuple[House, Application]
) -> None:
    answer = door.post("/in/crm", content=body, headers=signed(body))

    assert answer.status_code == 422, (name, answer.text)
    explained = answer.json()["detail"][0]
    assert about in f"{explained['loc']} {explained['msg']}"
    assert len(explained["msg"]) > 10, explained
    assert answer.json()["event_id"]
    _nothing_came_of_it(opened)


def test_a_body_of_more_than_a_mebibyte_is_refused(door: httpx.Client, opened: tuple[House, Application]) -> None:
    body = event(line(description="x" * 1024 * 1024))

    answer = door.post("/in/crm", content=body, headers=signed(body))

    assert answer.status_code == 413
    assert "larger than 1048576 bytes" in answer.json()["detail"][0]["msg"]
    _nothing_came_of_it(opened)


def _nothing_came_of_it(opened: tuple[House, Application]) -> None:
    """No order was made of it: the only ones are those that ask."""
    house, application = opened
    with application.database.transaction() as connection:
        made = "SELECT count(*) FROM orders JOIN events USING (quote_pk) WHERE connection = 'crm'"
        assert connection.exec_driver_sql(made).scalar_one() == 0
    assert house.bought() == []


def test_a_genuine_message_that_reads_is_ordered(door: httpx.Client, opened: tuple[House, Application]) -> None:
    """The door that refuses all of these is open."""
    house, application = opened
    body = event(line())

    answer = door.post("/in/crm", content=body, headers=signed(body))

    assert answer.status_code == 202
    quote_id = json.loads(body)["data"]["quote"]["id"]
    until(lambda: house.orders_of(application, quote_id))
    assert done(house.wait(application, quote_id, rests))
    assert len(house.bought(customers.CONTOSO.id)) == 1
