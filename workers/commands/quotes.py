"""`quoteway quote accept`: a quote taken in by hand, through the same inbox as a webhook's."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Connection, select

from events.connections import SourceConnection
from events.inbox import inject
from events.sources.document import Unreadable
from pipeline.store import events
from pipeline.store.events import EventStatus
from pipeline.store.tables import EVENTS, ORDERS
from workers.commands.exits import Exit, Refusal
from workers.commands.output import print_json, print_line
from workers.commands.reach import opened

if TYPE_CHECKING:
    from workers.bootstrap import Application

LARGEST = 1024 * 1024
_CLI = "cli"
_LOOK_EVERY = 0.1


def read_file(name: str) -> bytes:
    """A file's content; `-` is stdin. Raises Refusal."""
    try:
        body = sys.stdin.buffer.read(LARGEST + 1) if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise Refusal(f"{name} cannot be read: {error.strerror}.", Exit.NOT_FOUND) from error
    if len(body) > LARGEST:
        raise Refusal(f"{name} is over 1 MiB: no quote is.", Exit.BAD_INPUT)
    return body


def take(file: str, connection: str | None, wait: float, *, as_json: bool) -> Exit:
    """OK once it is stored; with `wait` the orders are named. NOT_SO when it was read and is no quote after all."""
    body = read_file(file)
    with opened() as application:
        source = _source(application, connection)
        try:
            event_id = inject(application.database, body, source)
        except Unreadable as wrong:
            raise unreadable(file, wrong) from wrong
        told = _outcome(application, event_id, wait)
    if as_json:
        print_json(told)
    else:
        _say(told)
    return Exit.NOT_SO if told["status"] == EventStatus.UNREADABLE else Exit.OK


def unreadable(file: str, wrong: Unreadable) -> Refusal:
    """A sentence for each thing that is wrong with a quote."""
    name = "stdin" if file == "-" else file
    lines = [" ".join([f"{name}:", *_where(one["loc"]), one["msg"]]) for one in wrong.errors]
    return Refusal("\n".join(lines), Exit.BAD_INPUT)


def _where(loc: Sequence[str | int]) -> list[str]:
    return [".".join(str(step) for step in loc)] if loc else []


def example(now: datetime) -> dict[str, Any]:
    """A quote that the simulated Pax8 sells, under an id of its own."""
    from workers.demo.cases import CASES

    document = CASES[0].document(now)
    quote = document["data"]["quote"]
    quote["id"] = quote["number"] = f"E-{now:%H%M%S}{now.microsecond // 1000:03d}"
    return document


def print_example() -> None:
    print_json(example(datetime.now(UTC)))


def _source(application: Application, name: str | None) -> SourceConnection:
    source = application.sources.get(name or _CLI)
    if source is None:
        known = ", ".join(sorted(application.sources))
        raise Refusal(f"There is no source connection {name}: there are {known}.", Exit.NOT_FOUND)
    return source


def _outcome(application: Application, event_id: UUID, wait: float) -> dict[str, Any]:
    """What came of it by now: read by a worker, or still waiting for one when the time is over."""
    deadline = time.monotonic() + wait
    while True:
        with application.database.transaction() as connection:
            event = events.read(connection, application.database, event_id)
            refs = _refs(connection, event_id) if event and event.status is EventStatus.READ else []
        status = event.status if event else EventStatus.UNREADABLE
        if status is not EventStatus.RECEIVED or time.monotonic() >= deadline:
            result = event.result if event else None
            return {"event_id": str(event_id), "status": status.value, "result": result, "orders": list(refs)}
        time.sleep(_LOOK_EVERY)


def _refs(connection: Connection, event_id: UUID) -> list[str]:
    """Of all orders of the event's quote, oldest first."""
    mine = select(ORDERS.c.ref).join(EVENTS, EVENTS.c.quote_pk == ORDERS.c.quote_pk).where(EVENTS.c.id == event_id)
    return list(connection.execute(mine.order_by(ORDERS.c.created_at, ORDERS.c.ref)).scalars())


def _say(told: dict[str, Any]) -> None:
    print_line(f"Event {told['event_id']}: {told['result'] or told['status']}.")
    for ref in told["orders"]:
        print_line(f"quoteway order show {ref}")
    if told["status"] == EventStatus.RECEIVED:
        print_line("It is stored, and a worker reads it as soon as one runs.")
