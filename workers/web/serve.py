"""The web process in the foreground, until SIGTERM or SIGINT."""

from __future__ import annotations

import socket

import uvicorn
from fastapi import FastAPI

from workers.supervision.errors import HostError

_GRACE_SECONDS = 10


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises HostError `web.address_taken`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named TCP in so many words: asyncio then sends at once, where it would else wait 40 ms for an acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)
        return listener
    except OSError as error:
        listener.close()
        raise HostError(
            "web.address_taken",
            f"The web process cannot listen on {host}:{port} ({error.strerror}): choose with QUOTEWAY_HOST, _PORT.",
        ) from error


def make_server(app: FastAPI) -> uvicorn.Server:
    """
    No access log: addresses and paths are nobody's business. A proxy on this machine may tell who its client is, so
    that nobody from outside looks as if from here.
    """
    return uvicorn.Server(
        uvicorn.Config(
            app,
            access_log=False,
            log_config=None,
            server_header=False,
            proxy_headers=True,
            forwarded_allow_ips="127.0.0.1,::1",
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
    )


def serve_web(app: FastAPI, host: str, port: int) -> None:
    """Serves until the process is told to end; requests that run are answered first. Raises HostError."""
    with listen(host, port) as listener:
        make_server(app).run(sockets=[listener])
