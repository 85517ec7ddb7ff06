"""New orders that pass by: delivered to the web process at a steady rate, and how long each took to its end."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import psycopg

from workers.drills.house import BEARER, House
from workers.drills.quotes import quote

_SENDERS = 8
# No more than this many may be on their way to their purchase: what the machine cannot carry is not sent to it.
_UNDER_WAY = 100
_STUCK = 60.0
_OPEN = """
SELECT count(*) FROM unnest(%s::text[]) AS wanted(id)
LEFT JOIN quotes q ON q.system = 'tests' AND q.quote_id = wanted.id
LEFT JOIN orders o ON o.quote_pk = q.id
WHERE o.state IS DISTINCT FROM 'done'
"""
_TOOK = """
SELECT extract(epoch FROM o.ended_at - e.received_at) FROM quotes q JOIN orders o ON o.quote_pk = q.id
JOIN events e ON e.quote_pk = q.id WHERE q.system = 'tests' AND q.quote_id = ANY(%s) AND o.state = 'done'
"""


@dataclass(frozen=True, slots=True)
class Passing:
    """Orders that were delivered: their quotes' ids, and the company of each."""

    quotes: tuple[str, ...]
    companies: tuple[str, ...]

    def __add__(self, other: Passing) -> Passing:
        return Passing(self.quotes + other.quotes, self.companies + other.companies)


@dataclass(frozen=True, slots=True)
class _Sent:
    delivered: Future[None]
    quote: str
    company: str


def _passing(sent: Sequence[_Sent]) -> Passing:
    for one in sent:
        one.delivered.result()
    return Passing(tuple(one.quote for one in sent), tuple(one.company for one in sent))


class Road:
    """
    Delivers over HTTP, as a quote tool does. Each order is for a company of its own, because orders of one company take
    turns.
    """

    def __init__(self, house: House, address: str, database_url: str) -> None:
        self._house = house
        self._database_url = database_url
        self._bought = 0
        headers = {"authorization": f"Bearer {BEARER}"}
        self._client = httpx.Client(base_url=address, headers=headers, timeout=30)

    def close(self) -> None:
        self._client.close()

    def send(self, count: int, rate: float) -> Passing:
        """So many, up to `rate` a second: fewer where the machine cannot carry them, or none where nothing moves."""
        began, sent, bought = time.monotonic(), list[_Sent](), len(self._house.bought())
        with ThreadPoolExecutor(_SENDERS) as senders:
            for nth in range(count):
                time.sleep(max(0.0, began + nth / rate - time.monotonic()))
                if not self._has_room(nth - _UNDER_WAY + bought):
                    break
                sent.append(self._submit(senders))
        return _passing(sent)

    def _has_room(self, wanted: int) -> bool:
        """True once so many purchases were made. False when that takes too long."""
        if self._bought >= wanted:
            return True
        deadline = time.monotonic() + _STUCK
        while time.monotonic() < deadline:
            self._bought = len(self._house.bought())
            if self._bought >= wanted:
                return True
            time.sleep(0.1)
        return False

    @contextmanager
    def beside(self, rate: float, kept: list[Passing]) -> Iterator[None]:
        """Sends as long as the block goes on; what was sent is then in `kept`."""
        ended = threading.Event()
        with ThreadPoolExecutor(1) as thread:
            sending = thread.submit(self._until, ended, rate)
            try:
                yield
            finally:
                ended.set()
                kept.append(sending.result())

    def _until(self, ended: threading.Event, rate: float) -> Passing:
        sent = list[_Sent]()
        with ThreadPoolExecutor(_SENDERS) as senders:
            while not ended.wait(1 / rate):
                sent.append(self._submit(senders))
        return _passing(sent)

    def _submit(self, senders: ThreadPoolExecutor) -> _Sent:
        message, company = self._message()
        return _Sent(senders.submit(self._deliver, message), message["quote"]["id"], company)

    def left(self, passing: Passing) -> int:
        """How many of them have not come to their end."""
        with psycopg.connect(self._database_url) as connection:
            return int((connection.execute(_OPEN, (list(passing.quotes),)).fetchone() or (0,))[0])

    def wait(self, passing: Passing, seconds: float) -> None:
        """Until they are done, or the time is over; what is left then is counted."""
        deadline = time.monotonic() + seconds
        while self.left(passing) and time.monotonic() < deadline:
            time.sleep(0.2)

    def took(self, passing: Passing) -> Sequence[float]:
        """Seconds from an event's arrival to its order's end, shortest first."""
        with psycopg.connect(self._database_url) as connection:
            return sorted(float(took) for (took,) in connection.execute(_TOOK, (list(passing.quotes),)))

    def _message(self) -> tuple[dict[str, Any], str]:
        customer = self._house.customer()
        made = quote(customer=customer)
        made["customer"]["marketplace_ids"] = {"pax8": customer.id}
        return made, customer.id

    def _deliver(self, data: dict[str, Any]) -> None:
        self._client.post("/in/shop", json={"type": "quote.accepted", "data": data}).raise_for_status()
