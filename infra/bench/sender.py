"""Deliveries as a quote tool sends them: signed, over connections that are kept, burst or at a fixed rate."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from marketplace import PRODUCT, company_id
from rig import SIGNING
from standardwebhooks import Webhook


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook as it is sent. `path` is that of a connection's door, with its query."""

    path: str
    body: bytes
    headers: Mapping[str, str]


def delivery(company: int) -> Delivery:
    """An accepted quote of one line for the company, with its signature."""
    name = f"Bench {company}"
    data = {
        "quote": {"id": f"Q-{uuid4().hex}", "system": "bench", "accepted_at": "2026-11-21T09:00:00Z"},
        "customer": {"ref": name, "name": name, "marketplace_ids": {"pax8": company_id(company)}},
        "lines": [{"id": "1", "product_id": PRODUCT, "quantity": 2, "billing_term": "Monthly"}],
    }
    body = json.dumps({"type": "quote.accepted", "data": data})
    now, message = datetime.now(UTC), uuid4().hex
    headers = {
        "content-type": "application/json",
        "webhook-id": message,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(SIGNING).sign(message, now, body),
    }
    return Delivery("/in/shop", body.encode(), headers)


def send(port: int, companies: Sequence[int], *, rate: float | None = None, threads: int = 8) -> list[float]:
    """As `fire`, one accepted quote for each company."""
    return fire(port, [delivery(company) for company in companies], rate=rate, threads=threads)


def fire(port: int, made: Sequence[Delivery], *, rate: float | None = None, threads: int = 8) -> list[float]:
    """
    Sends them and gives how many seconds each took.

    With a `rate` the load is open: a delivery's time begins when it was due, whether or not a sender was free by then.
    Raises RuntimeError for an answer other than 2xx.
    """
    took = [0.0] * len(made)
    turn = iter(range(len(made)))
    lock = threading.Lock()
    failures: list[str] = []
    begun = time.monotonic() + 0.05

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while not failures:
            with lock:
                index = next(turn, None)
            if index is None:
                break
            due = time.monotonic() if rate is None else begun + index / rate
            time.sleep(max(0.0, due - time.monotonic()))
            one = made[index]
            connection.request("POST", one.path, one.body, dict(one.headers))
            answer = connection.getresponse()
            said = answer.read()
            took[index] = time.monotonic() - due
            if answer.status >= 300:
                failures.append(f"{answer.status} at {one.path}: {said[:200]!r}")
        connection.close()

    senders = [threading.Thread(target=work) for _ in range(threads)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    if failures:
        raise RuntimeError(f"a delivery was answered {failures[0]}")
    return took
