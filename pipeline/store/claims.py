"""Claims: made before a write, closed when it is known what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Connection, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from pipeline.domain.claim import BUYING_KINDS, Answer, AnswerClass, Buying, Claim, Closing, Look, PlaceOrder, Write
from pipeline.store import evidence
from pipeline.store.database import Database
from pipeline.store.due import nudge
from pipeline.store.known import signature_of_purchase
from pipeline.store.tables import CLAIMS, ORDERS, PURCHASED_LINES, REVISIONS

_WRITE: TypeAdapter[Write] = TypeAdapter(Write)
_LOOKS = TypeAdapter(tuple[Look, ...])
_OF_ORDER = (
    select(CLAIMS)
    .where(CLAIMS.c.order_id == bindparam("order", type_=CLAIMS.c.order_id.type))
    .order_by(CLAIMS.c.claimed_at)
)
_LOCK = select(CLAIMS).where(CLAIMS.c.id == bindparam("claim", type_=CLAIMS.c.id.type)).with_for_update()


@dataclass(frozen=True, slots=True)
class NewClaim:
    """What a claim is made of. `id` names the attempt; `key` whose writes it keeps apart."""

    id: UUID
    order_id: UUID
    revision_pk: UUID
    account: str
    key: str
    write: Write
    send_within: timedelta


def make(connection: Connection, database: Database, new: NewClaim) -> Claim | None:
    """
    Writes the claim, or gives None when one is open for this key already.

    For a purchase or a change its lines are taken too; `LineBoughtError` when one of them is in another that was not
    refused.
    """
    buying = new.write if isinstance(new.write, Buying) else None
    row = upsert(CLAIMS).values(
        id=new.id,
        order_id=new.order_id,
        account=new.account,
        key=new.key,
        kind=new.write.kind,
        write=database.seal(new.write.model_dump_json()),
        payload_hash=buying.payload.hash if buying else "",
        signature=signature_of_purchase(buying.lines) if isinstance(buying, PlaceOrder) else "",
        claimed_at=func.clock_timestamp(),
        send_by=func.clock_timestamp() + new.send_within,
    )
    once = row.on_conflict_do_nothing(index_elements=["account", "key"], index_where=CLAIMS.c.closing.is_(None))
    made = connection.execute(once.returning(CLAIMS.c.claimed_at, CLAIMS.c.send_by)).first()
    if made is None:
        return None
    if buying is not None:
        _take_lines(connection, new, buying)
    return Claim(new.id, new.order_id, new.account, new.key, new.write, made.claimed_at, made.send_by)


class LineBoughtError(Exception):
    """An accepted line is already in a purchase that was not refused."""


def _take_lines(connection: Connection, new: NewClaim, write: Buying) -> None:
    lines = [line.line_id for line in write.lines] if isinstance(write, PlaceOrder) else [write.line_id]
    rows = [{"claim_id": new.id, "revision_pk": new.revision_pk, "line_id": line_id} for line_id in lines]
    taken = connection.execute(
        upsert(PURCHASED_LINES)
        .values(rows)
        .on_conflict_do_nothing(index_elements=["revision_pk", "line_id"], index_where=~PURCHASED_LINES.c.refused)
        .returning(PURCHASED_LINES.c.line_id)
    ).all()
    if len(taken) != len(rows):
        raise LineBoughtError


def holder(connection: Connection, account: str, key: str) -> tuple[str, datetime] | None:
    """(reference of the order, its claim's `send_by`) that has the open claim of this key."""
    found = connection.execute(
        select(ORDERS.c.ref, CLAIMS.c.send_by)
        .join(ORDERS, ORDERS.c.id == CLAIMS.c.order_id)
        .where(CLAIMS.c.account == account, CLAIMS.c.key == key, CLAIMS.c.closing.is_(None))
    ).first()
    return None if found is None else (found.ref, found.send_by)


def hold_open(connection: Connection, account: str, key: str) -> bool:
    """Whether a claim of this key is open; if so nobody closes it before this transaction has ended."""
    found = connection.execute(
        select(CLAIMS.c.id)
        .where(CLAIMS.c.account == account, CLAIMS.c.key == key, CLAIMS.c.closing.is_(None))
        .with_for_update(read=True)
    )
    return found.first() is not None


def closed_since(connection: Connection, account: str, key: str, kind: str, instant: datetime) -> bool:
    """Whether a write of this kind and key has closed after the instant."""
    found = connection.execute(
        select(CLAIMS.c.id)
        .where(CLAIMS.c.account == account, CLAIMS.c.key == key, CLAIMS.c.kind == kind, CLAIMS.c.closed_at > instant)
        .limit(1)
    )
    return found.first() is not None


def closed_by_a_person(connection: Connection, account: str, key: str, within: timedelta) -> datetime | None:
    """When a person last closed an attempt of this key without an id, if that is no longer ago than `within`."""
    found: datetime | None = connection.execute(
        select(func.max(CLAIMS.c.closed_at)).where(
            CLAIMS.c.account == account,
            CLAIMS.c.key == key,
            CLAIMS.c.kind.in_(BUYING_KINDS),
            CLAIMS.c.closing.in_([Closing.RESENT, Closing.CANCELLED]),
            CLAIMS.c.closed_at > func.clock_timestamp() - within,
        )
    ).scalar_one()
    return found


def answered(connection: Connection, database: Database, claim_id: UUID, answer: Answer) -> None:
    """Keeps the class and the evidence of an answer. The claim stays open."""
    connection.execute(
        update(CLAIMS)
        .where(CLAIMS.c.id == claim_id)
        .values(
            answered=answer.kind,
            answered_at=func.clock_timestamp(),
            evidence=evidence.sealed(database, answer),
        )
    )


def close(
    connection: Connection,
    claim_id: UUID,
    closing: Closing,
    *,
    marketplace_id: str | None = None,
    by: str | None = None,
) -> bool:
    """Closes an open claim; its lines are free again unless it bought. False when it was closed already."""
    done = connection.execute(
        update(CLAIMS)
        .where(CLAIMS.c.id == claim_id, CLAIMS.c.closing.is_(None))
        .values(closing=closing, closed_at=func.clock_timestamp(), closed_by=by, marketplace_id=marketplace_id)
    )
    if done.rowcount == 1 and not closing.bought:
        connection.execute(update(PURCHASED_LINES).where(PURCHASED_LINES.c.claim_id == claim_id).values(refused=True))
    return done.rowcount == 1


def prove_bought(connection: Connection, claim_id: UUID, closing: Closing, marketplace_id: str, by: str | None) -> bool:
    """
    Closes anew, as what it was, a purchase that was given up. False, and nothing is changed, where its lines or this
    order of the marketplace have become another attempt's.
    """
    try:
        with connection.begin_nested():
            connection.execute(
                update(PURCHASED_LINES).where(PURCHASED_LINES.c.claim_id == claim_id).values(refused=False)
            )
            proved = {"closing": closing, "closed_at": func.clock_timestamp(), "marketplace_id": marketplace_id}
            connection.execute(update(CLAIMS).where(CLAIMS.c.id == claim_id).values(closed_by=by, **proved))
    except IntegrityError:
        return False
    return True


def owner_of(connection: Connection, account: str, marketplace_order_id: str) -> str | None:
    """Reference of the order of ours that owns this order of the marketplace."""
    return connection.execute(
        select(ORDERS.c.ref)
        .join(CLAIMS, CLAIMS.c.order_id == ORDERS.c.id)
        .where(
            CLAIMS.c.account == account,
            CLAIMS.c.kind == "place_order",
            CLAIMS.c.marketplace_id == marketplace_order_id,
        )
    ).scalar_one_or_none()


def rivals(connection: Connection, claim: Claim) -> Sequence[str]:
    """
    References of our other orders for this company with equal lines, of which an attempt lacks an id.

    One that complete looks have proved absent casts no doubt: else nothing could be told of equal lines ever after.
    """
    if not isinstance(claim.write, PlaceOrder):
        return ()
    return (
        connection.execute(
            select(ORDERS.c.ref)
            .join(CLAIMS, CLAIMS.c.order_id == ORDERS.c.id)
            .where(
                CLAIMS.c.account == claim.account,
                CLAIMS.c.key == claim.key,
                CLAIMS.c.order_id != claim.order_id,
                CLAIMS.c.kind == "place_order",
                CLAIMS.c.signature == signature_of_purchase(claim.write.lines),
                CLAIMS.c.marketplace_id.is_(None),
                CLAIMS.c.closing.is_(None) | CLAIMS.c.closing.in_([Closing.RESENT, Closing.CANCELLED]),
            )
        )
        .scalars()
        .all()
    )


def keep_look(connection: Connection, database: Database, claim: Claim, look: Look) -> None:
    looks = (*claim.looks, look)[-20:]
    connection.execute(
        update(CLAIMS)
        .where(CLAIMS.c.id == claim.id, CLAIMS.c.closing.is_(None))
        .values(looks=database.seal(_LOOKS.dump_json(looks).decode()))
    )


def of_order(connection: Connection, database: Database, order_id: UUID) -> tuple[Claim, ...]:
    """The order's claims, oldest first."""
    rows = connection.execute(_OF_ORDER, {"order": order_id}).mappings()
    return tuple(_claim(database, dict(row)) for row in rows)


def lock(connection: Connection, database: Database, claim_id: UUID) -> Claim | None:
    row = connection.execute(_LOCK, {"claim": claim_id}).mappings().first()
    return None if row is None else _claim(database, dict(row))


def ever_claimed(connection: Connection, quote_pk: UUID) -> bool:
    """Whether a purchase, or a change, was ever claimed for any order of the quote."""
    found = connection.execute(
        select(CLAIMS.c.id)
        .join(ORDERS, ORDERS.c.id == CLAIMS.c.order_id)
        .where(ORDERS.c.quote_pk == quote_pk, CLAIMS.c.kind.in_(BUYING_KINDS))
        .limit(1)
    )
    return found.first() is not None


def wake_next(connection: Connection, account: str, key: str) -> None:
    """
    Makes the order due that has stood longest behind the key's claim: the one that was accepted first. Wakes the clocks
    for it, and for nothing.

    It keeps its place behind the key until it claims or moves; one that moves without a claim passes its turn on.
    """
    next_order = (
        select(ORDERS.c.id)
        .join(REVISIONS, REVISIONS.c.id == ORDERS.c.revision_pk)
        .where(ORDERS.c.account == account, ORDERS.c.behind == key, ORDERS.c.due_at.is_not(None))
        .order_by(func.coalesce(REVISIONS.c.accepted_at, REVISIONS.c.created_at), ORDERS.c.created_at)
        .limit(1)
        # One that somebody is moving at this moment has its turn already.
        .with_for_update(of=ORDERS, skip_locked=True)
        .scalar_subquery()
    )
    woken = connection.execute(
        update(ORDERS).where(ORDERS.c.id == next_order).values(due_at=func.clock_timestamp(), leased=False)
    )
    if woken.rowcount:
        nudge(connection)


def _claim(database: Database, row: dict[str, Any]) -> Claim:
    kept = evidence.opened(database, row["evidence"])
    return Claim(
        id=row["id"],
        order_id=row["order_id"],
        account=row["account"],
        key=row["key"],
        write=_WRITE.validate_json(database.open(row["write"])),
        claimed_at=row["claimed_at"],
        send_by=row["send_by"],
        answered=AnswerClass(row["answered"]) if row["answered"] else None,
        answered_at=row["answered_at"],
        evidence=kept.said,
        named=kept.named,
        looks=_LOOKS.validate_json(database.open(row["looks"])) if row["looks"] else (),
        closing=Closing(row["closing"]) if row["closing"] else None,
        closed_at=row["closed_at"],
        closed_by=row["closed_by"],
        marketplace_id=row["marketplace_id"],
    )
