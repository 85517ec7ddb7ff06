"""The settings that are named for something: a marketplace, a source, a channel for notices."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator

from events.connections import SourceKind
from events.notices.configuration import ChannelKind
from events.sources.signature import BadSecret, Verifier
from pipeline.marketplaces.discovery import factory, marketplaces
from workers.setting_values import Address, Hours, Options, Secrets, Words, Zone


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class MarketplaceSettings(Part):
    """An account at one marketplace. `on` once it has its secret."""

    base_url: Address | None = None
    token_url: Address | None = None
    audience: str = "https://api.pax8.com"
    client_id: str = ""
    client_secret: SecretStr | None = None
    api_key: SecretStr | None = None
    tenant: str = ""
    options: Options = {}
    webhook_secret: SecretStr | None = None
    calls_per_minute: int | None = Field(default=None, ge=1)
    currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$")
    settle_seconds: int = Field(default=180, ge=0)
    resend_when_absent: bool = False
    timeout_seconds: float = Field(default=30, gt=0)
    send_within_seconds: float = Field(default=30, gt=0)

    @property
    def on(self) -> bool:
        return self.client_secret is not None or self.api_key is not None

    @property
    def an_account(self) -> str | None:
        """
        The field by which somebody named an account; None where nobody did. An address that was set counts as one,
        whatever answers there.
        """
        named = ("base_url", "client_id", "client_secret", "api_key")
        return next((name for name in named if name in self.model_fields_set), None)

    def address(self, marketplace: str) -> str:
        """Of the API: the one that was set, else where everybody's is."""
        return self.base_url or factory(marketplace).address

    def calls(self, marketplace: str) -> int:
        """How many a minute: as set, or as the marketplace permits everybody."""
        return self.calls_per_minute or factory(marketplace).calls_per_minute

    def missing(self, marketplace: str) -> tuple[str, ...]:
        """The fields that an account there cannot do without and that are not set; none where nothing is set."""
        needed = factory(marketplace).needs
        lacking = tuple(name for name in needed if not getattr(self, name))
        return lacking if len(lacking) < len(needed) or self.on else ()


class SourceSettings(Part):
    """A source connection. What a named tool needs beside its kind, the tool says itself when it is made."""

    kind: SourceKind
    secrets: Secrets = ()
    default_marketplace: str = ""
    system: str = Field(default="", max_length=200)
    base_url: Address | None = None
    tenant: str = ""
    client_id: str = ""
    client_secret: SecretStr | None = None
    username: str = ""
    password: SecretStr | None = None
    poll_seconds: float = Field(default=300, ge=1, le=86_400)
    accepted: Words = ()
    lost: Words = ()
    ticket_status: str = ""
    psa: str = ""
    options: Options = {}
    time_zone: Zone | None = None
    working_hours: Hours | None = None

    @field_validator("secrets")
    @classmethod
    def _readable(cls, secrets: tuple[SecretStr, ...], info: ValidationInfo) -> tuple[SecretStr, ...]:
        if info.data.get("kind") is not SourceKind.GENERIC:
            return secrets
        try:
            Verifier(secret.get_secret_value() for secret in secrets)
        except BadSecret as wrong:
            raise ValueError(str(wrong)) from None
        return secrets

    @field_validator("default_marketplace")
    @classmethod
    def _known(cls, name: str) -> str:
        if name and name.lower() not in marketplaces():
            raise ValueError(f"must be one of {', '.join(marketplaces())}")
        return name.lower()


class NoticeSettings(Part):
    kind: ChannelKind
    url: SecretStr
    secret: SecretStr | None = None
    allow_private: bool = False


class QuestionSettings(Part):
    owner: str = ""
    deadline_hours: float = Field(default=24, gt=0, le=24 * 366)
    escalate_to: str = ""
