"""Links for customers: making, finding, spending and revoking one."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from pipeline.store.database import Database
from pipeline.store.tables import ANSWER_LINKS

_NOW = func.clock_timestamp()
_BYTES = 32


class LinkState(StrEnum):
    OPEN = "open"
    SPENT = "spent"
    REVOKED = "revoked"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Link:
    """As kept. `state` is that of the instant it was read at; its order and its questions have their own."""

    id: UUID
    order_id: UUID
    question_ids: tuple[UUID, ...]
    email: str
    made_by: str
    made_at: datetime
    expires_at: datetime
    spent_at: datetime | None
    revoked_at: datetime | None
    state: LinkState


def new_token() -> str:
    """Not to be guessed, and fit for an address."""
    return secrets.token_urlsafe(_BYTES)


def add(
    connection: Connection,
    database: Database,
    order_id: UUID,
    question_ids: Sequence[UUID],
    *,
    token: str,
    email: str,
    lasts: timedelta,
    made_by: str,
) -> Link:
    """Keeps a new link; of the token only what finds it again."""
    made: datetime = connection.execute(select(_NOW)).scalar_one()
    found = connection.execute(
        insert(ANSWER_LINKS)
        .values(
            id=uuid4(),
            order_id=order_id,
            token_hash=_hash(token),
            question_ids=[str(each) for each in question_ids],
            email=database.seal(email) if email else None,
            made_by=made_by,
            made_at=made,
            expires_at=made + lasts,
        )
        .returning(*ANSWER_LINKS.c, _NOW.label("now"))
    ).mappings()
    return _link(database, dict(found.one()))


def find(connection: Connection, database: Database, token: str, *, lock: bool = False) -> Link | None:
    """The link of this token, whatever became of it. `lock` holds its row until the transaction ends."""
    wanted = select(*ANSWER_LINKS.c, _NOW.label("now")).where(ANSWER_LINKS.c.token_hash == _hash(token))
    found = connection.execute(wanted.with_for_update() if lock else wanted).mappings().first()
    return None if found is None else _link(database, dict(found))


def of_order(connection: Connection, database: Database, order_id: UUID) -> Sequence[Link]:
    """Newest first."""
    wanted = (
        select(*ANSWER_LINKS.c, _NOW.label("now"))
        .where(ANSWER_LINKS.c.order_id == order_id)
        .order_by(ANSWER_LINKS.c.made_at.desc(), ANSWER_LINKS.c.id)
    )
    return [_link(database, dict(row)) for row in connection.execute(wanted).mappings()]


def spend(connection: Connection, link_id: UUID) -> None:
    """The caller holds the row and has seen that the link is open."""
    connection.execute(update(ANSWER_LINKS).where(ANSWER_LINKS.c.id == link_id).values(spent_at=_NOW))


def revoke(connection: Connection, link_id: UUID) -> bool:
    """False, and nothing is changed, for a link that was spent or revoked already."""
    unused: ColumnElement[bool] = ANSWER_LINKS.c.spent_at.is_(None) & ANSWER_LINKS.c.revoked_at.is_(None)
    done = connection.execute(update(ANSWER_LINKS).where(ANSWER_LINKS.c.id == link_id, unused).values(revoked_at=_NOW))
    return done.rowcount == 1


def _hash(token: str) -> str:
    """Of a random text of this length a plain hash tells nothing."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _link(database: Database, row: dict[str, Any]) -> Link:
    return Link(
        id=row["id"],
        order_id=row["order_id"],
        question_ids=tuple(UUID(each) for each in row["question_ids"]),
        email=database.open(row["email"]) if row["email"] else "",
        made_by=row["made_by"],
        made_at=row["made_at"],
        expires_at=row["expires_at"],
        spent_at=row["spent_at"],
        revoked_at=row["revoked_at"],
        state=_state(row),
    )


def _state(row: dict[str, Any]) -> LinkState:
    if row["spent_at"] is not None:
        return LinkState.SPENT
    if row["revoked_at"] is not None:
        return LinkState.REVOKED
    return LinkState.EXPIRED if row["expires_at"] <= row["now"] else LinkState.OPEN
