"""What Pax8 is sent, to the byte, and where it is sent to."""

import hashlib
import json

import httpx
import pytest

from pipeline.domain.claim import PurchaseLine, Write
from pipeline.domain.company import CompanyContact
from pipeline.domain.customer import ContactRole
from pipeline.domain.primaries import addition
from pipeline.domain.terms import BillingTerm
from pipeline.marketplaces.pax8.payload import compose, contact_body
from tests.contracts.adapters import GRACE, Pax8Case, add_grace, in_time, new_company

PARENT = PurchaseLine(
    line_id="a",
    number=1,
    product_id="p-1",
    quantity=5,
    billing_term=BillingTerm.TWO_YEAR,
    commitment_id="c-1",
    provisioning=(("msDomain", ("contoso-ü",)), ("regions", ("EU", "US"))),
)
CHILD = PurchaseLine(
    line_id="b", number=2, product_id="p-2", quantity=1, billing_term=BillingTerm.MONTHLY, parent_number=1
)
ADDED = PurchaseLine(
    line_id="c",
    number=3,
    product_id="p-3",
    quantity=2,
    billing_term=BillingTerm.ONE_TIME,
    parent_subscription_id="s-1",
)


class Recorder:
    def __init__(self) -> None:
        self.case = Pax8Case(httpx.MockTransport(self))
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/token"):
            self.requests.append(request)
        return self.case.simulator(request)


def test_the_payload_is_these_bytes() -> None:
    payload = compose("co-1", (CHILD, ADDED, PARENT))

    assert payload.body == (
        '{"companyId":"co-1","orderedBy":"Pax8 Partner","lineItems":['
        '{"lineItemNumber":1,"productId":"p-1","quantity":5,"billingTerm":"2-Year","commitmentTermId":"c-1",'
        '"provisioningDetails":[{"key":"msDomain","values":["contoso-\\u00fc"]},{"key":"regions","values":["EU","US"]}]},'
        '{"lineItemNumber":2,"productId":"p-2","quantity":1,"billingTerm":"Monthly","parentLineItemNumber":1},'
        '{"lineItemNumber":3,"productId":"p-3","quantity":2,"billingTerm":"One-Time","parentSubscriptionId":"s-1"}]}'
    )
    assert payload.hash == hashlib.sha256(payload.body.encode()).hexdigest()


def test_the_dry_run_and_the_purchase_send_the_same_bytes_to_two_addresses() -> None:
    recorder = Recorder()
    marketplace, write = recorder.case.open(), recorder.case.purchase()
    marketplace.rehearse(write)  # type: ignore[attr-defined]
    marketplace.send(write, in_time())

    rehearsal, purchase = recorder.requests
    assert rehearsal.url.raw_path == b"/v1/orders?isMock=true"
    assert purchase.url.raw_path == b"/v1/orders"
    assert rehearsal.content == purchase.content == write.payload.body.encode()
    assert b"isMock" not in purchase.content
    assert (rehearsal.method, purchase.method) == ("POST", "POST")


def test_the_dry_run_asks_for_a_dry_run_also_when_asked_again_with_a_new_token() -> None:
    recorder = Recorder()
    marketplace, write = recorder.case.open(), recorder.case.purchase()
    marketplace.company(recorder.case.company_id)
    recorder.case.revoke_tokens()
    marketplace.rehearse(write)  # type: ignore[attr-defined]

    assert [request.url.query for request in recorder.requests[1:]] == [b"isMock=true"] * 2
    assert recorder.case.bought() == 0


@pytest.mark.parametrize(
    ("write", "method", "path"),
    [
        (new_company("Proseware", "CUST-1", GRACE), "POST", b"/v1/companies"),
        (add_grace("co-1"), "POST", b"/v1/companies/co-1/contacts"),
        (add_grace("co-1", "ct-1"), "PUT", b"/v1/companies/co-1/contacts/ct-1"),
    ],
)
def test_a_write_goes_to_its_address(write: Write, method: str, path: bytes) -> None:
    recorder = Recorder()
    recorder.case.open().send(write, in_time())

    (request,) = recorder.requests
    assert (request.method, request.url.raw_path) == (method, path)


def test_a_company_is_sent_with_all_that_is_required_and_its_primaries() -> None:
    recorder = Recorder()
    recorder.case.open().send(new_company("Proseware", "CUST-1", GRACE), in_time())

    assert json.loads(recorder.requests[0].content) == {
        "name": "Proseware",
        "address": {
            "street": "2 Side Street",
            "city": "Boulder",
            "stateOrProvince": "CO",
            "postalCode": "80301",
            "country": "US",
        },
        "phone": "555-0160",
        "website": "https://proseware.example",
        "externalId": "CUST-1",
        "billOnBehalfOfEnabled": False,
        "selfServiceAllowed": False,
        "orderApprovalRequired": False,
        "contacts": [
            {
                "firstName": GRACE.first_name,
                "lastName": GRACE.last_name,
                "email": GRACE.email,
                "phone": GRACE.phone,
                "types": [{"type": kind, "primary": True} for kind in ("Admin", "Billing", "Technical")],
            }
        ],
    }


def test_a_contact_that_is_changed_keeps_what_they_were_one_of_several_for() -> None:
    ada = CompanyContact(
        "c",
        "Ada",
        "L",
        GRACE.email,
        "1",
        frozenset({ContactRole.ADMIN}),
        frozenset({ContactRole.ADMIN, ContactRole.TECHNICAL}),
    )
    person = GRACE.model_copy(update={"roles": (ContactRole.BILLING,)})

    changed = addition("company", person, [ada]).contact

    assert json.loads(contact_body(changed))["types"] == [
        {"type": "Admin", "primary": True},
        {"type": "Billing", "primary": True},
        {"type": "Technical", "primary": False},
    ]
