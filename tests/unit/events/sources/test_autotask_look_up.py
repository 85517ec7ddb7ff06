"""What Autotask says when a ticket is read again: what was ordered, taken back, or nothing of ours."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from events.connections import SourceConnection, SourceKind, ToolAccess
from events.sources.autotask import Autotask, make
from events.sources.autotask.lines import Lines
from events.sources.autotask.picklists import Picklists
from events.sources.autotask.session import Session
from events.sources.autotask.simulator import AutotaskSimulator
from events.sources.beginning import Beginning
from events.sources.document import Unreadable
from events.sources.forerunners import Forerunners
from events.sources.keyring import MemoryKeyRing
from events.sources.mishaps import Mishap
from events.sources.tool import Found, Moved, NotAccepted, Reply, Revoked, ToolFault
from pipeline.domain.money import Money
from pipeline.domain.offered import Link, OfferedLine, OfferedQuote
from pipeline.domain.quote import QuoteKey, Ticket
from pipeline.marketplaces.transport import Connections

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ACCESS = ToolAccess(
    base_url="https://webservices6.autotask.net/ATServicesRest/",
    client_id="CODE",
    username="api@msp.example",
    password=SecretStr("autotask-secret"),
    accepted=("order licences",),
    lost=("22",),
    options={"resource": "77"},
)


@pytest.fixture
def autotask() -> AutotaskSimulator:
    simulator = AutotaskSimulator(now=lambda: NOON)
    simulator.put("Countries", countryCode="US")
    simulator.put("Currencies", name="USD")
    simulator.put("Companies", companyName="Contoso Ltd", phone="+1 555 0100", city="Denver", countryID=1, currencyID=1)
    simulator.put("Contacts", firstName="Dana", lastName="Reyes", emailAddress="dana@contoso.example")
    simulator.put("Products", name="M365 E3", sku="E3-Y", manufacturerProductName="CFQ7TTC0LF8R", periodType=5)
    simulator.put("Services", name="Backup", periodType=2)
    return simulator


def connected(
    simulator: Callable[[httpx.Request], httpx.Response], **access: Any
) -> tuple[SourceConnection, Connections]:
    connection = SourceConnection("autotask", SourceKind.AUTOTASK, ("hook",), access=replace(ACCESS, **access))
    return connection, Connections(httpx.MockTransport(simulator))


def made(simulator: Callable[[httpx.Request], httpx.Response], **access: Any) -> Autotask:
    """Polled before, so that it knows which tickets were accepted before it began: none of those that tests make."""
    keys = MemoryKeyRing()
    Forerunners("autotask", access.get("accepted", ACCESS.accepted), keys).remember(NOON, lambda _: ())
    return make(*connected(simulator, **access), keys)


def quotes(found: Sequence[Found]) -> list[Found]:
    return [each for each in found if not isinstance(each, Moved | Reply)]


def charged(autotask: AutotaskSimulator, ticket_status: int = 20, **charge: Any) -> int:
    ticket = autotask.ticket(status=ticket_status, contactID=1)
    autotask.put(
        "TicketCharges", **{"ticketID": ticket, "productID": 1, "unitQuantity": 10, "unitPrice": 36.0, **charge}
    )
    return ticket


def quoted(autotask: AutotaskSimulator, *items: dict[str, Any], **quote: Any) -> int:
    opportunity = autotask.put("Opportunities", status=3)
    number = autotask.put("Quotes", **{"opportunityID": opportunity, "isActive": True, "quoteNumber": 501, **quote})
    for item in items:
        autotask.put("QuoteItems", quoteID=number, **item)
    return autotask.ticket(status=20, opportunityID=opportunity)


def offered(tool: Autotask, ticket: int) -> OfferedQuote:
    (found,) = quotes(tool.look_up({"ticket": str(ticket)}))
    assert isinstance(found, OfferedQuote)
    return found


def the_item(autotask: AutotaskSimulator, **item: Any) -> OfferedLine:
    (line,) = offered(made(autotask), quoted(autotask, {"productID": 1, "quantity": 1, **item})).lines
    return line


def test_the_status_that_we_set_by_its_number_is_told_by_its_number(autotask: AutotaskSimulator) -> None:
    """So that it is known for ours, and for nobody's answer."""
    ticket = charged(autotask)

    told = [made(autotask, ticket_status=status).look_up({"ticket": str(ticket)})[0] for status in ("20", "1", "")]

    assert [each.status for each in told if isinstance(each, Moved)] == ["20", "Order Licences", "Order Licences"]


