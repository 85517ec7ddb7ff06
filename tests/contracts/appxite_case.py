"""AppXite over its simulator: tokens, organisations that are approved, carts, and ids of ours on what is ordered."""

import atexit
import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, ClassVar

import httpx
from pydantic import SecretStr

from pipeline.domain.claim import Purchase, PurchaseLine
from pipeline.domain.company import CompanyStatus
from pipeline.domain.terms import BillingTerm
from pipeline.marketplaces import AccountConfig
from pipeline.marketplaces.appxite.account import AppXiteAccount
from pipeline.marketplaces.appxite.simulator import (
    DEMO_CLIENT_ID,
    DEMO_CLIENT_SECRET,
    DEMO_PORTAL,
    DEMO_SUBSCRIPTION_KEY,
    AppXiteSimulator,
    catalogue,
    customers,
)
from pipeline.marketplaces.appxite.simulator.templates import write_templates
from pipeline.marketplaces.deadline import boottime
from pipeline.ports import Marketplace
from tests.contracts.case import Bought, Route, WithBaskets, WithCompanies, WithRehearsal, WithTokens
from tests.contracts.simulated import TokenCase

_HOST = "canary-host.example"


@cache
def templates_folder() -> Path:
    """One for the whole process, which takes it along when it ends: nothing changes it."""
    folder = Path(mkdtemp(prefix="appxite-templates-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    write_templates(folder)
    return folder


class AppXiteCase(TokenCase):
    routes: ClassVar[Mapping[str, Route]] = {
        "purchase": Route("POST", "/orders/operation", containing="place_order"),
        "basket": Route("POST", "/orders/"),
        "rehearsal": Route("GET", "/orders/{orderId}"),
        "read": Route("GET", "/customers/{customerId}"),
        "list": Route("GET", "/customers"),
        "order": Route("GET", "/orders/{orderId}"),
        "orders": Route("GET", "/orders"),
        "token": Route("POST", "/oauth2/token"),
    }
    origin = "http://appxite.simulator"
    account_class = AppXiteAccount
    secrets: tuple[str, ...] = (DEMO_CLIENT_SECRET, DEMO_CLIENT_ID, DEMO_SUBSCRIPTION_KEY, "sim.")
    canaries: tuple[str, ...] = (_HOST, customers.CONTOSO.email)
    credential = "CLIENT_SECRET"
    buyers = (customers.CONTOSO.id, customers.TAILSPIN.id)
    product_id = catalogue.DEFENDER.id
    sku = "BULWARK-MAIL"
    unknown_id = "00000000-0000-4000-8000-000000000000"
    page = 100
    statuses: Mapping[str, CompanyStatus] = {
        customers.CONTOSO.id: CompanyStatus.ACTIVE,
        customers.TAILSPIN.id: CompanyStatus.ACTIVE,
        customers.NORTHWIND_NEW.id: CompanyStatus.NEW,
        customers.LITWARE_BLOCKED.id: CompanyStatus.BLOCKED,
    }
    refused_fields: tuple[tuple[int | None, str], ...] = ((1, "tenantDomain"),)
    finds_baskets = False

    def __init__(
        self,
        transport: httpx.BaseTransport | None = None,
        base_url: str | None = None,
        clock: Callable[[], float] = boottime,
        simulator: AppXiteSimulator | None = None,
        **changed: Any,
    ) -> None:
        self.simulator = simulator or AppXiteSimulator()
        super().__init__(self.simulator, transport, base_url, clock, **changed)

    def config(self, base_url: str, changed: dict[str, Any]) -> AccountConfig:
        return appxite_config(base_url, **changed)

    def wanted(self, reference: str, buyer: int = 0, quantity: int = 5) -> Purchase:
        server = a_line(2, catalogue.VIRTUAL_SERVER.id, 3, locationBox1="Dublin", hostName=_HOST)
        lines = (a_line(1, self.product_id, quantity), server)
        return Purchase(company_id=self.buyers[buyer], lines=lines, reference=reference)

    def refused(self, reference: str) -> Purchase:
        """With a Microsoft domain that somebody has."""
        taken = a_line(1, catalogue.CLOUD_DIRECTORY.id, 1, tenantDomain=str(customers.CONTOSO.tenant))
        return self.wanted(reference).model_copy(update={"lines": (taken,)})

    def read(self, marketplace: Marketplace) -> str:
        return marketplace.company(self.buyers[0]).id

    def listed(self, marketplace: Marketplace) -> Sequence[str]:
        return [company.id for company in marketplace.companies()]

    def crowd(self, count: int) -> None:
        for _ in range(count):
            self.simulator.world.organisation(f"Crowd {len(self.simulator.world.organisations)}")

    def orders(self) -> Sequence[Bought]:
        bought = self.simulator.world.bought
        return [Bought(f"{order.organisation_id}/{order.id}", order.organisation_id) for order in bought]

    def stranger_buys(self, times: int = 1) -> None:
        lines = [{"offer_id": self.product_id, "quantity": 5}, {"offer_id": catalogue.VIRTUAL_SERVER.id, "quantity": 3}]
        for _ in range(times):
            self.simulator.world.stranger_order(self.buyers[0], lines)

    def lag(self, seconds: float) -> None:
        knobs = self.simulator.knobs
        knobs.order_list_lag = knobs.order_read_lag = timedelta(seconds=seconds)

    def finish(self, ref: str) -> None:
        del ref
        self.pass_time(60)

    def say(self, ref: str, word: str) -> None:
        order = self.simulator.world.order(ref.rpartition("/")[2])
        assert order is not None
        for item in order.items:
            self.simulator.world.set_status(item.id, word)


def a_line(number: int, offer_id: str, quantity: int, **answers: str) -> PurchaseLine:
    return PurchaseLine(
        line_id=f"l{number}",
        number=number,
        product_id=offer_id,
        quantity=quantity,
        billing_term=BillingTerm.MONTHLY,
        provisioning=tuple((key, (value,)) for key, value in answers.items()),
    )


def appxite_config(base_url: str = "http://appxite.simulator", **changed: Any) -> AccountConfig:
    """`options` given here are added to those that the simulator needs."""
    options = {"portal": DEMO_PORTAL, "templates": str(templates_folder())} | dict(changed.pop("options", {}))
    values: dict[str, Any] = {
        "name": "appxite-main",
        "marketplace": "appxite",
        "base_url": base_url,
        "token_url": "",
        "client_id": SecretStr(DEMO_CLIENT_ID),
        "client_secret": SecretStr(DEMO_CLIENT_SECRET),
        "api_key": SecretStr(DEMO_SUBSCRIPTION_KEY),
        "currency": "USD",
        "options": options,
        "settings": {
            name: f"QUOTEWAY_APPXITE_{name.upper()}" for name in ("client_id", "client_secret", "api_key", "token_url")
        },
    }
    return AccountConfig(**(values | changed))


CASE = AppXiteCase
_: tuple[type[WithTokens], type[WithCompanies], type[WithRehearsal], type[WithBaskets]] = (
    AppXiteCase,
    AppXiteCase,
    AppXiteCase,
    AppXiteCase,
)
