"""A quote as Stripe has it now: accepted, taken back, or neither."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from events.connections import SourceConnection
from events.sources import marks
from events.sources.answered import Row, day, identifier, instant, row, text, unique, word
from events.sources.client import NotThere
from events.sources.stripe.amounts import money
from events.sources.stripe.api import StripeApi
from events.sources.stripe.words import COMMITMENT_METADATA, SKU_METADATA
from events.sources.tool import Found, NotAccepted, NotThereYet, Revoked, ToolFault
from pipeline.domain.customer import Address, Contact, Customer
from pipeline.domain.offered import OfferedLine, OfferedQuote
from pipeline.domain.quote import QuoteKey

_PAGE = "https://dashboard.stripe.com/quotes/"


class Quotes:
    """
    A revised quote is another quote at Stripe, and the one that it replaces is canceled there: no revisions. Who
    accepted, Stripe does not tell.
    """

    def __init__(self, connection: SourceConnection, api: StripeApi) -> None:
        self._connection = connection
        self._api = api

    def look_up(self, quote_id: str) -> Found:
        """Raises ToolFault."""
        try:
            quote = self._api.quote(quote_id)
        except NotThere:
            raise NotThereYet("Stripe has no such quote for this key.") from None
        key = QuoteKey(system=self._connection.quote_system, id=_id(quote))
        match text(quote.get("status")):
            case "accepted":
                return self._offered(quote, key)
            case "canceled":
                return Revoked(key, _accepted_at(quote))
            case other:
                return NotAccepted(f"The quote is {word(other)} at Stripe, which is not accepted.")

    def _offered(self, quote: Row, key: QuoteKey) -> OfferedQuote:
        listed = self._api.line_items(key.id)
        customer = self._customer(quote)
        metadata = row(quote.get("metadata"))
        return OfferedQuote(
            key=key,
            customer=customer,
            lines=tuple(_line(each, number, self._connection) for number, each in enumerate(listed, start=1)),
            number=text(quote.get("number")),
            url=f"{_PAGE}{key.id}",
            accepted_at=_accepted_at(quote),
            requested_at=_requested_at(quote, self._connection),
            ticket=marks.ticket(metadata),
            links=marks.links(metadata),
            notes=text(quote.get("description")),
        )

    def _customer(self, quote: Row) -> Customer:
        """A customer of Stripe has one name, the company's; whose e-mail address it is, Stripe does not tell."""
        named = quote.get("customer")
        customer_id = identifier(named.get("id") if isinstance(named, Mapping) else named)
        if not customer_id:
            return Customer()
        try:
            customer = self._api.customer(customer_id)
        except NotThere:
            customer = {}
        given, metadata = row(customer.get("address")), row(customer.get("metadata"))
        email, phone = text(customer.get("email")), text(customer.get("phone"))
        return Customer(
            ref=customer_id,
            external_id=text(metadata.get("customer_external_id")),
            name=text(customer.get("name")),
            phone=phone,
            address=Address(
                street=text(given.get("line1")),
                street2=text(given.get("line2")),
                city=text(given.get("city")),
                state=text(given.get("state")),
                postal_code=text(given.get("postal_code")),
                country=text(given.get("country")),
            ),
            contacts=(Contact(email=email, phone=phone),) if email else (),
        )


def _line(line: Row, number: int, connection: SourceConnection) -> OfferedLine:
    price = row(line.get("price"))
    metadata, options = row(price.get("metadata")), connection.access.options
    product = price.get("product")
    product_id = text(product.get("id") if isinstance(product, Mapping) else product)
    minor = price.get("unit_amount")
    return OfferedLine(
        id=text(line.get("id")) or str(number),
        quantity=text(line.get("quantity")),
        keys=unique([text(metadata.get(options.get("sku_metadata", SKU_METADATA))), product_id]),
        description=text(line.get("description")) or text(price.get("nickname")),
        billing_term=_interval(row(price.get("recurring"))),
        commitment=text(metadata.get(options.get("commitment_metadata", COMMITMENT_METADATA))),
        unit_price=money(price.get("unit_amount_decimal") if minor is None else minor, price.get("currency")),
    )


def _interval(recurring: Row) -> str:
    """Stripe's word: `month`, `year`; with its number where it is not each one: `3 month`."""
    interval, count = text(recurring.get("interval")), text(recurring.get("interval_count"))
    return f"{count} {interval}" if interval and count not in ("", "1") else interval


def _accepted_at(quote: Row) -> datetime | None:
    return instant(row(quote.get("status_transitions")).get("accepted_at"))


def _requested_at(quote: Row, connection: SourceConnection) -> datetime | None:
    """When its subscription is to begin; None: at once, as when that was due already with the acceptance."""
    told, accepted_at = row(quote.get("subscription_data")).get("effective_date"), _accepted_at(quote)
    begins = instant(told) if isinstance(told, int) else day(told, connection.zone)
    return None if begins is None or (accepted_at is not None and begins <= accepted_at) else begins


def _id(quote: Row) -> str:
    found = identifier(quote.get("id"))
    if not found:
        raise ToolFault("Stripe answered with a quote that has no id.")
    return found