def test_a_ticket_of_an_accepted_status_gives_its_charges(autotask: AutotaskSimulator) -> None:
    ticket = charged(autotask)

    moved, found = made(autotask).look_up({"ticket": str(ticket)})

    assert moved == Moved(Ticket(system="autotask", id="1"), "Order Licences")
    assert isinstance(found, OfferedQuote)
    assert (found.key, found.number) == (
        QuoteKey(system="autotask", id="ticket-1", revision="charges"),
        "T20261121.0001",
    )
    assert (found.customer.ref, found.customer.name, found.customer.address.country) == ("1", "Contoso Ltd", "US")
    assert found.customer.contacts[0].email == "dana@contoso.example"
    assert (found.ticket, found.links) == (
        Ticket(system="autotask", id="1"),
        (Link(kind="autotask:ticket", id="1"),),
    )
    assert found.accepted_at == NOON
    (line,) = found.lines
    assert (line.keys, line.quantity) == (("CFQ7TTC0LF8R", "E3-Y", "product:1"), "10")
    assert line.unit_price == Money(amount=Decimal("36.0"), currency="USD")
    assert (line.billing_term, line.commitment, line.held, line.skipped) == ("Yearly", "", "", "")


def test_a_ticket_of_an_opportunity_gives_the_quotes_items(autotask: AutotaskSimulator) -> None:
    ticket = quoted(autotask, {"productID": 1, "quantity": 2.5}, {"serviceID": 1, "quantity": 3, "periodType": 2})
    autotask.put("TicketCharges", ticketID=ticket, productID=1, unitQuantity=99)

    found = offered(made(autotask), ticket)

    assert found.key == QuoteKey(system="autotask", id="opportunity-1", revision="1")
    assert found.number == "501"
    assert [(line.quantity, line.keys[-1], line.billing_term) for line in found.lines] == [
        ("2.5", "product:1", "Yearly"),
        ("3", "service:1", "Monthly"),
    ]
    assert found.links == (
        Link(kind="autotask:ticket", id="1"),
        Link(kind="autotask:quote", id="1"),
        Link(kind="autotask:opportunity", id="1"),
    )


@pytest.mark.parametrize(
    ("status", "kind"), [(1, NotAccepted), (5, NotAccepted), (20, OfferedQuote), (22, Revoked), (99, NotAccepted)]
)
def test_the_tickets_status_decides(autotask: AutotaskSimulator, status: int, kind: type) -> None:
    (found,) = quotes(made(autotask).look_up({"ticket": str(charged(autotask, ticket_status=status))}))

    assert isinstance(found, kind)


@pytest.mark.parametrize("accepted", [("20",), ("ORDER LICENCES",), (" Order Licences ", "Sold")])
def test_a_status_is_meant_by_name_or_number(autotask: AutotaskSimulator, accepted: tuple[str, ...]) -> None:
    assert offered(made(autotask, accepted=accepted), charged(autotask)).lines


def test_without_a_status_that_means_accepted_nothing_is_and_the_setting_is_named(autotask: AutotaskSimulator) -> None:
    (found,) = quotes(made(autotask, accepted=()).look_up({"ticket": str(charged(autotask))}))

    assert found == NotAccepted("No ticket status means accepted: set QUOTEWAY_SOURCES__AUTOTASK__ACCEPTED.")


