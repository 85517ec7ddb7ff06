"""The token that Pax8's quotes are read with."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from events.connections import ToolAccess
from events.sources.answered import amount, row, text
from events.sources.client import ToolClient
from events.sources.tool import ToolFault

_EARLY = 300.0
_UNTOLD = 3600.0
_FRESH = 60.0
_LIVES = 86_400.0


@dataclass(frozen=True, slots=True)
class _Token:
    text: str = field(repr=False)
    fetched: float
    until: float


class Login:
    """
    OAuth2 client credentials. One token in this process, fetched by one thread, renewed before it ends. Thread-safe.

    `client` calls the address of the token itself.
    """

    def __init__(
        self, client: ToolClient, access: ToolAccess, audience: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._access = access
        self._audience = audience
        self._clock = clock
        self._lock = threading.Lock()
        self._token: _Token | None = None

    def headers(self) -> dict[str, str]:
        """Raises ToolFault."""
        with self._lock:
            if self._token is None or self._clock() >= self._token.until:
                self._token = self._fetch()
            return {"authorization": f"Bearer {self._token.text}"}

    def refused(self) -> bool:
        """A call with the token was refused. True: it is worth another try with a new one."""
        with self._lock:
            if self._token is None or self._clock() - self._token.fetched < _FRESH:
                return False
            self._token = None
            return True

    def _fetch(self) -> _Token:
        answer = self._client.call(
            "POST",
            "",
            content={
                "client_id": self._access.client_id,
                "client_secret": self._access.client_secret.get_secret_value(),
                "audience": self._audience,
                "grant_type": "client_credentials",
            },
        )
        told = row(answer.content)
        token, now = text(told.get("access_token")), self._clock()
        if not token or not token.isascii() or not token.isprintable():
            raise ToolFault(f"{self._client.title} answered a request for a token without one.")
        lives = amount(told.get("expires_in"))
        left = min(float(lives), _LIVES) if lives is not None and lives > 0 else _UNTOLD
        return _Token(token, now, now + left - min(_EARLY, left / 2))
