"""A Pax8 account in one process: what its stages share, and how it gets its token."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
from pydantic import ValidationError

from pipeline.domain.errors import PortError, Unauthorized, Unreadable
from pipeline.marketplaces.accounts import AccountConfig
from pipeline.marketplaces.credentials import TokenKeeper
from pipeline.marketplaces.deadline import Watch, boottime, watching
from pipeline.marketplaces.gate import Gate
from pipeline.marketplaces.http import AccountHttp, Caller, exchange
from pipeline.marketplaces.meaning import read_failure
from pipeline.marketplaces.pax8.adapter import TITLE, Pax8
from pipeline.marketplaces.pax8.payload import encoded
from pipeline.marketplaces.pax8.shapes import TOKEN
from pipeline.marketplaces.reply import Ask, Reply
from pipeline.marketplaces.transport import Connections
from pipeline.ports import AccountHealth, Breaker, Budget, Marketplace, Purpose, Record, Tokens


class Pax8Account:
    """
    The Account port. Opens nothing before its first call; after a fork each process makes its own connections.

    `transport` takes the place of the network, for tests. `clock` is that of `send_before`.
    """

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
        self._config = config
        self._connections = Connections(transport, most=config.connections)
        self._gate = Gate(config.name, TITLE, config.calls_per_minute, budget, breaker)
        self._http = AccountHttp(
            TITLE,
            config.base_url,
            self._connections,
            TokenKeeper(config.name, tokens, self._fetch_token, now),
            self._gate,
            f"{config.setting('client_id')} and {config.setting('client_secret')}",
            clock,
        )

    @property
    def name(self) -> str:
        return self._config.name

    @property
    def title(self) -> str:
        return TITLE

    def open(self, purpose: Purpose, record: Record) -> Marketplace:
        return Pax8(self.name, Caller(self._http, purpose, record), self._config.timeouts)

    def health(self) -> AccountHealth:
        return self._gate.health()

    def close(self) -> None:
        """Closes idle connections. The account may be used on, with new ones."""
        self._connections.close()

    def _fetch_token(self) -> tuple[str, timedelta]:
        """A new token and its life. Not counted as a call, nor kept in a journal: it holds nothing but secrets."""
        reply = self._asked_for_token()
        if reply.status in (400, 401, 403):
            raise Unauthorized(self._refused(reply), request_id=reply.request_id)
        failure = read_failure(TITLE, "POST for a token", reply)
        if failure is not None:
            raise failure
        try:
            shape = TOKEN.validate_python(reply.content())
        except (ValidationError, ValueError):
            setting = self._config.setting("token_url")
            raise Unreadable(
                f"What {setting} points to answered without a token.", request_id=reply.request_id
            ) from None
        return shape.access_token, timedelta(seconds=float(shape.expires_in))

    def _asked_for_token(self) -> Reply:
        config, seconds = self._config, self._config.timeouts.token.total_seconds()
        secrets = (config.client_id.get_secret_value(), config.client_secret.get_secret_value())
        wanted = {"client_id": secrets[0], "client_secret": secrets[1], "audience": config.audience}
        ask = Ask("POST", "", encoded({**wanted, "grant_type": "client_credentials"}), hidden=secrets)
        with watching(Watch(seconds)):
            try:
                return exchange(self._connections.pooled(), config.token_url, ask, seconds)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                failure = read_failure(TITLE, "the request for a token", error)
                raise (failure or PortError(f"{TITLE} gave no token.")) from None

    def _refused(self, reply: Reply) -> str:
        words = f" It says: {'; '.join(reply.words())}." if reply.words() else ""
        setting = self._config.setting
        return (
            f"{TITLE} refused our credentials (HTTP {reply.status}): check {setting('client_id')}, "
            f"{setting('client_secret')} and {setting('audience')}.{words}"
        )