def test_a_ticket_that_was_taken_back_takes_back_the_quote_and_itself(autotask: AutotaskSimulator) -> None:
    ticket = quoted(autotask, {"productID": 1, "quantity": 1})
    autotask.move(ticket, 22)

    found = quotes(made(autotask).look_up({"ticket": str(ticket)}))

    assert found == [
        Revoked(QuoteKey(system="autotask", id="opportunity-1")),
        Revoked(QuoteKey(system="autotask", id="ticket-1")),
    ]


def test_an_opportunity_that_was_lost_takes_back_what_its_ticket_says(autotask: AutotaskSimulator) -> None:
    ticket = quoted(autotask, {"productID": 1, "quantity": 1})
    autotask.put("Opportunities", id=1, status=2)

    assert {type(each) for each in quotes(made(autotask).look_up({"ticket": str(ticket)}))} == {Revoked}


def test_of_several_quotes_the_primary_counts_and_without_one_a_person_must_say(autotask: AutotaskSimulator) -> None:
    ticket = quoted(autotask, {"productID": 1, "quantity": 1})
    autotask.put("Quotes", opportunityID=1, isActive=True)
    autotask.put("Quotes", opportunityID=1, isActive=False, primaryQuote=True)
    (line,) = offered(made(autotask), ticket).lines
    autotask.put("Quotes", id=1, primaryQuote=True)
    found = offered(made(autotask), ticket)

    assert "Several quotes may be meant (1, 2)" in line.held
    assert (found.key.id, found.key.revision, found.lines[0].held) == ("opportunity-1", "1", "")


def test_another_primary_quote_is_another_revision_of_the_same_acceptance(autotask: AutotaskSimulator) -> None:
    ticket = quoted(autotask, {"productID": 1, "quantity": 1}, primaryQuote=True)
    tool = made(autotask)
    first = offered(tool, ticket)
    autotask.put("Quotes", id=1, primaryQuote=False)
    autotask.put("Quotes", opportunityID=1, isActive=True, primaryQuote=True)
    second = offered(tool, ticket)

    assert (first.key.id, first.key.revision) == ("opportunity-1", "1")
    assert (second.key.id, second.key.revision) == ("opportunity-1", "2")


def test_a_ticket_that_gets_an_opportunity_keeps_its_key_and_so_does_another_ticket_of_that(
    autotask: AutotaskSimulator,
) -> None:
    ticket = charged(autotask)
    tool = made(autotask)
    before = offered(tool, ticket)
    other = quoted(autotask, {"productID": 1, "quantity": 1})
    autotask.put("Tickets", id=ticket, opportunityID=1)
    after, beside = offered(tool, ticket), offered(tool, other)
    autotask.put("Tickets", id=other, opportunityID=None)
    autotask.move(ticket, 22)

    assert (before.key.id, before.key.revision) == ("ticket-1", "charges")
    assert (after.key.id, after.key.revision) == (beside.key.id, beside.key.revision) == ("ticket-1", "1")
    assert {link.kind for link in after.links} == {"autotask:ticket", "autotask:quote", "autotask:opportunity"}
    assert offered(tool, other).key.id == "ticket-1"
    assert quotes(tool.look_up({"ticket": str(ticket)})) == [Revoked(QuoteKey(system="autotask", id="ticket-1"))]


def test_a_ticket_without_anything_to_order_is_held_and_not_forgotten(autotask: AutotaskSimulator) -> None:
    (line,) = offered(made(autotask), autotask.ticket(status=20)).lines

    assert "neither charges nor a quote" in line.held


