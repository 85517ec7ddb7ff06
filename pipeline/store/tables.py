"""
The tables. Columns of type `sealed` hold Fernet tokens (`pipeline.store.cipher`): personal data, answers, bodies,
exchanges and secrets never lie readable in the database.

Every instant is the database's own. A row that waits has `due_at`; the clock of any worker makes it move.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Identity, Index, LargeBinary, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel


def _id() -> Any:
    return Field(sa_column=Column(Uuid(), primary_key=True))


def _to(target: str, *, null: bool = False) -> Any:
    return Field(
        default=None if null else ...,
        sa_column=Column(Uuid(), ForeignKey(target), nullable=null, index=True),
    )


def _words(*, null: bool = False, key: bool = False, default: str | None = None) -> Any:
    return Field(
        default=None if null else ...,
        sa_column=Column(
            Text, nullable=null, primary_key=key, server_default=None if default is None else text(f"'{default}'")
        ),
    )


def _instant(*, null: bool = True) -> Any:
    return Field(
        default=None,
        sa_column=Column(DateTime(timezone=True), nullable=null, server_default=None if null else text("now()")),
    )


def _sealed(*, null: bool = False) -> Any:
    return Field(default=None if null else ..., sa_column=Column(LargeBinary, nullable=null))


def _count() -> Any:
    return Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default=text("0")))


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
    id: UUID = _id()
    connection: str = _words()
    delivery_id: str | None = _words(null=True)
    type: str = _words(default="")
    status: str = _words()
    body: bytes = _sealed()
    detail: bytes | None = _sealed(null=True)
    result: str | None = _words(null=True)
    quote_pk: UUID | None = _to("quotes.id", null=True)
    received_at: datetime = _instant(null=False)
    read_at: datetime | None = _instant()
    due_at: datetime | None = _instant()
    published: int = _count()
    faults: int = _count()


class QuoteRow(SQLModel, table=True):
    """A quote, whatever its revision. Its row is the lock that revising, revoking and claiming take in turn."""

    __tablename__ = "quotes"
    __table_args__ = (Index("quotes_once", "system", "quote_id", unique=True),)
    id: UUID = _id()
    system: str = _words()
    quote_id: str = _words()
    number: str = _words(default="")
    url: str = _words(default="")
    created_at: datetime = _instant(null=False)


class RevisionRow(SQLModel, table=True):
    """One acceptance. (quote, revision) is unique for ever; a missing revision is the empty string."""

    __tablename__ = "revisions"
    __table_args__ = (Index("revisions_once", "quote_pk", "revision", unique=True),)
    id: UUID = _id()
    quote_pk: UUID = _to("quotes.id")
    revision: str = _words()
    state: str = _words()
    connection: str = _words(default="")
    snapshot: bytes = _sealed()
    content_hash: str = _words()
    accepted_at: datetime | None = _instant()
    created_at: datetime = _instant(null=False)


class OrderRow(SQLModel, table=True):
    """
    One purchase. The row is the outbox: who changes it sets `due_at`, and the clock publishes what is due.

    `leased` says that a message is out for the present step and `due_at` is only when to publish it again.
    """

    __tablename__ = "orders"
    __table_args__ = (
        Index("orders_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index("orders_newest", "created_at", "id"),
        Index("orders_by_state", "state", "created_at"),
        Index("orders_by_customer", "account", "customer_key"),
    )
    id: UUID = _id()
    ref: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    quote_pk: UUID = _to("quotes.id")
    revision_pk: UUID = _to("revisions.id")
    line_ids: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    marketplace: str = _words()
    account: str = _words()
    customer_key: str = _words()
    company_id: str | None = _words(null=True)
    company: str = _words(default="")
    state: str = _words()
    stage: str = _words()
    version: int = _count()
    facts: bytes = _sealed()
    requested_at: datetime | None = _instant()
    due_at: datetime | None = _instant()
    leased: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    published: int = _count()
    taken_until: datetime | None = _instant()
    entered_at: datetime = _instant(null=False)
    faults: int = _count()
    polls: int = _count()
    returns: int = _count()
    retried_at: datetime | None = _instant()
    waiting_for: bytes | None = _sealed(null=True)
    waiting_on: str = _words(default="")
    waiting_since: datetime | None = _instant()
    pending_act: bytes | None = _sealed(null=True)
    unknown_submit: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    marketplace_order_id: str | None = _words(null=True)
    created_at: datetime = _instant(null=False)
    updated_at: datetime = _instant(null=False)
    ended_at: datetime | None = _instant()


class ClaimRow(SQLModel, table=True):
    """
    The record that a write at a marketplace is about to be made. Open until `closing` says what became of it.

    One open claim for each (account, key), where key is the company's id or, before there is one, the customer's key.
    """

    __tablename__ = "claims"
    __table_args__ = (
        Index("claims_one_open", "account", "key", unique=True, postgresql_where=text("closing IS NULL")),
        Index(
            "claims_order_owned_once",
            "account",
            "marketplace_id",
            unique=True,
            postgresql_where=text("kind = 'place_order' AND marketplace_id IS NOT NULL"),
        ),
    )
    id: UUID = _id()
    order_id: UUID = _to("orders.id")
    account: str = _words()
    key: str = _words()
    kind: str = _words()
    write: bytes = _sealed()
    payload_hash: str = _words(default="")
    signature: str = _words(default="")
    claimed_at: datetime = _instant(null=False)
    send_by: datetime = _instant(null=False)
    answered: str | None = _words(null=True)
    answered_at: datetime | None = _instant()
    evidence: bytes | None = _sealed(null=True)
    looks: bytes | None = _sealed(null=True)
    closing: str | None = _words(null=True)
    closed_at: datetime | None = _instant()
    closed_by: str | None = _words(null=True)
    marketplace_id: str | None = _words(null=True)


class PurchasedLineRow(SQLModel, table=True):
    """Each accepted line is in at most one purchase that was not refused: the unique index is the rule."""

    __tablename__ = "purchased_lines"
    __table_args__ = (
        Index("purchased_lines_once", "revision_pk", "line_id", unique=True, postgresql_where=text("NOT refused")),
    )
    claim_id: UUID = Field(sa_column=Column(Uuid(), ForeignKey("claims.id"), primary_key=True))
    revision_pk: UUID = Field(sa_column=Column(Uuid(), ForeignKey("revisions.id"), nullable=False))
    line_id: str = _words(key=True)
    refused: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})


class JournalRow(SQLModel, table=True):
    """What happened to an order: one row for each attempt of a stage and each act of a person. Append only."""

    __tablename__ = "journal"
    __table_args__ = (Index("journal_of_order", "order_id", "id"),)
    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    order_id: UUID = Field(sa_column=Column(Uuid(), ForeignKey("orders.id"), nullable=False))
    at: datetime = _instant(null=False)
    kind: str = _words()
    stage: str = _words()
    outcome: str = _words()
    code: str = _words(default="")
    actor: str = _words(default="")
    milliseconds: int = _count()
    detail: bytes | None = _sealed(null=True)


class QuestionRow(SQLModel, table=True):
    """Something that a person must settle. Open until answered or withdrawn; the clock watches `due_at` meanwhile."""

    __tablename__ = "questions"
    __table_args__ = (
        Index(
            "questions_one_open",
            "order_id",
            "key",
            unique=True,
            postgresql_where=text("answered_at IS NULL AND withdrawn_at IS NULL"),
        ),
        Index("questions_due", "due_at", postgresql_where=text("answered_at IS NULL AND withdrawn_at IS NULL")),
    )
    id: UUID = _id()
    order_id: UUID = _to("orders.id")
    key: str = _words()
    kind: str = _words()
    body: bytes = _sealed()
    owner: str = _words()
    asked_at: datetime = _instant(null=False)
    due_at: datetime = _instant(null=False)
    escalations: int = _count()
    answered_at: datetime | None = _instant()
    answered_by: str | None = _words(null=True)
    answer: bytes | None = _sealed(null=True)
    withdrawn_at: datetime | None = _instant()


class NoticeRow(SQLModel, table=True):
    """
    One change of one order, for one channel. `id` is the outbound `webhook-id` for ever.

    `attempt_at` is set before an attempt and cleared by its answer: found set, the attempt was cut off.
    """

    __tablename__ = "notices"
    __table_args__ = (
        Index("notices_once", "order_id", "change", "version", "channel", unique=True),
        Index("notices_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )
    id: UUID = _id()
    order_id: UUID = _to("orders.id")
    change: str = _words()
    version: int = _count()
    channel: str = _words()
    body: bytes = _sealed()
    created_at: datetime = _instant(null=False)
    due_at: datetime | None = _instant()
    published: int = _count()
    tries: int = _count()
    cut_off: int = _count()
    attempt_at: datetime | None = _instant()
    delivered_at: datetime | None = _instant()
    given_up_at: datetime | None = _instant()
    error: str = _words(default="")


class TokenRow(SQLModel, table=True):
    """An account's access token, for all workers. Fetched anew by one of them at a time."""

    __tablename__ = "tokens"
    account: str = _words(key=True)
    value: bytes = _sealed()
    expires_at: datetime = _instant(null=False)
    generation: int = _count()


