"""
Telling of a change: one notice for each channel, and one for the ticket that the order's quote names.

What is told of a source connection goes to the channels alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from pipeline.domain.change import Change
from pipeline.store import notices, tickets, views
from pipeline.store.database import Database
from pipeline.store.errands import News

_TICKET = "ticket:"


def channel_of(connection_name: str) -> str:
    """The name of the channel to a PSA's tickets."""
    return _TICKET + connection_name


def tell(
    connection: Connection,
    database: Database,
    order_id: UUID,
    change: Change,
    version: int,
    *,
    channels: Sequence[str],
    kinds: Mapping[str, str],
    more: Mapping[str, Any] | None = None,
    reminds: bool = False,
) -> None:
    """
    Writes the notices of a change, as the order stands in this transaction. `kinds` are links to tickets
    (`pipeline.store.tickets`); `more` is told on tickets besides what the order is. `reminds` is told everywhere:
    nothing has changed since the same was told before.
    """
    channels = () if change.on_tickets_only else channels
    named = tickets.of_order(connection, order_id, kinds)
    if not channels and not named:
        return
    view = views.order_view(connection, database, order_id)
    if reminds:
        view["reminder"] = True

    def write(view: Mapping[str, Any], channels: Sequence[str]) -> None:
        notices.write(
            connection, database, order_id=order_id, change=change, version=version, channels=channels, view=view
        )

    write(view, channels)
    for ticket in named:
        write({**view, "ticket": ticket.model_dump(), **(more or {})}, [channel_of(ticket.system)])


def tell_of_source(connection: Connection, database: Database, news: News, channels: Sequence[str]) -> None:
    """Writes the notices of what has begun at a connection, or is over, in the transaction that found it."""
    change = Change.SOURCE_WELL if news.over else Change.SOURCE_PROBLEM
    view = {
        "connection": news.connection,
        "errand": news.kind.value,
        "problems": list(news.problems),
        "deactivated": news.deactivated,
    }
    notices.write(connection, database, order_id=None, change=change, version=0, channels=channels, view=view)
