"""
What is done on a timer, by one worker at a time: for a source connection reading it, and seeing to its webhook; at a
marketplace throwing away what orders have left in baskets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from pipeline.store.tables import ERRANDS

# A tool that was away for a moment is no news.
_SEVERAL = 5


class ErrandKind(StrEnum):
    """
    POLL reads what has changed at the tool. CHECK sees whether its webhook is still switched on. TIDY throws away what
    orders have left in baskets: its connection is a marketplace.
    """

    POLL = "poll"
    CHECK = "check"
    TIDY = "tidy"


@dataclass(frozen=True, slots=True)
class Errand:
    """As taken by a worker, at `begun_at`. `faults` is how often it failed in a row."""

    id: UUID
    connection: str
    kind: ErrandKind
    watermark: datetime | None
    faults: int
    begun_at: datetime


@dataclass(frozen=True, slots=True)
class News:
    """
    Something that people are to be told of a connection: `problems` that have begun, or, where `over`, have ended.
    `deactivated`: its webhook is switched off at the tool.
    """

    connection: str
    kind: ErrandKind
    problems: tuple[str, ...]
    over: bool
    deactivated: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """
    An errand for health and for lists. `done_at` is when it last went well, `due_at` when it is next tried at the
    latest. `error` is the last attempt's, empty where that went well.
    """

    connection: str
    kind: ErrandKind
    watermark: datetime | None
    due_at: datetime
    done_at: datetime | None
    faults: int
    error: str
    problems: tuple[str, ...]
    deactivated: bool


def keep_only(connection: Connection, wanted: Iterable[tuple[str, ErrandKind]]) -> None:
    """
    These errands are run from now on and no others: new ones are due at once, ones that are no longer wanted rest with
    their watermark, and go on from there when they are wanted again. A repeat changes nothing.
    """
    named = list(wanted)
    for name, kind in named:
        row = insert(ERRANDS).values(id=uuid4(), connection=name, kind=kind, due_at=func.clock_timestamp())
        connection.execute(
            row.on_conflict_do_update(
                index_elements=["connection", "kind"],
                set_={"due_at": func.coalesce(ERRANDS.c.due_at, func.clock_timestamp())},
            )
        )
    others = update(ERRANDS).values(due_at=None, taken_until=None)
    if named:
        others = others.where(tuple_(ERRANDS.c.connection, ERRANDS.c.kind).not_in(named))
    connection.execute(others)


def take(connection: Connection, errand_id: UUID, lease: timedelta) -> Errand | None:
    """The errand, for this worker alone until `lease` is over. None: another has it, or it is not wanted any more."""
    now = func.clock_timestamp()
    found = connection.execute(
        update(ERRANDS)
        .where(
            ERRANDS.c.id == errand_id,
            ERRANDS.c.due_at.is_not(None),
            or_(ERRANDS.c.taken_until.is_(None), ERRANDS.c.taken_until <= now),
        )
        .values(taken_until=now + lease, due_at=now + lease, begun_at=now)
        .returning(ERRANDS)
    ).mappings()
    row = found.first()
    if row is None:
        return None
    return Errand(
        row["id"], row["connection"], ErrandKind(row["kind"]), row["watermark"], row["faults"], row["begun_at"]
    )


def read_so_far(connection: Connection, errand: Errand, watermark: datetime | None, lease: timedelta) -> bool:
    """
    Moves the watermark on, never back, and keeps the errand for another `lease`. False: it is another worker's by now.
    """
    values: dict[str, Any] = {"taken_until": func.clock_timestamp() + lease, "due_at": func.clock_timestamp() + lease}
    if watermark is not None:
        values["watermark"] = func.greatest(func.coalesce(ERRANDS.c.watermark, watermark), watermark)
    return _mine(connection, errand, values)


def done(
    connection: Connection, errand: Errand, after: timedelta, *, problems: Sequence[str] = (), deactivated: bool = False
) -> None:
    values: dict[str, Any] = {
        "faults": 0,
        "error": "",
        "problems": list(problems),
        "deactivated": deactivated,
        "done_at": func.clock_timestamp(),
    }
    _rest(connection, errand, after, values)


def failed(connection: Connection, errand: Errand, error: str, after: timedelta) -> None:
    """`error` is a sentence without secrets and personal data."""
    _rest(connection, errand, after, {"faults": ERRANDS.c.faults + 1, "error": error})


def checked(connection: Connection, name: str, problems: Sequence[str], *, deactivated: bool) -> None:
    """What a check beside the timer has found stands for the connection. The timer goes on as it was."""
    connection.execute(
        update(ERRANDS)
        .where(ERRANDS.c.connection == name, ERRANDS.c.kind == ErrandKind.CHECK)
        .values(problems=list(problems), deactivated=deactivated, faults=0, error="", done_at=func.clock_timestamp())
    )


def news(connection: Connection, name: str, kind: ErrandKind) -> News | None:
    """
    What is to be told of the errand as its last attempt has left it, said once: the caller writes it down in this
    transaction. Faults are told of when there were several in a row.
    """
    the_one = (ERRANDS.c.connection == name) & (ERRANDS.c.kind == kind)
    row = connection.execute(select(ERRANDS).where(the_one).with_for_update()).mappings().first()
    if row is None:
        return None
    told, problems = tuple(row["told"]), tuple(row["problems"])
    if row["faults"]:
        problems = told or ((row["error"],) if row["faults"] >= _SEVERAL else ())
    if set(problems) == set(told):
        return None
    connection.execute(update(ERRANDS).where(the_one).values(told=list(problems)))
    return News(name, kind, problems or told, not problems, bool(problems) and row["deactivated"])


def shown(connection: Connection) -> Sequence[Shown]:
    rows = connection.execute(
        select(ERRANDS).where(ERRANDS.c.due_at.is_not(None)).order_by(ERRANDS.c.connection, ERRANDS.c.kind)
    ).mappings()
    return [_shown(row) for row in rows]


def _rest(connection: Connection, errand: Errand, after: timedelta, values: dict[str, Any]) -> None:
    now = func.clock_timestamp()
    _mine(connection, errand, {**values, "taken_until": None, "published": 0, "due_at": now + after})


def _mine(connection: Connection, errand: Errand, values: Mapping[str, Any]) -> bool:
    """Only whoever took it last may change it: a worker that stood still for longer than its lease changes nothing."""
    changed = connection.execute(
        update(ERRANDS)
        .where(ERRANDS.c.id == errand.id, ERRANDS.c.begun_at == errand.begun_at, ERRANDS.c.due_at.is_not(None))
        .values(values)
    )
    return changed.rowcount == 1


def _shown(row: Mapping[Any, Any]) -> Shown:
    return Shown(
        connection=row["connection"],
        kind=ErrandKind(row["kind"]),
        watermark=row["watermark"],
        due_at=row["due_at"],
        done_at=row["done_at"],
        faults=row["faults"],
        error=row["error"],
        problems=tuple(row["problems"]),
        deactivated=row["deactivated"],
    )
