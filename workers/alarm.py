"""Waiting for the next tick, or for the database to say that something has become due."""

from __future__ import annotations

import selectors
import socket
import time
from types import TracebackType
from typing import Self

import psycopg
import structlog
from sqlalchemy import Engine

from pipeline.store.due import CHANNEL

_LOG = structlog.get_logger(__name__)
_RECONNECT = 5.0


class Alarm:
    """
    Listens on a connection of its own. Without one (the database is away) it is a plain wait; it listens again later.

    `ring` wakes the waiter from another thread.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None
        self._bell, self._waiter = socket.socketpair()
        self._try_at = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hang_up()
        self._bell.close()
        self._waiter.close()

    def ring(self) -> None:
        try:
            self._bell.send(b"!")
        except OSError:
            return

    def wait(self, seconds: float) -> None:
        """Returns when the time is up, a change was told of, or somebody rang."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._waiter, selectors.EVENT_READ)
            listening = self._listen()
            if listening is not None:
                selector.register(listening.fileno(), selectors.EVENT_READ)
            ready = selector.select(seconds)
        if any(key.fileobj is self._waiter for key, _ in ready):
            self._waiter.recv(64)
        if listening is not None and any(key.fd == listening.fileno() for key, _ in ready):
            self._drain(listening)

    def _listen(self) -> psycopg.Connection[tuple[object, ...]] | None:
        if self._connection is None and time.monotonic() >= self._try_at:
            self._try_at = time.monotonic() + _RECONNECT
            try:
                url = self._engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
                self._connection = psycopg.connect(url, autocommit=True, connect_timeout=5)
                self._connection.execute(f"LISTEN {CHANNEL}")
            except psycopg.Error as error:
                _LOG.info("alarm.not_listening", error=type(error).__name__)
                self._hang_up()
        return self._connection

    def _drain(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        try:
            for _ in connection.notifies(timeout=0):
                pass
        except psycopg.Error:
            self._hang_up()

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
