"""
Fields of what a tool answered. One that is of another type than promised reads as nothing; a list that is none is a
fault, because a quote without lines must never pass for one that was read.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from events.sources.tool import ToolFault
from pipeline.domain.money import Money

Row = Mapping[str, Any]
_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,128}")
_GROUPED = re.compile(r"-?(\d{1,3}(,\d{3})+|\d{1,30})(\.\d{1,30})?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}")
_BEGINS = time(6)


def text(value: object) -> str:
    """Text, or a number as it was written; else empty. Without what cannot be stored: NUL, halves of characters."""
    match value:
        case str():
            return "".join(letter for letter in value if letter != "\0" and not "\ud800" <= letter <= "\udfff").strip()
        case bool():
            return ""
        case float() if not math.isfinite(value):
            return ""
        case int() | float():
            return str(value)
        case _:
            return ""


def word(value: object, *, most: int = 40) -> str:
    """A tool's own word, fit to stand in a sentence."""
    shown = "".join(letter for letter in text(value) if letter.isprintable())
    return shown[:most] or "(nothing)"


def identifier(value: object) -> str:
    """An id that may stand in a path; else empty."""
    given = text(value)
    return given if _IDENTIFIER.fullmatch(given) else ""


def row(value: object) -> Row:
    return value if isinstance(value, Mapping) else {}


def rows(value: object) -> list[Row]:
    """A list that may be left out."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def page(title: str, content: object, name: str) -> list[Row]:
    """The list of a page, which must be there. Raises ToolFault."""
    listed = row(content).get(name)
    if not isinstance(listed, list) or not all(isinstance(each, Mapping) for each in listed):
        raise ToolFault(f"{title} answered with a page that has no list of {name}.")
    return listed


def amount(value: object) -> Decimal | None:
    """
    A number, or text such as "2,575.00" with its thousands parted by commas. None for what is neither: a decimal comma
    is not guessed.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    written = text(value)
    if isinstance(value, str):
        if not _GROUPED.fullmatch(written):
            return None
        written = written.replace(",", "")
    try:
        read = Decimal(written)
    except InvalidOperation:
        return None
    return read if read.is_finite() else None


def currency(value: object) -> str:
    """ISO 4217 in capitals; else empty."""
    given = text(value).upper()
    return given if _CURRENCY.fullmatch(given) else ""


def money(value: object, currency_code: object) -> Money | None:
    read, code = amount(value), currency(currency_code)
    return Money(amount=read, currency=code) if read is not None and code else None


def instant(value: object) -> datetime | None:
    """ISO 8601, meant in UTC where it names no zone, or seconds since 1970. Aware, in UTC."""
    if isinstance(value, bool):
        return None
    try:
        match value:
            case int():
                return datetime.fromtimestamp(value, UTC)
            case str():
                read = datetime.fromisoformat(value.strip())
                return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
            case _:
                return None
    except (ValueError, OverflowError, OSError):
        return None


def day(value: object, zone: tzinfo) -> datetime | None:
    """
    When something is to begin: a date means 06:00 in `zone`, a time without an offset is meant there. Aware, in UTC.
    """
    if not isinstance(value, str):
        return None
    try:
        read = datetime.fromisoformat(value.strip())
        if len(value.strip()) <= len("2026-12-01"):
            read = datetime.combine(read.date(), _BEGINS, zone)
        return (read if read.tzinfo else read.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def unique(values: Sequence[str]) -> tuple[str, ...]:
    """Without empty ones and repeats, in their order."""
    return tuple(dict.fromkeys(value for value in values if value))
