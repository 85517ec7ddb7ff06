"""FlexPortal over its simulator: a key, customers by e-mail, our reference on an order, and no dry run of its own."""

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
from pipeline.marketplaces.flexportal.account import FlexPortalAccount
from pipeline.marketplaces.flexportal.simulator import (
    DEMO_API_KEY,
    DEMO_TENANT,
    FlexPortalSimulator,
    catalogue,
    customers,
)
from pipeline.ports import Marketplace
from tests.contracts.case import Bought, Route, WithCompanies, WithEmails, WithKey, WithRehearsal, WithWaiting
from tests.contracts.simulated import SimulatedCase

_SOLD = "Calle Canaria"


class FlexPortalCase(SimulatedCase):
    routes: ClassVar[Mapping[str, Route]] = {
        "purchase": Route("POST", "/v1/orders"),
        "rehearsal": Route("GET", "/v1/products/variants"),
        "read": Route("GET", "/v1/customers/{customerId}"),
        "list": Route("GET", "/v1/customers"),
        "emails": Route("GET", "/v1/customers"),
        "order": Route("GET", "/v1/orders/{orderId}"),
        "orders": Route("GET", "/v1/orders"),
        "waiting": Route("GET", "/v1/orders"),
        "rentals": Route("GET", "/v1/subscriptions"),
        "handing out": Route("POST", "/v1/subscriptions"),
        "stock": Route("GET", "/v1/assets"),
        "device": Route("GET", "/v1/assets/{serialNumber}"),
    }
    origin = "http://api-eu.flexportal.simulator"
    account_class = FlexPortalAccount
    secrets: tuple[str, ...] = (DEMO_API_KEY,)
    canaries: tuple[str, ...] = (customers.CONTOSO.email, "Canarina", "Canarison", _SOLD, "Canarytown", "555-0147")
    credential = "API_KEY"
    buyers = (customers.CONTOSO.id, customers.TAILSPIN_ONE_LAPTOP.id)
    product_id = catalogue.LAPTOP_14
    sku = catalogue.LAPTOP_14
    unknown_id = "ord_00000000000000000000"
    page = 100
    waits = "pending"
    statuses: Mapping[str, CompanyStatus] = {
        customers.CONTOSO.id: CompanyStatus.ACTIVE,
        customers.TAILSPIN_ONE_LAPTOP.id: CompanyStatus.ACTIVE,
        customers.NORTHWIND_INACTIVE.id: CompanyStatus.INACTIVE,
    }
    email = customers.CONTOSO.email
    emails_nobody_has: tuple[str, ...] = ("nobody@nowhere.example", "contoso.example", "da@contoso.example", "ada")
    refused_fields: tuple[tuple[int | None, str], ...] = ()

    def __init__(
        self,
        transport: httpx.BaseTransport | None = None,
        base_url: str | None = None,
        clock: Callable[[], float] = boottime,
        simulator: FlexPortalSimulator | None = None,
        **changed: Any,
    ) -> None:
        self.simulator = simulator or FlexPortalSimulator()
        self.simulator.knobs.calls_per_minute = None
        super().__init__(self.simulator, transport, base_url, clock, **changed)

    def config(self, base_url: str, changed: Mapping[str, Any]) -> AccountConfig:
        values: dict[str, Any] = {
            "name": "flexportal-main",
            "marketplace": "flexportal",
            "base_url": base_url,
            "token_url": "",
            "client_id": SecretStr(""),
            "client_secret": SecretStr(""),
            "api_key": SecretStr(DEMO_API_KEY),
            "tenant": DEMO_TENANT,
            "currency": "EUR",
            "calls_per_minute": 100,
            "settings": {"api_key": "QUOTEWAY_FLEXPORTAL_API_KEY", "tenant": "QUOTEWAY_FLEXPORTAL_TENANT"},
        }
        return AccountConfig(**(values | dict(changed)))

    def wanted(self, reference: str, buyer: int = 0, quantity: int = 5) -> Purchase:
        return Purchase(
            company_id=self.buyers[buyer],
            lines=(a_device(1, self.product_id, quantity, 24), a_device(2, catalogue.MONITOR, 3, 12)),
            reference=reference,
            buyer=a_buyer((customers.CONTOSO, customers.TAILSPIN_ONE_LAPTOP)[buyer].email),
        )

    def refused(self, reference: str) -> Purchase:
        """Of something that is not offered any more."""
        gone = a_device(1, catalogue.SCANNER_INACTIVE, 1, 12)
        return self.wanted(reference).model_copy(update={"lines": (gone,)})

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
        items = [
            {"sku": self.product_id, "quantity": 5, "contract_length": 24},
            {"sku": catalogue.MONITOR, "quantity": 3, "contract_length": 12},
        ]
        for _ in range(times):
            self.simulator.world.stranger_order(self.buyers[0], items)

    def lag(self, seconds: float) -> None:
        knobs = self.simulator.knobs
        knobs.order_list_lag = knobs.order_read_lag = timedelta(seconds=seconds)

    def finish(self, ref: str) -> None:
        self.pass_time(60)
        world = self.simulator.world
        world.confirm(ref)
        world.ship(ref)

    def say(self, ref: str, word: str) -> None:
        self.simulator.world.set_status(ref, word)

    def ignore_filters(self) -> None:
        self.simulator.knobs.filterable_fields = ()

    def change_key(self) -> None:
        self.simulator.knobs.api_key = "another-one"


def a_device(number: int, sku: str, quantity: int, months: int, **details: str) -> PurchaseLine:
    return PurchaseLine(
        line_id=f"l{number}",
        number=number,
        product_id=sku,
        quantity=quantity,
        billing_term=BillingTerm.MONTHLY,
        commitment_id=str(months),
        provisioning=tuple((key, (value,)) for key, value in details.items()),
    )


def a_buyer(email: str, **changed: str) -> Buyer:
    """Of the customer, with personal data that must not come to light."""
    values = {
        "name": "Contoso",
        "email": email,
        "first_name": "Canarina",
        "last_name": "Canarison",
        "phone": "+49 555-0147",
        "street": f"{_SOLD} 1",
        "city": "Canarytown",
        "postal_code": "35001",
        "country": "DE",
    }
    return Buyer(**(values | changed))


CASE = FlexPortalCase
_: tuple[type[WithKey], type[WithCompanies], type[WithEmails], type[WithRehearsal], type[WithWaiting]] = (
    FlexPortalCase,
    FlexPortalCase,
    FlexPortalCase,
    FlexPortalCase,
    FlexPortalCase,
)
