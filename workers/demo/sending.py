"""What a quote tool does: signs each acceptance by Standard Webhooks and posts it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

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


def send_all(client: httpx.Client, secret: str, cases: Sequence[Case], run: str) -> list[Delivery]:
    """Posts every case, and those with more copies again. `run` makes the ids of this run its own."""
    return [delivery for case in cases for delivery in _send(client, Webhook(secret), case, run)]


def _send(client: httpx.Client, webhook: Webhook, case: Case, run: str) -> list[Delivery]:
    now = datetime.now(UTC)
    body = json.dumps(case.document(now))
    delivery_id = f"msg_{run}_{case.quote_id}"
    headers = {
        "content-type": "application/json",
        "webhook-id": delivery_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": webhook.sign(delivery_id, now, body),
    }
    return [_post(client, case, headers, body, copy > 0) for copy in range(case.copies)]


def _post(client: httpx.Client, case: Case, headers: dict[str, str], body: str, repeat: bool) -> Delivery:
    response = client.post("/in/demo", content=body, headers=headers)
    found = response.json() if response.headers.get("content-type", "").startswith("application/json") else {}
    return Delivery(case.quote_id, repeat, response.status_code, str(found.get("status") or found.get("detail") or ""))