@pytest.mark.parametrize(
    ("item", "skipped", "held"),
    [
        pytest.param({"isOptional": True}, "an option that was not taken", "", id="an option"),
        pytest.param({"productID": None, "laborID": 4}, "no product or service", "*", id="labour"),
        pytest.param({"productID": None, "quoteItemType": 10}, "no product or service", "*", id="a discount"),
        pytest.param({"productID": None}, "", "*", id="a custom line"),
        pytest.param({"productID": None, "serviceBundleID": 3}, "", "it is a bundle of services", id="a bundle"),
        pytest.param({"quantity": -1}, "", "", id="a negative quantity, which others judge"),
    ],
)
def test_items_that_cannot_be_ordered_say_why(
    autotask: AutotaskSimulator, item: dict[str, Any], skipped: str, held: str
) -> None:
    line = the_item(autotask, **item)

    assert line.skipped == skipped
    assert line.held == held.replace("*", "it names no product or service of Autotask's")


@pytest.mark.parametrize(
    ("charge", "skipped", "held"),
    [
        pytest.param({"status": 7}, "cancelled", "", id="cancelled"),
        pytest.param({"productID": None}, "", "it names no product or service of Autotask's", id="custom"),
    ],
)
def test_charges_that_cannot_be_ordered_say_why(
    autotask: AutotaskSimulator, charge: dict[str, Any], skipped: str, held: str
) -> None:
    (line,) = offered(made(autotask), charged(autotask, **charge)).lines

    assert (line.skipped, line.held) == (skipped, held)


def test_a_product_that_is_gone_leaves_its_number_as_a_key(autotask: AutotaskSimulator) -> None:
    assert the_item(autotask, productID=9).keys == ("product:9",)


def test_where_no_currency_is_named_no_price_is_passed_on(autotask: AutotaskSimulator) -> None:
    autotask.put("Currencies", id=1, name="US Dollar")

    assert the_item(autotask, unitPrice=36.0).unit_price is None


def test_the_customers_own_answer_dates_the_acceptance(autotask: AutotaskSimulator) -> None:
    ticket = quoted(autotask, {"productID": 1, "quantity": 1}, extApprovalResponseDate="2026-11-20T08:00:00Z")

    assert offered(made(autotask), ticket).accepted_at == datetime(2026, 11, 20, 8, tzinfo=UTC)


def test_what_is_written_to_a_ticket_makes_no_newer_acceptance(autotask: AutotaskSimulator) -> None:
    ticket = charged(autotask)
    before = offered(made(autotask), ticket)
    autotask.now = lambda: NOON + timedelta(hours=1)
    autotask.write(ticket, "The order has failed.", person=77)
    autotask.write(ticket, "Oh.")

    assert offered(made(autotask), ticket) == before


@pytest.mark.parametrize(
    "tracked",
    ["2026-11-21T11:00:00Z", "2026-11-21T13:00:00Z", "2026-11-21T00:00:00Z"],
    ids=["before it", "after it", "on its day, at a time that is not told"],
)
def test_a_ticket_that_was_moved_before_the_connection_began_is_left_to_a_person(
    autotask: AutotaskSimulator, tracked: str
) -> None:
    keys = MemoryKeyRing()
    Beginning("autotask", keys).mark(NOON)
    Forerunners("autotask", ACCESS.accepted, keys).remember(NOON, lambda _: ())
    answered = "2026-11-20T08:00:00Z"  # long before the ticket says so
    ticket = quoted(autotask, {"productID": 1, "quantity": 1}, extApprovalResponseDate=answered)
    autotask.put("Tickets", id=ticket, lastTrackedModificationDateTime=tracked)

    (found,) = quotes(make(*connected(autotask), keys).look_up({"ticket": str(ticket)}))

    assert isinstance(found, NotAccepted if "T11" in tracked else OfferedQuote)


