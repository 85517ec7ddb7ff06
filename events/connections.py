"""Source connections as configured: who may send, and what is meant where a message leaves something out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from pipeline.domain.working_time import Deadline

UTC = ZoneInfo("UTC")
_NONE = SecretStr("")


class SourceKind(StrEnum):
    """GENERIC is the published schema; the others are tools whose messages are nudges to read them again."""

    GENERIC = "generic"
    CONNECTWISE = "connectwise"
    HALOPSA = "halopsa"
    AUTOTASK = "autotask"
    QUOTER = "quoter"
    PANDADOC = "pandadoc"
    STRIPE = "stripe"
    PAX8_QUOTES = "pax8_quotes"
    CONNECTWISE_CPQ = "connectwise_cpq"
    KASEYA_QUOTE_MANAGER = "kaseya_quote_manager"


PSAS = frozenset({SourceKind.CONNECTWISE, SourceKind.HALOPSA, SourceKind.AUTOTASK})


@dataclass(frozen=True, slots=True)
class ToolAccess:
    """
    How a tool is reached and what its words mean there. Which of the credentials it wants is the tool's to say.

    `accepted` and `lost` are words of this tenant's for statuses, where the tool has no flag that says so.
    `ticket_status` is the status that a ticket gets once all is live; empty: it is left as it is. `options` are a
    tool's own settings.
    """

    base_url: str = ""
    tenant: str = ""
    client_id: str = ""
    client_secret: SecretStr = _NONE
    username: str = ""
    password: SecretStr = _NONE
    poll_seconds: float = 300.0
    accepted: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    ticket_status: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourceConnection:
    """
    One connection. `name` is the address's last part.

    `secrets` are `whsec_...` (Standard Webhooks) or `bearer:...`, all live at once. `marketplaces` are those that are
    configured: a line that names none is for `default_marketplace`, else for the only one. `system` is meant where a
    quote names none; empty, the connection's name is. `owner` is asked what a person must judge, for `deadline`. `psa`
    names the connection whose opportunities and tickets a quote tool's quotes tell of; empty: there is no other.
    """

    name: str
    kind: SourceKind = SourceKind.GENERIC
    secrets: tuple[str, ...] = field(default=(), repr=False)
    default_marketplace: str = ""
    system: str = ""
    marketplaces: tuple[str, ...] = ()
    zone: ZoneInfo = UTC
    owner: str = "operator"
    deadline: Deadline = timedelta(hours=24)
    access: ToolAccess = ToolAccess()
    psa: str = ""

    @property
    def quote_system(self) -> str:
        return self.system or self.name

    @property
    def implied_marketplace(self) -> str | None:
        """Where a line goes that names no marketplace; None where that cannot be told."""
        if self.default_marketplace:
            return self.default_marketplace
        return self.marketplaces[0] if len(self.marketplaces) == 1 else None

    def variable(self, field_name: str) -> str:
        """The setting that a sentence should name."""
        return f"QUOTEWAY_SOURCES__{self.name.upper()}__{field_name}"


def strangers(source: SourceConnection, sources: Mapping[str, SourceConnection]) -> frozenset[str]:
    """
    The quote systems that can never tell of the same acceptance as this source: those of another PSA, and of the quote
    tools that belong to it. Numbers of opportunities and tickets are good within one PSA only.
    """
    own = _psa(source)
    others = (other for other in sources.values() if own and _psa(other) not in {"", own})
    return frozenset(other.quote_system for other in others) - {source.quote_system}


def _psa(source: SourceConnection) -> str:
    return source.name if source.kind in PSAS else source.psa
