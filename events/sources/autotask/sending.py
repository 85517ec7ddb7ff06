"""The webhooks that a simulated Autotask sends, signed with the webhook's key."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from events.sources.autotask.messages import HEADER, signature
from events.sources.tool import Post


@dataclass
class Sending:
    """Numbers the messages of each ticket on, and writes the fields' values as text, as Autotask does."""

    secret: str
    guid: str
    now: Callable[[], datetime]
    numbers: Counter[int] = field(default_factory=Counter)

    def ticket(self, ticket_id: int, person: int, action: str = "Update", **fields: Any) -> Post:
        self.numbers[ticket_id] += 1
        message = {
            "Action": action,
            "Guid": self.guid,
            "EntityType": "Ticket",
            "Id": ticket_id,
            "Fields": {name: str(value) for name, value in fields.items()},
            "EventTime": self.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "SequenceNumber": self.numbers[ticket_id],
            "PersonId": person,
        }
        return self.post(message)

    def test(self, ticket_id: int) -> Post:
        """What an administrator's test sends: without fields, time or number."""
        message = {"Action": "Update", "Guid": self.guid, "EntityType": "Ticket", "Id": ticket_id, "Fields": {}}
        return self.post(message)

    def post(self, message: Any) -> Post:
        body = json.dumps(message, separators=(",", ":")).encode()
        return Post({"content-type": "application/json", HEADER: signature(self.secret.encode(), body)}, "", body)
