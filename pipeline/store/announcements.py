"""
When a marketplace last said that something has changed there. What was read before that answers no poll any more.

What it said is not kept: it is not believed.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert

from pipeline.store.tables import ANNOUNCEMENTS

# A note covers all that is said within so much after it, so that a flood writes one row a second.
_COVERS = timedelta(seconds=1)
_HEARD = select(ANNOUNCEMENTS.c.until).where(ANNOUNCEMENTS.c.marketplace == bindparam("marketplace"))


def note(connection: Connection, marketplace: str) -> None:
    """Notes that it said so now, in the transaction that makes its orders due."""
    now = func.clock_timestamp()
    row = insert(ANNOUNCEMENTS).values(marketplace=marketplace, until=now + _COVERS)
    covered = ANNOUNCEMENTS.c.until >= now
    connection.execute(
        row.on_conflict_do_update(index_elements=["marketplace"], set_={"until": now + _COVERS}, where=~covered)
    )


def heard(connection: Connection, marketplace: str) -> datetime | None:
    """Until when what was read may be older than what was said, which may be a moment from now; None: never."""
    return connection.execute(_HEARD, {"marketplace": marketplace}).scalar_one_or_none()
