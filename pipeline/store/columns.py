"""
The kinds of columns that the tables are made of.

`sealed` columns hold Fernet tokens (`pipeline.store.cipher`): personal data, answers, bodies, exchanges and secrets
never lie readable in the database.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, LargeBinary, Text, Uuid, text
from sqlmodel import Field

_SEALED = "sealed"


def key() -> Any:
    return Field(sa_column=Column(Uuid(), primary_key=True))


def link(target: str, *, null: bool = False) -> Any:
    return Field(
        default=None if null else ...,
        sa_column=Column(Uuid(), ForeignKey(target), nullable=null, index=True),
    )


def words(*, null: bool = False, key: bool = False, default: str | None = None) -> Any:
    return Field(
        default=None if null else ...,
        sa_column=Column(
            Text, nullable=null, primary_key=key, server_default=None if default is None else text(f"'{default}'")
        ),
    )


def instant(*, null: bool = True) -> Any:
    return Field(
        default=None,
        sa_column=Column(DateTime(timezone=True), nullable=null, server_default=None if null else text("now()")),
    )


def sealed(*, null: bool = False) -> Any:
    return Field(default=None if null else ..., sa_column=Column(LargeBinary, nullable=null, info={_SEALED: True}))


def is_sealed(column: Column[Any]) -> bool:
    """Whether the column was made by `sealed`, so that a rotation of keys has to come by it."""
    return bool(column.info.get(_SEALED))


def count() -> Any:
    return Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default=text("0")))
