"""An account's connections: httpx transports over watched sockets, made when first needed and once per process."""

from __future__ import annotations

import os
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpcore
import httpx

from pipeline.marketplaces.deadline import watch
from pipeline.marketplaces.network import WatchedNetwork

MOST_BYTES = 64 * 1024 * 1024
_KEEP_IDLE = 20.0

_ERRORS: dict[type[Exception], type[httpx.TransportError]] = {
    httpcore.ConnectTimeout: httpx.ConnectTimeout,
    httpcore.ReadTimeout: httpx.ReadTimeout,
    httpcore.WriteTimeout: httpx.WriteTimeout,
    httpcore.PoolTimeout: httpx.PoolTimeout,
    httpcore.TimeoutException: httpx.TimeoutException,
    httpcore.ConnectError: httpx.ConnectError,
    httpcore.ReadError: httpx.ReadError,
    httpcore.WriteError: httpx.WriteError,
    httpcore.NetworkError: httpx.NetworkError,
    httpcore.LocalProtocolError: httpx.LocalProtocolError,
    httpcore.RemoteProtocolError: httpx.RemoteProtocolError,
    httpcore.ProtocolError: httpx.ProtocolError,
    httpcore.ProxyError: httpx.ProxyError,
    httpcore.UnsupportedProtocol: httpx.UnsupportedProtocol,
    httpcore.ConnectionNotAvailable: httpx.NetworkError,
}
_FOREIGN = tuple(_ERRORS)


def as_httpx(error: Exception) -> httpx.TransportError:
    """httpcore's error in httpx's words."""
    for kind in type(error).__mro__:
        if known := _ERRORS.get(kind):
            return known(str(error))
    return httpx.TransportError(str(error))


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        try:
            for part in self._response.iter_stream():
                size += len(part)
                if size > MOST_BYTES:
                    raise httpx.ReadError(f"the answer is longer than {MOST_BYTES} bytes")
                yield part
        except _FOREIGN as error:
            raise as_httpx(error) from error

    def close(self) -> None:
        self._response.close()


class WatchedTransport(httpx.BaseTransport):
    """HTTP/1.1 without proxies, redirects or retries. Time-outs are the Watch's."""

    def __init__(self, trusted: ssl.SSLContext | None, *, connections: int, idle: int) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=trusted,
            max_connections=connections,
            max_keepalive_connections=idle,
            keepalive_expiry=_KEEP_IDLE,
            network_backend=WatchedNetwork(),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        asked = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        try:
            answered = self._pool.handle_request(asked)
        except _FOREIGN as error:
            raise as_httpx(error) from error
        return httpx.Response(answered.status, headers=answered.headers, stream=_Body(answered))

    def close(self) -> None:
        self._pool.close()


class _GivenTransport(httpx.BaseTransport):
    """A transport without sockets of ours, such as a simulator's: all it does counts as one write and one read."""

    def __init__(self, transport: httpx.BaseTransport) -> None:
        self._transport = transport

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        exchange = watch()
        if exchange is None:
            return self._transport.handle_request(request)
        exchange.before_write()
        try:
            return self._transport.handle_request(request)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            exchange.wrote = False
            raise


class Connections:
    """The connections of one account in this process; after a fork the child makes its own. Thread-safe."""

    def __init__(self, given: httpx.BaseTransport | None = None, *, most: int = 32) -> None:
        self._given = _GivenTransport(given) if given is not None else None
        self._most = most
        self._lock = threading.Lock()
        self._pid = 0
        self._pool: httpx.BaseTransport | None = None
        self._trusted: ssl.SSLContext | None = None

    def pooled(self) -> httpx.BaseTransport:
        """The pool that reads share."""
        if self._given is not None:
            return self._given
        if self._pool is None or self._pid != os.getpid():
            with self._lock:
                if self._pool is None or self._pid != os.getpid():
                    self._trusted = httpx.create_ssl_context(trust_env=False)
                    self._pool = WatchedTransport(self._trusted, connections=self._most, idle=self._most)
                    self._pid = os.getpid()
        return self._pool

    @contextmanager
    def fresh(self) -> Iterator[httpx.BaseTransport]:
        """A connection of its own, for one request, closed after it whatever happened. Opens nothing by itself."""
        if self._given is not None:
            yield self._given
            return
        self.pooled()
        transport = WatchedTransport(self._trusted, connections=1, idle=0)
        try:
            yield transport
        finally:
            with suppress(Exception):
                transport.close()

    def close(self) -> None:
        """Closes the idle ones. Whoever calls again gets new ones."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None and self._pid == os.getpid():
            pool.close()
