"""What HaloPSA says when it is read again: accepted, taken back, or nothing of ours."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from events.connections import SourceConnection, SourceKind, ToolAccess
from events.sources.document import Unreadable
from events.sources.halopsa import HaloPsa, make
from events.sources.halopsa.offers import Offers
from events.sources.halopsa.session import Session
from events.sources.halopsa.simulator import HaloSimulator
from events.sources.keyring import MemoryKeyRing
from events.sources.mishaps import Mishap
from events.sources.tool import Found, Moved, NotAccepted, NotThereYet, Reply, Revoked, ToolFault
from pipeline.domain.money import Money
from pipeline.domain.offered import Link, OfferedQuote
from pipeline.domain.quote import QuoteKey, Ticket
from pipeline.marketplaces.transport import Connections

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
LINES: list[dict[str, Any]] = [{"item_id": 88, "item_name": "Microsoft 365 E3", "quantity": 10, "unitprice": 36.0}]
ACCESS = ToolAccess(
    base_url="https://halo.example/api/",
    client_id="halo-client",
    client_secret=SecretStr("halo-secret"),
    options={"agent": "77"},
)


@pytest.fixture
def halo() -> HaloSimulator:
    simulator = HaloSimulator(now=lambda: NOON)
    simulator.put("Item", {"id": 88, "name": "M365 E3", "sku": "E3-Y", "supplierpartcode": "CFQ7TTC0LF8R"})
    simulator.put("Client", {"id": 1, "name": "Contoso Ltd", "phonenumber": "+1 555 0100"})
    return simulator


def made(halo: Callable[[httpx.Request], httpx.Response], **access: Any) -> HaloPsa:
    connection = SourceConnection("halo", SourceKind.HALOPSA, ("bearer:halo-hook",), access=replace(ACCESS, **access))
    return make(connection, Connections(httpx.MockTransport(halo)), MemoryKeyRing())


def quotes(found: Sequence[Found]) -> list[Found]:
    return [each for each in found if not isinstance(each, Moved | Reply)]


def the_line(halo: HaloSimulator, **more: Any) -> Any:
    quotation = halo.quotation(halo.ticket(), [{**LINES[0], **more}])
    halo.accept(quotation)
    (offered,) = made(halo).look_up({"quotation": str(quotation)})
    assert isinstance(offered, OfferedQuote)
    return offered.lines[0]


def test_the_status_that_we_set_by_its_number_is_told_by_its_number(halo: HaloSimulator) -> None:
    """So that it is known for ours, and for nobody's answer."""
    ticket = halo.ticket(status=22)

    told = [made(halo, ticket_status=status).look_up({"ticket": str(ticket)})[0] for status in ("22", "1", "")]

    assert [each.status for each in told if isinstance(each, Moved)] == ["22", "Order Licences", "Order Licences"]


def test_a_ticket_of_an_accepted_quotation_gives_what_was_accepted(halo: HaloSimulator) -> None:
    ticket = halo.ticket()
    halo.put("Users", {"id": 4, "firstname": "Dana", "surname": "Reyes", "emailaddress": "dana@contoso.example"})
    halo.accept(halo.quotation(ticket, LINES, user_id=4, revision=2))

    moved, offered = made(halo).look_up({"ticket": str(ticket)})

    assert moved == Moved(Ticket(system="halo", id="1"), "Order Licences")
    assert isinstance(offered, OfferedQuote)
    assert offered.key == QuoteKey(system="halo", id="1", revision="2")
    assert (offered.accepted_at, offered.number) == (NOON, "Q-1000")
    assert (offered.customer.ref, offered.customer.name) == ("1", "Contoso Ltd")
    assert offered.customer.contacts[0].email == "dana@contoso.example"
    assert offered.ticket == Ticket(system="halo", id="1")
    assert offered.links == (Link(kind="halopsa:ticket", id="1"), Link(kind="halopsa:quotation", id="1"))
    (line,) = offered.lines
    assert (line.keys, line.quantity) == (("CFQ7TTC0LF8R", "E3-Y", "item:88"), "10")
    assert line.unit_price == Money(amount=Decimal("36.0"), currency="USD")
    assert (line.billing_term, line.commitment, line.held, line.skipped) == ("", "", "", "")