class BreakerRow(SQLModel, table=True):
    """Whether calls to an account are stopped, for all workers."""

    __tablename__ = "breakers"
    account: str = _words(key=True)
    state: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    updated_at: datetime = _instant(null=False)


class CompanyLinkRow(SQLModel, table=True):
    """Which company at the marketplace a customer was last found to be."""

    __tablename__ = "company_links"
    account: str = _words(key=True)
    customer_key: str = _words(key=True)
    company_id: str = _words()
    updated_at: datetime = _instant(null=False)


class KnownOrderRow(SQLModel, table=True):
    """An order that a company is known to have. `signature` is its lines in comparable form."""

    __tablename__ = "known_orders"
    __table_args__ = (Index("known_orders_seen", "account", "company_id", "seen_at"),)
    account: str = _words(key=True)
    company_id: str = _words(key=True)
    marketplace_id: str = _words(key=True)
    signature: str = _words()
    seen_at: datetime = _instant(null=False)


class WorkerRow(SQLModel, table=True):
    """A worker's sign of life: which stages it serves and what its clock saw last."""

    __tablename__ = "workers"
    id: str = _words(key=True)
    stages: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    queues: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    started_at: datetime = _instant(null=False)
    ticked_at: datetime = _instant(null=False)


class ConnectionRow(SQLModel, table=True):
    """What is counted of a source connection. Of a refused delivery nothing else is kept."""

    __tablename__ = "connections"
    name: str = _words(key=True)
    refused: int = _count()
    last_refused_at: datetime | None = _instant()
    last_event_at: datetime | None = _instant()


class SecretRow(SQLModel, table=True):
    """Keys that are made once and must outlive a rotation of the encryption keys, sealed by these."""

    __tablename__ = "secrets"
    name: str = _words(key=True)
    value: bytes = _sealed()


def _table(name: str) -> Table:
    return SQLModel.metadata.tables[name]


EVENTS = _table("events")
QUOTES = _table("quotes")
REVISIONS = _table("revisions")
ORDERS = _table("orders")
CLAIMS = _table("claims")
PURCHASED_LINES = _table("purchased_lines")
JOURNAL = _table("journal")
QUESTIONS = _table("questions")
NOTICES = _table("notices")
TOKENS = _table("tokens")
BREAKERS = _table("breakers")
COMPANY_LINKS = _table("company_links")
KNOWN_ORDERS = _table("known_orders")
WORKERS = _table("workers")
CONNECTIONS = _table("connections")
SECRETS = _table("secrets")
