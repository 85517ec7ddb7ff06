"""The lines of a Pax8 quote: the only source that names the marketplace's own products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from events.sources.answered import Row, day, money, row, text, unique
from events.sources.document import Unreadable, error
from events.sources.pax8_quotes.changed import Meaning, meaning
from events.sources.pax8_quotes.terms import ASK, order_term
from pipeline.domain.offered import OfferedLine

MARKETPLACE = "pax8"
_CUSTOM = "custom"


def lines_of(
    quote: Row, *, held: str, accepted_at: datetime | None, options: Mapping[str, str], zone: tzinfo
) -> tuple[OfferedLine, ...]:
    """
    `held` is why a person must look at every line; empty: nothing speaks against the quote. Days are meant in `zone`.
    Raises Unreadable.
    """
    listed = enumerate(_items(quote.get("lineItems")))
    return tuple(_line(item, place, held, options, _start(item, accepted_at, zone)) for place, item in listed)


def _items(listed: object) -> Sequence[Row]:
    """The specification has one object where there are lines; whether it is a list is not said anywhere."""
    if listed is None:
        return ()
    items = [listed] if isinstance(listed, dict) else listed
    if not isinstance(items, list) or not all(isinstance(each, dict) for each in items):
        raise Unreadable([error(["lineItems"], "must be a list of objects")])
    return items


def _line(item: Row, place: int, held: str, options: Mapping[str, str], start_at: datetime | None) -> OfferedLine:
    line_id = text(item.get("id"))
    if not line_id:
        raise Unreadable([error(["lineItems", place, "id"], "must be there")])
    product, commitment = row(item.get("product")), row(item.get("commitmentTerm"))
    term = order_term(text(item.get("billingTerm")), options)
    own = _own_reason(item, product, term, options)
    price, cost, changes = row(item.get("price")), row(item.get("cost")), text(item.get("subscriptionId"))
    return OfferedLine(
        id=line_id,
        quantity=text(item.get("quantity")),
        keys=unique((text(product.get("sku")),)),
        marketplace=MARKETPLACE,
        product_id="" if own else text(product.get("id")),
        description=text(product.get("name")),
        billing_term="" if term == ASK else term,
        commitment=text(commitment.get("id")) or text(commitment.get("term")),
        unit_price=money(price.get("amount"), price.get("currency")),
        unit_cost=money(cost.get("amount"), cost.get("currency")),
        parent_line=text(row(item.get("relationship")).get("requiredLineItemId")) or None,
        start_at=start_at,
        held=own or held,
        changes=changes,
        adds=bool(changes) and meaning(options) is Meaning.ADDED,
    )


def _own_reason(item: Row, product: Row, term: str, options: Mapping[str, str]) -> str:
    """Why this very line is for a person; empty: it can be ordered, or the change made."""
    changes = text(item.get("subscriptionId"))
    if text(product.get("type")).casefold() == _CUSTOM:
        return "it is a custom product of the quote's own, which Pax8 does not sell"
    if changes and meaning(options) is Meaning.ASK:
        return f"it changes the subscription {changes}, and what its quantity means is for a person to say"
    if not changes and not text(product.get("id")):
        return "it names no product"
    parent = text(row(item.get("relationship")).get("requiredSubscriptionId"))
    if parent and not changes:
        return f"it belongs to the subscription {parent} that the customer has: order it at Pax8"
    if term == ASK:
        return "it is billed by '1 Year', and what that is in an order is for a person to say"
    return ""


def _start(item: Row, accepted_at: datetime | None, zone: tzinfo) -> datetime | None:
    """A line that was due when the quote was accepted starts at once."""
    effective = day(item.get("effectiveDate"), zone)
    if effective is None or (accepted_at is not None and effective <= accepted_at):
        return None
    return effective
