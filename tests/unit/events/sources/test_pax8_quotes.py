"""Quotes of Pax8 itself: what one says when it is read again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from events.connections import ToolAccess
from events.sources.access import BadAccess
from events.sources.document import Unreadable
from events.sources.keyring import MemoryKeyRing
from events.sources.pax8_quotes import Pax8Quotes, make
from events.sources.pax8_quotes.reading import read_quote
from events.sources.pax8_quotes.simulator import line
from events.sources.tool import Checks, NotAccepted, NotThereYet, Polled, Pushes, Revoked
from pipeline.domain.money import Money
from pipeline.domain.offered import Link, OfferedQuote
from pipeline.domain.quote import QuoteKey
from pipeline.marketplaces.transport import Connections
from tests.unit.events.sources.pax8_quotes_scene import PRODUCT, Scene, access, connection, only_line
from tests.unit.events.sources.polled import NOON


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_it_is_polled_and_checked_and_takes_no_webhook(scene: Scene) -> None:
    assert isinstance(scene.tool, Polled)
    assert isinstance(scene.tool, Checks)
    assert not isinstance(scene.tool, Pushes)


@pytest.mark.parametrize(
    ("lacking", "variable"),
    [
        ("client_id", "QUOTEWAY_SOURCES__QUOTES__CLIENT_ID"),
        ("client_secret", "QUOTEWAY_SOURCES__QUOTES__CLIENT_SECRET"),
    ],
)
def test_a_credential_that_lacks_is_named(lacking: str, variable: str) -> None:
    fields: dict[str, Any] = {"client_id": "id", "client_secret": SecretStr("secret"), lacking: type("", (str,), {})()}
    if lacking == "client_secret":
        fields[lacking] = SecretStr("")
    with pytest.raises(BadAccess, match=variable):
        make(connection(ToolAccess(**fields)), Connections(), MemoryKeyRing())


def test_an_accepted_quote_is_offered_with_all_that_an_order_needs(scene: Scene) -> None:
    quote = scene.offered(line(1, PRODUCT, 12, commitmentTerm={"id": "c-1", "term": "1-Year"}), referenceCode="Q-77")

    assert quote.key == QuoteKey(system="quotes", id=quote.key.id)
    assert (quote.number, quote.accepted_at) == ("Q-77", NOON)
    assert quote.accepted_by is not None
    assert quote.accepted_by.email == "dana@contoso.example"
    assert quote.links == (Link(kind="pax8:quote", id=quote.key.id),)
    assert set(quote.customer.marketplace_ids) == {"pax8"}
    found = only_line(quote)
    assert (found.marketplace, found.product_id, found.quantity) == ("pax8", PRODUCT, "12")
    assert (found.billing_term, found.commitment, found.held, found.start_at) == ("Annual", "c-1", "", None)
    assert found.unit_cost == Money(amount=Decimal("31.1"), currency="USD")


@pytest.mark.parametrize(
    ("word", "term"),
    [
        ("Monthly", "Monthly"),
        ("Annual", "Annual"),
        ("1 Year", "Annual"),
        ("2 Year", "2-Year"),
        ("3 Year", "3-Year"),
        ("One-Time", "One-Time"),
        ("Trial", "Trial"),
        ("Activation", "Activation"),
        ("Fortnightly", "Fortnightly"),
        (None, ""),
    ],
)
def test_a_quotes_word_for_a_term_becomes_the_orders_and_an_unknown_one_stays(
    scene: Scene, word: str | None, term: str
) -> None:
    assert only_line(scene.offered(line(1, PRODUCT, billingTerm=word))).billing_term == term


def test_what_one_year_means_can_be_set() -> None:
    scene = Scene(access(options={"one_year_term": "Monthly"}))
    assert only_line(scene.offered(line(1, PRODUCT, billingTerm="1 Year"))).billing_term == "Monthly"


def test_what_one_year_means_can_be_left_to_a_person() -> None:
    found = only_line(Scene(access(options={"one_year_term": "ask"})).offered(line(1, PRODUCT, billingTerm="1 Year")))
    assert "1 Year" in found.held
    assert found.product_id == ""


CUSTOM = {"id": "x", "name": "Cabling", "sku": "", "isMspOnly": False, "type": "Custom"}


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"product": CUSTOM}, "custom product"),
        ({"relationship": {"requiredSubscriptionId": "sub-9"}}, "belongs to the subscription sub-9"),
        ({"product": None}, "names no product"),
    ],
    ids=["custom", "an add-on of a live subscription", "no product"],
)
def test_a_line_that_is_no_new_order_is_for_a_person(scene: Scene, fields: dict[str, Any], why: str) -> None:
    changed, plain = scene.offered(line(1, PRODUCT, **fields), line(2, PRODUCT)).lines
    assert why in changed.held
    assert changed.product_id == ""
    assert (plain.held, plain.product_id) == ("", PRODUCT)


@pytest.mark.parametrize(
    ("options", "adds"),
    [({}, False), ({"change_quantity": "total"}, False), ({"change_quantity": "Added"}, True)],
    ids=["not said", "a total", "so many more"],
)
def test_a_line_with_a_subscription_changes_it(options: dict[str, str], adds: bool) -> None:
    found = only_line(Scene(access(options=options)).offered(line(1, PRODUCT, 12, subscriptionId="sub-9")))

    assert (found.changes, found.adds, found.quantity, found.product_id) == ("sub-9", adds, "12", PRODUCT)
    assert not found.held


def test_what_the_quantity_of_a_change_means_can_be_left_to_a_person() -> None:
    quote = Scene(access(options={"change_quantity": "ask"})).offered(
        line(1, PRODUCT, subscriptionId="sub-9"), line(2, PRODUCT)
    )

    changed, plain = quote.lines
    assert "what its quantity means" in changed.held
    assert not plain.held


def test_a_change_need_not_name_its_product_and_a_purchase_never_adds(scene: Scene) -> None:
    changed, plain = scene.offered(line(1, PRODUCT, subscriptionId="sub-9", product=None), line(2, PRODUCT)).lines

    assert (changed.held, changed.changes) == ("", "sub-9")
    assert (plain.changes, plain.adds) == ("", False)


def test_another_word_for_what_the_quantity_means_stops_the_connection() -> None:
    with pytest.raises(BadAccess, match="QUOTEWAY_SOURCES__QUOTES__OPTIONS has no such change_quantity: it is total"):
        make(connection(access(options={"change_quantity": "sum"})), Connections(), MemoryKeyRing())


SHADOW = {"id": "shadow-1", "name": "Newcomer Ltd", "isShadowCompany": True}


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"client": SHADOW}, "shadow company"),
        ({"client": {"id": "c-1", "name": "Contoso"}}, "shadow company"),
        ({"intentType": "PAX8_TO_PARTNER_CLIENT"}, "PAX8_TO_PARTNER_CLIENT"),
        ({"intentType": "SOMETHING_NEW"}, "SOMETHING_NEW"),
        ({"intentType": None}, "intent"),
        ({"revokedOn": "2026-11-20T13:00:00Z"}, "revoked as well"),
    ],
    ids=["shadow", "maybe a shadow", "Pax8 to our customer", "unknown intent", "no intent", "revoked after it"],
)
def test_a_quote_that_may_be_no_acceptance_is_wholly_for_a_person(
    scene: Scene, fields: dict[str, Any], why: str
) -> None:
    quote = scene.offered(line(1, PRODUCT), line(2, PRODUCT), **fields)
    assert [why in each.held for each in quote.lines] == [True, True]


def test_a_shadow_company_is_no_company_at_the_marketplace(scene: Scene) -> None:
    customer = scene.offered(client=SHADOW).customer
    assert (customer.marketplace_ids, customer.ref, customer.name) == ({}, "shadow-1", "Newcomer Ltd")


def test_a_child_names_its_parent(scene: Scene) -> None:
    parent = line(1, PRODUCT)
    child = line(2, PRODUCT, relationship={"requiredLineItemId": parent["id"]})
    assert [each.parent_line for each in scene.offered(parent, child).lines] == [None, parent["id"]]


def test_a_line_that_starts_later_waits_for_its_day(scene: Scene) -> None:
    later, past = (NOON + timedelta(days=9)).isoformat(), (NOON - timedelta(days=9)).isoformat()
    starts = [
        each.start_at
        for each in scene.offered(line(1, "p", effectiveDate=later), line(2, "p", effectiveDate=past)).lines
    ]
    assert starts == [NOON + timedelta(days=9), None]


def test_line_items_may_be_one_object(scene: Scene) -> None:
    assert only_line(scene.offered(lineItems=line(1, PRODUCT, 3))).quantity == "3"


@pytest.mark.parametrize("listed", ["lines", 7, [line(1, PRODUCT), None], [[line(1, PRODUCT)]], [{"quantity": 1}]])
def test_line_items_that_cannot_be_read_are_not_taken_for_none(scene: Scene, listed: Any) -> None:
    with pytest.raises(Unreadable):
        scene.offered(lineItems=listed)


@pytest.mark.parametrize("status", ["draft", "assigned", "sent", "pending", "closed", "somehow", ""])
def test_a_quote_in_another_state_is_not_accepted(scene: Scene, status: str) -> None:
    quote_id = scene.accepted()
    scene.pax8.change(quote_id, status=status)
    assert isinstance(scene.found(quote_id), NotAccepted)


@pytest.mark.parametrize("status", ["declined", "expired", "changes_requested"])
def test_an_acceptance_is_taken_back(scene: Scene, status: str) -> None:
    quote_id = scene.accepted()
    scene.pax8.change(quote_id, status=status)
    assert scene.found(quote_id) == Revoked(QuoteKey(system="quotes", id=quote_id))


def test_a_quote_that_was_revoked_and_is_open_again_takes_its_acceptance_back(scene: Scene) -> None:
    quote_id = scene.accepted()
    scene.pax8.change(quote_id, status="draft", revokedOn=NOON.isoformat())
    assert isinstance(scene.found(quote_id), Revoked)


def test_an_offer_of_pax8_to_us_is_no_acceptance_by_a_customer(scene: Scene) -> None:
    assert isinstance(scene.found(scene.accepted(intentType="PAX8_TO_PARTNER")), NotAccepted)


@pytest.mark.parametrize(
    ("told", "start"),
    [
        ("2026-12-01", datetime(2026, 12, 1, 13, tzinfo=UTC)),
        ("2026-12-01T09:30:00", datetime(2026, 12, 1, 16, 30, tzinfo=UTC)),
        ("2026-12-01T09:30:00+01:00", datetime(2026, 12, 1, 8, 30, tzinfo=UTC)),
        ("soon", None),
    ],
)
def test_a_line_starts_at_six_of_its_day_where_the_connection_is(
    scene: Scene, told: str, start: datetime | None
) -> None:
    scene.tool._connection = replace(scene.tool._connection, zone=ZoneInfo("America/Denver"))
    (found,) = scene.offered(line(1, "p", effectiveDate=told)).lines
    assert found.start_at == start


def test_a_quote_that_is_listed_and_not_found_is_looked_for_again(scene: Scene) -> None:
    with pytest.raises(NotThereYet) as fault:
        scene.found("3f1c8d2e-1b44-4a90-9f6a-1d0f2e5b7c11")
    assert (fault.value.code, fault.value.passes) == ("source.not_there", True)


@pytest.mark.parametrize("content", [{}, {"quote": ""}, {"quote": "../token"}, {"quote": ["a"]}, {"quote": "a/b"}])
def test_a_nudge_that_names_no_quote_is_unreadable(scene: Scene, content: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        scene.tool.look_up(content)


def test_another_quote_than_was_asked_for_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        read_quote({"id": "another", "status": "accepted"}, "one", connection())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "amount", "x"]), inner),
    max_leaves=6,
)
NAMES = ("client", "lineItems", "respondedOn", "revokedOn", "intentType", "acceptedBy", "referenceCode")
LINES = st.lists(
    st.fixed_dictionaries({}, optional=dict.fromkeys(line(1, PRODUCT), JSON) | {"id": st.text(max_size=4)})
)


@settings(max_examples=40, deadline=None)
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, JSON) | {"lineItems": LINES | JSON}))
def test_whatever_a_quote_holds_it_is_read_or_unreadable(quote: dict[str, Any]) -> None:
    try:
        found = read_quote({"id": "q-1", "status": "accepted", **quote}, "q-1", connection())
    except Unreadable:
        return
    assert isinstance(found, OfferedQuote | NotAccepted)


def test_a_tool_shows_no_secret(scene: Scene) -> None:
    assert "secret" not in repr(scene.connection).replace("client_secret", "").replace("secrets", "")
    assert isinstance(scene.tool, Pax8Quotes)
