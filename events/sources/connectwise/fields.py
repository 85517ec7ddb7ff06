"""Reading JSON that may hold anything: a value of the wrong kind counts as missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

_NOTHING: Mapping[str, Any] = {}
_LARGEST_ID = 2**53


def at(value: Any, *path: str) -> Any:
    """What lies at the end of the path; None where it breaks off."""
    for name in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def thing(value: Any, *path: str) -> Mapping[str, Any]:
    found = at(value, *path)
    return found if isinstance(found, Mapping) else _NOTHING


def things(value: Any, *path: str) -> Sequence[Mapping[str, Any]]:
    found = at(value, *path)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def text(value: Any, *path: str) -> str:
    """Trimmed, and without what cannot be stored: NUL, and halves of surrogate pairs."""
    found = at(value, *path)
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found) if abs(found) < _LARGEST_ID else ""
    if not isinstance(found, str):
        return ""
    return found.replace("\0", "").encode("utf-8", "replace").decode().strip()


def flag(value: Any, *path: str) -> bool:
    return at(value, *path) is True


def number(value: Any, *path: str) -> Decimal | None:
    found = at(value, *path)
    if isinstance(found, bool) or not isinstance(found, int | float | str):
        return None
    try:
        amount = Decimal(str(found).strip())
    except (InvalidOperation, ValueError):
        return None
    return amount if amount.is_finite() and abs(amount.adjusted()) < 30 else None


def identity(value: Any, *path: str) -> int | None:
    """A record's id: a whole number above zero, also where it is written as text."""
    found = at(value, *path)
    if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) < 16:
        found = int(found)
    if isinstance(found, bool) or not isinstance(found, int):
        return None
    return found if 0 < found < _LARGEST_ID else None


def moment(value: Any, *path: str) -> datetime | None:
    """Without an offset it is meant in UTC, as the tool's times are."""
    try:
        found = datetime.fromisoformat(text(value, *path))
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def custom(value: Any, caption: str) -> str:
    """The value of the custom field with this caption, capitals aside; empty where there is none, or no caption."""
    wanted = caption.strip().casefold()
    fields = things(value, "customFields") if wanted else ()
    return next((text(one, "value") for one in fields if text(one, "caption").casefold() == wanted), "")
