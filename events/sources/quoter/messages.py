"""What Quoter sends: whether it is genuine, and which quote it is about."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from typing import Any

from events.sources.answered import identifier, row, text
from events.sources.document import Unreadable, error
from events.sources.json_text import read_object
from events.sources.quoter.form import read_form
from events.sources.tool import Genuine, Nudge

_TOLERANCE = 300
_STAMP = re.compile(rb"[0-9]{1,12}")


def digest(key: str, timestamp: bytes, data: bytes) -> str:
    """Quoter's signature, over `data` as it is after decoding."""
    return hashlib.md5(key.encode() + timestamp + data, usedforsecurity=False).hexdigest()


def genuine(body: bytes, keys: Sequence[str], now: float) -> Genuine:
    """NO for whatever is no form, carries no right hash, or is off by more than five minutes either way."""
    try:
        fields = read_form(body)
    except Unreadable:
        return Genuine.NO
    timestamp, given = fields.get("timestamp", b""), fields.get("hash", b"")
    if not _STAMP.fullmatch(timestamp) or abs(now - int(timestamp)) > _TOLERANCE:
        return Genuine.NO
    data = fields.get("data", b"")
    matches = [hmac.compare_digest(digest(key, timestamp, data).encode(), given) for key in keys if key]
    return Genuine.YES if any(matches) else Genuine.NO


def read(body: bytes) -> list[Nudge]:
    """
    The quote that the message is about; empty for one about a person. Quoter gives a delivery no id: it is known again
    by quote, status, revision and time. Raises Unreadable.
    """
    fields = read_form(body)
    data = _data(fields)
    quote = row(data["quote"]) if isinstance(data.get("quote"), dict) else data
    if quote is data and "status" not in data:
        return []
    given = identifier(quote.get("public_id")) or identifier(quote.get("id"))
    if not given:
        raise Unreadable([error(["data", "id"], "must be the id of a quote")], type="quote")
    told = [
        given,
        text(quote.get("status")),
        text(quote.get("revision")),
        fields.get("timestamp", b"").decode("latin-1"),
    ]
    named = hashlib.sha256(json.dumps(told).encode()).hexdigest()
    stamp = fields.get("timestamp", b"")
    content: dict[str, Any] = {"quote": given, "number": text(quote.get("number"))[:100]}
    if _STAMP.fullmatch(stamp):
        content["at"] = int(stamp)
    return [Nudge("quote", content, delivery_id=f"quoter-{named}")]


def _data(fields: dict[str, bytes]) -> dict[str, Any]:
    if "data" not in fields:
        raise Unreadable([error(["data"], "is required")])
    if fields["data"].lstrip()[:1] == b"<":
        raise Unreadable([error(["data"], "is XML: choose JSON as the format of Quoter's webhook")])
    try:
        return read_object(fields["data"])
    except Unreadable as wrong:
        raise Unreadable([error(["data", *each["loc"]], each["msg"]) for each in wrong.errors]) from None
