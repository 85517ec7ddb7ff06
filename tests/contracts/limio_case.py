"""Limio over its simulator: tokens, customers by e-mail, checkout sessions, previews, our reference on an order."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

import httpx
from pydantic import SecretStr

from pipeline.domain.claim import Purchase, PurchaseLine
from pipeline.domain.company import CompanyStatus
from pipeline.domain.customer import Buyer
from pipeline.domain.terms import BillingTerm
from pipeline.marketplaces import AccountConfig
from pipeline.marketplaces.deadline import boottime
from pipeline.marketplaces.limio.account import LimioAccount
from pipeline.marketplaces.limio.simulator import (
    DEMO_CLIENT_ID,
    DEMO_CLIENT_SECRET,
    LimioSimulator,
    catalogue,
    customers,
)
from pipeline.ports import Marketplace
from tests.contracts.case import (
    Bought,
    Route,
    WithBaskets,
    WithCompanies,
    WithEmails,
    WithRehearsal,
    WithTokens,
    WithWaiting,
)
from tests.contracts.simulated import TokenCase

_OBJECT, _OBJECTS = "/api/objects/{service}/{path_type}/{id}", "/api/objects/{service}/{path_type}"
_STREET = "1 Canary Street"


class LimioCase(TokenCase):
    routes: ClassVar[Mapping[str, Route]] = {
        "purchase": Route("POST", "/api/partner/order"),
        "basket": Route("POST", "/api/partner/checkout"),
        "rehearsal": Route("POST", "/api/partner/order/preview"),
        "read": Route("GET", _OBJECT),
        "list": Route("GET", "/api/partner/customer"),
        "emails": Route("GET", "/api/partner/customer"),
        "order": Route("GET", _OBJECT),
        "orders": Route("GET", _OBJECTS),
        "waiting": Route("GET", _OBJECTS),
        "token": Route("POST", "/oauth2/token"),
    }
    origin = "http://limio.simulator"
    account_class = LimioAccount
    secrets: tuple[str, ...] = (DEMO_CLIENT_SECRET, DEMO_CLIENT_ID, "sim.")
    canaries: tuple[str, ...] = (customers.CONTOSO.email, "Canarina", "Canarison", _STREET, "Canarytown", "555-0147")
    credential = "CLIENT_SECRET"
    short_answers = True
    buyers = (customers.CONTOSO.id, customers.TAILSPIN_ONE_PARENT.id)
    product_id = catalogue.BACKUP.id
    sku = catalogue.BACKUP.name
    unknown_id = f"{0:040x}"
    page = 100
    waits = "queued"
    statuses: Mapping[str, CompanyStatus] = dict.fromkeys(buyers, CompanyStatus.ACTIVE)
    email = customers.CONTOSO.email
    emails_nobody_has: tuple[str, ...] = ("nobody@nowhere.example", "da@contoso.example", "contoso.example", "ada")
    refused_fields: tuple[tuple[int | None, str], ...] = ()
    finds_baskets = False

    def __init__(
        self,
        transport: httpx.BaseTransport | None = None,
        base_url: str | None = None,
        clock: Callable[[], float] = boottime,
        simulator: LimioSimulator | None = None,
        **changed: Any,
    ) -> None:
        self.simulator = simulator or LimioSimulator()
        super().__init__(self.simulator, transport, base_url, clock, **changed)

    def config(self, base_url: str, changed: Mapping[str, Any]) -> AccountConfig:
        values: dict[str, Any] = {
            "name": "limio-main",
            "marketplace": "limio",
            "base_url": f"{base_url}/api",
            "token_url": "",
            "client_id": SecretStr(DEMO_CLIENT_ID),
            "client_secret": SecretStr(DEMO_CLIENT_SECRET),
            "currency": "USD",
            "settings": {"client_id": "QUOTEWAY_LIMIO_CLIENT_ID", "client_secret": "QUOTEWAY_LIMIO_CLIENT_SECRET"},
        }
        return AccountConfig(**(values | dict(changed)))

    def wanted(self, reference: str, buyer: int = 0, quantity: int = 5) -> Purchase:
        chosen = (customers.CONTOSO, customers.TAILSPIN_ONE_PARENT)[buyer]
        return Purchase(
            company_id=chosen.id,
            lines=(self._line(1, self.product_id, quantity), self._line(2, catalogue.RETENTION.id, 3)),
            reference=reference,
            buyer=a_buyer(chosen.email),
        )

    def refused(self, reference: str) -> Purchase:
        """Of a customer who was chosen, in the name of another one: the address in an order decides for whom it is."""
        buyer = a_buyer(customers.TAILSPIN_ONE_PARENT.email)
        return self.wanted(reference).model_copy(update={"buyer": buyer})

    def _line(self, number: int, offer_id: str, quantity: int) -> PurchaseLine:
        return PurchaseLine(
            line_id=f"l{number}",
            number=number,
            product_id=offer_id,
            quantity=quantity,
            billing_term=BillingTerm.MONTHLY,
            variant=self.simulator.world.offers[offer_id].version,
        )

    def read(self, marketplace: Marketplace) -> str:
        return marketplace.company(self.buyers[0]).id

    def listed(self, marketplace: Marketplace) -> Sequence[str]:
        return [company.id for company in marketplace.companies()]

    def crowd(self, count: int) -> None:
        world = self.simulator.world
        for _ in range(count):
            world.customer(f"crowd{len(world.customers)}@crowd.example", "Crowd")

    def orders(self) -> Sequence[Bought]:
        return [Bought(order.id, order.customer.id) for order in self.simulator.world.bought]

    def stranger_buys(self, times: int = 1) -> None:
        lines = [
            {"offer_id": self.product_id, "quantity": 5},
            {"offer_id": catalogue.RETENTION.id, "quantity": 3},
        ]
        for _ in range(times):
            self.simulator.world.stranger_order(self.buyers[0], lines)

    def lag(self, seconds: float) -> None:
        knobs = self.simulator.knobs
        knobs.order_list_lag = knobs.order_read_lag = timedelta(seconds=seconds)

    def finish(self, ref: str) -> None:
        del ref
        self.pass_time(60)

    def say(self, ref: str, word: str) -> None:
        self.simulator.world.set_order_status(ref, word)


def a_buyer(email: str, **changed: str) -> Buyer:
    """With personal data that must not come to light."""
    values = {
        "name": "Contoso",
        "email": email,
        "first_name": "Canarina",
        "last_name": "Canarison",
        "phone": "+1 555-0147",
        "street": _STREET,
        "city": "Canarytown",
        "postal_code": "80202",
        "country": "US",
    }
    return Buyer(**(values | changed))


CASE = LimioCase
_: tuple[
    type[WithTokens],
    type[WithCompanies],
    type[WithEmails],
    type[WithRehearsal],
    type[WithBaskets],
    type[WithWaiting],
] = (
    LimioCase,
    LimioCase,
    LimioCase,
    LimioCase,
    LimioCase,
    LimioCase,
)
