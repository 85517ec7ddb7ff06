"""Each adapter with its simulated marketplace, in the words that the conformance suite speaks."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, ClassVar, Protocol

import httpx
from pydantic import SecretStr

from pipeline.domain.claim import AddContact, CreateCompany, NewContact, PlaceOrder, Purchase, PurchaseLine
from pipeline.domain.company import CompanyContact
from pipeline.domain.customer import ContactRole
from pipeline.domain.terms import BillingTerm
from pipeline.marketplaces import AccountConfig, MemoryBreakerStore, SharedBreaker
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
from pipeline.ports import Account, Exchange, KeepsContacts, Marketplace, Purpose
from tests.contracts.fakes import CountingBudget, MemoryTokens

ROLES = (ContactRole.ADMIN, ContactRole.BILLING, ContactRole.TECHNICAL)
GRACE = NewContact(
    first_name="Gracella", last_name="Hopperton", email="grace@canary.example", phone="555-0147", roles=ROLES
)
SOON = 60.0


class Case(Protocol):
    """One adapter over its simulator. Ids are of things that exist there."""

    budget: CountingBudget
    tokens: MemoryTokens
    exchanges: list[Exchange]
    company_id: str
    inactive_company_id: str
    product_id: str
    sku: str
    secrets: tuple[str, ...]

    @property
    def account(self) -> Account: ...

    def open(self, purpose: Purpose = Purpose.WORK) -> Marketplace: ...

    def purchase(self) -> PlaceOrder: ...

    def lines(self) -> tuple[PurchaseLine, ...]:
        """A purchase that passes, with a personal provisioning value."""
        ...

    def refused_lines(self) -> tuple[PurchaseLine, ...]: ...

    def fault(self, kind: str, on: str, **how: Any) -> None:
        """The next call is hit. `on` is purchase, rehearsal, company, companies, create_company or token."""
        ...

    def bought(self) -> int: ...

    def stranger_buys(self, times: int = 1) -> None: ...

    def revoke_tokens(self) -> None: ...

    def calls(self, on: str) -> int: ...


class Pax8Case:
    routes: ClassVar = {
        "purchase": ("POST", "/v1/orders"),
        "rehearsal": ("POST", "/v1/orders?isMock=true"),
        "company": ("GET", "/v1/companies/{companyId}"),
        "companies": ("GET", "/v1/companies"),
        "create_company": ("POST", "/v1/companies"),
        "orders": ("GET", "/v1/orders"),
        "token": ("POST", "/v1/token"),
    }
    company_id = customers.CONTOSO.id
    inactive_company_id = customers.NORTHWIND_INACTIVE.id
    product_id = catalogue.M365_E3.id
    sku = catalogue.M365_E3.sku
    secrets: tuple[str, ...] = (DEMO_CLIENT_SECRET, DEMO_CLIENT_ID, "sim.")

    def __init__(
        self,
        transport: httpx.BaseTransport | None = None,
        base_url: str = "http://pax8.simulator",
        clock: Callable[[], float] = boottime,
        simulator: Pax8Simulator | None = None,
        **changed: Any,
    ) -> None:
        self.simulator = simulator or Pax8Simulator()
        self.budget, self.tokens = CountingBudget(), MemoryTokens()
        self.exchanges: list[Exchange] = []
        self.breaker = SharedBreaker(MemoryBreakerStore())
        given = transport or (httpx.MockTransport(self.simulator) if base_url == "http://pax8.simulator" else None)
        settings = pax8_config(base_url, **changed)
        self.account: Account = Pax8Account(settings, self.tokens, self.budget, self.breaker, given, clock)

    def open(self, purpose: Purpose = Purpose.WORK) -> Marketplace:
        return self.account.open(purpose, self.exchanges.append)

    def lines(self) -> tuple[PurchaseLine, ...]:
        answers = {
            "msCustExists": catalogue.HAS_NO_TENANT,
            "msDomain": "canary-domain",
            "mca2020FirstName": "Canarina",
            "mca2020LastName": "Canarison",
            "mca2020Email": "canary@canary.example",
            "mca2020EffectiveDate": "2026-01-15",
        }
        plan = PurchaseLine(
            line_id="l1",
            number=1,
            product_id=catalogue.M365_E3.id,
            quantity=5,
            billing_term=BillingTerm.MONTHLY,
            commitment_id=catalogue.E3_ONE_YEAR.id,
            provisioning=tuple((key, (value,)) for key, value in answers.items()),
        )
        backup = PurchaseLine(
            line_id="l2", number=2, product_id=catalogue.BACKUP.id, quantity=3, billing_term=BillingTerm.MONTHLY
        )
        return plan, backup

    def refused_lines(self) -> tuple[PurchaseLine, ...]:
        plan, backup = self.lines()
        kept = tuple(answer for answer in plan.provisioning if answer[0] != "msDomain")
        return plan.model_copy(update={"provisioning": kept}), backup

    def fault(self, kind: str, on: str, **how: Any) -> None:
        self.simulator.faults.add(match=self.routes[on], kind=kind, **how)

    def bought(self) -> int:
        return len(self.simulator.world.bought)

    def stranger_buys(self, times: int = 1) -> None:
        for _ in range(times):
            self.simulator.world.stranger_order(self.company_id, [Line(catalogue.BACKUP.id, 1, "Monthly")])

    def revoke_tokens(self) -> None:
        self.simulator.tokens.revoke()

    def calls(self, on: str) -> int:
        return self.simulator.traffic.calls[" ".join(self.routes[on])]

    def purchase(self, lines: tuple[PurchaseLine, ...] | None = None) -> PlaceOrder:
        return purchase(self.open(), self.company_id, self.lines() if lines is None else lines)


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
    payload = marketplace.compose(Purchase(company_id=company_id, lines=lines))
    return PlaceOrder(company_id=company_id, payload=payload, lines=lines)


def contacts(marketplace: Marketplace, company_id: str) -> Sequence[CompanyContact]:
    assert isinstance(marketplace, KeepsContacts)
    return marketplace.contacts(company_id)


def new_company(name: str = "Proseware", external_id: str = "CUST-2001", *contacts: NewContact) -> CreateCompany:
    return CreateCompany(
        external_id=external_id,
        name=name,
        phone="555-0160",
        website="https://proseware.example",
        street="2 Side Street",
        street2="",
        city="Boulder",
        state="CO",
        postal_code="80301",
        country="US",
        contacts=contacts,
    )


def add_grace(company_id: str, contact_id: str | None = None) -> AddContact:
    return AddContact(company_id=company_id, contact=GRACE, contact_id=contact_id)


def in_time() -> float:
    """A `send_before` that has not come yet."""
    return boottime() + SOON


def second(seconds: float = 1.0) -> timedelta:
    return timedelta(seconds=seconds)


CASES: dict[str, Callable[[], Case]] = {"pax8": Pax8Case}
