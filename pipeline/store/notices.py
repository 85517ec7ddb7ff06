"""Notices: written with the change that they tell of, taken for an attempt, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from pydantic_core import to_json
from sqlalchemy import Connection, Integer, cast, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import distinct_on, insert

from pipeline.domain.change import Change
from pipeline.store.database import Database
from pipeline.store.tables import NOTICES

_OPEN = NOTICES.c.delivered_at.is_(None) & NOTICES.c.given_up_at.is_(None)


def write(
    connection: Connection,
    database: Database,
    *,
    order_id: UUID | None,
    change: Change,
    version: int,
    channels: Sequence[str],
    view: Mapping[str, Any],
) -> Sequence[UUID]:
    """
    Writes one notice for each channel, due at once, in the transaction of the change. Gives the new ones' ids.

    `view` is the order as the operator API shows it, or what is told of a source connection, which has no order and
    which whoever writes it tells once. It is sealed as the very body that every attempt will send, so
    that a later version of the program changes nothing in it. A repeat, same order, change, version and channel,
    writes nothing.
    """
    if not channels:
        return ()
    now = connection.execute(select(func.clock_timestamp())).scalar_one()
    body = to_json({"type": change.event, "timestamp": now, "data": view}).decode()
    rows = [
        {
            "id": uuid4(),
            "order_id": order_id,
            "change": change,
            "version": version,
            "channel": channel,
            "body": database.seal(body),
            "created_at": now,
            "due_at": now,
        }
        for channel in dict.fromkeys(channels)
    ]
    statement = insert(NOTICES).values(rows).on_conflict_do_nothing().returning(NOTICES.c.id)
    return connection.execute(statement).scalars().all()


@dataclass(frozen=True, slots=True)
class Taken:
    """
    A notice in an attempt's hands, its body still sealed.

    `tries` counts this attempt and names it when its result is recorded; `cut_off` counts earlier ones whose end
    nobody saw, so that the reader may have got the notice already.
    """

    id: UUID
    change: Change
    channel: str
    body: bytes
    tries: int
    cut_off: int


def take(connection: Connection, notice_id: UUID, lease: timedelta) -> Taken | None:
    """
    Takes the notice for one attempt; `lease` must be longer than any attempt lasts.

    None when there is nothing to do: delivered, given up, or in the hands of an attempt younger than `lease`. An older
    one that never recorded its end counts as cut off.
    """
    now = func.clock_timestamp()
    row = connection.execute(
        update(NOTICES)
        .where(
            NOTICES.c.id == notice_id,
            _OPEN,
            or_(NOTICES.c.attempt_at.is_(None), NOTICES.c.attempt_at <= now - lease),
        )
        .values(
            attempt_at=now,
            due_at=now + lease,
            tries=NOTICES.c.tries + 1,
            cut_off=NOTICES.c.cut_off + cast(NOTICES.c.attempt_at.is_not(None), Integer),
        )
        .returning(NOTICES)
    ).mappings()
    found = row.first()
    if found is None:
        return None
    change = Change(found["change"])
    return Taken(found["id"], change, found["channel"], found["body"], found["tries"], found["cut_off"])


class Turn(StrEnum):
    """WAIT: an earlier notice is being delivered just now. OVERTAKEN: a later one tells all that this one would."""

    NOW = "now"
    WAIT = "wait"
    OVERTAKEN = "overtaken"


def turn(connection: Connection, notice_id: UUID, lease: timedelta) -> Turn:
    """
    Whether a notice that was taken may be written where a later one takes an earlier one's place: of one order and
    channel, only the newest is, and no two at once. Notices of what was heard stand for themselves.
    """
    own, other = NOTICES.alias(), NOTICES.alias()
    later = tuple_(other.c.created_at, other.c.id) > tuple_(own.c.created_at, own.c.id)
    at_work = (other.c.attempt_at > func.clock_timestamp() - lease) & other.c.delivered_at.is_(None)
    found = connection.execute(
        select(func.coalesce(func.bool_or(later), False).label("later"))
        .add_columns(func.coalesce(func.bool_or(at_work), False).label("at_work"))
        .select_from(own)
        .join(other, (other.c.order_id == own.c.order_id) & (other.c.channel == own.c.channel))
        .where(own.c.id == notice_id, other.c.id != own.c.id, other.c.change != Change.HEARD)
    ).one()
    if found.later:
        return Turn.OVERTAKEN
    return Turn.WAIT if found.at_work else Turn.NOW


def delivered(connection: Connection, taken: Taken) -> None:
    """The notice arrived: said by whichever attempt, it holds, also after a later attempt began or it was given up."""
    connection.execute(
        update(NOTICES)
        .where(NOTICES.c.id == taken.id, NOTICES.c.delivered_at.is_(None))
        .values(
            delivered_at=func.clock_timestamp(), due_at=None, attempt_at=None, given_up_at=None, published=0, error=""
        )
    )


def failed(
    connection: Connection, taken: Taken, error: str, wait: timedelta | None, *, perhaps_arrived: bool = False
) -> None:
    """
    The attempt failed: due again after `wait`, or with None given up for good.

    `error` is one sentence without secrets or personal data. `perhaps_arrived` counts the attempt as cut off. Changes
    nothing when a later attempt has begun.
    """
    now = func.clock_timestamp()
    ended = {"due_at": None, "given_up_at": now} if wait is None else {"due_at": now + wait}
    connection.execute(
        update(NOTICES)
        .where(NOTICES.c.id == taken.id, NOTICES.c.tries == taken.tries, _OPEN)
        .values(attempt_at=None, published=0, error=error, cut_off=NOTICES.c.cut_off + int(perhaps_arrived), **ended)
    )


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """`waiting` are not delivered yet, the oldest since `waiting_since`; `error` is the newest trouble among them."""

    channel: str
    waiting: int
    waiting_since: datetime | None
    given_up: int
    last_delivered_at: datetime | None
    error: str


def health(connection: Connection, *, given_up_within: timedelta = timedelta(days=7)) -> Sequence[ChannelHealth]:
    """How each channel that ever had a notice is doing, by name. Counts as given up only what lately was."""
    lately = NOTICES.c.given_up_at > func.clock_timestamp() - given_up_within
    rows = connection.execute(
        select(
            NOTICES.c.channel,
            func.count().filter(_OPEN).label("waiting"),
            func.min(NOTICES.c.created_at).filter(_OPEN).label("since"),
            func.count().filter(lately).label("given_up"),
            func.max(NOTICES.c.delivered_at).label("last"),
        )
        .group_by(NOTICES.c.channel)
        .order_by(NOTICES.c.channel)
    ).all()
    newest = connection.execute(
        select(NOTICES.c.channel, NOTICES.c.error)
        .ext(distinct_on(NOTICES.c.channel))
        .where(NOTICES.c.error != "", or_(_OPEN, lately))
        .order_by(NOTICES.c.channel, NOTICES.c.created_at.desc())
    )
    errors = {row.channel: row.error for row in newest}
    return [
        ChannelHealth(row.channel, row.waiting, row.since, row.given_up, row.last, errors.get(row.channel, ""))
        for row in rows
    ]
