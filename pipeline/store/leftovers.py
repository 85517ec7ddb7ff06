"""Baskets that orders have left behind when they ended, until somebody has seen to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, func, or_, select, update

from pipeline.domain.claim import Closing
from pipeline.domain.state import OrderState
from pipeline.store import orders
from pipeline.store.errands import ErrandKind
from pipeline.store.tables import CLAIMS, ERRANDS, ORDERS

# A failed order may be tried again, out of the basket that it has.
_OVER = (OrderState.DONE, OrderState.PARTLY_DONE, OrderState.CANCELLED)
# Time for whoever ends an order at the same moment to commit.
_SOON = timedelta(seconds=1)


def of_orders(connection: Connection, marketplace: str, settle: timedelta, most: int) -> Sequence[UUID]:
    """
    Orders of this marketplace that are over and have left some, up to so many, the longest over first. One whose answer
    was lost counts from `settle` on after it was given up: until then it may not show.
    """
    with_some = select(CLAIMS.c.order_id).where(_left(settle))
    found = connection.execute(
        select(ORDERS.c.id)
        .where(ORDERS.c.marketplace == marketplace, ORDERS.c.state.in_(_OVER), ORDERS.c.id.in_(with_some))
        .order_by(ORDERS.c.ended_at, ORDERS.c.id)
        .limit(most)
    )
    return found.scalars().all()


def of_order(connection: Connection, order_id: UUID, settle: timedelta) -> frozenset[UUID]:
    """The claims that have filled them."""
    found = connection.execute(select(CLAIMS.c.id).where(CLAIMS.c.order_id == order_id, _left(settle)))
    return frozenset(found.scalars())


def seen_to(connection: Connection, claim_id: UUID) -> bool:
    """The basket that this claim has filled is left to itself from now on. False: somebody has seen to it before."""
    done = connection.execute(
        update(CLAIMS)
        .where(CLAIMS.c.id == claim_id, CLAIMS.c.seen_to_at.is_(None))
        .values(seen_to_at=func.clock_timestamp())
    )
    return done.rowcount == 1


def hurry(connection: Connection, row: orders.Row) -> None:
    """
    The order ends in this transaction: what it leaves is seen to in a moment. Waits for nobody who has the errand's row
    at this instant, and who may wait for an order that the caller has.
    """
    left = select(CLAIMS.c.id).where(CLAIMS.c.order_id == row.id, _left(timedelta()))
    soon = func.clock_timestamp() + _SOON
    mine = (ERRANDS.c.kind == ErrandKind.TIDY) & (ERRANDS.c.connection == row.marketplace)
    free = (
        select(ERRANDS.c.id)
        .where(mine, ERRANDS.c.due_at > soon, ERRANDS.c.taken_until.is_(None), left.exists())
        .with_for_update(skip_locked=True)
    )
    connection.execute(update(ERRANDS).where(ERRANDS.c.id.in_(free)).values(due_at=soon))


def _left(settle: timedelta) -> ColumnElement[bool]:
    lost = CLAIMS.c.closing.not_in([Closing.ACCEPTED, Closing.ADOPTED])
    shown = CLAIMS.c.closed_at < func.clock_timestamp() - settle
    return (
        (CLAIMS.c.kind == "fill_basket")
        & CLAIMS.c.seen_to_at.is_(None)
        & CLAIMS.c.closing.is_not(None)
        & or_(~lost, shown)
    )
