"""A FlexPortal account in one process: its key, its tenant, and its options, checked when it is made."""

from __future__ import annotations

from dataclasses import replace

from pipeline.marketplaces.account import KeyAccount
from pipeline.marketplaces.accounts import AccountConfig, BadOptions
from pipeline.marketplaces.flexportal.adapter import FlexPortal
from pipeline.marketplaces.flexportal.lists import TITLE
from pipeline.marketplaces.flexportal.options import Options
from pipeline.marketplaces.flexportal.paths import VERSION
from pipeline.marketplaces.http import Caller
from pipeline.ports import Marketplace


class FlexPortalAccount(KeyAccount):
    """`base_url` is a region's own, with the version or without: a tenant is in one region only. Raises BadOptions."""

    TITLE = TITLE
    credentials = ("api_key", "tenant")
    address = "https://api-eu.flexportal.io"
    needs = ("api_key", "tenant")
    # The smallest plan's (marketplaces.md, 3.3).
    calls_per_minute = 100

    def configure(self, config: AccountConfig) -> AccountConfig:
        try:
            self.options = Options.read(config.options)
        except BadOptions as error:
            raise BadOptions(f"{config.setting('options')}: {error}") from None
        return replace(config, base_url=config.base_url.rstrip("/").removesuffix(VERSION))

    def adapter(self, caller: Caller) -> Marketplace:
        return FlexPortal(self.name, caller, self.config.timeouts, self.options, self.pages)

    def headers(self) -> tuple[tuple[str, str], ...]:
        return (("Tenant-ID", self.config.tenant),)
