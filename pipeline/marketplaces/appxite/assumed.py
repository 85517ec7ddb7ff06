"""
What no public source shows of AppXite, all in this one place: paths, field names and words, proposed in its style.

An account's option `assumed` names a JSON file that puts real ones in their place, so that a first real account needs
no change of code. What is documented (`POST /orders/`, `POST /orders/operation`, `GET /orders/{orderId}`,
`PUT /customers/{customerId}/approve`, the headers, `FormData` with its `ChargePeriod`, the operations, `provision_*`)
is not here.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.domain.catalogue import Verdict
from pipeline.marketplaces.accounts import BadOptions

Name = Annotated[str, Field(min_length=1)]
Route = Annotated[str, Field(pattern=r"^/")]
_BETWEEN_WORDS = re.compile(r"[\s_-]+")


class _Closed(BaseModel):
    """A misspelled name of a name is an error of whoever wrote the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Paths(_Closed):
    """
    Below the account's address. `{offer}`, `{customer}` and `{subscription}` are ids. `orders` empty: there is no list,
    and a lost purchase is looked for by its cart's id alone.
    """

    token: Route = "/oauth2/token"  # noqa: S105 - where it is asked for
    customers: Route = "/customers"
    customer: Route = "/customers/{customer}"
    orders: Annotated[str, Field(pattern=r"^(/.*)?$")] = "/orders"
    pricing_plan: Route = "/offers/{offer}/pricing-plan"
    subscriptions: Route = "/subscriptions"
    subscription: Route = "/subscriptions/{subscription}"
    domain_check: Route = "/microsoft/domains/validate"


class Paging(_Closed):
    """How a list is asked for; `items` and `total` are names in its answer."""

    number: Name = "pageNumber"
    size: Name = "pageSize"
    first: int = 1
    largest: Annotated[int, Field(ge=1)] = 100
    items: Name = "Items"
    total: Name = "TotalCount"


class OrderNames(_Closed):
    id: Name = "OrderId"
    status: Name = "OrderStatus"
    items: Name = "OrderItems"


class ItemNames(_Closed):
    id: Name = "OrderItemId"
    offer: Name = "OfferId"
    form: Name = "FormData"
    status: Name = "Status"
    operations: Name = "Operations"


class CustomerNames(_Closed):
    id: Name = "Id"
    name: Name = "Name"
    email: Name = "Email"
    status: Name = "Status"
    external_id: Name = "ExternalId"


class PlanNames(_Closed):
    """Of a row of a pricing plan, beside the keys that a `ChargePeriod` has."""

    price: Name = "price"
    currency: Name = "currency"


_VERDICTS = {
    "provision_started": Verdict.IN_PROGRESS,
    "provisioning_started": Verdict.IN_PROGRESS,
    "start": Verdict.IN_PROGRESS,
    "in_progress": Verdict.IN_PROGRESS,
    "provision_finished": Verdict.LIVE,
    "provisioning_finished": Verdict.LIVE,
    "completed": Verdict.LIVE,
    "provision_failed": Verdict.FAILED,
    "provisioning_failed": Verdict.FAILED,
    "pending_approval": Verdict.WAITS_FOR_APPROVAL,
    "rejected": Verdict.FAILED,
    "cancelled": Verdict.FAILED,
    "deleted": Verdict.FAILED,
}
_IN_CART = frozenset({"draft", "quote", "quotes"})


class Assumed(_Closed):
    """
    `statuses` are further words of orders and items, or other readings of the known ones; `in_cart` those words that
    mean that nothing was bought yet. Capitals, spaces, hyphens and underscores make no difference.
    """

    paths: Paths = Paths()
    paging: Paging = Paging()
    order: OrderNames = OrderNames()
    item: ItemNames = ItemNames()
    customer: CustomerNames = CustomerNames()
    plan: PlanNames = PlanNames()
    domain: Name = "Domain"
    statuses: dict[str, Verdict] = Field(default_factory=dict)
    in_cart: frozenset[str] = _IN_CART

    def verdict(self, word: str) -> Verdict:
        """UNKNOWN for a word of which nothing is known, and for `Completed with errors`: of which item, nobody says."""
        told = {plain(one): verdict for one, verdict in self.statuses.items()}
        return told.get(plain(word)) or _VERDICTS.get(plain(word), Verdict.UNKNOWN)

    def is_of_cart(self, word: str) -> bool:
        return plain(word) in {plain(one) for one in self.in_cart}


def plain(word: str) -> str:
    return _BETWEEN_WORDS.sub("_", word.strip().casefold())


def read_assumed(path: Path | None) -> Assumed:
    """The names as that file changes them; unchanged without a file. Raises BadOptions."""
    if path is None:
        return Assumed()
    try:
        return Assumed.model_validate_json(path.read_bytes())
    except OSError as error:
        raise BadOptions(f"The file of AppXite's names, {path}, cannot be read: {error.strerror}.") from None
    except ValidationError as error:
        raise BadOptions(f"The file of AppXite's names, {path}, cannot be meant: {complaints(error)}.") from None


def complaints(error: ValidationError) -> str:
    """What is wrong where, without the values."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(str(part) for part in one['loc']) or 'the whole'}: {one['msg']}" for one in found)
