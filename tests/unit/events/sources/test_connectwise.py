"""ConnectWise's opportunities and tickets: what one says when it is read again."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.sources.connectwise import ConnectWise
from events.sources.document import Unreadable
from events.sources.forerunners import Forerunners
from events.sources.keyring import MemoryKeyRing
from events.sources.tool import Moved, NotAccepted, Reply, Revoked, ToolFault
from pipeline.domain.customer import Address, Contact
from pipeline.domain.money import Money
from pipeline.domain.offered import Link, OfferedQuote
from pipeline.domain.quote import QuoteKey, Ticket
from pipeline.marketplaces.transport import Connections
from tests.unit.events.sources.connectwise_scene import NOON, Scene, access, connection


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_an_opportunity_that_was_won_is_what_the_customer_accepted(scene: Scene) -> None:
    ticket = scene.psa.ticket(scene.company, opportunity=scene.opportunity)
    scene.psa.win(scene.opportunity)

    [found] = scene.look_up()

    assert isinstance(found, OfferedQuote)
    number = str(scene.opportunity)
    assert found.key == QuoteKey(system="psa", id=number)
    assert found.accepted_at == NOON
    assert found.ticket == Ticket(system="psa", id=str(ticket))
    assert found.links == (
        Link(kind="connectwise:opportunity", id=number),
        Link(kind="connectwise:ticket", id=str(ticket)),
    )
    assert found.url.startswith("https://psa.example/v4_6_release/")
    assert f"recid={number}&companyName=acme" in found.url
    [line] = found.lines
    assert (line.quantity, line.keys) == ("10", ("X-1", "CFQ7", "MS-E3", "M365-E3"))
    assert not line.skipped
    assert not line.held


def test_the_customer_is_the_company_as_it_is_kept_now(scene: Scene) -> None:
    scene.psa.world.change(
        "companies",
        scene.company,
        {"phoneNumber": "+1 555 0199", "website": "contoso.example", "country": {"id": 1, "name": "United States"}},
    )
    customer = scene.won(scene.psa.line(scene.item)).customer
    assert (customer.ref, customer.name, customer.phone) == (str(scene.company), "Contoso Ltd", "+1 555 0199")
    assert customer.address == Address(street="1 Main St", city="Denver", postal_code="80202", country="United States")
    assert customer.contacts == (
        Contact(first_name="Dana", last_name="Reyes", email="dana@contoso.example", phone="+1 555 0100"),
    )


def test_a_countrys_code_is_taken_where_there_is_one(scene: Scene) -> None:
    country = {"id": 1, "identifier": "us", "name": "United States"}
    scene.psa.world.change("companies", scene.company, {"country": country})
    assert scene.won(scene.psa.line(scene.item)).customer.address.country == "US"


def test_a_company_that_is_gone_leaves_its_name(scene: Scene) -> None:
    scene.psa.win(scene.opportunity)
    scene.psa.world.remove("companies", scene.company)
    scene.psa.world.remove("contacts", scene.contact)
    [found] = scene.look_up()
    assert isinstance(found, OfferedQuote)
    assert (found.customer.ref, found.customer.name) == (str(scene.company), "Contoso Ltd")
    assert found.customer.contacts == ()


@pytest.mark.parametrize(
    ("status", "revoked"), [("Open", False), ("Lost", True), ("No decision", False), ("Order placed", False)]
)
def test_what_is_lost_is_taken_back_and_what_is_moved_on_is_not(scene: Scene, status: str, revoked: bool) -> None:
    scene.psa.world.table("statuses")[9] = {"id": 9, "name": "Order placed", "wonFlag": False, "lostFlag": False}
    scene.psa.win(scene.opportunity)
    scene.psa.move(scene.opportunity, status)

    *back, sentence = scene.look_up()

    number = str(scene.opportunity)
    lost = Revoked(QuoteKey(system="psa", id=number), links=(Link(kind="connectwise:opportunity", id=number),))
    assert back == ([lost] if revoked else [])
    assert isinstance(sentence, NotAccepted)
    assert f"is {status}, not won" in sentence.sentence


def test_the_administrator_may_name_further_statuses_that_take_back() -> None:
    scene = Scene(access(lost=("open",)))
    scene.psa.win(scene.opportunity)
    scene.psa.move(scene.opportunity, "Open")

    assert [type(found) for found in scene.look_up()] == [Revoked, NotAccepted]


def test_the_flag_counts_and_not_the_name(scene: Scene) -> None:
    scene.psa.world.table("statuses")[2]["name"] = "Gewonnen"
    scene.psa.world.table("statuses")[1]["name"] = "Won"
    scene.psa.world.change("opportunities", scene.opportunity, {"status": {"id": 1, "name": "Won"}})
    assert isinstance(scene.look_up()[0], NotAccepted)
    scene.psa.world.change("opportunities", scene.opportunity, {"status": {"id": 2, "name": "Gewonnen"}})
    assert isinstance(scene.look_up()[0], OfferedQuote)


def test_a_status_that_was_made_since_is_read_at_once_and_one_that_is_not_listed_decides_nothing(scene: Scene) -> None:
    scene.look_up()
    scene.psa.world.table("statuses")[7] = {"id": 7, "name": "Signed", "wonFlag": True, "lostFlag": False}
    scene.psa.world.change("opportunities", scene.opportunity, {"status": {"id": 7, "name": "Signed"}})
    assert isinstance(scene.look_up()[0], OfferedQuote)
    scene.psa.world.change("opportunities", scene.opportunity, {"status": {"id": 8, "name": "?"}})
    with pytest.raises(ToolFault, match="no opportunity status 8"):
        scene.look_up()


def test_what_was_won_long_before_is_history_however_it_is_edited_now(scene: Scene) -> None:
    scene.psa.win(scene.opportunity)
    scene.clock.turn(days=30)
    assert isinstance(scene.look_up()[0], OfferedQuote)
    scene.clock.turn(seconds=1)
    [found] = scene.look_up()
    assert isinstance(found, NotAccepted)
    assert "won on 2026-11-20" in found.sentence


def test_what_was_won_before_the_connection_began_is_left_to_a_person(scene: Scene) -> None:
    scene.psa.win(scene.opportunity)
    scene.clock.turn(days=2)
    list(scene.tool.poll(None))

    [found] = scene.look_up()

    assert isinstance(found, NotAccepted)
    assert "before this connection was first read (2026-11-21)" in found.sentence


def test_what_was_won_on_the_day_before_the_connection_began_is_new(scene: Scene) -> None:
    scene.psa.win(scene.opportunity)
    scene.clock.turn(hours=23)
    list(scene.tool.poll(None))

    [found] = scene.look_up()

    assert isinstance(found, OfferedQuote)


@pytest.mark.parametrize(
    ("day", "answer"),
    [
        pytest.param("2026-11-20T00:00:00Z", "asked", id="on the day that it began"),
        pytest.param("2026-11-20T07:00:00Z", "asked", id="on the day that it began in Denver"),
        pytest.param("2026-11-20T09:00:00Z", "refused", id="on the day that it began, at a time before"),
        pytest.param("2026-11-19T00:00:00Z", "refused", id="on the day before"),
        pytest.param("2026-11-21T00:00:00Z", "new", id="on the day after"),
    ],
)
def test_what_was_won_on_the_day_on_which_the_connection_began_is_asked_about(
    scene: Scene, day: str, answer: str
) -> None:
    """ConnectWise may tell the day alone, as midnight."""
    scene.psa.win(scene.opportunity)
    scene.psa.world.change("opportunities", scene.opportunity, {"closedDate": day})
    scene.clock.turn(days=1)
    list(scene.tool.poll(None))

    [found] = scene.look_up()

    held = [bool(line.held) for line in found.lines] if isinstance(found, OfferedQuote) else []
    assert ("refused" if isinstance(found, NotAccepted) else "asked" if any(held) else "new") == answer


def test_how_long_is_the_administrators_to_say() -> None:
    scene = Scene(oldest_days="400")
    scene.psa.win(scene.opportunity)
    scene.clock.turn(days=399)
    assert isinstance(scene.look_up()[0], OfferedQuote)


def test_an_opportunity_that_is_not_there_is_nothing_unless_it_was_deleted(scene: Scene) -> None:
    assert [type(found) for found in scene.tool.look_up({"opportunity": "999"})] == [NotAccepted]
    gone = scene.tool.look_up({"opportunity": "999", "deleted": True})
    assert isinstance(gone[0], Revoked)
    assert gone[0].key == QuoteKey(system="psa", id="999")


def test_a_message_that_says_deleted_is_not_believed(scene: Scene) -> None:
    scene.psa.win(scene.opportunity)
    content = {"opportunity": str(scene.opportunity), "deleted": True}
    assert [type(found) for found in scene.tool.look_up(content)] == [OfferedQuote]


@pytest.mark.parametrize("content", [{}, {"opportunity": "x"}, {"ticket": -1}, {"opportunity": None}, {"contact": 1}])
def test_a_nudge_about_nothing_is_unreadable(scene: Scene, content: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        scene.tool.look_up(content)


@pytest.mark.parametrize(
    ("row", "quantity"),
    [
        pytest.param({"quantity": 10.0}, "10", id="whole"),
        pytest.param({"quantity": 100.0}, "100", id="with noughts"),
        pytest.param({"quantity": 10, "quantityCancelled": 3.0}, "7", id="some cancelled"),
        pytest.param({"quantity": 2.5}, "2.5", id="a part"),
        pytest.param({"quantity": -1}, "-1", id="below zero"),
        pytest.param({"quantity": 0}, "0", id="none"),
        pytest.param({"quantity": 0.1, "quantityCancelled": 0.3}, "-0.2", id="exact"),
        pytest.param({"quantity": "ten"}, "ten", id="in words"),
        pytest.param({"quantity": None}, "", id="not said"),
        pytest.param({"quantity": True}, "", id="of another type"),
    ],
)
def test_the_net_quantity_counts_and_is_told_as_it_is(scene: Scene, row: dict[str, Any], quantity: str) -> None:
    line = scene.line(**row)
    assert (line.quantity, line.skipped) == (quantity, "")


@pytest.mark.parametrize(
    ("row", "why"),
    [
        pytest.param({"cancelledFlag": True}, "cancelled", id="cancelled"),
        pytest.param({"quantityCancelled": 3.0}, "cancelled", id="cancelled to the last"),
        pytest.param({"forecastDetailId": 7}, "left out of the forecast", id="not in the forecast"),
        pytest.param({"recurring": {}}, "not recurring", id="not recurring"),
    ],
)
def test_a_line_that_was_not_accepted_says_why(scene: Scene, row: dict[str, Any], why: str) -> None:
    once = scene.psa.item("CABLE", recurringFlag=False)
    row = {**row, "catalogItem": {"id": once}} if "recurring" in row else row
    number = scene.psa.opportunity(
        scene.company, [{**scene.psa.line(scene.item, 3), **row}, scene.psa.line(scene.item)]
    )
    scene.psa.world.forecasts[number] = [{"id": 7, "includeFlag": False}]
    scene.psa.win(number)
    [found] = scene.look_up(number)
    assert isinstance(found, OfferedQuote)
    assert [line.skipped for line in found.lines] == [why, ""]


def test_a_line_recurs_if_line_forecast_or_catalogue_says_so(scene: Scene) -> None:
    once = scene.psa.item("E3", recurringFlag=False)
    assert scene.line(catalogItem={"id": once}, recurring={"billCycleId": 2, "cycles": 12}).skipped == ""
    assert scene.line(catalogItem={"id": once}).skipped == "not recurring"


def test_lines_that_do_not_recur_are_kept_where_the_tenant_says_so() -> None:
    scene = Scene(not_recurring="order")
    once = scene.psa.item("PERPETUAL", recurringFlag=False)
    assert scene.line(catalogItem={"id": once}).skipped == ""


def test_a_sale_of_nothing_that_can_be_ordered_is_no_acceptance(scene: Scene) -> None:
    cable = scene.psa.item("CABLE", recurringFlag=False)
    number = scene.psa.opportunity(scene.company, [scene.psa.line(cable, 2)])
    scene.psa.win(number)
    [found] = scene.look_up(number)
    assert isinstance(found, NotAccepted)


def test_a_sale_without_products_is_a_persons_to_judge_until_they_are_pushed(scene: Scene) -> None:
    number = scene.psa.opportunity(scene.company, [])
    scene.psa.win(number)
    [before] = scene.look_up(number)
    scene.psa.world.add("products", {**scene.psa.line(scene.item, 3), "opportunity": {"id": number}})
    [after] = scene.look_up(number)
    assert isinstance(before, OfferedQuote)
    assert isinstance(after, OfferedQuote)
    assert (before.lines, [line.quantity for line in after.lines]) == ((), ["3"])
    assert before.key == after.key


def test_the_lines_own_words_come_before_the_catalogues(scene: Scene) -> None:
    assert scene.line(vendorSku="CFQ7:P1Y", integrationXRef="").keys == ("X-1", "CFQ7:P1Y", "CFQ7", "MS-E3", "M365-E3")


def test_the_order_of_trust_is_the_administrators_to_say() -> None:
    assert Scene(keys="identifier,vendorSku").line().keys == ("M365-E3", "CFQ7")


def test_an_item_that_is_gone_from_the_catalogue_leaves_what_the_line_says(scene: Scene) -> None:
    line = scene.line(catalogItem={"id": 999, "identifier": "OLD"}, vendorSku="V-1", recurring={"cycles": 1})
    assert line.keys == ("V-1", "OLD")


def test_the_vendor_says_whose_line_it_is_where_the_administrator_lists_vendors() -> None:
    scene = Scene(vendors="Pax8 Inc=pax8, Ingram")
    assert scene.line(vendor={"name": "PAX8 inc"}).marketplace == "pax8"
    assert scene.line(vendor={"name": "?", "identifier": "ingram"}).marketplace == ""
    assert scene.line(vendor={"name": "?", "identifier": "ingram"}).skipped == ""
    assert scene.line(vendor={"name": "Dell"}).skipped == "another vendor's"
    assert scene.line().skipped == ""


@pytest.mark.parametrize(
    ("row", "item", "term"),
    [
        pytest.param({"recurring": {"billCycleId": 2}}, {}, "Monthly", id="the line's, by its number"),
        pytest.param({"recurring": {"billCycle": {"id": 3, "name": "Yearly"}}}, {}, "Yearly", id="the line's, by name"),
        pytest.param({}, {"recurringBillCycle": {"id": 3, "name": "Annual"}}, "Annual", id="the catalogue's"),
        pytest.param(
            {"recurring": {"billCycleId": 2}},
            {"recurringBillCycle": {"id": 3, "name": "Annual"}},
            "Monthly",
            id="the line's before the catalogue's",
        ),
        pytest.param({"recurring": {"billCycleId": 99}}, {}, "", id="one that is not there"),
        pytest.param({}, {}, "", id="none"),
    ],
)
def test_the_term_is_the_tools_own_word(scene: Scene, row: dict[str, Any], item: dict[str, Any], term: str) -> None:
    scene.psa.world.table("cycles")[2] = {"id": 2, "name": "Monthly"}
    scene.psa.world.change("catalogue", scene.item, item)
    assert scene.line(**row).billing_term == term


def test_commitment_and_term_may_be_custom_fields() -> None:
    scene = Scene(commitment_field="Commitment", term_field="Term")
    fields = [{"caption": "commitment", "value": "1-Year"}, {"caption": "Term", "value": "Annual"}]
    line = scene.line(customFields=fields)
    assert (line.commitment, line.billing_term) == ("1-Year", "Annual")


def test_money_has_a_currency_or_is_none(scene: Scene) -> None:
    row = {**scene.psa.line(scene.item), "price": 36.1, "cost": "31.10"}
    [line] = scene.won(row, currency={"currencyCode": "usd"}).lines
    assert line.unit_price == Money(amount=Decimal("36.1"), currency="USD")
    assert line.unit_cost == Money(amount=Decimal("31.10"), currency="USD")
    [line] = scene.won(row, currency={"symbol": "$"}).lines
    assert line.unit_price is None


@pytest.mark.parametrize(
    ("value", "requested"),
    [
        pytest.param("2026-12-01T00:00:00Z", datetime(2026, 12, 1, 13, tzinfo=UTC), id="a day, as the field holds it"),
        pytest.param("2026-12-01", datetime(2026, 12, 1, 13, tzinfo=UTC), id="a day"),
        pytest.param("2026-12-01T09:30:00+01:00", datetime(2026, 12, 1, 8, 30, tzinfo=UTC), id="an instant"),
        pytest.param("next week", None, id="words"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_a_requested_day_may_be_a_custom_field(value: str, requested: datetime | None) -> None:
    scene = Scene(date_field="Go-live")
    quote = scene.won(scene.psa.line(scene.item), customFields=[{"caption": "Go-Live", "value": value}])
    assert quote.requested_at == requested


def test_without_products_the_forecast_is_what_was_sold(scene: Scene) -> None:
    number = scene.psa.opportunity(scene.company)
    item = {"id": scene.item, "identifier": "M365-E3"}
    scene.psa.world.forecasts[number] = [
        {"id": 1, "catalogItem": item, "quantity": 4.0, "includeFlag": True, "billCycle": {"id": 2, "name": "Monthly"}},
        {"id": 2, "catalogItem": item, "quantity": 9.0, "includeFlag": False},
        {"id": 3, "forecastType": "Service", "revenue": 100.0},
    ]
    scene.psa.win(number)
    [found] = scene.look_up(number)
    assert isinstance(found, OfferedQuote)
    told = [(line.id, line.quantity, line.billing_term, line.skipped) for line in found.lines]
    assert told == [
        ("forecast-1", "4", "Monthly", ""),
        ("forecast-2", "9", "", "left out of the forecast"),
    ]
    assert found.lines[0].keys[0] == "X-1"


def test_lines_are_read_over_all_pages(scene: Scene) -> None:
    scene.psa.routes.most = 25
    quote = scene.won(*[scene.psa.line(scene.item, number) for number in range(1, 61)])
    assert [line.quantity for line in quote.lines] == [str(number) for number in range(1, 61)]


def test_the_first_open_ticket_is_the_orders(scene: Scene) -> None:
    scene.psa.ticket(scene.company, opportunity=scene.opportunity, closedFlag=True)
    wanted = scene.psa.ticket(scene.company, opportunity=scene.opportunity)
    scene.psa.ticket(scene.company, opportunity=scene.opportunity)
    scene.psa.win(scene.opportunity)
    [found] = scene.look_up()
    assert isinstance(found, OfferedQuote)
    assert found.ticket == Ticket(system="psa", id=str(wanted))


@pytest.mark.parametrize(
    "path", ["opportunities/", "statuses", "products", "catalog", "companies", "contacts", "tickets"]
)
@pytest.mark.parametrize("fault", ["401", "429", "500", "html", "half", "odd", "hang", "302"])
def test_a_tool_that_cannot_be_read_is_a_fault_and_never_an_acceptance(fault: str, path: str) -> None:
    scene = Scene()
    scene.psa.win(scene.opportunity)
    scene.psa.fail(fault, path)
    with pytest.raises(ToolFault) as raised:
        scene.look_up()
    assert raised.value.passes is (fault not in ("401", "302"))
    assert raised.value.after == (7 if fault == "429" else None)
    assert isinstance(scene.look_up()[0], OfferedQuote)


def test_wrong_credentials_name_their_variables() -> None:
    scene = Scene(access(username="other"))
    with pytest.raises(ToolFault, match="QUOTEWAY_SOURCES__PSA__USERNAME") as raised:
        scene.look_up()
    assert "private" not in raised.value.sentence


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.just(2) | st.just({"id": 2}),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)
NAMES = (
    *("closedDate", "company", "contact", "currency", "customFields", "_info", "catalogItem", "quantity"),
    *("quantityCancelled", "vendor", "vendorSku", "recurring", "price", "cost", "forecastItems", "communicationItems"),
    *("member", "text", "board", "opportunity", "firstName", "country", "description", "forecastDetailId"),
)
RECORD = st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, JSON))


@settings(max_examples=60, deadline=None)
@given(RECORD, st.sampled_from(["opportunity", "ticket"]))
def test_whatever_the_tool_answers_nothing_but_what_can_be_meant_comes_of_it(record: dict[str, Any], kind: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path.endswith("/statuses"):
            return httpx.Response(200, json=[{"id": 2, "wonFlag": True}])
        whole = {**record, "id": 2, "status": {"id": 2, "name": "Won"}}
        listed = path.endswith(("/products", "/tickets", "/notes"))
        return httpx.Response(200, content=json.dumps([whole] if listed else whole))

    given_access, keys = access(accepted=("Won",)), MemoryKeyRing()
    Forerunners("psa", given_access.accepted, keys).remember(NOON, lambda _: ())
    tool = ConnectWise(connection(given_access), Connections(httpx.MockTransport(answer)), keys, lambda: NOON)
    found = tool.look_up({kind: "2"})
    assert all(isinstance(one, OfferedQuote | NotAccepted | Revoked | Moved | Reply) for one in found)


def test_what_the_statuses_mean_is_not_read_each_time(scene: Scene) -> None:
    scene.look_up()
    scene.look_up()
    assert sum("statuses" in request for request in scene.psa.requests) == 1
