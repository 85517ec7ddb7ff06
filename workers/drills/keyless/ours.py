"""Quoteway over the market: the whole of it in one process, with the clock turned to whatever is due next."""

from __future__ import annotations

import heapq
import json
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from events.inbox import inject
from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState
from pipeline.marketplaces.pax8.simulator.customers import Customer
from pipeline.store.due import Due, due_orders
from pipeline.store.tables import ORDERS
from workers.bootstrap import Application
from workers.drills.inprocess import Wishes, variables, virtual_parts
from workers.drills.keyless.market import Market
from workers.drills.keyless.person import Person, open_questions
from workers.drills.keyless.plan import Plan, Wanted
from workers.drills.keyless.verdict import Believed
from workers.drills.quotes import quote
from workers.settings import load_settings

Json = dict[str, Any]
_STAGES = [stage.value for stage in Stage]
_LEASE = timedelta(seconds=300)
_HURRY = timedelta(seconds=20)
# Acts of people for each quote; past so many they give up.
_PATIENCE = 2
_SOON = timedelta(milliseconds=1)


@dataclass(slots=True)
class Seen:
    """What came of the quotes: whom a person was asked about, with the questions' words."""

    asked: dict[str, list[Json]] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)


@contextmanager
def quoteway(url: str, market: Market, *, resend: bool) -> Iterator[Application]:
    """An application over a database of virtual time, with the settings that an account has by default."""
    told = {"QUOTEWAY_MARKETPLACES__PAX8__RESEND_WHEN_ABSENT": str(resend).lower(), "QUOTEWAY_QUESTIONS__OWNER": "it"}
    settings = load_settings({**variables(url), **told}, None)
    with Application.open(settings, pool_size=1, parts=virtual_parts(Wishes(), market, market.clock)) as application:
        yield application


class Quoteway:
    """Buys the quotes of a plan."""

    def __init__(self, plan: Plan, market: Market, application: Application) -> None:
        self.market = market
        self.seen = Seen()
        self.person = Person(application.desk, market)
        self._plan = plan
        self._application = application
        self._runner = application.runner()
        self._quotes: dict[UUID, str] = {}
        self._agenda: list[tuple[datetime, int, Callable[[], object]]] = []
        self._ticket = count()
        self._waits: set[UUID] = set()
        self._rng = random.Random(f"{plan.seed} person")  # noqa: S311 - repeatable on purpose

    def run(self) -> Mapping[str, Believed]:
        """Until nothing is due any more."""
        for wanted in self._plan.quotes:
            self._at(self.market.moment(wanted.at), partial(self._accept, wanted))
        while self._turn_to_next() and not self._asks_too_much():
            while self._agenda and self._agenda[0][0] <= self.market.clock.now():
                heapq.heappop(self._agenda)[2]()
            for due in self._due():
                self._work(due)
        return {self._quotes[order_id]: self._believed(order_id) for order_id in self._quotes}

    def _asks_too_much(self) -> bool:
        tried = len(self.person.did) + len(self.seen.troubles)
        if tried <= _PATIENCE * len(self._plan.quotes):
            return False
        self.seen.troubles.append(f"people are asked on and on: they have tried {tried} times")
        return True

    def _at(self, when: datetime, act: Callable[[], object]) -> None:
        heapq.heappush(self._agenda, (when, next(self._ticket), act))

    def _turn_to_next(self) -> bool:
        moments = [self._agenda[0][0]] if self._agenda else []
        with self._application.database.transaction() as connection:
            free = func.greatest(ORDERS.c.due_at, func.coalesce(ORDERS.c.taken_until, ORDERS.c.due_at))
            due = connection.execute(select(func.min(free)).where(ORDERS.c.due_at.is_not(None))).scalar_one()
        moments += [] if due is None else [due + _SOON]
        if moments:
            self.market.turn_to(max(min(moments), self.market.clock.now()))
        return bool(moments)

    def _due(self) -> list[Due]:
        with self._application.database.transaction() as connection:
            found = due_orders(connection, _STAGES, 50, _LEASE)
        # In an order of their own, so that the same seed goes the same way.
        return sorted(found, key=lambda one: self._quotes[one.id])

    def _accept(self, wanted: Wanted) -> None:
        body = json.dumps(_quote(wanted, self.market)).encode()
        event_id = inject(self._application.database, body, self._application.sources["shop"])
        made = self._application.read_event(event_id)
        if len(made) != 1:
            self.seen.troubles.append(f"{wanted.id} became {len(made)} orders")
        for order_id in made:
            self._quotes[order_id] = wanted.id
            self._work(Due(order_id, Stage.RESOLVE_COMPANY.value))

    def _work(self, due: Due) -> None:
        quote_id = self._quotes[due.id]
        self.market.sender = quote_id
        sent = len(self.market.sent[quote_id])
        self._runner.run(due.id, Stage(due.queue), lambda _stage: True)
        if len(self.market.sent[quote_id]) > sent:
            self._at(self.market.clock.now() + _HURRY, partial(self._hurry, due.id))
        self._ask(due.id)

    def _hurry(self, order_id: UUID) -> None:
        self.person.hurries(order_id, self._quotes[order_id])

    def _ask(self, order_id: UUID) -> None:
        """Where a person is asked: who comes to it after a while."""
        if order_id in self._waits or not self._asks(order_id):
            return
        view, quote_id = self.person.read(order_id), self._quotes[order_id]
        self.seen.asked.setdefault(quote_id, []).extend(open_questions(view))
        self._waits.add(order_id)
        wait = timedelta(minutes=self._rng.uniform(1, 5))
        self._at(self.market.clock.now() + wait, partial(self._settle, order_id))

    def _asks(self, order_id: UUID) -> bool:
        with self._application.database.transaction() as connection:
            state = connection.execute(select(ORDERS.c.state).where(ORDERS.c.id == order_id)).scalar_one()
        return bool(state == OrderState.ASKING)

    def _settle(self, order_id: UUID) -> None:
        quote_id = self._quotes[order_id]
        self._waits.discard(order_id)
        if self.person.hurries(order_id, quote_id):
            return
        self.market.sender = quote_id
        try:
            self.person.settles(order_id, quote_id)
        except Exception as error:  # noqa: BLE001 - whatever keeps a person from settling it is a finding
            self.seen.troubles.append(f"{quote_id} could not be settled: {type(error).__name__}: {error}")
        self._ask(order_id)

    def _believed(self, order_id: UUID) -> Believed:
        view, quote_id = self.person.read(order_id), self._quotes[order_id]
        if view["state"] not in ("done", "cancelled"):
            self.seen.troubles.append(f"{quote_id} has come to rest as {view['state']} at {view['stage']}")
        ended = quote_id in self.person.ended
        return Believed(view["marketplace_order_id"], quote_id in self.seen.asked, ended)


def _quote(wanted: Wanted, market: Market) -> Json:
    company = market.companies[wanted.company]
    customer = Customer(company.id, company.name, company.external_id)
    lines = [
        {
            "id": str(line.number),
            "product_id": line.product_id,
            "quantity": line.quantity,
            "billing_term": line.billing_term,
        }
        for line in wanted.lines
    ]
    accepted = {"id": wanted.id, "accepted_at": market.clock.now().isoformat()}
    return quote(lines, customer, quote=accepted)
