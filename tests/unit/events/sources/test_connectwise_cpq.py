"""ConnectWise CPQ: what a poll brings, and what a quote says when it is read again."""

from collections.abc import Callable
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
from events.sources.answered import text
from events.sources.connectwise_cpq import make
from events.sources.connectwise_cpq.lines import Around, line_of
from events.sources.connectwise_cpq.reading import customer_of, links, refusal
from events.sources.connectwise_cpq.simulator import SimulatedCpq, item
from events.sources.document import Unreadable
from events.sources.keyring import MemoryKeyRing
from events.sources.mishaps import Mishap
from events.sources.tool import Checks, Found, NotAccepted, NotThereYet, Page, Polled, Pushes, Revoked, ToolFault
from pipeline.domain.money import Money
from pipeline.domain.offered import Link, OfferedLine, OfferedQuote
from pipeline.domain.quote import QuoteKey
from pipeline.marketplaces.transport import Connections
from tests.unit.events.sources.polled import NOON, Turning, nudged, nudges


def connection(**fields: Any) -> SourceConnection:
    given_access: dict[str, Any] = {"tenant": "acme", "username": "public", "password": SecretStr("private"), **fields}
    access = ToolAccess(**given_access)
    return SourceConnection("sell", SourceKind.CONNECTWISE_CPQ, marketplaces=("pax8",), access=access)


class Scene:
    def __init__(self, **fields: Any) -> None:
        self.clock = Turning()
        self.cpq = SimulatedCpq(now=self.clock)
        self.connection = connection(**fields)
        self.tool = make(self.connection, Connections(httpx.MockTransport(self.cpq)), MemoryKeyRing())
        self.tool._now = self.clock

    def accepted(self, *items: dict[str, Any], **fields: Any) -> str:
        quote_id = self.cpq.write(list(items) or [item(1, "P-1")], **fields)
        self.cpq.accept(quote_id)
        return quote_id

    def found(self, quote_id: str) -> Found:
        (found,) = self.tool.look_up({"quote": quote_id})
        return found

    def offered(self, *items: dict[str, Any], **fields: Any) -> OfferedQuote:
        found = self.found(self.accepted(*items, **fields))
        assert isinstance(found, OfferedQuote)
        return found

    def line(self, **fields: Any) -> OfferedLine:
        (found,) = self.offered(item(1, "P-1", **fields)).lines
        return found

    def watermark(self) -> Any:
        return list(self.tool.poll(None))[-1].watermark


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_it_is_polled_and_checked_and_takes_no_webhook(scene: Scene) -> None:
    assert isinstance(scene.tool, Polled)
    assert isinstance(scene.tool, Checks)
    assert not isinstance(scene.tool, Pushes)


@pytest.mark.parametrize("lacking", ["tenant", "username", "password"])
def test_a_credential_that_lacks_is_named(lacking: str) -> None:
    empty = SecretStr("") if lacking == "password" else ""
    with pytest.raises(BadAccess, match=f"QUOTEWAY_SOURCES__SELL__{lacking.upper()}"):
        make(connection(**{lacking: empty}), Connections(), MemoryKeyRing())


def test_an_accepted_quote_is_offered_in_cpqs_words(scene: Scene) -> None:
    quote = scene.offered(item(1, "P-1", 12.0), number=1042, version=3, crmOpportunityId="88")

    assert quote.key == QuoteKey(system="sell", id="1042", revision="3")
    assert (quote.number, quote.accepted_at) == ("1042", NOON)
    assert Link(kind="connectwise:opportunity", id="88") in quote.links
    assert Link(kind="cpq:quote", id="1042") in quote.links
    assert (quote.customer.name, quote.customer.address.city) == ("Contoso Ltd", "Denver")
    assert quote.customer.contacts[0].complete
    (line,) = quote.lines
    assert (line.keys, line.quantity, line.billing_term, line.commitment) == (
        ("P-1", "M-P-1"),
        "12.0",
        "Annual",
        "12 Months",
    )
    assert line.unit_cost == Money(amount=Decimal("31.1"), currency="USD")
    assert (line.product_id, line.marketplace, line.skipped, line.held) == ("", "", "", "")


def test_two_versions_are_two_revisions_of_one_quote(scene: Scene) -> None:
    one, two = scene.offered(number=7, version=1), scene.offered(number=7, version=2)
    assert (one.key.id, one.key.revision, two.key.id, two.key.revision) == ("7", "1", "7", "2")


