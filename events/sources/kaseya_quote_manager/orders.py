"""Which sales orders were made from one quote: one of them that is lost takes nothing back while another stands."""

from __future__ import annotations

from events.sources.answered import Row, identifier
from events.sources.client import NotThere
from events.sources.kaseya_quote_manager.api import KaseyaApi
from events.sources.keyring import KeyRing


class OrdersOfQuotes:
    """Those that were accepted here, remembered for all processes, and the one that the quote itself names."""

    def __init__(self, connection: str, keys: KeyRing, api: KaseyaApi) -> None:
        self._name = f"{connection}/orders-of"
        self._keys = keys
        self._api = api

    def accepted(self, quote_id: str, order_id: str) -> None:
        known = self._known(quote_id)
        if order_id not in known:
            # A name for each, because processes that have read one do not read it again.
            self._keys.keep(f"{self._name}/{quote_id}/{len(known) + 1}", order_id)

    def others(self, quote_id: str, order_id: str) -> list[Row]:
        """The quote's sales orders besides this one, as they are now. Raises ToolFault."""
        named = identifier(self._maybe("quote", quote_id).get("salesOrderId"))
        wanted = dict.fromkeys((*self._known(quote_id), named))
        return [
            found for each in wanted if each not in ("", "0", order_id) and (found := self._maybe("salesorder", each))
        ]

    def _known(self, quote_id: str) -> list[str]:
        known: list[str] = []
        while (kept := self._keys.find(f"{self._name}/{quote_id}/{len(known) + 1}")) is not None:
            known.append(kept)
        return known

    def _maybe(self, kind: str, item_id: str) -> Row:
        try:
            return self._api.one(kind, item_id)
        except NotThere:
            return {}
