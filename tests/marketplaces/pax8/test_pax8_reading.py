"""Pax8's answers as production writes them, odd ones included."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import httpx
import pytest

from pipeline.domain.catalogue import PriceKind, Rate, Verdict
from pipeline.domain.company import CompanyStatus
from pipeline.domain.customer import ContactRole
from pipeline.domain.errors import Unreadable
from pipeline.domain.terms import BillingTerm
from pipeline.ports import Marketplace
from tests.contracts.adapters import Pax8Case, contacts


def answering(content: Any) -> Marketplace:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/token"):
            return httpx.Response(200, json={"access_token": "t", "expires_in": 86400})
        return httpx.Response(200, content=body)

    return Pax8Case(httpx.MockTransport(handler)).open()


def subscription(**fields: Any) -> dict[str, Any]:
    return {"id": "s", "companyId": "c", "productId": "p", "quantity": 5, "status": "Active"} | fields


WORDS = [
    ("Active", Verdict.LIVE),
    ("Trial", Verdict.LIVE),
    ("Activated", Verdict.LIVE),
    ("Converted", Verdict.LIVE),
    ("PendingAutomated", Verdict.IN_PROGRESS),
    ("PendingManual", Verdict.WAITS_FOR_MARKETPLACE),
    ("WaitingForDetails", Verdict.WAITS_FOR_US),
    ("PendingActivation", Verdict.WAITS_FOR_CUSTOMER),
    ("PendingCancel", Verdict.ENDING),
    ("Cancelled", Verdict.FAILED),
    ("active", Verdict.UNKNOWN),
    ("Suspended", Verdict.UNKNOWN),
    ("", Verdict.UNKNOWN),
    (None, Verdict.UNKNOWN),
]


def test_a_subscription_that_is_still_on_trial_is_a_trial_whatever_it_is_billed_by() -> None:
    assert answering(subscription(status="Trial")).subscription("s").billing_term is BillingTerm.TRIAL


def test_a_subscription_may_say_nothing_but_its_id() -> None:
    """The contract requires nothing of it; one such among a company's must not hide the others."""
    bare, whole = answering({"content": [{"id": "bare"}, subscription()]}).subscriptions("c")

    assert (bare.id, bare.product_id, bare.quantity, bare.verdict) == ("bare", "", None, Verdict.UNKNOWN)
    assert whole.quantity is not None


@pytest.mark.parametrize(("word", "verdict"), WORDS)
def test_a_status_word_has_a_verdict_and_stays_as_it_came(word: str | None, verdict: Verdict) -> None:
    found = answering(subscription(status=word)).subscription("s")

    assert (found.verdict, found.status_word) == (verdict, word or "")


@pytest.mark.parametrize(
    "fields",
    [
        {"commitment": {"id": "x", "term": "1-Year"}},
        {"commitmentTerm": {"id": "x", "term": "1-Year"}},
        {"commitment": "1-Year"},
        {"commitment": None},
        {"brandNew": [1, {"deep": True}]},
        {"price": 10.5, "partnerCost": None},
        {"quantity": 5.0},
        {"quantity": "5"},
    ],
    ids=str,
)
def test_a_subscription_may_carry_what_it_likes(fields: dict[str, Any]) -> None:
    assert answering(subscription(**fields)).subscription("s").quantity == 5


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2023-08-11T11:33:12-0600", datetime(2023, 8, 11, 11, 33, 12, tzinfo=timezone(timedelta(hours=-6)))),
        ("2023-08-11T11:33:12.314-0600", datetime(2023, 8, 11, 17, 33, 12, 314000, tzinfo=UTC)),
        ("2023-08-11T11:33:12Z", datetime(2023, 8, 11, 11, 33, 12, tzinfo=UTC)),
        ("2023-08-11T11:33:12", None),
        ("2023-08-11", None),
        ("2023-08-11T00:00:00Z", None),
        ("yesterday", None),
        (None, None),
    ],
)
def test_an_instant_is_read_with_any_offset_and_never_guessed(text: str | None, moment: datetime | None) -> None:
    assert answering(subscription(createdDate=text)).subscription("s").created_at == moment


@pytest.mark.parametrize("line", [{}, {"subscriptionId": None}, {"subscriptionId": ""}], ids=str)
def test_a_line_without_a_subscription_has_none_yet(line: dict[str, Any]) -> None:
    lines = [{"productId": "p", "quantity": 5, "billingTerm": "1-Time", **line}]
    order = {"id": "o", "companyId": "c", "orderedBy": "Pax8Partner", "lineItems": lines}

    placed = answering(order).order("o").lines[0]

    assert (placed.subscription_id, placed.billing_term) == (None, BillingTerm.ONE_TIME)


def test_one_line_alone_counts_as_a_list_of_it() -> None:
    order = {"id": "o", "companyId": "c", "lineItems": {"productId": "p", "quantity": 5}, "status": "Completed"}

    placed = answering(order).order("o")

    assert (len(placed.lines), placed.status_hint) == (1, "Completed")


