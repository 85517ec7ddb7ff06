"""The settings that are named for something: a marketplace, a source, a channel for notices."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator

from events.connections import SourceKind
from events.notices.configuration import ChannelKind
from events.sources.signature import BadSecret, Verifier
from workers.setting_values import Address, Hours, Options, Secrets, Words, Zone

MARKETPLACES = ("pax8",)


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class MarketplaceSettings(Part):
    """An account at one marketplace. `on` once it has id and secret."""

    base_url: Address = "https://api.pax8.com/v1"
    token_url: Address | None = None
    audience: str = "https://api.pax8.com"
    client_id: str = ""
    client_secret: SecretStr | None = None
    webhook_secret: SecretStr | None = None
    calls_per_minute: int = Field(default=1000, ge=1)
    currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$")
    settle_seconds: int = Field(default=180, ge=0)
    resend_when_absent: bool = False
    timeout_seconds: float = Field(default=30, gt=0)
    send_within_seconds: float = Field(default=30, gt=0)

    @property
    def on(self) -> bool:
        return bool(self.client_id and self.client_secret)

    @property
    def an_account(self) -> str | None:
        """
        The field by which somebody named an account; None where nobody did. An address that was set counts as one,
        whatever answers there.
        """
        named = ("base_url", "client_id", "client_secret")
        return next((name for name in named if name in self.model_fields_set), None)

    @property
    def token_address(self) -> str:
        return self.token_url or f"{self.base_url}/token"


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
        if name and name.lower() not in MARKETPLACES:
            raise ValueError(f"must be one of {', '.join(MARKETPLACES)}")
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
