"""What the tenant keeps. Whatever is changed makes the callbacks that are registered for it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from events.sources.connectwise.simulator.sending import Delivery, signed

Record = dict[str, Any]
Clock = Callable[[], datetime]
KEY_ID = "5c8f6a42-7e0b-4f6c-9d3e-2b1a0c9d8e7f"
_STATUSES = (("Open", False, False), ("Won", True, False), ("Lost", False, True), ("No decision", False, False))


class World:
    """
    `member` is the identifier of the API member that we are. `address` is where the tenant is reached: keys are there.
    `lock` is held around every call; take it to change the world while a server runs.
    """

    def __init__(self, tenant: str, member: str, address: str, clock: Clock) -> None:
        self.tenant = tenant
        self.member = member
        self.address = address
        self.clock = clock
        self.lock = threading.RLock()
        self.signing_key = "a-signing-key-of-the-simulator"
        self.tables: dict[str, dict[int, Record]] = {}
        self.forecasts: dict[int, list[Record]] = {}
        self.board_statuses = ["New", "In Progress", "Ordered", "Approved", "Closed"]
        self.outbox: list[Delivery] = []
        self._last = 0
        for number, (name, won, lost) in enumerate(_STATUSES, 1):
            self.table("statuses")[number] = {"id": number, "name": name, "wonFlag": won, "lostFlag": lost}

    def table(self, name: str) -> dict[int, Record]:
        return self.tables.setdefault(name, {})

    def add(self, name: str, record: Mapping[str, Any], by: str = "Dispatcher") -> int:
        """A new record with a number of its own; gives the number."""
        with self.lock:
            self._last += 1
            self.table(name)[self._last] = {**record, "id": self._last, "_info": {"dateEntered": self.written()}}
            self.touch(name, self._last, "added", by)
            return self._last

    def change(self, name: str, number: int, values: Mapping[str, Any], by: str = "Dispatcher") -> None:
        with self.lock:
            self.table(name)[number].update(values)
            self.touch(name, number, "updated", by)

    def remove(self, name: str, number: int, by: str = "Dispatcher") -> None:
        with self.lock:
            self.touch(name, number, "deleted", by)
            del self.table(name)[number]

    def touch(self, name: str, number: int, action: str, by: str) -> None:
        record = self.table(name)[number]
        record["_info"] = {**record["_info"], "lastUpdated": self.written(), "updatedBy": by}
        kind = {"opportunities": "opportunity", "tickets": "ticket"}.get(name)
        if kind:
            self.outbox += self.callbacks(kind, number, action, by)

    def callbacks(self, kind: str, number: int, action: str, by: str) -> Sequence[Delivery]:
        """One for each active callback of this kind. Its own member's changes are kept from it if it wants that."""
        return [
            self.delivery(kind, number, action, by, one["url"], one["id"])
            for one in self.table("callbacks").values()
            if one["type"] == kind and not one["inactiveFlag"]
            if not (one["isSelfSuppressedFlag"] and by == self.member)
            if one["level"] != "board" or self.table("tickets")[number]["board"]["id"] == one["objectId"]
        ]

    def delivery(
        self, kind: str, number: int, action: str = "updated", by: str = "Dispatcher", url: str = "", callback: int = 1
    ) -> Delivery:
        record = (
            None if action == "deleted" else self.table({"ticket": "tickets"}.get(kind, "opportunities")).get(number)
        )
        envelope = {
            "Action": action,
            "CallbackObjectRecId": callback,
            "CompanyId": self.tenant,
            "Entity": None if record is None else json.dumps(record),
            "FromUrl": self.address.partition("://")[2],
            "ID": number,
            "MemberId": by,
            "MessageId": str(uuid4()),
            "Metadata": {"key_url": self.key_url()},
            "PartnerId": None,
            "ProductInstanceId": None,
            "Type": kind,
        }
        return signed(self.signing_key, envelope, f"{url or 'https://quoteway.example/in/psa?recordId='}{number}")

    def key_url(self) -> str:
        return f"{self.address}/v2026_1//system/callbackkey/index.rails?companyName={self.tenant}&id={KEY_ID}"

    def written(self) -> str:
        return f"{self.clock().astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
