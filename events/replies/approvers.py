"""Who may approve a price over tickets, and which statuses of a ticket say what: options of a PSA's connection."""

from __future__ import annotations

import re
from dataclasses import dataclass

from events.connections import SourceConnection
from pipeline.domain.question import Act

ANYBODY = "*"
_LONGEST = 100
_LISTED = re.compile("[;,]")


@dataclass(frozen=True, slots=True)
class Says:
    """`statuses` are in small letters. `approvers` are names as the PSA tells them."""

    approvers: tuple[str, ...]
    statuses: dict[str, Act]
    setting: str

    @classmethod
    def of(cls, source: SourceConnection) -> Says:
        """
        Options `approvers` (names, separated by semicolons; `*`: whoever can write to tickets), `approve_status` and
        `cancel_status`. One status that means both means nothing, nor does one that we set ourselves.
        """
        options = source.access.options
        named = {act: plain(options.get(f"{act}_status", "")).casefold() for act in (Act.APPROVE, Act.CANCEL)}
        statuses = {status: act for act, status in named.items() if status}
        both = len(statuses) < sum(map(bool, named.values()))
        statuses.pop(plain(source.access.ticket_status).casefold(), None)
        names = tuple(name for each in _LISTED.split(options.get("approvers", "")) if (name := plain(each)))
        return cls(names, {} if both else statuses, source.variable("OPTIONS"))

    def may_approve(self, name: str) -> bool:
        wanted = plain(name).casefold()
        return ANYBODY in self.approvers or (bool(wanted) and wanted in {each.casefold() for each in self.approvers})

    def meaning(self, status: str) -> Act | None:
        return self.statuses.get(plain(status).casefold())

    @property
    def refusal(self) -> str:
        """Why somebody else may not approve."""
        if not self.approvers:
            return f"Nobody may approve a price over tickets: name those who may as approvers in {self.setting}."
        return f"Over tickets a price may be approved by {', '.join(self.approvers)} only."


def plain(name: str) -> str:
    """On one line, and no longer than a name."""
    return " ".join(name.split())[:_LONGEST]
