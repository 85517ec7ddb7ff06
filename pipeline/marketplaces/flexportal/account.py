"""A FlexPortal account in one process: its key, its tenant, and its options, checked when it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import httpx

from pipeline.marketplaces.account import KeyAccount
from pipeline.marketplaces.accounts import AccountConfig, BadOptions
from pipeline.marketplaces.deadline import boottime
from pipeline.marketplaces.flexportal.adapter import FlexPortal
from pipeline.marketplaces.flexportal.lists import TITLE
from pipeline.marketplaces.flexportal.options import Options
from pipeline.marketplaces.flexportal.paths import VERSION
from pipeline.marketplaces.http import Caller
from pipeline.ports import Breaker, Budget, Marketplace, Tokens


class FlexPortalAccount(KeyAccount):
    """`base_url` is a region's own, with the version or without: a tenant is in one region only. Raises BadOptions."""

    TITLE = TITLE
    credentials = ("api_key", "tenant")
    address = "https://api-eu.flexportal.io"
    needs = ("api_key", "tenant")
    # The smallest plan's (marketplaces.md, 3.3).
    calls_per_minute = 100

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
        try:
            self.options = Options.read(config.options)
        except BadOptions as error:
            raise BadOptions(f"{config.setting('options')}: {error}") from None
        address = config.base_url.rstrip("/").removesuffix(VERSION)
        super().__init__(replace(config, base_url=address), tokens, budget, breaker, transport, clock, now)

    def adapter(self, caller: Caller) -> Marketplace:
        return FlexPortal(self.name, caller, self.config.timeouts, self.options)

    def headers(self) -> tuple[tuple[str, str], ...]:
        return (("Tenant-ID", self.config.tenant),)
