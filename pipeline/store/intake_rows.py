"""What came in: events, the quotes that they tell of, and what is counted of each connection."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import SQLModel

from pipeline.store import columns


class EventRow(SQLModel, table=True):
    """One delivery of a source, as received. `delivery_id` null: the sender gave none, and only the quote decides."""

    __tablename__ = "events"
    __table_args__ = (
        Index(
            "events_delivery_once",
            "connection",
            "delivery_id",
            unique=True,
            postgresql_where=text("delivery_id IS NOT NULL"),
        ),
        Index("events_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index("events_newest", "received_at", "id"),
    )
    id: UUID = columns.key()
    connection: str = columns.words()
    delivery_id: str | None = columns.words(null=True)
    type: str = columns.words(default="")
    status: str = columns.words()
    body: bytes = columns.sealed()
    detail: bytes | None = columns.sealed(null=True)
    result: str | None = columns.words(null=True)
    quote_pk: UUID | None = columns.link("quotes.id", null=True)
    received_at: datetime = columns.instant(null=False)
    read_at: datetime | None = columns.instant()
    due_at: datetime | None = columns.instant()
    published: int = columns.count()
    faults: int = columns.count()


class QuoteRow(SQLModel, table=True):
    """A quote, whatever its revision. Its row is the lock that revising, revoking and claiming take in turn."""

    __tablename__ = "quotes"
    __table_args__ = (Index("quotes_once", "system", "quote_id", unique=True),)
    id: UUID = columns.key()
    system: str = columns.words()
    quote_id: str = columns.words()
    number: str = columns.words(default="")
    url: str = columns.words(default="")
    created_at: datetime = columns.instant(null=False)


class RevisionRow(SQLModel, table=True):
    """One acceptance. (quote, revision) is unique for ever; a missing revision is the empty string."""

    __tablename__ = "revisions"
    __table_args__ = (Index("revisions_once", "quote_pk", "revision", unique=True),)
    id: UUID = columns.key()
    quote_pk: UUID = columns.link("quotes.id")
    revision: str = columns.words()
    state: str = columns.words()
    connection: str = columns.words(default="")
    snapshot: bytes = columns.sealed()
    content_hash: str = columns.words()
    accepted_at: datetime | None = columns.instant()
    created_at: datetime = columns.instant(null=False)


class ConnectionRow(SQLModel, table=True):
    """What is counted of a source connection. Of a refused delivery nothing else is kept."""

    __tablename__ = "connections"
    name: str = columns.words(key=True)
    refused: int = columns.count()
    last_refused_at: datetime | None = columns.instant()
    last_event_at: datetime | None = columns.instant()
