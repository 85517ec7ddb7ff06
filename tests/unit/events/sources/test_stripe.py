"""Stripe: what is genuine, what a quote says, amounts of every currency, the poll and the webhook's endpoint."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from events.connections import SourceConnection, SourceKind, ToolAccess
from events.sources.access import BadAccess
from events.sources.document import Unreadable
from events.sources.keyring import MemoryKeyRing
from events.sources.mishaps import Mishap
from events.sources.stripe import make
from events.sources.stripe.amounts import money
from events.sources.stripe.messages import genuine, read
from events.sources.stripe.simulator import StripeSimulator
from events.sources.stripe.source import Stripe
from events.sources.tool import (
    Checks,
    Genuine,
    NotAccepted,
    NotThereYet,
    Nudge,
    Polled,
    Post,
    Pushes,
    Registers,
    Revoked,
    ToolFault,
)
from pipeline.domain.offered import Link, OfferedQuote
from pipeline.marketplaces.transport import Connections

NOW = 1_790_000_000.0
URL = "https://quoteway.example/in/shop"
SECRET = "whsec_simulated"
CONNECTION = SourceConnection(
    name="shop",
    kind=SourceKind.STRIPE,
    secrets=(SECRET,),
    access=ToolAccess(client_secret=SecretStr("sk_test_simulated")),
)
LINE: dict[str, Any] = {"quantity": 10, "metadata": {"vendor_sku": "M365-E3", "commitment": "1-Year"}}


@pytest.fixture
def stripe() -> StripeSimulator:
    simulator = StripeSimulator(now=lambda: NOW)
    simulator.quote("qt_1", [LINE])
    return simulator


def connected(simulator: StripeSimulator, connection: SourceConnection = CONNECTION) -> Stripe:
    return Stripe(connection, Connections(httpx.MockTransport(simulator)), MemoryKeyRing(), now=simulator.now)


def found(simulator: StripeSimulator, connection: SourceConnection = CONNECTION) -> object:
    (one,) = connected(simulator, connection).look_up({"quote": "qt_1"})
    return one


def offered(simulator: StripeSimulator, connection: SourceConnection = CONNECTION) -> OfferedQuote:
    quote = found(simulator, connection)
    assert isinstance(quote, OfferedQuote)
    return quote


def test_it_can_push_be_polled_be_checked_and_be_registered(stripe: StripeSimulator) -> None:
    source = connected(stripe)

    assert isinstance(source, Pushes)
    assert isinstance(source, Polled)
    assert isinstance(source, Checks)
    assert isinstance(source, Registers)


def test_it_is_not_made_without_an_api_key() -> None:
    with pytest.raises(BadAccess, match="QUOTEWAY_SOURCES__SHOP__CLIENT_SECRET"):
        make(replace(CONNECTION, access=ToolAccess()), Connections(), MemoryKeyRing())


def test_it_is_made_of_a_connection_that_has_them_and_opens_nothing() -> None:
    assert isinstance(make(CONNECTION, Connections(), MemoryKeyRing()), Stripe)


# What is genuine


def test_what_stripe_signs_is_genuine(stripe: StripeSimulator) -> None:
    assert connected(stripe).genuine(stripe.accept("qt_1")) is Genuine.YES


def test_the_key_is_the_whole_secret_prefix_and_all() -> None:
    # Made with OpenSSL: printf '1790000000.{}' | openssl dgst -sha256 -hmac whsec_simulated
    told = "d37f25c04c7dcf36c4e3f8a850f8b7540d5147daeab0deda4bec9f1676f2802f"
    post = Post(headers={"stripe-signature": f"t=1790000000,v1={told}"}, body=b"{}")

    assert genuine(post, (SECRET,), NOW) is Genuine.YES


@pytest.mark.parametrize(
    ("signed_with", "ours"),
    [
        pytest.param(("whsec_old", SECRET), (SECRET,), id="Stripe signs with two"),
        pytest.param((SECRET, "whsec_new"), (SECRET,), id="ours is the first of two"),
        pytest.param((SECRET,), ("whsec_new", SECRET), id="two are ours"),
    ],
)
def test_a_secret_can_be_changed_without_a_gap(
    stripe: StripeSimulator, signed_with: tuple[str, ...], ours: tuple[str, ...]
) -> None:
    assert genuine(stripe.post({}, secrets=signed_with), ours, NOW) is Genuine.YES


def test_each_byte_of_the_signature_counts(stripe: StripeSimulator) -> None:
    post = stripe.accept("qt_1")
    header = post.headers["stripe-signature"]
    start = header.index("v1=") + 3

    for place in range(start, start + 64):
        other = "0" if header[place] != "0" else "1"
        altered = header[:place] + other + header[place + 1 :]
        assert genuine(replace(post, headers={"stripe-signature": altered}), (SECRET,), NOW) is Genuine.NO


def header_of(change: Callable[[str], str]) -> Callable[[Post], Post]:
    return lambda post: replace(post, headers={"stripe-signature": change(post.headers["stripe-signature"])})


@pytest.mark.parametrize(
    "altered",
    [
        pytest.param(lambda post: replace(post, body=post.body + b"\n"), id="a byte more"),
        pytest.param(lambda post: replace(post, body=post.body.replace(b"qt_1", b"qt_2")), id="another quote"),
        pytest.param(
            lambda post: replace(post, body=json.dumps(json.loads(post.body), indent=1).encode()),
            id="the right signature over a body written again",
        ),
        pytest.param(lambda post: replace(post, headers={}), id="no header"),
        pytest.param(header_of(lambda _: ""), id="an empty header"),
        pytest.param(header_of(lambda header: header.replace("v1=", "v0=")), id="of another scheme"),
        pytest.param(header_of(lambda header: header.replace("t=179", "t=178")), id="another time"),
        pytest.param(header_of(lambda header: f"{header},t={int(NOW)}"), id="two times"),
        pytest.param(header_of(lambda header: header.partition(",")[2]), id="no time"),
        pytest.param(header_of(lambda header: header.replace("t=", "t=+")), id="a time with a sign"),
        pytest.param(header_of(lambda header: header + ",v1=0" * 2000), id="a header too long"),
        pytest.param(header_of(lambda header: f"{header[:20]}v1=\udcff"), id="a signature that is no text"),
    ],
)
def test_what_was_altered_is_not_genuine(stripe: StripeSimulator, altered: Callable[[Post], Post]) -> None:
    assert genuine(altered(stripe.accept("qt_1")), (SECRET,), NOW) is Genuine.NO


@pytest.mark.parametrize("ours", [pytest.param((), id="none"), pytest.param(("",), id="an empty one")])
def test_without_a_secret_nothing_is_genuine(stripe: StripeSimulator, ours: tuple[str, ...]) -> None:
    stripe.secret = ""

    assert genuine(stripe.accept("qt_1"), ours, NOW) is Genuine.NO


@pytest.mark.parametrize(
    ("seconds", "answer"),
    [
        pytest.param(-301, Genuine.NO, id="more than five minutes old"),
        pytest.param(-300, Genuine.YES, id="five minutes old"),
        pytest.param(300, Genuine.YES, id="five minutes ahead"),
        pytest.param(301, Genuine.NO, id="more than five minutes ahead"),
        pytest.param(3600, Genuine.NO, id="an hour ahead, which Stripe's own library takes"),
    ],
)
def test_a_time_is_bounded_both_ways(stripe: StripeSimulator, seconds: int, answer: Genuine) -> None:
    assert connected(stripe).genuine(stripe.post({}, at=NOW + seconds)) is answer


# What it says


def test_an_acceptance_names_the_quote_and_its_event(stripe: StripeSimulator) -> None:
    (nudge,) = connected(stripe).read(stripe.accept("qt_1"))

    assert nudge == Nudge("quote.accepted", {"quote": "qt_1"}, delivery_id="evt_1")


def test_a_cancellation_does_too_and_any_other_event_is_nothing_of_ours(stripe: StripeSimulator) -> None:
    (nudge,) = connected(stripe).read(stripe.cancel("qt_1"))

    assert nudge.type == "quote.canceled"
    assert connected(stripe).read(stripe.post({"id": "evt_1", "type": "invoice.paid"})) == []


def event(**fields: object) -> bytes:
    return json.dumps({"id": "evt_1", "type": "quote.accepted", "data": {"object": {"id": "qt_1"}}, **fields}).encode()


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        pytest.param(b"", "empty", id="nothing"),
        pytest.param(b"a=1", "must be JSON", id="a form instead of JSON"),
        pytest.param(b"[]", "JSON object", id="an array"),
        pytest.param(b'{"a":' * 100_000, "nested deeper", id="deep"),
        pytest.param(b"\x1f\x8b\x08", "UTF-8", id="compressed"),
        pytest.param(b"{}", "type is required", id="no type"),
        pytest.param(event(type=["quote.accepted"]), "type is required", id="a type of another type"),
        pytest.param(event(id=None), "id of an event", id="no id"),
        pytest.param(event(data=[]), "id of a quote", id="no quote"),
        pytest.param(event(data={"object": {"id": "../customers"}}), "id of a quote", id="an id with a path"),
    ],
)
def test_what_cannot_be_read_is_told_in_words(body: bytes, sentence: str) -> None:
    with pytest.raises(Unreadable, match=sentence):
        read(body)


PART = st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.sampled_from(["quote.accepted", "qt_1"])
JSON = st.recursive(
    PART,
    lambda part: (
        st.lists(part, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "type", "data", "object"]), part, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(st.binary(max_size=100), JSON.map(lambda part: json.dumps(part).encode())),
    st.text(max_size=60) | st.text(alphabet="tv10=,", max_size=60),
)
def test_whatever_is_sent_is_refused_or_unreadable_and_nothing_else(body: bytes, header: str) -> None:
    assert genuine(Post(headers={"stripe-signature": header}, body=body), ("key",), NOW) is Genuine.NO
    with suppress(Unreadable):
        assert all(isinstance(nudge, Nudge) for nudge in read(body))


# What a quote says


def test_an_accepted_quote_is_offered_with_all_that_stripe_knows(stripe: StripeSimulator) -> None:
    stripe.accept("qt_1")

    quote = offered(stripe)

    assert (quote.key.system, quote.key.id, quote.key.revision) == ("shop", "qt_1", "")
    assert quote.accepted_at == datetime.fromtimestamp(NOW, UTC)
    assert quote.number == "QT-qt_1"
    assert (quote.customer.ref, quote.customer.name) == ("cus_1", "Contoso Ltd")
    assert quote.customer.address.country == "US"
    assert quote.customer.contacts[0].email == "dana@contoso.example"
    assert quote.accepted_by is None


def test_a_line_is_known_by_our_metadata_first_and_then_by_its_product(stripe: StripeSimulator) -> None:
    stripe.accept("qt_1")

    (line,) = offered(stripe).lines

    assert line.keys == ("M365-E3", "prod_1")
    assert (line.quantity, line.billing_term, line.commitment) == ("10", "month", "1-Year")
    assert str(line.unit_price) == "36.00 USD"


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        pytest.param({"metadata": {}}, {"keys": ("prod_1",), "commitment": ""}, id="without metadata"),
        pytest.param({"product": {"id": "prod_2"}}, {"keys": ("M365-E3", "prod_2")}, id="with its product within"),
        pytest.param({"product": None, "metadata": None}, {"keys": ()}, id="without a product"),
        pytest.param({"quantity": None}, {"quantity": ""}, id="without a quantity"),
        pytest.param(
            {"recurring": {"interval": "month", "interval_count": 3}}, {"billing_term": "3 month"}, id="each quarter"
        ),
        pytest.param({"recurring": None}, {"billing_term": ""}, id="once"),
        pytest.param({"unit_amount": None, "unit_amount_decimal": "0.5"}, {"price": "0.005 USD"}, id="part of a cent"),
        pytest.param({"unit_amount": None}, {"price": "None"}, id="tiered, which names no unit price"),
        pytest.param({"unit_amount": 3600, "currency": "jpy"}, {"price": "3600.00 JPY"}, id="in yen"),
    ],
)
def test_a_line_is_passed_on_as_it_is(
    stripe: StripeSimulator, line: dict[str, object], wanted: dict[str, object]
) -> None:
    stripe.quote("qt_1", [{**LINE, **line}])
    stripe.accept("qt_1")

    (made,) = offered(stripe).lines

    assert {name: str(made.unit_price) if name == "price" else getattr(made, name) for name in wanted} == wanted


@pytest.mark.parametrize(
    ("minor", "code", "wanted"),
    [
        pytest.param(1099, "usd", "10.99", id="two decimals"),
        pytest.param(500, "JPY", "500", id="no decimals"),
        pytest.param(500, "krw", "500", id="no decimals in small letters"),
        pytest.param(5000, "kwd", "5.000", id="three decimals"),
        pytest.param(500, "isk", "5.00", id="ISK, written as if it had two"),
        pytest.param(500, "ugx", "5.00", id="UGX, written as if it had two"),
        pytest.param("1099.5", "usd", "10.995", id="text with part of a cent"),
        pytest.param(-100, "usd", "-1.00", id="a discount"),
        pytest.param(0, "usd", "0.00", id="nothing"),
        pytest.param(None, "usd", None, id="no amount"),
        pytest.param(True, "usd", None, id="an amount that is none"),
        pytest.param(100, None, None, id="no currency"),
    ],
)
def test_amounts_are_in_the_smallest_unit_of_their_currency(minor: object, code: object, wanted: str | None) -> None:
    made = money(minor, code)

    assert (f"{made.amount:f}" if made else None) == wanted


def test_a_connection_may_name_its_own_metadata(stripe: StripeSimulator) -> None:
    stripe.quote("qt_1", [{"metadata": {"sku": "OWN", "vendor_sku": "OTHER", "term": "3-Year"}}])
    stripe.accept("qt_1")
    options = {"sku_metadata": "sku", "commitment_metadata": "term"}

    (line,) = offered(stripe, replace(CONNECTION, access=replace(CONNECTION.access, options=options))).lines

    assert (line.keys, line.commitment) == (("OWN", "prod_1"), "3-Year")


def test_lines_of_many_pages_are_all_read(stripe: StripeSimulator) -> None:
    stripe.largest_page = 2
    stripe.quote("qt_1", [{**LINE, "quantity": number} for number in range(1, 8)])
    stripe.accept("qt_1")

    assert [line.quantity for line in offered(stripe).lines] == ["1", "2", "3", "4", "5", "6", "7"]


def test_metadata_joins_it_with_other_channels(stripe: StripeSimulator) -> None:
    stripe.quote("qt_1", [LINE], metadata={"connectwise_opportunity": "812", "quoteway_marker": "QW-1"})
    stripe.accept("qt_1")

    assert set(offered(stripe).links) == {
        Link(kind="connectwise:opportunity", id="812"),
        Link(kind="quoteway:marker", id="QW-1"),
    }


@pytest.mark.parametrize("customer", [None, "cus_gone", {"id": "cus_1"}], ids=["none", "one that is gone", "within"])
def test_a_quote_is_offered_whatever_is_known_of_its_customer(stripe: StripeSimulator, customer: object) -> None:
    stripe.quote("qt_1", [LINE], customer=customer)
    stripe.accept("qt_1")

    assert offered(stripe).customer.ref in ("", "cus_gone", "cus_1")


def test_the_message_s_own_state_is_not_believed(stripe: StripeSimulator) -> None:
    assert found(stripe) == NotAccepted("The quote is open at Stripe, which is not accepted.")


def test_a_canceled_quote_was_taken_back(stripe: StripeSimulator) -> None:
    stripe.cancel("qt_1")

    revoked = found(stripe)

    assert isinstance(revoked, Revoked)
    assert revoked.key.id == "qt_1"


@pytest.mark.parametrize(
    ("told", "requested"),
    [
        pytest.param(int(NOW) + 86_400, datetime.fromtimestamp(NOW + 86_400, UTC), id="a day later"),
        pytest.param("2026-12-01", datetime(2026, 12, 1, 13, tzinfo=UTC), id="a day, at 06:00 in Denver"),
        pytest.param(int(NOW) - 86_400, None, id="due already"),
        pytest.param("current_period_end", None, id="a word"),
        pytest.param(None, None, id="at once"),
    ],
)
def test_the_day_on_which_its_subscription_begins_is_the_orders(
    stripe: StripeSimulator, told: object, requested: datetime | None
) -> None:
    stripe.quotes["qt_1"]["subscription_data"] = {"effective_date": told}
    stripe.accept("qt_1")

    assert offered(stripe, replace(CONNECTION, zone=ZoneInfo("America/Denver"))).requested_at == requested


def test_a_quote_that_is_not_found_is_looked_for_again(stripe: StripeSimulator) -> None:
    stripe.quotes.clear()

    with pytest.raises(NotThereYet, match="no such quote for this key") as fault:
        found(stripe)
    assert (fault.value.code, fault.value.passes) == ("source.not_there", True)


@pytest.mark.parametrize(
    ("mishap", "passes"),
    [
        pytest.param(Mishap.UNAUTHORIZED, False, id="401"),
        pytest.param(Mishap.THROTTLED, True, id="429"),
        pytest.param(Mishap.BROKEN, True, id="500"),
        pytest.param(Mishap.HTML, True, id="HTML"),
        pytest.param(Mishap.HALF_A_PAGE, True, id="half a page"),
        pytest.param(Mishap.HANG_UP, True, id="hung up"),
    ],
)
def test_a_tool_that_is_unwell_is_a_fault_in_words(stripe: StripeSimulator, mishap: Mishap, passes: bool) -> None:
    stripe.mishaps.add(mishap)

    with pytest.raises(ToolFault) as fault:
        found(stripe)

    assert fault.value.passes is passes
    assert "sk_test" not in str(fault.value)
    assert fault.value.after == (7 if mishap is Mishap.THROTTLED else None)


def test_a_page_without_a_list_is_a_fault_and_no_quote_without_lines(stripe: StripeSimulator) -> None:
    stripe.accept("qt_1")
    quiet = httpx.MockTransport(
        lambda request: httpx.Response(200, json={}) if "line_items" in request.url.path else stripe(request)
    )

    with pytest.raises(ToolFault, match="no list of data"):
        Stripe(CONNECTION, Connections(quiet), MemoryKeyRing()).look_up({"quote": "qt_1"})


# The poll

START = datetime.fromtimestamp(NOW, UTC)


class Clock:
    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> float:
        self.time += 60
        return self.time


@pytest.fixture
def busy() -> StripeSimulator:
    simulator = StripeSimulator(now=Clock(), largest_page=2)
    for number in range(1, 8):
        simulator.quote(f"qt_{number}", [LINE])
        simulator.accept(f"qt_{number}")
    return simulator


def polled(source: Stripe, since: datetime | None) -> tuple[list[str], datetime | None]:
    pages = list(source.poll(since))
    return [str(nudge.content["quote"]) for page in pages for nudge in page.nudges], pages[-1].watermark


def test_all_that_was_decided_since_is_found_over_pages(busy: StripeSimulator) -> None:
    busy.quote("qt_8")
    busy.cancel("qt_8")

    names, mark = polled(connected(busy), START)

    assert set(names) == {f"qt_{number}" for number in range(1, 9)}
    assert mark == datetime.fromtimestamp(busy.events[-1]["created"], UTC)


def test_a_polled_event_is_the_same_delivery_as_the_pushed_one(stripe: StripeSimulator) -> None:
    source = connected(stripe)
    (pushed,) = source.read(stripe.accept("qt_1"))

    assert [nudge for page in source.poll(START) for nudge in page.nudges] == [pushed]


def test_a_list_that_grows_while_it_is_read_loses_nothing(busy: StripeSimulator) -> None:
    def accepts(_: str) -> None:
        busy.between = None
        busy.quote("qt_8")
        busy.accept("qt_8")

    busy.between = accepts
    source = connected(busy)

    first, mark = polled(source, START)
    second, _ = polled(source, mark)

    assert {f"qt_{number}" for number in range(1, 8)} <= set(first)
    assert "qt_8" in second


def test_the_first_poll_orders_nothing_of_the_past_and_sets_the_mark(busy: StripeSimulator) -> None:
    busy.now = lambda: NOW + 1_000_000

    assert polled(connected(busy), None) == ([], START + timedelta(seconds=1_000_000))


def test_what_lies_further_back_than_events_do_is_found_among_the_quotes(busy: StripeSimulator) -> None:
    busy.quote("qt_8")
    busy.cancel("qt_8")
    busy.now = lambda: NOW + 40 * 24 * 3600

    names, mark = polled(connected(busy), START)

    assert set(names) == {f"qt_{number}" for number in range(1, 9)}
    assert mark == START


def test_a_poll_moves_no_mark_before_all_was_read(busy: StripeSimulator) -> None:
    marks = [page.watermark for page in connected(busy).poll(START)]

    assert marks[:-1] == [None] * (len(marks) - 1)
    assert marks[-1] is not None


def test_a_list_that_does_not_go_on_is_a_fault(busy: StripeSimulator) -> None:
    stuck = httpx.MockTransport(lambda _: httpx.Response(200, json={"has_more": True, "data": []}))

    with pytest.raises(ToolFault, match="goes on"):
        list(Stripe(CONNECTION, Connections(stuck), MemoryKeyRing(), now=busy.now).poll(START))


# The webhook's endpoint


def test_registering_makes_one_and_tells_the_secret_that_must_be_set(stripe: StripeSimulator) -> None:
    sentence = connected(stripe).register(URL)

    assert sentence == (
        f"Stripe now sends to {URL}. Put its signing secret into QUOTEWAY_SOURCES__SHOP__SECRETS: {SECRET}"
    )
    (made,) = stripe.endpoints.values()
    assert (made["url"], made["enabled_events"]) == (URL, ["quote.accepted", "quote.canceled"])


def test_registering_again_leaves_what_is_there(stripe: StripeSimulator) -> None:
    source = connected(stripe)
    source.register(URL)

    assert source.register(URL) == f"Stripe sends to {URL} already."
    assert len(stripe.endpoints) == 1
    assert source.check(URL).problems == ()


def test_one_that_is_off_is_raised_and_switched_on_again(stripe: StripeSimulator) -> None:
    source = connected(stripe)
    source.register(URL)
    stripe.endpoints["we_1"].update(status="disabled", enabled_events=["quote.accepted", "invoice.paid"])

    checked = source.check(URL)
    sentence = source.register(URL)

    assert checked.deactivated
    assert len(checked.problems) == 2
    assert sentence == f"Stripe sends to {URL} again."
    assert stripe.endpoints["we_1"]["enabled_events"] == ["quote.accepted", "invoice.paid", "quote.canceled"]
    assert source.check(URL).problems == ()


def test_one_that_sends_everything_sends_what_is_needed(stripe: StripeSimulator) -> None:
    stripe.endpoints["we_1"] = {"id": "we_1", "url": URL, "status": "enabled", "enabled_events": ["*"]}

    assert connected(stripe).check(URL).problems == ()


def test_a_secret_that_is_not_set_is_a_problem(stripe: StripeSimulator) -> None:
    source = connected(stripe, replace(CONNECTION, secrets=()))
    source.register(URL)

    (problem,) = source.check(URL).problems

    assert "QUOTEWAY_SOURCES__SHOP__SECRETS is empty" in problem


def test_a_webhook_that_is_not_there_is_a_problem_and_an_unknown_address_none(stripe: StripeSimulator) -> None:
    source = connected(stripe)

    assert source.check(URL).problems == (f"Stripe has no webhook to {URL}: register it.",)
    assert source.check("").problems == ()


def test_stripe_is_not_asked_to_send_in_the_clear(stripe: StripeSimulator) -> None:
    with pytest.raises(ToolFault, match="https"):
        connected(stripe).register("http://quoteway.example/in/shop")
