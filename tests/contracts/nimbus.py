"""Nimbus, the invented marketplace of docs/marketplaces/add-a-marketplace.md, simulated."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from json import loads
from typing import Any

from pipeline.marketplaces.simulation import (
    Call,
    CommonKnobs,
    Problem,
    Reply,
    Route,
    Routes,
    SimulatedClock,
    SimulatedMarketplace,
    SimulatedWorld,
    Tokens,
)

PAGE = 25
CONTOSO, TAILSPIN, BLOCKED = "cmp-contoso", "cmp-tailspin", "cmp-litware"
BACKUP, DESK = "backup-small", "desk-phone"
KEY = "only-for-the-simulated-nimbus"
Json = dict[str, Any]


@dataclass(slots=True)
class Knobs(CommonKnobs):
    api_key: str = KEY
    lag: timedelta = timedelta()
    """Of orders, on lists and by id."""
    filters: bool = True
    """False: lists show everything, whatever was asked for."""


@dataclass(slots=True)
class Order:
    id: str
    company: str
    reference: str
    lines: list[Json]
    made: datetime
    ours: bool
    word: str = ""
    subscriptions: list[str] = field(default_factory=list)


class World(SimulatedWorld):
    def __init__(self) -> None:
        super().__init__(SimulatedClock())
        self.knobs = Knobs()
        self.companies = {CONTOSO: "active", TAILSPIN: "active", BLOCKED: "suspended"}
        self.products: dict[str, Json] = {
            BACKUP: {"id": BACKUP, "name": "Backup, small", "price": "4.20", "asks": ["administrator"]},
            DESK: {"id": DESK, "name": "Telephone", "price": "9.00", "asks": []},
        }
        self.orders: list[Order] = []

    def buy(self, company: str, reference: str, lines: Iterable[Json], *, ours: bool) -> Order:
        order = Order(self.new_id(), company, reference, list(lines), self.now, ours)
        order.subscriptions = [f"sub-{order.id}-{number}" for number, _ in enumerate(order.lines)]
        self.orders.append(order)
        return order

    def shown(self) -> list[Order]:
        """The newest first, as lists have them."""
        return [order for order in reversed(self.orders) if self.now - order.made >= self.knobs.lag]

    def state(self, order: Order) -> str:
        return order.word or ("active" if self.now - order.made >= timedelta(seconds=30) else "making")


class Keys(Tokens):
    def __init__(self, world: World) -> None:
        super().__init__(world, world.knobs)
        self._world_knobs = world.knobs

    def admit(self, authorization: str) -> bool:
        return authorization == f"Bearer {self._world_knobs.api_key}"


def company_of(world: World, company_id: str) -> Json:
    return {"id": company_id, "name": company_id.removeprefix("cmp-").title(), "status": world.companies[company_id]}


def order_of(order: Order) -> Json:
    lines = [
        {"product": line["product"], "quantity": line["quantity"], "made": made}
        for line, made in zip(order.lines, order.subscriptions, strict=True)
    ]
    return {"id": order.id, "company": order.company, "reference": order.reference, "lines": lines}


def subscriptions_of(world: World, orders: Iterable[Order]) -> list[Json]:
    return [
        {"id": made, "company": order.company, "state": world.state(order)} | line
        for order in orders
        for line, made in zip(order.lines, order.subscriptions, strict=True)
    ]


def paged(world: World, call: Call, found: list[Json]) -> tuple[int, Any]:
    """From what was last shown on, so that nothing is missed that comes in between; filters go along."""
    after = call.query.get("after")
    ids = [item["id"] for item in found]
    first = ids.index(after) + 1 if after in ids else 0
    items, rest = found[first : first + PAGE], found[first + PAGE :]
    kept = "".join(f"&{name}={text}" for name, text in call.query.items() if name != "after")
    following = f"{call.path}?after={items[-1]['id']}{kept}" if rest else None
    return 200, dressed(world, {"items": items, "next": following})


def dressed(world: World, content: Json) -> Json:
    return content | ({"x-unknown": {"of": "nobody"}} if world.knobs.unknown_fields else {})


def single(world: World, found: list[Json], thing_id: str) -> tuple[int, Any]:
    for one in found:
        if one["id"] == thing_id:
            return 200, dressed(world, one)
    raise Problem(404, "There is no such thing")


def companies(world: World, call: Call) -> tuple[int, Any]:
    return paged(world, call, [company_of(world, company_id) for company_id in world.companies])


def orders(world: World, call: Call) -> tuple[int, Any]:
    names = ("company", "reference") if world.knobs.filters else ()
    asked = {name: call.query[name] for name in names if name in call.query}
    found = [order_of(order) for order in world.shown()]
    return paged(world, call, [one for one in found if asked.items() <= one.items()])


def subscriptions(world: World, call: Call) -> tuple[int, Any]:
    found = subscriptions_of(world, world.shown())
    return paged(world, call, [one for one in found if call.query.get("company") in (None, one["company"])])


def create(world: World, call: Call) -> tuple[int, Any]:
    wanted = loads(call.body)
    if world.companies.get(wanted["company"]) != "active":
        raise Problem(422, "The company may not order")
    order = world.buy(wanted["company"], wanted["reference"], wanted["lines"], ours=True)
    world.writes.append("POST orders")
    return 201, dressed(world, order_of(order))


def one(made: Callable[[World], list[Json]]) -> Callable[[World, Call, str], tuple[int, Any]]:
    return lambda world, _call, thing_id: single(world, made(world), thing_id)


HANDLERS: Mapping[str, Callable[..., tuple[int, Any]]] = {
    "GET /companies": companies,
    "GET /companies/{id}": one(lambda world: [company_of(world, each) for each in world.companies]),
    "GET /products": lambda world, call: paged(world, call, list(world.products.values())),
    "GET /products/{id}": one(lambda world: list(world.products.values())),
    "GET /subscriptions": subscriptions,
    "GET /subscriptions/{id}": one(lambda world: subscriptions_of(world, world.shown())),
    "GET /orders": orders,
    "GET /orders/{id}": one(lambda world: [order_of(order) for order in world.shown()]),
    "POST /orders": create,
}


class NimbusSimulator(SimulatedMarketplace):
    routes = Routes(HANDLERS)

    def __init__(self) -> None:
        self.world = World()
        self.knobs = self.world.knobs
        super().__init__(self.world, self.knobs, Keys(self.world))

    def admit(self, call: Call, route: Route) -> Problem | None:  # noqa: ARG002
        return None if self.tokens.admit(call.authorization) else Problem(401, "Who are you?")

    def in_words(self, problem: Problem, call: Call) -> Reply:  # noqa: ARG002
        return Reply.json(problem.status, {"message": problem.message})
