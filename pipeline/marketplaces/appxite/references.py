"""
Ids that carry their organisation: AppXite answers nothing about an order without being told on whose behalf.

    an order          <organisation>/<order>
    an ordered item   <organisation>/<order>/<item>
    a subscription    <organisation>/<subscription>

And the ids of order items, which are ours: each is made from what it is for, so that whoever knows the write knows them
before the call, after it, and in every other process.
"""

from __future__ import annotations

import re
import uuid

from pipeline.domain.errors import NotFound

_PLAIN = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*\Z")
_ITEMS = uuid.UUID("5f0c1f0e-9d0f-5d0a-8c9b-2f6f7c1d4b11")


def item_id(reference: str, basket: int, line: int) -> str:
    """The order item of a line in the order's so-manieth cart; of another cart it is another one."""
    return str(uuid.uuid5(_ITEMS, f"{reference}/{basket}/{line}"))


def joined(organisation: str, *ids: str) -> str:
    return "/".join((organisation, *ids))


def order_ref(text: str) -> tuple[str, str]:
    """Organisation and order. Raises NotFound for what is no such id."""
    parts = _parts(text)
    if len(parts) != 2:
        raise NotFound(
            f"AppXite can't have an order {text!r}: an order of it is named <organisation id>/<order id> here."
        )
    return parts[0], parts[1]


def subscription_ref(text: str) -> tuple[str, ...]:
    """Organisation and subscription; or organisation, order and item. Raises NotFound for what is neither."""
    parts = _parts(text)
    if len(parts) not in (2, 3):
        raise NotFound(f"AppXite can't have a subscription {text!r}: its organisation is missing.")
    return parts


def is_plain(text: str) -> bool:
    """Whether it can stand in a path and in a header as it is. No id that AppXite is known to make can't."""
    return _PLAIN.match(text) is not None


def same_id(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _parts(text: str) -> tuple[str, ...]:
    parts = tuple(text.split("/"))
    return parts if all(is_plain(part) for part in parts) else ()
