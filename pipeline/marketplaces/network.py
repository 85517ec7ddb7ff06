"""httpcore's sockets, with each connect, write and read cut off at the deadline of the exchange that it is part of."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore

from pipeline.marketplaces.deadline import Watch, watch

Timeout = type[httpcore.ConnectTimeout] | type[httpcore.ReadTimeout] | type[httpcore.WriteTimeout]


def _allowed(exchange: Watch | None, timeout: float | None, error: Timeout) -> float | None:
    """Seconds that one step may take. Raises `error` when the exchange's deadline has passed."""
    if exchange is None:
        return timeout
    left = exchange.left()
    if left <= 0:
        raise error("the deadline of the whole exchange passed")
    return left if timeout is None or left < timeout else timeout


class WatchedStream(httpcore.NetworkStream):
    """One connection. Plain and TLS bytes alike are a request's: the handshake happens below it."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream
        self._served: Watch | None = None

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        exchange = watch()
        data = self._stream.read(max_bytes, _allowed(exchange, timeout, httpcore.ReadTimeout))
        if exchange is not None and data:
            exchange.received = True
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if not buffer:
            return
        exchange = watch()
        if exchange is not None:
            if self._served is not exchange:
                exchange.reused = self._served is not None
                self._served = exchange
            allowed = _allowed(exchange, timeout, httpcore.WriteTimeout)
            exchange.before_write()
        else:
            allowed = timeout
        self._stream.write(buffer, allowed)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        allowed = _allowed(watch(), timeout, httpcore.ConnectTimeout)
        return WatchedStream(self._stream.start_tls(ssl_context, server_hostname, allowed))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class WatchedNetwork(httpcore.NetworkBackend):
    """
    Connects within the deadline, however many addresses a name has.

    The look-up of a name is the system's and can't be cut off; its time counts, and nothing has been sent by then.
    """

    def __init__(self) -> None:
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in _addresses(host, port):
            allowed = _allowed(watch(), timeout, httpcore.ConnectTimeout)
            try:
                stream = self._backend.connect_tcp(address, port, allowed, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return WatchedStream(stream)
        raise failure

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None
    ) -> httpcore.NetworkStream:
        allowed = _allowed(watch(), timeout, httpcore.ConnectTimeout)
        return WatchedStream(self._backend.connect_unix_socket(path, allowed, socket_options))

    def sleep(self, seconds: float) -> None:
        self._backend.sleep(seconds)


def _addresses(host: str, port: int) -> list[str]:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        return [host]
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpcore.ConnectError(str(error)) from error
    return list(dict.fromkeys(str(address[4][0]) for address in found))
