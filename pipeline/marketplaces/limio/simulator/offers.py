"""What is on sale at the simulated Limio: offers in versions, and how an order for one of them runs."""

import hashlib
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

SubscriptionWalk = tuple[tuple[float, str], ...]
"""Statuses of a subscription, each with the seconds after its order is complete when it begins."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """One step of the orchestration. One that fails and is critical stops the run; what ran before it stays done."""

    name: str
    seconds: float = 1.0
    critical: bool = True
    outcome: Literal["done", "fails", "hangs"] = "done"
    message: str = "Upstream service returned an error"


SALESFORCE = Plugin("salesforce-account", critical=False)
BILLING_ACCOUNT = Plugin("billing-account")
BILLING_SUBSCRIPTION = Plugin("billing-subscription")
ENTITLEMENTS = Plugin("entitlements", critical=False)
CHAIN = (SALESFORCE, BILLING_ACCOUNT, BILLING_SUBSCRIPTION, ENTITLEMENTS)


@dataclass(frozen=True, slots=True)
class Course:
    """How an order runs: its plug-ins one after the other, then its subscription's statuses.

    `word` is the order's status once all is done.
    """

    plugins: tuple[Plugin, ...] = CHAIN
    then: SubscriptionWalk = ((0, "active"),)
    word: str = "complete"

    @property
    def seconds(self) -> float:
        return sum(plugin.seconds for plugin in self.plugins) + self.then[-1][0]


SMOOTH = Course()
HALF_DONE = Course((SALESFORCE, BILLING_ACCOUNT, replace(BILLING_SUBSCRIPTION, outcome="fails"), ENTITLEMENTS))
"""Stops after the billing account is made, which stays."""
FAILED_AT_ONCE = Course((replace(BILLING_ACCOUNT, outcome="fails"), BILLING_SUBSCRIPTION))
CRM_FAILED = Course((replace(SALESFORCE, outcome="fails"), BILLING_ACCOUNT, BILLING_SUBSCRIPTION, ENTITLEMENTS))
"""Goes through although a plug-in that is not critical failed."""
NEVER_DONE = Course((SALESFORCE, replace(BILLING_ACCOUNT, outcome="hangs")))
NEVER_ACTIVE = Course(then=((0, "pending"),))
CANCELLED = Course(then=((0, "active"), (1, "cancelled")))
UNKNOWN_WORD = Course(word="awaiting_allocation")

COURSES = {
    "smooth": SMOOTH,
    "half_done": HALF_DONE,
    "failed_at_once": FAILED_AT_ONCE,
    "crm_failed": CRM_FAILED,
    "never_done": NEVER_DONE,
    "never_active": NEVER_ACTIVE,
    "cancelled": CANCELLED,
    "unknown_word": UNKNOWN_WORD,
}


def slow(seconds: float) -> Course:
    """Complete after the plug-ins; its subscription waits so long as `pending` for people at the vendor."""
    return Course(then=((0, "pending"), (seconds, "active")))


@dataclass(frozen=True, slots=True)
class Offer:
    """`prices` are by version, the current one last. A version is made of what the offer says, so a new price is one.

    `countries` and `partners` say who is eligible (None: everybody); only the order is held to them. `needs` are
    offers one of which has to be in the same order or owned already.
    """

    id: str
    name: str
    price: Decimal
    currency: str = "USD"
    interval: Literal["months", "years"] = "months"
    kind: Literal["offer", "add_on"] = "offer"
    sales_channels: tuple[str, ...] = ("partner",)
    countries: tuple[str, ...] | None = None
    partners: tuple[str, ...] | None = None
    needs: tuple[str, ...] = ()
    most: int | None = None
    course: Course = SMOOTH
    earlier: tuple[tuple[str, Decimal], ...] = field(default=())

    @property
    def version(self) -> str:
        said = f"{self.id} {self.name} {self.price} {self.currency} {len(self.earlier)}"
        return hashlib.sha1(said.encode(), usedforsecurity=False).hexdigest()

    @property
    def path(self) -> str:
        return f"/{'add_ons' if self.kind == 'add_on' else 'offers2'}/{self.name}"

    def price_at(self, version: str) -> Decimal | None:
        return self.price if version == self.version else dict(self.earlier).get(version)

    def at(self, price: Decimal) -> "Offer":
        """The same offer, newly published."""
        return replace(self, price=price, earlier=(*self.earlier, (self.version, self.price)))
