"""
Writes that only prepare a purchase: a basket, a contact, a company. They buy nothing, and matter no more once the order
has bought by another attempt.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Connection, select

from pipeline.domain.claim import BUYING_KINDS, Claim, Closing
from pipeline.store import claims, journal
from pipeline.store.database import Database
from pipeline.store.journal import Entry
from pipeline.store.tables import CLAIMS


def purchase_is_open(connection: Connection, order_id: UUID) -> bool:
    """Whether the order has an attempt to buy, or to change what there is, whose outcome is not known."""
    found = connection.execute(
        select(CLAIMS.c.id)
        .where(CLAIMS.c.order_id == order_id, CLAIMS.c.closing.is_(None), CLAIMS.c.kind.in_(BUYING_KINDS))
        .limit(1)
    )
    return found.first() is not None


def open_ones(connection: Connection, database: Database, order_id: UUID) -> tuple[Claim, ...]:
    """Those of an order that has not bought yet, whose outcome is not known."""
    made = claims.of_order(connection, database, order_id)
    return tuple(claim for claim in made if claim.open and not claim.is_purchase)


def give_up(connection: Connection, database: Database, order_id: UUID, stage: str, by: str | None = None) -> None:
    """
    Closes them, for the order has turned out to have bought: from there on nobody looks for them, and who stands behind
    them is woken. An answer that comes after that is only noted. The caller holds the order's lock.
    """
    for claim in open_ones(connection, database, order_id):
        claims.close(connection, claim.id, Closing.CANCELLED, by=by)
        claims.wake_next(connection, claim.account, claim.key)
        note = f"Attempt {claim.id} ({claim.write.kind}) was given up: the order has bought by another attempt."
        entry = Entry("attempt", stage, "given_up", notes=(note,), actor=by or "")
        journal.write(connection, database, order_id, entry)
