"""What was ordered, in Autotask's words: a quote's items or a ticket's charges, and the numbers of their products."""

from __future__ import annotations

from events.sources.answered import money
from events.sources.answered import text as written
from events.sources.autotask import words
from events.sources.autotask.picklists import Picklists
from events.sources.autotask.session import Session, where
from events.sources.client import NotThere
from events.sources.named import Row, flag, ident, text
from pipeline.domain.offered import OfferedLine


class Lines:
    """Raises ToolFault. Prices are in the customer's currency; where Autotask names none, they are left out."""

    def __init__(self, session: Session, picklists: Picklists) -> None:
        self._session = session
        self._picklists = picklists

    def of_quote(self, quote_id: str, currency: str) -> tuple[OfferedLine, ...]:
        known: dict[str, Row] = {}
        rows = self._session.rows("QuoteItems", where("quoteID", int(quote_id)))
        return tuple(self._item(row, known, currency) for row in rows)

    def of_ticket(self, ticket_id: str, currency: str) -> tuple[OfferedLine, ...]:
        known: dict[str, Row] = {}
        rows = self._session.rows("TicketCharges", where("ticketID", int(ticket_id)))
        return tuple(self._charge(row, known, currency) for row in rows)

    def _item(self, row: Row, known: dict[str, Row], currency: str) -> OfferedLine:
        entity, thing = self._thing(row, known)
        named = self._period("QuoteItems", row.get("periodType"))
        return OfferedLine(
            id=ident(row, "id"),
            quantity=text(row, "quantity"),
            keys=_keys(entity, thing),
            description=text(row, "name") or text(thing, "name") or text(row, "description"),
            billing_term=named or self._period(entity, thing.get("periodType")),
            unit_price=money(row.get("unitPrice"), currency),
            skipped=self._skipped(row, entity),
            held=_held(row, entity),
        )

    def _charge(self, row: Row, known: dict[str, Row], currency: str) -> OfferedLine:
        entity, thing = self._thing(row, known)
        cancelled = self._picklists.is_one("TicketCharges", "status", row.get("status"), words.CANCELLED_CHARGE)
        return OfferedLine(
            id=ident(row, "id"),
            quantity=text(row, "unitQuantity"),
            keys=_keys(entity, thing),
            description=text(row, "name") or text(thing, "name") or text(row, "description"),
            billing_term=self._period(entity, thing.get("periodType")),
            unit_price=money(row.get("unitPrice"), currency),
            skipped="cancelled" if cancelled else "",
            held=_held(row, entity),
        )

    def _thing(self, row: Row, known: dict[str, Row]) -> tuple[str, Row]:
        """The product or service, read once for all lines. One that is gone still has its number."""
        for entity, name in (("Products", "productID"), ("Services", "serviceID")):
            if number := ident(row, name):
                path = f"{entity}/{number}"
                if path not in known:
                    known[path] = {**self._read(entity, number), "id": number}
                return entity, known[path]
        return "", {}

    def _read(self, entity: str, number: str) -> Row:
        try:
            return self._session.item(entity, number)
        except NotThere:
            return {}

    def _period(self, entity: str, value: object) -> str:
        return self._picklists.name(entity, "periodType", value) if entity and written(value) else ""

    def _skipped(self, row: Row, entity: str) -> str:
        """Labour, shipping and discounts are items of a quote, too."""
        if flag(row, "isOptional"):
            return "an option that was not taken"
        kind = "" if entity else self._picklists.name("QuoteItems", "quoteItemType", row.get("quoteItemType")).lower()
        other = any(ident(row, name) for name in words.OTHER_ITEMS) or any(word in kind for word in words.OTHER_KINDS)
        return "no product or service" if other and not entity else ""


def _keys(entity: str, thing: Row) -> tuple[str, ...]:
    """Its numbers in the order of trust, then what Autotask itself numbers it by."""
    names = words.PRODUCT_KEYS if entity == "Products" else words.SERVICE_KEYS
    own = {"Products": "product:", "Services": "service:"}.get(entity, "")
    numbers = [text(thing, name) for name in names] if entity else []
    return tuple(dict.fromkeys(key for key in (*numbers, own and own + text(thing, "id")) if key))


def _held(row: Row, entity: str) -> str:
    if ident(row, "serviceBundleID"):
        return "it is a bundle of services"
    return "" if entity else "it names no product or service of Autotask's"
