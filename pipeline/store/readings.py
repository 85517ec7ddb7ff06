"""
When tools were last asked, and about what. Two readers may ask about one thing at once, and the one that asked first
may come last: what it was told is old by then, and nothing may follow from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, func
from sqlalchemy.dialects.postgresql import insert

from pipeline.store.tables import READINGS


def overtaken(connection: Connection, things: Iterable[str], asked_at: datetime) -> bool:
    """
    Whether one of these things was asked about later than this, and carried out; else this is the newest from now on.
    Whoever asks for the same thing waits until the transaction has ended.
    """
    rows = [{"thing": thing, "asked_at": asked_at} for thing in sorted(set(things))]
    if not rows:
        return False
    noted = insert(READINGS).values(rows)
    newest = func.greatest(READINGS.c.asked_at, noted.excluded.asked_at)
    kept = noted.on_conflict_do_update(index_elements=["thing"], set_={"asked_at": newest})
    return any(at > asked_at for at in connection.execute(kept.returning(READINGS.c.asked_at)).scalars())
