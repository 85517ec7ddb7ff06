"""What Stripe sends: whether it is genuine, and which quote it is about."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence

from events.sources.answered import identifier, row, text
from events.sources.document import Unreadable, error
from events.sources.json_text import read_object
from events.sources.stripe.words import EVENTS
from events.sources.tool import Genuine, Nudge, Post

_TOLERANCE = 300
_LONGEST_HEADER = 4096
_STAMP = re.compile(r"[0-9]{1,12}")


def signature(secret: str, timestamp: str, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def genuine(post: Post, secrets: Sequence[str], now: float) -> Genuine:
    """
    Any `v1` may match, with any of our secrets: that is how Stripe changes one. A time may be off by five minutes
    either way; Stripe's own library bounds only the past.
    """
    header = post.headers.get("stripe-signature", "")
    if not header or len(header) > _LONGEST_HEADER:
        return Genuine.NO
    parts = [(name.strip(), value.strip()) for name, _, value in (part.partition("=") for part in header.split(","))]
    stamps = [value for name, value in parts if name == "t"]
    if len(stamps) != 1 or not _STAMP.fullmatch(stamps[0]) or abs(now - int(stamps[0])) > _TOLERANCE:
        return Genuine.NO
    given = [value.encode("utf-8", "replace") for name, value in parts if name == "v1"]
    expected = [signature(secret, stamps[0], post.body).encode() for secret in secrets if secret]
    matches = [hmac.compare_digest(one, two) for one in expected for two in given]
    return Genuine.YES if any(matches) else Genuine.NO


def read(body: bytes) -> list[Nudge]:
    """The quote that was accepted or canceled; empty for another event. Raises Unreadable."""
    nudge = nudge_of(read_object(body))
    return [nudge] if nudge is not None else []


def nudge_of(event: object) -> Nudge | None:
    """Of an event as it is sent or listed. Raises Unreadable."""
    told = row(event)
    kind = text(told.get("type"))
    if not kind:
        raise Unreadable([error(["type"], "is required: the body must be an event of Stripe")])
    if kind not in EVENTS:
        return None
    quote, event_id = identifier(row(row(told.get("data")).get("object")).get("id")), identifier(told.get("id"))
    wrong = [
        error(way, msg)
        for found, way, msg in (
            (event_id, ["id"], "must be the id of an event"),
            (quote, ["data", "object", "id"], "must be the id of a quote"),
        )
        if not found
    ]
    if wrong:
        raise Unreadable(wrong, type=kind)
    return Nudge(kind, {"quote": quote}, delivery_id=event_id)
