"""Orders whose people work in a PSA: one simulated for each kind, the channel to its tickets, and who hears them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Protocol, cast
from uuid import UUID, uuid4

import httpx
from pydantic import SecretStr
from sqlalchemy import select

from events.connections import SourceConnection, SourceKind, ToolAccess
from events.looking_up import Hear
from events.notices.delivery import Deliverer
from events.notices.tickets import TicketChannel, kinds_of
from events.notices.wording import Wording
from events.reading import Reader
from events.replies.hearing import Hearing
from events.sources.autotask.simulator import PICKLISTS, AutotaskSimulator
from events.sources.connectwise.simulator import ConnectWiseSimulator
from events.sources.connectwise.simulator.simulator import CLIENT_ID
from events.sources.halopsa.simulator import HaloSimulator
from events.sources.keyring import MemoryKeyRing
from events.sources.tool import Nudge, WritesNotes
from events.taking import keep_nudges
from events.tools import maker
from pipeline.domain.change import Change
from pipeline.domain.question import Question
from pipeline.domain.quote import Ticket
from pipeline.marketplaces.transport import Connections
from pipeline.store import orders
from pipeline.store.database import Database
from pipeline.store.tables import EVENTS, NOTICES
from tests.integration.operators_world import World

MARK = "[order-ref:"
LEASE = timedelta(seconds=60)


class Psa(Protocol):
    """A simulated PSA as people use it. `person` is how it names who writes there; `ordered` a status."""

    person: str
    ordered: str
    access: ToolAccess
    kind: SourceKind

    def __call__(self, request: httpx.Request) -> httpx.Response: ...
    def ticket(self) -> str: ...
    def say(self, ticket: str, text: str, *, as_us: bool = False, as_customer: bool = False) -> None: ...
    def notes(self, ticket: str) -> list[str]: ...
    def move(self, ticket: str, status: str) -> None: ...
    def status(self, ticket: str) -> str: ...


class ConnectWisePsa:
    kind = SourceKind.CONNECTWISE
    person = "Dispatcher (member)"
    ordered = "Ordered"
    access = ToolAccess(
        base_url="https://psa.example",
        tenant="acme",
        client_id=CLIENT_ID,
        username="public",
        password=SecretStr("private"),
        options={"member": "Quoteway"},
    )

    def __init__(self) -> None:
        self.simulator = ConnectWiseSimulator()
        self._company = self.simulator.company("Contoso Ltd")

    def __call__(self, request: httpx.Request) -> httpx.Response:
        return self.simulator(request)

    def ticket(self) -> str:
        return str(self.simulator.ticket(self._company))

    def say(self, ticket: str, text: str, *, as_us: bool = False, as_customer: bool = False) -> None:
        self.simulator.note(int(ticket), text, None if as_customer else "Quoteway" if as_us else "Dispatcher")

    def notes(self, ticket: str) -> list[str]:
        return [note["text"] for note in self.simulator.notes(int(ticket))]

    def move(self, ticket: str, status: str) -> None:
        self.simulator.set_ticket(int(ticket), status)

    def status(self, ticket: str) -> str:
        return str(self.simulator.world.table("tickets")[int(ticket)]["status"]["name"])


class HaloPsaPsa:
    kind = SourceKind.HALOPSA
    person = "Sam Ortiz"
    ordered = "Ordered"
    access = ToolAccess(
        base_url="https://halo.example/api/",
        client_id="halo-client",
        client_secret=SecretStr("halo-secret"),
        options={"agent": "77"},
    )

    def __init__(self) -> None:
        self.simulator = HaloSimulator()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        return self.simulator(request)

    def ticket(self) -> str:
        return str(self.simulator.ticket())

    def say(self, ticket: str, text: str, *, as_us: bool = False, as_customer: bool = False) -> None:
        self.simulator.write(int(ticket), text, None if as_customer else 77 if as_us else 3)

    def notes(self, ticket: str) -> list[str]:
        rows = self.simulator.tables["Actions"].values()
        return [row["note"] for row in rows if str(row["ticket_id"]) == ticket]

    def move(self, ticket: str, status: str) -> None:
        statuses = {row["name"]: row["id"] for row in self.simulator.tables["Status"].values()}
        self.simulator.put("Tickets", {"id": int(ticket), "status_id": statuses[status]})

    def status(self, ticket: str) -> str:
        number = str(self.simulator.tables["Tickets"][ticket]["status_id"])
        return str(self.simulator.tables["Status"][number]["name"])


class AutotaskPsa:
    kind = SourceKind.AUTOTASK
    person = "Sam Ortiz"
    ordered = "Ordered"
    access = ToolAccess(
        base_url="https://webservices6.autotask.net/ATServicesRest/",
        client_id="CODE",
        username="api@msp.example",
        password=SecretStr("autotask-secret"),
        options={"resource": "77"},
    )

    def __init__(self) -> None:
        self.simulator = AutotaskSimulator()
        self.simulator.put("Companies", companyName="Contoso Ltd")

    def __call__(self, request: httpx.Request) -> httpx.Response:
        return self.simulator(request)

    def ticket(self) -> str:
        return str(self.simulator.ticket())

    def say(self, ticket: str, text: str, *, as_us: bool = False, as_customer: bool = False) -> None:
        self.simulator.write(int(ticket), text, 77 if as_us else 31, contact=1 if as_customer else None)

    def notes(self, ticket: str) -> list[str]:
        rows = self.simulator.tables["TicketNotes"].values()
        return [row["description"] for row in rows if row["ticketID"] == int(ticket)]

    def move(self, ticket: str, status: str) -> None:
        statuses = {name: number for number, name in PICKLISTS["Tickets"]["status"].items()}
        self.simulator.move(int(ticket), statuses[status])

    def status(self, ticket: str) -> str:
        return PICKLISTS["Tickets"]["status"][self.simulator.tables["Tickets"][int(ticket)]["status"]]


PSAS: Mapping[str, type[Any]] = {"connectwise": ConnectWisePsa, "halopsa": HaloPsaPsa, "autotask": AutotaskPsa}


@dataclass
class Wire:
    """What is between us and the PSA. `cut` answers are lost after the PSA has done what was asked for."""

    psa: Psa
    cut: int = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        response = self.psa(request)
        if self.cut and request.method != "GET" and "token" not in request.url.path:
            self.cut -= 1
            raise httpx.ReadTimeout("cut off", request=request)
        return response


class Office:
    """`options` and `ticket_status` are of the PSA's connection, which is named psa."""

    def __init__(self, database: Database, psa: Psa, *, ticket_status: str = "", **options: str) -> None:
        self.database = database
        self.psa = psa
        self.wire = Wire(psa)
        access = replace(psa.access, ticket_status=ticket_status, options={**psa.access.options, **options})
        self.source = SourceConnection("psa", psa.kind, ("bearer:hook",), access=access)
        self._sources = sources = {"psa": self.source}
        made = maker(psa.kind)(self.source, Connections(httpx.MockTransport(self.wire)), MemoryKeyRing())
        self.tool = cast(WritesNotes, made)
        kinds = kinds_of(sources, {"psa": self.tool})
        self.world = World(database, tickets=kinds)
        wording = Wording("https://qw.example")
        self.channel = TicketChannel(self.source, self.tool, wording, database, kinds, LEASE)
        self.deliverer = Deliverer(database, {self.channel.name: self.channel}, lease=LEASE)
        self.hearing = Hearing(self.world.desk, sources)
        self.reader = self.heard_by(self.hearing)

    def order(self, ticket: str) -> str:
        return self.world.accept(ticket=Ticket(system="psa", id=ticket))

    def ask(self, ref: str, *asked: Question, **values: Any) -> None:
        self.world.ask(ref, *asked, **values)
        self.tell(ref, Change.ASKING)

    def tell(self, ref: str, change: Change) -> None:
        with self.database.transaction() as connection:
            row = orders.read(connection, self.world.id_of(ref))
            assert row is not None
            self.world.desk.tell(connection, row, change)

    def deliver(self) -> None:
        """Every notice that has not arrived yet, in the order in which they were written; whatever is due when."""
        for notice_id in self.undelivered():
            self.deliverer.deliver(notice_id)

    def undelivered(self) -> Sequence[UUID]:
        with self.database.transaction() as connection:
            waiting = select(NOTICES.c.id).where(NOTICES.c.delivered_at.is_(None)).order_by(NOTICES.c.created_at)
            return connection.execute(waiting).scalars().all()

    def heard_by(self, hear: Hear) -> Reader:
        return Reader(self.database, self._sources, None, {"psa": self.tool}, hear)

    def hear(self, ticket: str, reader: Reader | None = None) -> str:
        """A message about the ticket comes in and is read."""
        keep_nudges(self.database, "psa", [Nudge("ticket.updated", {"ticket": ticket}, str(uuid4()))])
        return self.read_all(reader)

    def read_all(self, reader: Reader | None = None) -> str:
        return "; ".join((reader or self.reader).read(event_id).sentence for event_id in self.unread())

    def unread(self) -> Sequence[UUID]:
        with self.database.transaction() as connection:
            wanted = select(EVENTS.c.id).where(EVENTS.c.status == "received").order_by(EVENTS.c.received_at)
            return connection.execute(wanted).scalars().all()

    def ours(self, ticket: str) -> list[str]:
        return [note for note in self.psa.notes(ticket) if MARK in note]

    def answered_by(self, ref: str) -> list[str | None]:
        return [each["answered_by"] for each in self.world.view(ref)["questions"]]
