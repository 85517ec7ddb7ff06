"""The three PSAs: each says that something was accepted, and holds the tickets that Quoteway writes to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from events.connections import SourceKind
from events.sources.autotask.simulator import PICKLISTS, AutotaskSimulator
from events.sources.connectwise.simulator import ConnectWiseSimulator
from events.sources.connectwise.simulator.simulator import CLIENT_ID
from events.sources.halopsa.simulator import HaloSimulator
from events.sources.tool import Post
from pipeline.domain.quote import Ticket
from workers.demo.all_sources.play import Play, Wanted

ORDERED = "Ordered"
"""The status that a ticket is to get once all is live."""
_ACCEPTED = 20  # Autotask's "Order Licences"
_QUESTION = re.compile(r"^([A-Z]\d[A-Z]\d): your answer", re.MULTILINE)
_HALO_QUOTATION = 5001
_POLL_SECONDS = "3"


@dataclass(frozen=True, slots=True)
class Psas:
    """Their simulators, and what can be seen of tickets there."""

    connectwise: ConnectWiseSimulator = field(default_factory=ConnectWiseSimulator)
    halopsa: HaloSimulator = field(default_factory=HaloSimulator)
    autotask: AutotaskSimulator = field(default_factory=AutotaskSimulator)

    def new_ticket(self, company: str) -> Ticket:
        """At ConnectWise, for a quote that was made elsewhere."""
        psa = self.connectwise
        number = psa.ticket(psa.company(company, country={"identifier": "US"}), summary=f"Order licences for {company}")
        return Ticket(system=SourceKind.CONNECTWISE, id=str(number))

    def notes(self, ticket: Ticket) -> list[str]:
        match ticket.system:
            case SourceKind.CONNECTWISE:
                return [one["text"] for one in self.connectwise.notes(int(ticket.id))]
            case SourceKind.HALOPSA:
                actions = self.halopsa.tables["Actions"].values()
                return [one["note"] for one in actions if str(one["ticket_id"]) == ticket.id]
            case _:
                written = self.autotask.tables["TicketNotes"].values()
                return [one["description"] for one in written if str(one["ticketID"]) == ticket.id]

    def status(self, ticket: Ticket) -> str:
        match ticket.system:
            case SourceKind.CONNECTWISE:
                return str(self.connectwise.world.table("tickets")[int(ticket.id)]["status"]["name"])
            case SourceKind.HALOPSA:
                number = self.halopsa.tables["Tickets"][ticket.id]["status_id"]
                return str(self.halopsa.tables["Status"][str(number)]["name"])
            case _:
                return PICKLISTS["Tickets"]["status"][self.autotask.tables["Tickets"][int(ticket.id)]["status"]]

    def reply_at_halopsa(self, ticket: Ticket, answer: str) -> bool:
        """What an agent does who reads Quoteway's question: writes the answer below it. False: nothing is asked."""
        asked = [found[1] for note in self.notes(ticket) if (found := _QUESTION.search(note))]
        if asked:
            self.halopsa.write(int(ticket.id), f"{asked[-1]}: {answer}")
        return bool(asked)


def connectwise(psas: Psas, wanted: Wanted) -> tuple[Play, str]:
    """An opportunity that is won; gives its number, too. The ticket hangs from it."""
    psa, product = psas.connectwise, wanted.product
    key = "CFQ7TTC0LFLX"
    company = psa.company(wanted.customer.name, country={"identifier": "US"})
    item = psa.item("M365-E3", vendorSku=key, description=product.name)
    number = psa.opportunity(company, [psa.line(item, wanted.quantity)])
    ticket = Ticket(system=SourceKind.CONNECTWISE, id=str(psa.ticket(company, opportunity=number)))

    def accept() -> Post:
        psa.win(number)
        return psa.world.delivery("opportunity", number).post

    def settings(address: str) -> Mapping[str, str]:
        psa.world.address = address
        return {
            "base_url": address,
            "tenant": psa.world.tenant,
            "client_id": CLIENT_ID,
            "username": "public",
            "password": "private",
            "ticket_status": ORDERED,
            "options": f"member={psa.world.member}",
        }

    title, placed = f"opportunity {number}", replace(wanted, ticket=ticket)
    return Play(SourceKind.CONNECTWISE, placed, title, str(number), settings, accept, psa, key), str(number)


def halopsa(psas: Psas, wanted: Wanted) -> Play:
    """A quotation that is accepted. HaloPSA tells no country, so that an agent has to say which company is meant."""
    psa, product = psas.halopsa, wanted.product
    key = product.sku
    psa.put("Client", {"id": 1, "name": wanted.customer.name})
    psa.put("Item", {"id": 5, "name": product.name, "supplierpartcode": key})
    ticket = psa.ticket(21)
    line = {"item_id": 5, "quantity": wanted.quantity, "item_name": product.name}
    psa.quotation(ticket, [line], id=_HALO_QUOTATION, quotenumber="HQ-1042")

    def accept() -> Post:
        psa.accept(_HALO_QUOTATION)
        return psa.webhook(ticket)

    def settings(address: str) -> Mapping[str, str]:
        return {
            "base_url": address,
            "client_id": psa.client_id,
            "client_secret": psa.client_secret,
            "secrets": psa.secret,
            "ticket_status": ORDERED,
            "options": f"agent={psa.api_agent}",
            "poll_seconds": _POLL_SECONDS,
        }

    placed = replace(wanted, ticket=Ticket(system=SourceKind.HALOPSA, id=str(ticket)))
    return Play(SourceKind.HALOPSA, placed, "HQ-1042", str(_HALO_QUOTATION), settings, accept, psa, key)


def autotask(psas: Psas, wanted: Wanted) -> tuple[Play, dict[str, int]]:
    """A ticket whose opportunity has a quote; gives what Kaseya Quote Manager knows of both, too."""
    psa, key = psas.autotask, wanted.product.sku
    country = psa.put("Countries", countryCode="US")
    company = psa.put("Companies", companyName=wanted.customer.name, countryID=country)
    opportunity = psa.put("Opportunities", id=8101, status=1, companyID=company)
    quote = psa.put("Quotes", id=7101, opportunityID=opportunity, primaryQuote=True, isActive=True, quoteNumber="7101")
    product = psa.put("Products", id=61, name=wanted.product.name, vendorProductNumber=key)
    psa.put("QuoteItems", quoteID=quote, productID=product, quantity=wanted.quantity, isOptional=False)
    ticket = psa.ticket(1, companyID=company, opportunityID=opportunity)

    def accept() -> Post:
        psa.move(ticket, _ACCEPTED)
        return psa.webhook(ticket)

    def settings(address: str) -> Mapping[str, str]:
        return {
            "base_url": address,
            "client_id": psa.integration_code,
            "username": psa.username,
            "password": psa.secret,
            "secrets": psa.hook_secret,
            "accepted": PICKLISTS["Tickets"]["status"][_ACCEPTED],
            "ticket_status": ORDERED,
            "options": f"resource={psa.api_resource}",
        }

    placed = replace(wanted, ticket=Ticket(system=SourceKind.AUTOTASK, id=str(ticket)))
    play = Play(SourceKind.AUTOTASK, placed, f"quote {quote}", f"opportunity-{opportunity}", settings, accept, psa, key)
    return play, {"autotaskQuoteID": quote, "autotaskOpportunityID": opportunity}
