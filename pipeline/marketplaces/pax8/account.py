"""A Pax8 account in one process: how it gets its token."""

from __future__ import annotations

from pipeline.marketplaces.account import TokenAccount
from pipeline.marketplaces.http import Caller
from pipeline.marketplaces.pax8.adapter import Pax8
from pipeline.marketplaces.pax8.lists import TITLE
from pipeline.marketplaces.pax8.payload import encoded
from pipeline.marketplaces.reply import Ask
from pipeline.ports import Marketplace


class Pax8Account(TokenAccount):
    """Asks for its token in JSON, with an audience (marketplaces.md, 1.2)."""

    TITLE = TITLE
    credentials = ("client_id", "client_secret", "audience")
    address = "https://api.pax8.com/v1"
    unused = ("api_key", "tenant", "options")

    def adapter(self, caller: Caller) -> Marketplace:
        return Pax8(self.name, caller, self.config.timeouts, self.pages)

    def token_ask(self) -> Ask:
        config = self.config
        secrets = (config.client_id.get_secret_value(), config.client_secret.get_secret_value())
        wanted = {"client_id": secrets[0], "client_secret": secrets[1], "audience": config.audience}
        return Ask("POST", "", encoded({**wanted, "grant_type": "client_credentials"}), hidden=secrets)
