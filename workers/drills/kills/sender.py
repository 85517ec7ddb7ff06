"""The quote tools: they post each message until a door has taken it, as real senders do."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import httpx
from standardwebhooks import Webhook

from workers.drills.house import BEARER, SIGNING
from workers.drills.kills.load import Delivery

_THREADS = 16
_WAITS = (0.2, 0.5, 1.0, 2.0)
_GIVES_UP = 120.0
_TAKEN = 202


@dataclass
class Senders:
    """
    `addresses` are the doors; after a failure the next one is tried. `answers` counts what was said, by status or the
    error's name, `refused` are the messages that no door took, `stored` the events that doors said they had.
    """

    addresses: Sequence[str]
    answers: Counter[str] = field(default_factory=Counter)
    refused: list[Delivery] = field(default_factory=list)
    stored: set[UUID] = field(default_factory=set)
    _taken: dict[int, threading.Event] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, deliveries: Sequence[Delivery], begin: float) -> None:
        """Sends each at its time after `begin`, an instant of the monotonic clock; returns when all have an answer."""
        self._taken = {id(delivery): threading.Event() for delivery in deliveries}
        with ThreadPoolExecutor(_THREADS) as threads, httpx.Client(timeout=3, trust_env=False) as client:
            sent = []
            for delivery in deliveries:
                time.sleep(max(0.0, begin + delivery.after - time.monotonic()))
                sent.append(threads.submit(self._deliver, client, delivery))
            for one in sent:
                one.result()

    def _deliver(self, client: httpx.Client, delivery: Delivery) -> None:
        ends = time.monotonic() + _GIVES_UP
        if delivery.awaits is not None:
            self._taken[id(delivery.awaits)].wait(_GIVES_UP)
        tries = 0
        while time.monotonic() < ends:
            answer = self._post(client, delivery, self.addresses[tries % len(self.addresses)])
            with self._lock:
                self.answers[answer] += 1
            if answer in ("accepted", "duplicate"):
                self._taken[id(delivery)].set()
                return
            time.sleep(_WAITS[min(tries, len(_WAITS) - 1)])
            tries += 1
        with self._lock:
            self.refused.append(delivery)

    def _post(self, client: httpx.Client, delivery: Delivery, address: str) -> str:
        try:
            url = f"{address}/in/{delivery.connection}"
            answer = client.post(url, content=delivery.body, headers=_headers(delivery))
        except httpx.TransportError as error:
            return type(error).__name__
        if answer.status_code != _TAKEN:
            return str(answer.status_code)
        said = answer.json()
        with self._lock:
            self.stored.add(UUID(said["event_id"]))
        return str(said["status"])


def _headers(delivery: Delivery) -> dict[str, str]:
    """Signed anew at each try: the timestamp may not be old."""
    named = {"webhook-id": delivery.delivery_id} if delivery.delivery_id is not None else {}
    if delivery.connection == "shop":
        return {"content-type": "application/json", "authorization": f"Bearer {BEARER}", **named}
    now = datetime.now(UTC)
    signature = Webhook(SIGNING).sign(str(delivery.delivery_id), now, delivery.body.decode())
    stamp = str(int(now.timestamp()))
    return {"content-type": "application/json", "webhook-timestamp": stamp, "webhook-signature": signature, **named}
