"""Orders at chosen places, made as rows, and a marketplace with chosen orders: what an operator's acts are tried on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast
from uuid import UUID, uuid4

from sqlalchemy import func, update

from pipeline.domain.catalogue import PlacedLine, PlacedOrder
from pipeline.domain.claim import Answer, AnswerClass, Closing, FillBasket, Payload, PlaceOrder, PurchaseLine
from pipeline.domain.customer import Customer
from pipeline.domain.errors import NotFound
from pipeline.domain.facts import CompanyFacts, Facts, PurchaseFacts
from pipeline.domain.known import KnownOrders
from pipeline.domain.money import Money
from pipeline.domain.order import Policy
from pipeline.domain.question import Act, Question, QuestionKind
from pipeline.domain.quote import AcceptedQuote, QuoteKey, QuoteLine, Ticket
from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState
from pipeline.domain.terms import BillingTerm
from pipeline.moves import Rules
from pipeline.operations.desk import Desk
from pipeline.ports import AccountHealth, Marketplace, Purpose, Record
from pipeline.store import acceptances, claims, journal, orders, questions, views
from pipeline.store.acceptances import Arrival
from pipeline.store.claims import NewClaim
from pipeline.store.database import Database
from pipeline.store.journal import Entry
from pipeline.store.tables import CLAIMS, ORDERS
from pipeline.testing import FakeMarketplace

COMPANY = "11111111-1111-1111-1111-111111111111"
SETTLE = timedelta(seconds=180)
LONG_AGO = timedelta(hours=1)


@dataclass
class Market:
    """A marketplace that has these orders, and an account at it. Reads only: to write is an error."""

    placed: dict[str, PlacedOrder] = field(default_factory=dict)
    name: str = "pax8"
    title: str = "Pax8"
    looks: int = 0
    on_read: Callable[[], None] = lambda: None

    def open(self, purpose: Purpose, record: Record) -> Marketplace:
        del purpose, record
        return cast(Marketplace, self)

    def health(self) -> AccountHealth:
        return AccountHealth("closed", None, 1000, 12, 3)

    def place(self, order_id: str, *lines: tuple[str, int], company: str = COMPANY) -> None:
        bought = tuple(PlacedLine(product, Decimal(count), BillingTerm.ANNUAL, None) for product, count in lines)
        self.placed[order_id] = PlacedOrder(order_id, company, bought)

    def order(self, order_id: str) -> PlacedOrder:
        self.on_read()
        if order_id not in self.placed:
            raise NotFound(f"There is no order {order_id}.")
        return self.placed[order_id]

    def new_orders(self, company_id: str, known: KnownOrders) -> Sequence[PlacedOrder]:
        self.looks += 1
        self.on_read()
        mine = {each.id: each for each in self.placed.values() if each.company_id == company_id}
        return [mine[order_id] for order_id in sorted(known.unknown(mine))]


@dataclass
class ReferenceMarket(Market):
    """A marketplace that keeps our reference; of the orders there, these carry that of whichever is asked for."""

    ours: list[str] = field(default_factory=list)

    def find_orders(self, write: PlaceOrder) -> Sequence[PlacedOrder]:
        del write
        return [self.placed[order_id] for order_id in self.ours]


@dataclass
class FakeAccount:
    """An account at a marketplace in memory."""

    market: FakeMarketplace
    name: str = "pax8"
    title: str = "Pax8"

    def open(self, purpose: Purpose, record: Record) -> Marketplace:
        del purpose, record
        return self.market

    def health(self) -> AccountHealth:
        return AccountHealth("closed", None, 1000, 0, 0)


class World:
    """One database of an operator's, with a desk to act at."""

    def __init__(
        self,
        database: Database,
        *,
        channels: Sequence[str] = (),
        tickets: Mapping[str, str] | None = None,
        market: Market | None = None,
    ) -> None:
        self.database = database
        self.market = market or Market()
        rules = Rules(timedelta(hours=24), timedelta(seconds=60), channels, tickets or {})
        self.desk = Desk(database, {"pax8": self.market}, {"pax8": Policy(settle=SETTLE)}, rules)

    def accept(
        self, quote_id: str = "", revision: str = "", company: str = "Contoso Ltd", ticket: Ticket | None = None
    ) -> str:
        """An accepted quote of one line: ten of `product-1`, at 31.10 USD. Gives its order's ref."""
        line = QuoteLine(
            id="1",
            marketplace="pax8",
            quantity=10,
            product_id="product-1",
            description="Microsoft 365 E3",
            billing_term="Annual",
            unit_cost=Money(amount=Decimal("31.10"), currency="USD"),
        )
        quote = AcceptedQuote(
            key=QuoteKey(system="crm", id=quote_id or f"Q-{uuid4().hex[:8]}", revision=revision),
            customer=Customer(ref=company, name=company),
            lines=(line,),
            accepted_at=datetime.now(UTC),
            ticket=ticket,
        )
        arrival = Arrival("crm", "operator", timedelta(hours=24))
        with self.database.transaction() as connection:
            carried = acceptances.accept(connection, self.database, quote, arrival)
            found = connection.execute(ORDERS.select().where(ORDERS.c.quote_pk == carried.quote_pk)).mappings().one()
        return str(found["ref"])

    def accept_over(self, *marketplaces: str, quote_id: str = "Q-2001") -> dict[str, str]:
        """An accepted quote of one line for each marketplace. Gives its orders' refs by marketplace."""
        lines = tuple(
            QuoteLine(id=name, marketplace=name, quantity=1, product_id="product-1", billing_term="Monthly")
            for name in marketplaces
        )
        key = QuoteKey(system="crm", id=quote_id)
        quote = AcceptedQuote(key=key, customer=Customer(ref="C-1", name="Contoso Ltd"), lines=lines, number="2001")
        with self.database.transaction() as connection:
            arrival = Arrival("crm", "operator", timedelta(hours=24))
            carried = acceptances.accept(connection, self.database, quote, arrival)
            found = connection.execute(ORDERS.select().where(ORDERS.c.quote_pk == carried.quote_pk)).mappings()
            return {row["marketplace"]: str(row["ref"]) for row in found}

    def put(self, ref: str, **values: Any) -> int:
        """Sets columns of the order's row, counts its version up and gives it."""
        with self.database.transaction() as connection:
            order_id = self.id_of(ref)
            moved = orders.move(connection, order_id, None, **values)
            assert moved is not None
            return moved.version

    def at_submit(self, ref: str) -> int:
        facts = Facts(company=CompanyFacts(id=COMPANY, name="Contoso Ltd", how="by its name"))
        return self.put(ref, stage=Stage.SUBMIT, company_id=COMPANY, facts=self.database.seal(facts.model_dump_json()))

    def failed(self, ref: str, stage: Stage = Stage.VALIDATE_MOCK) -> int:
        sentence = self.database.seal("It was refused.")
        return self.put(
            ref, stage=stage, state=OrderState.FAILED, due_at=None, waiting_for=sentence, ended_at=func.now()
        )

    def bought(self, ref: str, marketplace_order_id: str) -> int:
        facts = Facts(
            company=CompanyFacts(id=COMPANY, name="Contoso Ltd", how="by its name"),
            purchase=PurchaseFacts(marketplace_order_id=marketplace_order_id, at=datetime.now(UTC)),
        )
        sealed = self.database.seal(facts.model_dump_json())
        return self.put(ref, stage=Stage.POLL_STATUS, facts=sealed, marketplace_order_id=marketplace_order_id)

    def claim(
        self,
        ref: str,
        *,
        ago: timedelta = LONG_AGO,
        answered: AnswerClass | None = None,
        closing: Closing | None = None,
        marketplace_id: str | None = None,
        said: str = "the connection broke",
    ) -> UUID:
        """An attempt to buy that was claimed, and where told answered at once and closed, so long ago."""
        claim_id = uuid4()
        order_id = self.id_of(ref)
        with self.database.transaction() as connection:
            row = orders.read(connection, order_id)
            assert row is not None
            line = PurchaseLine(
                line_id="1", number=1, product_id="product-1", quantity=10, billing_term=BillingTerm.ANNUAL
            )
            write = PlaceOrder(company_id=COMPANY, payload=Payload(body="{}", hash="0" * 64), lines=(line,))
            within = timedelta(seconds=30)
            new = NewClaim(claim_id, order_id, row.revision_pk, "pax8", COMPANY, write, within)
            assert claims.make(connection, self.database, new) is not None
            then = func.now() - ago
            times: dict[str, Any] = {"claimed_at": then, "send_by": then + within}
            if answered is not None:
                details = (said,) if answered is AnswerClass.UNKNOWN else ()
                claims.answered(connection, self.database, claim_id, Answer(answered, details=details))
                times["answered_at"] = then
            if closing is not None:
                claims.close(connection, claim_id, closing, marketplace_id=marketplace_id)
                times["closed_at"] = then
            connection.execute(update(CLAIMS).where(CLAIMS.c.id == claim_id).values(times))
        return claim_id

    def lost_basket(self, ref: str, *, ago: timedelta = LONG_AGO) -> UUID:
        """A basket was to be filled, so long ago, and that got no answer: the order waits at the dry run."""
        claim_id, within = uuid4(), timedelta(seconds=30)
        with self.database.transaction() as connection:
            row = orders.read(connection, self.id_of(ref))
            assert row is not None
            payload = Payload(body="{}", hash="1" * 64)
            write = FillBasket(company_id=COMPANY, payload=payload, lines=(), reference=ref, number=1)
            new = NewClaim(claim_id, row.id, row.revision_pk, "pax8", COMPANY, write, within)
            assert claims.make(connection, self.database, new) is not None
            then = func.now() - ago
            times = {"claimed_at": then, "send_by": then + within}
            connection.execute(update(CLAIMS).where(CLAIMS.c.id == claim_id).values(times))
        self.put(ref, stage=Stage.VALIDATE_MOCK, state=OrderState.WAITING)
        return claim_id

    def open_attempts(self, ref: str) -> list[str]:
        """What is being written for the order, or may be."""
        with self.database.transaction() as connection:
            made = claims.of_order(connection, self.database, self.id_of(ref))
            return [claim.write.kind for claim in made if claim.open]

    def reference_of(self, *order_ids: str) -> None:
        """From here on these orders carry our reference."""
        assert isinstance(self.market, ReferenceMarket)
        self.market.ours.extend(order_ids)

    def unknown_submit(self, ref: str, *, ago: timedelta = LONG_AGO) -> tuple[UUID, int]:
        """The order's purchase got no answer and a person was asked. Gives the attempt and the order's version."""
        self.at_submit(ref)
        attempt = self.claim(ref, ago=ago, answered=AnswerClass.UNKNOWN)
        text = f"It is not known whether Pax8 took the purchase (attempt {attempt})."
        acts = (Act.ADOPT, Act.RESEND, Act.CANCEL)
        version = self.ask(ref, Question("submit", QuestionKind.SUBMIT_UNKNOWN, text, acts=acts), unknown_submit=True)
        return attempt, version

    def ask(self, ref: str, *asked: Question, **values: Any) -> int:
        """Parks the order with these questions, as a stage that asks does. Gives its version."""
        with self.database.transaction() as connection:
            for question in asked:
                owner, deadline = "operator", self.desk.rules.deadline
                questions.ask(connection, self.database, self.id_of(ref), question, owner, deadline)
        told = {"waiting_for": self.database.seal(asked[0].text), "waiting_on": "operator", "waiting_since": func.now()}
        return self.put(ref, **{"state": OrderState.ASKING, "due_at": None, "leased": False, **told, **values})

    def journal(self, ref: str) -> list[Entry]:
        with self.database.transaction() as connection:
            return list(journal.read(connection, self.database, self.id_of(ref)))

    def view(self, ref: str) -> dict[str, Any]:
        with self.database.transaction() as connection:
            return views.order_view(connection, self.database, self.id_of(ref))

    def question(self, ref: str, key: str) -> UUID:
        return next(UUID(each["id"]) for each in self.view(ref)["questions"] if each["key"] == key)

    def row(self, ref: str) -> orders.Row:
        with self.database.transaction() as connection:
            row = orders.read(connection, self.id_of(ref))
            assert row is not None
            return row

    def id_of(self, ref: str) -> UUID:
        with self.database.transaction() as connection:
            order_id = orders.find(connection, ref)
            assert order_id is not None
            return order_id


DOMAIN = Question("provisioning:1:msDomain", QuestionKind.PROVISIONING, "Which domain?", line="1")
SIZE = Question("size", QuestionKind.PROVISIONING, "Which size?", possible_values=("small", "large"))
PRICE = Question(
    "price:1",
    QuestionKind.PRICE,
    "The unit cost is 33.00 USD now, 31.10 USD was quoted.",
    line="1",
    amount=Money(amount=Decimal("33.00"), currency="USD"),
    acts=(Act.APPROVE, Act.CANCEL),
)
STUCK = Question("faults", QuestionKind.RETRIES, "Pax8 did not answer 14 times.", acts=(Act.RETRY, Act.CANCEL))
REVOKED = Question(
    "revoked:", QuestionKind.REVOKED, "The quote was revoked.", possible_values=("keep", "handled at the marketplace")
)
