"""Limio's lists, which go on by a `queryMore` token: read to their end, or an error that says that they were not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic
from urllib.parse import urlencode

from pydantic import TypeAdapter

from pipeline.domain.errors import IncompleteScan, Refused
from pipeline.marketplaces.answers import Answers, Listed
from pipeline.marketplaces.reply import Reply

TITLE = "Limio"
ANSWERS = Answers(TITLE)
_ROUNDS = 1000

Fetch = Callable[[str], Reply]
Query = Mapping[str, str | int]


class ListReader(Generic[Listed]):
    """One kind of list. `shown` is how sentences name it; `more` the parameter that takes the token."""

    def __init__(
        self, items: TypeAdapter[list[Listed]], fetch: Fetch, path: str, shown: str, more: str = "queryMore"
    ) -> None:
        self._items = items
        self._fetch = fetch
        self._path = path
        self._more = more
        self._hits: int | None = None
        self.shown = f"GET {shown}"

    def all(self, query: Query) -> list[Listed]:
        """
        Everything, each id once. Raises IncompleteScan where the list counts something else than what came, twice:
        something was added or taken away while it was read.
        """
        found = self._walk(query)
        if self._hits not in (None, len(found)):
            found = self._walk(query)
        if self._hits in (None, len(found)):
            return found
        raise IncompleteScan(
            f"{TITLE}'s list {self.shown} kept changing while it was read: it counts {self._hits} and gave "
            f"{len(found)}."
        )

    def _walk(self, query: Query) -> list[Listed]:
        return [one for page in self.pages(query) for one in page]

    def pages(self, query: Query) -> Iterator[list[Listed]]:
        """
        Page by page, what was not on one before. A list that shifts while it is read repeats rows. Raises
        IncompleteScan where it can't be read on.
        """
        token: str | None = None
        seen: set[str] = set()
        tokens: set[str] = set()
        for _ in range(_ROUNDS):
            found, token = self._page(query, token)
            fresh = {one.id: one for one in found if one.id not in seen}
            seen.update(fresh)
            yield list(fresh.values())
            if token is None:
                return
            if token in tokens:
                break
            tokens.add(token)
        raise IncompleteScan(f"{TITLE}'s list {self.shown} has no end.")

    def _page(self, query: Query, token: str | None) -> tuple[list[Listed], str | None]:
        asked = {**query, self._more: token} if token is not None else query
        try:
            reply = self._fetch(f"{self._path}?{urlencode(asked)}")
        except Refused as error:
            if token is None:
                raise
            said = "; ".join(error.details) or "it gives no reason"
            raise IncompleteScan(f"{TITLE}'s list {self.shown} could not be read on: {said}.") from error
        body = ANSWERS.content(reply, self.shown)
        if not isinstance(body, dict) or "items" not in body:
            raise ANSWERS.no_list(self.shown, reply)
        hits = body.get("hits")
        self._hits = hits if isinstance(hits, int) and not isinstance(hits, bool) else None
        items = ANSWERS.read(self._items.validate_python, body["items"], self.shown, reply)
        return items, _token(body.get("queryMore"))


def _token(more: Any) -> str | None:
    """Where the list goes on: a text, or an object that has it as `from`."""
    given = more.get("from") if isinstance(more, dict) else more
    return str(given) if isinstance(given, str | int) and given != "" else None