@pytest.mark.parametrize(
    ("fields", "skipped"),
    [
        ({"isBundleHeader": True}, "header"),
        ({"isOptional": True}, "optional"),
        ({"isOptional": True, "isSelected": None}, "optional"),
        ({"isOptional": True, "isSelected": True}, ""),
        ({"isSelected": False}, ""),
    ],
    ids=["bundle header", "option not selected", "option of unknown selection", "option selected", "no option"],
)
def test_what_was_not_accepted_is_skipped(scene: Scene, fields: dict[str, Any], skipped: str) -> None:
    found = scene.line(**fields).skipped
    assert skipped in found
    assert bool(found) is bool(skipped)


@pytest.mark.parametrize(
    ("vendor", "keys", "marketplace"),
    [
        ("", ("P-1", "M-P-1"), ""),
        ("Pax8", ("P-1", "M-P-1"), "pax8"),
        ("Ingram Micro", ("Ingram Micro/P-1", "M-P-1"), ""),
    ],
)
def test_a_part_number_means_something_with_its_vendor_only(
    scene: Scene, vendor: str, keys: tuple[str, ...], marketplace: str
) -> None:
    line = scene.line(sourceVendorName=vendor)
    assert (line.keys, line.marketplace) == (keys, marketplace)


@pytest.mark.parametrize(
    ("fields", "term", "commitment"),
    [
        ({"period": "Quarterly"}, "Quarterly", "12 Months"),
        ({"period": "", "idRecurringRevenue": "rr-monthly"}, "Monthly", "12 Months"),
        ({"period": None, "idRecurringRevenue": ""}, "", ""),
        ({"period": None, "idRecurringRevenue": "gone"}, "", ""),
    ],
)
def test_terms_are_passed_on_and_never_guessed(
    scene: Scene, fields: dict[str, Any], term: str, commitment: str
) -> None:
    line = scene.line(**fields)
    assert (line.billing_term, line.commitment) == (term, commitment)


@pytest.mark.parametrize("quantity", [2.5, 0, -1, None, "3"])
def test_a_quantity_is_passed_on_as_written(scene: Scene, quantity: Any) -> None:
    assert scene.line(quantity=quantity).quantity == ("" if quantity is None else str(quantity))


def test_what_stands_on_an_optional_tab_is_for_a_person(scene: Scene) -> None:
    quote_id = scene.accepted()
    scene.cpq.tabs[-1]["isOptional"] = True
    found = scene.found(quote_id)
    assert isinstance(found, OfferedQuote)
    assert "optional tab" in found.lines[0].held


def test_a_line_whose_tab_cannot_be_read_is_for_a_person(scene: Scene) -> None:
    quote_id = scene.accepted()
    scene.cpq.tabs.clear()
    found = scene.found(quote_id)
    assert isinstance(found, OfferedQuote)
    assert "cannot be read" in found.lines[0].held


def test_tabs_are_found_by_either_field(scene: Scene) -> None:
    quote_id = scene.accepted()
    scene.cpq.tabs[-1].update(quote=None, idQuote=quote_id)
    found = scene.found(quote_id)
    assert isinstance(found, OfferedQuote)
    assert found.lines[0].held == ""


def test_optional_tabs_can_be_taken() -> None:
    scene = Scene(options={"optional_tabs": "accept"})
    quote_id = scene.accepted()
    scene.cpq.tabs[-1]["isOptional"] = True
    found = scene.found(quote_id)
    assert isinstance(found, OfferedQuote)
    assert found.lines[0].held == ""


@pytest.mark.parametrize(
    ("fields", "why"),
    [({"isArchive": True}, "archived"), ({"orderPorterSignedDate": None, "wonOrLostDate": "soon"}, "when")],
)
def test_an_acceptance_that_is_in_doubt_is_for_a_person(scene: Scene, fields: dict[str, Any], why: str) -> None:
    quote_id = scene.accepted()
    scene.cpq.change(quote_id, **fields)
    found = scene.found(quote_id)
    assert isinstance(found, OfferedQuote)
    assert why in found.lines[0].held


def test_an_acceptance_without_a_time_can_be_taken() -> None:
    scene = Scene(options={"undated": "accept"})
    quote_id = scene.accepted()
    scene.cpq.change(quote_id, orderPorterSignedDate=None)
    found = scene.found(quote_id)
    assert isinstance(found, OfferedQuote)
    assert (found.accepted_at, found.lines[0].held) == (None, "")


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"isAccepted": False, "isOrderPorterApproved": True}, NotAccepted),
        ({"isAccepted": None}, NotAccepted),
        ({"isAccepted": "True"}, NotAccepted),
        ({"isRequestTemplate": True}, NotAccepted),
        ({"isLost": True}, Revoked),
        ({"isLost": True, "isAccepted": False}, Revoked),
    ],
)
def test_what_is_no_acceptance_is_told_apart(scene: Scene, fields: dict[str, Any], kind: type) -> None:
    quote_id = scene.accepted()
    scene.cpq.change(quote_id, **fields)
    assert isinstance(scene.found(quote_id), kind)


