"""What a source's products are at the marketplaces."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Column, Date, Index
from sqlmodel import Field, SQLModel

from pipeline.store import columns


class ProductMapRow(SQLModel, table=True):
    """From `valid_from` on, what `source` knows by `key` is this product. `provisioning` may be personal data."""

    __tablename__ = "product_map"
    __table_args__ = (Index("product_map_once", "source", "key", "valid_from", "marketplace", unique=True),)
    id: UUID = columns.key()
    source: str = columns.words()
    key: str = columns.words()
    valid_from: date = Field(sa_column=Column(Date, nullable=False))
    marketplace: str = columns.words()
    product_id: str = columns.words()
    billing_term: str = columns.words(default="")
    commitment: str = columns.words(default="")
    provisioning: bytes | None = columns.sealed(null=True)
    changed_by: str = columns.words()
    changed_at: datetime = columns.instant(null=False)
