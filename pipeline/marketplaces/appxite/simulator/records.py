"""What the simulated AppXite remembers about customers and purchases: mutable, changed under the simulator's lock."""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from pipeline.marketplaces.appxite.simulator.assumed import CANCELLED, AskedItem
from pipeline.marketplaces.appxite.simulator.offers import FINISHED, Kind, Offer, Walk

NEW, ACTIVE, BLOCKED = "New", "Active", "Blocked"
ENABLED, DISABLED = "Enabled", "Disabled"


class Origin(StrEnum):
    """Who made an order: a client over the API, somebody else, or the seed."""

    API = "api"
    STRANGER = "stranger"
    SEED = "seed"


@dataclass(slots=True)
class Organisation:
    id: str
    name: str
    email: str = "ada@example.com"
    state: str = ACTIVE
    external_id: str | None = None
    tenant: str | None = None
    agreement: bool = False


@dataclass(slots=True)
class Item:
    """In the cart as long as it was not `placed`. `steps` are (from when, status), oldest first."""

    id: str
    offer: Offer
    form: dict[str, Any]
    add_ons: tuple[tuple[str, int], ...] = ()
    placed: datetime | None = None
    walk: Walk = ()
    steps: list[tuple[datetime, str]] = field(default_factory=list)
    subscription_id: str | None = None
    approval: dict[str, Any] = field(default_factory=dict)

    @property
    def quantity(self) -> int:
        return int(self.form.get(self.offer.key(Kind.QUANTITY), 0))

    @property
    def plan_id(self) -> str:
        return str(self.form.get(self.offer.key(Kind.CHARGE_PERIOD), {}).get("offerRulePricingId", ""))

    @property
    def contents(self) -> tuple[str, int, str, str]:
        """(offer, quantity, plan, everything of form data and add-ons as one text): equal purchases are equal."""
        whole = json.dumps([self.form, self.add_ons], sort_keys=True, separators=(",", ":"))
        return self.offer.id, self.quantity, self.plan_id, whole

    @property
    def asked(self) -> AskedItem:
        return AskedItem(self.id, self.offer.id, self.form, self.add_ons)

    def status(self, now: datetime) -> str | None:
        """None: in the cart."""
        current = self.steps[0][1] if self.steps else None
        for since, word in self.steps:
            if since <= now:
                current = word
        return current

    def finished(self) -> datetime | None:
        """When it was provisioned, or will be if nobody interferes."""
        return next((since for since, word in self.steps if word == FINISHED), None)

    def become(self, now: datetime, *steps: tuple[datetime, str]) -> None:
        """Drop whatever was still to come and go this way from now on."""
        self.steps = [step for step in self.steps if step[0] <= now]
        self.steps.extend(steps)


@dataclass(slots=True)
class Order:
    """A cart until it was `executed`; from then on `organisation_id` is who pays for it. `told` was notified last."""

    id: str
    organisation_id: str
    created: datetime
    items: list[Item]
    origin: Origin = Origin.API
    executed: datetime | None = None
    told: str | None = None

    @property
    def lines(self) -> list[Item]:
        """The items that were bought."""
        return [item for item in self.items if item.placed is not None]

    @property
    def contents(self) -> Counter[tuple[str, int, str, str]]:
        """What was bought, as a bag of the items' contents."""
        return Counter(item.contents for item in self.lines)


@dataclass(slots=True)
class Subscription:
    """There is one as soon as its item was provisioned; a cancelled item leaves it disabled."""

    id: str
    organisation_id: str
    item: Item
    quantity: int

    def state(self, at: datetime) -> str | None:
        """None: there is none yet, or never will be."""
        return {FINISHED: ENABLED, CANCELLED: DISABLED}.get(self.item.status(at) or "")
