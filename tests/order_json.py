"""Orders as the operator API shows them, for pages that are made of them."""

from __future__ import annotations

from typing import Any

ORDER: dict[str, Any] = {
    "ref": "QW-7K3M9P2XAB",
    "version": 4,
    "quote_id": "Q-1004",
    "quote_revision": "2",
    "quote_number": "Q-1004",
    "marketplace": "pax8",
    "company": "Tailspin Toys",
    "state": "asking",
    "unknown_submit": False,
    "stage": "fetch_catalogue",
    "marketplace_order_id": None,
    "created_at": "2026-11-21T10:00:00Z",
    "updated_at": "2026-11-21T10:00:02Z",
    "waiting_for": "The price rose.",
    "waiting_since": "2026-11-21T10:00:02Z",
    "waiting_on": "operator",
    "next_at": None,
    "pending_act": None,
    "attempts": [],
    "timeline_omitted": 0,
    "other_parts": [],
}
LINE: dict[str, Any] = {
    "id": "1",
    "label": "Endpoint Protection",
    "product_id": "a",
    "quantity": 10,
    "billing_term": "Monthly",
    "commitment": None,
    "unit_cost": {"amount": "3.36", "currency": "USD"},
    "quoted_unit_cost": {"amount": "3", "currency": "USD"},
    "parent_line": None,
    "changes": None,
    "subscription_id": None,
    "status": None,
    "verdict": None,
}
PRICE: dict[str, Any] = {
    "id": "0987bdb1-19dc-4ff3-bbf3-9aa2b713d808",
    "key": "price:1",
    "kind": "price",
    "text": "Endpoint Protection costs more than quoted.",
    "line": "1",
    "possible_values": [],
    "many": False,
    "amount": {"amount": "3.36", "currency": "USD"},
    "acts": ["approve", "cancel"],
    "owner": "operator",
    "asked_at": "2026-11-21T10:00:02Z",
    "due_at": "2026-11-22T10:00:02Z",
    "answered_by": None,
    "withdrawn_at": None,
}
DETAIL: dict[str, Any] = {
    **PRICE,
    "id": "d2b6668e-3898-47c8-a66e-ed829ce0c40c",
    "key": "provisioning:1:msDomain",
    "kind": "provisioning",
    "text": "Which domain? provisioningDetails[msDomain] is required.",
    "amount": None,
    "acts": ["answer", "cancel"],
}
ENTRY: dict[str, Any] = {
    "at": "2026-11-21T10:00:01Z",
    "kind": "attempt",
    "stage": "resolve_company",
    "outcome": "advanced",
    "code": "",
    "actor": "",
    "milliseconds": 31,
    "notes": ["Found by its external id."],
}
EXCHANGE: dict[str, Any] = {
    "method": "GET",
    "path": "/companies",
    "status": 200,
    "error": None,
    "milliseconds": 12,
    "sent": None,
    "received": '{"name":"[bold]Tailspin[/bold]"}',
    "request_id": "r-1",
}


def order(**changes: Any) -> dict[str, Any]:
    """One that asks about a price, but for the changes."""
    return {**ORDER, "lines": [LINE], "questions": [PRICE], "timeline": [ENTRY], **changes}
