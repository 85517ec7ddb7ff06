"""A quote's lines: each line's item, and the numbers under which its suppliers sell it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from events.sources.answered import Row, identifier, money, text, unique
from events.sources.client import NotThere
from events.sources.quoter.api import QuoterApi
from events.sources.quoter.words import COMMITMENT, SUPPLIER_SKU, UNIT_COST, UNIT_PRICE
from pipeline.domain.offered import OfferedLine

_KEPT_SECONDS = 600.0
_MOST_KEPT = 2000


@dataclass(frozen=True, slots=True)
class Item:
    keys: tuple[str, ...] = ()
    interval: str = ""
    gone: bool = False


class Lines:
    """
    Reads lines. Items are remembered for ten minutes: a long quote takes more calls than Quoter allows at once, and
    what was read before a 429 need not be read again after it. Thread-safe.
    """

    def __init__(self, api: QuoterApi, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._clock = clock
        self._lock = threading.Lock()
        self._items: dict[str, tuple[float, Item]] = {}

    def of(self, quote_id: str, currency: str) -> tuple[OfferedLine, ...]:
        """Raises ToolFault."""
        listed = self._api.all("line_items", "quote_id", quote_id)
        return tuple(self._line(each, number, currency) for number, each in enumerate(listed, start=1))

    def _line(self, line: Row, number: int, currency: str) -> OfferedLine:
        item_id = identifier(line.get("item_id"))
        item = self._item(item_id) if item_id else None
        return OfferedLine(
            id=text(line.get("id")) or str(number),
            quantity=text(line.get("quantity")),
            keys=item.keys if item else (),
            description=text(line.get("name")) or text(line.get("description")),
            billing_term=text(line.get("recurring_interval")) or (item.interval if item else ""),
            commitment=first(line, COMMITMENT),
            unit_price=money(first(line, UNIT_PRICE), currency),
            unit_cost=money(first(line, UNIT_COST), currency),
            skipped=_skipped(line),
            held=_held(item),
        )

    def _item(self, item_id: str) -> Item:
        with self._lock:
            kept = self._items.get(item_id)
        if kept is not None and self._clock() < kept[0]:
            return kept[1]
        item = self._read(item_id)
        with self._lock:
            if len(self._items) >= _MOST_KEPT:
                self._items.clear()
            self._items[item_id] = (self._clock() + _KEPT_SECONDS, item)
        return item

    def _read(self, item_id: str) -> Item:
        try:
            item = self._api.one("items", item_id)
        except NotThere:
            return Item(gone=True)
        supplied = self._supplied(item_id, text(item.get("supplier_id")))
        return Item(unique([*supplied, text(item.get("sku"))]), text(item.get("recurring_interval")))

    def _supplied(self, item_id: str, first_supplier: str) -> list[str]:
        """The suppliers' numbers, those of the item's own supplier first."""
        try:
            listed = self._api.all("supplier_items", "item_id", item_id)
        except NotThere:  # an account without supplier items
            return []
        ranked = sorted(listed, key=lambda each: text(each.get("supplier_id")) != first_supplier)
        return [first(each, SUPPLIER_SKU) for each in ranked]


def first(line: Row, names: tuple[str, ...]) -> str:
    """The first of these fields that holds something, as written."""
    return next((written for name in names if (written := text(line.get(name)))), "")


def _skipped(line: Row) -> str:
    """Assumed: an option that the customer can leave out says so."""
    if line.get("optional") is True and line.get("selected") is False:
        return "an option that was not chosen"
    return ""


def _held(item: Item | None) -> str:
    if item is None:
        return "a custom item of the quote, which names no product"
    return "its item is no longer in Quoter" if item.gone else ""
