"""A value in all the forms in which it might lie somewhere, and looking for it."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

from workers.drills.canary.plants import MARK, Plant

_SHORTEST = 6


@dataclass(frozen=True, slots=True)
class Hit:
    """A plant that was found, in which form."""

    plant: Plant
    form: str


def forms(value: str, shortest: int = _SHORTEST) -> Mapping[str, bytes]:
    """The value by the name of each form. Forms that look like another one are left out."""
    raw = value.encode()
    found: dict[str, bytes] = {"as it is": raw}
    for name, form in _encodings(value, raw):
        if len(form) >= shortest and form not in found.values():
            found[name] = form
    return found


def _encodings(value: str, raw: bytes) -> Iterator[tuple[str, bytes]]:
    yield "in JSON", json.dumps(value)[1:-1].encode()
    yield "in JSON in JSON", json.dumps(json.dumps(value)[1:-1])[1:-1].encode()
    yield "in JSON, with its letters", json.dumps(value, ensure_ascii=False)[1:-1].encode()
    yield "in a URL", quote(value, safe="").encode()
    yield "in a URL's path", quote(value, safe="/@+:&").encode()
    yield "in a form", quote_plus(value).encode()
    yield "in HTML", html.escape(value).encode()
    yield "as Python shows it", repr(value)[1:-1].encode()
    yield "as Python shows its bytes", repr(raw)[2:-1].encode()
    yield "in latin-1", value.encode("latin-1", "ignore")
    yield "in UTF-16", value.encode("utf-16-le")
    yield "in hexadecimal", raw.hex().encode()
    yield "in capital hexadecimal", raw.hex().upper().encode()
    for before in range(3):
        yield f"in base64, after {before} bytes", _inside_base64(raw, before)
        yield f"in base64 for URLs, after {before} bytes", _inside_base64(raw, before).translate(_FOR_URLS)
    if digits := _number(value):
        yield "as a bare number", digits


_FOR_URLS = bytes.maketrans(b"+/", b"-_")


def _inside_base64(raw: bytes, before: int) -> bytes:
    """What every base64 text has that encodes the value `before` (modulo three) bytes after its beginning."""
    whole = base64.b64encode(b"\0" * before + raw).rstrip(b"=")
    ends = (before + len(raw)) * 8 // 6  # the last letter may belong to what follows
    return whole[(before * 8 + 5) // 6 : ends]


def _number(value: str) -> bytes:
    return re.sub(r"\D", "", value).encode() if re.fullmatch(r"\+?[\d ().-]{10,}", value) else b""


def search(content: bytes, plants: Iterable[Plant]) -> list[Hit]:
    """Every plant in `content`, in its first form that is there."""
    hits = []
    marked = any(form in content for form in forms(MARK, shortest=1).values())
    for plant in plants:
        if MARK in plant.value and not marked:
            continue
        form = next((name for name, form in forms(plant.value).items() if form in content), None)
        if form is not None:
            hits.append(Hit(plant, form))
    return hits
