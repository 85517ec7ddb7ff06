"""The token that a process calls with: cached, refreshed early and by one worker only, renewed after a 401."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from pipeline.domain.errors import Unauthorized
from pipeline.ports import Token, Tokens

EARLY = timedelta(minutes=5)


class Keeper(Protocol):
    """Who has what a call proves itself by."""

    def current(self) -> Token: ...

    def renew(self, refused: Token) -> Token:
        """Something later than what was refused. Raises Unauthorized where there is nothing later."""
        ...


class FixedKey:
    """A key that somebody has set, and that only they can change."""

    def __init__(self, key: str, refused: str) -> None:
        """`refused` is the sentence for when it is not accepted."""
        self._token = Token(key, datetime.max.replace(tzinfo=UTC), 1)
        self._refused = refused

    def current(self) -> Token:
        return self._token

    def renew(self, refused: Token) -> Token:  # noqa: ARG002
        raise Unauthorized(self._refused)


Fetch = Callable[[], tuple[str, timedelta]]


class TokenKeeper:
    """One account's token in this process. Its text is in no repr. Thread-safe."""

    def __init__(
        self, account: str, tokens: Tokens, fetch: Fetch, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._account = account
        self._tokens = tokens
        self._fetch = fetch
        self._now = now
        self._lock = threading.Lock()
        self._held: tuple[Token, datetime] | None = None

    def current(self) -> Token:
        """A token that is not about to expire. Raises what fetching one raises."""
        held = self._held
        if held is not None and self._now() < held[1]:
            return held[0]
        with self._lock:
            if self._held is not None and self._now() < self._held[1]:
                return self._held[0]
            kept = self._tokens.current(self._account)
            if kept is None:
                kept = self._tokens.refresh(self._account, self._generation(), self._fetch)
            return self._hold(kept)

    def renew(self, refused: Token) -> Token:
        """A later token than the one that was refused; who comes second takes what the first one fetched."""
        with self._lock:
            if self._held is not None and self._held[0].generation > refused.generation:
                return self._held[0]
            self._held = None
            return self._hold(self._tokens.refresh(self._account, refused.generation, self._fetch))

    def _generation(self) -> int | None:
        return self._held[0].generation if self._held is not None else None

    def _hold(self, token: Token) -> Token:
        """Keeps it until a little before its end; one of a short life for half of what is left."""
        now = self._now()
        left = max(token.expires_at - now, timedelta())
        self._held = (token, token.expires_at - min(EARLY, left / 2))
        return token