@pytest.mark.parametrize(
    "broken",
    [
        {"id": "o", "companyId": "c"},
        {"id": "o", "lineItems": []},
        {"id": "", "companyId": "c", "lineItems": []},
        {"id": "o", "companyId": "c", "lineItems": [{"productId": "p", "quantity": "many"}]},
        [],
        None,
        b"",
        b"<html>",
    ],
    ids=str,
)
def test_an_order_outside_the_contract_is_unreadable(broken: Any) -> None:
    with pytest.raises(Unreadable):
        answering(broken).order("o")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("Active", CompanyStatus.ACTIVE),
        ("Inactive", CompanyStatus.INACTIVE),
        ("Deleted", CompanyStatus.DELETED),
        ("Frozen", CompanyStatus.UNKNOWN),
        (None, CompanyStatus.UNKNOWN),
    ],
)
def test_a_company_needs_little_more_than_its_name(status: str | None, expected: CompanyStatus) -> None:
    found = answering({"id": "c", "name": "Contoso", "status": status, "selfServiceAllowed": None}).company("c")

    assert (found.status, found.status_word, found.external_id, found.country) == (expected, status or "", "", "")


def test_contacts_are_read_with_open_types_and_either_phone() -> None:
    types = [
        {"type": "Admin", "primary": True},
        {"type": "Billing", "primary": None},
        {"type": "Sales", "primary": True},
    ]
    people = {"content": [{"id": "1", "phoneNumber": 5550100, "types": types}, {"id": "2"}]}

    first, second = contacts(answering(people), "c")

    assert first.primary_for == {ContactRole.ADMIN}
    assert first.roles == {ContactRole.ADMIN, ContactRole.BILLING}
    assert (first.phone, second.phone, second.roles) == ("5550100", "", frozenset())


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("CFQ7:0001", "CFQ7:0001"),
        ('{"productId": "CFQ7", "skuId": 1, "segment": "x"}', "CFQ7:1"),
        ({"productId": "CFQ7", "skuId": "0001"}, "CFQ7:0001"),
        ("{broken", "{broken"),
        (7, "7"),
        (None, ""),
    ],
)
def test_a_vendors_sku_is_read_in_its_forms(given: Any, read: str) -> None:
    assert answering({"id": "p", "vendorSku": given}).product("p").vendor_sku == read


def price(**fields: Any) -> dict[str, Any]:
    rate = {"partnerBuyRate": 12.5, "chargeType": "Per Unit"}
    return {"billingTerm": "Monthly", "type": "Flat", "rates": [rate]} | fields


PRICES: list[tuple[dict[str, Any], Callable[[Any], Any], Any]] = [
    (price(), lambda one: one.rates, (Rate(Decimal("12.5")),)),
    (price(commitmentTermInMonths=36), lambda one: one.commitment_months, 36),
    (price(commitmentTermInMonths=0), lambda one: one.commitment_months, None),
    (price(commitmentTerm="3-Year"), lambda one: one.commitment_months, 36),
    (price(type="Auction"), lambda one: one.kind, PriceKind.OTHER),
    (price(type="Mark-Up"), lambda one: one.kind, PriceKind.MARK_UP),
    (price(billingTerm="1-Time"), lambda one: one.billing_term, BillingTerm.ONE_TIME),
    (price(billingTerm="Weekly"), lambda one: (one.billing_term, one.billing_word), (None, "Weekly")),
    (price(rates={"partnerBuyRate": 9, "chargeType": "Flat Rate"}), lambda one: one.rates[0].flat, True),
    (price(rates=[{"partnerBuyRate": 9, "chargeType": "By Moon"}]), lambda one: one.kind, PriceKind.OTHER),
    (
        price(rates=[{"partnerBuyRate": 9, "startQuantityRange": 1, "endQuantityRange": None}]),
        lambda one: (one.rates[0].start, one.rates[0].end),
        (1, None),
    ),
]


@pytest.mark.parametrize(("row", "of", "expected"), PRICES)
def test_a_price_is_read(row: dict[str, Any], of: Callable[[Any], Any], expected: Any) -> None:
    (found,) = answering({"content": [row]}).prices("p", "c")

    assert of(found) == expected


@pytest.mark.parametrize("row", [price(commitmentTerm="Forever"), price(rates=[{}]), price(rates=None)], ids=str)
def test_a_price_that_can_not_be_relied_on_is_no_price(row: dict[str, Any]) -> None:
    assert not answering({"content": [row]}).prices("p", "c")


def test_money_keeps_every_digit() -> None:
    body = b'{"content":[{"billingTerm":"Monthly","type":"Flat","rates":[{"partnerBuyRate":0.12345678901234567890}]}]}'

    assert answering(body).prices("p", "c")[0].rates[0].cost == Decimal("0.12345678901234567890")


@pytest.mark.parametrize("content", [{}, {"content": 7}, {"items": []}, b"[", 7], ids=str)
def test_what_holds_no_list_is_not_an_empty_one(content: Any) -> None:
    with pytest.raises(Unreadable):
        answering(content).fields("p")
