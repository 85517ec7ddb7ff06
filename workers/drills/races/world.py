"""One Quoteway on virtual time for many cases: each case has a company of its own, so that none meets another."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from events.inbox import delivery_of, receive
from events.reading import ReadResult
from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState
from pipeline.marketplaces.pax8.simulator.customers import Customer
from pipeline.marketplaces.pax8.simulator.records import CONTACT_TYPES
from pipeline.marketplaces.simulated import Simulated
from pipeline.operations.desk import Desk
from pipeline.runner import Lane, Runner
from pipeline.store import orders, views
from pipeline.store.tables import ORDERS, QUOTES
from workers.drills.inprocess import Inside
from workers.drills.races.actors import Theatre
from workers.drills.races.shops import Shops, Sold

Json = dict[str, Any]
SHOP = "shop"
# More steps than any order needs. An order that takes more goes in circles.
_STEPS = 60
_JUST_AFTER = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Read:
    """An order as a person has it on the screen."""

    id: UUID
    view: Json

    @property
    def version(self) -> int:
        return int(self.view["version"])

    @property
    def open_questions(self) -> Sequence[Json]:
        return [one for one in self.view["questions"] if not one["answered_at"] and not one["withdrawn_at"]]


class World:
    """What the cases work with."""

    def __init__(self, inside: Inside, theatre: Theatre, shops: Shops) -> None:
        self.inside = inside
        self.theatre = theatre
        self.shops = shops
        self.simulator = inside.simulator
        self.clock = inside.clock
        self.database = inside.application.database
        self.desk: Desk = inside.application.desk
        self.runner: Runner = inside.application.runner()
        self._number = count(1)

    def customer(self, primaries: Sequence[str] = CONTACT_TYPES, *, there: bool = True) -> Customer:
        """A customer of whom nobody has heard, a company at Pax8 or not yet one."""
        number = next(self._number)
        company_id = f"b1000000-0000-4000-8000-{number:012d}" if there else ""
        customer = Customer(company_id, f"Racer {number:05d}", f"RACE-{number:05d}", tuple(primaries))
        if there:
            self.shops.know(customer, Simulated.PAX8)
        return customer

    def deliver(self, kind: str, data: Mapping[str, Any]) -> ReadResult:
        """A message of the source, stored and read."""
        return self.inside.application.reader.read(self.receive(kind, data))

    def receive(self, kind: str, data: Mapping[str, Any], *, readable: bool = True) -> UUID:
        """A message of the source, stored. `readable` False: as if no line could be told where to go."""
        source = self.inside.application.sources[SHOP]
        told = source if readable else replace(source, marketplaces=(), default_marketplace="")
        body = json.dumps({"type": kind, "timestamp": self.clock.now().isoformat(), "data": data}).encode()
        return receive(self.database, delivery_of({"webhook-id": str(uuid4())}, body, told)).event_id

    def orders_of(self, quote_id: str) -> Sequence[UUID]:
        """The orders of the quote, oldest first."""
        with self.database.transaction() as connection:
            mine = select(ORDERS.c.id).join(QUOTES, QUOTES.c.id == ORDERS.c.quote_pk)
            found = mine.where(QUOTES.c.quote_id == quote_id).order_by(ORDERS.c.created_at, ORDERS.c.id)
            return connection.execute(found).scalars().all()

    def row(self, order_id: UUID) -> orders.Row:
        with self.database.transaction() as connection:
            row = orders.read(connection, order_id)
        if row is None:
            raise LookupError(f"there is no order {order_id}")
        return row

    def read(self, order_id: UUID) -> Read:
        with self.database.transaction() as connection:
            return Read(order_id, views.order_view(connection, self.database, order_id))

    def bought(self, customer: Customer) -> Sequence[Sold]:
        """What the marketplaces have sold to this customer over their APIs."""
        return self.shops.bought(customer)

    def step(self, order_id: UUID, lane: Lane = lambda _stage: False) -> Sequence[Stage]:
        """What a worker does that gets a message for the order's present stage. Gives the stages that it committed."""
        return self.runner.run(order_id, Stage(self.row(order_id).stage), lane).done

    def until_due(self, order_id: UUID) -> bool:
        """Turns the clock to when the order may be taken. False: it is nobody's turn but a person's."""
        row = self.row(order_id)
        if row.due_at is None or OrderState(row.state).ended:
            return False
        moments = [row.taken_until] if row.taken_until is not None else []
        moments += [] if row.leased else [row.due_at]
        self.turn_to_latest(moments)
        return True

    def turn_to_latest(self, moments: Sequence[Any]) -> None:
        wait = max((moment - self.clock.now() for moment in moments), default=timedelta(0))
        if wait >= timedelta(0) and moments:
            self.clock.advance(wait + _JUST_AFTER)

    def run_out(self, quote_id: str) -> bool:
        """Runs all orders of the quote until only a person can go on with each. False: one goes in circles."""
        return all(self._run_out(order_id) for order_id in self.orders_of(quote_id))

    def _run_out(self, order_id: UUID) -> bool:
        for _ in range(_STEPS):
            if not self.until_due(order_id):
                return True
            self.step(order_id, lambda _stage: True)
        return bool(self.read(order_id).open_questions)