def test_the_quotation_and_its_sales_order_say_the_same_as_the_ticket(halo: HaloSimulator) -> None:
    ticket = halo.ticket()
    quotation = halo.quotation(ticket, LINES)
    halo.accept(quotation)
    tool = made(halo)

    by_ticket = quotes(tool.look_up({"ticket": str(ticket)}))

    assert tool.look_up({"quotation": str(quotation)}) == by_ticket
    assert tool.look_up({"order": "1"}) == by_ticket


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        pytest.param({"status": "Sent", "accepted": False}, NotAccepted, id="sent"),
        pytest.param({"status": "Won", "accepted": False}, OfferedQuote, id="a word of the tenant's for accepted"),
        pytest.param({"status": 12, "accepted": False}, OfferedQuote, id="a number of the tenant's for accepted"),
        pytest.param({"status": "Sent", "accepted": True}, OfferedQuote, id="the flag alone"),
        pytest.param({"status": "Declined", "accepted": False}, Revoked, id="declined"),
        pytest.param({"status": "DECLINED", "accepted": True}, Revoked, id="declined after it was accepted"),
        pytest.param({"status": "Sent", "accepted": "true"}, NotAccepted, id="a flag that is text is none"),
        pytest.param({"status": None, "accepted": 1}, NotAccepted, id="a flag that is a number is none"),
    ],
)
def test_only_what_the_quotation_itself_says_counts(halo: HaloSimulator, change: dict[str, Any], kind: type) -> None:
    quotation = halo.quotation(halo.ticket(status=22), LINES, **change)

    (found,) = made(halo, accepted=("won", "12")).look_up({"quotation": str(quotation)})

    assert isinstance(found, kind)


def test_a_quotation_that_was_declined_takes_back_what_it_accepted(halo: HaloSimulator) -> None:
    quotation = halo.quotation(halo.ticket(), LINES)
    halo.accept(quotation)
    halo.decline(quotation)

    assert made(halo).look_up({"quotation": str(quotation)}) == [Revoked(QuoteKey(system="halo", id="1"), NOON)]


def test_a_ticket_that_says_ordered_without_a_quotation_is_no_acceptance(halo: HaloSimulator) -> None:
    assert quotes(made(halo).look_up({"ticket": str(halo.ticket(status=22))})) == []


@pytest.mark.parametrize("ignores", [False, True], ids=["a tenant that filters", "a tenant that does not"])
def test_a_ticket_has_its_own_quotations_only(halo: HaloSimulator, ignores: bool) -> None:
    halo.ignores_filters = ignores
    mine, other = halo.ticket(), halo.ticket()
    for _ in range(120):
        halo.quotation(other, LINES)
    halo.accept(halo.quotation(mine, LINES))
    halo.write(other, "approve")

    found = made(halo).look_up({"ticket": str(mine)})

    assert [each.key.id for each in quotes(found) if isinstance(each, OfferedQuote)] == ["121"]
    assert not [each for each in found if isinstance(each, Reply)]


@pytest.mark.parametrize(
    ("status", "kind"), [("Approved", OfferedQuote), ("Draft", NotAccepted), ("Cancelled", Revoked)]
)
def test_a_sales_order_without_a_quotation_stands_for_itself(halo: HaloSimulator, status: str, kind: type) -> None:
    halo.put("SalesOrder", {"ticket_id": halo.ticket(), "client_id": 1, "status": status, "lines": LINES})

    (found,) = quotes(made(halo, accepted=("Approved",)).look_up({"ticket": "1"}))

    assert isinstance(found, kind)
    if isinstance(found, OfferedQuote):
        assert (found.key.id, found.links) == ("sales-order-1", (Link(kind="halopsa:ticket", id="1"),))


@pytest.mark.parametrize("content", [{"ticket": "99"}, {"quotation": "99"}, {"order": "99"}])
def test_what_is_not_there_is_looked_for_again(halo: HaloSimulator, content: dict[str, str]) -> None:
    with pytest.raises(NotThereYet, match="99") as fault:
        made(halo).look_up(content)
    assert (fault.value.code, fault.value.passes) == ("source.not_there", True)


