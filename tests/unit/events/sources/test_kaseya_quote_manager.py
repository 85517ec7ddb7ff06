"""Kaseya Quote Manager: what a poll brings, what a sales order says, and how few calls may be made."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from events.connections import SourceConnection, SourceKind, ToolAccess
from events.sources.access import BadAccess
from events.sources.document import Unreadable
from events.sources.kaseya_quote_manager import make
from events.sources.kaseya_quote_manager.pace import CALLS_A_DAY, DAY, Pace
from events.sources.kaseya_quote_manager.simulator import SimulatedKaseya, line
from events.sources.keyring import MemoryKeyRing
from events.sources.mishaps import Mishap
from events.sources.tool import Checks, Found, NotAccepted, NotThereYet, Page, Polled, Pushes, Revoked, ToolFault
from pipeline.domain.money import Money
from pipeline.domain.offered import Link, OfferedLine, OfferedQuote
from pipeline.domain.quote import Person, QuoteKey
from pipeline.marketplaces.transport import Connections
from tests.unit.events.sources.polled import NOON, Turning, nudged, nudges


def connection(**fields: Any) -> SourceConnection:
    access = ToolAccess(**{"client_secret": SecretStr("key"), **fields})
    return SourceConnection("kqm", SourceKind.KASEYA_QUOTE_MANAGER, marketplaces=("pax8",), access=access)


class Scene:
    def __init__(self, **fields: Any) -> None:
        self.clock = Turning()
        self.kaseya = SimulatedKaseya(now=self.clock)
        self.connection = connection(**fields)
        self.tool = make(self.connection, Connections(httpx.MockTransport(self.kaseya)), MemoryKeyRing())
        self.tool._now = self.clock
        self.tool._api._pace._clock = lambda: self.clock().timestamp()

    def accepted(self, *lines: dict[str, Any], **fields: Any) -> str:
        lines = lines or (line(self.kaseya.sell("P-1")),)
        return str(self.kaseya.accept(self.kaseya.quote(), list(lines), **fields))

    def found(self, order: str) -> Found:
        (found,) = self.tool.look_up({"order": order})
        return found

    def offered(self, *lines: dict[str, Any], **fields: Any) -> OfferedQuote:
        found = self.found(self.accepted(*lines, **fields))
        assert isinstance(found, OfferedQuote)
        return found

    def line(self, **fields: Any) -> OfferedLine:
        (found,) = self.offered(line(self.kaseya.sell("P-1"), **fields)).lines
        return found


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_it_is_polled_and_checked_and_takes_no_webhook(scene: Scene) -> None:
    assert isinstance(scene.tool, Polled)
    assert isinstance(scene.tool, Checks)
    assert not isinstance(scene.tool, Pushes)


def test_a_key_that_lacks_is_named() -> None:
    with pytest.raises(BadAccess, match="QUOTEWAY_SOURCES__KQM__CLIENT_SECRET"):
        make(connection(client_secret=SecretStr("")), Connections(), MemoryKeyRing())


@pytest.mark.parametrize("told", ["0", "61", "many", "-1", "1.5", "9" * 5000])
def test_a_pace_that_is_not_allowed_is_refused(told: str) -> None:
    with pytest.raises(BadAccess, match="calls_per_minute"):
        make(connection(options={"calls_per_minute": told}), Connections(), MemoryKeyRing())


def test_a_quotes_sales_order_is_its_acceptance(scene: Scene) -> None:
    quote = scene.offered(line(scene.kaseya.sell("P-1"), 12.0))

    assert quote.key == QuoteKey(system="kqm", id="100")
    assert (quote.number, quote.accepted_at) == ("Q100", NOON)
    assert quote.accepted_by == Person(name="Dana Reyes", email="dana@contoso.example")
    assert quote.links == (
        Link(kind="kaseya:quote", id="100"),
        Link(kind="autotask:quote", id="7100"),
        Link(kind="autotask:opportunity", id="8100"),
    )
    assert (quote.customer.ref, quote.customer.name, quote.customer.address.country) == ("1", "Contoso Ltd", "US")
    (found,) = quote.lines
    assert (found.quantity, found.keys, found.marketplace) == ("12.0", ("P-1", "M-P-1", "OWN-P-1"), "pax8")
    assert (found.billing_term, found.commitment) == ("recurringType 2", "12")
    assert (found.unit_price, found.unit_cost, found.held, found.skipped) == (None, None, "", "")


@pytest.mark.parametrize(
    ("suppliers", "keys", "marketplace"),
    [
        (["Ingram"], ("Ingram/P-1", "M-P-1", "OWN-P-1"), ""),
        (["Pax8"], ("P-1", "M-P-1", "OWN-P-1"), "pax8"),
        (["Ingram", "Pax8"], ("8-P", "Ingram/P-1", "M-P-1", "OWN-P-1"), ""),
    ],
)
def test_a_suppliers_number_means_something_with_the_supplier_only(
    scene: Scene, suppliers: list[str], keys: tuple[str, ...], marketplace: str
) -> None:
    product = scene.kaseya.sell("P-1", suppliers[0])
    for each in suppliers[1:]:
        other = scene.kaseya.add("supplier", name=each)
        scene.kaseya.add("productsupplier", productID=product, supplierID=other, productNumber="8-P")
    (found,) = scene.offered(line(product)).lines
    assert (found.keys, found.marketplace) == (keys, marketplace)


@pytest.mark.parametrize(
    ("fields", "term", "commitment"),
    [
        ({}, "Annual", "12 months"),
        ({"recurringType": 9}, "recurringType 9", "12 months"),
        ({"recurringType": None, "recurringDuration": None}, "", ""),
        ({"recurringDuration": 0}, "Annual", ""),
        ({"isRecurring": False}, "", ""),
    ],
)
def test_what_the_numbers_of_recurring_mean_can_be_set(fields: dict[str, Any], term: str, commitment: str) -> None:
    scene = Scene(options={"recurring_type_1": "Monthly", "recurring_type_2": "Annual", "recurring_unit": "months"})
    found = scene.line(**fields)
    assert (found.billing_term, found.commitment) == (term, commitment)


def test_prices_are_read_where_their_currency_is_set() -> None:
    assert Scene(options={"currency": "AUD"}).line().unit_cost == Money(amount=Decimal("31.1"), currency="AUD")


@pytest.mark.parametrize("product", [None, 0, "", "../customer/1"])
def test_a_line_of_no_product_is_for_a_person(scene: Scene, product: Any) -> None:
    assert "no product" in scene.line(productID=product).held


def test_a_product_that_is_gone_leaves_its_line(scene: Scene) -> None:
    assert scene.line(productID=999).keys == ()


def test_lines_of_another_order_are_left_out_though_the_tool_gives_them(scene: Scene) -> None:
    order = scene.accepted()
    scene.accepted()
    ignoring = IgnoresFilters(scene.kaseya)
    tool = make(scene.connection, Connections(httpx.MockTransport(ignoring)), MemoryKeyRing())
    (found,) = tool.look_up({"order": order})
    assert isinstance(found, OfferedQuote)
    assert len(found.lines) == 1


class IgnoresFilters:
    def __init__(self, inner: SimulatedKaseya) -> None:
        self._inner = inner

    def __call__(self, request: httpx.Request) -> httpx.Response:
        bare = request.url.copy_remove_param("salesOrderID")
        return self._inner(httpx.Request(request.method, bare, headers=request.headers))


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"quoteID": None}, NotAccepted),
        ({"quoteID": 0}, NotAccepted),
        ({"status": 4}, OfferedQuote),
        ({"status": None}, OfferedQuote),
    ],
    ids=["from no quote", "from quote 0", "any status", "no status"],
)
def test_an_order_from_a_quote_counts_whatever_its_status(scene: Scene, fields: dict[str, Any], kind: type) -> None:
    assert isinstance(scene.found(scene.accepted(**fields)), kind)


@pytest.mark.parametrize(("status", "kind"), [(3, OfferedQuote), (1, NotAccepted), (9, Revoked)])
def test_which_statuses_count_can_be_set(status: int, kind: type) -> None:
    scene = Scene(accepted=("2", "3"), lost=("9",))
    assert isinstance(scene.found(scene.accepted(status=status)), kind)


def test_what_is_taken_back_is_the_quotes() -> None:
    scene = Scene(lost=("9",))
    assert scene.found(scene.accepted(status=9)) == Revoked(QuoteKey(system="kqm", id="100"))


def test_an_order_stands_though_its_quote_and_customer_are_gone(scene: Scene) -> None:
    order = scene.accepted(quoteID=555, customerID=666)
    found = scene.found(order)
    assert isinstance(found, OfferedQuote)
    assert (found.key.id, found.customer.ref, found.links) == ("555", "666", (Link(kind="kaseya:quote", id="555"),))


def test_an_order_that_is_listed_and_not_found_is_looked_for_again(scene: Scene) -> None:
    with pytest.raises(NotThereYet) as fault:
        scene.found("4242")
    assert (fault.value.code, fault.value.passes) == ("source.not_there", True)


@pytest.mark.parametrize("content", [{}, {"order": ""}, {"order": "../quote/1"}, {"order": 1.5}, {"order": [1]}])
def test_a_nudge_that_names_no_order_is_unreadable(scene: Scene, content: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        scene.tool.look_up(content)


def test_a_poll_brings_the_orders_that_were_made_from_quotes(scene: Scene) -> None:
    scene.accepted()
    scene.accepted(quoteID=None)

    pages = list(scene.tool.poll(None))

    assert nudged(pages) == ["100"]
    assert pages[-1].watermark == NOON


def test_an_unchanged_order_is_the_same_delivery_and_a_changed_one_is_another(scene: Scene) -> None:
    order = scene.accepted()
    (first,) = nudges(list(scene.tool.poll(None)))
    (again,) = nudges(list(scene.tool.poll(NOON)))
    scene.clock.turn(minutes=1)
    scene.kaseya.change("salesorder", int(order), status=9)
    (changed,) = nudges(list(scene.tool.poll(NOON)))
    assert first == again
    assert changed.delivery_id != first.delivery_id


def test_a_poll_goes_back_an_hour_behind_its_watermark_and_no_further(scene: Scene) -> None:
    scene.accepted()
    scene.clock.turn(hours=3)
    scene.accepted()
    scene.clock.turn(minutes=59)
    assert nudged(list(scene.tool.poll(scene.clock()))) == ["101"]


def test_an_old_order_that_is_shipped_after_the_first_poll_is_left_alone_at_the_cost_of_one_call(scene: Scene) -> None:
    old = scene.accepted()
    scene.clock.turn(days=3)
    assert list(scene.tool.poll(None))[-1].watermark == scene.clock() - timedelta(days=1)
    new = scene.accepted()
    scene.kaseya.change("salesorder", int(old), fulfillmentStatus=2)
    scene.kaseya.asked.clear()
    assert isinstance(scene.found(old), NotAccepted)
    assert len(scene.kaseya.asked) == 1
    assert isinstance(scene.found(new), OfferedQuote)


def approved(days: float, scene: Scene) -> Found:
    """An order that was made so many days before the connection began, and is approved two days after that."""
    order = scene.accepted(status=1)
    scene.clock.turn(days=days)
    list(scene.tool.poll(None))
    scene.clock.turn(days=2)
    scene.kaseya.change("salesorder", int(order), status=2)
    return scene.found(order)


def test_an_order_that_waited_for_its_approval_when_the_connection_began_is_accepted_with_it() -> None:
    found = approved(30, Scene(accepted=("2",)))
    assert isinstance(found, OfferedQuote)
    assert [each.held for each in found.lines] == [""]


def test_an_order_that_waited_longer_than_any_approval_takes_is_left_alone() -> None:
    assert isinstance(approved(100, Scene(accepted=("2",))), NotAccepted)


def test_an_order_that_was_approved_at_the_first_poll_stays_old() -> None:
    scene = Scene(accepted=("2",))
    order = scene.accepted(status=2)
    scene.clock.turn(days=3)
    list(scene.tool.poll(None))
    scene.kaseya.change("salesorder", int(order), fulfillmentStatus=2)
    assert isinstance(scene.found(order), NotAccepted)


def test_an_order_that_changed_between_the_first_poll_and_the_first_that_went_well_is_asked_about() -> None:
    scene = Scene(accepted=("2",))
    order = scene.accepted(status=1)
    scene.clock.turn(days=3)
    scene.kaseya.mishaps.add(Mishap.BROKEN)
    with pytest.raises(ToolFault):
        list(scene.tool.poll(None))
    scene.clock.turn(days=1)
    scene.kaseya.change("salesorder", int(order), status=2)
    list(scene.tool.poll(None))
    found = scene.found(order)
    assert isinstance(found, OfferedQuote)
    assert all("before this connection began" in each.held for each in found.lines)


@pytest.mark.parametrize("named", [True, False], ids=["the quote names the other", "the quote names none"])
def test_an_order_that_is_lost_takes_nothing_back_while_another_of_its_quote_stands(named: bool) -> None:
    scene = Scene(lost=("9",))
    first, second = scene.accepted(), str(scene.kaseya.accept(100, []))
    for each in (first, second):
        assert isinstance(scene.found(each), OfferedQuote)
    if not named:
        scene.kaseya.change("quote", 100, salesOrderId=None)

    scene.kaseya.change("salesorder", int(first), status=9)
    assert isinstance(scene.found(first), NotAccepted)

    scene.kaseya.change("salesorder", int(second), status=9)
    assert scene.found(first) == scene.found(second) == Revoked(QuoteKey(system="kqm", id="100"))


def test_times_without_a_zone_move_no_watermark_ahead_of_our_clock(scene: Scene) -> None:
    order = scene.accepted()
    scene.kaseya.rows["salesorder"][int(order)]["modifiedDate"] = "2026-11-20T22:00:00+00:00"
    assert list(scene.tool.poll(None))[-1].watermark == NOON


def test_all_pages_are_read_also_when_rows_move_meanwhile(scene: Scene) -> None:
    orders = [scene.kaseya.accept(number, []) for number in range(1, 251)]
    gone = [orders[0]]

    def pull(number: int) -> None:
        if number == 1 and gone:
            del scene.kaseya.rows["salesorder"][gone.pop()]

    scene.kaseya.between = pull
    assert {int(each) for each in nudged(list(scene.tool.poll(None)))} == set(range(1, 251))


def test_no_more_calls_are_made_than_are_allowed(scene: Scene) -> None:
    order = scene.accepted()
    for _ in range(6):
        scene.found(order)
    with pytest.raises(ToolFault) as fault:
        [scene.found(order) for _ in range(9)]
    assert len(scene.kaseya.asked) == 30
    assert (fault.value.passes, fault.value.after) == (True, 60.0)
    scene.clock.turn(seconds=61)
    assert isinstance(scene.found(order), OfferedQuote)


def test_a_large_order_is_read_in_several_attempts(scene: Scene) -> None:
    order = scene.accepted(*[line(scene.kaseya.sell(f"P-{number}")) for number in range(60)])
    attempts = 0
    found: Found | None = None
    while found is None and attempts < 20:
        attempts += 1
        try:
            found = scene.found(order)
        except ToolFault as fault:
            scene.clock.turn(seconds=(fault.after or 0) + 0.1)
    assert isinstance(found, OfferedQuote)
    assert len(found.lines) == 60
    assert len({each.keys for each in found.lines}) == 60


def test_a_refusal_of_the_tools_own_lets_all_of_this_process_rest(scene: Scene) -> None:
    scene.kaseya.mishaps.add(Mishap.THROTTLED)
    for _ in range(2):
        with pytest.raises(ToolFault) as fault:
            list(scene.tool.poll(None))
        assert fault.value.after == 7.0
    assert scene.kaseya.asked == []
    scene.clock.turn(seconds=8)
    list(scene.tool.poll(None))


def test_a_day_has_its_limit() -> None:
    now = [0.0]
    pace = Pace("KQM", 60, lambda: now[0])
    for _ in range(CALLS_A_DAY):
        now[0] += 1.1
        pace.take()
    with pytest.raises(ToolFault) as fault:
        pace.take()
    assert fault.value.after == pytest.approx(DAY - 1.1 * (CALLS_A_DAY - 1))


@pytest.mark.parametrize(
    "mishap", [Mishap.BROKEN, Mishap.HTML, Mishap.HALF_A_PAGE, Mishap.HANG_UP], ids=lambda each: each.value
)
def test_a_mishap_is_a_fault_that_passes(scene: Scene, mishap: Mishap) -> None:
    order = scene.accepted()
    for ask in (lambda: scene.tool.look_up({"order": order}), lambda: list(scene.tool.poll(None))):
        scene.kaseya.mishaps.add(mishap)
        with pytest.raises(ToolFault) as fault:
            ask()
        assert fault.value.passes


def test_a_row_that_cannot_be_read_holds_up_no_other_and_no_watermark_passes_it(scene: Scene) -> None:
    scene.accepted()
    bad = scene.accepted()
    scene.kaseya.rows["salesorder"][int(bad)]["id"] = None
    pages: list[Page] = []
    with pytest.raises(ToolFault, match="1 rows"):
        pages.extend(scene.tool.poll(None))
    assert nudged(pages) == ["100"]
    assert all(page.watermark is None for page in pages)


def test_a_wrong_key_is_said_with_its_variable_and_never_shown() -> None:
    scene = Scene(client_secret=SecretStr("hunter2"))
    (problem,) = scene.tool.check("").problems
    assert "QUOTEWAY_SOURCES__KQM__CLIENT_SECRET" in problem
    assert "hunter2" not in problem


def test_a_check_tells_how_statuses_are_taken(scene: Scene) -> None:
    assert "QUOTEWAY_SOURCES__KQM__ACCEPTED" in scene.tool.check("").notes[0]
    assert "no webhook" in Scene(accepted=("3",)).tool.check("").notes[0]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["id", "x"]), inner),
    max_leaves=4,
)
WHOLE = JSON | st.fixed_dictionaries(
    {}, optional=dict.fromkeys((*line(1), "id", "name", "salesOrderID", "productNumber", "supplierID", "status"), JSON)
)


@settings(max_examples=40, deadline=None)
@given(st.lists(WHOLE, max_size=3), WHOLE)
def test_whatever_the_tool_answers_it_is_read_or_unreadable_or_a_fault(rows: list[Any], other: Any) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        listed = request.url.path in ("/v1/salesorderline", "/v1/productsupplier")
        order = {**(other if isinstance(other, dict) else {}), "id": 5, "quoteID": 7}
        content = rows if listed else order if request.url.path == "/v1/salesorder/5" else other
        return httpx.Response(200, content=json_text(content))

    tool = make(connection(), Connections(httpx.MockTransport(answer)), MemoryKeyRing())
    try:
        (found,) = tool.look_up({"order": "5"})
    except (Unreadable, ToolFault):
        return
    assert isinstance(found, OfferedQuote)


def json_text(content: Any) -> bytes:
    return json.dumps(content).encode()
