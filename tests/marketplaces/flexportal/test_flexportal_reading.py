"""What FlexPortal says, and the odd ways in which it may say it."""

from decimal import Decimal
from typing import Any

import pytest

from pipeline.abilities import FindsByReference, KnowsByEmail, Rehearses
from pipeline.domain.catalogue import Verdict
from pipeline.domain.company import CompanyStatus
from pipeline.domain.errors import IncompleteScan, NotFound, Unreadable
from pipeline.domain.terms import BillingTerm
from pipeline.marketplaces.flexportal import assumed
from pipeline.marketplaces.flexportal.adapter import FlexPortal
from pipeline.marketplaces.flexportal.simulator import catalogue, customers
from tests.contracts.flexportal_case import FlexPortalCase


@pytest.fixture
def case() -> FlexPortalCase:
    return FlexPortalCase()


def at(case: FlexPortalCase) -> FlexPortal:
    marketplace = case.open()
    assert isinstance(marketplace, FlexPortal)
    return marketplace


def test_it_knows_customers_by_e_mail_rehearses_and_finds_by_reference(case: FlexPortalCase) -> None:
    marketplace = case.open()

    assert isinstance(marketplace, KnowsByEmail)
    assert isinstance(marketplace, Rehearses)
    assert isinstance(marketplace, FindsByReference)
    assert marketplace.wanted_of_buyer() == {"email", "first_name", "last_name", "street", "city", "country"}


@pytest.mark.parametrize(("pricing", "name"), [("list", "variantSku"), ("map", "sku")])
def test_a_variant_is_read_in_either_of_its_forms(case: FlexPortalCase, pricing: Any, name: Any) -> None:
    case.simulator.knobs.pricing, case.simulator.knobs.variant_sku_name = pricing, name
    marketplace = case.open()

    product = marketplace.product(catalogue.PHONE)
    prices = {one.commitment_months: one.rates[0].cost for one in marketplace.prices(catalogue.PHONE, "cust")}

    assert (product.id, product.sku, product.name) == (catalogue.PHONE, catalogue.PHONE, "Phone 6, 256 GB")
    assert product.requires_commitment
    assert prices == {12: Decimal("29.00"), 24: Decimal("18.90")}
    assert {one.billing_term for one in marketplace.prices(catalogue.PHONE, "cust")} == {BillingTerm.MONTHLY}


@pytest.mark.parametrize(
    ("pricing", "monthly"),
    [
        ([{"contractLength": 24, "monthlyPrice": 10, "discount": {"type": "fixed", "value": 2}}], {24: "8"}),
        ([{"contractLength": 24, "monthlyPrice": 10, "discount": {"type": "percentage", "value": 10}}], {24: "9.00"}),
        ([{"contractLength": 24, "monthlyPrice": 10, "discount": {"type": "loyalty", "value": 9}}], {24: "10"}),
        ([{"contractLength": 24, "monthlyPrice": 10, "discount": {"type": "fixed", "value": 20}}], {24: "10"}),
        ([{"contractLength": 24, "monthlyPrice": 10, "discount": None}], {24: "10"}),
        ([{"contractLength": 24.0, "monthlyPrice": "10.50"}], {24: "10.50"}),
        ([{"contractLength": 24}], {}),
        ([{"contractLength": 24, "monthlyPrice": -1}], {}),
        ([{"contractLength": "two years", "monthlyPrice": 1}], {}),
        ([{"contractLength": True, "monthlyPrice": 1}], {}),
        ([7, None], {}),
        ({"24": 10, "12": {"monthlyPrice": 12}, "x": 1}, {24: "10", 12: "12"}),
        ({}, {}),
        (None, {}),
        ("24", {}),
    ],
    ids=str,
)
def test_a_price_is_read_or_counts_as_not_offered(pricing: Any, monthly: dict[int, str]) -> None:
    assert assumed.monthly_prices(pricing) == {months: Decimal(cost) for months, cost in monthly.items()}


def test_commitments_are_the_contract_lengths(case: FlexPortalCase) -> None:
    found = case.open().dependencies(catalogue.MONITOR)

    assert [(one.id, one.term, one.months) for one in found.commitments] == [
        ("6", "6 months", 6),
        ("12", "12 months", 12),
        ("24", "24 months", 24),
        ("36", "36 months", 36),
    ]
    assert not found.constraints


@pytest.mark.parametrize(
    ("status", "words"), [("inactive", "VARIANT_INACTIVE"), ("archived", "'archived' at FlexPortal, a word that")]
)
def test_a_variant_that_cannot_be_ordered_says_why(case: FlexPortalCase, status: str, words: str) -> None:
    offer = case.simulator.world.offer(catalogue.PHONE)
    assert offer is not None
    offer[1].status = status

    assert words in case.open().product(catalogue.PHONE).withdrawn


def test_the_list_of_variants_is_read_once_for_all_lines_of_a_stage(case: FlexPortalCase) -> None:
    marketplace = case.open()
    for sku in (catalogue.PHONE, catalogue.MONITOR):
        marketplace.product(sku)
        marketplace.prices(sku, "cust")
        marketplace.dependencies(sku)

    assert case.calls("rehearsal") == 1


