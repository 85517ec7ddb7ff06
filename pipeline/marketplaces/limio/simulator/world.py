"""Everything that the simulated Limio knows, and what happens there without a call of ours."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from pipeline.marketplaces.limio.simulator.assumed import COMPLETE, INITIAL, NEW, PURCHASES, QUEUED
from pipeline.marketplaces.limio.simulator.knobs import Knobs
from pipeline.marketplaces.limio.simulator.offers import SMOOTH, Course, Offer
from pipeline.marketplaces.limio.simulator.orchestration import MADE_BY, Run, Terms, carry_over, left_by, plan
from pipeline.marketplaces.limio.simulator.records import (
    Account,
    Basket,
    Customer,
    Item,
    Order,
    Origin,
    Partner,
    Process,
    Subscription,
)
from pipeline.marketplaces.limio.simulator.wanted import Person, Wanted
from pipeline.marketplaces.limio.simulator.webhooks import Event, Outbox
from pipeline.marketplaces.simulation.clock import SimulationClock
from pipeline.marketplaces.simulation.world import SimulatedWorld

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"


class World(SimulatedWorld):
    """What exists at the simulated Limio. `outbox` holds the webhooks, oldest first."""

    def __init__(self, clock: SimulationClock, seed: int = 0, knobs: Knobs | None = None) -> None:
        super().__init__(clock, seed)
        self.knobs = knobs or Knobs()
        self.partner = Partner()
        self.offers: dict[str, Offer] = {}
        self.customers: dict[str, Customer] = {}
        self.baskets: dict[str, Basket] = {}
        self.subscriptions: dict[str, Subscription] = {}
        self.processes: dict[str, Process] = {}
        self.accounts: dict[str, Account] = {}
        self.courses: dict[str, Course] = {}
        self.outbox = Outbox(self.knobs)
        self.orders_by_id: dict[str, Order] = {}
        self._by_email: dict[str, Customer] = {}
        self._next_courses: deque[Course] = deque()

    @property
    def orders(self) -> list[Order]:
        """All orders, oldest first, whoever made them."""
        self.settle()
        return list(self.orders_by_id.values())

    @property
    def bought(self) -> list[Order]:
        """Those that came in over the API and cost money; one that stopped half way counts, as it may have."""
        return [order for order in self.orders if order.origin is Origin.API and order.kind in PURCHASES]

    @property
    def half_done(self) -> list[Order]:
        """Orders that will get no further and left something behind in another service."""
        return [order for order in self.orders if self._is_stuck(order) and self.left_behind(order)]

    def left_behind(self, order: Order) -> list[Account]:
        """What the order's plug-ins have made elsewhere by now."""
        return [one for one in self.accounts.values() if one.order_id == order.id and one.created <= self.now]

    def _is_stuck(self, order: Order) -> bool:
        return any(one.critical and one.failure and one.ends and one.ends <= self.now for one in order.processes)

    def order(self, order_id: str) -> Order | None:
        return self.orders_by_id.get(order_id)

    def prefixed_id(self, kind: str) -> str:
        return f"{kind}-{self.rng.getrandbits(128):032x}"

    def reference(self) -> str:
        return "".join(self.rng.choices(LETTERS, k=12))

    def customer(self, email: str, company: str = "Contoso", **fields: Any) -> Customer:
        """Put a customer here. Nothing is checked, doubles are allowed."""
        chosen: dict[str, Any] = {"first_name": "Ada", "last_name": "Lovelace", "created": self.now} | fields
        chosen.setdefault("id", self.prefixed_id("cus"))
        made = Customer(owner=self.prefixed_id("id"), email=email, company=company, **chosen)
        return self._move_in(made)

    def _move_in(self, customer: Customer) -> Customer:
        self.customers[customer.id] = customer
        self._by_email.setdefault(customer.email.casefold(), customer)
        return customer

    def by_email(self, email: str) -> Customer | None:
        """The one that an order for this address is for; the first of doubles."""
        return self._by_email.get(email.strip().casefold())

    def reprice(self, offer_id: str, *, price: Decimal | None = None, factor: Decimal = Decimal(1)) -> Offer:
        """Publish the offer anew, which makes another version of it."""
        offer = self.offers[offer_id]
        new = price if price is not None else (offer.price * factor).quantize(Decimal("0.01"))
        self.offers[offer_id] = offer.at(new)
        return self.offers[offer_id]

    def run_next(self, *courses: Course) -> None:
        """How the very next orders run, one course each."""
        self._next_courses.extend(courses)

    def buy(self, wanted: Wanted, origin: Origin, at: datetime | None = None, *, quietly: bool = False) -> Order:
        """Make the order and let it run; its customer too, where none has that address. Nothing is checked."""
        order = self.draft(wanted, origin, at)
        self._move_in(order.customer)
        if (basket := self.baskets.get(wanted.checkout_id or "")) is not None:
            basket.completed_at = basket.completed_at or order.created
            basket.order_ids.append(order.id)
        course = self._course_of(order)
        run = self._run(order, course, wanted.immediately)
        if order.subscription is None and order.kind == NEW:
            order.subscription = self._subscription(order, run)
        if order.subscription is not None and run.done_at is not None:
            carry_over(order.subscription, order, run.done_at, course)
        self.orders_by_id[order.id] = order
        if not quietly:
            self._tell(order)
        return order

    def draft(self, wanted: Wanted, origin: Origin = Origin.API, at: datetime | None = None) -> Order:
        """An order that isn't kept and does not run."""
        created = at or self.now
        return Order(
            id=self.prefixed_id("order"),
            reference=self.reference(),
            kind=wanted.kind,
            customer=self.by_email(wanted.person.email) or self._newcomer(wanted.person),
            created=created,
            items=wanted.items,
            origin=origin,
            steps=[(created, COMPLETE if wanted.immediately else QUEUED)],
            external_id=wanted.external_id,
            checkout_id=wanted.checkout_id,
            country=wanted.country,
            source=wanted.source,
            partner=wanted.partner,
            subscription=wanted.subscription,
        )

    def _newcomer(self, person: Person) -> Customer:
        key, owner = self.prefixed_id("cus"), self.prefixed_id("id")
        return Customer(key, owner, person.email, person.first_name, person.last_name, person.company, self.now)

    def _run(self, order: Order, course: Course, immediately: bool) -> Run:
        terms = Terms(self.knobs.billing_plugin, 0 if immediately else self.knobs.queued_for, immediately)
        run = plan(order, course, self.prefixed_id, terms)
        order.steps, order.processes = run.steps, run.processes
        self.processes |= {one.id: one for one in run.processes}
        self.accounts |= {one.id: one for one in run.accounts}
        return run

    def _course_of(self, order: Order) -> Course:
        """The longest of its items' ways."""
        if self._next_courses:
            return self._next_courses.popleft()
        ways = [self.courses.get(item.offer_id, self.offers[item.offer_id].course) for item in order.items]
        return max(ways, key=lambda way: way.seconds, default=SMOOTH)

    def _subscription(self, order: Order, run: Run) -> Subscription | None:
        made_at = order.created if self.knobs.subscription_made == "with_order" else run.billed_at
        return None if made_at is None else self.subscribe(order.customer, order.items, made_at, order.id)

    def subscribe(
        self, customer: Customer, items: Iterable[Item], at: datetime | None = None, order_id: str = ""
    ) -> Subscription:
        """Put a subscription here, in `initial`; without an order's id, of an order that nobody knows any more."""
        created, key = at or self.now, self.prefixed_id("sub")
        contents = [(created, tuple(items))]
        made = Subscription(
            key,
            self.reference(),
            order_id or self.prefixed_id("order"),
            customer,
            created,
            contents,
            [(created, INITIAL)],
        )
        self.subscriptions[made.id] = made
        return made

    def _tell(self, order: Order) -> None:
        self.outbox.tell(Event.ORDER_SUBMITTED, order, self.now)
        if (made := order.subscription) is not None:
            self._at(max(made.created, self.now), partial(self._tell_of, made))
        for process in order.processes:
            if process.failure and process.ends is not None:
                self._at(process.ends, partial(self._tell_failure, process))

    def _at(self, moment: datetime, act: Callable[[], None]) -> None:
        if moment <= self.now:
            act()
        else:
            self.later((moment - self.now).total_seconds(), act)

    def _tell_of(self, made: Subscription) -> None:
        self.outbox.tell(Event.SUBSCRIPTION_CREATED, made, self.now)
        self.outbox.tell(Event.ENTITLEMENTS_UPDATED, made, self.now)

    def _tell_failure(self, process: Process) -> None:
        self.outbox.tell(Event.ERROR, process, self.now)

    def mend(self, order_id: str) -> None:
        """An operator runs what had not run: the order gets through after all."""
        order = self.orders_by_id[order_id]
        order.steps.append((self.now, COMPLETE))
        for process in order.processes:
            process.ends, process.failure = process.ends or self.now, None
        have = {(one.service, one.kind) for one in self.left_behind(order)}
        for plugin in MADE_BY:
            made = left_by(plugin, order, self.prefixed_id, self.knobs.billing_plugin, self.now)
            if (made.service, made.kind) not in have:
                self.accounts[made.id] = made
        if order.subscription is None and order.kind == NEW:
            order.subscription = self.subscribe(order.customer, order.items, self.now, order.id)
        if order.subscription is not None:
            carry_over(order.subscription, order, self.now, SMOOTH)

    def set_status(self, subscription_id: str, word: str) -> None:
        self.subscriptions[subscription_id].become(self.now, (self.now, word))

    def set_order_status(self, order_id: str, word: str) -> None:
        order = self.orders_by_id[order_id]
        order.steps = [*(step for step in order.steps if step[0] <= self.now), (self.now, word)]

    def item(self, offer_id: str, quantity: int = 1) -> Item:
        """That offer in its current version."""
        offer = self.offers[offer_id]
        return Item(offer.id, offer.version, quantity, offer.price)

    def stranger_order(self, customer: Customer | str, lines: Iterable[Mapping[str, Any]]) -> Order:
        """Somebody else, in the shop say, buys this for the customer. Lines are `{"offer_id", "quantity"}`."""
        who = self.customers[customer] if isinstance(customer, str) else customer
        with self.lock:
            return self.buy(self._wish(who, [self.item(**line) for line in lines]), Origin.STRANGER)

    def seed_orders(self, customer: Customer, n: int, item: Item, every: timedelta = timedelta(hours=1)) -> None:
        """`n` orders of that from the past, the newest one `every` ago, each complete and with a live subscription."""
        with self.lock:
            began = self.now - every * n
            for nth in range(n):
                self.buy(self._wish(customer, [item]), Origin.SEED, began + every * nth, quietly=True)

    def _wish(self, customer: Customer, items: list[Item]) -> Wanted:
        person = Person(customer.email, customer.first_name, customer.last_name, customer.company)
        return Wanted(NEW, person, tuple(items), "US", source="shop")
