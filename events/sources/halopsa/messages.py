"""
What HaloPSA's webhook sends: whether it is genuine, and what it is about.

HaloPSA signs nothing, so that a static secret is all there is; nothing of a message counts but what it names. A body is
an event or, batched, an array of them. `object_id` names the thing; the `id` at the top is the delivery's.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from events.sources.access import BadAccess
from events.sources.document import Unreadable, error
from events.sources.halopsa.words import ABOUT, NESTED, TICKET
from events.sources.json_text import read_value
from events.sources.named import Row, an_id, ident, text
from events.sources.tool import Nudge

BASIC, BEARER = "basic:", "bearer:"
_LONGEST_TYPE = 100
_MOST = 1000


class Secrets:
    """`bearer:TOKEN` and `basic:USER:PASSWORD`, all live at once. Raises BadAccess."""

    def __init__(self, secrets: Iterable[str], variable: str) -> None:
        self._known: list[tuple[str, bytes]] = []
        for secret in secrets:
            scheme, _, rest = secret.partition(":")
            if scheme not in ("basic", "bearer") or not rest or (scheme == "basic" and not all(rest.partition(":"))):
                raise BadAccess(f"{variable} must hold {BEARER}TOKEN or {BASIC}USER:PASSWORD.")
            self._known.append((scheme, rest.encode()))

    def genuine(self, headers: Mapping[str, str]) -> bool:
        scheme, _, rest = headers.get("authorization", "").partition(" ")
        given = _told(scheme.lower(), rest.strip())
        matches = [scheme.lower() == kind and hmac.compare_digest(given, known) for kind, known in self._known]
        return any(matches)


def _told(scheme: str, rest: str) -> bytes:
    if scheme != "basic":
        return rest.encode(errors="replace")
    try:
        return base64.b64decode(rest, validate=True)
    except (binascii.Error, ValueError):
        return b""


def read(body: bytes, our_agent: str) -> Sequence[Nudge]:
    """
    One nudge for each event. What `our_agent` did is left out. Raises Unreadable where no event can be read.

    An event of a batch that cannot be read keeps the others from nothing; the poll below has it.
    """
    value = read_value(body)
    events = value if isinstance(value, list) else [value]
    if len(events) > _MOST:
        raise Unreadable([error([], f"has more than {_MOST} events")])
    nudges, wrong = [], []
    for index, event in enumerate(events):
        try:
            nudges.append(_nudge(event))
        except Unreadable as unreadable:
            wrong += [
                error([*([index] if isinstance(value, list) else []), *e["loc"]], e["msg"]) for e in unreadable.errors
            ]
    if wrong and not nudges:
        raise Unreadable(wrong)
    return [nudge for nudge, agent in nudges if not our_agent or agent != our_agent]


def _nudge(event: Any) -> tuple[Nudge, str]:
    """And the agent whose doing it was."""
    if not isinstance(event, dict):
        raise Unreadable([error([], "must be an object")])
    said = text(event, "event")[:_LONGEST_TYPE]
    kind, thing = _thing(event, said)
    if not thing:
        raise Unreadable([error(["object_id"], "is required")], type=said)
    delivery = text(event, "id")[:_LONGEST_TYPE]
    return Nudge(said or f"{kind} changed", {kind: thing}, delivery or None), ident(event, "agent_id")


def _thing(event: Row, said: str) -> tuple[str, str]:
    """What it is about: by the object that comes along, if that is the one named, else by the event's name."""
    named = next((kind for word, kind in ABOUT if word in said.lower()), TICKET)
    nested = [(kind, ident(event[name], "id")) for name, kind in NESTED if isinstance(event.get(name), dict)]
    told = an_id(event.get("object_id"))
    if not told:
        return next((each for each in nested if each[1]), (named, ""))
    return next((each for each in nested if each[1] == told), (named, told))
