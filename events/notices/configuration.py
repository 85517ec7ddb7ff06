"""The channels of the settings: what is configured, and the channels made of it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import httpx
from pydantic import SecretStr

from events.notices.channel import Channel
from events.notices.chat import ChatChannel, connect
from events.notices.targets import Lookup, Targets, look_up
from events.notices.webhook import WebhookChannel
from events.notices.wording import Wording

_PREFIX = "whsec_"
_EXAMPLE = "whsec_ and 24 to 64 random bytes in base64"


class ChannelKind(StrEnum):
    WEBHOOK = "webhook"
    APPRISE = "apprise"


@dataclass(frozen=True, slots=True)
class ChannelConfig:
    """One channel as configured (`QUOTEWAY_NOTICES__<NAME>__...`)."""

    name: str
    kind: ChannelKind
    url: SecretStr
    secret: SecretStr | None = None
    allow_private: bool = False

    def variable(self, field: str) -> str:
        return f"QUOTEWAY_NOTICES__{self.name.upper()}__{field}"


class BadChannel(ValueError):
    """A channel's settings cannot work. Its text names the variable and says what to set; it shows no value."""


def make_channels(
    configs: Iterable[ChannelConfig], wording: Wording, *, lookup: Lookup = look_up
) -> Mapping[str, Channel]:
    """The channels by name. Raises BadChannel. Opens no connection and looks no name up."""
    channels: dict[str, Channel] = {}
    for config in configs:
        if config.name in channels:
            raise BadChannel(f"Two channels for notices are named {config.name}; rename one.")
        channels[config.name] = _make(config, wording, lookup)
    return channels


def _make(config: ChannelConfig, wording: Wording, lookup: Lookup) -> Channel:
    targets = Targets(config.variable("ALLOW_PRIVATE"), config.allow_private, lookup)
    match config.kind:
        case ChannelKind.WEBHOOK:
            _check_address(config)
            return WebhookChannel(config.name, config.url, _checked_secret(config), targets)
        case ChannelKind.APPRISE:
            if connect(config.url) is None:
                raise BadChannel(
                    f"{config.variable('URL')} is not one Apprise address; "
                    "see https://appriseit.com for how each service's is written."
                )
            return ChatChannel(config.name, config.url, targets, wording)


def _check_address(config: ChannelConfig) -> None:
    variable = config.variable("URL")
    try:
        url = httpx.URL(config.url.get_secret_value())
    except httpx.InvalidURL:
        raise BadChannel(f"{variable} is not an address; set one like https://hooks.example.com/quoteway.") from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise BadChannel(f"{variable} must be an address that begins with https:// or http://.")
    if url.userinfo:
        raise BadChannel(f"{variable} must not hold a user or password; the signature proves who sends.")


def _checked_secret(config: ChannelConfig) -> SecretStr:
    variable = config.variable("SECRET")
    if config.secret is None or not config.secret.get_secret_value():
        raise BadChannel(f"{variable} is missing: a webhook is signed; set it to {_EXAMPLE}.")
    text = config.secret.get_secret_value().removeprefix(_PREFIX)
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise BadChannel(f"{variable} is not base64; set it to {_EXAMPLE}.") from None
    if not key:
        raise BadChannel(f"{variable} holds no key; set it to {_EXAMPLE}.")
    return config.secret
