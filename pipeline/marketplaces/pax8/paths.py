"""Paths below Pax8's address, whatever an id looks like."""

from __future__ import annotations

import re
from urllib.parse import quote

from pipeline.domain.errors import NotFound

_PLAIN = re.compile(r"[A-Za-z0-9_-]+\Z")


def below(path: str, thing_id: str, *more: str) -> str:
    """
    The path of one thing. Raises NotFound for an id that is none, lest the path name the list or something else.
    """
    if not _PLAIN.match(thing_id):
        if not thing_id.strip(". "):
            raise NotFound(f"Pax8 can't have anything with the id {thing_id!r}.")
        thing_id = quote(thing_id, safe="")
    return "/".join((path, thing_id, *more))
