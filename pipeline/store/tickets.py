"""
Tickets of a PSA: which orders people talk of there, what was heard of them, in which status a ticket was last seen.

A quote is linked to its ticket as it is to whatever else other channels know of it. `kinds` tells by a link's kind
which connection's ticket it means.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, case, select, text
from sqlalchemy.dialects.postgresql import insert

from pipeline.domain.offered import Link
from pipeline.domain.quote import Ticket
from pipeline.domain.state import OrderState
from pipeline.store import channels
from pipeline.store.tables import ORDERS, QUESTIONS, QUOTE_LINKS, REPLIES_HEARD, TICKETS_SEEN

_NAMED = "ticket:"
_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


@dataclass(frozen=True, slots=True)
class Sighting:
    """`at` is an instant before the ticket was read."""

    status: str
    at: datetime


def kind_of(connection_name: str) -> str:
    """The kind of link that means a ticket of this connection. No tool says it, so that nothing is joined by it."""
    return _NAMED + connection_name


def link(connection: Connection, quote_pk: UUID, ticket: Ticket | None) -> None:
    """Remembers the ticket that the quote names. A repeat changes nothing."""
    if named := links_of(ticket):
        channels.link(connection, quote_pk, named)


def links_of(ticket: Ticket | None) -> Sequence[Link]:
    """The link to a ticket that a quote names; none where it names no whole one."""
    if ticket is None or not ticket.id or not ticket.system:
        return ()
    return (Link(kind=kind_of(ticket.system), id=ticket.id),)


def of_order(connection: Connection, order_id: UUID, kinds: Mapping[str, str]) -> Sequence[Ticket]:
    """The order's tickets, one for each connection: the one that its quote names, else the one linked first."""
    if not kinds:
        return ()
    named_first = case((QUOTE_LINKS.c.kind.startswith(_NAMED, autoescape=True), 0), else_=1)
    rows = connection.execute(
        select(QUOTE_LINKS.c.kind, QUOTE_LINKS.c.thing)
        .join(ORDERS, ORDERS.c.quote_pk == QUOTE_LINKS.c.quote_pk)
        .where(ORDERS.c.id == order_id, QUOTE_LINKS.c.kind.in_(list(kinds)))
        .order_by(named_first, QUOTE_LINKS.c.created_at, QUOTE_LINKS.c.thing)
    )
    found: dict[str, Ticket] = {}
    for row in rows:
        name = kinds[row.kind]
        found.setdefault(name, Ticket(system=name, id=row.thing))
    return list(found.values())


def orders_of(connection: Connection, ticket: Ticket, kinds: Mapping[str, str]) -> Sequence[UUID]:
    """The orders of the quotes that are linked to the ticket, newest first, ended ones too."""
    own = [kind for kind, name in kinds.items() if name == ticket.system]
    linked = select(QUOTE_LINKS.c.quote_pk).where(QUOTE_LINKS.c.kind.in_(own), QUOTE_LINKS.c.thing == ticket.id)
    rows = select(ORDERS.c.id).where(ORDERS.c.quote_pk.in_(linked)).order_by(ORDERS.c.created_at.desc(), ORDERS.c.id)
    return connection.execute(rows).scalars().all()


def all_live(connection: Connection, ticket: Ticket, kinds: Mapping[str, str]) -> bool:
    """Whether every order of the ticket has ended live, cancelled ones aside."""
    ids = orders_of(connection, ticket, kinds)
    states = set(connection.execute(select(ORDERS.c.state).where(ORDERS.c.id.in_(ids))).scalars())
    return OrderState.DONE in states and states <= {OrderState.DONE, OrderState.CANCELLED}


def waiting(connection: Connection, system: str, kinds: Mapping[str, str], most: int) -> Sequence[Ticket]:
    """Tickets of a connection whose orders have open questions, those first that were not seen for the longest."""
    own = [kind for kind, name in kinds.items() if name == system]
    still_open = QUESTIONS.c.answered_at.is_(None) & QUESTIONS.c.withdrawn_at.is_(None)
    seen = (TICKETS_SEEN.c.connection == system) & (TICKETS_SEEN.c.ticket == QUOTE_LINKS.c.thing)
    rows = connection.execute(
        select(QUOTE_LINKS.c.thing)
        .join(ORDERS, ORDERS.c.quote_pk == QUOTE_LINKS.c.quote_pk)
        .join(QUESTIONS, (QUESTIONS.c.order_id == ORDERS.c.id) & still_open)
        .outerjoin(TICKETS_SEEN, seen)
        .where(QUOTE_LINKS.c.kind.in_(own))
        .group_by(QUOTE_LINKS.c.thing, TICKETS_SEEN.c.seen_at)
        .order_by(TICKETS_SEEN.c.seen_at.asc().nulls_first(), QUOTE_LINKS.c.thing)
        .limit(most)
    )
    return [Ticket(system=system, id=row.thing) for row in rows]


def take_turns(connection: Connection, ticket: Ticket) -> None:
    """Until the transaction ends nobody else hears what is said there. Taken before any quote's or order's row."""
    connection.execute(_TURN, {"name": f"ticket|{ticket.system}|{ticket.id}"})


def hear(connection: Connection, ticket: Ticket, reply: str) -> int | None:
    """The reply's number; None where it was heard before."""
    row = insert(REPLIES_HEARD).values(connection=ticket.system, ticket=ticket.id, reply=reply)
    made = row.on_conflict_do_nothing(index_elements=["connection", "ticket", "reply"]).returning(REPLIES_HEARD.c.id)
    return connection.execute(made).scalar_one_or_none()


def saw(connection: Connection, ticket: Ticket, seen: Sighting) -> Sighting | None:
    """
    Remembers the status, and gives the one seen before it. None: it was never seen, or has been seen later than this.
    """
    own = (TICKETS_SEEN.c.connection == ticket.system, TICKETS_SEEN.c.ticket == ticket.id)
    before = connection.execute(select(TICKETS_SEEN).where(*own)).first()
    if before is not None and before.seen_at > seen.at:
        return None
    row = insert(TICKETS_SEEN).values(connection=ticket.system, ticket=ticket.id, status=seen.status, seen_at=seen.at)
    connection.execute(
        row.on_conflict_do_update(
            index_elements=["connection", "ticket"],
            set_={"status": row.excluded.status, "seen_at": row.excluded.seen_at},
        )
    )
    return None if before is None else Sighting(before.status, before.seen_at)
