"""
Cancelling an order at FlexPortal, which is one thing as a whole, and only before its first device has been handed out.
"""

from __future__ import annotations

import json

from pipeline.abilities import Cancellable
from pipeline.domain.claim import Answer, AnswerClass, CancelPurchase
from pipeline.marketplaces.flexportal import paths, refusals, shapes
from pipeline.marketplaces.flexportal.lists import ANSWERS
from pipeline.marketplaces.meaning import NotWhatWasSent
from pipeline.marketplaces.redaction import scrub
from pipeline.marketplaces.reply import Ask, Reply

_CAN_BE = frozenset({"pending", "confirmed"})
_CANCELLED = "cancelled"
_LONGEST_REASON = 1000


def cancellable(order: shapes.OrderShape) -> Cancellable:
    """The order, by its own id."""
    refused = ""
    if order.status not in _CAN_BE:
        refused = (
            f"it is {scrub(order.status or '') or 'without a status'}, and FlexPortal cancels an order only while it "
            "is pending or confirmed. Once devices are out, end their subscriptions there"
        )
    return Cancellable(order.id, f"order {order.id}", refused, ended=order.status == _CANCELLED)


def asked(write: CancelPurchase) -> Ask:
    reason = write.reason[:_LONGEST_REASON]
    path = f"{paths.below(paths.ORDERS, write.target)}/cancel"
    return Ask("POST", path, json.dumps({"reason": reason}, separators=(",", ":")).encode(), hidden=(reason,))


def accepted(write: CancelPurchase, reply: Reply) -> str:
    """The order's id. Raises NotWhatWasSent."""
    got = ANSWERS.made(shapes.CANCELLED.validate_python, reply)
    if got.order_id != write.target:
        raise NotWhatWasSent(f"FlexPortal answered about order {scrub(got.order_id or '') or 'without an id'}.")
    if got.success is False:
        raise NotWhatWasSent(f"FlexPortal answered for order {write.target} that it was no success.")
    return write.target


def refused(write: CancelPurchase, reply: Reply, code: str) -> Answer:
    """What is cancelled already counts as done."""
    if code == refusals.ALREADY_CANCELLED:
        return Answer(AnswerClass.ACCEPTED, ref=write.target, status=reply.status, request_id=reply.request_id)
    told = refusals.told(reply)
    return Answer(AnswerClass.REJECTED, details=told, status=reply.status, request_id=reply.request_id)
