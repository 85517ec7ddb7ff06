"""Tools' messages: taken in, verified later, read again at the tool, joined over channels, polled and checked."""

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, delete, select, text, update

from events.connections import SourceConnection, SourceKind
from events.errands import Errands
from events.reading import Reader, ReadOutcome, ReadResult
from events.sources.document import Unreadable, error
from events.sources.tool import (
    Answers,
    Checked,
    Found,
    Genuine,
    NotAccepted,
    NotThereYet,
    Nudge,
    Page,
    Post,
    Revoked,
    Tool,
    ToolFault,
)
from events.taking import keep_nudges, take_in
from pipeline.domain.customer import Customer
from pipeline.domain.offered import Link, OfferedLine, OfferedQuote
from pipeline.domain.product_map import to_accepted
from pipeline.domain.quote import QuoteKey, Ticket
from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState
from pipeline.moves import Rules
from pipeline.operations.answering import answer
from pipeline.operations.desk import Desk
from pipeline.runner import Runner
from pipeline.store import acts, arriving, counts, errands, event_list, orders, questions, quotes
from pipeline.store.acceptances import Arrival
from pipeline.store.database import Database
from pipeline.store.errands import ErrandKind
from pipeline.store.events import EventStatus
from pipeline.store.tables import (
    CONNECTIONS,
    ERRANDS,
    EVENTS,
    JOURNAL,
    ORDERS,
    QUESTIONS,
    QUOTE_LINKS,
    QUOTES,
    REVISIONS,
)
from tests.flow.house import until
from tests.integration.asgi_client import AsgiClient
from tests.integration.served_intake import a_database
from workers.web.app import create_app
from workers.web.intake import Bounds

MOMENT = datetime(2026, 11, 20, 10, tzinfo=UTC)
OPPORTUNITY = Link(kind="connectwise:opportunity", id="7")
SOURCES = {
    "quotes": SourceConnection("quotes", SourceKind.QUOTER, marketplaces=("pax8",), owner="dana"),
    "psa": SourceConnection("psa", SourceKind.CONNECTWISE, marketplaces=("pax8",), owner="dana"),
}


def offered(system: str, quote_id: str = "1", *, seats: str = "3", **changes: Any) -> OfferedQuote:
    """Three seats of one product, as a tool tells of it. Lines and customer are named in the tool's own way."""
    line = OfferedLine(id=f"{system}-1", quantity=seats, product_id="P-1", marketplace="pax8", billing_term="Monthly")
    given: dict[str, Any] = {
        "key": QuoteKey(system=system, id=quote_id),
        "customer": Customer(ref=f"{system}-42", name="Contoso"),
        "lines": (line,),
        "accepted_at": MOMENT,
        "links": (OPPORTUNITY,),
    }
    return OfferedQuote(**{**given, **changes})


@dataclass
class FarTool:
    """A tool whose state the test sets. Its key is fetched where it `hides` it."""

    system: str
    has: dict[str, Found] = field(default_factory=dict)
    fault: ToolFault | None = None
    hides: bool = False
    muddled: bool = False
    changed: list[Page] = field(default_factory=list)
    asked_since: list[datetime | None] = field(default_factory=list)
    found: Checked = field(default_factory=Checked)

    @property
    def answers(self) -> Answers:
        return Answers(stored=200, unreadable=200)

    def genuine(self, post: Post) -> Genuine:
        if self.hides:
            return Genuine.UNKNOWN
        return Genuine.YES if post.headers.get("signature") == "good" else Genuine.NO

    def evidence(self, post: Post) -> Mapping[str, Any]:
        return {"signature": post.headers.get("signature", "")}

    def verify(self, evidence: Mapping[str, Any], body: bytes) -> bool:
        del body
        self._fail()
        return bool(evidence["signature"] == "good")

    def read(self, post: Post) -> Sequence[Nudge]:
        try:
            ids = json.loads(post.body)["" if self.muddled else "quotes"]
        except (ValueError, KeyError, TypeError):
            raise Unreadable([error(["quotes"], "is required")]) from None
        return [nudge(each) for each in ids]

    def look_up(self, content: Mapping[str, Any]) -> Sequence[Found]:
        self._fail()
        return [self.has.get(content["quote"], NotAccepted("it is not accepted"))]

    def poll(self, since: datetime | None) -> Iterator[Page]:
        self.asked_since.append(since)
        for page in self.changed:
            yield page
            self._fail()

    def check(self, url: str) -> Checked:
        del url
        self._fail()
        return self.found

    def _fail(self) -> None:
        if self.fault is not None:
            raise self.fault


def nudge(quote_id: str, delivery: str | None = None) -> Nudge:
    return Nudge("quote.changed", {"quote": quote_id}, delivery)


