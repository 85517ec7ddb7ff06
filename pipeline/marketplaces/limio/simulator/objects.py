"""Objects of any kind by id, and lists of their summaries. No list takes a filter."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from pipeline.marketplaces.limio.simulator import assumed, rendering
from pipeline.marketplaces.limio.simulator.problems import missing
from pipeline.marketplaces.limio.simulator.records import Account, Customer, Order, Process, Subscription
from pipeline.marketplaces.limio.simulator.requests import counter, listed
from pipeline.marketplaces.limio.simulator.world import World
from pipeline.marketplaces.simulation.exchange import Call
from pipeline.marketplaces.simulation.routing import Problem

SERVICES = ("limio", "zuora", "salesforce")
KINDS = (
    "orders",
    "customers",
    "subscriptions",
    "identities",
    "address",
    "schedules",
    "payment_methods",
    "subscription_offers",
    "user_entitlements",
    "gift_code",
    "promo_codes_v2",
    "events",
    "process",
)
Record = Order | Customer | Subscription | Process | Account


def index(world: World, call: Call, service: str, kind: str) -> tuple[int, Any]:
    _known(service, kind)
    limit = counter(call, "limit", assumed.LIST_LIMIT, assumed.LARGEST_LIMIT)
    lag = world.knobs.order_list_lag if kind == "orders" else _read_lag(world, kind)
    seen = world.now - lag
    found = [one for one in _store(world, service, kind).values() if _began(one) <= seen]
    if world.knobs.newest_first:
        found.reverse()
    return 200, listed(world, call, f"{service}/{kind}", found, partial(_row, world), limit)


def show(world: World, _call: Call, service: str, kind: str, key: str) -> tuple[int, Any]:
    _known(service, kind)
    store = _store(world, service, kind)
    found = store.get(key)
    if found is None and world.knobs.reads_by_reference:
        found = next((one for one in store.values() if getattr(one, "reference", None) == key), None)
    if found is None or _began(found) > world.now - _read_lag(world, kind):
        raise missing(kind, key)
    return 200, _object(world, found)


def _known(service: str, kind: str) -> None:
    if service not in SERVICES:
        raise Problem(400, f"service must be one of {', '.join(SERVICES)}")
    if kind not in KINDS:
        raise Problem(400, f"path_type must be one of {', '.join(KINDS)}")


def _store(world: World, service: str, kind: str) -> Mapping[str, Record]:
    """Oldest first; nothing of the kinds that nobody here makes."""
    if service != "limio":
        return {one.id: one for one in world.accounts.values() if (one.service, one.kind) == (service, kind)}
    stores: dict[str, Mapping[str, Record]] = {
        "orders": world.orders_by_id,
        "customers": world.customers,
        "subscriptions": world.subscriptions,
        "process": world.processes,
    }
    return stores.get(kind, {})


def _read_lag(world: World, kind: str) -> timedelta:
    lags = {"orders": world.knobs.order_read_lag, "subscriptions": world.knobs.subscription_read_lag}
    return lags.get(kind, timedelta())


def _began(record: Record) -> datetime:
    return record.begins if isinstance(record, Process) else record.created


def _row(world: World, record: Record) -> dict[str, Any]:
    """The summary."""
    match record:
        case Order():
            return assumed.order_row(record, world.knobs, world.now)
        case Subscription():
            return rendering.subscription_row(record, world.now)
        case Process():
            return assumed.process_row(record, world.now)
        case Customer():
            return {name: value for name, value in assumed.customer_object(record).items() if name != "data"}
        case Account():
            return assumed.account_object(record)


def _object(world: World, record: Record) -> dict[str, Any]:
    match record:
        case Order():
            return assumed.order_object(record, world.knobs, world.now)
        case Subscription():
            return rendering.subscription(record, world.now)
        case Process():
            return assumed.process_object(record, world.now)
        case Customer():
            return assumed.customer_object(record)
        case Account():
            return assumed.account_object(record)
