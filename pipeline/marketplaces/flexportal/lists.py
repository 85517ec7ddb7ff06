"""
FlexPortal's lists, read to their end by their cursor: complete, or an error that says that they are not.

An older form of the API had pages and counters in their place. A list without a word about its end is never taken for
a whole one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Generic

from pydantic import TypeAdapter

from pipeline.domain.errors import IncompleteScan, NotFound, Refused
from pipeline.marketplaces.answers import Answers, Listed
from pipeline.marketplaces.flexportal import paths, shapes
from pipeline.marketplaces.reply import Ask, Reply

TITLE = "FlexPortal"
ANSWERS = Answers(TITLE)
NOTHING: Mapping[str, str] = MappingProxyType({})

Fetch = Callable[[Ask], Reply]


@dataclass(frozen=True, slots=True)
class Kind(Generic[Listed]):
    """A list's address, the key that its things are under, their shape, and the most that a page may hold."""

    path: str
    key: str
    items: TypeAdapter[list[Listed]]
    limit: int = 100


CUSTOMERS = Kind(paths.CUSTOMERS, "customers", shapes.CUSTOMERS)
VARIANTS = Kind(paths.VARIANTS, "variants", shapes.VARIANTS, limit=5000)
ORDERS = Kind(paths.ORDERS, "orders", shapes.ORDERS)
RENTALS = Kind(paths.SUBSCRIPTIONS, "rentals", shapes.RENTALS)
ASSETS = Kind(paths.ASSETS, "assets", shapes.ASSETS)


def everything(
    fetch: Fetch, kind: Kind[Listed], query: Mapping[str, str] = NOTHING, hidden: tuple[str, ...] = ()
) -> list[Listed]:
    """Each id once, since a list may shift while it is read. `hidden` are values of the query that are personal."""
    found: dict[str, Listed] = {}
    for page in pages(fetch, kind, query, hidden):
        for one in page:
            found.setdefault(one.id, one)
    return list(found.values())


def pages(
    fetch: Fetch, kind: Kind[Listed], query: Mapping[str, str], hidden: tuple[str, ...] = ()
) -> Iterator[list[Listed]]:
    """Page by page. Raises IncompleteScan where the list breaks off, or goes round in circles."""
    asked: dict[str, str | int] = {**query, "limit": kind.limit}
    used: set[str] = set()
    while True:
        ask = Ask("GET", paths.asking(kind.path, asked), hidden=hidden, repeatable=True)
        reply = _page(fetch, ask, first=not used)
        what = f"GET {ask.shown}"
        body = ANSWERS.content(reply, what)
        yield _items(kind, body, what, reply)
        following = _next(body, what, reply)
        if following is None:
            return
        if following in used:
            raise IncompleteScan(f"{TITLE}'s list {ask.shown} goes round in circles: it can't be read to its end.")
        used.add(following)
        asked["startAfter"] = following


def _page(fetch: Fetch, ask: Ask, *, first: bool) -> Reply:
    try:
        return fetch(ask)
    except (Refused, NotFound) as error:
        if first:
            raise
        raise IncompleteScan(f"{TITLE}'s list broke off at {ask.shown}: {error.sentence}") from error


def _items(kind: Kind[Listed], body: Any, what: str, reply: Reply) -> list[Listed]:
    if not isinstance(body, dict) or kind.key not in body:
        raise ANSWERS.outside(f"no list under '{kind.key}'", what, reply)
    return ANSWERS.read(kind.items.validate_python, body[kind.key], what, reply)


def _next(body: dict[str, Any], what: str, reply: Reply) -> str | None:
    """Where the next page begins; None at the end."""
    more, cursor = body.get("hasMore"), body.get("nextCursor")
    if "hasMore" not in body and "nextCursor" not in body:
        raise ANSWERS.outside("neither hasMore nor nextCursor", what, reply)
    if more is False or (more is None and not cursor):
        return None
    if not isinstance(cursor, str | int) or not cursor:
        raise ANSWERS.outside("more, but no cursor to it", what, reply)
    return str(cursor)
