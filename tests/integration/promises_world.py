"""Orders taken through the real runner on a database's own rows, a step at a time, at a marketplace in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select, update

from pipeline.domain.catalogue import PlacedOrder
from pipeline.domain.claim import Answer, AnswerClass, FillBasket, Payload, PlaceOrder, Write
from pipeline.domain.customer import Customer
from pipeline.domain.errors import PortError
from pipeline.domain.known import KnownOrders
from pipeline.domain.order import Policy
from pipeline.domain.quote import AcceptedQuote, QuoteKey
from pipeline.domain.stage import Stage
from pipeline.moves import Mover, Rules
from pipeline.operations.desk import Desk
from pipeline.ports import AccountHealth, Marketplace, Purpose, Record
from pipeline.runner import Ran, Runner
from pipeline.store import acceptances, claims, orders, views
from pipeline.store.acceptances import Arrival, Carried
from pipeline.store.claims import NewClaim
from pipeline.store.database import Database
from pipeline.store.tables import CLAIMS, KNOWN_ORDERS, ORDERS
from pipeline.testing import FakeMarketplace, a_line

COMPANY = "11111111-1111-1111-1111-111111111111"
SETTLE = timedelta(seconds=180)
LONG_AGO = timedelta(hours=1)
PRODUCT = "backup"
DAY = timedelta(hours=24)
CONTOSO = Customer(ref="CRM-1", name="Contoso Ltd", marketplace_ids={"pax8": COMPANY})


@dataclass
class Market(FakeMarketplace):
    """`while_sending` is called before each write, `refuses` is raised by each read of orders."""

    while_sending: Callable[[], None] = lambda: None
    refuses: PortError | None = None

    def send(self, write: Write, send_before: float) -> Answer:
        self.while_sending()
        return super().send(write, send_before)

    def new_orders(self, company_id: str, known: KnownOrders) -> Any:
        if self.refuses is not None:
            raise self.refuses
        return super().new_orders(company_id, known)

    def order(self, order_id: str) -> PlacedOrder:
        if self.refuses is not None:
            raise self.refuses
        return super().order(order_id)

    @property
    def purchases(self) -> list[PlaceOrder]:
        return [write for write in self.sent if isinstance(write, PlaceOrder)]


@dataclass
class Till:
    """The account: whoever opens it gets the one market."""

    market: Market
    name: str = "pax8"
    title: str = "Pax8"

    def open(self, purpose: Purpose, record: Record) -> Marketplace:
        del purpose, record
        return self.market

    def health(self) -> AccountHealth:
        return AccountHealth("closed", None, 1000, 12, 3)


@dataclass
class Shop:
    """One database, one marketplace, one worker's runner, and the desk of an operator."""

    database: Database
    policy: Policy = field(default_factory=lambda: Policy(settle=SETTLE))
    market: Market = field(default_factory=Market)
    rules: Rules = field(default_factory=lambda: Rules(DAY, timedelta(seconds=60), ("chat",)))

    def __post_init__(self) -> None:
        self.market.sells(PRODUCT).knows(COMPANY)
        self.mover = Mover(self.database, self.rules)
        accounts, policies = {"pax8": Till(self.market)}, {"pax8": self.policy}
        self.runner = Runner(self.database, accounts, policies, self.rules)
        self.desk = Desk(self.database, accounts, policies, self.rules)

    def accept(self, quote: AcceptedQuote) -> Carried:
        with self.database.transaction() as connection:
            return acceptances.accept(connection, self.database, quote, Arrival("crm", "operator", DAY))

    def revoke(self, quote: AcceptedQuote) -> Carried:
        with self.database.transaction() as connection:
            return acceptances.revoke(connection, self.database, quote, Arrival("crm", "operator", DAY))

    def order(self, quote: AcceptedQuote | None = None) -> str:
        """An accepted quote, and the ref of the newest order that it made."""
        carried = self.accept(quote or a_quote())
        with self.database.transaction() as connection:
            newest = select(ORDERS.c.ref).where(ORDERS.c.quote_pk == carried.quote_pk)
            return str(connection.execute(newest.order_by(ORDERS.c.created_at.desc()).limit(1)).scalar_one())

    def step(self, ref: str, *, through: bool = False) -> Ran:
        """What the clock does when the order is due, now: its stage runs, and those after it where told."""
        row = self.row(ref)
        assert row.due_at is not None, f"{ref} waits for a person: {self.view(ref)['questions']}"
        with self.database.transaction() as connection:
            connection.execute(
                update(ORDERS).where(ORDERS.c.id == row.id).values(due_at=func.clock_timestamp(), taken_until=None)
            )
        return self.runner.run(row.id, Stage(row.stage), lambda _: through)

    def bring_to(self, ref: str, stage: Stage) -> None:
        """Steps until the order stands there."""
        for _ in range(20):
            if self.row(ref).stage == stage:
                return
            self.step(ref)
        raise AssertionError(f"{ref} does not get to {stage}: {self.view(ref)}")

    def later(self, by: timedelta = LONG_AGO) -> None:
        """Everything that is known of attempts and of orders there is older by so much."""
        with self.database.transaction() as connection:
            times = (CLAIMS.c.claimed_at, CLAIMS.c.send_by, CLAIMS.c.answered_at, CLAIMS.c.closed_at)
            connection.execute(update(CLAIMS).values({column: column - by for column in times}))
            connection.execute(update(KNOWN_ORDERS).values(seen_at=KNOWN_ORDERS.c.seen_at - by))

    def loses_a_basket(self, ref: str) -> None:
        """The order was to fill a basket elsewhere, and it is not known what became of that."""
        row = self.row(ref)
        write = FillBasket(
            company_id=COMPANY, payload=Payload(body="{}", hash="0" * 64), lines=(), reference=ref, number=2
        )
        new = NewClaim(uuid4(), row.id, row.revision_pk, "pax8", COMPANY, write, timedelta(seconds=30))
        with self.database.transaction() as connection:
            assert claims.make(connection, self.database, new) is not None
            claims.answered(connection, self.database, new.id, Answer(AnswerClass.UNKNOWN, details=("it broke",)))

    def open_attempts(self, ref: str) -> list[str]:
        """What is being written for the order, or may be."""
        with self.database.transaction() as connection:
            made = claims.of_order(connection, self.database, self.row(ref).id)
            return [claim.write.kind for claim in made if claim.open]

    def ask_a_person(self, ref: str) -> None:
        """Looks until the settling period of the lost purchase is over, and its question is asked."""
        for _ in range(5):
            if self.row(ref).due_at is None:
                return
            self.later()
            self.step(ref)
        raise AssertionError(f"nobody is asked: {self.view(ref)}")

    def put(self, ref: str, **values: Any) -> None:
        """Sets columns of the order's row."""
        with self.database.transaction() as connection:
            orders.move(connection, self.row(ref).id, None, **values)

    def row(self, ref: str) -> orders.Row:
        with self.database.transaction() as connection:
            found = orders.find(connection, ref)
            row = None if found is None else orders.read(connection, found)
            assert row is not None
            return row

    def view(self, ref: str) -> dict[str, Any]:
        with self.database.transaction() as connection:
            return views.order_view(connection, self.database, self.row(ref).id)

    def open_questions(self, ref: str) -> list[dict[str, Any]]:
        asked: list[dict[str, Any]] = self.view(ref)["questions"]
        return [one for one in asked if not one["answered_at"] and not one["withdrawn_at"]]

    def attempt(self, ref: str) -> UUID:
        """The id of the newest attempt."""
        return UUID(self.view(ref)["attempts"][-1]["id"])


def a_quote(quote_id: str = "", revision: str = "", quantity: int = 10, **more: Any) -> AcceptedQuote:
    """One line for the company that the market knows."""
    return AcceptedQuote(
        key=QuoteKey(system="crm", id=quote_id or f"Q-{uuid4().hex[:8]}", revision=revision),
        lines=(a_line(product_id=PRODUCT, quantity=quantity),),
        **{"customer": CONTOSO, "accepted_at": datetime.now(UTC), **more},
    )
