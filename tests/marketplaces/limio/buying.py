"""An account at the simulated Limio, and what its tests buy there."""

from dataclasses import dataclass, field
from typing import Any

import httpx
from pydantic import SecretStr

from pipeline.domain.claim import FillBasket, PlaceOrder, Purchase, PurchaseLine
from pipeline.domain.customer import Address, Buyer, Contact, Customer
from pipeline.domain.order import Order, Policy
from pipeline.domain.quote import QuoteLine
from pipeline.domain.terms import BillingTerm
from pipeline.marketplaces import AccountConfig, MemoryBreakerStore, SharedBreaker
from pipeline.marketplaces.deadline import boottime
from pipeline.marketplaces.limio.account import LimioAccount
from pipeline.marketplaces.limio.adapter import Limio
from pipeline.marketplaces.limio.simulator import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, LimioSimulator, catalogue
from pipeline.ports import Exchange, Purpose
from pipeline.testing import a_line, an_order
from tests.contracts.fakes import CountingBudget, MemoryTokens

SUBMIT, PREVIEW = ("POST", "/api/partner/order"), ("POST", "/api/partner/order/preview")
CHECKOUT, TOKEN = ("POST", "/api/partner/checkout"), ("POST", "/oauth2/token")
READ = ("GET", "/api/objects/{service}/{path_type}/{id}")
LIST = ("GET", "/api/objects/{service}/{path_type}")
REFERENCE = "QW-0123456789-abcdef012345"
ADA = Buyer(
    name="Contoso",
    email="ada@contoso.example",
    first_name="Adalina",
    last_name="Lovelacia",
    phone="+1 555 0147",
    street="1 Canary Street",
    city="Denverton",
    postal_code="80202",
    country="US",
)
CUSTOMER = Customer(
    ref="CRM-42",
    name="Contoso",
    phone="+1 555 0147",
    address=Address(street="1 Canary Street", city="Denverton", state="CO", postal_code="80202", country="US"),
    contacts=(Contact(first_name="Adalina", last_name="Lovelacia", email="ada@contoso.example", phone="+1 555 0147"),),
)


def config(**changed: Any) -> AccountConfig:
    values: dict[str, Any] = {
        "name": "limio",
        "marketplace": "limio",
        "base_url": "http://limio.simulator/api",
        "token_url": "",
        "client_id": SecretStr(DEMO_CLIENT_ID),
        "client_secret": SecretStr(DEMO_CLIENT_SECRET),
        "currency": "USD",
        "settings": {"options": "QUOTEWAY_MARKETPLACES__LIMIO__OPTIONS"},
    }
    return AccountConfig(**(values | changed))


@dataclass
class Shop:
    """The account over its simulator; `exchanges` is what the journal would keep."""

    simulator: LimioSimulator
    options: dict[str, str] = field(default_factory=dict)
    exchanges: list[Exchange] = field(default_factory=list)
    transport: httpx.BaseTransport | None = None

    def __post_init__(self) -> None:
        self.breaker = SharedBreaker(MemoryBreakerStore())
        self.account = LimioAccount(
            config(options=self.options),
            MemoryTokens(),
            CountingBudget(),
            self.breaker,
            self.transport or httpx.MockTransport(self.simulator),
        )

    def open(self, purpose: Purpose = Purpose.WORK) -> Limio:
        opened = self.account.open(purpose, self.exchanges.append)
        assert isinstance(opened, Limio)
        return opened

    def purchase(self, *items: tuple[str, int], **changed: Any) -> Purchase:
        return a_purchase(self.simulator, *items, **changed)

    def ready(self, *items: tuple[str, int], **changed: Any) -> PlaceOrder:
        """That, with its checkout session opened."""
        marketplace, wanted = self.open(), self.purchase(*items, **changed)
        filled = FillBasket(
            company_id=wanted.company_id,
            payload=marketplace.compose(wanted),
            lines=wanted.lines,
            reference=wanted.reference,
            number=1,
        )
        answer = marketplace.send(filled, in_time())
        assert answer.ref is not None, answer
        return PlaceOrder(
            company_id=wanted.company_id,
            payload=filled.payload,
            lines=wanted.lines,
            reference=wanted.reference,
            basket=answer.ref,
            filled=filled,
        )

    def buy(self, *items: tuple[str, int], **changed: Any) -> str:
        answer = self.open().send(self.ready(*items, **changed), in_time())
        assert answer.ref is not None, answer
        return answer.ref

    def fault(self, kind: str, match: tuple[str, str] = SUBMIT, **how: Any) -> None:
        self.simulator.faults.add(match=match, kind=kind, **how)

    def calls(self, match: tuple[str, str]) -> int:
        return self.simulator.traffic.calls[" ".join(match)]


def a_purchase(simulator: LimioSimulator, *items: tuple[str, int], **changed: Any) -> Purchase:
    """Five backups, unless (offer, quantity) pairs are given, in the versions of today."""
    wanted = items or ((catalogue.BACKUP.id, 5),)
    lines = tuple(
        PurchaseLine(
            line_id=f"l{nth}",
            number=nth,
            product_id=offer,
            quantity=quantity,
            billing_term=BillingTerm.MONTHLY,
            variant=simulator.world.offers[offer].version,
        )
        for nth, (offer, quantity) in enumerate(wanted, 1)
    )
    values: dict[str, Any] = {"company_id": "new-42", "reference": REFERENCE, "buyer": ADA}
    return Purchase(lines=lines, **(values | changed))


def accepted_quote(*lines: QuoteLine, **changed: Any) -> Order:
    """An order of a quote for Contoso, five backups unless lines are given."""
    wanted = lines or (a_line(product_id=catalogue.BACKUP.id, marketplace="limio", quantity=5, unit_cost="7.00"),)
    values: dict[str, Any] = {"customer": CUSTOMER, "marketplace": "limio", "title": "Limio", "account": "limio"}
    return an_order(*wanted, **(values | {"policy": Policy()} | changed))


def in_time() -> float:
    return boottime() + 60
