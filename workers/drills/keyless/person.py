"""
The person who is asked. They know what is true at the marketplace, and try what they should not do first.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pipeline.domain.errors import NotAllowed, OperatorError, PortError
from pipeline.operations import acting, answering, settling
from pipeline.operations.desk import Desk
from pipeline.store import views
from workers.drills.keyless.market import Market

Json = dict[str, Any]
_NAME = "operator"
_TURNED_UP = "turned_up:"


class Person:
    """`let_through` are quotes that were retried although nobody knew whether they had bought; `did` tells of acts."""

    def __init__(self, desk: Desk, market: Market) -> None:
        self._desk = desk
        self._market = market
        self.let_through: list[str] = []
        self.ended: set[str] = set()
        self.did: list[str] = []

    def read(self, order_id: UUID) -> Json:
        with self._desk.database.transaction() as connection:
            return views.order_view(connection, self._desk.database, order_id)

    def hurries(self, order_id: UUID, quote: str) -> bool:
        """Has a purchase of unknown outcome tried again, which must be refused."""
        seen = self.read(order_id)
        if not any(one["closing"] is None for one in seen["attempts"]):
            return False
        try:
            acting.retry(self._desk, seen["ref"], seen["version"], actor=_NAME)
        except (OperatorError, PortError):
            return False
        self.let_through.append(quote)
        return True

    def settles(self, order_id: UUID, quote: str) -> None:
        """Answers the open questions by the truth. Raises where the act cannot be carried out."""
        for asked in open_questions(self.read(order_id)):
            seen = self.read(order_id)
            if any(one["id"] == asked["id"] for one in open_questions(seen)):
                self._settle(seen, asked, quote)

    def _settle(self, seen: Json, asked: Json, quote: str) -> None:
        desk, ref, version = self._desk, seen["ref"], seen["version"]
        bought = self._market.bought.get(quote, [])
        if bought:
            settling.adopt(desk, ref, version, bought[-1], "It is ours.", actor=_NAME)
            self.did.append(f"{quote}: adopted {bought[-1]}")
        elif asked["key"].startswith(_TURNED_UP):
            answering.answer(desk, ref, version, {UUID(asked["id"]): ("buy",)}, actor=_NAME)
            self.did.append(f"{quote}: said that {asked['key']} is somebody else's")
        else:
            self._send_again(seen, quote)

    def _send_again(self, seen: Json, quote: str) -> None:
        """Resends it. Where a stranger's equal order forbids that, the customer has what they wanted: it is ended."""
        desk, ref, version = self._desk, seen["ref"], seen["version"]
        lost = next(one for one in seen["attempts"] if one["closing"] is None)
        try:
            settling.resend(desk, ref, version, UUID(lost["id"]), "It never came to be.", actor=_NAME)
            self.did.append(f"{quote}: sent again")
        except NotAllowed:
            acting.cancel(desk, ref, version, "Somebody has ordered the same.", actor=_NAME)
            self.ended.add(quote)
            self.did.append(f"{quote}: ended, somebody has ordered the same")


def open_questions(view: Json) -> list[Json]:
    return [one for one in view["questions"] if not one["answered_at"] and not one["withdrawn_at"]]
