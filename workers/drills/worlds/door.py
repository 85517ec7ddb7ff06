"""The door to the marketplaces: what comes in is looked at before it is let through."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import psycopg
from psycopg.rows import namedtuple_row

from workers.drills.virtual import VirtualClock
from workers.drills.worlds.markets.stall import PURCHASE, Markets, Stall
from workers.drills.worlds.quotes import Bag, Message

_ATTEMPT = """
SELECT c.id, c.send_by, q.quote_id, r.revision, o.line_ids FROM claims c JOIN orders o ON o.id = c.order_id
JOIN quotes q ON q.id = o.quote_pk JOIN revisions r ON r.id = o.revision_pk
WHERE c.kind = 'place_order' AND c.closing IS NULL AND c.account = %s AND {}
"""
_OTHERS = "SELECT 1 FROM claims WHERE kind = %s AND account = %s AND closing IS NULL AND send_by > %s"
_CALL = timedelta(milliseconds=1)


@dataclass(slots=True)
class Door:
    """
    Answers the calls of all processes of a world. `wrong` gathers what must not have come in; `answered` the attempts
    whose purchase was answered with an order, by the number of the process that got the answer; `writes` counts by kind
    what was sent.
    """

    connection: psycopg.Connection[Any]
    clock: VirtualClock
    markets: Markets
    messages: tuple[Message, ...]
    wrong: list[str] = field(default_factory=list)
    answered: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    writes: Counter[str] = field(default_factory=Counter)
    lost: int = 0

    def call(self, process: int, request: httpx.Request) -> httpx.Response:
        stall = self.markets.at(request.url.host)
        if any(part in request.url.path for part in stall.moments):
            # What is done before and after has another instant: the order of things is told by it.
            self.clock.advance(_CALL)
        kind = stall.kind(request)
        if not kind:
            return self._through(stall, request)
        self.writes[kind] += 1
        if kind == PURCHASE:
            return self._purchase(process, stall, request)
        with self.connection.cursor() as cursor:
            if cursor.execute(_OTHERS, (kind, stall.name.value, self.clock.now()), prepare=True).fetchone() is None:
                self.wrong.append(f"{request.method} {request.url.path} was sent without a committed claim in its time")
        return self._through(stall, request)

    def _purchase(self, process: int, stall: Stall, request: httpx.Request) -> httpx.Response:
        found = self._attempt(stall, request)
        if found is None:
            self.wrong.append("a purchase was sent without a committed claim")
        elif found.send_by <= self.clock.now():
            self.wrong.append("a purchase was sent after its claim's last moment")
        stall.world.attempt = str(found.id) if found is not None else ""
        before = len(stall.world.purchases)
        try:
            answer = self._through(stall, request)
        except httpx.TransportError:
            self.lost += 1
            raise
        finally:
            stall.world.attempt = ""
            self._compare(stall, before, found)
        if answer.is_success and found is not None:
            self.answered[process].append(str(found.id))
        self.lost += answer.status_code >= 500
        return answer

    def _attempt(self, stall: Stall, request: httpx.Request) -> Any:
        how, by = stall.attempt(request)
        with self.connection.cursor(row_factory=namedtuple_row) as cursor:
            return cursor.execute(_ATTEMPT.format(how).encode(), (stall.name.value, by), prepare=True).fetchone()

    def _compare(self, stall: Stall, before: int, attempt: Any) -> None:
        for purchase in stall.world.purchases[before:]:
            if attempt is not None and purchase.bag not in self._accepted(attempt):
                self.wrong.append("a purchase holds other lines than were accepted")

    def _accepted(self, attempt: Any) -> list[Bag]:
        """What the attempt's revision orders; the first content of a revision counts, and a repeat of it is equal."""
        same = [
            one
            for one in self.messages
            if one.quote == attempt.quote_id and one.revision == attempt.revision and not one.revokes
        ]
        return [one.bag(attempt.line_ids) for one in same]

    def _through(self, stall: Stall, request: httpx.Request) -> httpx.Response:
        try:
            return stall.simulator(request)
        except httpx.TimeoutException:
            # Whoever waited has waited as long as it would.
            self.clock.advance(float(request.extensions["timeout"]["read"]))
            raise
