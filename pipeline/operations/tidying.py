"""
Throwing away what orders have left in baskets at their end: cancelled before they bought, or bought from another one.

Nothing is bought by it, nobody waits for it, and done twice it does no more than once: so it takes no claim, and a
process that dies over it leaves it to the next. What may have bought is left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection

from pipeline.abilities import BuysFromBaskets
from pipeline.domain.claim import AnswerClass, Claim, DropBasket, PlaceOrder
from pipeline.domain.errors import NotFound, Refused, Unavailable, Unreadable
from pipeline.domain.order import Order, Policy
from pipeline.marketplaces.deadline import boottime
from pipeline.operations.desk import Desk
from pipeline.ports import Account, Exchange, Marketplace, Purpose
from pipeline.purchase import bought_from, filled_by
from pipeline.stages import wording
from pipeline.store import journal, leftovers, orders
from pipeline.store.journal import Entry

# Orders that are seen to at a time.
_AT_ONCE = 20


class Tidying:
    """`clock` is that of `send_before`, the accounts' own. Thread-safe."""

    def __init__(self, desk: Desk, clock: Callable[[], float] = boottime) -> None:
        self._desk = desk
        self._clock = clock

    def marketplaces(self) -> Sequence[str]:
        """Those where baskets can be thrown away."""
        return [name for name, account in self._desk.accounts.items() if _drops(_opened(account, []))]

    def tidy(self, marketplace: str) -> int:
        """
        Sees to what some of the orders there have left, and gives how many baskets were thrown away. Raises PortError
        where the marketplace does not answer now: what was not seen to is for the next time.
        """
        account = self._desk.accounts.get(marketplace)
        if account is None:
            return 0
        with self._desk.database.transaction() as connection:
            found = leftovers.of_orders(connection, marketplace, self._settle(marketplace), _AT_ONCE)
        return sum(self._see_to(account, order_id) for order_id in found)

    def is_done(self, connection: Connection, marketplace: str) -> bool:
        """Whether no order there has left anything that nobody has seen to."""
        return not leftovers.of_orders(connection, marketplace, self._settle(marketplace), 1)

    def _settle(self, marketplace: str) -> timedelta:
        return self._desk.policies.get(marketplace, Policy()).settle

    def _see_to(self, account: Account, order_id: UUID) -> int:
        """Gives how many of its baskets were thrown away."""
        desk = self._desk
        with desk.database.transaction() as connection:
            row = orders.read(connection, order_id)
            if row is None:
                return 0
            order = orders.load(connection, desk.database, row, desk.policy(row), account.title)
            left = leftovers.of_order(connection, order_id, order.policy.settle)
        return sum(self._one(account, order, claim) for claim in order.baskets() if claim.id in left)

    def _one(self, account: Account, order: Order, claim: Claim) -> bool:
        exchanges: list[Exchange] = []
        outcome, note = "", ""
        if not (_is_settled(order, claim) or _may_have_bought(order, claim)):
            try:
                outcome, note = self._thrown_away(_opened(account, exchanges), order, claim)
            except (NotFound, Refused, Unreadable) as error:
                outcome = "basket_left"
                note = f"A basket of this order at {order.title} could not be looked at: {error.sentence}"
        with self._desk.database.transaction() as connection:
            if leftovers.seen_to(connection, claim.id) and note:
                entry = Entry("attempt", order.stage, outcome, notes=(note,), exchanges=tuple(exchanges))
                journal.write(connection, self._desk.database, order.id, entry)
        return outcome == "basket_dropped"

    def _thrown_away(self, marketplace: Marketplace, order: Order, claim: Claim) -> tuple[str, str]:
        """What became of it, as a word and a sentence; nothing to tell where there is no such basket."""
        basket = _basket(marketplace, claim)
        if basket is None:
            return "", ""
        write = _drop(claim, basket)
        others = [name for name in bought_from(marketplace, write) if name not in _bought(order)]
        if others:
            return "basket_left", f"Order {others[0]} was made from a basket of this order, and not by Quoteway."
        marketplace.ready_to_send()
        answer = marketplace.send(write, self._clock() + order.policy.send_within.total_seconds())
        match answer.kind:
            case AnswerClass.ACCEPTED:
                return "basket_dropped", f"What this order left in basket {basket} at {order.title} was thrown away."
            case AnswerClass.REJECTED:
                words = wording.said(answer.details)
                return "basket_left", f"Basket {basket} was not thrown away ({words}). Nothing was bought from it."
            case AnswerClass.NOT_SENT | AnswerClass.THROTTLED | AnswerClass.UNKNOWN:
                raise Unavailable(f"{order.title} did not answer about a basket that was left.", after=answer.after)


def _opened(account: Account, exchanges: list[Exchange]) -> Marketplace:
    return account.open(Purpose.POLL, exchanges.append)


def _drops(marketplace: Marketplace) -> bool:
    return isinstance(marketplace, BuysFromBaskets) and marketplace.drops_baskets


def _basket(marketplace: Marketplace, claim: Claim) -> str | None:
    if claim.marketplace_id is not None:
        return claim.marketplace_id
    return marketplace.find_basket(filled_by(claim)) if isinstance(marketplace, BuysFromBaskets) else None


def _is_settled(order: Order, claim: Claim) -> bool:
    """Nothing is left of it, or a person has said what is to become of it."""
    drops = [one for one in order.claims if isinstance(one.write, DropBasket) and one.write.filled == claim.write]
    return any(one.closing is not None and not one.closing.given_up for one in drops)


def _may_have_bought(order: Order, claim: Claim) -> bool:
    """Something was sent from it that is not proved to have bought nothing, or what was bought is just this."""
    sent = [one.write for one in order.claims if one.closing is None or not one.closing.bought_nothing]
    number = filled_by(claim).number
    used = any(isinstance(write, PlaceOrder) and write.filled and write.filled.number == number for write in sent)
    return used or claim.marketplace_id in _bought(order)


def _bought(order: Order) -> frozenset[str]:
    """Orders at the marketplace that are this order's."""
    mine = {claim.marketplace_id for claim in order.claims if claim.is_purchase and claim.marketplace_id}
    purchase = order.facts.purchase
    return frozenset(mine | ({purchase.marketplace_order_id} if purchase is not None else set()))


def _drop(claim: Claim, basket: str) -> DropBasket:
    filled = filled_by(claim)
    return DropBasket(company_id=filled.company_id, basket=basket, filled=filled)
