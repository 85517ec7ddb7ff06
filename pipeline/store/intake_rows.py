"""What came in: events, the quotes that they tell of, and what is counted of each connection."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Index, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

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
        Index("events_unreadable", "connection", postgresql_where=text("status = 'unreadable'")),
        Index("events_unverified", "connection", postgresql_where=text("status = 'unverified'")),
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


class QuoteLinkRow(SQLModel, table=True):
    """
    Something that tells one acceptance from others in whichever channel it comes: an opportunity, a ticket, a sales
    order, the name of the same quote in another system. One thing may be linked to several quotes.
    """

    __tablename__ = "quote_links"
    kind: str = columns.words(key=True)
    thing: str = columns.words(key=True)
    quote_pk: UUID = Field(sa_column=Column(Uuid(), ForeignKey("quotes.id"), primary_key=True, index=True))
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


class ReadingRow(SQLModel, table=True):
    """When a tool was last asked about a thing: a quote by its key, or whatever a message named, as a digest."""

    __tablename__ = "readings"
    thing: str = columns.words(key=True)
    asked_at: datetime = columns.instant(null=False)


class LossRow(SQLModel, table=True):
    """Something that a channel says is lost, though it never told here of an acceptance; `told_at` is the last time."""

    __tablename__ = "losses"
    kind: str = columns.words(key=True)
    thing: str = columns.words(key=True)
    system: str = columns.words(key=True)
    quote_id: str = columns.words(key=True)
    told_at: datetime = columns.instant(null=False)


class ConnectionRow(SQLModel, table=True):
    """What is counted of a source connection. Of a refused delivery nothing else is kept."""

    __tablename__ = "connections"
    name: str = columns.words(key=True)
    refused: int = columns.count()
    last_refused_at: datetime | None = columns.instant()
    last_event_at: datetime | None = columns.instant()


class ErrandRow(SQLModel, table=True):
    """
    What is done for a connection on a timer, by one worker at a time: `kind` is poll, check or tidy. `watermark` is how
    far a tool has been read. `problems` are what the last check found, `told` what people were told of and is not over.
    """

    __tablename__ = "errands"
    __table_args__ = (
        Index("errands_once", "connection", "kind", unique=True),
        Index("errands_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )
    id: UUID = columns.key()
    connection: str = columns.words()
    kind: str = columns.words()
    watermark: datetime | None = columns.instant()
    due_at: datetime | None = columns.instant()
    published: int = columns.count()
    taken_until: datetime | None = columns.instant()
    faults: int = columns.count()
    error: str = columns.words(default="")
    problems: list[str] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False, server_default="[]"))
    told: list[str] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False, server_default="[]"))
    deactivated: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    begun_at: datetime | None = columns.instant()
    done_at: datetime | None = columns.instant()


class ReplyRow(SQLModel, table=True):
    """Something that a person wrote to a ticket, which has been acted on or found to be no answer: once for ever."""

    __tablename__ = "replies_heard"
    __table_args__ = (Index("replies_heard_once", "connection", "ticket", "reply", unique=True),)
    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    connection: str = columns.words()
    ticket: str = columns.words()
    reply: str = columns.words()
    heard_at: datetime = columns.instant(null=False)


class TicketRow(SQLModel, table=True):
    """The status in which a ticket was last seen. `seen_at` is an instant before it was read."""

    __tablename__ = "tickets_seen"
    connection: str = columns.words(key=True)
    ticket: str = columns.words(key=True)
    status: str = columns.words()
    seen_at: datetime = columns.instant(null=False)
