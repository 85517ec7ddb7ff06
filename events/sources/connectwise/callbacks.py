"""What a callback says: of all it holds, only which record it is about, whose tenant it names and where its key is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from events.sources.connectwise.fields import identity, text
from events.sources.document import Unreadable, error
from events.sources.json_text import read_object
from events.sources.tool import Nudge

OPPORTUNITY, TICKET = "opportunity", "ticket"
KINDS = (OPPORTUNITY, TICKET)
DELETED = "deleted"
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Callback:
    """`kind` and `action` are in small letters; `record` is None where no id can be told."""

    kind: str
    action: str
    record: int | None
    company: str
    member: str
    message_id: str
    key_url: str


def read_callback(body: bytes) -> Callback:
    """Raises Unreadable."""
    content = read_object(body)
    return Callback(
        kind=text(content, "Type").lower()[:_LONGEST],
        action=text(content, "Action").lower()[:_LONGEST],
        record=identity(content, "ID"),
        company=text(content, "CompanyId"),
        member=text(content, "MemberId"),
        message_id=text(content, "MessageId")[:_LONGEST],
        key_url=text(content, "Metadata", "key_url"),
    )


def nudges(callback: Callback, own_member: str) -> list[Nudge]:
    """
    Empty where it is about nothing of ours, or where we wrote to the ticket ourselves. We never write to opportunities:
    what our API member does to one was done by another program that shares it. Raises Unreadable.
    """
    if callback.kind not in KINDS:
        return []
    if callback.record is None:
        raise Unreadable([error(["ID"], "must be the number of a record")], type=_type(callback))
    if callback.kind == TICKET and is_ours(callback.member, own_member):
        return []
    content: dict[str, Any] = {callback.kind: str(callback.record)}
    if callback.action == DELETED:
        content[DELETED] = True
    return [Nudge(_type(callback), content, callback.message_id or None)]


def is_ours(member: str, own_member: str) -> bool:
    return bool(own_member) and member.casefold() == own_member.casefold()


def _type(callback: Callback) -> str:
    return f"{callback.kind}.{callback.action}" if callback.action else callback.kind
