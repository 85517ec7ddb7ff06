"""AppXite's lists, read to their end: complete, or an error that says that they are not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic
from urllib.parse import urlencode

from pipeline.domain.errors import IncompleteScan
from pipeline.marketplaces.answers import Answers, Listed, Shaped
from pipeline.marketplaces.appxite.assumed import Paging
from pipeline.marketplaces.reply import Reply

TITLE = "AppXite"
ANSWERS = Answers(TITLE)
_MOST_PAGES = 2000

Fetch = Callable[[str], Reply]


class ListReader(Generic[Listed]):
    """One kind of list, page by page. `fetch` takes a target."""

    def __init__(self, shape: Shaped[Listed], fetch: Fetch, paging: Paging) -> None:
        self._shape = shape
        self._fetch = fetch
        self._paging = paging

    def all(self, path: str) -> list[Listed]:
        """
        Everything, each id once. Raises IncompleteScan where the counter disagrees with what came, twice: something
        was added or taken away while it was read.
        """
        found, total = self._walk(path)
        if total not in (None, len(found)):
            found, total = self._walk(path)
        if total in (None, len(found)):
            return list(found.values())
        raise IncompleteScan(
            f"{TITLE}'s list {path} kept changing while it was read: it counts {total} and gave {len(found)}."
        )

    def _walk(self, path: str) -> tuple[dict[str, Listed], int | None]:
        """To the counter, and where there is none until a page brings nothing new. A smaller page is none the last."""
        found: dict[str, Listed] = {}
        for number in range(_MOST_PAGES):
            items, total = self._page(path, self._paging.first + number)
            before = len(found)
            for item in items:
                found.setdefault(item.id, item)
            if not items or len(found) == before or (total is not None and len(found) >= total):
                return found, total
        raise IncompleteScan(f"{TITLE}'s list {path} has no end: {_MOST_PAGES} pages of it were read.")

    def _page(self, path: str, number: int) -> tuple[list[Listed], int | None]:
        paging = self._paging
        query = urlencode({paging.number: number, paging.size: paging.largest})
        asked = f"{path}{'&' if '?' in path else '?'}{query}"
        what = f"GET {asked}"
        reply = self._fetch(asked)
        body = ANSWERS.content(reply, what)
        if isinstance(body, list):
            return [ANSWERS.read(self._shape, one, what, reply) for one in body], None
        items = body.get(paging.items) if isinstance(body, dict) else None
        if not isinstance(items, list):
            raise ANSWERS.no_list(what, reply)
        total = body.get(paging.total)
        counted = total if isinstance(total, int) and not isinstance(total, bool) else None
        return [ANSWERS.read(self._shape, one, what, reply) for one in items], counted
