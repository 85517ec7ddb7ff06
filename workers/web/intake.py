"""
The doors that events come in by: genuine, parsed, stored once, answered. No request here speaks to Redis.

Answers are those of the contract's table. Whatever keeps a message from being stored is answered 429, never 5xx: some
senders don't come again after one.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import cast

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import ClientDisconnect

from events.connections import SourceConnection, SourceKind
from events.inbox import Answer, Received, delivery_of, receive
from events.sources.generic import schema
from events.sources.signature import Verifier
from events.sources.tool import Genuine, Post, Pushes, Tool
from events.taking import MOST_UNVERIFIED, Taken, take_in
from pipeline.store import events as store
from pipeline.store.database import Database
from workers.web.answers import HangUp, log_fault, problem

LARGEST = 1024 * 1024
_NOTE_EVERY = 5.0
_COUNT_AFTER = 1.0
_log = structlog.get_logger("quoteway.intake")


@dataclass(frozen=True, slots=True)
class Bounds:
    """
    What one process takes. `per_minute` genuine messages of each connection, and `unproven_per_minute` whose key is not
    at hand; `waiting` messages at once, of which `threads` are being stored; `patience` is how many seconds the
    database has for one. `unverified` messages of one connection may wait for their key, whichever process took them.
    """

    per_minute: int = 12_000
    unproven_per_minute: int = 60
    threads: int = 8
    waiting: int = 256
    patience: float = 4.0
    unverified: int = MOST_UNVERIFIED


class Intake:
    """
    What the door needs, for the life of a process.

    Threads do the work, so that neither a large message nor a slow database holds up the answers of others.
    """

    def __init__(
        self,
        database: Database,
        connections: Mapping[str, SourceConnection],
        bounds: Bounds = Bounds(),
        tools: Mapping[str, Tool] | None = None,
    ) -> None:
        self._database = database
        self._bounds = bounds
        self._tools = {name: tool for name, tool in (tools or {}).items() if isinstance(tool, Pushes)}
        self._connections = {name: each for name, each in connections.items() if each.kind is SourceKind.GENERIC}
        self._verifiers = {name: Verifier(each.secrets) for name, each in self._connections.items()}
        self._limits = {
            Genuine.YES: RateLimitItemPerMinute(bounds.per_minute),
            Genuine.UNKNOWN: RateLimitItemPerMinute(bounds.unproven_per_minute),
        }
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._threads = ThreadPoolExecutor(bounds.threads, thread_name_prefix="intake")
        self._waiting = 0
        self._noted: dict[str, float] = {}
        self._refused: Counter[str] = Counter()
        self._counting: asyncio.Task[None] | None = None

    @property
    def bounds(self) -> Bounds:
        return self._bounds

    def has(self, name: str) -> bool:
        """A tool that is only polled has no door."""
        return name in self._connections or name in self._tools

    async def answer(self, name: str, post: Post) -> Response:
        """What the sender is told; committed by then. A database that takes too long is as good as away."""
        if self._waiting >= self._bounds.waiting:
            return _later(1, "Too many messages wait to be stored; send it again.")
        self._waiting += 1
        work = asyncio.get_running_loop().run_in_executor(self._threads, self._take, name, post)
        work.add_done_callback(self._done)
        try:
            answer = await asyncio.wait_for(asyncio.shield(work), self._bounds.patience)
        except (TimeoutError, SQLAlchemyError) as error:
            _log.warning("intake.database_away", connection=name, error=type(error).__name__)
            return _later(5, "The message could not be stored just now; send it again.")
        except Exception as fault:  # noqa: BLE001  told as 429, so that the sender comes again after the fix
            log_fault("intake.fault", fault, connection=name)
            return _later(60, "The message could not be stored; send it again.")
        if answer is None:
            self._count(name)
            return problem(401, "The signature, its timestamp or the secret is wrong.")
        return answer

    def close(self) -> None:
        """Writes what was counted and lets the threads end."""
        self._write_counts()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _take(self, name: str, post: Post) -> Response | None:
        if (tool := self._tools.get(name)) is not None:
            return self._take_from(name, tool, post)
        if not self._verifiers[name].genuine(post.headers, post.body):
            return None
        if (later := self._over_limit(name, Genuine.YES)) is not None:
            return later
        delivery = delivery_of(post.headers, post.body, self._connections[name])
        return _told(receive(self._database, delivery, note_connection=self._to_note(name)))

    def _take_from(self, name: str, tool: Pushes, post: Post) -> Response | None:
        """A named tool's. One that nobody has verified yet is stored too, within bounds of its own."""
        genuine = tool.genuine(post)
        if genuine is Genuine.NO:
            return None
        if (later := self._over_limit(name, genuine)) is not None:
            return later
        taken = take_in(
            self._database,
            name,
            tool,
            post,
            genuine,
            note_connection=self._to_note(name),
            most_unverified=self._bounds.unverified,
        )
        return None if taken is None else _stored(taken)

    def _over_limit(self, name: str, genuine: Genuine) -> Response | None:
        """Counts the message. What is not proven uses up nothing of what genuine senders have."""
        limit = self._limits[genuine]
        if self._limiter.hit(limit, name, genuine):
            return None
        resets = self._limiter.get_window_stats(limit, name, genuine).reset_time
        return _later(max(1, round(resets - time.time())), "This connection sends too fast; send it again later.")

    def _to_note(self, name: str) -> bool:
        now = time.monotonic()
        if now - self._noted.get(name, -_NOTE_EVERY) < _NOTE_EVERY:
            return False
        self._noted[name] = now
        return True

    def _done(self, work: asyncio.Future[Response | None]) -> None:
        self._waiting -= 1
        if not work.cancelled():
            work.exception()  # looked at, so that one which came after the sender's answer is not reported as lost

    def _count(self, name: str) -> None:
        """Counts a refusal. Written at most once a second, however many come."""
        self._refused[name] += 1
        if self._counting is None or self._counting.done():
            self._counting = asyncio.create_task(self._count_soon())

    async def _count_soon(self) -> None:
        await asyncio.sleep(_COUNT_AFTER)
        await asyncio.get_running_loop().run_in_executor(self._threads, self._write_counts)

    def _write_counts(self) -> None:
        counts, self._refused = self._refused, Counter()
        if not counts:
            return
        try:
            with self._database.transaction() as connection:
                store.count_refused(connection, counts)
        except SQLAlchemyError:
            self._refused.update(counts)


