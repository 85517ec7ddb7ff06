"""What a quote tool does: signs each acceptance by Standard Webhooks and posts it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
from standardwebhooks import Webhook

from workers.demo.cases import Case


@dataclass(frozen=True, slots=True)
class Delivery:
    """One posted webhook and its answer. `repeat`: the same message once more, under the same `webhook-id`."""

    quote_id: str
    repeat: bool
    status: int
    answer: str

    @property
    def accepted(self) -> bool:
        return self.status == 202 and self.answer == "accepted"

    @property
    def as_expected(self) -> bool:
        return self.status == 202 and self.answer == ("duplicate" if self.repeat else "accepted")


@dataclass(frozen=True, slots=True)
class Signed:
    """A message as it goes out, as often as one likes."""

    body: str
    headers: Mapping[str, str] = field(repr=False)

    def post(self, client: httpx.Client) -> httpx.Response:
        return client.post("/in/demo", content=self.body, headers=dict(self.headers))


def signed(secret: str, delivery_id: str, now: datetime, document: Mapping[str, Any]) -> Signed:
    """`document` under the `webhook-id` that tells repeats of a message from new ones."""
    body = json.dumps(document)
    headers = {
        "content-type": "application/json",
        "webhook-id": delivery_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(delivery_id, now, body),
    }
    return Signed(body, headers)


def send_all(client: httpx.Client, secret: str, cases: Sequence[Case], run: str) -> list[Delivery]:
    """Posts every case, and those with more copies again. `run` makes the ids of this run its own."""
    return [delivery for case in cases for delivery in _send(client, secret, case, run)]


def _send(client: httpx.Client, secret: str, case: Case, run: str) -> list[Delivery]:
    now = datetime.now(UTC)
    message = signed(secret, f"msg_{run}_{case.quote_id}", now, case.document(now))
    return [_post(client, case, message, copy > 0) for copy in range(case.copies)]


def _post(client: httpx.Client, case: Case, message: Signed, repeat: bool) -> Delivery:
    response = message.post(client)
    found = response.json() if response.headers.get("content-type", "").startswith("application/json") else {}
    return Delivery(case.quote_id, repeat, response.status_code, str(found.get("status") or found.get("detail") or ""))
