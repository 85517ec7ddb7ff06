"""
What a Pax8 quote says when it is read again.

Assumptions, from names alone: only the intent PARTNER_TO_CLIENT means that the customer accepted; PAX8_TO_PARTNER is
Pax8 selling to us; any other is for a person. `declined`, `expired` and `changes_requested` take an acceptance back,
which the connection's `lost` words replace, as its `accepted` words do `accepted`. A shadow company is no company yet.
"""

from __future__ import annotations

from events.connections import SourceConnection, ToolAccess
from events.sources.answered import Row, instant, row, text, word
from events.sources.document import Unreadable, error
from events.sources.pax8_quotes.lines import MARKETPLACE, lines_of
from events.sources.tool import Found, NotAccepted, Revoked
from pipeline.domain.customer import Customer
from pipeline.domain.offered import Link, OfferedQuote
from pipeline.domain.quote import Person, QuoteKey

TO_CLIENT = "PARTNER_TO_CLIENT"
TO_PARTNER = "PAX8_TO_PARTNER"
TO_PARTNERS_CLIENT = "PAX8_TO_PARTNER_CLIENT"
_ACCEPTED = ("accepted",)
_LOST = ("declined", "expired", "changes_requested")


def accepted_words(access: ToolAccess) -> tuple[str, ...]:
    return tuple(each.casefold() for each in access.accepted) or _ACCEPTED


def lost_words(access: ToolAccess) -> tuple[str, ...]:
    return tuple(each.casefold() for each in access.lost) or _LOST


def read_quote(content: object, quote_id: str, connection: SourceConnection) -> Found:
    """Raises Unreadable for what is no quote, or another one than `quote_id`."""
    quote = row(content)
    if text(quote.get("id")).casefold() != quote_id.casefold():
        raise Unreadable([error(["id"], "must be that of the quote that was asked for")])
    status = text(quote.get("status")).casefold()
    if text(quote.get("intentType")) == TO_PARTNER:
        return NotAccepted("it is an offer of Pax8's to us, not ours to a customer")
    if status not in accepted_words(connection.access):
        if status in lost_words(connection.access) or instant(quote.get("revokedOn")) is not None:
            return Revoked(_key(quote, connection))
        return NotAccepted(f"the quote is '{word(status)}' at Pax8, not accepted")
    return _offered(quote, connection)


def _key(quote: Row, connection: SourceConnection) -> QuoteKey:
    return QuoteKey(system=connection.quote_system, id=text(quote.get("id")))


def _offered(quote: Row, connection: SourceConnection) -> OfferedQuote:
    key, accepted_at = _key(quote, connection), instant(quote.get("respondedOn"))
    held = _held(quote)
    by = row(quote.get("acceptedBy"))
    person = Person(name=text(by.get("fullName")), email=text(by.get("email")))
    return OfferedQuote(
        key=key,
        customer=_customer(row(quote.get("client"))),
        lines=lines_of(
            quote, held=held, accepted_at=accepted_at, options=connection.access.options, zone=connection.zone
        ),
        number=text(quote.get("referenceCode")),
        accepted_at=accepted_at,
        accepted_by=person if person != Person() else None,
        links=(Link(kind="pax8:quote", id=key.id),),
    )


def _customer(client: Row) -> Customer:
    """A real company by its id at Pax8, which means the same in every channel; a shadow one has only a name."""
    known, name = text(client.get("id")), text(client.get("name"))
    if client.get("isShadowCompany") is False and known:
        return Customer(name=name, marketplace_ids={MARKETPLACE: known})
    return Customer(ref=known, name=name)


def _held(quote: Row) -> str:
    """Why every line is for a person; empty: nothing speaks against the quote."""
    client, intent = row(quote.get("client")), text(quote.get("intentType"))
    if intent != TO_CLIENT:
        return f"the quote's intent is '{word(intent)}', and only {TO_CLIENT} clearly means that the customer accepted"
    if client.get("isShadowCompany") is not False:
        return "the quote is for a shadow company: make it a company at Pax8 first"
    revoked, accepted = instant(quote.get("revokedOn")), instant(quote.get("respondedOn"))
    if revoked is not None and (accepted is None or revoked >= accepted):
        return "the quote is accepted, and was revoked as well"
    return ""
