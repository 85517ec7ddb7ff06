"""
What only some marketplaces can do. A stage looks whether an adapter has an ability, never which marketplace it is.

The same holds as in `pipeline.ports`: every method may raise a PortError, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from pipeline.domain.catalogue import PlacedOrder, Product, Subscription
from pipeline.domain.claim import AllocateUnit, FillBasket, Payload, PlaceOrder
from pipeline.domain.company import Company, CompanyContact
from pipeline.domain.money import Money
from pipeline.domain.terms import SubscriptionTerms


@dataclass(frozen=True, slots=True)
class Passed:
    """
    The dry run accepted the payload. `total` is what it said that all of it costs for one billing period, None where it
    says nothing, or nothing that can be read.
    """

    total: Money | None = None


@dataclass(frozen=True, slots=True)
class RefusedPayload:
    """
    The dry run refused it. `fields` are (line number, field key) pairs that the details name, where they do;
    `line_company` says that lines were wanted with the company's id.
    """

    details: tuple[str, ...]
    fields: tuple[tuple[int | None, str], ...] = ()
    line_company: bool = False


@dataclass(frozen=True, slots=True)
class BasketGone:
    """The basket that it is to be bought from is no longer there, or no longer holds what was put into it."""


@runtime_checkable
class Rehearses(Protocol):
    """A marketplace with a dry run of the exact payload."""

    def rehearse(self, wanted: PlaceOrder) -> Passed | RefusedPayload | BasketGone:
        """What `wanted` would do. Buys nothing, whatever happens, and may be repeated."""
        ...


@runtime_checkable
class FindsByReference(Protocol):
    """A marketplace that keeps a reference of ours on an order, so that a lost answer is found by it."""

    def find_orders(self, write: PlaceOrder) -> Sequence[PlacedOrder]:
        """
        Every order that this purchase, or another attempt of it, has made: one, none, or (which nobody wants) more.
        What stands in a basket and was not bought is none. Complete, or IncompleteScan.
        """
        ...


@runtime_checkable
class MayOrder(Protocol):
    """A marketplace that tells without a purchase whether these credentials may make one."""

    def may_order(self) -> bool:
        """Buys nothing, whatever happens."""
        ...


@runtime_checkable
class SellsByCompany(Protocol):
    """A marketplace that says what it sells, and whether still, only to a company."""

    def product_for(self, product_id: str, company_id: str) -> Product:
        """`product`, as this company may buy it. Raises NotFound."""
        ...


@runtime_checkable
class KeepsContacts(Protocol):
    """A marketplace whose companies need primary contacts before they can order, and that makes companies."""

    def contacts(self, company_id: str) -> Sequence[CompanyContact]: ...


@runtime_checkable
class KnowsByEmail(Protocol):
    """A marketplace that knows customers by their e-mail address, and makes one from the first order."""

    def customers(self, email: str) -> Sequence[Company]:
        """Those of exactly this address, whatever its capitals. Complete, or IncompleteScan."""
        ...

    def wanted_of_buyer(self) -> frozenset[str]:
        """The fields of `Buyer` that an order must have."""
        ...


@runtime_checkable
class BuysFromBaskets(Protocol):
    """
    A marketplace where what is bought is put into a basket first, as FillBasket does; ids of ours in it come from the
    write's reference and number. `drops_baskets`: one can be thrown away; else it is left alone.
    """

    drops_baskets: bool

    def find_basket(self, write: FillBasket) -> str | None:
        """The basket that this write has made; None where there is none, or where nobody can tell."""
        ...


@runtime_checkable
class AllocatesUnits(Protocol):
    """A marketplace where each unit of what was bought is handed out by a write of its own."""

    def next_unit(self, placed: PlacedOrder) -> AllocateUnit | None:
        """
        A unit that the order still lacks and that is in stock. None: there is nothing to hand out now, or somebody
        else does it.
        """
        ...

    def find_unit(self, write: AllocateUnit) -> str | None:
        """What handing this unit out for this order has made, None where nothing has been."""
        ...


@dataclass(frozen=True, slots=True)
class Cancellable:
    """
    Something of an order that is cancelled for itself: a subscription, an item, or the whole order.

    `id` is what CancelPurchase names as its target, `what` names it within a sentence. `refused` says why it cannot be
    cancelled now, as the end of a sentence; empty: it can. `ending`: it is being cancelled already. `ended`: it is
    over, or never came to be. Those two go before `refused`.
    """

    id: str
    what: str
    refused: str = ""
    ending: bool = False
    ended: bool = False


@runtime_checkable
class CancelsPurchases(Protocol):
    """A marketplace where what was bought can be cancelled, by CancelPurchase."""

    def cancellable(self, placed: PlacedOrder) -> Sequence[Cancellable]:
        """
        All that the order bought, what is over too, read fresh; one each time, by the same id. Changes nothing.
        """
        ...


@runtime_checkable
class ChangesSubscriptions(Protocol):
    """
    A marketplace where a live subscription is changed by a write of its own, ChangeSubscription. The write says what
    the subscription is to be, never by how much it is to differ.
    """

    def compose_change(self, subscription_id: str, before: SubscriptionTerms, after: SubscriptionTerms) -> Payload:
        """
        The exact bytes of the change, with no more in them than what differs; equal arguments give equal ones. The hash
        covers which subscription it is. Calls nobody.
        """
        ...


@runtime_checkable
class OrdersChanges(Protocol):
    """
    A marketplace where a subscription is changed by an order of its own kind, which goes the way of a purchase: a line
    that changes one names what it is to be of.
    """

    orders_changes: bool


@runtime_checkable
class PricesAtRehearsal(Protocol):
    """A marketplace that says what something costs only in the dry run of the whole purchase."""

    prices_at_rehearsal: bool


@runtime_checkable
class ListsWaiting(Protocol):
    """
    A marketplace whose lists tell of many orders at once how far their lines are, so that one call answers many polls.

    `tells_with_order`: how far a line is, is told by its order, and is read with it; else a subscription tells it, and
    an order of which all subscriptions are known need not be read.
    """

    tells_with_order: bool

    def waiting(self, sought: Mapping[str, str], since: datetime, now: datetime) -> Mapping[str, Subscription]:
        """
        What lists that were asked for at `since` or later show of these subscriptions, by the ids that were given, with
        their status and what else they tell; `sought` has the status word of each as it was last read. None of it is
        promised to be shown: what is left out is to be read by itself. `now` is the order's: a list that is asked for
        now counts as of then.
        """
        ...