@pytest.mark.parametrize("email", ["ada@contoso.example", "ADA@Contoso.example", " ada@contoso.example "])
@pytest.mark.parametrize("folds", [True, False])
def test_a_customer_is_found_by_their_address_whatever_its_capitals(
    case: FlexPortalCase, email: str, folds: bool
) -> None:
    case.simulator.knobs.emails_fold_case = folds

    (found,) = at(case).customers(email)

    assert (found.id, found.name, found.email) == (customers.CONTOSO.id, "Contoso", "ada@contoso.example")
    assert found.status is CompanyStatus.ACTIVE


def test_customers_are_compared_though_flexportal_may_not_filter(case: FlexPortalCase) -> None:
    everybody = [shape for shape in at(case).companies() if shape.email]
    case.fault("wrong_content", "emails", body=listed(*(row(one.id, one.email) for one in everybody)))

    assert [one.id for one in at(case).customers("it@fabrikam.example")] == [customers.FABRIKAM_SHARED_MAILBOX.id]


def row(customer_id: str, email: str, **fields: Any) -> dict[str, Any]:
    return {"customerId": customer_id, "email": email, "status": "active"} | fields


def listed(*rows: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"customers": list(rows), "count": len(rows), "limit": 100, "hasMore": False, "nextCursor": None} | fields


def test_a_word_for_a_customer_that_nobody_knows_is_kept(case: FlexPortalCase) -> None:
    case.fault("wrong_content", "list", body=listed(row("cust_1", "a@b.example", status="frozen", firstName="Ada")))

    (found,) = case.open().companies()

    assert (found.status, found.status_word, found.name) == (CompanyStatus.UNKNOWN, "frozen", "Ada")


def test_the_older_form_of_lists_is_never_taken_for_a_short_list(case: FlexPortalCase) -> None:
    case.simulator.knobs.paging = "pages"

    with pytest.raises(Unreadable, match="no list under 'customers'"):
        case.open().companies()


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"hasMore": True, "nextCursor": None}, "more, but no cursor"),
        ({"hasMore": True, "nextCursor": ""}, "more, but no cursor"),
    ],
)
def test_a_list_that_has_more_and_does_not_say_where_is_unreadable(
    case: FlexPortalCase, fields: dict[str, Any], problem: str
) -> None:
    case.fault("wrong_content", "list", body=listed(row("c", "a@b.example"), **fields))

    with pytest.raises(Unreadable, match=problem):
        case.open().companies()


def test_a_list_without_a_word_about_its_end_is_unreadable(case: FlexPortalCase) -> None:
    case.fault("wrong_content", "list", body={"customers": [row("c", "a@b.example")], "count": 1})

    with pytest.raises(Unreadable, match="neither hasMore nor nextCursor"):
        case.open().companies()


def test_either_word_about_the_end_is_enough(case: FlexPortalCase) -> None:
    for body in (
        {"customers": [row("c", "a@b.example")], "hasMore": False},
        {"customers": [row("c", "a@b.example")], "nextCursor": None},
    ):
        case.fault("wrong_content", "list", body=body)
        assert [one.id for one in case.open().companies()] == ["c"]


def test_a_list_that_goes_round_in_circles_is_incomplete(case: FlexPortalCase) -> None:
    body = listed(row("c", "a@b.example"), hasMore=True, nextCursor=customers.CONTOSO.id)
    case.fault("wrong_content", "list", body=body, times=None)

    with pytest.raises(IncompleteScan, match="circles"):
        case.open().companies()


def test_a_cursor_that_is_gone_breaks_the_list_off(case: FlexPortalCase) -> None:
    case.crowd(150)
    case.fault("status", "list", status=400, skip=1)

    with pytest.raises(IncompleteScan, match="broke off"):
        case.open().companies()


def test_a_page_that_overlaps_the_one_before_counts_nobody_twice(case: FlexPortalCase) -> None:
    first = listed(row("a", "a@b.example"), row("b", "b@b.example"), hasMore=True, nextCursor=customers.CONTOSO.id)
    case.fault("wrong_content", "list", body=first)
    case.fault("wrong_content", "list", body=listed(row("b", "b@b.example"), row("c", "c@b.example")))

    assert [one.id for one in case.open().companies()] == ["a", "b", "c"]


def test_subscriptions_are_one_device_each(case: FlexPortalCase) -> None:
    rentals = case.open().subscriptions(customers.WINGTIP_TWO_LAPTOPS.id, "laptop-14")

    assert [(one.product_id, one.quantity, one.verdict) for one in rentals] == [
        (catalogue.LAPTOP_14, Decimal(1), Verdict.LIVE)
    ] * 2
    assert case.open().subscription(rentals[0].id) == rentals[0]
    assert rentals[0].created_at is not None
    assert not case.open().subscriptions(customers.WINGTIP_TWO_LAPTOPS.id, catalogue.PHONE)


def test_a_line_is_read_by_the_id_that_its_order_gave_it(case: FlexPortalCase) -> None:
    ref = case.open().send(case.purchase(), 10.0**12).ref or ""
    lines = case.open().order(ref).lines

    assert [case.open().subscription(line.subscription_id or "") for line in lines] == [line.state for line in lines]
    with pytest.raises(NotFound):
        case.open().subscription(f"{ref}/LAPTOP-14/99")
