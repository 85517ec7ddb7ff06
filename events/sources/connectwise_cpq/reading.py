"""
What a CPQ quote says when it is read again.

`id` is that of one version; number and version name it as people do, and are the key of its acceptance. Assumptions:
when it was accepted is the day of its signature in Order Porter, else that on which it was won; the opportunity is one
of ConnectWise PSA, of Autotask where the quote has an Autotask number, or of what the option `crm` says.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from events.connections import SourceConnection
from events.sources.answered import Row, instant, row, text, word
from events.sources.connectwise_cpq.lines import ACCEPT
from events.sources.tool import NotAccepted, Revoked
from pipeline.domain.customer import Address, Contact, Customer, normal_name
from pipeline.domain.offered import Link
from pipeline.domain.quote import QuoteKey


def key_of(quote: Row, quote_id: str, connection: SourceConnection) -> QuoteKey:
    number = text(quote.get("quoteNumber"))
    if not number:
        return QuoteKey(system=connection.quote_system, id=quote_id)
    return QuoteKey(system=connection.quote_system, id=number, revision=text(quote.get("quoteVersion")))


def refusal(quote: Row, key: QuoteKey) -> NotAccepted | Revoked | None:
    """Why it is no acceptance; None: it is one."""
    if quote.get("isLost") is True:
        return Revoked(key)
    if quote.get("isRequestTemplate") is True:
        return NotAccepted("it is a template")
    if quote.get("isAccepted") is not True:
        signed = quote.get("isOrderPorterApproved") is True
        but = " (it is approved in Order Porter, but not marked as accepted)" if signed else ""
        return NotAccepted(f"the quote is '{word(quote.get('quoteStatus'))}' in CPQ, not accepted{but}")
    return None


def accepted_at(quote: Row) -> datetime | None:
    return instant(quote.get("orderPorterSignedDate")) or won_at(quote)


def won_at(quote: Row) -> datetime | None:
    """When it was marked as accepted, which may be days after it was signed."""
    return instant(quote.get("wonOrLostDate"))


def held(quote: Row, connection: SourceConnection) -> str:
    """Why every line is for a person; empty: nothing speaks against the quote."""
    if quote.get("isArchive") is True:
        return "the quote was accepted, and archived after that"
    if accepted_at(quote) is None and connection.access.options.get("undated", "").casefold() != ACCEPT:
        return (
            "CPQ does not tell when the quote was accepted, so it may be one of long ago: "
            f"where that is never told, add undated=accept to {connection.variable('OPTIONS')}"
        )
    return ""


def links(quote: Row, quote_id: str, connection: SourceConnection) -> tuple[Link, ...]:
    number, autotask = text(quote.get("quoteNumber")), text(quote.get("autoTaskQuoteNumber"))
    opportunity = text(quote.get("crmOpportunityId"))
    crm = connection.access.options.get("crm", "").strip().casefold() or ("autotask" if autotask else "connectwise")
    named = (
        ("cpq:quote", quote_id),
        ("cpq:quote", number),
        ("autotask:quote", autotask),
        (f"{crm}:opportunity", opportunity),
    )
    return tuple(Link(kind=kind, id=value) for kind, value in named if value)


def customer_of(quote: Row, customers: Sequence[Row]) -> Customer:
    """
    The customer that the quote refers to, else the first of its own. CPQ has no list of customers: their account number
    counts together with their name, so that a number which many share makes no two of them one.
    """
    referred = text(row(quote.get("customer")).get("id"))
    found = next((each for each in customers if referred and text(each.get("id")) == referred), None)
    known: Row = found or (customers[0] if customers else {})
    name = text(quote.get("accountName")) or text(known.get("accountName"))
    number = text(known.get("accountNumber"))
    person = Contact(
        first_name=text(known.get("firstName")),
        last_name=text(known.get("lastName")),
        email=text(known.get("emailAddress")),
        phone=text(known.get("dayPhone")) or text(known.get("mobilePhone")),
    )
    return Customer(
        ref=f"{number} {normal_name(name)}" if number else "",
        name=name,
        phone=text(known.get("dayPhone")),
        address=_address(known),
        contacts=(person,) if person != Contact() else (),
    )


def _address(known: Row) -> Address:
    return Address(
        street=text(known.get("address1")),
        street2=text(known.get("address2")),
        city=text(known.get("city")),
        state=text(known.get("state")),
        postal_code=text(known.get("postalCode")),
        country=text(known.get("country")),
    )
