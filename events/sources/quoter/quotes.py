"""A quote as Quoter has it now: accepted, taken back, or neither."""

from __future__ import annotations

from datetime import datetime

from events.connections import SourceConnection
from events.sources.answered import Row, currency, identifier, instant, row, text, word
from events.sources.before import Before
from events.sources.client import NotThere
from events.sources.quoter.api import QuoterApi
from events.sources.quoter.lines import Lines, first
from events.sources.quoter.words import ACCEPTED, ACCEPTED_AT, LOST, NUMBER, OPPORTUNITY_FIELD, ORIGINAL, URL, among
from events.sources.tool import Found, NotAccepted, NotThereYet, Revoked, ToolFault
from pipeline.domain.customer import Address, Contact, Customer
from pipeline.domain.offered import Link, OfferedQuote
from pipeline.domain.quote import Person, QuoteKey

_MOST_REVISIONS = 50


class Quotes:
    """Reads quotes. A revision is a quote of its own at Quoter; here all of one chain have the id of the first."""

    def __init__(self, connection: SourceConnection, api: QuoterApi, lines: Lines, before: Before) -> None:
        self._connection = connection
        self._before = before
        self._api = api
        self._lines = lines

    def look_up(self, quote_id: str, number: str, told_at: datetime | None = None) -> Found:
        """`told_at`: when a message told of it. Raises ToolFault."""
        quote = self._find(quote_id, number)
        if quote is None:
            raise NotThereYet("Quoter has no such quote, or does not show it to us.")
        status, access = text(quote.get("status")), self._connection.access
        if among(status, access.accepted, ACCEPTED):
            return self._before.of(self._offered(quote), _id(quote), told_at)
        if among(status, access.lost, LOST):
            self._before.forget(_id(quote))
            return Revoked(self._key(quote, self._chain(quote)), _accepted_at(quote))
        return NotAccepted(f"The quote is {word(status)} at Quoter, which is not accepted.")

    def _find(self, quote_id: str, number: str) -> Row | None:
        """By id; a message may carry an older id than the API knows, and then by a number that one quote alone has."""
        try:
            return self._api.one("quotes", quote_id)
        except NotThere:
            found = self._api.all("quotes", "number", number) if number else []
            return found[0] if len(found) == 1 else None

    def _offered(self, quote: Row) -> OfferedQuote:
        quote_id, chain = _id(quote), self._chain(quote)
        customer = self._customer(quote)
        lines = self._lines.of(quote_id, currency(quote.get("currency_abbr")))
        person = customer.contacts[0] if customer.contacts else Contact()
        return OfferedQuote(
            key=self._key(quote, chain),
            customer=customer,
            lines=lines,
            number=first(quote, NUMBER),
            url=first(quote, URL),
            accepted_at=_accepted_at(quote),
            accepted_by=Person(name=f"{person.first_name} {person.last_name}".strip(), email=person.email),
            links=self._links(quote, chain),
        )

    def _key(self, quote: Row, chain: list[str]) -> QuoteKey:
        return QuoteKey(
            system=self._connection.quote_system, id=chain[-1], revision=text(quote.get("revision")) or ORIGINAL
        )

    def _chain(self, quote: Row) -> list[str]:
        """The ids of this quote and of those that it revises, the first quote last. Raises ToolFault."""
        chain = [_id(quote)]
        parent = identifier(quote.get("parent_quote_id"))
        while parent and parent not in chain:
            if len(chain) >= _MOST_REVISIONS:
                raise ToolFault(f"A quote at Quoter revises more than {_MOST_REVISIONS} others.", passes=False)
            chain.append(parent)
            try:
                parent = identifier(self._api.one("quotes", parent).get("parent_quote_id"))
            except NotThere:
                break
        return chain

    def _links(self, quote: Row, chain: list[str]) -> tuple[Link, ...]:
        field = self._connection.access.options.get("opportunity_field", OPPORTUNITY_FIELD)
        opportunity = text(quote.get(field))
        known = [Link(kind="quoter:quote", id=each) for each in chain]
        return tuple([Link(kind="connectwise:opportunity", id=opportunity), *known] if opportunity else known)

    def _customer(self, quote: Row) -> Customer:
        """From the contact that the quote names; the shape of its messages has the person within it."""
        contact_id = identifier(quote.get("contact_id"))
        try:
            contact = self._api.one("contacts", contact_id) if contact_id else row(quote.get("person"))
        except NotThere:
            contact = row(quote.get("person"))
        return _from_person(contact) if "addresses" in contact else _from_contact(contact)


def _id(quote: Row) -> str:
    found = identifier(quote.get("id"))
    if not found:
        raise ToolFault("Quoter answered with a quote that has no id.")
    return found


def _accepted_at(quote: Row) -> datetime | None:
    return next((when for name in ACCEPTED_AT if (when := instant(quote.get(name)))), None)


def _from_contact(contact: Row) -> Customer:
    address = Address(
        street=text(contact.get("billing_address")),
        street2=text(contact.get("billing_address2")),
        city=text(contact.get("billing_city")),
        state=text(contact.get("billing_region_iso")),
        postal_code=text(contact.get("billing_postal_code")),
        country=text(contact.get("billing_country_iso")),
    )
    phone = text(contact.get("work_phone")) or text(contact.get("mobile_phone"))
    return _customer(contact, text(contact.get("email")), phone, address)


def _from_person(person: Row) -> Customer:
    billing = row(row(person.get("addresses")).get("billing"))
    address = Address(
        street=text(billing.get("line1")),
        street2=text(billing.get("line2")),
        city=text(billing.get("city")),
        state=text(row(billing.get("state")).get("code")),
        postal_code=text(billing.get("postal_code")),
        country=text(row(billing.get("country")).get("code")),
    )
    numbers = row(person.get("telephone_numbers"))
    phone = text(numbers.get("work")) or text(numbers.get("mobile"))
    return _customer(person, text(person.get("email_address")), phone, address)


def _customer(person: Row, email: str, phone: str, address: Address) -> Customer:
    """A contact is a person, so their id is no key for the company."""
    given, family = text(person.get("first_name")), text(person.get("last_name"))
    contact = Contact(first_name=given, last_name=family, email=email, phone=phone)
    return Customer(
        name=text(person.get("organization")),
        phone=phone,
        website=text(person.get("website")),
        address=address,
        contacts=(contact,) if given or family or email else (),
    )
