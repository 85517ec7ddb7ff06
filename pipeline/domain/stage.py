"""The eight stages, in their order."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    RESOLVE_COMPANY = "resolve_company"
    ENSURE_ACTIVE = "ensure_active"
    FETCH_CATALOGUE = "fetch_catalogue"
    COLLECT_PROVISIONING = "collect_provisioning"
    VALIDATE_MOCK = "validate_mock"
    SUBMIT = "submit"
    POLL_STATUS = "poll_status"
    NOTIFY = "notify"

    @property
    def number(self) -> int:
        """1 to 8."""
        return _ORDER.index(self) + 1

    def next(self) -> Stage | None:
        """The stage after this one; None after the last."""
        return _ORDER[self.number] if self.number < len(_ORDER) else None

    def precedes(self, other: Stage) -> bool:
        return self.number < other.number


_ORDER = tuple(Stage)
