"""Every notice as its reader would see it, from an order and a connection that never were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from events.notices.wording import Text, Wording
from pipeline.domain.change import Change

_LINES: Sequence[Mapping[str, Any]] = (
    {
        "label": "Microsoft 365 E3",
        "quantity": 10,
        "billing_term": "Annual",
        "total_cost": {"amount": "3732.00", "currency": "USD"},
    },
    {
        "label": "Teams Phone",
        "quantity": 10,
        "billing_term": "Monthly",
        "total_cost": {"amount": "64.00", "currency": "USD"},
    },
)
_ORDER: Mapping[str, Any] = {
    "ref": "QW-7KM2PX9RTD",
    "quote_id": "Q-1001",
    "marketplace": "pax8",
    "company": "Contoso Ltd",
    "unknown_submit": False,
    "marketplace_order_id": None,
    "questions": [],
}
_QUESTION = {
    "text": "Microsoft 365 E3 costs 34.20 USD a unit today, and 31.10 USD was quoted. Order at the higher cost?",
    "owner": "purchasing",
    "due_at": "2026-11-24T17:00:00Z",
}
_SOURCE: Mapping[str, Any] = {
    "connection": "psa",
    "problems": ["The webhook for opportunities is switched off at the tool: switch it on there."],
    "deactivated": True,
}
_BOUGHT = {"marketplace_order_id": "5f0c7f0e-3a51-4a3c-9a53-6f2a1f0b7c11"}
_CASES: Mapping[Change, Mapping[str, Any]] = {
    Change.ASKING: {"questions": [_QUESTION]},
    Change.UNKNOWN: {"unknown_submit": True},
    Change.LIVE: _BOUGHT,
    Change.PARTLY_LIVE: _BOUGHT,
    Change.FAILED: {"reason": "The product is no longer sold to this company."},
    Change.CANCELLED: {**_BOUGHT, "reason": "Cancelled at Pax8 by dana: the customer has withdrawn."},
    Change.SETTLED: {"questions": [{**_QUESTION, "answered_by": "Sam Ortiz (psa)"}]},
    Change.HEARD: {"questions": [_QUESTION], "heard": "Approving over tickets is up to Dana Reyes."},
}

_VERDICTS = {Change.LIVE: ("live", "live"), Change.PARTLY_LIVE: ("live", "failed")}


def sample(change: Change) -> Mapping[str, Any]:
    """An order as the operator API would show it when `change` is told of; a connection where it is of one."""
    if change.of_a_source:
        return _SOURCE
    verdicts = _VERDICTS.get(change, ("", ""))
    lines = [{**line, "verdict": verdict} for line, verdict in zip(_LINES, verdicts, strict=True)]
    return {**_ORDER, "lines": lines, **_CASES[change]}


def preview(wording: Wording) -> Sequence[tuple[str, Text]]:
    """What each notice is called, and its words, in the order of the changes; a reminder after what it reminds of."""
    told = [(change.event, wording.of(change, sample(change))) for change in Change]
    reminder = wording.of(Change.ASKING, {**sample(Change.ASKING), "reminder": True})
    asking = [event for event, _ in told].index(Change.ASKING.event)
    return [*told[: asking + 1], (f"{Change.ASKING.event}, as a reminder", reminder), *told[asking + 1 :]]