def test_a_lost_quote_takes_back_its_own_version(scene: Scene) -> None:
    quote_id = scene.accepted(number=9, version=2)
    scene.cpq.change(quote_id, isLost=True)
    assert scene.found(quote_id) == Revoked(QuoteKey(system="sell", id="9", revision="2"))


@pytest.mark.parametrize(
    ("fields", "options", "kinds"),
    [
        ({"crmOpportunityId": "5"}, {}, {"cpq:quote", "connectwise:opportunity"}),
        (
            {"crmOpportunityId": "5", "autoTaskQuoteNumber": "6"},
            {},
            {"cpq:quote", "autotask:opportunity", "autotask:quote"},
        ),
        ({"crmOpportunityId": "5"}, {"crm": "Salesforce"}, {"cpq:quote", "salesforce:opportunity"}),
        ({}, {}, {"cpq:quote"}),
    ],
)
def test_a_quote_is_linked_to_its_opportunity(fields: dict[str, Any], options: dict[str, str], kinds: set[str]) -> None:
    found = links({"quoteNumber": 1, **fields}, "q-1", connection(options=options))
    assert {each.kind for each in found} == kinds


def test_customers_who_share_an_account_number_are_two(scene: Scene) -> None:
    one, two = scene.offered(accountName="Contoso Ltd").customer, scene.offered(accountName="Fabrikam").customer
    assert one.ref != two.ref
    assert customer_of({"accountName": "Fabrikam"}, []).ref == ""


def test_a_quote_that_is_listed_and_not_found_is_looked_for_again(scene: Scene) -> None:
    with pytest.raises(NotThereYet) as fault:
        scene.found("gone")
    assert (fault.value.code, fault.value.passes) == ("source.not_there", True)