@pytest.mark.parametrize("content", [{}, {"ticket": "../Agent"}, {"ticket": None}, {"else": "1"}, {"quotation": "0"}])
def test_a_nudge_that_names_nothing_is_unreadable(halo: HaloSimulator, content: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        made(halo).look_up(content)


def test_an_item_that_is_gone_leaves_its_id_as_a_key(halo: HaloSimulator) -> None:
    line = the_line(halo, item_id=99)

    assert (line.keys, line.held) == (("item:99",), "")


@pytest.mark.parametrize(
    ("more", "skipped", "held"),
    [
        pytest.param({}, "", "", id="a line"),
        pytest.param({"is_optional": True}, "an option that was not taken", "", id="an option not taken"),
        pytest.param({"is_optional": True, "is_selected": True}, "", "", id="an option taken"),
        pytest.param({"item_id": 0}, "", "it names no item of HaloPSA's", id="a custom line"),
        pytest.param(
            {"item_id": None, "quantity": 0}, "a line of text", "it names no item of HaloPSA's", id="a heading"
        ),
    ],
)
def test_lines_that_cannot_be_ordered_say_why(
    halo: HaloSimulator, more: dict[str, Any], skipped: str, held: str
) -> None:
    line = the_line(halo, **more)

    assert (line.skipped, line.held) == (skipped, held)


@pytest.mark.parametrize(
    ("quantity", "written"), [(10, "10"), (2.5, "2.5"), (-1, "-1"), ("3", "3"), (None, ""), (True, ""), ([], "")]
)
def test_a_quantity_is_passed_on_as_it_is_written(halo: HaloSimulator, quantity: Any, written: str) -> None:
    assert the_line(halo, quantity=quantity).quantity == written


@pytest.mark.parametrize(
    ("price", "amount"), [("2,575.00", "2575.00"), (0.1, "0.1"), (1e22, "1E+22"), ("free", None), (None, None)]
)
def test_a_price_is_exact_or_none(halo: HaloSimulator, price: Any, amount: str | None) -> None:
    told = the_line(halo, unitprice=price).unit_price

    assert (told.amount if told else None) == (Decimal(amount) if amount else None)


def test_terms_are_passed_on_in_halos_words(halo: HaloSimulator) -> None:
    line = the_line(halo, billingperiod_name="Monthly", commitment="12 months")

    assert (line.billing_term, line.commitment) == ("Monthly", "12 months")


def test_lines_of_the_same_id_are_told_apart(halo: HaloSimulator) -> None:
    quotation = halo.quotation(halo.ticket(), [{**LINES[0], "id": 5}, {**LINES[0], "id": 5}, {**LINES[0], "id": None}])
    halo.accept(quotation)

    (offered,) = made(halo).look_up({"quotation": str(quotation)})

    assert isinstance(offered, OfferedQuote)
    assert [line.id for line in offered.lines] == ["5", "line-2", "line-3"]


def test_what_agents_write_is_a_reply_and_what_customers_and_we_write_is_none(halo: HaloSimulator) -> None:
    ticket = halo.ticket()
    halo.write(ticket, "<p>approve</p>&nbsp;")
    halo.write(ticket, "approve, please", agent=None)
    halo.write(ticket, "Which domain? [order-ref: QW-1 state: asking]", agent=5)
    halo.write(ticket, "Ours without a mark", agent=77)

    _, reply = made(halo).look_up({"ticket": str(ticket)})

    assert reply == Reply(Ticket(system="halo", id="1"), "1:1", "Sam Ortiz", "approve", NOON)


def test_an_answer_above_the_note_that_it_quotes_is_a_reply(halo: HaloSimulator) -> None:
    ticket = halo.ticket()
    halo.write(ticket, "approve\nQuoteway wrote:\n> [order-ref: QW-1 state: asking]\n> Order at the higher cost?")

    _, reply = made(halo).look_up({"ticket": str(ticket)})

    assert isinstance(reply, Reply)
    assert reply.text == "approve"


def test_dates_without_an_offset_are_meant_where_the_option_says(halo: HaloSimulator) -> None:
    quotation = halo.quotation(halo.ticket(), LINES)
    halo.accept(quotation)

    (offered,) = made(halo, options={"time_zone": "America/Denver"}).look_up({"quotation": "1"})

    assert isinstance(offered, OfferedQuote)
    assert offered.accepted_at == datetime(2026, 11, 21, 19, tzinfo=UTC)


@pytest.mark.parametrize(
    ("mishap", "passes", "code"),
    [
        (Mishap.THROTTLED, True, "source.throttled"),
        (Mishap.BROKEN, True, "source.unavailable"),
        (Mishap.HTML, True, "source.unavailable"),
        (Mishap.HALF_A_PAGE, True, "source.unavailable"),
        (Mishap.HANG_UP, True, "source.unavailable"),
    ],
)
@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_a_halo_in_trouble_is_asked_again_later(
    halo: HaloSimulator, mishap: Mishap, passes: bool, code: str, after: int
) -> None:
    ticket = halo.ticket()
    halo.accept(halo.quotation(ticket, LINES))
    asked = 0

    def simulator(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        if asked == after + 1:
            halo.mishaps.add(mishap)
        return halo(request)

    with pytest.raises(ToolFault) as fault:
        made(simulator).look_up({"ticket": str(ticket)})

    assert (fault.value.passes, fault.value.code) == (passes, code)
    assert fault.value.after == (7 if mishap is Mishap.THROTTLED else None)
    assert "halo-secret" not in str(fault.value)


def test_a_token_serves_until_it_is_refused_and_is_then_fetched_once(halo: HaloSimulator) -> None:
    tool, ticket = made(halo), halo.ticket()
    tool.look_up({"ticket": str(ticket)})
    tool.look_up({"ticket": str(ticket)})
    before = halo.tokens_given
    halo.end_tokens()
    tool.look_up({"ticket": str(ticket)})

    assert (before, halo.tokens_given) == (1, 2)


def test_a_token_is_fetched_anew_before_it_ends(halo: HaloSimulator) -> None:
    moment = 0.0
    connection = SourceConnection("halo", SourceKind.HALOPSA, access=ACCESS)
    session = Session(connection, Connections(httpx.MockTransport(halo)), clock=lambda: moment)
    halo.quotation(1, LINES)
    for moment in (0.0, 3500.0, 3545.0):  # noqa: B007  read by the clock
        session.get("/api/Quotation/1")

    assert halo.tokens_given == 2


def test_refused_again_with_a_new_token_it_is_for_a_person(halo: HaloSimulator) -> None:
    def simulator(request: httpx.Request) -> httpx.Response:
        return halo(request) if request.url.path == "/auth/token" else httpx.Response(401)

    with pytest.raises(ToolFault, match="QUOTEWAY_SOURCES__HALO__CLIENT_ID") as fault:
        made(simulator).look_up({"ticket": "1"})

    assert (fault.value.passes, halo.tokens_given) == (False, 2)


@pytest.mark.parametrize("answer", [{}, {"access_token": ""}, {"access_token": 5.5, "expires_in": "x"}, [], None])
def test_a_token_that_is_none_is_a_fault(answer: Any) -> None:
    with pytest.raises(ToolFault):
        made(lambda _: httpx.Response(200, json=answer)).look_up({"ticket": "1"})


def test_a_wrong_client_secret_is_for_a_person_and_is_not_shown(halo: HaloSimulator) -> None:
    with pytest.raises(ToolFault, match="QUOTEWAY_SOURCES__HALO__CLIENT_SECRET") as fault:
        made(halo, client_secret=SecretStr("wrong-one")).look_up({"ticket": "1"})

    assert (fault.value.passes, "wrong-one" in str(fault.value)) == (False, False)


def test_the_tenant_is_named_where_one_is_set(halo: HaloSimulator) -> None:
    halo.tenant = "contoso"

    assert made(halo, tenant="contoso").look_up({"ticket": str(halo.ticket())})


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "item_id", "quantity"]), inner),
    max_leaves=6,
)
_NAMES = ["id", "status", "accepted", "accepteddate", "lines", "ticket_id", "client_id", "revision", "currency_code"]


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(_NAMES), _VALUES), st.booleans())
def test_any_quotation_is_decided_or_a_fault(row: dict[str, Any], accepted: bool) -> None:
    answers = {"/auth/token": {"access_token": "t"}, "/api/Quotation/1": {**row, "accepted": accepted}}
    transport = httpx.MockTransport(
        lambda request: httpx.Response(200, content=json.dumps(answers.get(request.url.path, {})))
    )
    connection = SourceConnection("halo", SourceKind.HALOPSA, access=ACCESS)
    try:
        found = Offers(connection, Session(connection, Connections(transport))).quotation("1")
    except ToolFault:
        return
    assert isinstance(found, OfferedQuote | Revoked | NotAccepted)
