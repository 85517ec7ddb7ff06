"""What every account over HTTP shares in one process, and the two ways in which one proves who it is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, ClassVar

import httpx
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from pipeline.domain.errors import PortError, Unauthorized, Unreadable
from pipeline.marketplaces.accounts import AccountConfig
from pipeline.marketplaces.credentials import FixedKey, Keeper, TokenKeeper
from pipeline.marketplaces.deadline import Watch, boottime, watching
from pipeline.marketplaces.gate import Gate
from pipeline.marketplaces.http import AccountHttp, Caller, exchange
from pipeline.marketplaces.kept_pages import KeptPages
from pipeline.marketplaces.meaning import read_failure
from pipeline.marketplaces.reply import Ask, Reply
from pipeline.marketplaces.transport import Connections
from pipeline.ports import AccountHealth, Breaker, Budget, Marketplace, Purpose, Record, Tokens


class HttpAccount(ABC):
    """
    The Account port. Opens nothing before its first call; after a fork each process makes its own connections.

    A marketplace's account names its `TITLE`, says what it is let in by (`TokenAccount`, `KeyAccount`) and makes its
    adapter. `headers` are the account's own, the same in every call; what belongs to an order goes into the `Ask`.
    `pages` are for an adapter that `ListsWaiting`.
    """

    TITLE: ClassVar[str]
    credentials: ClassVar[tuple[str, ...]]
    """The settings to check when they are refused."""
    address: ClassVar[str] = ""
    """Of the API, where it is the same for everybody; empty: `base_url` has to be set."""
    needs: ClassVar[tuple[str, ...]]
    """The settings that an account cannot do without."""
    unused: ClassVar[tuple[str, ...]]
    """The settings that mean nothing here."""
    calls_per_minute: ClassVar[int] = 1000
    """What the marketplace permits everybody; Pax8's limit where nothing is published."""

    def __init__(
        self,
        config: AccountConfig,
        tokens: Tokens,
        budget: Budget,
        breaker: Breaker,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = boottime,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """
        `transport` takes the place of the network, for tests. `clock` is that of `send_before`. Raises BadOptions for
        options that can't be meant.
        """
        self.config = config = self.configure(config)
        self.pages = KeptPages()
        self._connections = Connections(transport, most=config.connections)
        self._gate = Gate(config.name, self.TITLE, config.calls_per_minute, budget, breaker)
        self._http = AccountHttp(
            self.TITLE,
            config.base_url,
            self._connections,
            self._keeper(tokens, now),
            self._gate,
            " and ".join(config.setting(name) for name in self.credentials),
            clock,
            self.headers(),
        )

    @property
    def name(self) -> str:
        return self.config.name

    @property
    def title(self) -> str:
        return self.TITLE

    def open(self, purpose: Purpose, record: Record) -> Marketplace:
        return self.adapter(Caller(self._http, purpose, record))

    def health(self) -> AccountHealth:
        return replace(self._gate.health(), clock_apart=self._http.clock_apart)

    def close(self) -> None:
        """Closes idle connections. The account may be used on, with new ones."""
        self._connections.close()

    @abstractmethod
    def adapter(self, caller: Caller) -> Marketplace:
        """The account for one order's stage."""

    def configure(self, config: AccountConfig) -> AccountConfig:
        """
        Reads the account's own options, before anything else is made of it. Returns the config to go by. Raises
        BadOptions.
        """
        return config

    def headers(self) -> tuple[tuple[str, str], ...]:
        return ()

    @abstractmethod
    def _keeper(self, tokens: Tokens, now: Callable[[], datetime]) -> Keeper: ...


class KeyAccount(HttpAccount):
    """Let in by a key that does not change: `api_key`, as a bearer."""

    credentials: ClassVar[tuple[str, ...]] = ("api_key",)
    needs: ClassVar[tuple[str, ...]] = ("api_key",)
    unused: ClassVar[tuple[str, ...]] = ("client_id", "client_secret", "token_url", "audience")

    def _keeper(self, tokens: Tokens, now: Callable[[], datetime]) -> Keeper:
        del tokens, now
        key, setting = self.config.api_key, self.config.setting("api_key")
        return FixedKey(key.get_secret_value(), f"{self.TITLE} refused our key: check {setting}.")


class _TokenShape(BaseModel):
    """RFC 6749, 5.1. Without a life it is taken to be good for an hour."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    access_token: str
    expires_in: Annotated[Decimal, Field(gt=0, lt=10_000_000)] = Decimal(3600)


_TOKEN = TypeAdapter(_TokenShape)


class TokenAccount(HttpAccount):
    """Let in by an access token, asked for with client id and secret, that all workers share."""

    credentials: ClassVar[tuple[str, ...]] = ("client_id", "client_secret")
    needs: ClassVar[tuple[str, ...]] = ("client_id", "client_secret")
    unused: ClassVar[tuple[str, ...]] = ("audience", "api_key", "tenant")

    @abstractmethod
    def token_ask(self) -> Ask:
        """The request for a token, to `token_url`; what is secret in it is hidden."""

    @property
    def token_url(self) -> str:
        return self.config.token_url or f"{self.config.base_url.rstrip('/')}/token"

    def _keeper(self, tokens: Tokens, now: Callable[[], datetime]) -> Keeper:
        return TokenKeeper(self.config.name, tokens, self._fetch_token, now)

    def _fetch_token(self) -> tuple[str, timedelta]:
        """A new token and its life. Not counted as a call, nor kept in a journal: it holds nothing but secrets."""
        reply = self._asked_for_token()
        if reply.status in (400, 401, 403):
            raise Unauthorized(self._refused(reply), request_id=reply.request_id)
        failure = read_failure(self.TITLE, "POST for a token", reply)
        if failure is not None:
            raise failure
        try:
            shape = _TOKEN.validate_python(reply.content())
        except (ValidationError, ValueError):
            setting = self.config.setting("token_url")
            raise Unreadable(
                f"What {setting} points to answered without a token.", request_id=reply.request_id
            ) from None
        return shape.access_token, timedelta(seconds=float(shape.expires_in))

    def _asked_for_token(self) -> Reply:
        seconds = self.config.timeouts.token.total_seconds()
        with watching(Watch(seconds)):
            try:
                return exchange(self._connections.pooled(), self.token_url, self.token_ask(), seconds)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                failure = read_failure(self.TITLE, "the request for a token", error)
                raise (failure or PortError(f"{self.TITLE} gave no token.")) from None

    def _refused(self, reply: Reply) -> str:
        words = f" It says: {'; '.join(reply.words())}." if reply.words() else ""
        names = [self.config.setting(name) for name in self.credentials]
        listed = f"{', '.join(names[:-1])} and {names[-1]}"
        return f"{self.TITLE} refused our credentials (HTTP {reply.status}): check {listed}.{words}"
