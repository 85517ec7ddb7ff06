"""What a seller can write into a tool's metadata for us, so that two channels of one acceptance are known as one."""

from __future__ import annotations

from events.sources.answered import Row, text
from pipeline.domain.offered import Link
from pipeline.domain.quote import Ticket

KINDS = (
    "connectwise:opportunity",
    "connectwise:ticket",
    "halopsa:ticket",
    "halopsa:quotation",
    "autotask:ticket",
    "autotask:quote",
    "autotask:opportunity",
    "quoter:quote",
    "pax8:quote",
    "cpq:quote",
    "kaseya:quote",
    "quoteway:marker",
)


def links(metadata: Row) -> tuple[Link, ...]:
    """A link's kind with an underscore is its key: `connectwise_opportunity`, `quoteway_marker`."""
    named = ((kind, text(metadata.get(kind.replace(":", "_")))) for kind in KINDS)
    return tuple(Link(kind=kind, id=value) for kind, value in named if value)


def ticket(metadata: Row) -> Ticket | None:
    """`ticket_system` (the name of the PSA's connection) and `ticket_id`; None unless both are there."""
    system, number = text(metadata.get("ticket_system")), text(metadata.get("ticket_id"))
    return Ticket(system=system, id=number) if system and number else None
