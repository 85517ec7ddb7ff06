"""
FlexPortal's lists, read to their end by their cursor: complete, or an error that says that they are not.

An older form of the API had pages and counters in their place. A list without a word about its end is never taken for
a whole one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Generic, Protocol, TypeVar

from pydantic import TypeAdapter, ValidationError

from pipeline.domain.errors import IncompleteScan, NotFound, Refused, Unreadable
from pipeline.marketplaces.flexportal import paths, shapes
from pipeline.marketplaces.reply import Ask, Reply

TITLE = "FlexPortal"
NOTHING: Mapping[str, str] = MappingProxyType({})


class Identified(Protocol):
    @property
    def id(self) -> str: ...


Thing = TypeVar("Thing")
Listed = TypeVar("Listed", bound=Identified)
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
        body = content(reply, ask)
        yield _items(kind, body, ask, reply)
        following = _next(body, ask, reply)
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


def content(reply: Reply, ask: Ask) -> Any:
    """The JSON of a good answer. Raises Unreadable."""
    try:
        return reply.content()
    except ValueError as error:
        raise Unreadable(
            f"{TITLE}'s answer to {ask.method} {ask.shown} is not JSON: {reply.shape()}.", request_id=reply.request_id
        ) from error


def read(adapter: TypeAdapter[Thing], value: Any, ask: Ask, reply: Reply) -> Thing:
    """A part of an answer in its shape. Raises Unreadable, which names the fields and not their values."""
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        raise _outside(ask, reply, wrong_fields(error)) from None


def wrong_fields(error: ValidationError) -> str:
    """Where a shape does not fit, the first three places."""
    return "; ".join(
        f"{'.'.join(str(part) for part in one['loc']) or 'the answer'}: {one['type']}"
        for one in error.errors(include_url=False, include_context=False, include_input=False)[:3]
    )


def _items(kind: Kind[Listed], body: Any, ask: Ask, reply: Reply) -> list[Listed]:
    if not isinstance(body, dict) or kind.key not in body:
        raise _outside(ask, reply, f"no list under '{kind.key}'")
    return read(kind.items, body[kind.key], ask, reply)


def _next(body: dict[str, Any], ask: Ask, reply: Reply) -> str | None:
    """Where the next page begins; None at the end."""
    more, cursor = body.get("hasMore"), body.get("nextCursor")
    if "hasMore" not in body and "nextCursor" not in body:
        raise _outside(ask, reply, "neither hasMore nor nextCursor")
    if more is False or (more is None and not cursor):
        return None
    if not isinstance(cursor, str | int) or not cursor:
        raise _outside(ask, reply, "more, but no cursor to it")
    return str(cursor)


def _outside(ask: Ask, reply: Reply, wrong: str) -> Unreadable:
    sentence = f"{TITLE}'s answer to {ask.method} {ask.shown} is outside its contract ({wrong})."
    return Unreadable(sentence, request_id=reply.request_id)
