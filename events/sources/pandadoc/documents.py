"""A document as PandaDoc has it now: accepted, taken back, or neither."""

from __future__ import annotations

from events.connections import SourceConnection
from events.sources import marks
from events.sources.answered import Row, identifier, instant, row, rows, text, word
from events.sources.client import NotThere
from events.sources.pandadoc.api import PandaDocApi
from events.sources.pandadoc.parties import client_of, customer_of
from events.sources.pandadoc.pricing import lines
from events.sources.pandadoc.words import ACCEPTED, CLIENT_ROLE, LOST, among
from events.sources.tool import Found, NotAccepted, NotThereYet, Revoked, ToolFault
from pipeline.domain.offered import Link, OfferedQuote
from pipeline.domain.quote import Person, QuoteKey

_PAGE = "https://app.pandadoc.com/a/#/documents/"


class Documents:
    """`version` of a document is that of PandaDoc's editor, so no revision of a quote."""

    def __init__(self, connection: SourceConnection, api: PandaDocApi) -> None:
        self._connection = connection
        self._api = api

    def look_up(self, document_id: str) -> Found:
        """Raises ToolFault."""
        try:
            document = self._api.document(document_id)
        except NotThere:
            raise NotThereYet("PandaDoc has no such document, or does not show it to us.") from None
        status, access = text(document.get("status")), self._connection.access
        key = QuoteKey(system=self._connection.quote_system, id=_id(document))
        if among(status, access.accepted, ACCEPTED):
            return self._offered(document, key)
        if among(status, access.lost, LOST):
            return Revoked(key, instant(document.get("date_completed")))
        return NotAccepted(f"The document is {word(status)} at PandaDoc, which is not accepted.")

    def _offered(self, document: Row, key: QuoteKey) -> Found:
        priced = lines(document)
        if not priced:
            return NotAccepted("The document has no priced lines: it is no quote.")
        metadata = row(document.get("metadata"))
        client = client_of(document, self._connection.access.options.get("client_role", CLIENT_ROLE))
        customer = customer_of(client, metadata, self._api)
        name = f"{text(client.get('first_name'))} {text(client.get('last_name'))}".strip()
        return OfferedQuote(
            key=key,
            customer=customer,
            lines=priced,
            number=text(document.get("ref_number")),
            url=f"{_PAGE}{key.id}",
            accepted_at=instant(document.get("date_completed")),
            accepted_by=Person(name=name, email=text(client.get("email"))),
            ticket=marks.ticket(metadata),
            links=(*marks.links(metadata), *_linked(document)),
        )


def _linked(document: Row) -> tuple[Link, ...]:
    """The records of other systems that the document is tied to, by the provider's own name for itself."""
    tied = [
        (text(each.get("provider")), text(each.get("entity_type")), text(each.get("entity_id")))
        for each in rows(document.get("linked_objects"))
    ]
    return tuple(Link(kind=f"{system}:{kind}".lower(), id=number) for system, kind, number in tied if kind and number)


def _id(document: Row) -> str:
    found = identifier(document.get("id"))
    if not found:
        raise ToolFault("PandaDoc answered with a document that has no id.")
    return found
