"""Links by which a customer's contact fills in what is missing."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from pipeline.store import columns


class AnswerLinkRow(SQLModel, table=True):
    """
    A link that is good for one answer to these questions. Of its token only the hash is kept: who reads the table can
    open no link. `email` is whom it was made for.
    """

    __tablename__ = "answer_links"
    __table_args__ = (Index("answer_links_token", "token_hash", unique=True),)
    id: UUID = columns.key()
    order_id: UUID = columns.link("orders.id")
    token_hash: str = columns.words()
    question_ids: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    email: bytes | None = columns.sealed(null=True)
    made_by: str = columns.words()
    made_at: datetime = columns.instant(null=False)
    expires_at: datetime = columns.instant(null=False)
    spent_at: datetime | None = columns.instant()
    revoked_at: datetime | None = columns.instant()
