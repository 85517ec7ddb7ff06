"""
Calls to one account: what stands before them, what is kept of them, and what their answers mean.

`AccountHttp` lives as long as its process; a `Caller` is its use by one order's stage.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import httpx

from pipeline.domain.errors import Unauthorized, Unreadable
from pipeline.marketplaces.credentials import Keeper
from pipeline.marketplaces.deadline import Watch, boottime, watching
from pipeline.marketplaces.gate import Gate
from pipeline.marketplaces.meaning import Attempt, read_failure, why
from pipeline.marketplaces.redaction import beginning, cut, redacted, redacted_bytes
from pipeline.marketplaces.reply import Ask, FarTime, Reply
from pipeline.marketplaces.transport import Connections
from pipeline.ports import Exchange, Purpose, Record, Token

_BROKEN_IDLE = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)


def exchange(
    transport: httpx.BaseTransport, base_url: str, ask: Ask, seconds: float, authorization: str | None = None
) -> Reply:
    """One request, answered and read to its end. Raises httpx.HTTPError; knows no redirect, cookie or retry."""
    headers = [("accept", "application/json"), ("accept-encoding", "gzip"), ("user-agent", "quoteway")]
    if authorization is not None:
        headers.append(("authorization", authorization))
    if ask.body is not None:
        headers.append(("content-type", ask.content_type))
    headers += ask.headers
    steps = {"connect": seconds, "read": seconds, "write": seconds, "pool": seconds}
    began = time.monotonic()
    request = httpx.Request(
        ask.method, base_url + ask.target, headers=headers, content=ask.body, extensions={"timeout": steps}
    )
    response = transport.handle_request(request)
    try:
        body = response.read()
    finally:
        with suppress(Exception):
            response.close()
    milliseconds = round((time.monotonic() - began) * 1000)
    return Reply(response.status_code, response.headers, body, milliseconds, ask.hidden)


def journaled(ask: Ask, reply: Reply) -> Exchange:
    """What the journal may keep of an answered request."""
    received: str | None = None
    if reply.body:
        try:
            received = redacted(reply.content(), reply.hidden)
        except ValueError:
            received = cut(beginning(reply.body, reply.hidden))
    sent = redacted_bytes(ask.body, ask.hidden)
    return Exchange(
        ask.method,
        ask.shown,
        reply.milliseconds,
        status=reply.status,
        sent=sent,
        received=received,
        request_id=reply.request_id,
    )


class AccountHttp:
    """One account's connections, token and gate in this process. Thread-safe."""

    def __init__(
        self,
        title: str,
        base_url: str,
        connections: Connections,
        keeper: Keeper,
        gate: Gate,
        credentials: str,
        clock: Callable[[], float] = boottime,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """`credentials` names the settings to check when they are refused; `headers` are those of every call."""
        self.title = title
        self.gate = gate
        self.keeper = keeper
        self._base_url = base_url.rstrip("/")
        self._connections = connections
        self._credentials = credentials
        self._clock = clock
        self._headers = headers
        self._far_time: FarTime | None = None

    @property
    def clock_apart(self) -> timedelta | None:
        """How far the far clock is ahead of ours by the last read; None before there is one, or where it told none."""
        return self._far_time.apart() if self._far_time is not None else None

    def call(
        self, ask: Ask, seconds: float, purpose: Purpose, record: Record, also: frozenset[int] = frozenset()
    ) -> Reply:
        """
        A call that may be made again: a good answer, one of a status in `also`, or a PortError. One 401 renews the
        token and asks once more.
        """
        self.gate.enter(purpose)
        token = self.keeper.current()
        reply = self._answered(ask, seconds, token, record)
        if reply.status == 401:
            self.gate.enter(purpose)
            reply = self._answered(ask, seconds, self.keeper.renew(token), record)
        failure = None if reply.status in also else read_failure(self.title, f"{ask.method} {ask.shown}", reply)
        if isinstance(failure, Unauthorized):
            sentence = f"{failure.sentence} The token was fresh: check {self._credentials}."
            raise Unauthorized(sentence, request_id=failure.request_id)
        if failure is not None:
            raise failure
        return reply

    def once(self, ask: Ask, seconds: float, token: Token, send_before: float) -> tuple[Attempt, int]:
        """A write: one request on a connection of its own, and the milliseconds it took. Never raises."""
        watch = Watch(seconds, send_before=send_before, clock=self._clock)
        began = time.monotonic()
        reply, error = None, None
        try:
            with watching(watch), self._connections.fresh() as transport:
                reply = exchange(transport, self._base_url, self._ours(ask), seconds, f"Bearer {token.value}")
        except Exception as caught:  # noqa: BLE001 - whatever it was, what was written is what counts
            error = caught
        attempt = Attempt(watch.wrote, reply, None if reply is not None else error)
        return attempt, round((time.monotonic() - began) * 1000)

    def _ours(self, ask: Ask) -> Ask:
        """With the account's headers; the request's own come last."""
        return replace(ask, headers=(*self._headers, *ask.headers)) if self._headers else ask

    def _answered(self, ask: Ask, seconds: float, token: Token, record: Record) -> Reply:
        began = time.monotonic()
        try:
            reply = self._read(ask, seconds, token)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            self.gate.report(error)
            took = round((time.monotonic() - began) * 1000)
            sent = redacted_bytes(ask.body, ask.hidden)
            record(Exchange(ask.method, ask.shown, took, error=why(error), sent=sent))
            failure = read_failure(self.title, f"{ask.method} {ask.shown}", error)
            raise failure or Unreadable(f"{self.title} did not answer.") from error
        self.gate.report(reply)
        self._far_time = reply.far_time()
        record(journaled(ask, reply))
        return reply

    def _read(self, ask: Ask, seconds: float, token: Token) -> Reply:
        """Once more where a connection that had been idle broke before a byte of the answer: its end had gone."""
        watch = Watch(seconds, clock=self._clock)
        transport = self._connections.pooled()
        ask, bearer = self._ours(ask), f"Bearer {token.value}"
        with watching(watch):
            try:
                return exchange(transport, self._base_url, ask, seconds, bearer)
            except _BROKEN_IDLE:
                if not (ask.repeatable and watch.reused and not watch.received and watch.left() > 0):
                    raise
                return exchange(transport, self._base_url, ask, watch.left(), bearer)


class Caller:
    """An account as one order's stage uses it: with its purpose, its journal, and a call in hand or not."""

    def __init__(self, http: AccountHttp, purpose: Purpose, record: Record) -> None:
        self._http = http
        self._purpose = purpose
        self._record = record
        self._ready: Token | None = None

    def call(self, ask: Ask, timeout: timedelta, also: frozenset[int] = frozenset()) -> Reply:
        """A call that may be made again. Raises PortError, but for a status in `also`, which is returned."""
        return self._http.call(ask, timeout.total_seconds(), self._purpose, self._record, also)

    def get_ready(self) -> None:
        """
        Takes the call and the token that the next write uses: a write is no poll, whatever comes with it. Raises
        PortError; nothing more when it is ready.
        """
        if self._ready is None:
            token = self._http.keeper.current()
            self._http.gate.enter(Purpose.WORK)
            self._ready = token

    def write(self, ask: Ask, timeout: timedelta, send_before: float) -> Attempt:
        """A write, once. Never raises."""
        try:
            self.get_ready()
        except Exception as error:  # noqa: BLE001 - nothing has been sent yet, and that is the answer
            return Attempt(wrote=False, error=error)
        token, self._ready = self._ready, None
        assert token is not None  # noqa: S101 - get_ready says so
        attempt, took = self._http.once(ask, timeout.total_seconds(), token, send_before)
        for after in (self._keep, self._report, self._renew):
            # What was written is settled: no trouble with the journal or a store may change that answer.
            with suppress(Exception):
                after(ask, attempt, took, token)
        return attempt

    def _keep(self, ask: Ask, attempt: Attempt, took: int, _token: Token) -> None:
        if attempt.reply is not None:
            self._record(journaled(ask, attempt.reply))
            return
        sent = redacted_bytes(ask.body, ask.hidden) if attempt.wrote else None
        self._record(Exchange(ask.method, ask.shown, took, error=why(attempt.error), sent=sent))

    def _report(self, _ask: Ask, attempt: Attempt, _took: int, _token: Token) -> None:
        if (result := attempt.reply or attempt.error) is not None:
            self._http.gate.report(result)

    def _renew(self, _ask: Ask, attempt: Attempt, _took: int, token: Token) -> None:
        if attempt.reply is not None and attempt.reply.status == 401:
            self._http.keeper.renew(token)
