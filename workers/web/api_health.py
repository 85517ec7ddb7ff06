"""Each part's state, for people and for whoever watches over them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pydantic import BaseModel
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from events.connections import SourceConnection, SourceKind
from events.standing import standings
from pipeline.ports import Account
from pipeline.store import counts, life, notices
from pipeline.store.database import Database

_REDIS_TIMEOUT = 0.5
Json = dict[str, Any]
Ping = Callable[[], None]


class Part(BaseModel):
    ok: bool
    milliseconds: float | None = None
    error: str | None = None


class WorkerTold(BaseModel):
    id: str
    serves: list[str]
    started_at: datetime
    ticked_at: datetime
    alive: bool


class QueueTold(BaseModel):
    """`ok` false: rows are due, and for a minute no worker was there that serves the queue."""

    name: str
    due: int
    oldest: datetime | None
    workers: int
    ok: bool


class AccountTold(BaseModel):
    """`calls_used` and `polls_used` of the running minute; null while nobody can tell."""

    name: str
    title: str
    breaker: str
    open_until: datetime | None
    calls_per_minute: int
    calls_used: int | None
    polls_used: int | None


class SourceTold(BaseModel):
    """
    `last_event_at` is of webhooks; of a tool that sends none, of polls. Deliveries that were not genuine are `refused`.
    `last_poll_at` is when a poll last went well; `poll_error` is the last attempt's, of `poll_failures` in a row, and
    empty where that went well. `deactivated`: the webhook is switched off at the tool, as of `last_check_at`. `waiting`
    events could not be read at the tool, three times or more; `unreadable` ones make no sense to Quoteway. Null `kind`:
    no longer configured.
    """

    name: str
    configured: bool
    kind: str | None
    last_event_at: datetime | None
    refused: int
    last_refused_at: datetime | None
    last_poll_at: datetime | None
    next_poll_at: datetime | None
    poll_failures: int
    poll_error: str
    last_check_at: datetime | None
    deactivated: bool
    waiting: int
    unreadable: int
    problems: list[str]


class ChannelTold(BaseModel):
    channel: str
    waiting: int
    waiting_since: datetime | None
    given_up: int
    last_delivered_at: datetime | None
    error: str


class Health(BaseModel):
    """
    `status` is ok or failed, and `problems` says in sentences why.

    `stuck_events` and `stuck_orders` fail by a fault of ours each time they are tried; the log says which. Events that
    a tool has to be asked about are in its source's `waiting`.
    """

    status: str
    problems: list[str]
    database: Part
    redis: Part
    workers: list[WorkerTold] = []
    queues: list[QueueTold] = []
    accounts: list[AccountTold] = []
    sources: list[SourceTold] = []
    notices: list[ChannelTold] = []
    stuck_events: int = 0
    stuck_orders: int = 0


def redis_ping(url: str) -> Ping:
    """Asks the server for a sign of life, and waits for it only for a moment. Connects anew each time."""
    address = url.replace("redis+socket://", "unix://", 1)
    connect = {} if address.startswith("unix:") else {"socket_connect_timeout": _REDIS_TIMEOUT}

    def ping() -> None:
        with Redis.from_url(address, socket_timeout=_REDIS_TIMEOUT, retry=Retry(NoBackoff(), 0), **connect) as client:
            client.ping()

    return ping


def health(
    database: Database, ping: Ping, accounts: Mapping[str, Account], configured: Mapping[str, SourceConnection]
) -> Json:
    """Everything that can be told now, whatever is away. Never raises for that."""
    redis = _timed(ping, RedisError)
    told: Json = {}

    def read() -> None:
        with database.transaction() as connection:
            told.update(_read(connection, configured))

    stored = _timed(read, SQLAlchemyError)
    told["accounts"] = _accounts(accounts)
    problems = [*_parts(stored, redis), *_problems(told)]
    status = "failed" if problems else "ok"
    return {"status": status, "problems": problems, "database": stored, "redis": redis, **told}


def _timed(check: Callable[[], None], fault: type[Exception]) -> Json:
    started = time.monotonic()
    try:
        check()
    except fault as error:
        return {"ok": False, "error": type(error).__name__}
    return {"ok": True, "milliseconds": round((time.monotonic() - started) * 1000, 1)}


def _read(connection: Connection, configured: Mapping[str, SourceConnection]) -> Json:
    now = counts.now(connection)
    sources = standings(connection, configured)
    tools = {source.name for source in sources if source.kind not in (None, SourceKind.GENERIC)}
    return {
        "workers": [asdict(worker) for worker in life.workers(connection)],
        "queues": [{**asdict(queue), "ok": not queue.neglected(now)} for queue in counts.queues(connection)],
        "sources": [{**asdict(source), "configured": source.configured} for source in sources],
        "stuck_events": sum(many for name, many in counts.stuck_events(connection).items() if name not in tools),
        "stuck_orders": counts.stuck_orders(connection),
        "notices": [asdict(channel) for channel in notices.health(connection)],
    }


def _accounts(accounts: Mapping[str, Account]) -> Sequence[Json]:
    """Of an account whose breaker cannot be read, for the database is away, nothing is told."""
    told = []
    for account in accounts.values():
        try:
            told.append({"name": account.name, "title": account.title, **asdict(account.health())})
        except SQLAlchemyError:
            continue
    return told


def _parts(database: Json, redis: Json) -> Iterable[str]:
    if not database["ok"]:
        yield "The database does not answer: nothing goes on until it does."
    if not redis["ok"]:
        yield "Redis does not answer: events still come in, but no stage runs until it does."


def _problems(told: Json) -> Iterable[str]:
    for queue in told.get("queues", ()):
        if not queue["ok"]:
            yield f"{queue['due']} rows are due on the queue {queue['name']}, and no worker has served it for a minute."
    if stuck := told.get("stuck_events"):
        yield f"{stuck} accepted events cannot be read, by a fault of Quoteway: see the log. They are tried again."
    if stuck := told.get("stuck_orders"):
        yield f"{stuck} orders are handed out again and again, and no worker finishes a stage: see the workers' logs."
    for source in told.get("sources", ()):
        yield from (f"{source['name']}: {problem}" for problem in source["problems"])
    for account in told["accounts"]:
        if account["breaker"] == "open":
            yield f"Calls to {account['title']} are stopped until {account['open_until']}, because they kept failing."
