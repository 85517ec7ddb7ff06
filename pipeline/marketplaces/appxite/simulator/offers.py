"""What a simulated offer is: its plans, the keys of its form data, its add-ons, and how it is provisioned."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

STARTED = "provision_started"
FINISHED = "provision_finished"
FAILED = "provision_failed"

Walk = tuple[tuple[float, str], ...]
"""Statuses of an item, each with the seconds after it was placed (or approved) when it begins."""

NEVER: Walk = ((0, STARTED),)
UNKNOWN_WORD: Walk = ((0, STARTED), (1, "provision_suspended"))


def automated(seconds: float = 2.0) -> Walk:
    """Provisioned after so long."""
    return ((0, STARTED), (seconds, FINISHED))


def failing(seconds: float = 2.0) -> Walk:
    return ((0, STARTED), (seconds, FAILED))


@dataclass(frozen=True, slots=True)
class Plan:
    """A price with an identity, which form data have to name: a new price is a new `id`."""

    id: str
    price: Decimal
    frequency: str = "Monthly"
    months: int = 1

    def charge_period(self, offer_id: str) -> dict[str, Any]:
        return {
            "offerId": offer_id,
            "offerRulePricingId": self.id,
            "pricingFrequency": self.frequency,
            "offerRuleFrequency": self.frequency,
            "offerRuleCustomFrequencyMonths": self.months,
        }

    def at(self, price: Decimal, plan_id: str | None = None) -> "Plan":
        return replace(self, price=price, id=plan_id or self.id)


class Kind(StrEnum):
    """What belongs behind a key of form data."""

    QUANTITY = "quantity"
    CHARGE_PERIOD = "charge_period"
    CHOICE = "choice"  # an id out of a list that only the portal's page shows
    TEXT = "text"
    DOMAIN = "domain"  # a Microsoft domain that nobody has yet


@dataclass(frozen=True, slots=True)
class FormKey:
    """`choices` maps each id to the name that the portal shows for it, and that the API doesn't take."""

    key: str
    kind: Kind
    choices: Mapping[str, str] = field(default_factory=dict)
    required: bool = True


QUANTITY = FormKey("quantityBox1", Kind.QUANTITY)
CHARGE_PERIOD = FormKey("ChargePeriod", Kind.CHARGE_PERIOD)


@dataclass(frozen=True, slots=True)
class AddOn:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Offer:
    """`limits` are the smallest and the largest quantity that the vendor provisions: orders outside of them fail."""

    id: str
    name: str
    vendor: str
    plans: tuple[Plan, ...]
    keys: tuple[FormKey, ...] = (QUANTITY, CHARGE_PERIOD)
    add_ons: tuple[AddOn, ...] = ()
    limits: tuple[int, int] = (1, 10000)
    manual: bool = False
    microsoft: bool = False
    """Needs a tenant, and Microsoft's agreement accepted."""
    walk: Walk = field(default_factory=automated)

    def key(self, kind: Kind) -> str:
        return next((one.key for one in self.keys if one.kind is kind), "")

    def form(self, quantity: int = 1, plan: Plan | None = None, **answers: Any) -> dict[str, Any]:
        """Form data as the portal would send them: the first choice where nothing is said."""
        chosen = plan or self.plans[0]
        filled: dict[str, Any] = {}
        for one in self.keys:
            match one.kind:
                case Kind.QUANTITY:
                    filled[one.key] = quantity
                case Kind.CHARGE_PERIOD:
                    filled[one.key] = chosen.charge_period(self.id)
                case Kind.CHOICE:
                    filled[one.key] = next(iter(one.choices))
                case Kind.TEXT | Kind.DOMAIN:
                    continue  # nobody but the customer knows what belongs there
        return filled | answers


def stable_id(kind: int, number: int) -> str:
    return str(uuid.UUID(f"d{kind:07d}-0000-4000-8000-{number:012d}"))