router = APIRouter(include_in_schema=False)


@router.get("/in/schema/quote.accepted.json")
async def accepted_schema() -> Response:
    """The JSON Schema of the generic intake's message."""
    return Response(schema(), media_type="application/schema+json")


@router.get("/in/{connection}")
async def look(connection: str, request: Request) -> Response:
    """Nothing is to be read at a door, but `quoteway source test` can tell one that is there from none."""
    if not cast("Intake", request.app.state.intake).has(connection):
        return problem(404, "There is no such connection.")
    return problem(405, "Messages are sent here by POST.", headers={"allow": "POST"})


@router.post("/in/{connection}")
async def deliver(connection: str, request: Request) -> Response:
    """One delivery."""
    intake = cast("Intake", request.app.state.intake)
    if not intake.has(connection):
        return _early(404, "There is no such connection.")
    try:
        body = await read_body(request)
    except ClientDisconnect:
        return Response(status_code=499)
    if body is None:
        return _early(413, f"The body is larger than {LARGEST} bytes.")
    return await intake.answer(connection, Post(_headers(request), request.url.query, body))


def _headers(request: Request) -> dict[str, str]:
    """The first of each name. Asked for one by one, thousands of them would hold up everybody's answers."""
    return dict(reversed(request.headers.items()))


async def read_body(request: Request, largest: int = LARGEST) -> bytes | None:
    """The body, or None as soon as it is known to be too large, whatever its length was said to be."""
    said = request.headers.get("content-length", "")
    if said.isascii() and said.isdigit() and int(said[:20]) > largest:
        return None
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > largest:
            return None
        parts.append(part)
    return b"".join(parts)


def _told(received: Received) -> Response:
    told = {"event_id": str(received.event_id)}
    if received.answer is Answer.UNREADABLE:
        return JSONResponse({"detail": list(received.errors), **told}, 422)
    return JSONResponse({**told, "status": received.answer.value}, 202)


def _stored(taken: Taken) -> Response:
    if taken.too_many:
        return _later(60, "Too many messages wait to be verified; send it again later.")
    told = {"event_ids": [str(each) for each in taken.event_ids]}
    return JSONResponse({**told, "status": "unreadable" if taken.unreadable else "stored"}, taken.status)


def _early(status: int, msg: str) -> Response:
    return HangUp({"detail": [{"loc": [], "msg": msg}]}, status)


def _later(seconds: int, msg: str) -> Response:
    return problem(429, msg, headers={"retry-after": str(seconds)})