@pytest.mark.parametrize("word", ["order licences", "20"])
def test_a_ticket_that_was_in_the_status_before_the_connection_began_is_ordered_only_once_it_is_set_anew(
    autotask: AutotaskSimulator, word: str
) -> None:
    connection, connections = connected(autotask, accepted=(word,))
    started = NOON + timedelta(hours=1)
    tool = Autotask(connection, Session(connection, connections), MemoryKeyRing(), lambda: started)
    old, late = charged(autotask), charged(autotask, ticket_status=1)
    autotask.now = lambda: started - timedelta(minutes=1)
    autotask.move(late, 20)
    with pytest.raises(ToolFault, match="until a poll has read them"):
        tool.look_up({"ticket": str(old)})
    list(tool.poll(None))
    autotask.now = lambda: started + timedelta(hours=1)
    new = charged(autotask)
    for ticket in (old, late):
        autotask.move(ticket, 20)

    first = [quotes(tool.look_up({"ticket": str(ticket)}))[0] for ticket in (old, late, new)]
    autotask.move(old, 1)
    tool.look_up({"ticket": str(old)})
    autotask.move(old, 20)

    assert [type(found) for found in first] == [NotAccepted, OfferedQuote, OfferedQuote]
    held = [[bool(line.held) for line in found.lines] for found in first if isinstance(found, OfferedQuote)]
    assert held == [[True], [False]]
    assert offered(tool, old).lines[0].held == ""


@pytest.mark.parametrize(
    ("resource", "person", "dated"),
    [("77", 31, True), ("77", 77, False), ("", 31, False)],
    ids=["a person's change", "our own", "it is not known which are our own"],
)
def test_without_a_time_for_its_fields_our_own_activity_makes_no_newer_acceptance(
    autotask: AutotaskSimulator, resource: str, person: int, dated: bool
) -> None:
    ticket = charged(autotask)
    autotask.move(ticket, 20, person)
    autotask.put("Tickets", id=ticket, lastTrackedModificationDateTime=None)

    assert (offered(made(autotask, options={"resource": resource}), ticket).accepted_at is not None) is dated


def test_what_our_people_write_is_a_reply_and_what_customers_and_we_write_is_none(autotask: AutotaskSimulator) -> None:
    ticket = autotask.ticket()
    autotask.write(ticket, "approve &amp; go")
    autotask.write(ticket, "approve, please", contact=1)
    autotask.write(ticket, "Which domain? [order-ref: QW-1 state: asking]", person=40)
    autotask.write(ticket, "Ours without a mark", person=77)
    autotask.write(ticket, "[order-ref: QW-1 state: asking version: 3]<br>approve", person=40)
    autotask.write(ticket, "cancel<br>[order-ref: QW-1 state: asking version: 3]<br>approve", person=40)
    autotask.write(autotask.ticket(), "to another ticket")
    autotask.write(ticket, "key: value", person=404)

    replies = [each for each in made(autotask).look_up({"ticket": str(ticket)}) if isinstance(each, Reply)]

    here = Ticket(system="autotask", id="1")
    assert replies == [
        Reply(here, "1", "Sam Ortiz", "approve & go", NOON),
        Reply(here, "6", "resource 40", "cancel", NOON),
        Reply(here, "8", "resource 404", "key: value", NOON),
    ]


def test_a_note_leads_to_its_ticket(autotask: AutotaskSimulator) -> None:
    ticket = charged(autotask)
    note = autotask.write(ticket, "approve")
    tool = made(autotask)

    assert tool.look_up({"note": str(note)}) == tool.look_up({"ticket": str(ticket)})


@pytest.mark.parametrize("content", [{"ticket": "99"}, {"note": "99"}])
@pytest.mark.parametrize("missing", ["an item of null", "404"])
def test_what_is_not_there_is_no_acceptance(autotask: AutotaskSimulator, content: dict[str, str], missing: str) -> None:
    def simulator(request: httpx.Request) -> httpx.Response:
        return autotask(request) if missing != "404" else httpx.Response(404)

    (found,) = made(simulator).look_up(content)

    assert isinstance(found, NotAccepted)
    assert "99" in found.sentence


