"""What an account needs to know, whichever marketplace it is at. Values only: the settings are read elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from pydantic import SecretStr


class BadOptions(ValueError):
    """An account's own options can't be meant. Its text is a sentence that says what to set."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """
    The deadline of one whole exchange, each. Lists of orders have one of their own: clients report over 30 s for them
    (marketplaces.md, 1.12).
    """

    read: timedelta = timedelta(seconds=20)
    orders: timedelta = timedelta(seconds=60)
    rehearse: timedelta = timedelta(seconds=30)
    write: timedelta = timedelta(seconds=30)
    token: timedelta = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class AccountConfig:
    """
    `name` is the account's, unique; `marketplace` that of an installed one. What a marketplace has no use for is empty:
    `audience`, `tenant`, `api_key`. `token_url` empty: where the marketplace's tokens usually come from. `options` are
    the marketplace's own. `settings` maps a field of this class to the variable that it came from, for sentences that
    say what to check. `connections` is the most of one process.
    """

    name: str
    marketplace: str
    base_url: str
    token_url: str
    client_id: SecretStr
    client_secret: SecretStr
    currency: str
    audience: str = ""
    tenant: str = ""
    api_key: SecretStr = field(default_factory=lambda: SecretStr(""))
    options: Mapping[str, str] = field(default_factory=dict)
    calls_per_minute: int = 1000
    timeouts: Timeouts = Timeouts()
    connections: int = 32
    settings: dict[str, str] = field(default_factory=dict)

    def setting(self, field_name: str) -> str:
        """The variable's name where it is known, else the field's."""
        return self.settings.get(field_name, f"{field_name} of account {self.name}")
