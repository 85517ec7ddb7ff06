"""
One acceptance in several channels: a quote tool, the PSA that it mirrors to, a poll beside a webhook.

Each names the quote in its own way. What they share is linked: an opportunity, a ticket, a sales order, our own marker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, or_, select, text
from sqlalchemy.dialects.postgresql import insert

from pipeline.domain.offered import Link
from pipeline.domain.quote import QuoteKey
from pipeline.store.tables import QUOTE_LINKS, QUOTES

_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


@dataclass(frozen=True, slots=True)
class Joined:
    """A quote of another system that this one is the same acceptance as."""

    pk: UUID
    system: str
    quote_id: str


def take_turns(connection: Connection, links: Sequence[Link]) -> None:
    """
    Until the transaction ends nobody else acts on messages that share one of these links: two channels that tell of one
    acceptance at the same moment see each other. Taken in one order by all, and before any quote's row.
    """
    for name in sorted({f"link|{link.kind}|{link.id}" for link in links}):
        connection.execute(_TURN, {"name": name})


def joined(
    connection: Connection, key: QuoteKey, links: Sequence[Link], apart: frozenset[str] = frozenset()
) -> Joined | None:
    """
    The quote that came first, in another system, with one of these links; None where this one stands for itself.

    Two quotes of one system never join, whatever they share: an opportunity may have several. Nor do those of systems
    that are kept `apart`.
    """
    things = [(link.kind, link.id) for link in (*links, _alias(key))]
    shared = or_(*((QUOTE_LINKS.c.kind == kind) & (QUOTE_LINKS.c.thing == thing) for kind, thing in things))
    found = connection.execute(
        select(QUOTES.c.id, QUOTES.c.system, QUOTES.c.quote_id)
        .join(QUOTE_LINKS, QUOTE_LINKS.c.quote_pk == QUOTES.c.id)
        .where(shared, QUOTES.c.system.not_in(sorted({key.system, *apart})))
        .order_by(QUOTES.c.created_at, QUOTES.c.id)
        .limit(1)
    ).first()
    return None if found is None else Joined(found.id, found.system, found.quote_id)


def link(connection: Connection, pk: UUID, links: Sequence[Link], alias: QuoteKey | None = None) -> None:
    """Remembers what the quote is linked to; `alias` is its name in another system. A repeat changes nothing."""
    things = [*links, *([_alias(alias)] if alias else [])]
    if not things:
        return
    rows = [{"kind": each.kind, "thing": each.id, "quote_pk": pk} for each in dict.fromkeys(things)]
    connection.execute(insert(QUOTE_LINKS).values(rows).on_conflict_do_nothing())


def _alias(key: QuoteKey) -> Link:
    return Link(kind=f"quote:{key.system}", id=key.id)