@dataclass
class House:
    database: Database
    tools: dict[str, FarTool]

    def read_all(self) -> list[str]:
        reader = Reader(self.database, SOURCES, None, dict[str, Tool](self.tools))
        told = []
        while waiting := self._waiting():
            told += [reader.read(each).sentence for each in waiting]
        return told

    def accept(self, connection: Connection, quote: OfferedQuote) -> None:
        """As its tool tells of it, in the caller's transaction."""
        arrival = Arrival(quote.key.system, "dana", SOURCES["quotes"].deadline, of_tool=True)
        mapped = to_accepted(quote, (), "pax8", today=MOMENT.date())
        arriving.arrive(connection, self.database, mapped.quote, arrival, arriving.Extra(quote.links))

    def waits_for_a_turn(self) -> bool:
        here = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        waiting = text(f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND {here}")
        with self.database.transaction() as connection:
            return bool(connection.execute(waiting).scalar_one())

    def _waiting(self) -> Sequence[UUID]:
        open_still = [EventStatus.RECEIVED, EventStatus.UNVERIFIED]
        with self.database.transaction() as connection:
            chosen = select(EVENTS.c.id).where(EVENTS.c.status.in_(open_still), EVENTS.c.faults == 0)
            return connection.execute(chosen.order_by(EVENTS.c.received_at)).scalars().all()

    def tell(self, name: str, *quote_ids: str) -> list[str]:
        keep_nudges(self.database, name, [nudge(each) for each in quote_ids])
        return self.read_all()

    def orders(self) -> list[str]:
        with self.database.transaction() as connection:
            return list(connection.execute(select(ORDERS.c.state).order_by(ORDERS.c.created_at)).scalars())

    def asked(self) -> list[str]:
        with self.database.transaction() as connection:
            ids = connection.execute(select(ORDERS.c.id)).scalars().all()
            found = [one for each in ids for one in questions.of_order(connection, self.database, each)]
        return [f"{one.question.kind}: {one.question.text}" for one in found if one.open]

    def ref(self) -> str:
        with self.database.transaction() as connection:
            return str(connection.execute(select(ORDERS.c.ref)).scalar_one())

    def cancel(self) -> None:
        with self.database.transaction() as connection:
            order_id = connection.execute(select(ORDERS.c.id)).scalar_one()
            acts.request_cancel(connection, self.database, order_id, actor="dana", reason="ordered by hand")

    def answer(self, choice: str) -> None:
        """The one question of the newest order."""
        desk = Desk(self.database, {}, {}, Rules(timedelta(hours=24), timedelta(seconds=60)))
        with self.database.transaction() as connection:
            row = connection.execute(select(ORDERS).order_by(ORDERS.c.created_at.desc())).first()
            assert row is not None
            (asked,) = (one for one in questions.of_order(connection, self.database, row.id) if one.open)
        answer(desk, row.ref, row.version, {asked.id: [choice]}, actor="dana")

    def bought(self) -> list[int]:
        """The quantities of the orders that run, as their quotes in force have them."""
        with self.database.transaction() as connection:
            rows = connection.execute(select(ORDERS).where(ORDERS.c.state == OrderState.RUNNING)).all()
            snapshots = [quotes.snapshot(connection, self.database, row.revision_pk) for row in rows]
        return [line.quantity for each in snapshots for line in each.lines]

    def run_as_if_nobody_was_asked(self) -> None:
        with self.database.transaction() as connection:
            order_id = connection.execute(select(ORDERS.c.id)).scalar_one()
            orders.move(connection, order_id, None, state=OrderState.RUNNING, due_at=MOMENT)
        rules = Rules(timedelta(hours=24), timedelta(seconds=60))
        Runner(self.database, {}, {}, rules).run(order_id, Stage.RESOLVE_COMPANY, lambda _: False)

    def statuses(self) -> list[str]:
        with self.database.transaction() as connection:
            return sorted(one.status.value for one in event_list.listed(connection, self.database, limit=50))

    def errands(self) -> Errands:
        return Errands(self.database, SOURCES, dict[str, Tool](self.tools), "https://q.example")

    def empty(self) -> None:
        with self.database.transaction() as connection:
            for table in (QUESTIONS, JOURNAL, EVENTS, ORDERS, QUOTE_LINKS, REVISIONS, QUOTES, ERRANDS, CONNECTIONS):
                connection.execute(delete(table))


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    with a_database(database_url) as database:
        yield House(database, {name: FarTool(name) for name in SOURCES})


def event_id(house: House) -> UUID:
    with house.database.transaction() as connection:
        return UUID(str(connection.execute(select(EVENTS.c.id)).scalar_one()))


# One acceptance in two channels


MESSAGES = (("quotes", "Q1"), ("psa", "7"), ("quotes", "Q1"), ("psa", "7"), ("psa", "7"))


def test_five_messages_from_two_channels_in_any_order_are_one_order(house: House) -> None:
    house.tools["quotes"].has["Q1"] = offered("quotes", "Q1")
    house.tools["psa"].has["7"] = offered("psa", "7")

    for messages in sorted(set(permutations(MESSAGES))):
        for name, quote_id in messages:
            house.tell(name, quote_id)
        assert (house.orders(), house.asked()) == (["running"], []), messages
        house.empty()


def test_two_channels_at_the_same_moment_are_one_order(house: House) -> None:
    house.tools["quotes"].has["Q1"] = offered("quotes", "Q1")
    house.tools["psa"].has["7"] = offered("psa", "7")
    for name, quote_id in MESSAGES:
        keep_nudges(house.database, name, [nudge(quote_id)])
    reader = Reader(house.database, SOURCES, None, dict[str, Tool](house.tools))

    with ThreadPoolExecutor(5) as threads:
        told = list(threads.map(reader.read, house._waiting()))
    house.read_all()

    assert {each.outcome for each in told} <= {ReadOutcome.READ, ReadOutcome.PUT_OFF}
    assert (set(house.statuses()), house.orders(), house.asked()) == ({"read"}, ["running"], [])


def test_what_is_taken_back_while_somebody_still_looks_is_not_ordered(house: House) -> None:
    """The one that was told of the acceptance comes last, and has the older news."""
    tool = house.tools["quotes"]
    tool.has["Q1"] = offered("quotes", "Q1")
    keep_nudges(house.database, "quotes", [nudge("Q1", "first"), nudge("Q1", "second")])
    first, second = house._waiting()
    quick = Reader(house.database, SOURCES, None, dict[str, Tool](house.tools))

    class Slow(FarTool):
        def look_up(self, content: Mapping[str, Any]) -> Sequence[Found]:
            found = tool.look_up(content)
            tool.has["Q1"] = Revoked(QuoteKey(system="quotes", id="Q1"))
            quick.read(second)
            return found

    slow = Reader(house.database, SOURCES, None, {"quotes": Slow("quotes")})

    assert slow.read(first).outcome is ReadOutcome.PUT_OFF
    assert house.read_all() == ["taken back, and it was never accepted here"]
    assert (house.statuses(), house.orders()) == (["read", "read"], [])


def test_what_was_taken_back_and_is_accepted_again_is_asked_about_each_time(house: House) -> None:
    """Also where the tool tells no new time of it."""
    tool = house.tools["quotes"]
    for times in (1, 2):
        tool.has["Q1"] = offered("quotes", "Q1")
        house.tell("quotes", "Q1", "Q1")
        assert len(house.asked()) == times - 1
        if times == 2:
            assert "accepted once more" in house.asked()[0]
        tool.has["Q1"] = Revoked(QuoteKey(system="quotes", id="Q1"))
        house.tell("quotes", "Q1")

    assert house.orders() == ["cancelled"]


def test_a_link_that_is_told_late_stops_both_orders_with_a_question(house: House) -> None:
    house.tools["quotes"].has["Q1"] = offered("quotes", "Q1", links=())
    house.tools["psa"].has["7"] = offered("psa", "7")
    house.tell("quotes", "Q1")
    house.tell("psa", "7")
    house.tools["quotes"].has["Q1"] = offered("quotes", "Q1")

    house.tell("quotes", "Q1", "Q1")
    house.tell("psa", "7")

    assert house.orders() == ["asking", "asking"]
    assert ["turns out to be the same acceptance" in each for each in house.asked()] == [True, True]

    house.tools["quotes"].has["Q1"] = Revoked(QuoteKey(system="quotes", id="Q1"))
    assert house.tell("quotes", "Q1") == ["cancelled 1 order"]
    assert house.orders() == ["cancelled", "asking"]


@pytest.mark.parametrize("first", ["quotes", "psa"])
def test_two_quotes_that_name_one_ticket_and_nothing_else_are_asked_about(house: House, first: str) -> None:
    ticket = Ticket(system="psa", id="4242")
    house.tools["quotes"].has["Q1"] = offered("quotes", "Q1", links=(), ticket=ticket)
    house.tools["psa"].has["7"] = offered("psa", "7", ticket=ticket)
    ids = {"quotes": "Q1", "psa": "7"}
    second = next(name for name in SOURCES if name != first)

    house.tell(first, ids[first])
    house.tell(second, ids[second], ids[second])

    assert house.orders() == ["running", "asking"]
    (asked,) = house.asked()
    assert "names the same ticket as QW-" in asked


def test_what_the_tool_does_not_have_is_looked_for_some_hours_and_nobody_is_told(house: House) -> None:
    tool = house.tools["quotes"]
    tool.fault = NotThereYet("There is no such quote.")
    keep_nudges(house.database, "quotes", [nudge("Q1")])
    reader = Reader(house.database, SOURCES, None, dict[str, Tool](house.tools))
    assert [reader.read(event_id(house)).outcome for _ in range(5)] == [ReadOutcome.PUT_OFF] * 5
    with house.database.transaction() as connection:
        assert counts.stuck_events(connection) == {}
        assert connection.execute(select(EVENTS.c.faults)).scalar_one() == 0
    tool.fault, tool.has["Q1"] = None, offered("quotes", "Q1")

    assert house.read_all() == ["made 1 order"]

    tool.fault = NotThereYet("There is no such quote.")
    keep_nudges(house.database, "quotes", [nudge("Q2")])
    with house.database.transaction() as connection:
        long_ago = MOMENT - timedelta(days=99)
        connection.execute(update(EVENTS).where(EVENTS.c.status == "received").values(received_at=long_ago))

    assert house.read_all() == ["There is no such quote."]
    assert house.statuses() == ["read", "read"]


def test_a_message_that_nobody_has_verified_is_never_read_as_an_accepted_quote(house: House) -> None:
    """Not by a worker either that was started before its connection was configured."""
    house.tools["psa"].hides = True
    accepted = {
        "quote": {"id": "Q-1"},
        "customer": {"name": "Contoso"},
        "lines": [{"id": "1", "product_id": "P-1", "quantity": 10, "marketplace": "pax8"}],
    }
    forged = {"quotes": [], "type": "quote.accepted", "data": accepted}
    take_in(house.database, "psa", house.tools["psa"], Post(body=json.dumps(forged).encode()))
    (event,) = house._waiting()
    told = [Reader(house.database, {}, None, {}).read(event).outcome for _ in range(7)]

    assert told == [ReadOutcome.PUT_OFF] * 5 + [ReadOutcome.UNREADABLE, ReadOutcome.DONE_BEFORE]
    assert (house.statuses(), house.orders()) == (["unreadable"], [])


def test_equal_numbers_at_two_psas_are_two_acceptances(house: House) -> None:
    """Both have an opportunity 7. The quote tool's is the first one's."""
    others = {"quotes": replace(SOURCES["quotes"], psa="psa"), "psa": SOURCES["psa"]}
    sources = {**others, "branch": replace(SOURCES["psa"], name="branch")}
    tools = {name: FarTool(name, {"7": offered(name, "7")}) for name in sources}
    reader = Reader(house.database, sources, None, dict[str, Tool](tools))
    for name in ("psa", "branch", "quotes", "branch"):
        keep_nudges(house.database, name, [nudge("7")])

    told = [reader.read(each).sentence for each in house._waiting()]

    assert [each.split(" as ")[0] for each in told] == ["made 1 order", "made 1 order", "the same acceptance", told[3]]
    assert told[3].startswith("duplicate of")
    assert house.orders() == ["running", "running"]


@pytest.mark.parametrize("first", ["quotes", "psa"])
def test_other_goods_in_the_other_channel_are_a_question_and_no_second_order(house: House, first: str) -> None:
    house.tools["quotes"].has["Q1"] = offered("quotes", "Q1")
    house.tools["psa"].has["7"] = offered("psa", "7", seats="4")
    second = next(name for name in SOURCES if name != first)
    ids = {"quotes": "Q1", "psa": "7"}

    house.tell(first, ids[first])
    house.tell(second, ids[second])

    assert house.orders() == ["asking"]
    house.tell(second, ids[second])
    (asked,) = house.asked()
    assert asked.startswith(f"revision: The same acceptance came through {second}")


@pytest.mark.parametrize(("choice", "quantity"), [("keep", 3), ("replace", 4)])
def test_which_channel_counts_is_a_person_s_to_say(house: House, choice: str, quantity: int) -> None:
    house.tools["quotes"].has["Q1"] = offered("quotes", "Q1")
    house.tools["psa"].has["7"] = offered("psa", "7", seats="4")
    house.tell("quotes", "Q1")
    house.tell("psa", "7")

    house.answer(choice)
    house.tell("psa", "7")
    house.tell("quotes", "Q1")

    assert house.asked() == []
    assert house.bought() == [quantity]


def test_another_date_in_the_other_channel_is_a_question(house: House) -> None:
    house.tools["quotes"].has["Q1"] = offered("quotes", "Q1")
    house.tools["psa"].has["7"] = offered("psa", "7", requested_at=datetime.now(UTC) + timedelta(days=9))

    house.tell("quotes", "Q1")
    house.tell("psa", "7", "7")

    assert house.orders() == ["asking"]
    assert "quantities, terms or dates" in house.asked()[0]


@pytest.mark.parametrize(
    ("terms", "state"),
    [
        pytest.param({"billing_term": "Annual"}, "asking", id="billed otherwise"),
        pytest.param({"commitment": "36 Months"}, "asking", id="committed to for longer"),
        pytest.param({"billing_term": "MONTH", "commitment": "1-Year"}, "running", id="the same in other words"),
        pytest.param({"billing_term": "", "commitment": ""}, "running", id="not told"),
        pytest.param({"billing_term": "as agreed"}, "running", id="told in words that nobody knows"),
    ],
)
def test_other_terms_in_the_other_channel_are_a_question(house: House, terms: dict[str, str], state: str) -> None:
    first, second = offered("quotes", "Q1"), offered("psa", "7")
    (line,) = first.lines
    house.tools["quotes"].has["Q1"] = with_line(first, line.model_copy(update={"commitment": "Annual"}))
    house.tools["psa"].has["7"] = with_line(second, second.lines[0].model_copy(update=terms))

    house.tell("quotes", "Q1")
    house.tell("psa", "7", "7")

    assert house.orders() == [state]
    assert len(house.asked()) == (state == "asking")


def with_line(quote: OfferedQuote, line: OfferedLine) -> OfferedQuote:
    return quote.model_copy(update={"lines": (line,)})


def test_two_quotes_of_one_opportunity_in_one_tool_are_two_orders(house: House) -> None:
    house.tools["quotes"].has |= {"Q1": offered("quotes", "Q1"), "Q2": offered("quotes", "Q2")}

    house.tell("quotes", "Q1", "Q2")

    assert house.orders() == ["running", "running"]


def test_a_quote_taken_back_in_the_other_channel_is_cancelled(house: House) -> None:
    house.tools["quotes"].has["Q1"] = offered("quotes", "Q1")
    house.tools["psa"].has["7"] = offered("psa", "7")
    house.tell("quotes", "Q1")
    house.tell("psa", "7")

    house.tools["psa"].has["7"] = Revoked(QuoteKey(system="psa", id="7"))
    told = house.tell("psa", "7")

    assert told == ["cancelled 1 order"]
    assert house.orders() == ["cancelled"]


def test_what_is_lost_in_a_channel_that_never_told_of_it_is_a_question(house: House) -> None:
    house.tools["quotes"].has["Q1"] = offered("quotes", "Q1")
    house.tools["psa"].has["7"] = Revoked(QuoteKey(system="psa", id="7"), links=(OPPORTUNITY,))
    house.tell("quotes", "Q1")

    assert house.tell("psa", "7", "7") == ["asked about 1 order", "asked before"]
    assert house.orders() == ["asking"]
    assert "psa says that what it belongs to there is lost" in house.asked()[0]


EARLIER, LATER = MOMENT - timedelta(days=9), datetime.now(UTC) + timedelta(days=9)


@pytest.mark.parametrize(
    ("accepted_at", "state"),
    [
        pytest.param(EARLIER, "asking", id="accepted before it was lost"),
        pytest.param(None, "asking", id="nobody knows when"),
        pytest.param(LATER, "running", id="accepted after it was lost"),
    ],
)
def test_what_was_lost_before_the_other_channel_told_of_it_is_a_question(
    house: House, accepted_at: datetime | None, state: str
) -> None:
    house.tools["psa"].has["7"] = Revoked(QuoteKey(system="psa", id="7"), links=(OPPORTUNITY,))
    house.tools["quotes"].has["Q1"] = offered("quotes", "Q1", accepted_at=accepted_at)
    house.tell("psa", "7", "7")

    house.tell("quotes", "Q1", "Q1")
    house.tell("quotes", "Q1")

    assert house.orders() == [state]
    assert ["psa says that what it belongs to there is lost" in each for each in house.asked()] == (
        [True] if state == "asking" else []
    )


@pytest.mark.parametrize("name", ["7", "ticket-5"])
def test_what_was_lost_and_then_won_is_no_question(house: House, name: str) -> None:
    """Also where it is won by the name of its ticket, which had been accepted by itself, and no time is told."""
    house.tools["psa"].has["7"] = Revoked(QuoteKey(system="psa", id="7"), links=(OPPORTUNITY,))
    house.tools["quotes"].has["Q1"] = offered("quotes", "Q1")
    house.tell("psa", "7")
    house.tools["psa"].has["7"] = offered("psa", name, accepted_at=None)

    house.tell("psa", "7")
    house.tell("quotes", "Q1")

    assert (house.orders(), house.asked()) == (["running"], [])


def test_what_another_psa_has_lost_by_the_same_number_is_no_question(house: House) -> None:
    sources = {"quotes": replace(SOURCES["quotes"], psa="psa"), "psa": SOURCES["psa"]}
    sources["branch"] = replace(SOURCES["psa"], name="branch")
    lost = Revoked(QuoteKey(system="branch", id="7"), links=(OPPORTUNITY,))
    tools = {"branch": FarTool("branch", {"7": lost}), "quotes": FarTool("quotes", {"7": offered("quotes", "7")})}
    reader = Reader(house.database, sources, None, dict[str, Tool](tools))
    for name in tools:
        keep_nudges(house.database, name, [nudge("7")])

    told = [reader.read(each).sentence for each in house._waiting()]

    assert told == ["taken back, and it was never accepted here", "made 1 order"]


def test_what_is_lost_at_the_moment_of_its_acceptance_in_the_other_channel_is_a_question(house: House) -> None:
    """Of which nothing is to be seen yet: the two take turns."""
    house.tools["psa"].has["7"] = Revoked(QuoteKey(system="psa", id="7"), links=(OPPORTUNITY,))
    keep_nudges(house.database, "psa", [nudge("7")])
    (lost,) = house._waiting()
    reader = Reader(house.database, SOURCES, None, dict[str, Tool](house.tools))

    with ThreadPoolExecutor(1) as threads:
        with house.database.transaction() as connection:
            house.accept(connection, offered("quotes", "Q1"))
            told = threads.submit(reader.read, lost)
            until(lambda: told.done() or house.waits_for_a_turn())
        assert told.result().sentence == "asked about 1 order"
    assert house.orders() == ["asking"]


def test_what_was_never_accepted_here_can_be_taken_back(house: House) -> None:
    house.tools["psa"].has["7"] = Revoked(QuoteKey(system="psa", id="7"))

    assert house.tell("psa", "7") == ["taken back, and it was never accepted here"]
    assert house.orders() == []


# Lines for a person


def test_a_line_that_cannot_be_ordered_holds_the_order_until_a_person_has_spoken(house: House) -> None:
    lines = (*offered("quotes").lines, OfferedLine(id="2", quantity="2.5", product_id="P-2", marketplace="pax8"))
    house.tools["quotes"].has["Q1"] = offered("quotes", "Q1", lines=lines)

    house.tell("quotes", "Q1")
    house.tell("quotes", "Q1")

    assert house.orders() == ["asking"]
    (asked,) = house.asked()
    assert asked.startswith("left_out: ")
    assert "2.5" in asked


def test_a_quote_of_which_nothing_can_be_ordered_is_a_question_to_a_person(house: House) -> None:
    house.tools["quotes"].has["Q1"] = offered("quotes", "Q1", seats="0")

    assert house.tell("quotes", "Q1", "Q1") == ["made 1 order; asked about 1 order", "duplicate of " + house.ref()]

    assert (house.statuses(), house.orders()) == (["read", "read"], ["asking"])
    (asked,) = house.asked()
    assert asked.startswith(
        "left_out: Nothing of quote Q1 can be ordered as it stands. Line quotes-1 (P-1): its quantity is 0."
    )


def test_what_could_not_be_ordered_is_ordered_once_the_tool_says_more(house: House) -> None:
    house.tools["quotes"].has["Q1"] = offered("quotes", "Q1", seats="0")
    house.tell("quotes", "Q1")
    house.tools["quotes"].has["Q1"] = offered("quotes", "Q1", seats="3")

    assert house.tell("quotes", "Q1") == ["made 1 order, replacing 1 order"]
    assert house.orders() == ["cancelled", "running"]
    assert house.asked() == []


def test_what_one_channel_could_not_order_is_ordered_as_another_tells_it(house: House) -> None:
    house.tools["quotes"].has["Q1"] = offered("quotes", "Q1", seats="0")
    house.tools["psa"].has["7"] = offered("psa", "7")
    house.tell("quotes", "Q1")

    told, again = house.tell("psa", "7", "7")

    assert told == "made 1 order, replacing 1 order"
    assert again.startswith("the same acceptance as")
    assert house.orders() == ["cancelled", "running"]


def test_what_neither_channel_can_order_is_asked_once(house: House) -> None:
    house.tools["quotes"].has["Q1"] = offered("quotes", "Q1", seats="0")
    house.tools["psa"].has["7"] = offered("psa", "7", seats="0")
    house.tell("quotes", "Q1")
    house.tell("psa", "7")

    assert house.orders() == ["asking"]
    assert len(house.asked()) == 1


def test_once_a_person_has_seen_to_it_nothing_is_ordered(house: House) -> None:
    house.tools["quotes"].has["Q1"] = offered("quotes", "Q1", seats="0")
    house.tell("quotes", "Q1")
    house.cancel()
    house.tools["quotes"].has["Q1"] = offered("quotes", "Q1", seats="3")
    house.tell("quotes", "Q1")

    assert house.orders() == ["cancelled"]


def test_a_quote_none_of_whose_lines_was_accepted_is_none_of_ours(house: House) -> None:
    (line,) = offered("quotes").lines
    unselected = line.model_copy(update={"skipped": "it was not selected"})
    house.tools["quotes"].has["Q1"] = offered("quotes", "Q1", lines=(unselected,))

    assert house.tell("quotes", "Q1") == ["none of its lines was accepted"]
    assert (house.statuses(), house.orders()) == (["read"], [])


def test_a_quote_whose_lines_were_all_taken_back_is_not_bought_without_a_word(house: House) -> None:
    house.tools["quotes"].has["Q1"] = offered("quotes", "Q1")
    house.tell("quotes", "Q1")
    (line,) = offered("quotes").lines
    cancelled = line.model_copy(update={"skipped": "it was cancelled"})
    house.tools["quotes"].has["Q1"] = offered("quotes", "Q1", lines=(cancelled,))
    house.tell("quotes", "Q1")

    assert house.orders() == ["asking"]
    (asked,) = house.asked()
    assert "other content" in asked


def test_an_order_of_nothing_that_is_sent_on_all_the_same_buys_nothing(house: House) -> None:
    house.tools["quotes"].has["Q1"] = offered("quotes", "Q1", seats="0")
    house.tell("quotes", "Q1")

    house.run_as_if_nobody_was_asked()

    assert house.orders() == ["asking"]
    assert "Nothing of this quote can be ordered" in " ".join(house.asked())


def test_a_quote_that_was_read_can_be_read_again_at_the_tool(house: House) -> None:
    house.tools["quotes"].has["Q1"] = offered("quotes", "Q1", seats="0")
    house.tell("quotes", "Q1")
    house.tools["quotes"].has["Q1"] = offered("quotes", "Q1", seats="3")
    reader = Reader(house.database, SOURCES, None, dict[str, Tool](house.tools))
    event = event_id(house)

    assert (reader.preview(event), house.orders()) == (2, ["asking"])
    again = reader.replay(event)

    assert again == ReadResult(ReadOutcome.READ, "made 1 order, replacing 1 order", 2)
    assert house.orders() == ["cancelled", "running"]
    assert reader.preview(event) == 0


def test_what_was_read_stays_read_when_the_tool_talks_nonsense_later(house: House) -> None:
    house.tools["quotes"].has["Q1"] = offered("quotes", "Q1")
    house.tell("quotes", "Q1")

    class Muddled(FarTool):
        def look_up(self, content: Mapping[str, Any]) -> Sequence[Found]:
            raise Unreadable([error(["quotes"], f"is required of {content['quote']}")])

    reader = Reader(house.database, SOURCES, None, {"quotes": Muddled("quotes")})
    again = reader.replay(event_id(house))

    assert again == ReadResult(ReadOutcome.UNREADABLE, "quotes is required of Q1")
    assert (house.statuses(), house.orders()) == (["read"], ["running"])


# Several things in one event


class Several(FarTool):
    """A tool one of whose tickets is about several quotes."""

    def look_up(self, content: Mapping[str, Any]) -> Sequence[Found]:
        del content
        return list(self.has.values())


def test_one_quote_of_which_nothing_can_be_ordered_keeps_no_other_of_its_event_back(house: House) -> None:
    tool = house.tools["quotes"] = Several("quotes")
    tool.has |= {name: offered("quotes", name, links=()) for name in ("Q1", "Q2", "Q3")}
    tool.has["Q2"] = offered("quotes", "Q2", seats="0", links=())
    reader = Reader(house.database, SOURCES, None, dict[str, Tool](house.tools))

    house.tell("quotes", "T1")

    assert (house.statuses(), sorted(house.orders())) == (["read"], ["asking", "running", "running"])

    tool.has["Q2"] = offered("quotes", "Q2", links=())
    again = reader.replay(event_id(house))
    assert again is not None
    assert (again.outcome, again.changed) == (ReadOutcome.READ, 2)
    assert sorted(house.orders()) == ["cancelled", "running", "running", "running"]


def test_what_one_reader_has_read_is_not_set_aside_by_another_that_was_told_nonsense(house: House) -> None:
    tool = house.tools["quotes"]
    tool.has["Q1"] = offered("quotes", "Q1")
    keep_nudges(house.database, "quotes", [nudge("Q1")])
    event = event_id(house)
    quick = Reader(house.database, SOURCES, None, dict[str, Tool](house.tools))

    class Slow(FarTool):
        def look_up(self, content: Mapping[str, Any]) -> Sequence[Found]:
            del content
            assert quick.read(event).sentence == "made 1 order"
            raise Unreadable([error([], "is nonsense")])

    slow = Reader(house.database, SOURCES, None, {"quotes": Slow("quotes")})

    assert slow.read(event) == ReadResult(ReadOutcome.DONE_BEFORE, "made 1 order")
    assert (house.statuses(), house.orders()) == (["read"], ["running"])


def test_what_was_genuine_and_could_not_be_read_is_parted_when_it_is_replayed(house: House) -> None:
    tool = house.tools["psa"]
    tool.hides, tool.has["7"] = True, offered("psa", "7")
    take_in(house.database, "psa", tool, Post({"signature": "good"}, "", b'{"quotes": ["7"]}'))
    tool.muddled = True
    reader = Reader(house.database, SOURCES, None, dict[str, Tool](house.tools))

    assert house.read_all() == ["quotes is required"]
    assert (house.statuses(), house.orders()) == (["unreadable"], [])

    tool.muddled = False
    assert reader.replay(event_id(house)) == ReadResult(ReadOutcome.READ, "made 1 order", 1)


# The door


def test_a_delivery_is_parted_into_what_it_is_about(house: House) -> None:
    tool = house.tools["quotes"]
    post = Post({"signature": "good"}, "", b'{"quotes": ["Q1", "Q2"]}')

    taken = take_in(house.database, "quotes", tool, post)

    assert taken is not None
    assert (taken.status, len(taken.event_ids), taken.unreadable) == (200, 2, False)
    assert house.read_all() == ["it is not accepted"] * 2


def test_what_is_not_genuine_is_not_stored(house: House) -> None:
    assert take_in(house.database, "quotes", house.tools["quotes"], Post({"signature": "bad"}, "", b"{}")) is None
    assert house.statuses() == []


def test_what_cannot_be_read_is_kept_and_answered_as_the_tool_wants_it(house: House) -> None:
    tool = house.tools["quotes"]

    taken = take_in(house.database, "quotes", tool, Post({"signature": "good"}, "", b"nothing"))

    assert taken is not None
    assert (taken.status, taken.unreadable) == (200, True)
    assert house.statuses() == ["unreadable"]


class Door:
    """The address of `psa`, whose key is at hand where a message names none."""

    def __init__(self, house: House, bounds: Bounds) -> None:
        tool = house.tools["psa"]

        class Named(FarTool):
            def genuine(self, post: Post) -> Genuine:
                return Genuine.UNKNOWN if "key" in post.headers else tool.genuine(post)

        self._web = AsgiClient(create_app(house.database, {}, bounds=bounds, tools={"psa": Named("psa")}))

    def told(self, number: int = 1, **headers: str) -> int:
        return self._web.post("/in/psa", content=json.dumps({"quotes": [str(number)]}), headers=headers).status_code


def test_what_is_forged_uses_up_nothing_of_what_the_genuine_sender_has(house: House) -> None:
    door = Door(house, Bounds(per_minute=2, unproven_per_minute=1))

    assert [door.told(signature="bad") for _ in range(4)] == [401] * 4
    assert [door.told(key="forged") for _ in range(3)] == [200, 429, 429]
    assert [door.told(number, signature="good") for number in range(3)] == [200, 200, 429]


def test_no_more_than_so_many_messages_wait_for_their_key(house: House) -> None:
    door = Door(house, Bounds(unverified=2))

    assert [door.told(key="forged") for _ in range(3)] == [200, 200, 429]
    assert house.statuses() == ["unverified"] * 2
    assert door.told(signature="good") == 200
    with house.database.transaction() as connection:
        connection.execute(EVENTS.update().values(status=EventStatus.FORGED))
    assert door.told(key="another") == 200


@pytest.mark.parametrize(("signature", "statuses", "made"), [("good", ["read", "read"], 1), ("bad", ["forged"], 0)])
def test_nothing_follows_from_a_message_before_its_key_was_fetched(
    house: House, signature: str, statuses: list[str], made: int
) -> None:
    tool = house.tools["psa"]
    tool.hides, tool.has["7"] = True, offered("psa", "7")
    tool.fault = ToolFault("the key cannot be fetched")
    take_in(house.database, "psa", tool, Post({"signature": signature}, "", b'{"quotes": ["7"]}'))

    house.read_all()
    assert (house.statuses(), house.orders()) == (["unverified"], [])

    tool.fault = None
    with house.database.transaction() as connection:
        connection.execute(EVENTS.update().values(faults=0))
    house.read_all()
    assert (house.statuses(), len(house.orders())) == (statuses, made)


# Away


def test_an_event_waits_while_its_tool_is_away_and_is_read_then(house: House) -> None:
    tool = house.tools["quotes"]
    tool.has["Q1"], tool.fault = offered("quotes", "Q1"), ToolFault("Quoter answered with 500.", after=90)

    assert house.tell("quotes", "Q1") == ["Quoter answered with 500. It is read again later."]
    with house.database.transaction() as connection:
        due, now = connection.execute(select(EVENTS.c.due_at, EVENTS.c.received_at)).one()
    assert due - now >= timedelta(seconds=90)

    tool.fault = None
    with house.database.transaction() as connection:
        connection.execute(EVENTS.update().values(faults=0))
    assert house.read_all() == ["made 1 order"]


# Errands


def poll_id(house: House, kind: ErrandKind = ErrandKind.POLL) -> UUID:
    with house.database.transaction() as connection:
        chosen = select(ERRANDS.c.id).where(ERRANDS.c.connection == "quotes", ERRANDS.c.kind == kind)
        return UUID(str(connection.execute(chosen).scalar_one()))


def test_a_poll_goes_on_from_where_it_has_read_everything(house: House) -> None:
    tool, later = house.tools["quotes"], MOMENT + timedelta(hours=1)
    tool.changed = [Page([nudge("Q1", "Q1@1")], MOMENT), Page([nudge("Q2", "Q2@1")], later)]
    house.errands().begin()

    assert house.errands().run(poll_id(house)) == "2 new"
    assert house.errands().run(poll_id(house)) == "0 new"
    assert tool.asked_since == [None, later]


def test_a_poll_that_breaks_off_is_read_again_from_there(house: House) -> None:
    tool = house.tools["quotes"]
    tool.changed = [Page([nudge("Q1", "Q1@1")], MOMENT), Page([nudge("Q2", "Q2@1")], MOMENT + timedelta(hours=1))]
    tool.fault = ToolFault("half a page")
    house.errands().begin()

    assert house.errands().run(poll_id(house)) == "half a page"
    with house.database.transaction() as connection:
        shown = {(one.connection, one.kind): one for one in errands.shown(connection)}
    failed = shown["quotes", ErrandKind.POLL]
    assert (failed.error, failed.faults, failed.watermark) == ("half a page", 1, MOMENT)

    tool.fault = None
    house.errands().run(poll_id(house))
    assert tool.asked_since == [None, MOMENT]
    assert len(house.statuses()) == 2


def test_one_worker_at_a_time_runs_an_errand(house: House) -> None:
    house.errands().begin()
    with house.database.transaction() as connection:
        taken = errands.take(connection, poll_id(house), timedelta(minutes=1))

    assert taken is not None
    assert house.errands().run(poll_id(house)) == "nothing to do"


def test_a_worker_that_stood_still_past_its_lease_moves_no_watermark(house: House) -> None:
    house.errands().begin()
    with house.database.transaction() as connection:
        late = errands.take(connection, poll_id(house), timedelta(0))
    with house.database.transaction() as connection:
        assert errands.take(connection, poll_id(house), timedelta(minutes=1)) is not None
    assert late is not None

    with house.database.transaction() as connection:
        assert not errands.read_so_far(connection, late, MOMENT, timedelta(minutes=1))
        errands.done(connection, late, timedelta(days=1))
        (shown,) = [one for one in errands.shown(connection) if (one.connection, one.kind) == ("quotes", "poll")]
    assert (shown.watermark, shown.done_at) == (None, None)


def test_a_webhook_that_is_switched_off_is_shown(house: House) -> None:
    house.tools["quotes"].found = Checked(("Switch it on again.",), deactivated=True)
    house.errands().begin()

    assert house.errands().run(poll_id(house, ErrandKind.CHECK)) == "1 problems"

    with house.database.transaction() as connection:
        (shown,) = [one for one in errands.shown(connection) if (one.connection, one.kind) == ("quotes", "check")]
    assert (shown.problems, shown.deactivated) == (("Switch it on again.",), True)


def test_errands_of_a_connection_that_is_gone_rest(house: House) -> None:
    house.errands().begin()
    del house.tools["quotes"]
    house.errands().begin()

    with house.database.transaction() as connection:
        assert {one.connection for one in errands.shown(connection)} == {"psa"}
