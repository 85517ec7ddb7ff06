"""What a refusal is about, as far as its details name it in so many words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.marketplaces.pax8.payload import names_company, provisioning_keys
from pipeline.marketplaces.reply import Reply, details

_POSITION = re.compile(r"lineItems(?:/|\[|\.)(\d{1,4})\b")
_NUMBER = re.compile(r"\b(?:lineItemNumber|line item(?: number)?|line)[ :=#]+(\d{1,4})\b", re.IGNORECASE)
_DETAIL = re.compile(r"provisioningDetails(?:/|\[|\.)['\"]?([A-Za-z][\w.-]{0,99}?)['\"]?(?=[\]/\s:,]|$)")
_DETAIL_AT = re.compile(r"provisioningDetails(?:/|\[|\.)(\d{1,4})\b")
_COMPANY_WANTED = re.compile(r"companyId\b.{0,80}\b(?:required|missing|absent|null|empty|blank)", re.IGNORECASE)
_NOT_KEYS = frozenset({"key", "values", "must", "is", "are"})

Keys = list[tuple[int, tuple[str, ...]]]


def named_fields(reply: Reply, body: str) -> tuple[tuple[int | None, str], ...]:
    """
    (line number, field key) pairs. A key is taken where the payload has it or where it stands as an index of
    `provisioningDetails`; the number is None where neither the detail nor the payload settles it.
    """
    try:
        content = reply.content()
        keys = provisioning_keys(body)
    except (ValueError, KeyError, TypeError):
        return ()
    parts = details(content) or ([content] if isinstance(content, Mapping) else [])
    found = [pair for part in parts for pair in _of(_texts(part), keys)]
    return tuple(dict.fromkeys(found))


def wants_line_company(reply: Reply, body: str) -> bool:
    """
    Whether the refusal misses `companyId`. The order itself always has one, so a line's is meant; the specification
    lists it as required there without declaring it, so it is sent only to who asks for it.
    """
    try:
        content = reply.content()
        if names_company(body):
            return False
    except (ValueError, KeyError, TypeError):
        return False
    parts = details(content) or [content]
    return any(_COMPANY_WANTED.search(_texts(part).replace("'", "").replace('"', "")) for part in parts)


def _texts(part: Any) -> str:
    if isinstance(part, str):
        return part
    if not isinstance(part, Mapping):
        return ""
    return " ".join(str(part[name]) for name in ("instance", "field", "path", "message") if part.get(name))


def _of(text: str, keys: Keys) -> Iterable[tuple[int | None, str]]:
    number = _line_number(text, keys)
    theirs = dict(keys).get(number) if number is not None else None
    named = [key for key in _DETAIL.findall(text) if key not in _NOT_KEYS]
    if theirs is not None:
        named += [theirs[at] for found in _DETAIL_AT.findall(text) if (at := int(found)) < len(theirs)]
    candidates = theirs if theirs is not None else tuple({key: None for _, line in keys for key in line})
    named += [key for key in candidates if re.search(rf"(?<![\w.-]){re.escape(key)}(?![\w-])", text)]
    for key in dict.fromkeys(named):
        yield (number if number is not None else _only_line(key, keys)), key


def _line_number(text: str, keys: Keys) -> int | None:
    """The line's own number: positions count from 0 and are the payload's."""
    if found := _POSITION.search(text):
        at = int(found.group(1))
        return keys[at][0] if at < len(keys) else None
    if found := _NUMBER.search(text):
        number = int(found.group(1))
        return number if any(number == known for known, _ in keys) else None
    return None


def _only_line(key: str, keys: Keys) -> int | None:
    having = [number for number, line in keys if key in line]
    return having[0] if len(having) == 1 else None
