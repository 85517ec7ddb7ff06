"""Source connections as configured: who may send, and what is meant where a message leaves something out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from pipeline.domain.working_time import Deadline

UTC = ZoneInfo("UTC")


class SourceKind(StrEnum):
    GENERIC = "generic"


@dataclass(frozen=True, slots=True)
class SourceConnection:
    """
    One connection. `name` is the address's last part.

    `secrets` are `whsec_...` (Standard Webhooks) or `bearer:...`, all live at once. `marketplaces` are those that are
    configured: a line that names none is for `default_marketplace`, else for the only one. `system` is meant where a
    quote names none; empty, the connection's name is. `owner` is asked what a person must judge, for `deadline`.
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
