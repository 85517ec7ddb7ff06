"""Quoter: what is genuine, what a form says, what a quote says when it is read again, and the poll."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import parse_qsl, urlencode

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
from events.sources.quoter import make
from events.sources.quoter.messages import genuine, read
from events.sources.quoter.simulator import QuoterSimulator
from events.sources.quoter.source import Quoter
from events.sources.tool import (
    Checks,
    Genuine,
    NotAccepted,
    NotThereYet,
    Nudge,
    Polled,
    Post,
    Pushes,
    Revoked,
    ToolFault,
)
from pipeline.domain.offered import Link, OfferedLine, OfferedQuote
from pipeline.marketplaces.transport import Connections

NOW = 1_790_000_000.0
LINE = {"item_id": "item_1", "name": "Microsoft 365 E3", "quantity": "10", "price_decimal": "1,036.50"}
CONNECTION = SourceConnection(
    name="quoter",
    kind=SourceKind.QUOTER,
    secrets=("quoter-hash-key",),
    access=ToolAccess(client_id="quoter-client", client_secret=SecretStr("quoter-secret")),
)


@pytest.fixture
def quoter() -> QuoterSimulator:
    simulator = QuoterSimulator(now=lambda: NOW)
    simulator.put("items", {"id": "item_1", "sku": "M365-E3", "supplier_id": "sup_1", "recurring_interval": "monthly"})
    simulator.put(
        "supplier_items", {"id": "si_1", "item_id": "item_1", "supplier_id": "sup_2", "supplier_sku": "OTHER-E3"}
    )
    simulator.put(
        "supplier_items", {"id": "si_2", "item_id": "item_1", "supplier_id": "sup_1", "supplier_sku": "CFQ7TTC0LFLX"}
    )
    simulator.quote("quot_1", [LINE], status="won", accepted_at="2026-11-21T10:00:00Z")
    return simulator


def connected(
    simulator: QuoterSimulator, access: ToolAccess = CONNECTION.access, keys: MemoryKeyRing | None = None
) -> Quoter:
    return Quoter(
        replace(CONNECTION, access=access),
        Connections(httpx.MockTransport(simulator)),
        keys or MemoryKeyRing(),
        now=simulator.now,
        clock=simulator.now,
    )


def found(simulator: QuoterSimulator, quote_id: str = "quot_1") -> object:
    (one,) = connected(simulator).look_up({"quote": quote_id, "number": ""})
    return one


def offered(simulator: QuoterSimulator, quote_id: str = "quot_1") -> OfferedQuote:
    quote = found(simulator, quote_id)
    assert isinstance(quote, OfferedQuote)
    return quote


def test_it_can_push_be_polled_and_be_checked(quoter: QuoterSimulator) -> None:
    source = connected(quoter)

    assert isinstance(source, Pushes)
    assert isinstance(source, Polled)
    assert isinstance(source, Checks)


@pytest.mark.parametrize(
    ("connection", "variable"),
    [
        pytest.param(replace(CONNECTION, secrets=()), "QUOTEWAY_SOURCES__QUOTER__SECRETS", id="no hash key"),
        pytest.param(replace(CONNECTION, secrets=("",)), "QUOTEWAY_SOURCES__QUOTER__SECRETS", id="an empty hash key"),
        pytest.param(replace(CONNECTION, access=ToolAccess()), "QUOTEWAY_SOURCES__QUOTER__CLIENT_ID", id="no client"),
    ],
)
def test_it_is_not_made_without_its_keys(connection: SourceConnection, variable: str) -> None:
    with pytest.raises(BadAccess, match=variable):
        make(connection, Connections(), MemoryKeyRing())


def test_it_is_made_of_a_connection_that_has_them_and_opens_nothing() -> None:
    assert isinstance(make(CONNECTION, Connections(), MemoryKeyRing()), Quoter)


# What is genuine


def test_what_quoter_signs_is_genuine(quoter: QuoterSimulator) -> None:
    post = quoter.webhook("quot_1")

    assert connected(quoter).genuine(post) is Genuine.YES
    assert b"%2C575.00" in post.body


def test_either_of_two_hash_keys_serves_while_they_are_changed(quoter: QuoterSimulator) -> None:
    body = quoter.webhook("quot_1").body

    assert genuine(body, ("another", "quoter-hash-key"), NOW) is Genuine.YES


def test_each_byte_of_the_hash_counts(quoter: QuoterSimulator) -> None:
    body = quoter.webhook("quot_1").body
    start = body.index(b"hash=") + 5

    for place in range(start, start + 32):
        altered = bytearray(body)
        altered[place] = ord("0") if altered[place] != ord("0") else ord("1")
        assert genuine(bytes(altered), CONNECTION.secrets, NOW) is Genuine.NO


def reserialised(body: bytes) -> bytes:
    fields = dict(parse_qsl(body.decode()))
    return urlencode({**fields, "data": json.dumps(json.loads(fields["data"]), indent=1)}).encode()


@pytest.mark.parametrize(
    "altered",
    [
        pytest.param(lambda body: body.replace(b"data=%7B", b"data=%20%7B"), id="a byte more in the data"),
        pytest.param(lambda body: body.replace(b"won", b"wan"), id="a byte changed in the data"),
        pytest.param(reserialised, id="the right hash over data written again"),
        pytest.param(lambda body: body.replace(b"timestamp=1", b"timestamp=2"), id="another time"),
        pytest.param(lambda body: body.replace(b"timestamp=", b"timestamp=-"), id="a time before 1970"),
        pytest.param(lambda body: body.replace(b"hash=", b"hash=%00"), id="a hash with more before it"),
        pytest.param(lambda body: body.split(b"&", 1)[1], id="no hash"),
        pytest.param(lambda body: body + b"&data=%7B%7D", id="data twice"),
        pytest.param(lambda body: body + b"&a=%zz", id="an escape that is none"),
        pytest.param(lambda body: body + b"&a" * 40, id="too many fields"),
        pytest.param(lambda _: b'{"hash":"0","timestamp":1790000000,"data":{}}', id="JSON instead of a form"),
        pytest.param(lambda _: b"", id="nothing"),
        pytest.param(lambda _: b"\x1f\x8b\x08\x00" + bytes(60), id="compressed"),
        pytest.param(lambda _: b"hash=&timestamp=1790000000&data=" + b"a" * 2_000_000, id="too long"),
    ],
)
def test_what_was_altered_is_not_genuine(quoter: QuoterSimulator, altered: Callable[[bytes], bytes]) -> None:
    assert genuine(altered(quoter.webhook("quot_1").body), CONNECTION.secrets, NOW) is Genuine.NO


@pytest.mark.parametrize(
    ("seconds", "answer"),
    [
        pytest.param(-301, Genuine.NO, id="more than five minutes old"),
        pytest.param(-300, Genuine.YES, id="five minutes old"),
        pytest.param(300, Genuine.YES, id="five minutes ahead"),
        pytest.param(301, Genuine.NO, id="more than five minutes ahead"),
    ],
)
def test_a_time_is_bounded_both_ways(quoter: QuoterSimulator, seconds: int, answer: Genuine) -> None:
    assert connected(quoter).genuine(quoter.webhook("quot_1", at=NOW + seconds)) is answer


# What it says


def test_a_message_names_the_quote_and_its_own_time_and_says_nothing_else(quoter: QuoterSimulator) -> None:
    (nudge,) = read(quoter.webhook("quot_1").body)

    assert nudge.type == "quote"
    assert nudge.content == {"quote": "quot_1", "number": "7", "at": int(NOW)}


def test_a_replay_is_known_by_its_id_and_another_state_is_not(quoter: QuoterSimulator) -> None:
    one, replayed = (read(quoter.webhook("quot_1").body)[0] for _ in range(2))
    quoter.change("quotes", "quot_1", status="lost")

    assert one.delivery_id == replayed.delivery_id
    assert read(quoter.webhook("quot_1").body)[0].delivery_id != one.delivery_id


def test_a_message_about_a_person_is_about_nothing_of_ours(quoter: QuoterSimulator) -> None:
    assert read(quoter.post('{"id": "1725219", "first_name": "Pat"}').body) == []


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        pytest.param(b'{"id": "1"}', "must be a form", id="JSON instead of a form"),
        pytest.param(b"<quote/>", "must be a form", id="XML instead of a form"),
        pytest.param(b"hash=a&timestamp=1", "data is required", id="no data"),
        pytest.param(b"data=%3Cquote%2F%3E", "choose JSON", id="XML as data"),
        pytest.param(b"data=%5B%5D", "JSON object", id="a list as data"),
        pytest.param(b"data=" + b"%5B" * 100_000, "nested deeper", id="deep data"),
        pytest.param(b"data=%FF", "UTF-8", id="data that is no text"),
        pytest.param(b"data=%7B%22status%22%3A%22won%22%7D", "id of a quote", id="no id"),
        pytest.param(
            b"data=%7B%22status%22%3A%22won%22%2C%22id%22%3A%22..%2Fitems%22%7D",
            "id of a quote",
            id="an id with a path",
        ),
    ],
)
def test_what_cannot_be_read_is_told_in_words(body: bytes, sentence: str) -> None:
    with pytest.raises(Unreadable, match=sentence):
        read(body)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=100).map(lambda data: urlencode({"data": data}).encode())))
def test_whatever_is_sent_is_refused_or_unreadable_and_nothing_else(body: bytes) -> None:
    assert genuine(body, ("key",), NOW) is Genuine.NO
    with suppress(Unreadable):
        assert all(isinstance(nudge, Nudge) for nudge in read(body))


# What a quote says


def test_a_won_quote_is_offered_with_all_that_quoter_knows(quoter: QuoterSimulator) -> None:
    quote = offered(quoter)

    assert (quote.key.system, quote.key.id, quote.key.revision) == ("quoter", "quot_1", "0")
    assert quote.accepted_at == datetime(2026, 11, 21, 10, tzinfo=UTC)
    assert quote.customer.name == "Contoso Ltd"
    assert quote.customer.address.country == "US"
    assert quote.accepted_by is not None
    assert quote.accepted_by.email == "dana@contoso.example"
    assert quote.links == (Link(kind="quoter:quote", id="quot_1"),)


def test_a_person_within_the_quote_serves_where_no_contact_is_named(quoter: QuoterSimulator) -> None:
    billing = {
        "line1": "1 Main St",
        "city": "Denver",
        "state": {"code": "CO"},
        "country": {"code": "US"},
        "postal_code": "80202",
    }
    person = {
        "first_name": "Pat",
        "organization": "Fabrikam",
        "email_address": "pat@fabrikam.example",
        "addresses": {"billing": billing, "shipping": None},
        "telephone_numbers": {"work": None, "mobile": "555-0100"},
    }
    quoter.change("quotes", "quot_1", contact_id=None, person=person)

    customer = offered(quoter).customer

    assert (customer.name, customer.phone, customer.address.state) == ("Fabrikam", "555-0100", "CO")
    assert customer.contacts[0].email == "pat@fabrikam.example"


@pytest.mark.parametrize(
    "content",
    [pytest.param([], id="a list"), pytest.param({}, id="nothing in it"), pytest.param({"status": "won"}, id="no id")],
)
def test_a_quote_that_is_none_is_a_fault(quoter: QuoterSimulator, content: object) -> None:
    odd = httpx.MockTransport(
        lambda request: httpx.Response(200, json=content) if "/quotes" in request.url.path else quoter(request)
    )

    with pytest.raises(ToolFault):
        Quoter(CONNECTION, Connections(odd), MemoryKeyRing()).look_up({"quote": "quot_1"})


def test_lines_that_do_not_tell_their_quote_are_a_fault_and_not_taken(quoter: QuoterSimulator) -> None:
    for line in quoter.shelves["line_items"].values():
        del line["quote_id"]
    odd = httpx.MockTransport(
        lambda request: (
            httpx.Response(200, json={"data": list(quoter.shelves["line_items"].values())})
            if "/line_items" in request.url.path
            else quoter(request)
        )
    )

    with pytest.raises(ToolFault, match="quote_id"):
        Quoter(CONNECTION, Connections(odd), MemoryKeyRing()).look_up({"quote": "quot_1"})


def test_a_line_is_known_by_its_own_suppliers_number_first(quoter: QuoterSimulator) -> None:
    (line,) = offered(quoter).lines

    assert line.keys == ("CFQ7TTC0LFLX", "OTHER-E3", "M365-E3")
    assert line.quantity == "10"
    assert line.billing_term == "monthly"
    assert line.commitment == ""
    assert line.unit_price is not None
    assert line.unit_price.amount == Decimal("1036.50")
    assert line.unit_price.currency == "USD"


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        pytest.param({"item_id": None}, {"held": "a custom item of the quote, which names no product"}, id="custom"),
        pytest.param({"item_id": "item_9"}, {"held": "its item is no longer in Quoter"}, id="of an item now gone"),
        pytest.param(
            {"optional": True, "selected": False}, {"skipped": "an option that was not chosen"}, id="left out"
        ),
        pytest.param({"optional": True, "selected": True}, {"skipped": ""}, id="an option that was chosen"),
        pytest.param({"quantity": 2.5}, {"quantity": "2.5"}, id="of a decimal quantity"),
        pytest.param({"quantity": -1}, {"quantity": "-1"}, id="of a negative quantity"),
        pytest.param({"price_decimal": 50.5}, {"price": "50.5"}, id="with a price that is a number"),
        pytest.param({"price_decimal": "2.575,00"}, {"price": None}, id="with a decimal comma, which is not guessed"),
        pytest.param({"price_decimal": "12,34"}, {"price": None}, id="with a comma in no thousands' place"),
        pytest.param({"recurring_interval": "annually"}, {"billing_term": "annually"}, id="with a term of its own"),
    ],
)
def test_a_line_is_passed_on_as_it_is(
    quoter: QuoterSimulator, line: dict[str, object], wanted: dict[str, str | None]
) -> None:
    quoter.quote("quot_2", [{**LINE, **line}], status="accepted")

    (read_line,) = offered(quoter, "quot_2").lines

    assert {name: told(read_line, name) for name in wanted} == wanted


def told(line: OfferedLine, name: str) -> str | None:
    if name == "price":
        return str(line.unit_price.amount) if line.unit_price else None
    return str(getattr(line, name))


def test_lines_of_many_pages_are_all_read(quoter: QuoterSimulator) -> None:
    quoter.largest_page = 2
    quoter.quote("quot_2", [{**LINE, "quantity": str(number)} for number in range(1, 8)], status="won")

    assert [line.quantity for line in offered(quoter, "quot_2").lines] == ["1", "2", "3", "4", "5", "6", "7"]


def test_a_revision_is_of_the_first_quote_of_its_chain(quoter: QuoterSimulator) -> None:
    quoter.quote("quot_2", [LINE], status="pending", revision="1", parent_quote_id="quot_1")
    quoter.quote("quot_3", [LINE], status="won", revision="2", parent_quote_id="quot_2")

    quote = offered(quoter, "quot_3")

    assert (quote.key.id, quote.key.revision) == ("quot_1", "2")
    assert [link.id for link in quote.links] == ["quot_3", "quot_2", "quot_1"]


def test_an_opportunity_that_the_quote_names_joins_it_with_the_psa(quoter: QuoterSimulator) -> None:
    quoter.change("quotes", "quot_1", connectwise_opportunity_id=812)

    assert Link(kind="connectwise:opportunity", id="812") in offered(quoter).links


def test_the_message_s_own_state_is_not_believed(quoter: QuoterSimulator) -> None:
    (nudge,) = read(quoter.post(json.dumps({"id": "quot_1", "status": "won"})).body)
    quoter.change("quotes", "quot_1", status="pending")

    (one,) = connected(quoter).look_up(nudge.content)

    assert one == NotAccepted("The quote is pending at Quoter, which is not accepted.")


@pytest.mark.parametrize("status", ["lost", "Declined"])
def test_a_quote_that_is_lost_was_taken_back(quoter: QuoterSimulator, status: str) -> None:
    quoter.change("quotes", "quot_1", status=status)

    revoked = found(quoter)

    assert isinstance(revoked, Revoked)
    assert (revoked.key.id, revoked.key.revision) == ("quot_1", "0")


def test_a_tenant_s_own_words_stand_instead_of_ours(quoter: QuoterSimulator) -> None:
    access = replace(CONNECTION.access, accepted=("Signed",), lost=("Gone",))
    quoter.change("quotes", "quot_1", status="signed")

    (signed,) = connected(quoter, access).look_up({"quote": "quot_1"})
    quoter.change("quotes", "quot_1", status="won")
    (won,) = connected(quoter, access).look_up({"quote": "quot_1"})

    assert isinstance(signed, OfferedQuote)
    assert isinstance(won, NotAccepted)


def test_a_quote_known_by_another_id_is_found_by_its_number(quoter: QuoterSimulator) -> None:
    (one,) = connected(quoter).look_up({"quote": "7228156", "number": "7"})

    assert isinstance(one, OfferedQuote)
    assert one.key.id == "quot_1"


def test_a_number_that_two_quotes_have_finds_none_which_may_change(quoter: QuoterSimulator) -> None:
    quoter.quote("quot_2", [LINE], status="won")

    with pytest.raises(NotThereYet) as fault:
        connected(quoter).look_up({"quote": "7228156", "number": "7"})
    assert (fault.value.code, fault.value.passes) == ("source.not_there", True)


def test_lines_of_other_quotes_are_not_taken_where_the_filter_is_unknown() -> None:
    class Deaf(QuoterSimulator):
        def _list(self, kind: str, params: httpx.QueryParams) -> httpx.Response:
            return super()._list(kind, httpx.QueryParams({k: v for k, v in params.items() if not k.endswith("_id")}))

    quoter = Deaf(now=lambda: NOW)
    quoter.quote("quot_1", [{**LINE, "quantity": "1"}], status="won")
    quoter.quote("quot_2", [{**LINE, "quantity": "2"}], status="won")

    assert [line.quantity for line in offered(quoter).lines] == ["1"]


# A tool that is unwell


@pytest.mark.parametrize(
    ("mishap", "passes"),
    [
        pytest.param(Mishap.THROTTLED, True, id="429"),
        pytest.param(Mishap.BROKEN, True, id="500"),
        pytest.param(Mishap.HTML, True, id="HTML"),
        pytest.param(Mishap.HALF_A_PAGE, True, id="half a page"),
        pytest.param(Mishap.HANG_UP, True, id="hung up"),
        pytest.param(Mishap.UNAUTHORIZED, False, id="401 for the token itself"),
    ],
)
def test_a_tool_that_is_unwell_is_a_fault_in_words(quoter: QuoterSimulator, mishap: Mishap, passes: bool) -> None:
    quoter.mishaps.add(mishap)

    with pytest.raises(ToolFault) as fault:
        connected(quoter).look_up({"quote": "quot_1"})

    assert fault.value.passes is passes
    assert "quoter-secret" not in str(fault.value)


def test_how_long_it_wants_us_to_wait_is_passed_on(quoter: QuoterSimulator) -> None:
    quoter.mishaps.add(Mishap.THROTTLED)

    with pytest.raises(ToolFault) as fault:
        connected(quoter).look_up({"quote": "quot_1"})

    assert fault.value.after == 7


def test_items_read_before_a_429_are_not_read_again_after_it(quoter: QuoterSimulator) -> None:
    source = connected(quoter)
    source.look_up({"quote": "quot_1"})
    quoter.asked.clear()

    source.look_up({"quote": "quot_1"})

    assert not [call for call in quoter.asked if "items/" in call or "supplier_items" in call]


def test_a_token_that_is_refused_is_made_anew_once(quoter: QuoterSimulator) -> None:
    source = connected(quoter)
    source.look_up({"quote": "quot_1"})
    quoter.mishaps.add(Mishap.UNAUTHORIZED)

    source.look_up({"quote": "quot_1"})

    assert sum("authorize" in call for call in quoter.asked) == 2


def test_wrong_credentials_name_the_variables(quoter: QuoterSimulator) -> None:
    quoter.client_secret = "another"

    with pytest.raises(ToolFault, match="QUOTEWAY_SOURCES__QUOTER__CLIENT_SECRET") as fault:
        connected(quoter).check("")

    assert fault.value.passes is False


# The poll


class Clock:
    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> float:
        self.time += 60
        return self.time


def moving() -> QuoterSimulator:
    simulator = QuoterSimulator(now=Clock())
    for number in range(1, 8):
        simulator.quote(f"quot_{number}", status="won")
    return simulator


def polled(source: Quoter, since: datetime | None) -> tuple[list[str], datetime | None]:
    pages = list(source.poll(since))
    marks = [page.watermark for page in pages if page.watermark]
    return [str(nudge.content["quote"]) for page in pages for nudge in page.nudges], marks[-1] if marks else None


START = datetime.fromtimestamp(NOW, UTC)


def test_all_that_was_decided_since_is_found_over_pages() -> None:
    quoter = moving()
    quoter.largest_page = 2
    quoter.quote("quot_8", status="pending")
    quoter.quote("quot_9", status="lost")

    names, mark = polled(connected(quoter), START)

    assert names == [*(f"quot_{number}" for number in range(1, 8)), "quot_9"]
    assert mark == datetime.fromisoformat(quoter.shelves["quotes"]["quot_9"]["modified_at"])


def test_a_page_that_shifts_while_it_is_read_loses_nothing() -> None:
    quoter = moving()
    quoter.largest_page = 2
    quoter.between = lambda *_: quoter.change("quotes", "quot_1") if len(quoter.asked) == 3 else None

    names, _ = polled(connected(quoter), START)

    assert set(names) == {f"quot_{number}" for number in range(1, 8)}


def test_a_list_that_ignores_times_and_order_is_still_read_to_its_end() -> None:
    class Deaf(QuoterSimulator):
        def _list(self, kind: str, params: httpx.QueryParams) -> httpx.Response:
            heard = {name: value for name, value in params.items() if name in ("limit", "page")}
            return super()._list(kind, httpx.QueryParams({**heard, "sort_by": "-created_at"}))

    quoter = Deaf(now=Clock(), largest_page=2)
    for number in range(1, 8):
        quoter.quote(f"quot_{number}", status="won")

    names, mark = polled(connected(quoter), START)

    assert sorted(names) == [f"quot_{number}" for number in range(1, 8)]
    assert mark is not None


def test_the_same_state_polled_twice_is_the_same_delivery() -> None:
    quoter = moving()
    source = connected(quoter)

    first, again = ([nudge.delivery_id for page in source.poll(START) for nudge in page.nudges] for _ in range(2))

    assert first == again
    assert len(set(first)) == 7


def test_the_first_poll_orders_nothing_of_the_past_and_sets_the_mark() -> None:
    quoter = moving()
    quoter.now = lambda: NOW + 1_000_000

    names, mark = polled(connected(quoter), None)

    assert names == []
    assert mark == START + timedelta(seconds=1_000_000)


@pytest.mark.parametrize("accepted_at", [None, "2026-01-01T00:00:00Z"], ids=["without a time", "with its time"])
def test_an_old_acceptance_that_is_touched_is_not_bought_again(accepted_at: str | None) -> None:
    quoter, keys = moving(), MemoryKeyRing()
    quoter.change("quotes", "quot_1", accepted_at=accepted_at)
    quoter.now = lambda: NOW + 1_000_000
    list(connected(quoter, keys=keys).poll(None))
    quoter.change("quotes", "quot_1", name="a payment came in")

    (one,) = connected(quoter, keys=keys).look_up({"quote": "quot_1"})

    assert isinstance(one, NotAccepted)
    assert "by hand" in one.sentence


def test_an_old_quote_that_is_accepted_now_is_bought() -> None:
    quoter, keys = moving(), MemoryKeyRing()
    quoter.quote("quot_8", status="pending")
    quoter.now = lambda: NOW + 1_000_000
    list(connected(quoter, keys=keys).poll(None))
    quoter.change("quotes", "quot_8", status="won")

    assert isinstance(connected(quoter, keys=keys).look_up({"quote": "quot_8"})[0], OfferedQuote)


def test_a_quote_that_is_dated_before_the_connection_and_was_not_accepted_at_its_first_poll_is_bought() -> None:
    quoter, keys = moving(), MemoryKeyRing()
    quoter.quote("quot_8", [LINE], status="pending")
    list(connected(quoter, keys=keys).poll(None))
    quoter.now = lambda: NOW + 50_000
    today = datetime.fromtimestamp(NOW, UTC).date().isoformat()
    quoter.change("quotes", "quot_8", status="won", accepted_at=today)

    (one,) = connected(quoter, keys=keys).look_up({"quote": "quot_8"})

    assert isinstance(one, OfferedQuote)
    assert [line.held for line in one.lines if "before" in line.held] == []


def out_of_reach(quoter: QuoterSimulator, keys: MemoryKeyRing) -> None:
    """A first poll whose credentials are refused, and a day that goes by."""
    right, quoter.client_secret = quoter.client_secret, "another"
    with pytest.raises(ToolFault):
        list(connected(quoter, keys=keys).poll(None))
    quoter.client_secret = right
    quoter.now = lambda: NOW + 86_400


def test_what_is_accepted_while_our_credentials_are_refused_is_never_taken_for_old() -> None:
    quoter, keys = moving(), MemoryKeyRing()
    quoter.quote("quot_7", [LINE], status="pending")
    out_of_reach(quoter, keys)
    quoter.quote("quot_8", [LINE], status="won")
    quoter.change("quotes", "quot_7", status="won")
    source = connected(quoter, keys=keys)
    list(source.poll(None))

    (new,), (changed,), (old,) = (source.look_up({"quote": each}) for each in ("quot_8", "quot_7", "quot_1"))

    assert isinstance(new, OfferedQuote)
    assert not any("before" in line.held for line in new.lines)
    assert isinstance(changed, OfferedQuote)
    assert all("before this connection began" in line.held for line in changed.lines)
    assert isinstance(old, NotAccepted)


def test_an_undated_quote_waits_until_the_first_poll_has_listed_the_past() -> None:
    quoter, keys = moving(), MemoryKeyRing()
    out_of_reach(quoter, keys)

    with pytest.raises(ToolFault) as fault:
        connected(quoter, keys=keys).look_up({"quote": "quot_1"})

    assert (fault.value.code, fault.value.passes) == ("source.first_reading", True)


def test_what_a_message_told_of_before_the_first_poll_is_asked_about() -> None:
    quoter, keys = moving(), MemoryKeyRing()
    quoter.quote("quot_8", [LINE], status="pending")
    (nudge,) = connected(quoter).read(quoter.win("quot_8"))
    quoter.now = lambda: NOW + 3600
    source = connected(quoter, keys=keys)
    list(source.poll(None))

    (one,) = source.look_up(nudge.content)

    assert isinstance(one, OfferedQuote)
    assert all("before this connection began" in line.held for line in one.lines)


def test_a_quote_dated_ahead_of_us_does_not_take_the_mark_past_what_comes_before_it() -> None:
    quoter, keys = moving(), MemoryKeyRing()
    quoter.shelves["quotes"]["quot_1"]["modified_at"] = "2031-01-01T00:00:00Z"

    pages = list(connected(quoter, keys=keys).poll(datetime.fromtimestamp(NOW, UTC)))

    assert max(page.watermark for page in pages if page.watermark) <= datetime.fromtimestamp(quoter.now(), UTC)


def test_an_old_acceptance_that_is_taken_back_and_given_again_is_bought() -> None:
    quoter, keys = moving(), MemoryKeyRing()
    source = connected(quoter, keys=keys)
    list(source.poll(None))
    quoter.change("quotes", "quot_1", status="lost")
    source.look_up({"quote": "quot_1"})
    quoter.change("quotes", "quot_1", status="won")

    assert isinstance(source.look_up({"quote": "quot_1"})[0], OfferedQuote)


def test_a_poll_that_fails_half_way_says_so(quoter: QuoterSimulator) -> None:
    source = connected(quoter)
    source.check("")
    quoter.mishaps.add(Mishap.HALF_A_PAGE)

    with pytest.raises(ToolFault, match="no JSON"):
        list(source.poll(START))


def test_a_post_needs_no_headers_to_be_read(quoter: QuoterSimulator) -> None:
    assert connected(quoter).read(Post(body=quoter.webhook("quot_1").body))
