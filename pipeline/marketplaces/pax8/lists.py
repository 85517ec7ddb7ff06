"""Pax8's lists, read to their end: complete, or an error that says that they are not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic
from urllib.parse import urlencode

from pydantic import TypeAdapter

from pipeline.domain.errors import IncompleteScan
from pipeline.marketplaces.answers import Answers, Listed, Thing
from pipeline.marketplaces.pax8.shapes import CountersShape
from pipeline.marketplaces.reply import Reply

TITLE = "Pax8"
ANSWERS = Answers(TITLE)
SIZE = 200

_COUNTERS = TypeAdapter(CountersShape)
Fetch = Callable[[str], Reply]


@dataclass(frozen=True, slots=True)
class Page(Generic[Thing]):
    """`total` and `pages` are None where the answer has no such counter; `size` is what the far side took."""

    items: list[Thing]
    total: int | None
    pages: int | None
    size: int


def target(path: str, **query: str | int | None) -> str:
    """Path and query; parameters that are None are left out."""
    given = {name: value for name, value in query.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


def unpaged(items: TypeAdapter[list[Thing]], fetch: Fetch, path: str, **query: str | None) -> list[Thing]:
    """A list that comes whole, such as prices."""
    return _read(items, fetch, target(path, **query)).items


class ListReader(Generic[Listed]):
    """One kind of list, page by page. `fetch` takes a target."""

    def __init__(self, items: TypeAdapter[list[Listed]], fetch: Fetch) -> None:
        self._items = items
        self._fetch = fetch

    def page(self, number: int, path: str, **query: str | None) -> Page[Listed]:
        return _read(self._items, self._fetch, target(path, **query, page=number, size=SIZE))

    def all(self, path: str, **query: str | None) -> list[Listed]:
        """
        Everything, each id once. Raises IncompleteScan where the counters disagree with what came, twice: something
        was added or taken away while it was read.
        """
        found, total = self._walk(path, **query)
        if total not in (None, len(found)):
            found, total = self._walk(path, **query)
        if total in (None, len(found)):
            return list(found.values())
        raise IncompleteScan(
            f"{TITLE}'s list {target(path, **query)} kept changing while it was read: it counts {total} and gave "
            f"{len(found)}."
        )

    def _walk(self, path: str, **query: str | None) -> tuple[dict[str, Listed], int | None]:
        found: dict[str, Listed] = {}
        number = 0
        while True:
            page = self.page(number, path, **query)
            before = len(found)
            for item in page.items:
                found.setdefault(item.id, item)
            number += 1
            ended = number >= page.pages if page.pages is not None else len(found) == before
            if ended or not page.items:
                return found, page.total


def _read(items: TypeAdapter[list[Thing]], fetch: Fetch, asked: str) -> Page[Thing]:
    what = f"GET {asked}"
    reply = fetch(asked)
    body = ANSWERS.content(reply, what)
    if isinstance(body, list):
        return Page(ANSWERS.read(items.validate_python, body, what, reply), None, None, SIZE)
    if not isinstance(body, dict):
        raise ANSWERS.no_list(what, reply)
    block = next((body[key] for key in ("page", "pageInfo") if isinstance(body.get(key), dict)), body)
    counters = ANSWERS.read(_COUNTERS.validate_python, block, what, reply)
    total = counters.total_elements if counters.total_elements is not None else counters.total_records
    if "content" not in body and total != 0:
        raise ANSWERS.no_list(what, reply)
    found = ANSWERS.read(items.validate_python, body.get("content"), what, reply)
    return Page(found, total, _pages(counters, total), counters.size or SIZE)


def _pages(counters: CountersShape, total: int | None) -> int | None:
    if counters.total_pages is not None:
        return counters.total_pages
    return -(-total // counters.size) if total is not None and counters.size else None
