"""Everything that the simulated AppXite knows, and what happens there without a call of ours."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from pipeline.marketplaces.appxite.simulator import statuses, webhooks
from pipeline.marketplaces.appxite.simulator.assumed import PENDING_APPROVAL, REJECTED
from pipeline.marketplaces.appxite.simulator.knobs import Knobs
from pipeline.marketplaces.appxite.simulator.offers import FINISHED, Offer, Walk, automated, failing
from pipeline.marketplaces.appxite.simulator.prices import CENT, Prices
from pipeline.marketplaces.appxite.simulator.records import Item, Order, Organisation, Origin, Subscription
from pipeline.marketplaces.simulation.clock import SimulationClock
from pipeline.marketplaces.simulation.world import SimulatedWorld

KEPT_NOTIFICATIONS = 10000


class World(SimulatedWorld):
    """What exists at the simulated AppXite.

    Notifications are kept in `outbox`, the last ones of them, and are handed to `deliver` where there is one; both
    under `lock`, as soon as the world is looked at after they were due.
    """

    def __init__(self, clock: SimulationClock, seed: int = 0, knobs: Knobs | None = None) -> None:
        super().__init__(clock, seed)
        self.knobs = knobs or Knobs()
        self.organisations: dict[str, Organisation] = {}
        self.offers: dict[str, Offer] = {}
        self.prices = Prices()
        self.walks: dict[str, Walk] = {}
        self.subscriptions: dict[str, Subscription] = {}
        self.subscriptions_by_organisation: dict[str, list[Subscription]] = defaultdict(list)
        self.taken_domains: set[str] = set()
        self.outbox: deque[webhooks.Notification] = deque(maxlen=KEPT_NOTIFICATIONS)
        self.deliver: Callable[[webhooks.Notification], None] | None = None
        self._known: dict[str, Order] = {}
        self._executed: list[Order] = []
        self._executed_by_organisation: dict[str, list[Order]] = defaultdict(list)
        self._items: dict[str, list[tuple[Order, Item]]] = defaultdict(list)
        self._next_walks: deque[Walk] = deque()

    @property
    def orders(self) -> list[Order]:
        """All that were bought, in the order in which they were, whoever bought them. Carts are none."""
        self.settle()
        return list(self._executed)

    @property
    def bought(self) -> list[Order]:
        """Those that came in over the API."""
        return [order for order in self.orders if order.origin is Origin.API]

    @property
    def carts(self) -> list[Order]:
        """What was put in a cart and neither placed nor deleted."""
        self.settle()
        return [order for order in self._known.values() if order.executed is None]

    def order(self, order_id: str) -> Order | None:
        return self._known.get(order_id)

    def orders_of(self, organisation_id: str) -> list[Order]:
        """Bought ones, oldest first; not a copy."""
        return self._executed_by_organisation.get(organisation_id, [])

    def items(self, item_id: str) -> list[tuple[Order, Item]]:
        """Everything that was ever put in a cart with that id, oldest first."""
        return self._items.get(item_id, [])

    def organisation(self, name: str = "Contoso", **fields: Any) -> Organisation:
        """Put an organisation here, Active unless `state` says otherwise. Nothing is checked, doubles are allowed."""
        fields.setdefault("id", self.new_id())
        made = Organisation(name=name, **fields)
        self.organisations[made.id] = made
        return made

    def reprice(
        self,
        offer_id: str,
        *,
        price: Decimal | None = None,
        factor: Decimal = Decimal(1),
        organisation_id: str | None = None,
        new_ids: bool = True,
    ) -> None:
        """From now on it costs that, or so many times as much, by each plan, which gets a new id as prices do here."""
        offer = self.offers[offer_id]
        plans = [
            plan.at(
                price if price is not None else (plan.price * factor).quantize(CENT),
                self.new_id() if new_ids else None,
            )
            for plan in self.prices.plans(offer, organisation_id)
        ]
        self.prices.change(offer, organisation_id, tuple(plans))

    def walk_next(self, *walks: Walk) -> None:
        """How the very next items are provisioned, one walk each."""
        self._next_walks.extend(walks)

    def put_in_cart(self, organisation_id: str, items: list[Item], origin: Origin = Origin.API) -> Order:
        order = Order(self.new_id(), organisation_id, self.now, items, origin)
        self._known[order.id] = order
        for item in items:
            self._items[item.id].append((order, item))
        return order

    def drop(self, order: Order, items: list[Item]) -> None:
        """Out of the cart; an order without any items is forgotten."""
        order.items = [item for item in order.items if item not in items]
        if not order.items:
            self._known.pop(order.id, None)

    def place(self, order: Order, items: Iterable[Item], organisation_id: str) -> None:
        """That organisation buys these items. Nothing is checked."""
        if order.executed is None:
            order.executed, order.organisation_id = self.now, organisation_id
            self._executed.append(order)
            self._executed_by_organisation[organisation_id].append(order)
        for item in items:
            item.placed, item.walk = self.now, self._walk(item)
            item.subscription_id = self.new_id()
            subscription = Subscription(item.subscription_id, organisation_id, item, item.quantity)
            self.subscriptions[subscription.id] = subscription
            self.subscriptions_by_organisation[organisation_id].append(subscription)
            self._go(order, item, ((0, PENDING_APPROVAL),) if item.offer.manual else item.walk)

    def _walk(self, item: Item) -> Walk:
        if self._next_walks:
            return self._next_walks.popleft()
        least, most = item.offer.limits
        if not least <= item.quantity <= most:
            return failing()
        return self.walks.get(item.offer.id, item.offer.walk)

    def _go(self, order: Order, item: Item, walk: Walk) -> None:
        steps = [(self.now + timedelta(seconds=after), word) for after, word in walk]
        item.become(self.now, *steps)
        for after, word in walk:
            self.later(after, partial(self._tell, order, item, word))

    def buy(self, organisation_id: str, items: list[Item], origin: Origin) -> Order:
        """Cart and purchase at once. Nothing is checked."""
        order = self.put_in_cart(organisation_id, items, origin)
        self.place(order, items, organisation_id)
        return order

    def buy_again(self, organisation_id: str, items: Iterable[Item]) -> Order:
        """The same once more, with the same ids of items, as an order of its own."""
        copies = [Item(item.id, item.offer, dict(item.form), item.add_ons) for item in items]
        return self.buy(organisation_id, copies, Origin.API)

    def decide(self, order: Order, *, approve: bool, **details: Any) -> list[Item]:
        """Somebody approves what waits for it, with what the vendor told them, or rejects it; answers the items."""
        waiting = [item for item in order.lines if item.status(self.now) == PENDING_APPROVAL]
        for item in waiting:
            item.approval = details
            self._go(order, item, (item.walk or automated()) if approve else ((0, REJECTED),))
        return waiting

    def set_status(self, item_id: str, word: str) -> None:
        """For every item of that id which was placed; for good."""
        for order, item in self.items(item_id):
            if item.placed is not None:
                self._go(order, item, ((0, word),))

    def line(self, offer_id: str, quantity: int = 1, plan_id: str | None = None, **answers: Any) -> Item:
        """An item with form data as the portal sends them. `answers` are further keys of the form."""
        offer = self.offers[offer_id]
        plans = self.prices.plans(offer)
        plan = next((one for one in plans if one.id == plan_id), plans[0])
        return Item(self.new_id(), offer, offer.form(quantity, plan, **answers))

    def stranger_order(self, organisation: Organisation | str, lines: Iterable[Item | Mapping[str, Any]]) -> Order:
        """Somebody else, in the portal say, buys this for the organisation. Mappings are the arguments of `line`."""
        with self.lock:
            made = [line if isinstance(line, Item) else self.line(**line) for line in lines]
            buyer = organisation if isinstance(organisation, str) else organisation.id
            return self.buy(buyer, made, Origin.STRANGER)

    def seed_orders(
        self, organisation: Organisation | str, n: int, offer_id: str, every: timedelta = timedelta(hours=1)
    ) -> None:
        """`n` orders of one of that from the past, the newest one `every` ago, all provisioned."""
        buyer = organisation if isinstance(organisation, str) else organisation.id
        with self.lock:
            before = self._acting_at
            for nth in range(n, 0, -1):
                self._acting_at = self.clock.now() - every * nth
                item = self.line(offer_id)
                self.buy(buyer, [item], Origin.SEED)
                item.steps = [(self.now, FINISHED)]
            self._acting_at = before

    def _tell(self, order: Order, item: Item, word: str) -> None:
        if item.status(self.now) != word or order.origin is Origin.SEED:
            return
        status = statuses.of_notification(one.status(self.now) for one in order.items)
        if word == PENDING_APPROVAL:
            self._notify(order, webhooks.NEEDS_APPROVAL, status)
        elif order.told != status:
            order.told = status
            self._notify(order, webhooks.STATUS_CHANGED, status)

    def _notify(self, order: Order, template: str, status: str) -> None:
        organisation, shared = self.organisations[order.organisation_id], self.new_id()
        for level in self.knobs.hooks:
            audit_id = shared if self.knobs.hooks_share_audit_id else self.new_id()
            body = webhooks.body(
                audit_id, template, order, organisation, status, partial(self._price, order), self.knobs.currency
            )
            made = webhooks.Notification(level, self.now, body, self.knobs.hook_authorization)
            self.outbox.append(made)
            if self.deliver is not None:
                self.deliver(made)

    def _price(self, order: Order, item: Item) -> Decimal:
        return self.prices.of(item.offer, item.plan_id, order.organisation_id)

    def lagging(self, since: datetime | None, lag: timedelta) -> bool:
        """Whether what happened then doesn't show yet."""
        return since is not None and self.now - since < lag
