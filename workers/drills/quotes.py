"""Quotes for the simulated Pax8, and what may be asked of the orders that they become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from pipeline.domain.state import OrderState
from pipeline.marketplaces.pax8.simulator import catalogue, customers

Json = dict[str, Any]


def ended(order: Json) -> bool:
    return OrderState(order["state"]).ended


def done(order: Json) -> bool:
    return bool(order["state"] == "done")


def asking(order: Json) -> bool:
    return bool(order["state"] == "asking")


def rests(order: Json) -> bool:
    """It has ended, or only a person can go on."""
    return ended(order) or asking(order)


def questions(order: Json) -> str:
    """What a person is asked now, all of it."""
    return " ".join(one["text"] for one in order["questions"] if not one["answered_at"] and not one["withdrawn_at"])


def line(number: int = 1, product: Any = catalogue.BACKUP, **more: Any) -> Json:
    """A line of the simplest product, bought monthly, or of another."""
    return {"id": str(number), "product_id": product.id, "quantity": 2, "billing_term": "Monthly", **more}


def quote(lines: Sequence[Mapping[str, Any]] | None = None, customer: Any = customers.CONTOSO, **more: Any) -> Json:
    """What a customer accepted: one line, if nothing else is said."""
    number = f"Q-{uuid4().hex[:10]}"
    return {
        "quote": {"id": number, "system": "tests", "accepted_at": "2026-11-21T09:00:00Z", **more.pop("quote", {})},
        "customer": {
            "ref": customer.external_id or customer.name,
            "name": customer.name,
            "external_id": customer.external_id,
            "address": {"country": customer.country},
        },
        "lines": list(lines or [line()]),
        **more,
    }
