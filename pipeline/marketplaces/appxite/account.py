"""An AppXite account in one process: its headers, how it gets its token, and what it is told in its options."""

from __future__ import annotations

from urllib.parse import urlencode

from pipeline.marketplaces.account import TokenAccount
from pipeline.marketplaces.accounts import AccountConfig
from pipeline.marketplaces.appxite.adapter import AppXite
from pipeline.marketplaces.appxite.lists import TITLE
from pipeline.marketplaces.appxite.options import read_options
from pipeline.marketplaces.http import Caller
from pipeline.marketplaces.reply import Ask
from pipeline.ports import Marketplace

VERSION = "3.1"


class AppXiteAccount(TokenAccount):
    """
    Three headers are the account's own: the portal, the subscription key and the version. On whose behalf a call is
    made belongs to the call. Raises BadOptions for options, or templates, that can't be meant.
    """

    TITLE = TITLE
    address = "https://api.appxite.com"
    credentials = ("client_id", "client_secret", "api_key")
    needs = credentials
    unused = ("audience", "tenant")

    def configure(self, config: AccountConfig) -> AccountConfig:
        self._site = read_options(config)
        return config

    def adapter(self, caller: Caller) -> Marketplace:
        return AppXite(self.name, caller, self.config.timeouts, self._site)

    def headers(self) -> tuple[tuple[str, str], ...]:
        return (
            (self._site.portal_header, self._site.portal),
            ("Ocp-Apim-Subscription-Key", self.config.api_key.get_secret_value()),
            ("api-version", VERSION),
        )

    @property
    def token_url(self) -> str:
        return self.config.token_url or f"{self.config.base_url.rstrip('/')}{self._site.assumed.paths.token}"

    def token_ask(self) -> Ask:
        """OAuth2 client credentials in a form. The key goes along to AppXite's own gateway, and to nobody else."""
        config = self.config
        secrets = (config.client_id.get_secret_value(), config.client_secret.get_secret_value())
        form = {"grant_type": "client_credentials", "client_id": secrets[0], "client_secret": secrets[1]}
        if self._site.scope:
            form["scope"] = self._site.scope
        ours = self.token_url.startswith(f"{config.base_url.rstrip('/')}/")
        return Ask(
            "POST",
            "",
            urlencode(form).encode(),
            hidden=secrets,
            headers=self.headers() if ours else (),
            content_type="application/x-www-form-urlencoded",
        )