@pytest.mark.parametrize("content", [{}, {"ticket": "../x"}, {"ticket": "a1"}, {"ticket": None}, {"note": "0"}])
def test_a_nudge_that_names_nothing_is_unreadable(autotask: AutotaskSimulator, content: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        made(autotask).look_up(content)


@pytest.mark.parametrize(
    ("mishap", "passes", "code"),
    [
        (Mishap.UNAUTHORIZED, False, "source.unauthorized"),
        (Mishap.THROTTLED, True, "source.throttled"),
        (Mishap.BROKEN, True, "source.unavailable"),
        (Mishap.HTML, True, "source.unavailable"),
        (Mishap.HALF_A_PAGE, True, "source.unavailable"),
        (Mishap.HANG_UP, True, "source.unavailable"),
    ],
)
@pytest.mark.parametrize("after", range(9))
def test_an_autotask_in_trouble_at_any_call_gives_no_half_of_a_quote(
    autotask: AutotaskSimulator, mishap: Mishap, passes: bool, code: str, after: int
) -> None:
    ticket = quoted(autotask, {"productID": 1, "quantity": 1})

    def simulator(request: httpx.Request) -> httpx.Response:
        if len(autotask.asked) == after:
            autotask.mishaps.add(mishap)
        return autotask(request)

    with pytest.raises(ToolFault) as fault:
        made(simulator).look_up({"ticket": str(ticket)})

    assert (fault.value.passes, fault.value.code) == (passes, code)
    assert fault.value.after == (7 if mishap is Mishap.THROTTLED else None)
    assert "autotask-secret" not in str(fault.value)


def test_items_of_a_long_quote_are_read_to_the_end_and_our_credentials_stay_at_home(
    autotask: AutotaskSimulator,
) -> None:
    hosts = set()

    def simulator(request: httpx.Request) -> httpx.Response:
        hosts.add(request.url.host)
        return autotask(request)

    autotask.most = 20
    ticket = quoted(autotask, *[{"productID": 1, "quantity": 1}] * 50)

    assert len(offered(made(simulator), ticket).lines) == 50
    assert hosts == {"webservices6.autotask.net"}


def test_a_product_and_a_picklist_are_read_once_for_all_lines(autotask: AutotaskSimulator) -> None:
    offered(made(autotask), quoted(autotask, *[{"productID": 1, "quantity": 1}] * 5))

    assert len([path for path in autotask.asked if path.endswith("/Products/1")]) == 1
    assert len(autotask.asked) == len(set(autotask.asked))


@pytest.mark.parametrize(
    "page",
    [
        {},
        {"items": None},
        {"items": [1]},
        {"items": [{}]},
        {"items": [{"id": "5"}]},
        {"items": [{"id": 5}, {"id": 4}]},
        {"items": [{"id": -1}]},
        [],
        None,
    ],
    ids=lambda page: f"{page}",
)
def test_a_page_that_cannot_be_relied_on_is_a_fault(autotask: AutotaskSimulator, page: Any) -> None:
    def simulator(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=page) if "/TicketCharges/query" in request.url.path else autotask(request)

    with pytest.raises(ToolFault):
        made(simulator).look_up({"ticket": str(charged(autotask))})


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "name"]), inner),
    max_leaves=5,
)
_NAMES = ["quantity", "productID", "serviceID", "unitPrice", "periodType", "isOptional", "name", "quoteItemType"]


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(_NAMES), _VALUES))
def test_any_item_becomes_a_line(item: dict[str, Any]) -> None:
    def simulator(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path.endswith("/fields"):
            return httpx.Response(200, json={"fields": []})
        answer = {"items": [{**item, "id": 1}]} if "query" in path else {"item": item}
        return httpx.Response(200, content=json.dumps(answer))

    session = Session(*connected(simulator))

    assert len(Lines(session, Picklists(session)).of_quote("1", "USD")) == 1
