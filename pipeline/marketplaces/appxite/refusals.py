"""Which answers a refusal is about, as far as it names them in so many words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline.domain.claim import PurchaseLine
from pipeline.marketplaces.appxite.templates import Slot, Template, Templates
from pipeline.marketplaces.reply import Reply, details

_ITEM = re.compile(r"OrderItems(?:/|\[|\.)(\d{1,4})\b", re.IGNORECASE)
_KEY = re.compile(r"FormData(?:/|\[|\.)['\"]?([A-Za-z][\w-]{0,99})", re.IGNORECASE)

_TAKEN = re.compile(r"\bdomain\b.{0,80}\b(?:taken|exists?|in use|registered|unavailable|not available)", re.IGNORECASE)

Named = tuple[tuple[int | None, str], ...]


def named_fields(reply: Reply, lines: Sequence[PurchaseLine], templates: Templates) -> Named:
    """(line number, slot) pairs, from the positions and keys of form data that the refusal's details name."""
    try:
        content = reply.content()
    except ValueError:
        return ()
    ordered = sorted(lines, key=lambda line: line.number)
    parts = details(content) or [content]
    return tuple(dict.fromkeys(pair for part in parts for pair in _of(_text(part), ordered, templates)))


def names_a_taken_domain(words: Sequence[str]) -> bool:
    """AppXite answers that with HTTP 500 (marketplaces.md, 2.8), which else says nothing of what was done."""
    return any(_TAKEN.search(word) for word in words)


def domain_slots(lines: Sequence[PurchaseLine], templates: Templates) -> tuple[str, ...]:
    found = [templates.for_line(line) for line in lines]
    keys = [slot.key for template in found if template is not None for slot in template.slots if slot.domain]
    return tuple(dict.fromkeys(keys))


def slots_of(named: Named) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key for _, key in named))


def _text(part: Any) -> str:
    if isinstance(part, Mapping):
        return " ".join(str(value) for value in part.values() if isinstance(value, str))
    return str(part)


def _of(text: str, lines: Sequence[PurchaseLine], templates: Templates) -> Iterator[tuple[int | None, str]]:
    place = _ITEM.search(text)
    at = int(place.group(1)) if place else None
    about = lines if at is None else lines[at : at + 1]
    for line in about:
        if (template := templates.for_line(line)) is not None:
            for slot in _slots(text, template):
                yield line.number, slot.key


def _slots(text: str, template: Template) -> Iterator[Slot]:
    """By the key of the form data where one is said, else by each of the template's keys that stands in the text."""
    keys = _KEY.findall(text)
    if not keys:
        keys = [key for key in template.form if re.search(rf"(?<![\w.-]){re.escape(key)}(?![\w-])", text)]
    for key in keys:
        if (slot := template.slot_at(key)) is not None:
            yield slot
