"""Making parked orders due, all at one instant, and how soon each of them was begun."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg

from workers.drills.silence.sizes import Kind

# In time for the statements below; everything is due at one instant after them.
_AHEAD = timedelta(seconds=2)
_WAKE_ORDERS = """
UPDATE orders o
SET due_at = %(at)s, leased = false, requested_at = CASE WHEN requested_at IS NOT NULL THEN %(at)s END
FROM drill_parked p WHERE p.id = o.id AND p.wakes AND o.due_at IS NOT NULL
"""
_WAKE_QUESTIONS = """
UPDATE questions q SET due_at = %(at)s FROM drill_parked p
WHERE p.id = q.order_id AND p.wakes AND p.kind = 'ASKING' AND q.answered_at IS NULL AND q.withdrawn_at IS NULL
"""
# The journal tells when a step ended and how long it took. A question that is handed on is journaled too.
_BEGUN = """
SELECT p.kind, extract(epoch FROM begun.at - %(at)s)
FROM drill_parked p LEFT JOIN LATERAL (
    SELECT min(j.at - j.milliseconds * interval '1 millisecond') AS at FROM journal j
    WHERE j.order_id = p.id AND j.at > %(at)s
) begun ON true
WHERE p.wakes
"""
_TO_BUY = """
SELECT count(*) FROM drill_parked p JOIN orders o ON o.id = p.id
WHERE p.wakes AND p.kind = 'DATED' AND o.state <> 'done'
"""


@dataclass(frozen=True, slots=True)
class Begun:
    """How many seconds after it fell due each was begun; None: it has not been."""

    seconds: tuple[tuple[Kind, float | None], ...]

    def within(self, seconds: float, *kinds: Kind) -> int:
        return sum(1 for kind, took in self.seconds if kind in kinds and took is not None and took <= seconds)

    def last(self, *kinds: Kind) -> float:
        """Seconds until the last of those that were begun."""
        return max((took for kind, took in self.seconds if kind in kinds and took is not None), default=0.0)

    @property
    def all(self) -> bool:
        return all(took is not None for _, took in self.seconds)


def wake(url: str) -> datetime:
    """Gives the instant at which those that wake are due."""
    with psycopg.connect(url) as connection:
        (now,) = connection.execute("SELECT clock_timestamp()").fetchone() or (None,)
        assert now is not None  # noqa: S101 - the database always knows the time
        at: datetime = now + _AHEAD
        connection.execute(_WAKE_ORDERS, {"at": at})
        connection.execute(_WAKE_QUESTIONS, {"at": at})
    return at


def begun(url: str, at: datetime) -> Begun:
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(_BEGUN, {"at": at}).fetchall()
    return Begun(tuple((Kind[kind], None if took is None else float(took)) for kind, took in found))


def to_buy(url: str) -> int:
    """How many of those whose date has come are not done."""
    with psycopg.connect(url) as connection:
        return int((connection.execute(_TO_BUY).fetchone() or (0,))[0])
