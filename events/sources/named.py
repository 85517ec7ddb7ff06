"""
Fields of a PSA's answers by any of several names, for versions and tenants name the same thing differently, and
people's text as a person would read it. Values of another type than promised read as nothing.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

from events.sources import answered
from events.sources.tool import ToolFault

Row = Mapping[str, Any]
_FIRST_YEAR, _LAST_YEAR = 1990, 9000  # PSAs write "no date" as the year 1 or 1900
_TAG = re.compile(r"<[^<>]{0,2000}>")
_LINE_END = re.compile(r"<(?:br|/p|/div|/li)\b[^<>]{0,200}>", re.IGNORECASE)


def text(row: Row, *names: str) -> str:
    """The first of these that says anything, numbers as they are written; else empty."""
    return next((said for name in names if (said := answered.text(row.get(name)))), "")


def an_id(value: object) -> str:
    """What names a thing, fit for a path; empty for 0 and negative numbers, which name none."""
    said = answered.identifier(value)
    return "" if said.startswith("-") or not said.strip("0") else said


def ident(row: Row, *names: str) -> str:
    """The first of these that names a thing; else empty."""
    return next((told for name in names if (told := an_id(row.get(name)))), "")


def flag(row: Row, *names: str) -> bool | None:
    """The first of these that is true or false; None where none is."""
    return next((row[name] for name in names if isinstance(row.get(name), bool)), None)


def first(row: Row, *names: str) -> object:
    """The first of these that is there at all."""
    return next((row[name] for name in names if row.get(name) is not None), None)


def a_moment(value: object, zone: tzinfo = UTC) -> datetime | None:
    """An instant in UTC; a date without an offset is meant in `zone`."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        return aware.astimezone(UTC) if _FIRST_YEAR <= moment.year <= _LAST_YEAR else None
    except (ValueError, OverflowError):
        return None


def instant(row: Row, *names: str, zone: tzinfo = UTC) -> datetime | None:
    """The first of these that is a moment."""
    return next((moment for name in names if (moment := a_moment(row.get(name), zone))), None)


def objects(value: object, said: str) -> Sequence[Row]:
    """A list of objects, which must be there. `said` begins the sentence. Raises ToolFault."""
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise ToolFault(f"{said} with a list that cannot be read.")
    return value


def an_object(value: object, said: str) -> Row:
    """Raises ToolFault."""
    if not isinstance(value, dict):
        raise ToolFault(f"{said} with something that is no object.")
    return value


def plain(said: str) -> str:
    """Text as a person would read it, where the PSA may have it as HTML."""
    if "<" not in said:
        return html.unescape(said).strip()
    return html.unescape(_TAG.sub("", _LINE_END.sub("\n", said))).strip()
