"""Addresses below FlexPortal's own, whatever an id looks like."""

from __future__ import annotations

import re
from urllib.parse import quote, urlencode

from pipeline.domain.errors import NotFound

VERSION = "/v1"
CUSTOMERS = f"{VERSION}/customers"
VARIANTS = f"{VERSION}/products/variants"
ORDERS = f"{VERSION}/orders"
SUBSCRIPTIONS = f"{VERSION}/subscriptions"
ASSETS = f"{VERSION}/assets"
_PLAIN = re.compile(r"[A-Za-z0-9_-]+\Z")


def below(path: str, thing_id: str) -> str:
    """The path of one thing. Raises NotFound for an id that is none, lest the path name the list or something else."""
    if not _PLAIN.match(thing_id):
        if not thing_id.strip(". "):
            raise NotFound(f"FlexPortal can't have anything with the id {thing_id!r}.")
        thing_id = quote(thing_id, safe="")
    return f"{path}/{thing_id}"


def asking(path: str, query: dict[str, str | int]) -> str:
    return f"{path}?{urlencode(query)}"