@pytest.mark.parametrize("content", [{}, {"quote": ""}, {"quote": '" or 1'}, {"quote": 5.5}, {"quote": "../users"}])
def test_a_nudge_that_names_no_quote_is_unreadable(scene: Scene, content: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        scene.tool.look_up(content)


def test_items_of_another_quote_are_never_taken_for_its_own(scene: Scene) -> None:
    quote_id = scene.accepted()
    scene.cpq.items.append({**item(2, "P-2"), "idQuote": "another"})
    ignoring = IgnoresConditions(scene.cpq)
    tool = make(scene.connection, Connections(httpx.MockTransport(ignoring)), MemoryKeyRing())
    with pytest.raises(Unreadable):
        tool.look_up({"quote": quote_id})


class IgnoresConditions:
    def __init__(self, inner: SimulatedCpq) -> None:
        self._inner = inner

    def __call__(self, request: httpx.Request) -> httpx.Response:
        bare = request.url.copy_remove_param("conditions")
        return self._inner(httpx.Request(request.method, bare, headers=request.headers))


def test_a_poll_brings_what_was_accepted_and_what_was_lost(scene: Scene) -> None:
    accepted, lost = scene.accepted(), scene.cpq.write([item(1, "P-1")])
    scene.cpq.change(lost, isLost=True)
    scene.cpq.write([item(1, "P-1")])

    pages = list(scene.tool.poll(None))

    assert nudged(pages) == [accepted, lost]
    assert pages[-1].watermark == NOON


def test_an_unchanged_quote_is_the_same_delivery_and_a_changed_one_is_another(scene: Scene) -> None:
    quote_id = scene.accepted()
    (first,) = nudges(list(scene.tool.poll(None)))
    (again,) = nudges(list(scene.tool.poll(NOON)))
    scene.clock.turn(minutes=1)
    scene.cpq.change(quote_id)
    (changed,) = nudges(list(scene.tool.poll(NOON)))
    assert first == again
    assert changed.delivery_id != first.delivery_id


def test_a_quote_that_was_changed_on_a_day_is_another_delivery_each_hour_until_the_day_is_over(scene: Scene) -> None:
    """CPQ may tell no time: a second change on the same day looks like the first."""
    quote_id = scene.accepted()
    scene.cpq.change(quote_id, modifyDate=f"{NOON:%Y-%m-%d}T00:00:00")

    told = []
    for hours in (0, 0.5, 1, 48, 1):
        scene.clock.turn(hours=hours)
        (nudge,) = nudges(list(scene.tool.poll(NOON)))
        told.append(nudge.delivery_id)

    first, soon, later, over, at_last = told
    assert first == soon
    assert len({first, later, over}) == 3
    assert over == at_last


def test_a_poll_goes_back_a_day_behind_its_watermark_and_no_further(scene: Scene) -> None:
    old = scene.accepted()
    scene.clock.turn(days=2)
    late = scene.accepted()
    scene.clock.turn(hours=23)
    assert nudged(list(scene.tool.poll(scene.clock()))) == [late]
    assert old not in nudged(list(scene.tool.poll(scene.clock())))


def test_an_old_acceptance_that_is_edited_after_the_first_poll_is_left_alone(scene: Scene) -> None:
    old = scene.accepted()
    scene.clock.turn(days=3)
    assert scene.watermark() == scene.clock() - timedelta(days=1)
    new = scene.accepted()
    scene.cpq.change(old)
    assert isinstance(scene.found(old), NotAccepted)
    assert isinstance(scene.found(new), OfferedQuote)


def begun(scene: Scene, *, signed: bool = True) -> str:
    """A quote that stands open when the connection begins, two days after it was signed; its id."""
    quote_id = scene.cpq.write([item(1, "P-1")])
    if signed:
        scene.cpq.change(quote_id, orderPorterSignedDate=NOON.isoformat(), isOrderPorterApproved=True)
    scene.clock.turn(days=2)
    scene.watermark()
    scene.clock.turn(days=2)
    return quote_id


def test_a_quote_that_was_signed_before_the_connection_and_is_marked_as_accepted_after_it_is_asked_about(
    scene: Scene,
) -> None:
    quote_id = begun(scene)
    scene.cpq.change(quote_id, isAccepted=True)

    found = scene.found(quote_id)

    assert isinstance(found, OfferedQuote)
    (line,) = found.lines
    assert line.held.startswith("the quote was accepted on 2026-11-20, which may be before this connection began")


def test_a_quote_that_was_signed_before_the_connection_and_won_after_it_is_offered(scene: Scene) -> None:
    quote_id = begun(scene)
    scene.cpq.change(quote_id, isAccepted=True, wonOrLostDate=scene.clock().isoformat())

    found = scene.found(quote_id)

    assert isinstance(found, OfferedQuote)
    assert [line.held for line in found.lines] == [""]


def test_what_was_accepted_at_the_first_poll_stays_old_though_its_date_is_changed_to_a_later_one(scene: Scene) -> None:
    old = scene.accepted()
    scene.clock.turn(days=3)
    scene.watermark()
    scene.clock.turn(days=1)
    scene.cpq.change(old, wonOrLostDate=scene.clock().isoformat())

    assert isinstance(scene.found(old), NotAccepted)


def test_trying_the_connection_out_begins_nothing(scene: Scene) -> None:
    list(scene.tool.poll(scene.clock() - timedelta(days=1)))
    quote_id = begun(scene)
    scene.cpq.change(quote_id, isAccepted=True)

    assert isinstance(scene.found(quote_id), OfferedQuote)


def test_an_acceptance_that_is_set_back_to_open_is_found_and_taken_back(scene: Scene) -> None:
    begun(scene)
    quote_id = scene.accepted(number=9)
    assert isinstance(scene.found(quote_id), OfferedQuote)
    scene.clock.turn(minutes=1)
    scene.cpq.change(quote_id, isAccepted=False, quoteStatus="Open")

    assert quote_id in nudged(list(scene.tool.poll(scene.clock())))
    assert scene.found(quote_id) == Revoked(QuoteKey(system="sell", id="9", revision="1"))


def test_open_quotes_that_were_never_accepted_are_not_read_one_by_one(scene: Scene) -> None:
    quote_id = begun(scene)
    scene.cpq.change(quote_id, name="Another name")

    assert nudged(list(scene.tool.poll(scene.clock()))) == []


def test_an_old_acceptance_that_is_set_back_and_given_again_is_new(scene: Scene) -> None:
    old = scene.accepted()
    scene.clock.turn(days=3)
    mark = scene.watermark()
    scene.cpq.change(old, isAccepted=False)
    (nudge,) = nudges(list(scene.tool.poll(mark)))
    assert isinstance(scene.found(nudge.content["quote"]), NotAccepted)
    scene.clock.turn(minutes=1)
    scene.cpq.accept(old)

    assert isinstance(scene.found(old), OfferedQuote)


@pytest.mark.parametrize("largest", [50, 200, 1000])
def test_all_pages_are_read(scene: Scene, largest: int) -> None:
    scene.cpq.largest = largest
    ids = {scene.accepted() for _ in range(210)}
    assert set(nudged(list(scene.tool.poll(None)))) == ids


def lost(scene: Scene, ids: list[str]) -> None:
    scene.cpq.change(ids[0], isAccepted=False)


def come_in(scene: Scene, _: list[str]) -> None:
    scene.accepted()


@pytest.mark.parametrize("shift", [lost, come_in])
def test_a_list_that_shifts_while_it_is_read_loses_no_quote(
    scene: Scene, shift: Callable[[Scene, list[str]], None]
) -> None:
    scene.cpq.largest = 50
    ids = [scene.accepted() for _ in range(120)]
    shifts = [lambda: shift(scene, ids)]
    scene.cpq.between = lambda number: shifts.pop()() if number == 1 and shifts else None
    assert set(nudged(list(scene.tool.poll(None)))) >= set(ids[1:])


def test_all_items_of_a_large_quote_are_read(scene: Scene) -> None:
    scene.cpq.largest = 25
    quote = scene.offered(*[item(number, f"P-{number}") for number in range(60)])
    assert [line.id for line in quote.lines] == [f"item-{number}" for number in range(60)]


@pytest.mark.parametrize(
    ("mishap", "after"),
    [
        (Mishap.THROTTLED, 7.0),
        (Mishap.BROKEN, None),
        (Mishap.HTML, None),
        (Mishap.HALF_A_PAGE, None),
        (Mishap.HANG_UP, None),
    ],
)
def test_a_mishap_is_a_fault_that_passes(scene: Scene, mishap: Mishap, after: float | None) -> None:
    quote_id = scene.accepted()
    for ask in (lambda: scene.tool.look_up({"quote": quote_id}), lambda: list(scene.tool.poll(None))):
        scene.cpq.mishaps.add(mishap)
        with pytest.raises(ToolFault) as fault:
            ask()
        assert (fault.value.passes, fault.value.after) == (True, after)


@pytest.mark.parametrize("answer", [{"message": "no list"}, [1, 2], None, "quotes"])
def test_a_page_that_is_no_list_of_quotes_is_a_fault_and_never_empty(answer: Any) -> None:
    always = httpx.MockTransport(lambda _: httpx.Response(200, json=answer))
    tool = make(connection(), Connections(always), MemoryKeyRing())
    with pytest.raises(ToolFault):
        list(tool.poll(None))


def test_a_row_that_cannot_be_read_holds_up_no_other_and_no_watermark_passes_it(scene: Scene) -> None:
    good, bad = scene.accepted(), scene.accepted()
    scene.cpq.quotes[bad]["id"] = None
    pages: list[Page] = []
    with pytest.raises(ToolFault, match="1 rows"):
        pages.extend(scene.tool.poll(None))
    assert nudged(pages) == [good]
    assert all(page.watermark is None for page in pages)


def test_wrong_credentials_are_said_with_the_variables_and_never_shown() -> None:
    scene = Scene(password=SecretStr("hunter2"))
    problems = scene.tool.check("").problems
    assert "QUOTEWAY_SOURCES__SELL__PASSWORD" in problems[0]
    assert "hunter2" not in problems[0]


def test_a_check_tells_of_a_user_who_does_not_see_all_quotes(scene: Scene) -> None:
    assert "no webhooks" in scene.tool.check("").notes[0]
    scene.cpq.users.append({"id": "u-2", "isApiUser": True, "canAccessAllQuotes": False})
    assert "may not see all quotes" in scene.tool.check("").notes[0]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["id", "x"]), inner),
    max_leaves=4,
)


ITEMS = st.fixed_dictionaries({}, optional=dict.fromkeys(item(1, "P"), JSON))


@settings(max_examples=40, deadline=None)
@given(ITEMS, st.dictionaries(st.text(max_size=3), JSON))
def test_whatever_a_quote_holds_it_is_read_or_unreadable(row: dict[str, Any], other: dict[str, Any]) -> None:
    around = Around(connection(), {"": other}, {"": {"duration": row.get("quantity"), **other}}, row.get("period"))
    customer_of({"accountName": row.get("id"), "customer": other}, [other])
    refusal({"isAccepted": row.get("id"), "quoteStatus": row.get("period")}, QuoteKey(system="s", id="1"))
    try:
        assert isinstance(line_of(row, around), OfferedLine)
    except Unreadable:
        assert not text(row.get("id"))
