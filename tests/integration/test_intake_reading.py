"""Reading the inbox: one acceptance, one order; revisions, revocations, faults, repeats."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, func, select

from events import inbox
from events.reading import Reader, ReadOutcome
from events.sources import Unreadable
from pipeline.domain.claim import AddContact, Closing, NewContact, Payload, PlaceOrder, PurchaseLine
from pipeline.domain.errors import NotAllowed
from pipeline.domain.state import OrderState
from pipeline.domain.terms import BillingTerm
from pipeline.store import acts, claims, counts, event_list, orders, questions, settlements
from pipeline.store.cipher import Cipher, new_key
from pipeline.store.claims import NewClaim
from pipeline.store.database import Database
from pipeline.store.events import EventStatus
from pipeline.store.questions import Asked
from pipeline.store.tables import EVENTS, ORDERS, REVISIONS
from tests.integration.served_intake import CONNECTIONS, a_database, body

CRM = CONNECTIONS["crm"]
LATER = "2026-11-20T11:00:00Z"
FAR = "2199-01-01T00:00:00Z"
TWO_DATES = [
    {"id": "1", "sku": "SEAT", "quantity": 1},
    {"id": "2", "sku": "LATER", "quantity": 1, "start_date": "2190-01-01"},
    {"id": "3", "sku": "ADDON", "quantity": 1, "parent_line": "2"},
]


@dataclass
class Box:
    """An inbox, and what came of it."""

    database: Database
    told: list[UUID] = field(default_factory=list)

    def store(self, content: bytes, delivery: str | None = None) -> UUID:
        headers = {"webhook-id": delivery or str(uuid4())}
        return inbox.receive(self.database, inbox.delivery_of(headers, content, CRM)).event_id

    def reader(self) -> Reader:
        return Reader(self.database, CONNECTIONS, lambda _, order_id: self.told.append(order_id))

    def send(self, quote_id: str = "Q-1", **changes: Any) -> str:
        return self.reader().read(self.store(body(quote_id, **changes))).sentence

    def orders(self) -> list[Mapping[str, Any]]:
        with self.database.transaction() as connection:
            return [dict(row) for row in connection.execute(select(ORDERS).order_by(ORDERS.c.created_at)).mappings()]

    def states(self) -> list[str]:
        return [order["state"] for order in self.orders()]

    def revisions(self) -> dict[str, str]:
        with self.database.transaction() as connection:
            return {row.revision: row.state for row in connection.execute(select(REVISIONS))}

    def asked(self, number: int = 0) -> Asked:
        """The one question of the order of this number."""
        with self.database.transaction() as connection:
            (asked,) = questions.of_order(connection, self.database, self.orders()[number]["id"])
            return asked

    def settle(self, choice: str, number: int = 0) -> str:
        order_id = self.orders()[number]["id"]
        asked = self.asked(number)
        with self.database.transaction() as connection:
            return settlements.carry_out(connection, self.database, order_id, asked.question, (choice,), actor="dana")

    def cancel(self) -> None:
        with self.database.transaction() as connection:
            for order in self.orders():
                acts.request_cancel(connection, self.database, order["id"], actor="dana", reason="a test")

    def claim(self, closing: Closing | None, *, purchase: bool = True) -> None:
        with self.database.transaction() as connection:
            claim_id = self._claim(connection, purchase=purchase)
            if closing:
                number = "m-order-1" if closing.bought and purchase else None
                claims.close(connection, claim_id, closing, marketplace_id=number)
                if number:
                    orders.move(connection, self.orders()[0]["id"], None, marketplace_order_id=number)

    def _claim(self, connection: Connection, *, purchase: bool) -> UUID:
        person = NewContact(first_name="D", last_name="R", email="d@x.example", phone="1", roles=())
        line = PurchaseLine(line_id="1", number=1, product_id="p", quantity=1, billing_term=BillingTerm.ANNUAL)
        bought = PlaceOrder(company_id="c", payload=Payload(body="{}", hash="0"), lines=(line,))
        order = self.orders()[0]
        new = NewClaim(
            id=uuid4(),
            order_id=order["id"],
            revision_pk=order["revision_pk"],
            account="pax8",
            key="c",
            write=bought if purchase else AddContact(company_id="c", contact=person),
            send_within=timedelta(seconds=30),
        )
        made = claims.make(connection, self.database, new)
        assert made is not None
        return made.id


@pytest.fixture
def box(database_url: str) -> Iterator[Box]:
    with a_database(database_url) as database:
        yield Box(database)


def test_lines_of_two_dates_make_two_orders_and_a_child_goes_with_its_parent(box: Box) -> None:
    assert box.send(lines=TWO_DATES) == "made 2 orders"

    now, later = box.orders()
    assert (now["line_ids"], now["requested_at"]) == (["1"], None)
    assert (later["line_ids"], later["requested_at"]) == (["2", "3"], datetime(2190, 1, 1, 6, tzinfo=UTC))
    assert now["due_at"] is not None


def test_an_event_is_read_once_however_many_workers_get_it(box: Box) -> None:
    event_id = box.store(body())

    with ThreadPoolExecutor(8) as workers:
        results = list(workers.map(lambda _: box.reader().read(event_id), range(8)))

    assert sorted(result.outcome for result in results) == ["done_before"] * 7 + ["read"]
    assert len(box.orders()) == 1


def test_the_same_acceptance_through_many_deliveries_at_once_makes_one_order(box: Box) -> None:
    stored = [box.store(body()) for _ in range(12)]

    with ThreadPoolExecutor(6) as workers:
        sentences = [result.sentence for result in workers.map(box.reader().read, stored)]

    assert sentences.count("made 1 order") == 1
    assert sum(sentence.startswith("duplicate of QW-") for sentence in sentences) == 11
    assert len(box.orders()) == 1


def test_the_same_acceptance_through_another_channel_is_a_duplicate(box: Box) -> None:
    box.send(system="tool")
    shop = CONNECTIONS["shop"]
    other = inbox.receive(box.database, inbox.delivery_of({}, body(system="tool", url="https://x.example"), shop))

    assert box.reader().read(other.event_id).sentence.startswith("duplicate of QW-")


def test_the_same_quote_id_of_two_systems_is_two_quotes(box: Box) -> None:
    box.send(system="one")

    assert box.send(system="two") == "made 1 order"


def test_other_content_under_the_same_revision_asks_and_stops_the_order_once(box: Box) -> None:
    box.send()

    assert box.send(quantity=9) == "asked about 1 order"
    assert box.send(quantity=9) == "asked before"
    assert box.states() == [OrderState.ASKING]
    assert box.asked().owner == "dana"
    assert box.told == [box.orders()[0]["id"]]
    assert box.revisions() == {"1": "current"}


def test_a_message_without_a_revision_is_the_one_that_is_known(box: Box) -> None:
    box.send()

    assert box.send(revision=None).startswith("duplicate of QW-")
    assert box.revisions() == {"1": "current"}


def test_a_newer_revision_replaces_what_was_not_claimed(box: Box) -> None:
    box.send(lines=TWO_DATES)

    assert box.send(revision="2", accepted_at=LATER, quantity=7) == "made 1 order, replacing 2 orders"
    assert box.states() == [OrderState.CANCELLED, OrderState.CANCELLED, OrderState.RUNNING]
    assert box.revisions() == {"1": "superseded", "2": "current"}
    assert box.send(lines=TWO_DATES).startswith("duplicate")
    assert len(box.orders()) == 3


@pytest.mark.parametrize("purchase", [True, False], ids=["a purchase", "a contact"])
@pytest.mark.parametrize("closing", [None, Closing.REJECTED, Closing.ACCEPTED])
def test_after_any_claim_a_newer_revision_asks(closing: Closing | None, purchase: bool, box: Box) -> None:
    box.send()
    box.claim(closing, purchase=purchase)

    assert box.send(revision="2", accepted_at=LATER, quantity=7) == "asked about 1 order"
    assert len(box.orders()) == 1
    assert box.revisions() == {"1": "current", "2": "unsettled"}


def test_an_order_that_is_being_bought_goes_on_while_a_person_is_asked(box: Box) -> None:
    box.send()
    box.claim(None)

    box.send(revision="2", accepted_at=LATER)

    assert box.states() == [OrderState.RUNNING]


def test_a_person_may_choose_the_newer_one_while_nothing_was_bought(box: Box) -> None:
    box.send()
    box.claim(Closing.REJECTED)
    box.send(revision="2", accepted_at=LATER, quantity=7)

    box.settle("replace")

    assert box.states() == [OrderState.CANCELLED, OrderState.RUNNING]
    assert box.revisions() == {"1": "superseded", "2": "current"}


def test_what_was_bought_is_never_replaced(box: Box) -> None:
    box.send()
    box.claim(Closing.ACCEPTED)
    box.send(revision="2", accepted_at=LATER)

    with pytest.raises(NotAllowed, match="bought"):
        box.settle("replace")
    assert len(box.orders()) == 1


def test_revisions_of_the_same_moment_ask_about_each_open_order_and_one_answer_settles_all(box: Box) -> None:
    box.send(lines=TWO_DATES)

    assert box.send(revision="2", quantity=7) == "asked about 2 orders"
    assert box.states() == [OrderState.ASKING, OrderState.ASKING]
    box.settle("keep")

    assert box.states()[1] == OrderState.RUNNING
    assert box.asked(1).withdrawn_at is not None
    assert box.revisions() == {"1": "current", "2": "older"}


def test_an_older_revision_is_recorded_and_changes_nothing(box: Box) -> None:
    box.send()

    assert box.send(revision="0", accepted_at="2026-11-19T10:00:00Z").startswith("older than QW-")
    assert box.states() == [OrderState.RUNNING]
    assert box.revisions() == {"1": "current", "0": "older"}


def test_accepted_again_after_every_order_ended_asks_whether_to_order(box: Box) -> None:
    box.send()
    box.cancel()

    assert box.send().startswith("duplicate of QW-")
    assert box.send(accepted_at=FAR) == "asked about 1 order"
    assert box.send(accepted_at=FAR) == "asked before"
    assert box.asked().question.possible_values == ("order again", "leave")
    box.settle("order again")

    assert box.states() == [OrderState.CANCELLED, OrderState.RUNNING]
    with pytest.raises(NotAllowed, match="open or bought already"):
        box.settle("order again")


def test_a_revocation_cancels_what_is_not_submitted(box: Box) -> None:
    box.send(lines=TWO_DATES)

    assert box.send(type="quote.revoked") == "cancelled 2 orders"
    assert box.send(type="quote.revoked") == "duplicate of an earlier revocation"
    assert box.send().startswith("duplicate of QW-")
    assert box.states() == [OrderState.CANCELLED] * 2
    assert box.revisions() == {"1": "revoked"}


def test_a_revocation_waits_for_an_open_claim(box: Box) -> None:
    box.send()
    box.claim(None)

    assert box.send(type="quote.revoked") == "left 1 order to the outcome of its purchase"
    assert box.orders()[0]["pending_act"] is not None


def test_a_revocation_of_what_was_bought_asks(box: Box) -> None:
    box.send()
    box.claim(Closing.ACCEPTED)

    assert box.send(type="quote.revoked") == "asked about 1 order already bought"
    assert box.asked().question.kind == "revoked"


def test_a_revocation_that_overtakes_its_acceptance_holds(box: Box) -> None:
    assert box.send(type="quote.revoked").startswith("revoked before it was accepted")

    assert box.send().startswith("revoked before it came")
    assert box.orders() == []
    assert box.send(accepted_at=FAR, quantity=3) == "made 1 order"


def test_a_preview_tells_how_many_orders_a_replay_would_change(box: Box) -> None:
    fresh, newer = box.store(body(lines=TWO_DATES)), box.store(body(revision="2", accepted_at=LATER))

    assert box.reader().preview(fresh) == 2
    box.reader().read(fresh)
    assert box.reader().preview(fresh) == 0
    assert box.reader().preview(newer) == 3
    assert box.reader().preview(uuid4()) is None
    assert len(box.orders()) == 2


def test_a_quote_may_be_given_by_hand_as_its_data_alone(box: Box) -> None:
    data = b'{"quote": {"id": "Q-9"}, "customer": {"name": "C"}, "lines": [{"id": "1", "sku": "S", "quantity": 1}]}'

    assert box.reader().read(inbox.inject(box.database, data, CRM)).sentence == "made 1 order"
    with pytest.raises(Unreadable, match="quantity"):
        inbox.inject(box.database, data.replace(b'"quantity": 1', b'"quantity": 0'), CRM)


def test_a_fault_of_ours_never_gives_an_accepted_event_up_and_health_tells_of_it(box: Box) -> None:
    event_id = box.store(body())
    other_key = Database(box.database.engine, Cipher([new_key()]))
    reader = Reader(other_key, CONNECTIONS)

    outcomes = [reader.read(event_id).outcome for _ in range(12)]

    assert outcomes == [ReadOutcome.PUT_OFF] * 12
    with box.database.transaction() as connection:
        row = connection.execute(select(EVENTS.c.status, EVENTS.c.faults, EVENTS.c.due_at > func.now())).one()
        assert counts.stuck_events(connection) == {"crm": 1}
    assert tuple(row) == (EventStatus.RECEIVED, 12, True)
    assert box.orders() == []


def test_an_event_that_was_put_off_is_due_again_later(box: Box) -> None:
    event_id = box.store(body())

    Reader(Database(box.database.engine, Cipher([new_key()])), CONNECTIONS).read(event_id)

    with box.database.transaction() as connection:
        later = connection.execute(select(EVENTS.c.due_at > func.now())).scalar_one()
    assert later
    assert box.reader().read(event_id).sentence == "made 1 order"


def test_a_reading_that_breaks_off_leaves_nothing_and_may_be_repeated(box: Box) -> None:
    class Killed(BaseException):
        """As a process that ends there."""

    def die(connection: Connection, order_id: UUID) -> None:
        del connection, order_id
        raise Killed

    box.send()
    event_id = box.store(body(quantity=9))
    with pytest.raises(Killed):
        Reader(box.database, CONNECTIONS, die).read(event_id)

    assert box.states() == [OrderState.RUNNING]
    assert box.reader().read(event_id).sentence == "asked about 1 order"


def test_what_came_is_listed_newest_first_page_by_page(box: Box) -> None:
    stored = [box.store(body(f"Q-{number}")) for number in range(3)]
    box.reader().read(stored[2])

    with box.database.transaction() as connection:
        first = event_list.listed(connection, box.database, limit=2)
        rest = event_list.listed(connection, box.database, limit=2, before=(first[-1].received_at, first[-1].id))
    assert [event.id for event in (*first, *rest)] == stored[::-1]
    assert (first[0].result, first[0].quote_id) == ("made 1 order", "Q-2")
