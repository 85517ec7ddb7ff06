"""Between our values and AppXite's JSON, by the names that are assumed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from pipeline.domain.claim import Payload, PurchaseLine
from pipeline.marketplaces.appxite import shapes
from pipeline.marketplaces.appxite.assumed import Assumed
from pipeline.marketplaces.appxite.references import item_id
from pipeline.marketplaces.appxite.templates import PRICE_ID


class Placing(BaseModel):
    """One line in a payload: everything that AppXite is told of it but for the id of its order item."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    line: int
    offer: str
    form: dict[str, Any]


class Contents(BaseModel):
    """
    What a payload holds. The organisation is in it, though AppXite takes it as a header: what was put into a cart for
    one must never pass for what another one wants.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    organisation: str
    items: tuple[Placing, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """An order item as it was, or is to be, put into a cart."""

    id: str
    offer: str
    form: Mapping[str, Any]


def payload(contents: Contents) -> Payload:
    """Lines by their number, names in a fixed order, ASCII without spaces: equal contents give equal bytes."""
    items = sorted(contents.items, key=lambda item: item.line)
    body = _dumped({"organisation": contents.organisation, "items": [item.model_dump() for item in items]})
    return Payload(body=body, hash=digest(body))


def digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def contents(body: str) -> Contents:
    """Raises ValueError for a payload that is none of ours."""
    return Contents.model_validate_json(body)


def wanted(contents: Contents, reference: str, basket: int) -> tuple[Wanted, ...]:
    return tuple(Wanted(item_id(reference, basket, one.line), one.offer, one.form) for one in contents.items)


def answers(lines: Sequence[PurchaseLine]) -> tuple[str, ...]:
    """What was answered for provisioning: customers' data, and passwords now and then."""
    return tuple(value for line in lines for _, values in line.provisioning for value in values)


class Codec:
    """For one account. Reading raises pydantic's ValidationError for what is outside of the contract."""

    def __init__(self, assumed: Assumed) -> None:
        self.assumed = assumed

    def cart_body(self, items: Sequence[Wanted]) -> bytes:
        return _dumped({self.assumed.order.items: [self._item(one) for one in items]}).encode()

    def operation_body(self, order_id: str, items: Sequence[Wanted], operation: str) -> bytes:
        names = self.assumed
        asked = [self._item(one) | {names.item.operations: [operation]} for one in items]
        return _dumped({names.order.id: order_id, names.order.items: asked}).encode()

    def domain_body(self, domain: str) -> bytes:
        return _dumped({self.assumed.domain: domain}).encode()

    def order(self, content: Any) -> shapes.OrderShape:
        names = self.assumed
        taken = _taken(names.order, content)
        items = taken.get("items")
        if isinstance(items, list):
            taken["items"] = [_taken(names.item, one) for one in items]
        return shapes.OrderShape.model_validate(taken)

    def customer(self, content: Any) -> shapes.CustomerShape:
        return shapes.CustomerShape.model_validate(_taken(self.assumed.customer, content))

    def plan(self, content: Any) -> shapes.PlanShape:
        taken = _taken(self.assumed.plan, content)
        whole = content if isinstance(content, Mapping) else {}
        return shapes.PlanShape.model_validate(taken | {"id": whole.get(PRICE_ID), "period": dict(whole)})

    def subscription(self, content: Any) -> shapes.SubscriptionShape:
        return shapes.SubscriptionShape.model_validate(content)

    def _item(self, one: Wanted) -> dict[str, Any]:
        names = self.assumed.item
        return {names.id: one.id, names.offer: one.offer, names.form: dict(one.form)}


def _taken(names: BaseModel, content: Any) -> dict[str, Any]:
    """What these names stand for, under ours; anything that is no object holds nothing."""
    if not isinstance(content, Mapping):
        return {}
    return {ours: content[theirs] for ours, theirs in names if theirs in content}


def _dumped(content: Any) -> str:
    return json.dumps(content, separators=(",", ":"), allow_nan=False)
