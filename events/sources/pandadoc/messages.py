"""What PandaDoc sends: whether it is genuine, and which documents it is about."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from urllib.parse import parse_qsl

from events.connections import ToolAccess
from events.sources.answered import Row, identifier, row, text
from events.sources.document import Unreadable, error
from events.sources.json_text import read_value
from events.sources.pandadoc.words import ACCEPTED, LOST, STATE_CHANGED, among
from events.sources.tool import Genuine, Nudge, Post

EVENT_ID = "x-pandadoc-webhook-event-id"
_MOST_EVENTS = 500
_MOST_FIELDS = 32
_HEADER_ID = re.compile(r"[\x21-\x7e]{1,128}")


def signature(key: str, body: bytes) -> str:
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


def genuine(post: Post, keys: Sequence[str]) -> Genuine:
    """By the one `signature` in the query. There is no time in it: a replay is known by its event's id."""
    try:
        query = parse_qsl(post.query, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return Genuine.NO
    given = [value for name, value in query if name == "signature"]
    if len(given) != 1:
        return Genuine.NO
    told = given[0].encode("utf-8", "replace")
    matches = [hmac.compare_digest(signature(key, post.body).encode(), told) for key in keys if key]
    return Genuine.YES if any(matches) else Genuine.NO


def read(post: Post, access: ToolAccess) -> list[Nudge]:
    """
    A nudge for each document whose state became one that accepts or takes back. The event's id, in a header, is that of
    the whole array. Raises Unreadable.
    """
    events = read_value(post.body)
    if isinstance(events, dict):
        events = [events]
    if not isinstance(events, list):
        raise Unreadable([error([], "the body must be a JSON array of events")])
    if len(events) > _MOST_EVENTS:
        raise Unreadable([error([], f"the body has more than {_MOST_EVENTS} events")])
    header = post.headers.get(EVENT_ID, "").strip()
    event_id = header if _HEADER_ID.fullmatch(header) else ""
    read_events = [_nudge(event, number, event_id, access) for number, event in enumerate(events)]
    return [nudge for nudge in read_events if nudge is not None]


def _nudge(event: object, number: int, event_id: str, access: ToolAccess) -> Nudge | None:
    if not isinstance(event, dict):
        raise Unreadable([error([number], "must be an object")])
    if text(event.get("event")) != STATE_CHANGED:
        return None
    data = row(event.get("data"))
    status = text(data.get("status"))
    if not status:
        raise Unreadable([error([number, "data", "status"], "must be the status of a document")])
    if not decides(status, access):
        return None
    document = identifier(data.get("id"))
    if not document:
        raise Unreadable([error([number, "data", "id"], "must be the id of a document")], type=status)
    known = f"{event_id}:{number}" if event_id else _own_id(document, data)
    return Nudge(status, {"document": document}, delivery_id=known)


def decides(status: str, access: ToolAccess) -> bool:
    return among(status, access.accepted, ACCEPTED) or among(status, access.lost, LOST)


def _own_id(document: str, data: Row) -> str:
    """For a delivery without the header: what happened, and when."""
    told = [document, text(data.get("status")), text(data.get("date_modified"))]
    return f"document-{hashlib.sha256(json.dumps(told).encode()).hexdigest()}"
