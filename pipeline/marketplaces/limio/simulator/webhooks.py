"""What Limio tells: the bare object, without an envelope, an id of the event or a signature.

Submitted and created are told as soon as an order is there, whatever its plug-ins do later.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pipeline.marketplaces.limio.simulator import assumed, rendering
from pipeline.marketplaces.limio.simulator.knobs import Knobs
from pipeline.marketplaces.limio.simulator.records import Order, Process, Subscription


class Event(StrEnum):
    """Which of the settings' webhooks it is; the body doesn't say."""

    ORDER_SUBMITTED = "order_submitted"
    SUBSCRIPTION_CREATED = "subscription_created"
    ENTITLEMENTS_UPDATED = "entitlements_updated"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Webhook:
    """A delivery to be made: the JSON of its body, and the Basic header that is set up with it."""

    event: Event
    body: dict[str, Any]
    authorization: str
    at: datetime


class Outbox(list[Webhook]):
    """`deliver`, if set, gets each webhook too: under the simulator's lock, so it must neither wait nor call back."""

    def __init__(self, knobs: Knobs) -> None:
        super().__init__()
        self.deliver: Callable[[Webhook], None] | None = None
        self._knobs = knobs

    def tell(self, event: Event, about: Order | Subscription | Process, now: datetime) -> None:
        if not self._knobs.webhooks:
            return
        for _ in range(self._knobs.webhook_times):
            self.append(Webhook(event, body(event, about, self._knobs, now), authorization(self._knobs), now))
            if self.deliver is not None:
                self.deliver(self[-1])


def body(event: Event, about: Order | Subscription | Process, knobs: Knobs, now: datetime) -> dict[str, Any]:
    match about:
        case Order():
            return assumed.order_object(about, knobs, now)
        case Subscription() if event is Event.ENTITLEMENTS_UPDATED:
            return assumed.entitlement_object(about, now)
        case Subscription():
            return rendering.subscription(about, now)
        case Process():
            return assumed.process_object(about, now)


def authorization(knobs: Knobs) -> str:
    return "Basic " + base64.b64encode(f"{knobs.webhook_user}:{knobs.webhook_password}".encode()).decode()
