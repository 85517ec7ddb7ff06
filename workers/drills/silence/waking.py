"""Making parked orders due, many in a short time, and how soon each of them was begun."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import psycopg

from workers.drills.silence.sizes import Kind

# Time for the statements below.
_AHEAD = timedelta(seconds=2)
# Dates come at one instant, and so do deadlines; the others fall due one after the other.
_SPREAD = """
UPDATE drill_parked p
SET due_at = %(at)s + CASE WHEN kind IN ('DATED', 'ASKING') THEN interval '0' ELSE %(over)s * nth END
FROM (SELECT n, cume_dist() OVER (ORDER BY md5(n::text)) AS nth FROM drill_parked WHERE wakes) spread
WHERE spread.n = p.n
"""
_WAKE_ORDERS = """
UPDATE orders o
SET due_at = p.due_at, leased = false, requested_at = CASE WHEN requested_at IS NOT NULL THEN p.due_at END
FROM drill_parked p WHERE p.id = o.id AND p.wakes AND o.due_at IS NOT NULL
"""
_WAKE_QUESTIONS = """
UPDATE questions q SET due_at = p.due_at FROM drill_parked p
WHERE p.id = q.order_id AND p.wakes AND p.kind = 'ASKING' AND q.answered_at IS NULL AND q.withdrawn_at IS NULL
"""
# The journal tells when a step ended and how long it took. A question that is handed on is journaled too.
_BEGUN = """
SELECT p.kind, extract(epoch FROM begun.at - p.due_at)
FROM drill_parked p LEFT JOIN LATERAL (
    SELECT min(j.at - j.milliseconds * interval '1 millisecond') AS at FROM journal j
    WHERE j.order_id = p.id AND j.at > p.due_at
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


def wake(url: str, over: timedelta) -> None:
    """Those that wake fall due within this time from now on."""
    with psycopg.connect(url) as connection:
        (now,) = connection.execute("SELECT clock_timestamp()").fetchone() or (None,)
        assert now is not None  # noqa: S101 - the database always knows the time
        connection.execute(_SPREAD, {"at": now + _AHEAD, "over": over})
        connection.execute(_WAKE_ORDERS)
        connection.execute(_WAKE_QUESTIONS)


def begun(url: str) -> Begun:
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(_BEGUN).fetchall()
    return Begun(tuple((Kind[kind], None if took is None else float(took)) for kind, took in found))


def to_buy(url: str) -> int:
    """How many of those whose date has come are not done."""
    with psycopg.connect(url) as connection:
        return int((connection.execute(_TO_BUY).fetchone() or (0,))[0])
