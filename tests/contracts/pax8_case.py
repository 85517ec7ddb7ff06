"""Pax8 over its simulator: tokens, companies with contacts, a dry run, and no reference of ours on an order."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

import httpx
from pydantic import SecretStr

from pipeline.abilities import ChangesSubscriptions
from pipeline.domain.claim import ChangeSubscription, PlaceOrder, Purchase, PurchaseLine
from pipeline.domain.company import CompanyStatus
from pipeline.domain.terms import BillingTerm, SubscriptionTerms
from pipeline.marketplaces import AccountConfig
from pipeline.marketplaces.deadline import boottime
from pipeline.marketplaces.pax8.account import Pax8Account
from pipeline.marketplaces.pax8.simulator import (
    DEMO_CLIENT_ID,
    DEMO_CLIENT_SECRET,
    Line,
    Pax8Simulator,
    catalogue,
    customers,
)
from pipeline.ports import Marketplace
from tests.contracts.case import Bought, Route, WithChanges, WithContacts, WithRehearsal, WithTokens, WithWaiting
from tests.contracts.simulated import TokenCase, ready

_ANSWERS = {
    "msCustExists": catalogue.HAS_NO_TENANT,
    "msDomain": "canary-domain",
    "mca2020FirstName": "Canarina",
    "mca2020LastName": "Canarison",
    "mca2020Email": "canary@canary.example",
    "mca2020EffectiveDate": "2026-01-15",
}


class Pax8Case(TokenCase):
    routes: ClassVar[Mapping[str, Route]] = {
        "purchase": Route("POST", "/v1/orders"),
        "rehearsal": Route("POST", "/v1/orders?isMock=true"),
        "read": Route("GET", "/v1/companies/{companyId}"),
        "company": Route("GET", "/v1/companies/{companyId}"),
        "list": Route("GET", "/v1/companies"),
        "order": Route("GET", "/v1/orders/{orderId}"),
        "orders": Route("GET", "/v1/orders"),
        "waiting": Route("GET", "/v1/subscriptions"),
        "token": Route("POST", "/v1/token"),
        "change": Route("PUT", "/v1/subscriptions/{subscriptionId}"),
    }
    origin = "http://pax8.simulator"
    account_class = Pax8Account
    secrets = (DEMO_CLIENT_SECRET, DEMO_CLIENT_ID, "sim.")
    canaries = ("canary-domain", "Canarina", "Canarison", "canary@")
    credential = "CLIENT_SECRET"
    buyers = (customers.CONTOSO.id, customers.TAILSPIN_ONE_PARENT.id)
    company_id = customers.CONTOSO.id
    product_id = catalogue.M365_E3.id
    sku = catalogue.M365_E3.sku
    unknown_id = "00000000-0000-4000-8000-000000000000"
    page = 200
    waits = "PendingManual"
    statuses: Mapping[str, CompanyStatus] = {
        customers.CONTOSO.id: CompanyStatus.ACTIVE,
        customers.TAILSPIN_ONE_PARENT.id: CompanyStatus.ACTIVE,
        customers.NORTHWIND_INACTIVE.id: CompanyStatus.INACTIVE,
        customers.LITWARE_DELETED.id: CompanyStatus.DELETED,
    }
    lacking_company_id = customers.NORTHWIND_INACTIVE.id
    taken_name = customers.CONTOSO.name
    refused_fields: tuple[tuple[int | None, str], ...] = ((1, "msDomain"),)

    def __init__(
        self,
        transport: httpx.BaseTransport | None = None,
        base_url: str | None = None,
        clock: Callable[[], float] = boottime,
        simulator: Pax8Simulator | None = None,
        **changed: Any,
    ) -> None:
        self.simulator = simulator or Pax8Simulator()
        super().__init__(self.simulator, transport, base_url, clock, **changed)

    def config(self, base_url: str, changed: dict[str, Any]) -> AccountConfig:
        return pax8_config(base_url, **changed)

    def lines(self, quantity: int = 5) -> tuple[PurchaseLine, ...]:
        plan = PurchaseLine(
            line_id="l1",
            number=1,
            product_id=self.product_id,
            quantity=quantity,
            billing_term=BillingTerm.MONTHLY,
            commitment_id=catalogue.E3_ONE_YEAR.id,
            provisioning=tuple((key, (value,)) for key, value in _ANSWERS.items()),
        )
        backup = PurchaseLine(
            line_id="l2", number=2, product_id=catalogue.BACKUP.id, quantity=3, billing_term=BillingTerm.MONTHLY
        )
        return plan, backup

    def wanted(self, reference: str, buyer: int = 0, quantity: int = 5) -> Purchase:
        return Purchase(company_id=self.buyers[buyer], lines=self.lines(quantity), reference=reference)

    def refused(self, reference: str) -> Purchase:
        plan, backup = self.lines()
        kept = tuple(answer for answer in plan.provisioning if answer[0] != "msDomain")
        lines = plan.model_copy(update={"provisioning": kept}), backup
        return self.wanted(reference).model_copy(update={"lines": lines})

    def read(self, marketplace: Marketplace) -> str:
        return marketplace.company(self.company_id).id

    def listed(self, marketplace: Marketplace) -> Sequence[str]:
        return [company.id for company in marketplace.companies()]

    def crowd(self, count: int) -> None:
        for _ in range(count):
            self.simulator.world.company(f"Crowd {len(self.simulator.world.companies)}")

    def orders(self) -> Sequence[Bought]:
        return [Bought(order.id, order.company_id) for order in self.simulator.world.bought]

    def stranger_buys(self, times: int = 1) -> None:
        lines = (
            Line(catalogue.M365_E3.id, 5, "Monthly", commitment_term_id=catalogue.E3_ONE_YEAR.id),
            Line(catalogue.BACKUP.id, 3, "Monthly", number=2),
        )
        for _ in range(times):
            self.simulator.world.stranger_order(self.company_id, lines)

    def lag(self, seconds: float) -> None:
        self.simulator.knobs.order_list_lag = self.simulator.knobs.order_read_lag = timedelta(seconds=seconds)

    def finish(self, ref: str) -> None:
        del ref
        self.pass_time(60)

    def changing(self) -> ChangeSubscription:
        world, marketplace = self.simulator.world, self.open()
        assert isinstance(marketplace, ChangesSubscriptions)
        mine = world.subscribe(self.company_id, world.products[catalogue.BACKUP.id], 10, "Monthly").id
        before = SubscriptionTerms(quantity=10, billing_term=BillingTerm.MONTHLY)
        after = SubscriptionTerms(quantity=15, billing_term=BillingTerm.ANNUAL)
        return ChangeSubscription(
            company_id=self.company_id,
            subscription_id=mine,
            product_id=catalogue.BACKUP.id,
            line_id="l1",
            before=before,
            after=after,
            payload=marketplace.compose_change(mine, before, after),
        )

    def changed(self) -> int:
        return sum(len(one.past) for one in self.simulator.world.subscriptions.values())

    def say(self, ref: str, word: str) -> None:
        order = self.simulator.world.order(ref)
        assert order is not None
        for line in order.lines:
            self.simulator.world.set_status(line.subscription_id or "", word)


def pax8_config(base_url: str, **changed: Any) -> AccountConfig:
    values: dict[str, Any] = {
        "name": "pax8-main",
        "marketplace": "pax8",
        "base_url": f"{base_url}/v1",
        "token_url": f"{base_url}/v1/token",
        "client_id": SecretStr(DEMO_CLIENT_ID),
        "client_secret": SecretStr(DEMO_CLIENT_SECRET),
        "audience": "https://api.pax8.com",
        "currency": "USD",
        "settings": {"client_id": "QUOTEWAY_PAX8_CLIENT_ID", "client_secret": "QUOTEWAY_PAX8_CLIENT_SECRET"},
    }
    return AccountConfig(**(values | changed))


def purchase(marketplace: Marketplace, company_id: str, lines: tuple[PurchaseLine, ...]) -> PlaceOrder:
    return ready(marketplace, Purchase(company_id=company_id, lines=lines))


CASE = Pax8Case
_tokens: Callable[[], WithTokens] = Pax8Case
_contacts: Callable[[], WithContacts] = Pax8Case
_rehearsal: Callable[[], WithRehearsal] = Pax8Case
_waiting: Callable[[], WithWaiting] = Pax8Case
_changes: Callable[[], WithChanges] = Pax8Case
