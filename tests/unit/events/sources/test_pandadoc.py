"""PandaDoc: what is genuine, arrays of events, both shapes of pricing, the poll and the webhook's subscription."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
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
from events.sources.access import BadAccess
from events.sources.document import Unreadable
from events.sources.keyring import MemoryKeyRing
from events.sources.mishaps import Mishap
from events.sources.pandadoc import make
from events.sources.pandadoc.messages import EVENT_ID, genuine, read
from events.sources.pandadoc.pricing import lines
from events.sources.pandadoc.simulator import PandaDocSimulator
from events.sources.pandadoc.source import PandaDoc
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
URL = "https://quoteway.example/in/proposals"
KEY = "pandadoc-shared-key"
CONNECTION = SourceConnection(
    name="proposals",
    kind=SourceKind.PANDADOC,
    secrets=(KEY,),
    access=ToolAccess(client_secret=SecretStr("pandadoc-key")),
)
ITEM = {"id": "i1", "sku": "M365-E3", "name": "Microsoft 365 E3", "qty": "10", "price": "36.00", "cost": "31.10"}
QUOTE = {"quotes": [{"currency": "EUR", "sections": [{"items": [{**ITEM, "options": {"selected": True}}]}]}]}
TABLE = {"tables": [{"currency": "EUR", "items": [ITEM]}]}


@pytest.fixture
def pandadoc() -> PandaDocSimulator:
    simulator = PandaDocSimulator(now=lambda: NOW)
    simulator.document("doc1", QUOTE, status="document.completed")
    return simulator


def connected(
    simulator: PandaDocSimulator, connection: SourceConnection = CONNECTION, keys: MemoryKeyRing | None = None
) -> PandaDoc:
    return PandaDoc(connection, Connections(httpx.MockTransport(simulator)), keys or MemoryKeyRing(), now=simulator.now)


def of(access: dict[str, Any]) -> SourceConnection:
    return replace(CONNECTION, access=replace(CONNECTION.access, **access))


def found(simulator: PandaDocSimulator, connection: SourceConnection = CONNECTION) -> object:
    (one,) = connected(simulator, connection).look_up({"document": "doc1"})
    return one


def offered(simulator: PandaDocSimulator, connection: SourceConnection = CONNECTION) -> OfferedQuote:
    quote = found(simulator, connection)
    assert isinstance(quote, OfferedQuote)
    return quote


def test_it_can_push_be_polled_be_checked_and_be_registered(pandadoc: PandaDocSimulator) -> None:
    source = connected(pandadoc)

    assert isinstance(source, Pushes)
    assert isinstance(source, Polled)
    assert isinstance(source, Checks)
    assert isinstance(source, Registers)


def test_it_is_not_made_without_an_api_key() -> None:
    with pytest.raises(BadAccess, match="QUOTEWAY_SOURCES__PROPOSALS__CLIENT_SECRET"):
        make(replace(CONNECTION, access=ToolAccess()), Connections(), MemoryKeyRing())


def test_it_is_made_of_a_connection_that_has_them_and_opens_nothing() -> None:
    assert isinstance(make(CONNECTION, Connections(), MemoryKeyRing()), PandaDoc)


# What is genuine


def test_what_pandadoc_signs_is_genuine(pandadoc: PandaDocSimulator) -> None:
    assert connected(pandadoc).genuine(pandadoc.webhook("doc1")) is Genuine.YES


def test_either_of_two_shared_keys_serves_while_they_are_changed(pandadoc: PandaDocSimulator) -> None:
    assert genuine(pandadoc.webhook("doc1"), ("another", KEY)) is Genuine.YES


def test_without_a_shared_key_nothing_is_genuine(pandadoc: PandaDocSimulator) -> None:
    pandadoc.shared_key = ""

    assert genuine(pandadoc.webhook("doc1"), ()) is Genuine.NO
    assert genuine(pandadoc.webhook("doc1"), ("",)) is Genuine.NO


def test_each_byte_of_the_signature_counts(pandadoc: PandaDocSimulator) -> None:
    post = pandadoc.webhook("doc1")

    for place in range(len("signature="), len(post.query)):
        other = "0" if post.query[place] != "0" else "1"
        altered = replace(post, query=post.query[:place] + other + post.query[place + 1 :])
        assert genuine(altered, (KEY,)) is Genuine.NO


@pytest.mark.parametrize(
    "altered",
    [
        pytest.param(lambda post: replace(post, body=post.body + b" "), id="a byte more"),
        pytest.param(lambda post: replace(post, body=post.body.replace(b"doc1", b"doc2")), id="another document"),
        pytest.param(
            lambda post: replace(post, body=json.dumps(json.loads(post.body), indent=1).encode()),
            id="the right signature over a body written again",
        ),
        pytest.param(lambda post: replace(post, query=""), id="no signature"),
        pytest.param(lambda post: replace(post, query=f"{post.query}&{post.query}"), id="two signatures"),
        pytest.param(lambda post: replace(post, query="signature=%F0%9F"), id="a signature that is no text"),
        pytest.param(lambda post: replace(post, query="&".join(["a=1"] * 999)), id="a query of many fields"),
        pytest.param(lambda post: replace(post, headers={"signature": post.query[10:]}, query=""), id="in a header"),
    ],
)
def test_what_was_altered_is_not_genuine(pandadoc: PandaDocSimulator, altered: Callable[[Post], Post]) -> None:
    assert genuine(altered(pandadoc.webhook("doc1")), (KEY,)) is Genuine.NO


# What it says


def test_an_array_gives_a_nudge_for_each_completed_document(pandadoc: PandaDocSimulator) -> None:
    pandadoc.document("doc2")
    pandadoc.document("doc3", status="document.voided")

    nudges = connected(pandadoc).read(pandadoc.webhook("doc1", "doc2", "doc3", event_id="e7"))

    assert [(nudge.content, nudge.delivery_id) for nudge in nudges] == [
        ({"document": "doc1"}, "e7:0"),
        ({"document": "doc3"}, "e7:2"),
    ]


def test_a_replay_is_known_by_the_event_s_id(pandadoc: PandaDocSimulator) -> None:
    source = connected(pandadoc)
    one, again, other = (source.read(pandadoc.webhook("doc1", event_id=event_id)) for event_id in ("e1", "e1", "e2"))

    assert one[0].delivery_id == again[0].delivery_id != other[0].delivery_id


def test_without_its_header_a_delivery_is_known_by_what_happened(pandadoc: PandaDocSimulator) -> None:
    post = replace(pandadoc.webhook("doc1"), headers={})

    one, again = (connected(pandadoc).read(post)[0].delivery_id for _ in range(2))

    assert one
    assert one == again


def test_one_recipient_s_signature_is_not_the_document_s(pandadoc: PandaDocSimulator) -> None:
    assert connected(pandadoc).read(pandadoc.webhook("doc1", event="recipient_completed")) == []


def test_where_an_order_waits_for_payment_completion_is_nothing(pandadoc: PandaDocSimulator) -> None:
    waits = of({"accepted": ("document.paid",)})

    assert connected(pandadoc, waits).read(pandadoc.webhook("doc1")) == []
    assert isinstance(found(pandadoc, waits), NotAccepted)
    pandadoc.change("doc1", status="document.paid")
    assert len(connected(pandadoc, waits).read(pandadoc.webhook("doc1"))) == 1
    assert isinstance(found(pandadoc, waits), OfferedQuote)


def event(**data: object) -> bytes:
    return json.dumps([{"event": "document_state_changed", "data": data}]).encode()


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        pytest.param(b"", "empty", id="nothing"),
        pytest.param(b'"text"', "array", id="text"),
        pytest.param(b"[1]", "object", id="an array of numbers"),
        pytest.param(b"[" * 100_000, "nested deeper", id="deep"),
        pytest.param(b"a=1&b=2", "must be JSON", id="a form instead of JSON"),
        pytest.param(b"\x1f\x8b\x08", "UTF-8", id="compressed"),
        pytest.param(b"[" + b",".join([b"{}"] * 501) + b"]", "more than 500", id="too many events"),
        pytest.param(event(), "status of a document", id="an event without data"),
        pytest.param(event(status="document.completed", id="../contacts"), "id of a document", id="an id with a path"),
        pytest.param(event(status="document.completed", id={}), "id of a document", id="an id of another type"),
    ],
)
def test_what_cannot_be_read_is_told_in_words(body: bytes, sentence: str) -> None:
    with pytest.raises(Unreadable, match=sentence):
        read(Post(body=body), CONNECTION.access)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.sampled_from(["document.completed", "doc1"]),
    lambda part: (
        st.lists(part, max_size=4)
        | st.dictionaries(st.sampled_from(["event", "data", "id", "status"]), part, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(max_size=100), st.lists(JSON, max_size=4).map(lambda part: json.dumps(part).encode())))
def test_whatever_is_sent_is_refused_or_unreadable_and_nothing_else(body: bytes) -> None:
    assert genuine(Post(query="signature=0", body=body), ("key",)) is Genuine.NO
    with suppress(Unreadable):
        assert all(isinstance(nudge, Nudge) for nudge in read(Post(body=body), CONNECTION.access))


# What a document says


def test_a_completed_document_is_offered_with_all_that_pandadoc_knows(pandadoc: PandaDocSimulator) -> None:
    quote = offered(pandadoc)

    assert (quote.key.system, quote.key.id, quote.key.revision) == ("proposals", "doc1", "")
    assert quote.accepted_at == datetime.fromtimestamp(NOW, UTC)
    assert quote.number == "REF-doc1"
    assert quote.customer.name == "Contoso Ltd"
    assert quote.customer.address.country == "US"
    assert quote.accepted_by is not None
    assert quote.accepted_by.name == "Dana Reyes"


@pytest.mark.parametrize("pricing", [pytest.param(QUOTE, id="a quote's"), pytest.param(TABLE, id="a table's")])
def test_both_shapes_of_pricing_say_the_same(pricing: dict[str, Any]) -> None:
    (line,) = lines({"pricing": pricing})

    assert (line.id, line.keys, line.quantity, line.skipped) == ("i1", ("M365-E3",), "10", "")
    assert line.unit_price is not None
    assert (line.unit_price.amount, line.unit_price.currency) == (Decimal("36.00"), "EUR")


def section(settings_: dict[str, object], options: dict[str, object]) -> dict[str, Any]:
    return {"quotes": [{"sections": [{"settings": settings_, "items": [{**ITEM, "options": options}]}]}]}


def table(options: dict[str, object]) -> dict[str, Any]:
    return {"tables": [{"items": [{**ITEM, "options": options}]}]}


@pytest.mark.parametrize(
    ("pricing", "skipped"),
    [
        pytest.param(section({}, {"selected": True}), False, id="chosen"),
        pytest.param(section({}, {}), False, id="without a choice"),
        pytest.param(section({}, {"selected": False}), True, id="not chosen"),
        pytest.param(section({"optional": True, "selected": False}, {"selected": True}), True, id="section left out"),
        pytest.param(section({"optional": True, "selected": True}, {"selected": True}), False, id="section chosen"),
        pytest.param(section({"optional": False, "selected": False}, {"selected": True}), False, id="section required"),
        pytest.param(table({}), False, id="in a table"),
        pytest.param(table({"optional": True, "optional_selected": False}), True, id="in a table, left out"),
        pytest.param(table({"optional": True, "optional_selected": True}), False, id="in a table, chosen"),
        pytest.param(table({"optional": False, "optional_selected": False}), False, id="in a table, required"),
        pytest.param(
            table({"multichoice_enabled": True, "multichoice_selected": False}), True, id="in a table, another of many"
        ),
        pytest.param(table({"selected": False}), True, id="in a table, not selected"),
    ],
)
def test_what_was_not_chosen_is_skipped(pricing: dict[str, Any], skipped: bool) -> None:
    (line,) = lines({"pricing": pricing})

    assert bool(line.skipped) is skipped


@pytest.mark.parametrize(
    ("item", "wanted"),
    [
        pytest.param({"qty": "2.5"}, {"quantity": "2.5"}, id="a decimal quantity"),
        pytest.param(
            {"qty": None, "merged_data": {"custom_qty": "3.00"}}, {"quantity": "3.00"}, id="a custom quantity"
        ),
        pytest.param({"sku": "", "merged_data": {"custom_sku": "C-1"}}, {"keys": ("C-1",)}, id="a custom number"),
        pytest.param({"merged_data": {"custom_sku": "C-1"}}, {"keys": ("M365-E3", "C-1")}, id="both numbers"),
        pytest.param({"sku": None}, {"keys": ()}, id="no number at all"),
        pytest.param(
            {"billing_frequency": "monthly", "contract_term": "12 months"},
            {"billing_term": "monthly", "commitment": "12 months"},
            id="its terms, as they stand",
        ),
        pytest.param({"price": "1,036.50"}, {"price": "1036.50"}, id="a price with thousands"),
        pytest.param({"price": "free"}, {"price": ""}, id="a price that is none"),
        pytest.param({"id": None}, {"id": "quote-1-1-1"}, id="no id"),
    ],
)
def test_a_line_is_passed_on_as_it_is(item: dict[str, object], wanted: dict[str, object]) -> None:
    (line,) = lines(
        {"pricing": {"quotes": [{"sections": [{"items": [{**ITEM, **item}]}]}]}, "grand_total": {"currency": "USD"}}
    )

    price = str(line.unit_price.amount) if line.unit_price else ""
    assert {name: price if name == "price" else getattr(line, name) for name in wanted} == wanted


def test_lines_of_one_id_are_told_apart() -> None:
    made = lines({"pricing": {**QUOTE, **TABLE}})

    assert [line.id for line in made] == ["i1-1", "i1-2"]


@pytest.mark.parametrize(
    "pricing",
    [
        pytest.param(None, id="nothing"),
        pytest.param([], id="a list"),
        pytest.param({"quotes": 1, "tables": "x"}, id="of wrong types"),
        pytest.param({"quotes": [{"sections": [{"items": [1, None, "x"]}]}]}, id="of items that are none"),
    ],
)
def test_a_document_without_priced_lines_is_no_quote(pandadoc: PandaDocSimulator, pricing: object) -> None:
    pandadoc.change("doc1", pricing=pricing)

    assert found(pandadoc) == NotAccepted("The document has no priced lines: it is no quote.")


def test_metadata_and_linked_objects_join_it_with_other_channels(pandadoc: PandaDocSimulator) -> None:
    pandadoc.change(
        "doc1",
        metadata={
            "quoteway_marker": "QW-1",
            "connectwise_opportunity": "812",
            "ticket_system": "psa",
            "ticket_id": 4242,
        },
        linked_objects=[{"provider": "HubSpot", "entity_type": "deal", "entity_id": "77"}, {"provider": "x"}],
    )

    quote = offered(pandadoc)

    assert set(quote.links) == {
        Link(kind="quoteway:marker", id="QW-1"),
        Link(kind="connectwise:opportunity", id="812"),
        Link(kind="hubspot:deal", id="77"),
    }
    assert quote.ticket is not None
    assert (quote.ticket.system, quote.ticket.id) == ("psa", "4242")


def recipient(name: str, **fields: object) -> dict[str, Any]:
    return {
        "email": f"{name}@x.example",
        "first_name": name,
        "recipient_type": "signer",
        "has_completed": True,
        **fields,
    }


@pytest.mark.parametrize(
    ("recipients", "name"),
    [
        pytest.param([recipient("ann"), recipient("bob", role="Client")], "bob", id="by the role"),
        pytest.param([recipient("ann"), recipient("bob", roles=["client"])], "bob", id="by one of several roles"),
        pytest.param([recipient("ann")], "ann", id="the only one"),
        pytest.param(
            [recipient("ann", email="sales@partner.example"), recipient("bob")], "bob", id="who is none of the senders"
        ),
        pytest.param(
            [recipient("ann", recipient_type="CC"), recipient("bob")], "bob", id="who does not just get a copy"
        ),
        pytest.param([recipient("ann"), recipient("bob")], "", id="nobody, where it cannot be told"),
    ],
)
def test_who_accepted_is_told(pandadoc: PandaDocSimulator, recipients: list[dict[str, Any]], name: str) -> None:
    pandadoc.change("doc1", recipients=recipients)

    accepted_by = offered(pandadoc).accepted_by

    assert accepted_by is not None
    assert accepted_by.name == name


@pytest.mark.parametrize("status", ["document.voided", "document.declined"])
def test_a_document_that_was_voided_or_declined_was_taken_back(pandadoc: PandaDocSimulator, status: str) -> None:
    pandadoc.change("doc1", status=status)

    revoked = found(pandadoc)

    assert isinstance(revoked, Revoked)
    assert revoked.key.id == "doc1"


@pytest.mark.parametrize("status", ["document.draft", "document.viewed", "document.waiting_pay", "document.new_word"])
def test_any_other_state_is_not_accepted(pandadoc: PandaDocSimulator, status: str) -> None:
    pandadoc.change("doc1", status=status)

    assert found(pandadoc) == NotAccepted(f"The document is {status} at PandaDoc, which is not accepted.")


def test_a_document_that_is_not_found_is_looked_for_again(pandadoc: PandaDocSimulator) -> None:
    pandadoc.documents.clear()

    with pytest.raises(NotThereYet) as fault:
        found(pandadoc)
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
def test_a_tool_that_is_unwell_is_a_fault_in_words(pandadoc: PandaDocSimulator, mishap: Mishap, passes: bool) -> None:
    pandadoc.mishaps.add(mishap)

    with pytest.raises(ToolFault) as fault:
        found(pandadoc)

    assert fault.value.passes is passes
    assert "pandadoc-key" not in str(fault.value)
    assert fault.value.after == (7 if mishap is Mishap.THROTTLED else None)


# The poll

START = datetime.fromtimestamp(NOW, UTC)


class Clock:
    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> float:
        self.time += 60
        return self.time


@pytest.fixture
def busy() -> PandaDocSimulator:
    simulator = PandaDocSimulator(now=Clock(), largest_page=2)
    for number in range(1, 8):
        simulator.document(f"doc{number}", QUOTE, status="document.completed")
    return simulator


def polled(source: PandaDoc, since: datetime | None) -> tuple[list[str], datetime | None]:
    pages = list(source.poll(since))
    return [str(nudge.content["document"]) for page in pages for nudge in page.nudges], pages[-1].watermark


def test_all_that_was_completed_or_taken_back_is_found_over_pages(busy: PandaDocSimulator) -> None:
    busy.document("doc8")
    busy.document("doc9", status="document.voided")

    names, mark = polled(connected(busy), START)

    assert names == [*(f"doc{number}" for number in range(1, 8)), "doc9"]
    assert mark == datetime.fromisoformat(busy.documents["doc7"]["date_completed"])


def test_what_was_voided_after_its_completion_is_found_by_its_change(busy: PandaDocSimulator) -> None:
    since = datetime.fromtimestamp(busy.now(), UTC) + timedelta(hours=1)
    assert isinstance(busy.now, Clock)
    busy.now.time += 7200
    busy.change("doc1", status="document.declined")

    names, _ = polled(connected(busy), since)

    assert names == ["doc1"]


def test_a_page_that_shifts_while_it_is_read_loses_nothing(busy: PandaDocSimulator) -> None:
    def deletes(_: int) -> None:
        busy.documents.pop("doc1", None)

    busy.between = deletes

    names, _ = polled(connected(busy), START)

    assert set(names) == {f"doc{number}" for number in range(1, 8)}


def test_a_list_without_dates_of_completion_is_still_read_to_its_end(busy: PandaDocSimulator) -> None:
    busy.listed = ("id", "status", "date_modified")
    busy.change("doc1", name="touched")

    names, mark = polled(connected(busy), START)

    assert sorted(names) == [f"doc{number}" for number in range(1, 8)]
    assert mark == datetime.fromisoformat(busy.documents["doc1"]["date_modified"])


def test_the_first_poll_orders_nothing_of_the_past_and_sets_the_mark(busy: PandaDocSimulator) -> None:
    busy.now = lambda: NOW + 1_000_000

    assert polled(connected(busy), None) == ([], START + timedelta(seconds=1_000_000))


def test_a_document_completed_long_before_and_paid_now_is_not_bought(busy: PandaDocSimulator) -> None:
    keys = MemoryKeyRing()
    busy.now = lambda: NOW + 1_000_000
    list(connected(busy, keys=keys).poll(None))
    busy.change("doc1", status="document.paid")

    (one,) = connected(busy, keys=keys).look_up({"document": "doc1"})

    assert isinstance(one, NotAccepted)
    assert "by hand" in one.sentence


def test_a_poll_moves_no_mark_before_all_was_read(busy: PandaDocSimulator) -> None:
    assert [page.watermark for page in connected(busy).poll(START)][:-1].count(None) >= 4


# The webhook's subscription


def test_registering_makes_one_and_tells_the_key_that_must_be_set(pandadoc: PandaDocSimulator) -> None:
    pandadoc.shared_key = "new-key"

    sentence = connected(pandadoc).register(URL)

    assert sentence == (
        f"PandaDoc now sends to {URL}. Put its shared key into QUOTEWAY_SOURCES__PROPOSALS__SECRETS: new-key"
    )
    (made,) = pandadoc.subscriptions.values()
    assert (made["url"], made["triggers"]) == (URL, ["document_state_changed"])


def test_registering_again_leaves_what_is_there(pandadoc: PandaDocSimulator) -> None:
    source = connected(pandadoc)
    source.register(URL)

    assert source.register(URL) == f"PandaDoc sends to {URL} already."
    assert len(pandadoc.subscriptions) == 1
    assert source.check(URL).problems == ()


def test_one_that_is_off_is_raised_and_switched_on_again(pandadoc: PandaDocSimulator) -> None:
    source = connected(pandadoc)
    source.register(URL)
    (made,) = pandadoc.subscriptions.values()
    made.update(active=False, status="DEACTIVATED", triggers=["recipient_completed"])

    checked = source.check(URL)
    sentence = source.register(URL)

    assert checked.deactivated
    assert len(checked.problems) == 2
    assert sentence == f"PandaDoc sends to {URL} again."
    assert source.check(URL).problems == ()


def test_a_shared_key_that_is_not_set_is_a_problem(pandadoc: PandaDocSimulator) -> None:
    connected(pandadoc).register(URL)

    (problem,) = connected(pandadoc, replace(CONNECTION, secrets=("old",))).check(URL).problems

    assert "QUOTEWAY_SOURCES__PROPOSALS__SECRETS" in problem
    assert KEY not in problem


def test_a_webhook_that_is_not_there_is_a_problem_and_an_unknown_address_none(pandadoc: PandaDocSimulator) -> None:
    source = connected(pandadoc)

    assert source.check(URL).problems == (f"PandaDoc has no webhook to {URL}: register it.",)
    assert source.check("").problems == ()


def test_pandadoc_is_not_asked_to_send_in_the_clear(pandadoc: PandaDocSimulator) -> None:
    with pytest.raises(ToolFault, match="https"):
        connected(pandadoc).register("http://quoteway.example/in/proposals")


def test_the_header_s_name_is_in_lower_case() -> None:
    assert EVENT_ID.islower()
