"""The webhooks that a simulated HaloPSA sends: with its secret, one event or a batch, with more or less in it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from events.sources.tool import Post

Record = dict[str, Any]


class Payload(StrEnum):
    """The kinds that an administrator chooses from."""

    SMALL = "small object"
    FULL = "full object"
    EVENT = "event information only"


@dataclass
class Sending:
    """Builds deliveries; each event has an id of its own, which a delivery that is sent again keeps."""

    secret: str
    now: Callable[[], datetime]
    sent: int = 0

    def event(
        self, ticket: Record, kind: Payload = Payload.SMALL, agent: int = 3, name: str = "ticket status changed"
    ) -> Record:
        self.sent += 1
        number = ticket["id"]
        made = {
            "id": str(uuid5(NAMESPACE_URL, f"event-{self.sent}")),
            "webhook_id": str(uuid5(NAMESPACE_URL, "webhook")),
            "notification_id": 41,
            "escmsg_id": str(uuid5(NAMESPACE_URL, f"message-{self.sent}")),
            "event": name,
            "message": f"The status has been changed for Ticket ID: {number:07}.",
            "object_id": number,
            "agent_id": agent,
            "timestamp": self.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f5Z"),
        }
        small = {name: ticket[name] for name in ("id", "status_id", "client_id") if name in ticket}
        match kind:
            case Payload.SMALL:
                return {**made, "ticket": small}
            case Payload.FULL:
                return {**made, "ticket": {**ticket, "customfields": []}}
            case Payload.EVENT:
                return made

    def post(self, *events: Record, batched: bool = False) -> Post:
        """One event as it is; several, or one of a webhook that gathers them, as an array."""
        body = list(events) if batched or len(events) != 1 else events[0]
        headers = {"content-type": "application/json", "authorization": self._authorization()}
        return Post(headers, "", json.dumps(body).encode())

    def _authorization(self) -> str:
        scheme, _, rest = self.secret.partition(":")
        return f"Basic {base64.b64encode(rest.encode()).decode()}" if scheme == "basic" else f"Bearer {rest}"
