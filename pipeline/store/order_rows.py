"""Orders and all that hangs on one: claims, journal, questions, notices."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Index, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from pipeline.store import columns


class OrderRow(SQLModel, table=True):
    """
    One purchase. The row is the outbox: who changes it sets `due_at`, and the clock publishes what is due.

    `leased` says that a message is out for the present step and `due_at` is only when to publish it again. `behind` is
    the key of the claim that the order stands behind. `pending_act` waits for the outcome of an open claim.
    """

    __tablename__ = "orders"
    __table_args__ = (
        Index("orders_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index("orders_newest", "created_at", "id"),
        Index("orders_by_state", "state", "created_at"),
        Index("orders_by_customer", "account", "customer_key"),
        Index("orders_behind", "account", "behind", postgresql_where=text("behind IS NOT NULL")),
        Index(
            "orders_by_their_id",
            "marketplace",
            text("lower(split_part(marketplace_order_id, '/', -1))"),
            postgresql_where=text("marketplace_order_id IS NOT NULL"),
        ),
    )
    id: UUID = columns.key()
    ref: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    quote_pk: UUID = columns.link("quotes.id")
    revision_pk: UUID = columns.link("revisions.id")
    line_ids: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    marketplace: str = columns.words()
    account: str = columns.words()
    customer_key: str = columns.words()
    company_id: str | None = columns.words(null=True)
    company: str = columns.words(default="")
    state: str = columns.words()
    stage: str = columns.words()
    version: int = columns.count()
    facts: bytes = columns.sealed()
    requested_at: datetime | None = columns.instant()
    due_at: datetime | None = columns.instant()
    leased: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    published: int = columns.count()
    taken_until: datetime | None = columns.instant()
    entered_at: datetime = columns.instant(null=False)
    faults: int = columns.count()
    polls: int = columns.count()
    returns: int = columns.count()
    retried_at: datetime | None = columns.instant()
    waiting_for: bytes | None = columns.sealed(null=True)
    waiting_on: str = columns.words(default="")
    waiting_since: datetime | None = columns.instant()
    behind: str | None = columns.words(null=True)
    pending_act: bytes | None = columns.sealed(null=True)
    unknown_submit: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    marketplace_order_id: str | None = columns.words(null=True)
    created_at: datetime = columns.instant(null=False)
    updated_at: datetime = columns.instant(null=False)
    ended_at: datetime | None = columns.instant()


class ClaimRow(SQLModel, table=True):
    """
    The record that a write at a marketplace is about to be made. Open until `closing` says what became of it.

    One open claim for each (account, key), where key is the company's id or, before there is one, the customer's key.
    `seen_to_at` is when what an order left behind in a basket was looked after.
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
        # Each claim asks for the closed ones of its key, and they are kept for ever.
        Index("claims_by_key", "account", "key"),
        Index("claims_to_see_to", "order_id", postgresql_where=text("kind = 'fill_basket' AND seen_to_at IS NULL")),
    )
    id: UUID = columns.key()
    order_id: UUID = columns.link("orders.id")
    account: str = columns.words()
    key: str = columns.words()
    kind: str = columns.words()
    write: bytes = columns.sealed()
    payload_hash: str = columns.words(default="")
    signature: str = columns.words(default="")
    claimed_at: datetime = columns.instant(null=False)
    send_by: datetime = columns.instant(null=False)
    answered: str | None = columns.words(null=True)
    answered_at: datetime | None = columns.instant()
    evidence: bytes | None = columns.sealed(null=True)
    looks: bytes | None = columns.sealed(null=True)
    closing: str | None = columns.words(null=True)
    closed_at: datetime | None = columns.instant()
    closed_by: str | None = columns.words(null=True)
    marketplace_id: str | None = columns.words(null=True)
    seen_to_at: datetime | None = columns.instant()


class PurchasedLineRow(SQLModel, table=True):
    """Each accepted line is in at most one purchase that was not refused: the unique index is the rule."""

    __tablename__ = "purchased_lines"
    __table_args__ = (
        Index("purchased_lines_once", "revision_pk", "line_id", unique=True, postgresql_where=text("NOT refused")),
    )
    claim_id: UUID = Field(sa_column=Column(Uuid(), ForeignKey("claims.id"), primary_key=True))
    revision_pk: UUID = Field(sa_column=Column(Uuid(), ForeignKey("revisions.id"), nullable=False))
    line_id: str = columns.words(key=True)
    refused: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})


class JournalRow(SQLModel, table=True):
    """What happened to an order: one row for each attempt of a stage and each act of a person. Append only."""

    __tablename__ = "journal"
    __table_args__ = (Index("journal_of_order", "order_id", "id"),)
    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    order_id: UUID = Field(sa_column=Column(Uuid(), ForeignKey("orders.id"), nullable=False))
    at: datetime = columns.instant(null=False)
    kind: str = columns.words()
    stage: str = columns.words()
    outcome: str = columns.words()
    code: str = columns.words(default="")
    actor: str = columns.words(default="")
    milliseconds: int = columns.count()
    detail: bytes | None = columns.sealed(null=True)


class QuestionRow(SQLModel, table=True):
    """
    Something that a person must settle. Open until answered or withdrawn; the clock watches `due_at` meanwhile, and
    `remind_at`, until the reminder is written.
    """

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
        Index(
            "questions_to_remind",
            "remind_at",
            postgresql_where=text("remind_at IS NOT NULL AND answered_at IS NULL AND withdrawn_at IS NULL"),
        ),
    )
    id: UUID = columns.key()
    order_id: UUID = columns.link("orders.id")
    key: str = columns.words()
    kind: str = columns.words()
    body: bytes = columns.sealed()
    owner: str = columns.words()
    asked_at: datetime = columns.instant(null=False)
    due_at: datetime = columns.instant(null=False)
    remind_at: datetime | None = columns.instant()
    escalations: int = columns.count()
    answered_at: datetime | None = columns.instant()
    answer: bytes | None = columns.sealed(null=True)
    withdrawn_at: datetime | None = columns.instant()


class NoticeRow(SQLModel, table=True):
    """
    One change of one order, or of a source connection where `order_id` is null, for one channel. `id` is the outbound
    `webhook-id` for ever.

    `attempt_at` is set before an attempt and cleared by its answer: found set, the attempt was cut off.
    """

    __tablename__ = "notices"
    __table_args__ = (
        Index("notices_once", "order_id", "change", "version", "channel", unique=True),
        Index("notices_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )
    id: UUID = columns.key()
    order_id: UUID | None = columns.link("orders.id", null=True)
    change: str = columns.words()
    version: int = columns.count()
    channel: str = columns.words()
    body: bytes = columns.sealed()
    created_at: datetime = columns.instant(null=False)
    due_at: datetime | None = columns.instant()
    published: int = columns.count()
    tries: int = columns.count()
    cut_off: int = columns.count()
    attempt_at: datetime | None = columns.instant()
    delivered_at: datetime | None = columns.instant()
    given_up_at: datetime | None = columns.instant()
    error: str = columns.words(default="")
