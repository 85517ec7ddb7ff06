"""New orders that pass by: delivered to the web process at a steady rate, and how long each took to its end."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import psycopg

from workers.drills.house import BEARER, House, until
from workers.drills.quotes import quote

_SENDERS = 8
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


class Road:
    """
    Delivers over HTTP, as a quote tool does. Each order is for a company of its own, because orders of one company take
    turns.
    """

    def __init__(self, house: House, address: str, database_url: str) -> None:
        self._house = house
        self._database_url = database_url
        headers = {"authorization": f"Bearer {BEARER}"}
        self._client = httpx.Client(base_url=address, headers=headers, timeout=30)

    def close(self) -> None:
        self._client.close()

    def send(self, count: int, rate: float, stop: threading.Event | None = None) -> Passing:
        """So many, `rate` a second, or until `stop`. Each is sent in its turn, whatever became of the others."""
        began, sent = time.monotonic(), []
        with ThreadPoolExecutor(_SENDERS) as senders:
            for nth in range(count):
                wait = began + nth / rate - time.monotonic()
                if stop is not None and stop.wait(max(wait, 0.0)):
                    break
                if stop is None and wait > 0:
                    time.sleep(wait)
                message, company = self._message()
                sent.append((senders.submit(self._deliver, message), message["quote"]["id"], company))
        for delivered, _, _ in sent:
            delivered.result()
        return Passing(tuple(one for _, one, _ in sent), tuple(one for _, _, one in sent))

    @contextmanager
    def beside(self, rate: float, kept: list[Passing]) -> Iterator[None]:
        """Sends as long as the block goes on; what was sent is then in `kept`."""
        ended = threading.Event()
        with ThreadPoolExecutor(1) as thread:
            sending = thread.submit(self.send, 1_000_000, rate, ended)
            try:
                yield
            finally:
                ended.set()
                kept.append(sending.result())

    def left(self, passing: Passing) -> int:
        """How many of them have not come to their end."""
        with psycopg.connect(self._database_url) as connection:
            return int((connection.execute(_OPEN, (list(passing.quotes),)).fetchone() or (0,))[0])

    def wait(self, passing: Passing, seconds: float) -> None:
        until(lambda: self.left(passing) == 0, seconds, lambda: f"{self.left(passing)} orders are not done.")

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
