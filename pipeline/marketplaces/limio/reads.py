"""All that is asked of Limio, typed: one thing each, and lists of summaries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import quote

from pydantic import TypeAdapter

from pipeline.domain.errors import NotFound, Unreadable
from pipeline.marketplaces.accounts import Timeouts
from pipeline.marketplaces.answers import Thing
from pipeline.marketplaces.http import Caller
from pipeline.marketplaces.limio import assumed
from pipeline.marketplaces.limio.lists import ANSWERS, TITLE, ListReader
from pipeline.marketplaces.limio.options import Options
from pipeline.marketplaces.limio.shapes import BASKET, OBJECT, OBJECTS, OFFERS, BasketShape, ObjectShape, OfferShape
from pipeline.marketplaces.reply import Ask, Reply

_PLAIN = re.compile(r"[A-Za-z0-9_-]+\Z")


def below(path: str, thing_id: str) -> str:
    """The path of one thing. Raises NotFound for an id that is none, lest the path name the list or something else."""
    if not thing_id.strip(". "):
        raise NotFound(f"{TITLE} can't have anything with the id {thing_id!r}.")
    return f"{path}/{thing_id if _PLAIN.match(thing_id) else quote(thing_id, safe='')}"


class Reads:
    """For one run of a stage, in which an offer is read once however many parts of it are asked for."""

    def __init__(self, caller: Caller, timeouts: Timeouts, options: Options) -> None:
        self._caller = caller
        self._timeouts = timeouts
        self.options = options
        self._offers_read: dict[str, OfferShape] = {}

    def object(self, kind: str, key: str) -> ObjectShape:
        """Raises NotFound, and Unreadable for one that was not asked for."""
        path = below(f"/objects/limio/{kind}", key)
        found = self._one(OBJECT, path)
        if key.casefold() not in (found.id.casefold(), (found.reference or "").casefold()):
            raise Unreadable(f"{TITLE} answered GET {path} with another object.")
        return found

    def basket(self, basket: str) -> BasketShape | None:
        """None where there is none, or where baskets can't be read there."""
        try:
            return self._one(BASKET, below(self.options.checkout_path, basket))
        except NotFound:
            return None

    def objects(self, kind: str) -> Iterator[list[ObjectShape]]:
        """Summaries, the newest first as far as Limio keeps to that."""
        path = f"/objects/limio/{kind}"
        return ListReader(OBJECTS, self._fetch(self._timeouts.orders), path, path).pages(
            {"limit": assumed.LARGEST_PAGE}
        )

    def since(self, kind: str, bound: datetime | None) -> Iterator[ObjectShape]:
        """
        Summaries of what was made since then, and of what does not say when. Read no further than a page of which all
        is older, in a list that has run from the newest to the oldest so far; else to the end.
        """
        made: list[datetime] = []
        for page in self.objects(kind):
            dated = [(one, assumed.instant(one.created)) for one in page]
            yield from (one for one, at in dated if at is None or bound is None or at >= bound)
            on_page = [at for _, at in dated if at is not None]
            made += on_page
            falls = all(earlier >= later for earlier, later in pairwise(made))
            whole = bool(page) and len(on_page) == len(page)
            if bound is not None and falls and whole and all(at < bound for at in on_page):
                return

    def customers(self, email: str = "") -> list[ObjectShape]:
        """Those that Limio finds by this text, which are not those of this address alone."""
        path = "/partner/customer"
        fetch = self._fetch(self._timeouts.read, (email,) if email else ())
        reader = ListReader(OBJECTS, fetch, path, path)
        asked: dict[str, str | int] = {"filter": email} if email else {}
        return reader.all({**asked, "limit": assumed.LARGEST_PAGE})

    def customers_of(self, email: str) -> list[ObjectShape]:
        """Those of exactly this address, whatever its capitals."""
        wanted = email.strip().casefold()
        found = self.customers(email.strip()) if wanted else []
        return [one for one in found if assumed.email(one).casefold() == wanted]

    def offer(self, offer_id: str) -> OfferShape:
        """Raises NotFound, also for an offer that is not this partner's."""
        if offer_id not in self._offers_read:
            self._offers_read[offer_id] = self._offer(offer_id)
        return self._offers_read[offer_id]

    def _offer(self, offer_id: str) -> OfferShape:
        asked: dict[str, str | int] = {assumed.OFFER_FILTER: offer_id, **assumed.ALL_OFFERS}
        for page in self._offers().pages(asked):
            for one in page:
                if one.id.casefold() == offer_id.casefold():
                    return one
        raise NotFound(f"{TITLE} sells no offer with the id {offer_id} to this partner.")

    def offers(self) -> list[OfferShape]:
        return self._offers().all(assumed.ALL_OFFERS)

    def _offers(self) -> ListReader[OfferShape]:
        path = "/offers/v2"
        return ListReader(OFFERS, self._fetch(self._timeouts.read), path, path, assumed.MORE_OFFERS)

    def _one(self, adapter: TypeAdapter[Thing], path: str) -> Thing:
        reply = self._fetch(self._timeouts.read)(path)
        return ANSWERS.one(adapter.validate_python, f"GET {path}", reply)

    def _fetch(self, timeout: timedelta, hidden: tuple[str, ...] = ()) -> Any:
        def fetch(asked: str) -> Reply:
            return self._caller.call(Ask("GET", asked, hidden=hidden, repeatable=True), timeout)

        return fetch
