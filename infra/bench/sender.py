"""Deliveries as a quote tool sends them: signed, over connections that are kept, burst or at a fixed rate."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

from marketplace import PRODUCT, company_id
from rig import SIGNING
from standardwebhooks import Webhook

_PATH = "/in/shop"
Delivery = tuple[bytes, dict[str, str]]


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
    return body.encode(), {
        "content-type": "application/json",
        "webhook-id": message,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(SIGNING).sign(message, now, body),
    }


def send(port: int, companies: Sequence[int], *, rate: float | None = None, threads: int = 8) -> list[float]:
    """
    Sends one delivery for each company and gives how many seconds each took.

    With a `rate` the load is open: a delivery's time begins when it was due, whether or not a sender was free by then.
    Raises RuntimeError for an answer other than 202.
    """
    made = [delivery(company) for company in companies]
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
            body, headers = made[index]
            connection.request("POST", _PATH, body, headers)
            answer = connection.getresponse()
            said = answer.read()
            took[index] = time.monotonic() - due
            if answer.status != 202:
                failures.append(f"{answer.status}: {said[:200]!r}")
        connection.close()

    senders = [threading.Thread(target=work) for _ in range(threads)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    if failures:
        raise RuntimeError(f"a delivery was answered {failures[0]}")
    return took
