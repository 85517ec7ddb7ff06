"""What all workers share: tokens, breakers, what is known of companies, what was announced, signs of life, keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from pipeline.store import columns


class TokenRow(SQLModel, table=True):
    """An account's access token, for all workers. Fetched anew by one of them at a time."""

    __tablename__ = "tokens"
    account: str = columns.words(key=True)
    value: bytes = columns.sealed()
    fetched_at: datetime = columns.instant(null=False)
    expires_at: datetime = columns.instant(null=False)
    generation: int = columns.count()


class BreakerRow(SQLModel, table=True):
    """Whether calls to an account are stopped, for all workers."""

    __tablename__ = "breakers"
    account: str = columns.words(key=True)
    state: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    updated_at: datetime = columns.instant(null=False)


class CompanyLinkRow(SQLModel, table=True):
    """Which company at the marketplace a customer was last found to be."""

    __tablename__ = "company_links"
    account: str = columns.words(key=True)
    customer_key: str = columns.words(key=True)
    company_id: str = columns.words()
    updated_at: datetime = columns.instant(null=False)


class KnownOrderRow(SQLModel, table=True):
    """An order that a company is known to have. `signature` is its lines in comparable form."""

    __tablename__ = "known_orders"
    __table_args__ = (Index("known_orders_seen", "account", "company_id", "seen_at"),)
    account: str = columns.words(key=True)
    company_id: str = columns.words(key=True)
    marketplace_id: str = columns.words(key=True)
    signature: str = columns.words()
    seen_at: datetime = columns.instant(null=False)


class WorkerRow(SQLModel, table=True):
    """A worker's sign of life: which stages it serves and what its clock saw last."""

    __tablename__ = "workers"
    id: str = columns.words(key=True)
    stages: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    queues: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    started_at: datetime = columns.instant(null=False)
    ticked_at: datetime = columns.instant(null=False)


class SecretRow(SQLModel, table=True):
    """Keys that are made once and must outlive a rotation of the encryption keys, sealed by these."""

    __tablename__ = "secrets"
    name: str = columns.words(key=True)
    value: bytes = columns.sealed()


class AnnouncementRow(SQLModel, table=True):
    """That a marketplace said that something has changed; `until` is when it last did, or up to a second later."""

    __tablename__ = "announcements"
    marketplace: str = columns.words(key=True)
    until: datetime = columns.instant(null=False)
