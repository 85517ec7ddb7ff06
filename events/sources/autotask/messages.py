"""
What Autotask's webhook sends: whether it is genuine, and which ticket it is about.

A ticket is read again whatever the message says of it, so that messages which come late, twice or in another order than
they were sent change nothing: all of them lead to the same ticket as it is now.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from events.sources.answered import row, text
from events.sources.autotask.words import TICKET_NOTES, TICKETS
from events.sources.document import Unreadable, error
from events.sources.json_text import read_object
from events.sources.named import ident
from events.sources.tool import Nudge

HEADER = "x-hook-signature"
_LONGEST = 100


class Keys:
    """SecretKeys, all live at once. Compares in constant time."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._keys = [secret.encode() for secret in secrets if secret]

    def genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        given = headers.get(HEADER, "").encode(errors="replace")
        matches = [hmac.compare_digest(given, signature(key, body).encode()) for key in self._keys]
        return any(matches)


def signature(key: bytes, body: bytes) -> str:
    """Over the raw body, in base64 and not in hex."""
    return "sha1=" + base64.b64encode(hmac.digest(key, body, "sha1")).decode()


def read(body: bytes, our_resource: str, guid: str) -> Sequence[Nudge]:
    """
    A nudge to read the ticket. None where our own user did it, or it is about something else. Raises Unreadable.
    """
    message = read_object(body)
    said = text(message.get("Action"))[:_LONGEST]
    entity = text(message.get("EntityType"))[:_LONGEST]
    kind = f"{entity} {said}".strip() or "unnamed"
    if guid and text(message.get("Guid")).lower() != guid.lower():
        raise Unreadable([error(["Guid"], "is not that of this connection's webhook")], type=kind)
    number = ident(message, "Id")
    if not number.isdigit():
        raise Unreadable([error(["Id"], "is required")], type=kind)
    content = _content(entity.lower(), number, message)
    if content is None or (our_resource and text(message.get("PersonId")) == our_resource):
        return []
    return [Nudge(kind, content, _delivery(message))]


def _content(entity: str, number: str, message: Mapping[str, Any]) -> Mapping[str, Any] | None:
    if entity in TICKETS or not entity:
        return {"ticket": number}
    if entity in TICKET_NOTES:
        fields = row(message.get("Fields"))
        told = next((ident(fields, name) for name in fields if name.lower() == "ticketid"), "")
        return {"ticket": told} if told.isdigit() else {"note": number}
    return None


def _delivery(message: Mapping[str, Any]) -> str | None:
    """
    `Guid` is the webhook's and `Id` the ticket's, so that it takes all five to tell deliveries apart. A test's message
    has neither time nor number: nothing tells it from the next.
    """
    parts = [text(message.get(name))[:_LONGEST] for name in ("Guid", "Id", "Action", "SequenceNumber", "EventTime")]
    return json.dumps(parts) if parts[3] or parts[4] else None
