"""
What a channel says is lost that never told here of an acceptance. The acceptance may come later, through another
channel, and be the older of the two: so a loss is remembered, until the channel that told of it tells that it is won.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from pipeline.domain.offered import Link
from pipeline.domain.quote import QuoteKey
from pipeline.store.tables import LOSSES


def remember(connection: Connection, key: QuoteKey, links: Sequence[Link]) -> None:
    """`key` is what the channel would have told of. Told again, it is lost since now."""
    rows = [
        {"kind": link.kind, "thing": link.id, "system": key.system, "quote_id": key.id} for link in dict.fromkeys(links)
    ]
    if not rows:
        return
    kept = insert(LOSSES).values([{**row, "told_at": func.clock_timestamp()} for row in rows])
    told_again = {"told_at": kept.excluded.told_at}
    connection.execute(kept.on_conflict_do_update(index_elements=list(rows[0]), set_=told_again))


def forget(connection: Connection, key: QuoteKey, links: Sequence[Link]) -> None:
    """It is accepted, says the channel itself, be it by another name."""
    named = (LOSSES.c.quote_id == key.id) | _shared(links) if links else LOSSES.c.quote_id == key.id
    connection.execute(delete(LOSSES).where(LOSSES.c.system == key.system, named))


def of(
    connection: Connection, links: Sequence[Link], accepted_at: datetime | None, apart: frozenset[str]
) -> QuoteKey | None:
    """
    What was last said to be lost of these things after it was accepted, or perhaps after: where the tool tells no time.
    None: nothing. What systems say that are kept `apart` does not count.
    """
    if not links:
        return None
    lost = select(LOSSES.c.system, LOSSES.c.quote_id).where(_shared(links), LOSSES.c.system.not_in(sorted(apart)))
    if accepted_at is not None:
        lost = lost.where(LOSSES.c.told_at >= accepted_at)
    found = connection.execute(lost.order_by(LOSSES.c.told_at.desc(), LOSSES.c.system).limit(1)).first()
    return None if found is None else QuoteKey(system=found.system, id=found.quote_id)


def _shared(links: Sequence[Link]) -> ColumnElement[bool]:
    return or_(*((LOSSES.c.kind == link.kind) & (LOSSES.c.thing == link.id) for link in links))
