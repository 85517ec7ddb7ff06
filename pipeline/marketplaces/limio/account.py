"""A Limio account in one process: how it gets its token."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from pipeline.marketplaces.account import TokenAccount
from pipeline.marketplaces.accounts import AccountConfig
from pipeline.marketplaces.http import Caller
from pipeline.marketplaces.limio.adapter import Limio
from pipeline.marketplaces.limio.lists import TITLE
from pipeline.marketplaces.limio.options import Credentials, options
from pipeline.marketplaces.reply import Ask
from pipeline.ports import Marketplace

_API = "/api"
_FORM = "application/x-www-form-urlencoded"


class LimioAccount(TokenAccount):
    """
    `base_url` is the tenant's own, with `/api` or without. Asks for its token with a form, outside of `/api`
    (marketplaces.md, 4.2). Raises BadOptions when it is made.
    """

    TITLE = TITLE
    needs = ("client_id", "client_secret", "base_url")

    def configure(self, config: AccountConfig) -> AccountConfig:
        self._options = options(config)
        self._tenant = config.base_url.rstrip("/").removesuffix(_API).rstrip("/")
        return replace(config, base_url=f"{self._tenant}{_API}")

    def adapter(self, caller: Caller) -> Marketplace:
        return Limio(self.name, self.config.currency, caller, self.config.timeouts, self._options, self.pages)

    @property
    def token_url(self) -> str:
        return self.config.token_url or f"{self._tenant}/oauth2/token"

    def token_ask(self) -> Ask:
        config = self.config
        secrets = (config.client_id.get_secret_value(), config.client_secret.get_secret_value())
        form: dict[str, Any] = {"grant_type": "client_credentials"}
        headers: tuple[tuple[str, str], ...] = ()
        basic = base64.b64encode(":".join(secrets).encode()).decode()
        if self._options.credentials is Credentials.HEADER:
            headers = (("authorization", f"Basic {basic}"),)
        else:
            form |= {"client_id": secrets[0], "client_secret": secrets[1]}
        if self._options.scope:
            form["scope"] = self._options.scope
        body = urlencode(form).encode()
        return Ask("POST", "", body, hidden=(*secrets, basic), headers=headers, content_type=_FORM)
